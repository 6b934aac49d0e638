"""Time words of a question, in Russian and English: "в марте", "last week", "позавчера".

What lies wholly in the future is not read: nobody has said anything then yet.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.memory import calendar_periods as calendar
from shared.memory.passages import Period
from shared.memory.time_dates import Point
from shared.memory.time_lexicon import VAGUE, Kind
from shared.memory.time_points import Points
from shared.memory.time_tokens import tokens

READ_CHARACTERS: Final = 4_000
"""What comes behind is no question any more: its time words stay words, and nobody waits for it."""

MOST_PERIODS: Final = 8
"""More than that bound nothing, and each is a condition of a query."""

_BEGINNING: Final = 1970
"""Nothing was recorded before."""

_YEAR: Final = timedelta(days=365)
_VAGUE_BEGINNINGS: Final = frozenset(words[0] for words in VAGUE)


@dataclass(frozen=True, slots=True)
class TimeWords:
    """When a question asks about, the question without those words, and how surely.

    No `periods`: at any time. Not `exact`: roughly then, which may raise but not exclude.
    """

    periods: tuple[Period, ...]
    rest: str
    exact: bool


def time_words(text: str, *, at: datetime) -> TimeWords:
    """Return the periods that a text speaks of as seen from `at`, whose zone the days are of.

    A month without a year is the latest that has begun, a day of the week the latest before today.
    """
    read = text[:READ_CHARACTERS]
    spans: list[tuple[int, int]] = []
    periods: dict[Period, None] = {}
    exact = True
    for start, end, found, sure in _Reader(read, at).found():
        spans.append((start, end))
        periods.update(dict.fromkeys(found))
        exact = exact and sure
    kept = tuple(periods)[:MOST_PERIODS]
    narrow = tuple(one for one in kept if not any(_within(other, one) for other in kept))
    return TimeWords(narrow, _rest(text, spans), exact)


def _within(inner: Period, outer: Period) -> bool:
    """Tell whether a period is a part of another: "in March, on the 12th"."""
    return inner != outer and outer.start <= inner.start and inner.end <= outer.end


def _rest(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return a text without some of its parts, its spaces tidied."""
    parts, last = [], 0
    for start, end in spans:
        parts.append(text[last:start])
        last = end
    tidy = " ".join(" ".join([*parts, text[last:]]).split())
    return re.sub(r" ([?!.,;:])(?!\w)", r"\1", tidy).lstrip(",;: ") if spans else tidy


