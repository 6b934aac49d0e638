"""Reads one point or period of time: "12 мая", "last week", "three days ago", "в прошлом марте".

What stands before it ("since", "в") is for `time_words`; here it only decides what may be meant.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from shared.memory import calendar_periods as calendar
from shared.memory.passages import Period
from shared.memory.time_dates import HYPHENS, YEARS, Before, Dates, Point
from shared.memory.time_lexicon import NO_WEDNESDAY, WORDS_OF_VERBS, Kind
from shared.memory.time_tokens import Token

_SURELY_DAYS: Final = 6
"""So many days ago is remembered to the day."""

_WEDNESDAY: Final = 2
_HALVES: Final = {"year": ("month", 6), "hour": ("minute", 30)}
_NAMED_UNITS: Final = frozenset({"week", "month", "year"})
_ARTICLES: Final = frozenset({"a", "an"})


class Points(Dates):
    """Reads points in the words of one text, asked at one moment."""

    def point(self, place: int, before: Before, *, lasting: bool = False) -> Point | None:
        """Return the point that begins at a word. `lasting`: "in the last week" is up to now."""
        if self.kind(place) is Kind.STAGE:
            return self._stage(place, before)
        for read in (self.date, self._ago, self._near, self._of_week):
            found = read(place, before)
            if found:
                return found
        found = self._trailing(place, lasting=lasting) or self._last(place)
        found = found or self._months(place, before) or self._month(place, before)
        return found or self._year(place, before)

    def _stage(self, place: int, before: Before) -> Point | None:
        """Return a part of a period: "в начале марта", "late May", "mid-June"."""
        inner = place + 1
        inner += self.kind(inner) is Kind.OF or self.word(inner).word == "-"
        inner += self.kind(inner) is Kind.THE
        whole = None if self.kind(inner) is Kind.STAGE else self.point(inner, before or Kind.IN)
        if whole is None:
            return None
        first, last = self.word(place).value

        def resolve(at: datetime) -> tuple[Period, ...]:
            return tuple(
                Period(
                    one.start + (one.end - one.start) * first / 4,
                    one.start + (one.end - one.start) * last / 4,
                )
                for one in whole.resolve(at)
            )

        return replace(whole, resolve=resolve)

    def _number(self, place: int) -> tuple[int, float, float] | None:
        """Return where a number, or "2 or 3", ends, and its least and greatest value."""
        first = self._one_number(place)
        if first is None or self.word(first[0]).word not in {"or", "или", *HYPHENS}:
            return first
        last = self._one_number(first[0] + 1)
        return first if last is None or last[2] < first[1] else (last[0], first[1], last[2])

    def _one_number(self, place: int) -> tuple[int, float, float] | None:
        """Return where a number ends, and its least and greatest value."""
        word = self.word(place)
        if word.kind is Kind.DIGITS and not word.ordinal:
            return place + 1, word.value, word.value
        if word.kind is not Kind.NUMBER:
            return None
        end = place + 1
        if word.word in _ARTICLES and self.kind(end) is Kind.NUMBER:
            word, end = self.word(end), end + 1
        if word.word == "couple" and self.kind(end) is Kind.OF:
            end += 1
        return end, *word.value

    def _amount(self, place: int) -> tuple[int, str, float, float] | None:
        """Return where "three weeks", "полгода", "недели две" ends, its unit, least and most."""
        word = self.word(place)
        if word.kind is Kind.HALF:
            return self._half(place)
        number = self._number(place)
        if number and self.kind(number[0]) is Kind.UNIT:
            return number[0] + 1, self.word(number[0]).value, *number[1:]
        if word.kind is not Kind.UNIT:
            return None
        number = self._number(place + 1)
        if number and self.word(place + 1).word not in _ARTICLES:
            return number[0], word.value, *number[1:]
        return place + 1, word.value, 1, 1

    def _half(self, place: int) -> tuple[int, str, float, float] | None:
        """Return "half a year", "полчаса" as an amount of smaller units."""
        unit, end = self.word(place).value, place + 1
        if unit is None:
            end += self.word(end).word in _ARTICLES
            unit, end = self.word(end).value, end + 1
        if unit not in _HALVES:
            return None
        smaller, count = _HALVES[unit]
        return end, smaller, count, count

    def _ago(self, place: int, _: Before) -> Point | None:
        """Return "three days ago", "месяц назад", "недели две тому назад"."""
        amount = self._amount(place)
        if amount is None:
            return None
        end, unit, low, high = amount
        if self.word(end).word == "тому":
            end += 1
        if self.kind(end) is not Kind.AGO or self._is_plural(self.word(place)):
            return None
        exact = unit == "day" and low == high <= _SURELY_DAYS
        return Point(end + 1, lambda at: (calendar.ago(at, unit, low, high),), exact=exact)

    def _near(self, place: int, _: Before) -> Point | None:
        """Return a day near now: "yesterday", "вчера вечером", "last night", "this morning"."""
        word, following = self.word(place), self.word(place + 1)
        if [word.word, following.word, self.word(place + 2).word] == ["day", "before", "yesterday"]:
            return Point(place + 3, lambda at: (calendar.a_day(at, 2),))
        if word.kind is Kind.DAY:
            end = place + 1 + (following.kind is Kind.DAY_PART or following.value == "day")
            return Point(end, lambda at: (calendar.a_day(at, word.value),))
        if word.word == "last" and following.word == "night":
            return Point(place + 2, self._last_night)
        if word.word == "this" and following.kind is Kind.DAY_PART:
            return Point(place + 2, lambda at: (calendar.a_day(at, 0),))
        return None

    def _of_week(self, place: int, before: Before) -> Point | None:
        """Return the latest such day of the week or weekend, if a preposition says that it is."""
        word = self.word(place)
        if before is None or before is Kind.FROM:
            return None
        if word.kind is Kind.WEEKEND:
            return Point(place + 1, lambda at: (calendar.weekend(at, whole=False),))
        if word.kind is not Kind.WEEKDAY:
            return None
        environment = self.word(place + 1).word.startswith(NO_WEDNESDAY)
        return None if environment and word.value == _WEDNESDAY else self._weekday(place)

    def _weekday(self, place: int) -> Point:
        """Return the latest such day, or that of a week: "в пятницу на прошлой неделе"."""
        day, end = self.word(place).value, place + 1
        end += self.kind(end) is Kind.DAY_PART
        week = end + (self.kind(end) in {Kind.IN, Kind.OF})
        named = self.word(week)
        if named.kind in {Kind.LAST, Kind.THIS} and self.word(week + 1).value == "week":
            return Point(week + 2, lambda at: (calendar.day_of_week(at, named.value or 0, day),))
        return Point(end, lambda at: (calendar.weekday(at, day),))

    @staticmethod
    def _last_night(at: datetime) -> tuple[Period, ...]:
        """Return yesterday's second half and today's first quarter."""
        today = calendar.midnight(at)
        return (Period(today - calendar.DAY / 2, today + calendar.DAY / 4),)

    def _trailing(self, place: int, *, lasting: bool) -> Point | None:
        """Return a stretch up to now: "last 3 months", "последние две недели", "past week"."""
        word = self.word(place)
        if word.kind is not Kind.TRAILING and word.word not in {"last", "прошлые"}:
            return None
        amount = self._amount(place + 1)
        if amount is None:
            return None
        end, unit, low, high = amount
        counted = self.kind(place + 1) in {Kind.DIGITS, Kind.NUMBER, Kind.HALF}
        if not counted:
            several = self.word(place + 1).word.endswith("s") or word.word == "последние"
            low, high = (2, 5) if several else (low, high)
            if not lasting and word.word != "past" and not several:
                return None
        exact = low == high
        return Point(end, lambda at: (calendar.trailing(at, unit, high),), exact=exact)

    def _last(self, place: int) -> Point | None:
        """Return what is named from now: "last week", "в этом году", "прошлым летом"."""
        word, named = self.word(place), self.word(place + 1)
        if word.kind is Kind.UNIT:
            return self._before_last(place)
        if word.kind is Kind.THIS and named.word == "past":
            return self._named(place + 2, 1)
        if word.kind not in {Kind.LAST, Kind.THIS}:
            return None
        # "Это" is mostly no word of time: "это год назад было".
        if word.word == "это" and named.kind is not Kind.SEASON:
            return None
        return self._named(place + 1, word.value or 0)

    def _before_last(self, place: int) -> Point | None:
        """Return "the week before last"."""
        unit = self.word(place).value
        words = [self.word(place + 1).word, self.word(place + 2).word]
        if words != ["before", "last"] or unit not in _NAMED_UNITS:
            return None
        return Point(place + 3, lambda at: (calendar.unit(at, unit, 2),))

    def _named(self, place: int, back: int) -> Point | None:
        """Return what a word names so many back; 0 is the current one."""
        word, end = self.word(place), place + 1
        if word.kind is Kind.UNIT and word.value in _NAMED_UNITS and not self._is_plural(word):
            return Point(end, lambda at: (calendar.unit(at, word.value, back),))
        if word.kind is Kind.WEEKDAY:
            end += self.kind(end) is Kind.DAY_PART
            return Point(end, lambda at: self._named_weekday(at, word.value, back))
        if word.kind is Kind.WEEKEND:
            return Point(end, lambda at: (calendar.weekend(at, whole=back > 0),))
        if word.kind is Kind.MONTH and (word.capital or word.word not in WORDS_OF_VERBS or back):
            return Point(end, lambda at: self._named_months(at, word.value, 1, back))
        if word.kind is Kind.SEASON:
            return Point(end, lambda at: self._named_months(at, word.value[0], 3, back))
        return None

    @staticmethod
    def _is_plural(word: Token) -> bool:
        """Tell whether a unit is many: "years", "лет"."""
        return word.word.endswith("s") or word.word == "лет"

    @staticmethod
    def _named_weekday(at: datetime, day: int, back: int) -> tuple[Period, ...]:
        """Return last Friday; "this" one is of this week, today included, and has begun."""
        if back:
            return (calendar.weekday(at, day),)
        ahead = at.weekday() - day
        return (calendar.a_day(at, ahead),) if ahead >= 0 else ()

    @staticmethod
    def _named_months(at: datetime, month: int, count: int, back: int) -> tuple[Period, ...]:
        """Return last March: the latest that is over; "this" one is of this year."""
        found = calendar.latest_months(at, month, count)
        if not back:
            return (found,) if at.year in {found.start.year, found.end.year} else ()
        over = back - 1 if found.end <= at else back
        return (calendar.months_of(at, found.start.year - over, month, count),)

    def _month(self, place: int, before: Before) -> Point | None:
        """Return a month or a season, with its year or without: "March 2024", "зимой"."""
        word = self.word(place)
        if word.kind is Kind.SEASON:
            return self._season(place, before)
        month = self.month_of(place)
        if month is None:
            return None
        end, year = self.year_of(place + 1)
        if year is not None:
            return Point(end, lambda at: (calendar.months_of(at, year, month),), dated=True)
        # "The August sun", "планы на май".
        other = self.kind(place - 1) is Kind.THE or self.word(place - 1).word == "на"
        if before is None or other:
            return None
        if word.kind is Kind.SHORT_MONTH and not (word.capital and self.word(end).word != "-"):
            return None
        return Point(end, lambda at: (calendar.latest_months(at, month),))

    def _months(self, place: int, before: Before) -> Point | None:
        """Return months from one to another: "январь–март 2024", "in March-April"."""
        if self.kind(place) is not Kind.MONTH or self.kind(place + 2) is not Kind.MONTH:
            return None
        first, last = self.word(place).value, self.word(place + 2).value
        end, year = self.year_of(place + 3)
        if self.word(place + 1).word not in HYPHENS or (year is None and before is None):
            return None

        def resolve(at: datetime) -> tuple[Period, ...]:
            to = calendar.months_of(at, year, last) if year else calendar.latest_months(at, last)
            return (Period(calendar.latest_months(to.start, first).start, to.end),)

        return Point(end, resolve, dated=year is not None)

    def _season(self, place: int, before: Before) -> Point | None:
        """Return a season. Without a year it may be of every year, so it is roughly then."""
        month, alone = self.word(place).value
        end, year = self.year_of(place + 1)
        if year is not None:
            return Point(end, lambda at: calendar.season(at, month, year), dated=True)
        if not alone and before is None:
            return None
        return Point(end, lambda at: (calendar.latest_months(at, month, 3),), exact=False)

    def _year(self, place: int, before: Before) -> Point | None:
        """Return a year: "2023 год", "the year 2023", and after a preposition "2023"."""
        named = self.word(place).word == "year"
        number = place + named
        word = self.word(number)
        if word.kind is not Kind.DIGITS or word.value not in YEARS:
            return None
        end = self.behind_year_word(number + 1)
        said = named or end > number + 1
        if not said and (before is None or not self._is_year(number)):
            return None
        return Point(end, lambda at: (calendar.months_of(at, word.value, 1, 12),), dated=True)
