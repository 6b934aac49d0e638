"""Whom somebody has: partner, children, parents, brothers and sisters, and other relatives."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.identity import name_span
from services.memory_writer.extraction.en.reading import Reading, Rule, Span, rule
from services.memory_writer.extraction.en.words import word_set
from services.memory_writer.extraction.found import Found

KINDS = {
    "wife": "spouse",
    "husband": "spouse",
    "hubby": "spouse",
    "missus": "spouse",
    "spouse": "spouse",
    "partner": "spouse",
    "better half": "spouse",
    "other half": "spouse",
    "significant other": "spouse",
    "fiancé": "spouse",
    "fiancée": "spouse",
    "fiance": "spouse",
    "fiancee": "spouse",
    "girlfriend": "spouse",
    "boyfriend": "spouse",
    "gf": "spouse",
    "bf": "spouse",
    "son": "child",
    "daughter": "child",
    "stepson": "child",
    "stepdaughter": "child",
    "baby boy": "child",
    "baby girl": "child",
    "little boy": "child",
    "little girl": "child",
    "toddler": "child",
    "baby": "child",
    "kid": "child",
    "little one": "child",
    "firstborn": "child",
    "kiddo": "child",
    "child": "child",
    "newborn": "child",
    "eldest": "child",
    "youngest": "child",
    "teenager": "child",
    "mum": "parent",
    "mom": "parent",
    "mother": "parent",
    "dad": "parent",
    "father": "parent",
    "stepmum": "parent",
    "stepmom": "parent",
    "stepmother": "parent",
    "stepdad": "parent",
    "stepfather": "parent",
    "brother": "sibling",
    "sister": "sibling",
    "half-brother": "sibling",
    "half-sister": "sibling",
    "stepbrother": "sibling",
    "stepsister": "sibling",
    "twin brother": "sibling",
    "twin sister": "sibling",
    "twin": "sibling",
    "sis": "sibling",
    "bro": "sibling",
    "grandson": "grandchild",
    "granddaughter": "grandchild",
    "grandchild": "grandchild",
    "aunt": "relative",
    "uncle": "relative",
    "auntie": "relative",
    "cousin": "relative",
    "niece": "relative",
    "nephew": "relative",
    "grandma": "relative",
    "grandpa": "relative",
    "grandmother": "relative",
    "grandfather": "relative",
    "granny": "relative",
    "gran": "relative",
    "grandad": "relative",
    "granddad": "relative",
    "nan": "relative",
    "mother-in-law": "relative",
    "father-in-law": "relative",
    "mother in law": "relative",
    "father in law": "relative",
    "sister-in-law": "relative",
    "brother-in-law": "relative",
    "son-in-law": "relative",
    "daughter-in-law": "relative",
    "godson": "relative",
    "goddaughter": "relative",
    "godmother": "relative",
    "godfather": "relative",
}
_KIND = r"(?P<kind>" + "|".join(sorted(map(re.escape, KINDS), key=len, reverse=True)) + r")"
# Those that need no name to be worth knowing: not everybody has them.
_NAMELESS = word_set(
    "wife husband hubby fiancé fiancée fiance fiancee girlfriend boyfriend son daughter toddler"
    " partner"
    " grandson granddaughter newborn stepson stepdaughter gf bf missus teenager"
)
_COMMON_AFTER = re.compile(
    r"\s(?:tongue|shower|project|boards?|company|in\scrime|language|nature|process"
    r"|organi[sz]ation|hood|store"
    r"|programme|program|theory|node|class|element|steps?|universit\w+|school|town|city"
    r"|photos?|pictures?)\b"
)
_NAMED = re.compile(
    r"(?:'s|s)?\s(?:(?:first\s)?name\s(?:is|was)\s|name's\s)|(?:'s|\sis|\sare)?\s"
    r"(?:called|named)\s|,\s|\s\(|\s"
)


def _relative(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    kind = match["kind"]
    predicate = KINDS[kind]
    end = match.end()
    if _COMMON_AFTER.match(reading.low, end) or (
        kind == "twin" and reading.low[end : end + 1] == "s"
    ):
        return
    link = _NAMED.match(reading.low, end)
    span = (
        name_span(reading, link.end(), strict=not link[0].strip() or link[0].strip() in {",", "("})
        if link
        else None
    )
    if span is not None and link is not None and link[0].strip() in {",", "("}:
        # "my wife, Elena, …": an apposition ends as it began.
        close = re.compile(r"\s*(?:[,.)!?;]|$|-)").match(reading.low, span.end)
        span = span if close else None
    if span is not None:
        name = reading.text(span)
        value = f"{kind} {name}" if predicate == "relative" else name
        yield reading.found(
            predicate,
            value[:1].upper() + value[1:] if value == value.lower() else value,
            Span(match.start(), span.end),
        )
    elif kind in _NAMELESS and not re.compile(
        r"(?:'s(?!\s(?:an?|not|always|so|very|been|from|in|also|really)\b)|s'|s\b)|-"
    ).match(reading.low, end):
        yield reading.found(predicate, kind, Span(match.start(), end), confidence=0.7)


def _several(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "My brothers Dan and Lou"."""
    kind = match["kind"].removesuffix("s")
    position = match.end()
    for _ in range(4):
        span = name_span(reading, position, strict=True, words=1)
        if span is None:
            return
        yield reading.found(KINDS[kind], reading.text(span), Span(match.start(), span.end))
        link = re.compile(r"(?:,\s(?:and\s)?|\s(?:and|&)\s)").match(reading.low, span.end)
        if link is None:
            return
        position = link.end()


