"""What somebody studies, and where."""

import re
from collections.abc import Iterator

from services.memory_writer.extraction.en.places import place
from services.memory_writer.extraction.en.reading import Reading, Rule, Span, phrase, proper, rule
from services.memory_writer.extraction.found import Found

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


def _year_of(match: "re.Match[str]", reading: Reading) -> Iterator[Found]:
    span = phrase(reading, match.end(), words=3)
    if span is not None:
        yield reading.found("field_of_study", reading.text(span), Span(match.start(), span.end))
        yield from _school(reading, match.start(), span.end)


RULES: tuple[Rule, ...] = (
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
            r"(?:<im>\s)?in\smy\s(?:\w+)\s(?:year|semester)\s(?:of|studying)\s(?!a\b|the\b"
            r"|my\b)"
        ),
        _year_of,
    ),
)
