"""For whom somebody works, or what business they have."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.reading import Reading, Rule, Span, phrase, proper, rule
from services.memory_writer.extraction.en.tech import TOOLS
from services.memory_writer.extraction.en.words import FIRST_NAMES
from services.memory_writer.extraction.en.work import OF, occupation_in, organisation_at
from services.memory_writer.extraction.found import Found


def _cased(text: str) -> str:
    return text[:1].upper() + text[1:] if text == text.lower() else text


_AN = re.compile(r"\s*(?:as|, as)\s(?:an?\s|the\s|their\s)?")


def _employer(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = organisation_at(reading, match.end())
    if span is None:
        article = re.compile(r"(?:an?|the)\s(?P<what>[\w' -]{2,40}?)\sas\san?\s").match(
            reading.low, match.end()
        )
        if article:
            job = phrase(reading, article.end(), words=4, go_on=OF)
            if job is not None:
                yield from occupation_in(reading, match.start(), job, known=False)
        return
    yield reading.found("employer", _cased(reading.text(span)), Span(match.start(), span.end))
    link = _AN.match(reading.low, span.end)
    if link:
        what = phrase(reading, link.end(), words=4, go_on=OF)
        if what is not None:
            yield reading.found("occupation", reading.text(what), Span(match.start(), what.end))


_NETWORKS = frozenset(
    {"discord", "slack", "telegram", "whatsapp", "strava", "signal", "duolingo", "netflix"}
    | {"spotify", "notion", "zoom", "reddit", "facebook", "instagram", "twitter", "tiktok"}
    | {"mastodon", "linkedin", "bluesky", "tinder", "steam", "patreon", "youtube"}
)
"""What one joins like others, and hardly as its employee."""


def _with(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I'm with Deloitte": a name with a capital that ends the clause."""
    span = proper(reading, match.end(), words=4)
    if span is not None and re.compile(
        r"\s*(?:$|[.,;!]|now\b|as\b|these\b|for\b|since\b|this\b|last\b|in\b|today\b"
        r"|yesterday\b|on\b|and\b|but\b|two\b|a\s)"
    ).match(reading.low, span.end):
        if "started with" in match[0] and reading.low[span.start : span.end] in TOOLS:
            return
        if "with" in match[0] and reading.low[span.start : span.end] in FIRST_NAMES:
            return
        if "joined" in match[0] and reading.low[span.start : span.end] in _NETWORKS:
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
        job = phrase(reading, match.start("job"), words=4, go_on=OF)
        if job is not None:
            yield reading.found("occupation", reading.text(job), Span(match.start(), job.end))


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


def _at_a_firm(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = proper(reading, match.end(), words=4)
    if span is not None:
        yield reading.found("employer", reading.text(span), Span(match.start(), span.end))


RULES: tuple[Rule, ...] = (
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
)
