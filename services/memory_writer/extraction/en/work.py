"""What somebody does for a living, for whom, and what they study."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.occupations import (
    DRIVEN,
    agent,
    is_occupation,
    singular,
)
from services.memory_writer.extraction.en.places import place
from services.memory_writer.extraction.en.reading import Reading, Rule, Span, phrase, proper, rule
from services.memory_writer.extraction.en.tech import TOOLS
from services.memory_writer.extraction.en.words import DIETS, word_set
from services.memory_writer.extraction.found import Found

_OF = frozenset({"of"})
_LEADING = re.compile(
    r"^(?:(?:proud|real|full-time|part-time|full\stime|part\stime|simple|humble|lowly|mere"
    r"|newly\squalified|qualified|licensed|certified|trained|registered|fellow|professional"
    r"|veteran|seasoned|busy|current|fully\squalified|practising|practicing|working)\s)+"
)
_NOT_ORG = word_set(
    """home night nights least once a an the my it this that present all first last school work
    night-shift weekends days speed scale length large hand times university uni hospital college"""
)


def _occupation(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = phrase(reading, match.end(), words=4, go_on=_OF)
    if span is not None:
        yield from _occupied(reading, match.start(), span, known=True)


_INTRODUCTION = re.compile(
    r"^\W*(?:(?:hi|hello|hey|so|ok|well)\b\W*)*(?:i'm|im|i\sam|my\sname|about\sme"
    r"|name's|(?:a\s)?(?:bit|little)\sabout\sme|me:|intro|this\sis|[\w-]+,\s\d\d\b"
    r"|\d\d,)"
)


def _apposed(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I'm Nina, a florist from Ghent"."""
    if not _INTRODUCTION.match(reading.low):
        return
    found = list(_occupation(match, reading))
    yield from found
    span = phrase(reading, match.end(), words=4, go_on=_OF)
    home = re.compile(r"\sfrom\s").match(reading.low, span.end) if span else None
    where = place(reading, home.end(), known=True) if home else None
    if found and where is not None:
        yield reading.found("origin", reading.text(where), Span(match.start(), where.end))


