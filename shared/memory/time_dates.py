"""Reads dates: "12 мая 2023", "May 12th", "с 5 по 12 мая", "2023-05-12", and the years of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from shared.memory import calendar_periods as calendar
from shared.memory.passages import Period
from shared.memory.time_lexicon import COUNTED, WORDS_OF_VERBS, YEAR_WORDS, Kind
from shared.memory.time_tokens import END, Token

Resolve: TypeAlias = Callable[[datetime], tuple[Period, ...]]
Before: TypeAlias = Kind | None
"""The kind of the preposition that stands before, None where there is none."""

YEARS: Final = range(1970, 2100)
MONTH_DAYS: Final = range(1, 32)
HYPHENS: Final = frozenset({"-", "–", "—"})
_TENS: Final = frozenset({20, 30})
_SPAN: Final = frozenset({Kind.SINCE, Kind.BEFORE, Kind.AFTER, Kind.BETWEEN})


@dataclass(frozen=True, slots=True)
class Point:
    """What was read up to the word `end`, and its periods as seen from a moment.

    `dated`: it says its year. Not `exact`: roughly then.
    """

    end: int
    resolve: Resolve
    dated: bool = False
    exact: bool = True


class Dates:
    """Reads dates in the words of one text, asked at one moment."""

    def __init__(self, words: Sequence[Token], at: datetime) -> None:
        self._words = words
        self.at = at

    def word(self, place: int) -> Token:
        """Return a word; a blank one behind the end."""
        return self._words[place] if 0 <= place < len(self._words) else END

    def kind(self, place: int) -> Kind:
        """Return the kind of a word."""
        return self.word(place).kind

    def day(self, place: int) -> tuple[int, int] | None:
        """Return the day of a month that begins at a word, and where it ends."""
        word = self.word(place)
        if word.kind is Kind.NUMBER and word.value[0] in _TENS:
            following = self.word(place + 1)
            if following.kind is Kind.ORDINAL and following.value < min(_TENS) / 2:
                return word.value[0] + following.value, place + 2
        fits = word.kind in {Kind.DIGITS, Kind.ORDINAL} and word.value in MONTH_DAYS
        return (word.value, place + 1) if fits else None

    def span_of_days(self, place: int) -> Point | None:
        """Return "5–12 мая", "с 5 по 12 мая" (from the 5 on), "May 5 to 12"."""
        month = self.month_of(place)
        first = self.day(place + 1 if month else place)
        if first is None:
            return None
        joint = self.word(first[1])
        last = self.day(first[1] + 1)
        if last is None or (joint.kind is not Kind.TO and joint.word not in HYPHENS):
            return None
        end = last[1]
        if month is None:
            month, end = self.month_of(end), end + 1
        if month is None:
            return None
        end, year = self.year_of(end)

        def resolve(at: datetime) -> tuple[Period, ...]:
            to = calendar.date(at, year, month, last[0])
            start = to.start.replace(day=first[0])
            return (Period(start, to.end),) if start < to.end else ()

        return Point(end, resolve, dated=year is not None)

    def year_of(self, place: int) -> tuple[int, int | None]:
        """Return the year that stands behind a month or a season, and where it ends."""
        start = place
        short = self.kind(place - 1) is Kind.SHORT_MONTH and self.word(place).word == "."
        if short or self.word(place).word == "," or self.kind(place) is Kind.OF:
            place += 1
        word = self.word(place)
        if word.kind is Kind.DIGITS and word.value in YEARS and self._is_year(place):
            return self.behind_year_word(place + 1), int(word.value)
        named = self.word(place + 1)
        if word.kind in {Kind.LAST, Kind.THIS} and named.value == "year":
            return place + 2, self.at.year - (word.value or 0)
        return start, None

    def behind_year_word(self, place: int) -> int:
        """Return where "года" or "г." ends that may stand behind the number of a year."""
        if self.word(place).word == "г" and self.word(place + 1).word == ".":
            return place + 2
        return place + (self.word(place).word in YEAR_WORDS)

    def _is_year(self, place: int) -> bool:
        """Tell whether a number of four digits is no count of something."""
        return self.word(place + 1).word not in COUNTED

    def month_of(self, place: int) -> int | None:
        """Return the month that a word names beside a number."""
        word = self.word(place)
        return int(word.value) if word.kind in {Kind.MONTH, Kind.SHORT_MONTH} else None

    def date(self, place: int, before: Before) -> Point | None:
        """Return a day: "12 мая 2023", "May 12th", "2023-05-12"; of figures also a month."""
        if self.kind(place) is Kind.DATE:
            return self._figures(place, before)
        found = self._day_first(place) or self._month_first(place)
        if found is None:
            return None
        end, named, month, day = found
        end, year = self.year_of(end)
        sure = named.word not in WORDS_OF_VERBS or named.capital or year or before
        if not sure and not any(self._is_ordinal(one) for one in range(place, end)):
            return None
        dated = year is not None
        return Point(end, lambda at: (calendar.date(at, year, month, day),), dated=dated)

    def _day_first(self, place: int) -> tuple[int, Token, int, int] | None:
        """Return where "12 мая", "12th of May" ends, the month's word, the month, the day."""
        day = self.day(place)
        if day is None:
            return None
        named = day[1] + (self.kind(day[1]) is Kind.OF)
        month = self.month_of(named)
        return None if month is None else (named + 1, self.word(named), month, day[0])

    def _month_first(self, place: int) -> tuple[int, Token, int, int] | None:
        """Return the same of "May 12", "May the first"; it is English only."""
        month, word = self.month_of(place), self.word(place)
        if month is None or not word.word.isascii():
            return None
        place += 1
        place += self.word(place).word == "."
        place += self.kind(place) is Kind.THE
        day = self.day(place)
        # "In May 5 people came."
        counted = self.word(place - 2).word == "in" and not self._is_ordinal(place)
        return None if day is None or counted else (day[1], word, month, day[0])

    def _is_ordinal(self, place: int) -> bool:
        """Tell whether a number is written as that of a day: "12th"."""
        return self.word(place).ordinal or self.kind(place) is Kind.ORDINAL

    def _figures(self, place: int, before: Before) -> Point | None:
        """Return what a date in figures says; "12.05" and "10/10" may be other things."""
        word = self.word(place)
        year, month, day = word.value
        if year is None:
            doubtful = "." in word.word or day == month
            if doubtful and before not in _SPAN and self.word(place - 1).word != "on":
                return None
        elif year not in YEARS:
            return None
        if day is None:
            return Point(place + 1, lambda at: (calendar.months_of(at, year, month),), dated=True)
        dated = year is not None
        return Point(place + 1, lambda at: (calendar.date(at, year, month, day),), dated=dated)