def _married_to(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = name_span(reading, match.end(), strict=True)
    if span is not None:
        yield reading.found("spouse", reading.text(span), Span(match.start(), span.end))


_BIRTH = re.compile(
    r"\b(?:the\sbaby|our\sbaby|gave\sbirth|newborn|became\sa\s(?:dad|mum|mom|father|mother"
    r"|parent)|our\s(?:first|second|third)\schild|had\sa\sbaby|it's\sa\s(?:girl|boy))\b"
)


def _born(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "The baby is here! Her name is Freya"."""
    texts = [
        reading.low[: match.start()],
        *(each.speech.lower() for each in reading.context.before[-1:]),
    ]
    span = name_span(reading, match.end(), words=2)
    if span is not None and any(_BIRTH.search(text) for text in texts):
        yield reading.found("child", reading.text(span), Span(match.start(), span.end))


RULES: tuple[Rule, ...] = (
    rule(
        (
            rf"\b(?:my|our)\s(?!ex\b|late\sboss)(?:(?:little|big|older|younger|elder|eldest"
            rf"|youngest|oldest|late|dear|lovely|beloved|new|baby|teenage|adult|wonderful"
            rf"|\d{{1,2}}-year-old|\w+-year-old|\d{{1,2}}\syear\sold|\d{{1,2}}yo|twin|step"
            rf"|sweet|amazing|poor|middle|first|second|only|grown-up|dear\sold"
            rf"|ex-)\s){{0,2}}{_KIND}\b(?!-)"
        ),
        _relative,
        "anywhere",
    ),
    rule(
        (
            r"\b(?:my|our)\s(?:(?:little|big|older|younger|elder|two|three|four|twin|lovely"
            r"|both)\s){0,2}(?P<kind>brothers|sisters|sons|daughters|kids|grandsons"
            r"|granddaughters|cousins|nieces|nephews|uncles|aunts)\s(?=[a-z'-]+(?:,"
            r"|\sand|\s&))"
        ),
        _several,
        "anywhere",
    ),
    rule(
        (
            r"(?:<im>|i've\sbeen|been|we've\sbeen|i\sgot)\s<adv>(?:happily\s)?(?:married"
            r"|engaged)\sto\s"
        ),
        _married_to,
    ),
    rule(r"(?:<im>|i've\sbeen)\s(?:dating|seeing)\s", _married_to),
    rule(
        (
            r"(?:her|his)\sname(?:'s|\sis)\s|(?:she's|he's|she\sis|he\sis)\s(?:called|named)\s"
            r"|we\s(?:called|named)\s(?:her|him)\s"
        ),
        _born,
    ),
    rule(
        (
            rf"<ive>\san?\s(?:(?:older|younger|little|big|twin|half|baby"
            rf"|teenage)\s)?{_KIND}(?=,\s\w+|\s(?:called|named)\s)"
        ),
        _relative,
    ),
)
