"""Days of the year in English, as "14 February"."""

import re
from datetime import datetime, timedelta

from services.memory_writer.extraction.en.words import HOLIDAYS, MONTHS

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
DAY = (
    rf"(?:the\s)?(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?:\sof)?[\s-](?P<m1>{_MONTH})\b"
    rf"|(?P<m2>{_MONTH})\.?\s(?:the\s)?(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)"
    r"|(?P<iso>\d{4}-\d{1,2}-\d{1,2})\b|(?P<number>\d{1,2}[./-]\d{1,2}(?:[./-]\d{2,4})?)\b"
    rf"|(?P<holiday>{'|'.join(map(re.escape, sorted(HOLIDAYS, key=len, reverse=True)))})\b"
    r"|(?P<relative>today|tomorrow)\b"
)
"""A day, as a part of a pattern."""

_NAMES = ("", *dict.fromkeys(MONTHS.values()))
_LAST_MONTH = 12
_LAST_DAY = 31


def day(match: "re.Match[str]", said_at: datetime) -> str | None:
    """Return the day that a match of `DAY` names, or None where there is no such day."""
    if match["holiday"]:
        return HOLIDAYS[match["holiday"]]
    if match["relative"]:
        when = said_at + timedelta(days=match["relative"] == "tomorrow")
        return f"{when.day} {_NAMES[when.month]}"
    if match["iso"]:
        _, month, number = map(int, match["iso"].split("-"))
        return _named(number, month)
    if match["number"]:
        return _by_numbers(match["number"])
    return _named(int(match["d1"] or match["d2"]), _NAMES.index(MONTHS[match["m1"] or match["m2"]]))


def _by_numbers(text: str) -> str | None:
    """Read "17.07." and "07/17"; where both orders would do, the day is first."""
    first, second = (int(each) for each in re.split(r"[./-]", text)[:2])
    if second > _LAST_MONTH:
        first, second = second, first
    return _named(first, second)


def _named(number: int, month: int) -> str | None:
    known = 1 <= number <= _LAST_DAY and 1 <= month <= _LAST_MONTH
    return f"{number} {_NAMES[month]}" if known else None