def _listed(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "About me: Sam, 34, structural engineer, …": a profession that is a part of its own."""
    value = reading.text(Span(*match.span("what")))
    first = match.start() == len(reading.low) - len(reading.low.lstrip())
    alone = first and " " in value and not reading.sentence.question
    if (alone or _INTRODUCTION.match(reading.low)) and is_occupation(value):
        yield reading.found("occupation", value, Span(*match.span("what")))
        yield from _at(reading, match.start(), match.end("what"))
        home = re.compile(r"\sfrom\s").match(reading.low, match.end("what"))
        where = place(reading, home.end(), known=True) if home else None
        if where is not None:
            yield reading.found("origin", reading.text(where), Span(match.start(), where.end))


_TRADES = {
    "accounting": "accountant",
    "bookkeeping": "bookkeeper",
    "gardening": "gardener",
    "plumbing": "plumber",
    "nursing": "nurse",
    "translation": "translator",
    "translations": "translator",
    "recruiting": "recruiter",
    "research": "researcher",
    "consulting": "consultant",
    "web development": "web developer",
    "graphic design": "graphic designer",
    "interior design": "interior designer",
    "landscaping": "landscaper",
}


def _trade(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    trade = match["trade"]
    yield reading.found("occupation", _TRADES.get(trade, trade), Span(*match.span("trade")))
    yield from _at(reading, match.start(), match.end("trade"))


_FRONT = re.compile(
    r"(?:^|[,;:()—–-]|\b(?:and|but|so|because|since|myself|speaking|i|me|hi|hello|hey))\W*$"
)


def _being_one(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "As a lawyer, I …", but not "he works as a lawyer"."""
    if _FRONT.search(reading.low, max(0, match.start() - 20), match.start()) or match.start() == 0:
        yield from _occupation(match, reading)


def _any_occupation(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """After "I work as a" any noun is a job."""
    span = phrase(reading, match.end(), words=4, go_on=_OF)
    if span is not None and not re.match(
        r"(?:well|usual|normal|far|soon|much|hard)\b", reading.low[span.start : span.end]
    ):
        yield from _occupied(reading, match.start(), span, known=False)


def _occupied(reading: Reading, start: int, span: Span, *, known: bool) -> Iterator[Found]:
    value = _LEADING.sub("", reading.text(span))
    cut = re.search(r"(?i)\sof\s(?:an?|the|my|our)\b", value)
    if cut:
        value = value[: cut.start()]
        span = Span(span.start, span.start + reading.text(span).find(value) + len(value))
    if known and not is_occupation(value):
        return
    former = re.match(r"(?i)retired\s", value)
    if not former and re.match(r"(?i)(?:not|no|former|ex)\b", value):
        return
    yield reading.found("occupation", value, Span(start, span.end))
    diet = value.split(" ", 1)[0].lower()
    if diet in DIETS and diet != value.lower():
        yield reading.found("diet", diet, Span(start, span.end), confidence=0.7)
    if not value.lower().endswith("student"):
        yield from _at(reading, start, span.end)


_AT = re.compile(r"(?:\shere)?\s(?:at|for|with|@)\s(?:a\s\w+\s(?:called|named)\s)?")
_OF_A = re.compile(
    r"\s(?:of|at|for)\s(?:an?|the)\s(?:\w+\s){0,2}(?:startup|start-up|company|firm"
    r"|agency)\s(?:called|named)\s"
)


def _at(reading: Reading, start: int, end: int) -> Iterator[Found]:
    """Read the employer after a profession: "a nurse at St. Mary's"."""
    match = _OF_A.match(reading.low, end) or _AT.match(reading.low, end)
    inside = re.compile(r"\s(?:called|named)\s").search(reading.low, start, end + 1)
    span = _organisation(reading, match.end() if match else end) if match or inside else None
    if span is not None:
        yield reading.found("employer", reading.text(span), Span(start, span.end))


def _organisation(reading: Reading, start: int) -> Span | None:
    span = proper(reading, start, words=5)
    if span is not None:
        return span if reading.low[span.start : span.end] not in _NOT_ORG else None
    if not reading.lower:
        return None
    word = re.compile(
        r"\s?([a-z][\w&'-]+)(?=\s*(?:$|[,.!;]|as\b|and\b|in\b|since\b|for\b|now\b|but\b"
        r"|so\b))"
    ).match(reading.low, start)
    if (
        word is None
        or word[1] in _NOT_ORG
        or word[1].endswith("ing")
        or place(reading, start, known=True)
    ):
        return None
    return Span(*word.span(1))


def _cased(text: str) -> str:
    return text[:1].upper() + text[1:] if text == text.lower() else text


_AN = re.compile(r"\s*(?:as|, as)\s(?:an?\s|the\s|their\s)?")


def _employer(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = _organisation(reading, match.end())
    if span is None:
        article = re.compile(r"(?:an?|the)\s(?P<what>[\w' -]{2,40}?)\sas\san?\s").match(
            reading.low, match.end()
        )
        if article:
            job = phrase(reading, article.end(), words=4, go_on=_OF)
            if job is not None:
                yield from _occupied(reading, match.start(), job, known=False)
        return
    yield reading.found("employer", _cased(reading.text(span)), Span(match.start(), span.end))
    link = _AN.match(reading.low, span.end)
    if link:
        what = phrase(reading, link.end(), words=4, go_on=_OF)
        if what is not None:
            yield reading.found("occupation", reading.text(what), Span(match.start(), what.end))


def _with(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I'm with Deloitte": a name with a capital that ends the clause."""
    span = proper(reading, match.end(), words=4)
    if span is not None and re.compile(
        r"\s*(?:$|[.,;!]|now\b|as\b|these\b|for\b|since\b|this\b|last\b|in\b|today\b"
        r"|yesterday\b|on\b|and\b|but\b|two\b|a\s)"
    ).match(reading.low, span.end):
        if "started with" in match[0] and reading.low[span.start : span.end] in TOOLS:
            return
        if "with" in match[0] and re.match(r"(?:you|covid|him|her)\b", reading.low[span.start :]):
            return
        yield reading.found("employer", reading.text(span), Span(match.start(), span.end))


def _hired(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = proper(reading, match.start("org"), words=4)
    if span is None or span.end != match.end("org"):
        return
    yield reading.found("employer", reading.text(span), Span(match.start(), match.end()))
    if match["job"]:
        job = phrase(reading, match.start("job"), words=4, go_on=_OF)
        if job is not None:
            yield reading.found("occupation", reading.text(job), Span(match.start(), job.end))


def _driver(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = f"{singular(match['what'])} driver"
    yield reading.found("occupation", value, Span(*match.span()))
    yield from _at(reading, match.start(), match.end())
    article = re.compile(r"\s(?:at|for)\san?\s").match(reading.low, match.end())
    if article:
        span = proper(reading, article.end())
        if span is not None:
            yield reading.found("employer", reading.text(span), Span(match.start(), span.end))


def _teacher(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = phrase(reading, match.end(), words=3)
    if span is None:
        return
    value = reading.text(span)
    if not re.match(
        r"(?i)(?:myself|you|people|kids|children|students|adults|classes|a\s|lessons)\b", value
    ):
        yield reading.found("occupation", f"{value} teacher", Span(match.start(), span.end))
    elif re.match(r"(?i)(?:kids|children|students|adults)\b", value):
        yield reading.found("occupation", "teacher", Span(match.start(), span.end))


def _for_a_living(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    thing = reading.text(Span(*match.span("thing"))) if match["thing"] else ""
    value = agent(
        match["verb"], re.sub(r"^(?:the|a|an|my|other\speople's|people's)\s", "", thing.lower())
    )
    text = reading.text(
        Span(match.start("verb"), match.end("thing") if match["thing"] else match.end("verb"))
    )
    yield reading.found("occupation", value or text, Span(*match.span()))


def _job_is(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    gerund = re.compile(r"(?P<verb>\w+ing)\s(?P<thing>[\w'-]+)").match(reading.low, match.end())
    if gerund:
        value = agent(gerund["verb"], gerund["thing"])
        text = reading.text(Span(*gerund.span()))
        yield reading.found("occupation", value or text, Span(match.start(), gerund.end()))
        return
    span = phrase(reading, match.end(), words=4, go_on=_OF)
    if span is not None:
        yield from _occupied(reading, match.start(), span, known=True)


def _state(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = match["state"]
    if value in {"between jobs", "out of work", "jobless"}:
        value = "unemployed"
    elif value == "freelancing":
        value = "freelance"
    yield reading.found("occupation", value, Span(*match.span()))


def _retired(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found("occupation", "retired", Span(*match.span()))


def _here(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Retired postman here"."""
    value = reading.text(Span(*match.span("what")))
    value = re.sub(r"^(?i:an?|the|your|fellow|a\sfellow)\s", "", value)
    if is_occupation(value):
        start = match.end("what") - len(value)
        yield reading.found("occupation", value, Span(start, match.end()))


_BUSINESS = (
    r"(?:bakery|shop|store|caf[eé]|restaurant|bar|pub|hotel|hostel|guesthouse|b&b|company"
    r"|business|startup|studio|salon|farm|agency|clinic|practice|gym|bookshop|bookstore"
    r"|brewery|vineyard|winery|nursery|garage|workshop|food\struck|kiosk|gallery"
    r"|consultancy|boutique|florist's|butcher's|dairy|ranch|webshop|online\sstore"
    r"|etsy\sshop|law\sfirm|kindergarten|school|kennel|campsite|laundromat|dental\spractice"
    r"|coffee\sshop|barbershop|flower\sshop)"
)


def _owner(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = reading.text(Span(*match.span("what")))
    yield reading.found("occupation", f"{value} owner", Span(*match.span()))
    inside = re.compile(r"\s(?:called|named)\s").match(reading.low, match.end())
    span = proper(reading, inside.end()) if inside else None
    if span is not None:
        yield reading.found("employer", reading.text(span), Span(match.start(), span.end))


# --- studies ---------------------------------------------------------------------------------

_NO_SUBJECT = re.compile(
    r"(?:for|hard|abroad|at|all|every|a\slot|it|this|the|in|on|english\sgrammar|your|right"
    r"|my|and|with|late|together)\b"
)


def _studies(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = phrase(reading, match.end(), words=4)
    end = match.end() - 1
    if span is not None and not _NO_SUBJECT.match(reading.low, match.end()):
        yield reading.found("field_of_study", reading.text(span), Span(match.start(), span.end))
        end = span.end
    yield from _school(reading, match.start(), end)


def _school(reading: Reading, start: int, end: int) -> Iterator[Found]:
    at = re.compile(r"\sat\s").match(reading.low, end)
    span = proper(reading, at.end(), words=5) if at else None
    if span is not None:
        yield reading.found("studies_at", reading.text(span), Span(start, span.end))


def _degree(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = phrase(reading, match.end(), words=4)
    if span is not None:
        yield reading.found("field_of_study", reading.text(span), Span(match.start(), span.end))
        if "doing" in match[0] or "studying" in match[0] or "student" in match[0]:
            yield from _school(reading, match.start(), span.end)


def _student(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = reading.text(Span(*match.span("what")))
    yield reading.found("occupation", value, Span(*match.span()))
    end = match.end()
    of = re.compile(r"\s(?:in|of)\s").match(reading.low, end)
    span = phrase(reading, of.end(), words=3) if of else None
    if span is not None and place(reading, span.start, known=True) is None:
        yield reading.found("field_of_study", reading.text(span), Span(match.start(), span.end))
        end = span.end
    yield from _school(reading, match.start(), end)


def _attends(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = proper(reading, match.end(), words=5)
    if span is not None and re.search(
        (
            r"\b(?:uni|university|college|school|institute|academy|polytechnic|mit|eth|ucl|lse"
            r"|academy|tech)\b"
        ),
        reading.low[span.start : span.end],
    ):
        yield reading.found("studies_at", reading.text(span), Span(match.start(), span.end))


_BEEN = r"(?:i(?:'ve|\shave)\s<adv>)?been\s(?:working\s(?:as\s)?)?"

_FIELDS = (
    r"(?P<field>(?:\w+\s)?(?:marketing|insurance|hr|it|tech|finance|sales|construction"
    r"|education|healthcare|hospitality|advertising|publishing|logistics|retail|banking"
    r"|real\sestate|law\senforcement|accounting|manufacturing|aviation|agriculture"
    r"|journalism|customer\s(?:service|support)|human\sresources|cybersecurity|biotech"
    r"|pharma|consulting|government|social\swork|childcare|procurement|fashion|film"
    r"|television|media|security|research|telecoms|robotics|shipping|catering|tourism"
    r"|recruitment|fintech|data\sscience|software))"
)


def _field(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    value = reading.text(Span(*match.span("field")))
    yield reading.found("occupation", re.sub(r"^(?:the|my)\s", "", value), Span(*match.span()))
    yield from _at(reading, match.start(), match.end())


def _habit(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I write thrillers": what one does all the time, of things that are somebody's trade."""
    value = agent(match["verb"], match["thing"])
    if value is not None:
        yield reading.found("occupation", value, Span(*match.span()), confidence=0.7)


def _year_of(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = phrase(reading, match.end(), words=3)
    if span is not None:
        yield reading.found("field_of_study", reading.text(span), Span(match.start(), span.end))
        yield from _school(reading, match.start(), span.end)


def _started_sentence(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Paramedic on nights, so forgive the typos"."""
    value = reading.text(Span(*match.span("what")))
    if is_occupation(value) and match.start() <= len(reading.low) - len(reading.low.lstrip()):
        yield reading.found("occupation", value, Span(*match.span("what")))


def _force(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found("occupation", match["what"], Span(*match.span()))


def _at_a_firm(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = proper(reading, match.end(), words=4)
    if span is not None:
        yield reading.found("employer", reading.text(span), Span(match.start(), span.end))


RULES: tuple[Rule, ...] = (
    rule(
        (
            r"(?:<im>|i've\sbecome|i\sbecame|we're\sboth)\s<adv>(?:an?|the|your\saverage"
            r"|now\san?)\s(?:\d{1,2}[\s-]?(?:year|yr)s?[\s-]olds?\s)?(?!\d)"
        ),
        _occupation,
    ),
    rule(r"an?\s(?:\d{1,2}[\s-]?(?:year|yr)s?[\s-]olds?\s)?(?!\d)", _apposed),
    rule(r"(?P<what>(?:[a-z-]+\s){0,3}[a-z-]+)(?=\s*(?:,|$|\.|;|\)|from\b|at\b))", _listed),
    rule(
        (
            r"i\s<adv>do\s(?P<trade>accounting|bookkeeping|marketing|recruiting|consulting"
            r"|translation|translations|nursing|gardening|plumbing|payroll|data\sentry"
            r"|customer\ssupport|tech\ssupport|quality\sassurance|qa|web\sdevelopment"
            r"|graphic\sdesign|interior\sdesign|landscaping|research)\s(?:for|at)\s"
        ),
        _trade,
    ),
    rule(r"<im>\s<adv>(?=head\sof|vice|cto\b|ceo\b|cfo\b|chief|lead\b)", _occupation),
    rule(r"i\s(?:was\s|got\s|have\sbeen\s)?(?:just\s)?promoted\sto\s", _any_occupation),
    rule(
        r"\bas\san?\s(?=[\w\s-]{2,40}?(?:,|\si\b|\smyself|\sin\b|\?|\.|$))", _being_one, "anywhere"
    ),
    rule(
        (
            r"(?:i\s<adv>)?(?:work|working|works)\s(?:\w+\s){0,2}?as\s(?:an?\s|the\s)?"
            r"(?!well\b)"
        ),
        _any_occupation,
    ),
    rule(r"(?:i\s<adv>)?(?:work|working)\s(?:[\w-]+\s){1,5}?as\san?\s", _any_occupation),
    rule(
        (
            r"(?:<im>|i've\sbeen|i\shave\sbeen|been)\s<adv>(?:working|employed)\s"
            r"(?:here\s)?as\san?\s"
        ),
        _any_occupation,
    ),
    rule(_BEEN + r"an?\s(?=[\w\s-]{3,40}?\s(?:for|since|all\smy)\b)", _occupation),
    rule(
        (
            r"my\s(?:day\s)?(?:job|occupation|profession|work|current\sjob|day-job)(?:\sis"
            r"|'s)\s(?:to\sbe\s)?(?:being\s)?(?:as\s)?(?:an?\s)?"
        ),
        _job_is,
    ),
    rule(
        (
            r"(?:i\s|<im>\s|i've\s|been\s)?<adv>(?:been\s)?(?:drive|driving)\s(?:an?\s)?"
            r"(?P<what>"
        )
        + DRIVEN
        + (
            r")(?:e?s)?\b(?=\s(?:for|at|in|since)\b|\s*$|[.,;])(?!\s(?:for\s)?(?:my|fun"
            r"|the\sfirst|work))"
        ),
        _driver,
    ),
    rule(r"i\s<adv>teach\s(?!my\b|him|her|them|you)", _teacher),
    rule(
        (
            r"i\s<adv>(?P<verb>[a-z]+)(?:\s(?P<thing>[\w'-]+"
            r"(?:\s[\w'-]+){0,3}?))?\sfor\sa\sliving\b"
        ),
        _for_a_living,
    ),
    rule(
        (
            r"(?:<im>\s|i've\sbeen\s|i\s)?<adv>(?P<state>unemployed|retired|self-employed"
            r"|self\semployed|freelancing|between\sjobs|out\sof\swork|jobless|a\sfreelancer)\b"
            r"(?!\s(?:my|to|from\susing))(?=\s*(?:$|[,.!;:()—–]|-|and\b|now\b|since\b|for\b"
            r"|so\b|but\b|after\b|from\b|last\b|btw\b|looking\b|with\b|at\b|at\s))"
        ),
        _state,
    ),
    rule(
        (
            r"(?:i|i've|i\shave)\s(?:just\s|finally\s|recently\s)?(?:retired"
            r"|took\searly\sretirement)\b(?!\smy|\sit|\sthe)"
        ),
        _retired,
    ),
    rule(r"(?P<what>(?:[\w-]+\s){1,3})here\b(?=\s*(?:$|[,.!;:()—–]|-))", _here),
    rule(
        (
            r"(?:i|we)(?:'m|\sam|'re|'ve)?\s<adv>(?:run|own|running|manage|have|'ve\sgot|got"
            r"|started)\s(?:an?|my\sown|our\sown|a\sfamily)\s(?P<what>"
            r"(?:[\w-]+\s){0,2}?"
        )
        + _BUSINESS
        + r")\b",
        _owner,
    ),
    rule(
        (
            r"(?:i\s<adv>|i've\s<adv>|<im>\s<adv>|we\sboth\s)?(?:been\s)?(?:work|working"
            r"|worked\shere|employed|freelancing|freelance|interning|volunteer|volunteering)\s"
            r"(?:now\s|currently\s|full-time\s|part-time\s|remotely\s|nights\s)*(?:at|for|with"
            r"|by)\s(?!as\b)"
        ),
        _employer,
    ),
    rule(
        (
            r"my\s(?:new\s|current\s)?(?:employer|company|boss\scompany|workplace)\s(?:is|'s)\s"
            r"(?:called\s)?"
        ),
        _employer,
    ),
    rule(
        (
            r"(?:i|i've|i\shave)?\s?(?:just\s|recently\s|finally\s)?(?:joined|started\s"
            r"(?:working\s)?(?:at|with)|got\shired\s(?:by|at)|was\shired\sby|(?:got|started"
            r"|found|have|landed)\s(?:an?\s|my\s)(?:new\s)?(?:job|position|role|gig)\s(?:at"
            r"|with)|accepted\san\soffer\s(?:from|at)|landed\sa\sjob\s(?:at|with)"
            r"|begun\sat)\s"
        ),
        _with,
    ),
    rule(r"i\s(?:just\s)?got\shired\sby\s", _with),
    rule(r"<im>\s(?:now\s)?with\s(?!you\b)", _with),
    rule(r"<im>\s(?:now\s)?(?:at|over\sat)\s(?=[\w\s&'-]{2,30}\snow\b)", _with),
    rule(r"\b(?:now|currently|these\sdays)\s(?:at|with)\s", _with, "anywhere"),
    rule(r"my\s(?:new\s|current\s)?job\sat\s", _with, "anywhere"),
    rule(
        (
            r"(?P<org>[\w&.'-]+(?:\s[\w&.'-]+){0,3}?)\s(?:has\s|have\s)?(?:just\s)?hired\sme\b"
            r"(?:\sas\s(?:an?\s|the\s|their\s(?:new\s)?)?(?P<job>\w+))?"
        ),
        _hired,
    ),
    rule(
        (
            r"(?:<im>|i've\sbeen|i\shave\sbeen)?\s?<adv>(?:studying|majoring\sin"
            r"|reading\sfor\sa\sdegree\sin)\s(?!for\b)"
        ),
        _studies,
    ),
    rule(r"i\s<adv>(?:study|major\sin|studied)\s(?!for\b)", _studies),
    rule(
        (
            r"(?:i\shave|i've\sgot|i've|i\shold|i\sgot|<im>\s(?:doing|finishing|studying\sfor)"
            r"|i\sdid)\s(?:an?\s|my\s)?(?:phd|ph\.d\.?|masters?|master's|msc|ma|bsc|ba"
            r"|bachelors?|bachelor's|mba|doctorate|degree|diploma)(?:\sdegree)?\s(?:in"
            r"|of)\s"
        ),
        _degree,
    ),
    rule(r"(?:<im>|as)\s(?:an?\s)(?P<what>(?:[\w-]+\s){0,3}?student)\b", _student, "anywhere"),
    rule(r"i\s<adv>(?:go\sto|attend|am\senrolled\s(?:at|in)|study\sat|got\sinto)\s", _attends),
    rule(
        (
            r"(?:i|<im>|i've)\s<adv>(?:work|working|worked|been|am)?\s?(?:always\s"
            r"|mostly\s)?in\s(?:the\s)?"
        )
        + _FIELDS
        + (
            r"\b(?=\s*(?:$|[,.!;:()—–]|-|for\b|at\b|and\b|industry\b|business\b"
            r"|sector\b"
            r"|since\b|so\b|but\b|now\b))"
        ),
        _field,
    ),
    rule(
        r"my\s(?:day\s)?(?:job|work|career|background)(?:'s|\sis)\s(?:all\s)?in\s"
        + _FIELDS
        + r"\b",
        _field,
    ),
    rule(
        (
            r"i(?:'ve|\shave)?\s(?:spent|spend)\s(?:my\s\w+|my\s\w+\s\w+|\w+\syears"
            r"|most\sof\smy\scareer)\sin\s"
        )
        + _FIELDS
        + r"\b",
        _field,
    ),
    rule(
        (
            r"i\s(?:mostly\s|mainly\s|also\s)?(?P<verb>write)\s(?P<thing>thrillers|novels|books"
            r"|songs|poetry|screenplays|romance\snovels|crime\snovels|children's\sbooks"
            r"|fantasy\snovels|grants|comics)\b"
        ),
        _habit,
    ),
    rule(
        (
            r"i\s(?:mostly\s|mainly\s|also\s)?(?P<verb>translate|sell|repair|train|restore"
            r"|breed|groom|install|tune|build)\s(?P<thing>manuals|cars|insurance|houses|bikes"
            r"|bicycles|dogs|horses|furniture|pianos|boats|guitars|violins|flowers|books"
            r"|clothes|solar\spanels|kitchens|watches|contracts|novels|tractors|phones"
            r"|computers|clocks|antiques|shoes|software)\b"
        ),
        _habit,
    ),
    rule(
        (
            r"(?:<im>\s)?in\smy\s(?:\w+)\s(?:year|semester)\s(?:of|studying)\s(?!a\b|the\b"
            r"|my\b)"
        ),
        _year_of,
    ),
    rule(
        (
            r"(?P<what>(?:[a-z-]+\s){0,2}[a-z-]+)\s(?:on\s(?:nights|call)|by\s(?:trade"
            r"|profession|day))\b"
        ),
        _started_sentence,
    ),
    rule(
        (
            r"\bas\s(?=(?:head|director|ceo|cto|cfo|vp|chief|lead|manager)\b[\w\s]{0,30}?"
            r"(?:\sfor|\sat|,))"
        ),
        _occupation,
        "anywhere",
    ),
    rule(r"(?:work|job|occupation|profession):\s(?:an?\s)?", _occupation),
    rule(
        (
            r"i\s<adv>(?:serve|am|work|'m)\sin\sthe\s(?P<what>army|navy|air\sforce|marines"
            r"|military|coast\sguard|fire\sbrigade|police)\b"
        ),
        _force,
    ),
    rule(
        (
            r"\bmy\s(?:team|colleagues|manager|boss|office|desk|internship|apprenticeship|shift"
            r"|department)\s(?:here\s)?at\s"
        ),
        _at_a_firm,
        "anywhere",
    ),
    rule(
        (
            r"i\s(?:fly|drive|design|test|deliver|do\s\w+|handle\s\w+|manage\s\w+|lead\s\w+"
            r"|teach\s\w+)\s(?:[\w-]+\s){0,3}?(?:for|at)\s"
        ),
        _at_a_firm,
    ),
    rule(
        (
            r"i\s(?:mostly\s|mainly\s|also\s|now\s)?(?P<verb>make)\s(?P<thing>cheese|furniture"
            r"|jewellery|jewelry|candles|soap|violins|guitars|wine|clothes|shoes|hats|films"
            r"|documentaries|watches|knives|games|cakes|toys)\b(?=\s*(?:$|[.,;!]|now\b"
            r"|for\b))"
        ),
        _habit,
    ),
    rule(
        (
            r"now\si\s(?P<verb>make|sell|build|repair|teach|train|write|restore)\s"
            r"(?P<thing>[\w-]+)(?=\s*(?:$|[.,;!]))"
        ),
        _habit,
    ),
)