class _Reader:
    """Reads the time words of one text, from left to right."""

    def __init__(self, text: str, at: datetime) -> None:
        self._words = tokens(text)
        self._at = at
        self._points = Points(self._words, at)

    def found(self) -> Iterator[tuple[int, int, tuple[Period, ...], bool]]:
        """Yield where each expression starts and ends, its periods, whether it is exact."""
        place = 0
        while place < len(self._words):
            point = self._vague(place)
            if point is None and self._points.kind(place) not in {Kind.NONE, Kind.MARK}:
                point = self._phrase(place)
            periods = self._begun(point) if point else ()
            if point and periods:
                yield self._words[place].start, self._words[point.end - 1].end, periods, point.exact
                place = point.end
            else:
                place += 1

    def _begun(self, point: Point) -> tuple[Period, ...]:
        """Return the periods of a point that have begun."""
        try:
            return tuple(one for one in point.resolve(self._at) if one.start <= self._at)
        except (ValueError, OverflowError):
            # The calendar has no such day: 31 February, or the year 0.
            return ()

    def _vague(self, place: int) -> Point | None:
        """Return what words like "recently" say."""
        if self._points.word(place).word not in _VAGUE_BEGINNINGS:
            return None
        for length in (3, 2, 1):
            said = tuple(self._points.word(place + step).word for step in range(length))
            days = VAGUE.get(said)
            if days is not None:
                return Point(
                    place + length,
                    lambda at, days=days: (calendar.trailing(at, "day", days),),  # type: ignore[misc]
                    exact=False,
                )
        return None

    def _phrase(self, place: int) -> Point | None:
        """Return what the expression that begins at a word says."""
        points, kind = self._points, self._points.kind(place)
        inner = place + 1 + (points.kind(place + 1) is Kind.THE)
        if kind in {Kind.SINCE, Kind.FROM, Kind.BETWEEN}:
            return self._between(inner, kind)
        if kind is Kind.BEFORE:
            return self._before(points.point(inner, kind))
        if kind is Kind.AFTER:
            return self._after(points.point(inner, kind))
        if kind is Kind.IN:
            return self._inside(place)
        start = place + (kind is Kind.THE)
        return points.span_of_days(start) or points.point(start, None) or self._beside(start)

    def _beside(self, place: int) -> Point | None:
        """Return a unit before or after a point: "the week before 9 June", "за день до мая"."""
        unit, side = self._points.word(place), self._points.kind(place + 1)
        if unit.kind is not Kind.UNIT or side not in {Kind.BEFORE, Kind.AFTER}:
            return None
        length = calendar.LENGTHS[unit.value]
        if side is Kind.BEFORE:
            return self._turned(
                self._points.point(place + 2, side),
                lambda one: Period(one.start - length, one.start),
            )
        return self._turned(
            self._points.point(place + 2, side), lambda one: Period(one.end, one.end + length)
        )

    def _between(self, inner: int, kind: Kind) -> Point | None:
        """Return what stands behind "between", "from" or "since"."""
        if kind is Kind.BETWEEN:
            return self._from_to(inner, kind, Kind.AND)
        found = self._points.span_of_days(inner) or self._from_to(inner, Kind.SINCE, Kind.TO)
        # "From" alone is of people and places too.
        return found or (self._since(inner) if kind is Kind.SINCE else None)

    def _inside(self, place: int) -> Point | None:
        """Return what stands behind "in" or "за"; "в течение" is two such words."""
        points = self._points
        lasting = bool(points.word(place).value)
        inner = place + 1
        if points.kind(inner) is Kind.IN:
            lasting, inner = lasting or bool(points.word(inner).value), inner + 1
        inner += points.kind(inner) is Kind.THE
        if points.word(inner).word in {"all", "whole", "весь", "всю"}:
            inner += 1
        days = points.span_of_days(inner)
        point = days or points.point(inner, Kind.IN, lasting=lasting)
        return point or self._beside(inner)

    def _since(self, inner: int) -> Point | None:
        """Return the time from a point to now."""
        return self._turned(
            self._points.point(inner, Kind.SINCE),
            lambda one: Period(one.start, calendar.tomorrow(self._at)),
        )

    def _before(self, point: Point | None) -> Point | None:
        """Return the time up to a point."""
        first = calendar.midnight(self._at)
        return self._turned(
            point, lambda one: Period(first.replace(year=_BEGINNING, month=1, day=1), one.start)
        )

    def _after(self, point: Point | None) -> Point | None:
        """Return the time from the end of a point to now."""
        return self._turned(point, lambda one: Period(one.end, calendar.tomorrow(self._at)))

    @staticmethod
    def _turned(point: Point | None, turn: Callable[[Period], Period]) -> Point | None:
        """Return a point whose periods are turned into others; empty ones are left out."""
        if point is None:
            return None

        def resolve(at: datetime) -> tuple[Period, ...]:
            turned = map(turn, point.resolve(at))
            return tuple(one for one in turned if one.start < one.end)

        return Point(point.end, resolve, dated=point.dated, exact=point.exact)

    def _from_to(self, inner: int, kind: Kind, joint: Kind) -> Point | None:
        """Return the time from one point to another, both included."""
        points = self._points
        first = points.point(inner, kind)
        if first is None:
            return None
        joined = points.kind(first.end)
        if joined is not joint and (joint is Kind.AND or joined is not Kind.BEFORE):
            return None
        second_at = first.end + 1
        if points.kind(second_at) is Kind.THE:
            second_at += 1
        second = points.point(second_at, kind)
        if second is None:
            return None

        def resolve(at: datetime) -> tuple[Period, ...]:
            # The one that says no year takes it from the other.
            if first.dated and not second.dated:
                starts = first.resolve(at)
                ends = second.resolve(min(at, starts[0].start + _YEAR))
            else:
                ends = second.resolve(at)
                starts = first.resolve(min(at, ends[-1].start)) if ends else ()
            if not starts or not ends or starts[0].start >= ends[-1].end:
                return ()
            return (Period(starts[0].start, ends[-1].end),)

        return Point(second.end, resolve, dated=True, exact=first.exact and second.exact)
