"""What was never so, and what is over between people."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.reading import (
    Reading,
    Rule,
    Span,
    phrase,
    rule,
)
from services.memory_writer.extraction.found import Found


def _not_allergic(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = phrase(reading, match.end(), words=3)
    if span is None:
        return
    old = reading.text(span)
    real = re.compile(
        r"\s*(?:any\s?more|after\sall)?\s*(?:[,;:—–-]+|but)\s*(?:it's|it\sis|it\swas|to"
        r"|just|actually|i'm\sallergic\sto|but)\s(?:just\s|actually\s|only\s|to\s)*"
    ).match(reading.low, span.end)
    new = phrase(reading, real.end(), words=3) if real else None
    if new is not None:
        quote = Span(match.start(), new.end)
        yield reading.found("allergy", old, quote, op="end")
        yield reading.found("allergy", reading.text(new), quote, corrects=True, instead_of=old)
    elif re.search(r"turns\sout|after\sall|any\s?more|no\slonger", reading.low):
        yield reading.found("allergy", old, Span(match.start(), span.end), op="end")


_TOPICS = (
    (re.compile(r"\ballerg"), "allergy"),
    (
        re.compile(
            r"\b(?:doctor|diagnos|gp|specialist|consultant|biopsy|test\sresults?)\b|diagnos"
        ),
        "condition",
    ),
    (re.compile(r"\b(?:birthday|born)\b"), "birthday"),
    (re.compile(r"\bname\b|\bcalled\b"), "name"),
)


def _never_was(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "It was never shellfish — it's dust mites": of what, the words around tell."""
    predicate = next((name for topic, name in _TOPICS if topic.search(reading.low)), None)
    old = phrase(reading, match.end(), words=3)
    if predicate is None or old is None:
        return
    link = re.compile(
        r"\s*(?:[,;:—–-]+\s*|\s)(?:but\s)?(?:it's|it\sis|it\swas|i'm|but)\s(?:actually\s"
        r"|really\s|just\s|always\s)*"
    ).match(reading.low, old.end)
    new = phrase(reading, link.end(), words=3) if link else None
    if new is not None:
        quote = Span(match.start(), new.end)
        yield reading.found(
            predicate, reading.text(new), quote, corrects=True, instead_of=reading.text(old)
        )


def _separated(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    yield reading.found("spouse", None, Span(*match.span()), op="end")


_NAME = re.compile(r"(?:,?\s(?!and\b|but\b|so\b|last\b|in\b|on\b|after\b)\w+){0,2}")


def _left_by(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    """Read "I broke up with my girlfriend Anna": the name is part of what is over."""
    name = _NAME.match(reading.low, match.end())
    quote = Span(match.start(), name.end() if name else match.end())
    yield reading.found("spouse", None, quote, op="end")
    if "divorc" in match[0]:
        yield reading.found("status", "divorced", Span(*match.span()))


RULES: tuple[Rule, ...] = (
    rule(
        (
            r"(?:turns\sout\s(?:that\s)?)?<im>\s(?:<adv>)?(?:not|no\slonger)\s"
            r"(?:actually\s)?allergic\sto\s"
        ),
        _not_allergic,
    ),
    rule(
        r"\b(?:it|that)(?:\swas\snever|'s\snot|\sisn't|\swasn't|\sis\snot)\s",
        _never_was,
        "anywhere",
    ),
    rule(
        (
            r"(?:we|i\sand\s\w+|me\sand\s\w+|my\s\w+(?:\s\w+)?\sand\si)\s(?:just\s|have\s"
            r"|recently\s|finally\s)?(?:broke\sup|split\sup|split|separated|divorced|got\sdivorced"
            r"|parted\sways)\b(?!\s(?:the|a|our|my|it))"
        ),
        _separated,
    ),
    rule(
        (
            r"i(?:'ve|\shave)?\s(?:<adv>)?(?:broke\sup\swith|split\s(?:up\s)?(?:with|from)"
            r"|separated\sfrom|divorced|got\sdivorced\sfrom|dumped|was\sdumped\sby)\s"
            r"my\s(?:wife|husband|spouse|girlfriend|boyfriend|partner|fianc[eé]e?|gf|bf)\b"
        ),
        _left_by,
    ),
)
