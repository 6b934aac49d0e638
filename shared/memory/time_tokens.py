"""Cuts a text into the words of which expressions of time are made."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from shared.memory.time_lexicon import LEXICON, Kind, Word

_TOKEN = re.compile(
    r"(?<![\w./-])(?P<iso>\d{4}-\d\d?(?:-\d\d?)?)(?![\w/-])"
    r"|(?<![\w./-])(?P<dots>(?:\d\d?\.)?\d\d?\.\d{4}|\d\d\.\d\d)(?![\w/-]|\.\d)"
    r"|(?<![\w./-])(?P<slashes>\d\d?/\d\d?/\d{4}|\d\d/\d\d)(?![\w/-])"
    r"|(?<![\w./])(?P<number>\d{1,4})(?P<suffix>-?(?:го|ого|е|ое|м|й|st|nd|rd|th))?(?![\w/%$]|\.\d)"
    r"|(?P<word>\w+(?:['’]\w+)?)"
    r"|(?P<mark>[^\w\s])",
    re.IGNORECASE,
)
_MONTHS = 12
_NONE = Word(Kind.NONE)


class Token(NamedTuple):
    """A word of the text, what it says, and where it stands.

    `capital` and `ordinal` are of how it is written ("May", "12th").
    """

    word: str
    kind: Kind
    value: Any
    start: int
    end: int
    capital: bool = False
    ordinal: bool = False


END = Token("", Kind.NONE, None, 0, 0)
"""What stands behind the last word."""


def tokens(text: str) -> Sequence[Token]:
    """Return the words and marks of a text."""
    return [_token(match) for match in _TOKEN.finditer(text)]


def _token(match: re.Match[str]) -> Token:
    """Return what a match says."""
    written = match.group()
    plain = written.lower().replace("ё", "е").replace("’", "'")
    span = match.span()
    if match["number"]:
        ordinal = match["suffix"] is not None
        return Token(plain, Kind.DIGITS, int(match["number"]), *span, ordinal=ordinal)
    if match.lastgroup in {"iso", "dots", "slashes"}:
        date = _date(plain, str(match.lastgroup))
        return Token(plain, Kind.DATE if date else Kind.NONE, date, *span)
    said = LEXICON.get(plain, _NONE)
    return Token(plain, said.kind, said.value, *span, capital=written[0].isupper())


def _date(written: str, form: str) -> tuple[int | None, int, int | None] | None:
    """Return year, month and day; None where it is none. The day is first unless it cannot be."""
    numbers = [int(number) for number in re.split(r"\D", written)]
    if form == "iso":
        year, month, *rest = numbers
        return (year, month, rest[0] if rest else None) if 0 < month <= _MONTHS else None
    full = len(re.split(r"\D", written)[-1]) > len("12")
    dated = numbers.pop() if full else None
    if len(numbers) == 1:
        return (dated, numbers[0], None) if 0 < numbers[0] <= _MONTHS else None
    day, month = numbers
    if month > _MONTHS and form == "slashes":
        day, month = month, day
    return (dated, month, day) if 0 < month <= _MONTHS else None
