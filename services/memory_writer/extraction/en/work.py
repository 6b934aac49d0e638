"""What somebody does for a living, for whom, and what they study."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.occupations import (
    is_occupation,
)
from services.memory_writer.extraction.en.places import place
from services.memory_writer.extraction.en.reading import Reading, Rule, Span, phrase, proper, rule
from services.memory_writer.extraction.en.words import DIETS, word_set
from services.memory_writer.extraction.found import Found

OF = frozenset({"of"})
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
    span = phrase(reading, match.end(), words=4, go_on=OF)
    if span is not None:
        yield from occupation_in(reading, match.start(), span, known=True)


_INTRODUCTION = re.compile(
    r"^\W*(?:(?:hi|hello|hey|hej|hola|ciao|so|ok|well)\b\W*)*(?:i'm|im|i\sam|my\sname|about\sme"
    r"|name's|(?:a\s)?(?:bit|little)\sabout\sme|me:|(?:quick\s|short\s|brief\s)?intro|this\sis|[\w-]+,\s\d\d\b"
    r"|\d\d,)"
)


def _apposed(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I'm Nina, a florist from Ghent"."""
    if not _INTRODUCTION.match(reading.low):
        return
    found = list(_occupation(match, reading))
    yield from found
    span = phrase(reading, match.end(), words=4, go_on=OF)
    home = re.compile(r"\sfrom\s").match(reading.low, span.end) if span else None
    where = place(reading, home.end(), known=True) if home else None
    if found and where is not None:
        yield reading.found("origin", reading.text(where), Span(match.start(), where.end))


def _listed(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "About me: Sam, 34, structural engineer, …": a profession that is a part of its own."""
    value = re.sub(r"^(?i:an?|the)\s", "", reading.text(Span(*match.span("what"))))
    if re.match(
        r"(?i)(?:as|works?|working|being|not|no|my|our|your|his|her|their|was|like)\b", value
    ):
        return
    first = match.start() == len(reading.low) - len(reading.low.lstrip())
    alone = first and " " in value and not reading.sentence.question
    if value.lower().startswith("as "):
        return
    if (alone or _INTRODUCTION.match(reading.low)) and is_occupation(value):
        yield reading.found("occupation", value, Span(*match.span("what")))
        yield from employer_after(reading, match.start(), match.end("what"))
        home = re.compile(r"\s(?P<link>from|in)\s").match(reading.low, match.end("what"))
        where = place(reading, home.end(), known=True) if home else None
        if home is not None and where is not None:
            predicate = "origin" if home["link"] == "from" else "lives_in"
            yield reading.found(predicate, reading.text(where), Span(match.start(), where.end))


_FRONT = re.compile(
    r"(?:^|[,;:()—–-]|\b(?:and|but|so|because|since|myself|speaking|i|me|hi|hello|hey))\W*$"
)
_USER_STORY = re.compile(
    r"as\san?\s[\w\s-]{1,40},?\si\swant\sto\s.{1,200}\sso\s(?:that\s)?i\scan\b"
)
"""As programmers write down what a program shall do, whoever they are."""


def _being_one(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "As a lawyer, I …", but not "he works as a lawyer"."""
    if _USER_STORY.match(reading.low, match.start()):
        return
    if _FRONT.search(reading.low, max(0, match.start() - 20), match.start()) or match.start() == 0:
        yield from _occupation(match, reading)


def _any_occupation(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """After "I work as a" any noun is a job."""
    span = phrase(reading, match.end(), words=4, go_on=OF)
    if span is not None and not re.match(
        r"(?:well|usual|normal|far|soon|much|hard)\b", reading.low[span.start : span.end]
    ):
        yield from occupation_in(reading, match.start(), span, known=False)


def occupation_in(reading: Reading, start: int, span: Span, *, known: bool) -> Iterator[Found]:
    """Yield the occupation that a phrase names, with the employer after it.

    `known`: only what is known to be a profession.
    """
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
        yield from employer_after(reading, start, span.end)


_AT = re.compile(r"(?:\shere)?\s(?:at|for|with|@)\s(?:a\s\w+\s(?:called|named)\s)?")
_OF_A = re.compile(
    r"\s(?:of|at|for)\s(?:an?|the)\s(?:\w+\s){0,2}(?:startup|start-up|company|firm"
    r"|agency)\s(?:called|named)\s"
)


def employer_after(reading: Reading, start: int, end: int) -> Iterator[Found]:
    """Read the employer after a profession: "a nurse at St. Mary's"."""
    match = _OF_A.match(reading.low, end) or _AT.match(reading.low, end)
    inside = re.compile(r"\s(?:called|named)\s").search(reading.low, start, end + 1)
    span = organisation_at(reading, match.end() if match else end) if match or inside else None
    if span is not None:
        yield reading.found("employer", reading.text(span), Span(start, span.end))


def organisation_at(reading: Reading, start: int) -> Span | None:
    """Return the name of a company or an institution at `start`, or None."""
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


# --- studies ---------------------------------------------------------------------------------


_BEEN = r"(?:i(?:'ve|\shave)\s<adv>)?been\s(?:working\s(?:as\s)?)?"


def _started_sentence(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "Paramedic on nights, so forgive the typos"."""
    value = reading.text(Span(*match.span("what")))
    if is_occupation(value) and match.start() <= len(reading.low) - len(reading.low.lstrip()):
        yield reading.found("occupation", value, Span(*match.span("what")))


RULES: tuple[Rule, ...] = (
    rule(
        (
            r"(?:<im>|i've\sbecome|i\sbecame|we're\sboth)\s<adv>(?:an?|the|your\saverage"
            r"|now\san?)\s(?:\d{1,2}[\s-]?(?:year|yr)s?[\s-]olds?\s)?(?!\d)"
        ),
        _occupation,
    ),
    rule(r"an?\s(?:\d{1,2}[\s-]?(?:year|yr)s?[\s-]olds?\s)?(?!\d)", _apposed),
    rule(r"(?P<what>(?:[a-z-]+\s){0,3}?[a-z-]+)(?=\s*(?:,|$|\.|;|\)|from\b|at\b|in\b))", _listed),
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
)
