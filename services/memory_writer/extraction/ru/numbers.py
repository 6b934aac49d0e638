"""Numbers and dates in words or digits."""

import re

MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября",
    "октября", "ноября", "декабря",
)  # fmt: skip
LAST_DAY = 31
_LONGEST_NUMBER = 4
_UNITS = {
    "один": 1, "одна": 1, "два": 2, "две": 2, "три": 3, "четыре": 4, "пять": 5, "шесть": 6,
    "семь": 7, "восемь": 8, "девять": 9, "десять": 10, "одиннадцать": 11, "двенадцать": 12,
    "тринадцать": 13, "четырнадцать": 14, "пятнадцать": 15, "шестнадцать": 16,
    "семнадцать": 17, "восемнадцать": 18, "девятнадцать": 19,
}  # fmt: skip
_TENS = {
    "двадцать": 20, "тридцать": 30, "сорок": 40, "пятьдесят": 50, "шестьдесят": 60,
    "семьдесят": 70, "восемьдесят": 80, "девяносто": 90,
}  # fmt: skip
_ROUND = {"двадцатка": 20, "тридцатка": 30, "тридцатник": 30, "сороковник": 40, "полтинник": 50}
_ORDINALS = {
    "перв": 1, "втор": 2, "трет": 3, "четверт": 4, "пят": 5, "шест": 6, "седьм": 7, "восьм": 8,
    "девят": 9, "десят": 10, "одиннадцат": 11, "двенадцат": 12, "тринадцат": 13,
    "четырнадцат": 14, "пятнадцат": 15, "шестнадцат": 16, "семнадцат": 17, "восемнадцат": 18,
    "девятнадцат": 19, "двадцат": 20, "тридцат": 30,
}  # fmt: skip
_DATE = re.compile(r"\b(\d{1,2})(?:-?го)? (" + "|".join(MONTHS) + r")\b")
_DIGITS = re.compile(r"\b(\d{1,2})\.(\d{1,2})(?:\.\d{2,4})?\b")
_WORDED = re.compile(
    r"\b(?:(двадцать|тридцать) )?([а-я]{3,14}?)(?:ого|его|ое|ье|ьего|ого) ("
    + "|".join(MONTHS)
    + r")\b"
)


def number(first: str, second: str = "") -> tuple[int, int] | None:
    """Return a number, and of how many words it is: ("сорок", "два") -> (42, 2)."""
    if first.isdigit():
        return (int(first), 1) if len(first) < _LONGEST_NUMBER else None
    if first in _TENS:
        unit = _UNITS.get(second, 0)
        return (_TENS[first] + unit, 2) if unit in range(1, 10) else (_TENS[first], 1)
    single = _UNITS.get(first) or _ROUND.get(first)
    return (single, 1) if single else None


def date(text: str) -> str | None:
    """Return the first day and month of a text: "двенадцатого мая" -> "12 мая"."""
    match = _DATE.search(text)
    if match and 1 <= int(match[1]) <= LAST_DAY:
        return f"{int(match[1])} {match[2]}"
    match = _WORDED.search(text)
    if match and match[2] in _ORDINALS:
        tens = {"двадцать": 20, "тридцать": 30}.get(match[1] or "", 0)
        return f"{tens + _ORDINALS[match[2]]} {match[3]}"
    match = _DIGITS.search(text)
    if match and 1 <= int(match[1]) <= LAST_DAY and 1 <= int(match[2]) <= len(MONTHS):
        return f"{int(match[1])} {MONTHS[int(match[2]) - 1]}"
    return None
