"""Periods of the calendar as seen from a moment: the month before, the latest Friday, a season.

All are in the zone of the moment that they are counted from. An OverflowError or ValueError says
that the calendar has no such day.
"""

from datetime import datetime, timedelta
from typing import Final

from shared.memory.passages import Period

DAY: Final = timedelta(days=1)
_MONTHS: Final = 12
_SEASON_MONTHS: Final = 3
_LEAP_CYCLE: Final = 8
"""Years within which there is a 29 February, 1896 to 1904 at the worst."""

LENGTHS: Final = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": DAY,
    "week": timedelta(weeks=1),
    "month": timedelta(days=30.44),
    "year": timedelta(days=365.25),
}


def midnight(moment: datetime) -> datetime:
    """Return the beginning of a moment's day."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def tomorrow(moment: datetime) -> datetime:
    """Return the end of a moment's day."""
    return midnight(moment) + DAY


def a_day(at: datetime, back: int) -> Period:
    """Return the day so many days back."""
    start = midnight(at) - back * DAY
    return Period(start, start + DAY)


def months_on(first: datetime, months: int) -> datetime:
    """Return the first day of the month so many months after one."""
    count = first.year * _MONTHS + first.month - 1 + months
    return first.replace(year=count // _MONTHS, month=count % _MONTHS + 1, day=1)


def months_of(at: datetime, year: int, month: int, count: int = 1) -> Period:
    """Return months of the calendar, `count` from one on."""
    start = midnight(at).replace(year=year, month=month, day=1)
    return Period(start, months_on(start, count))


def latest_months(at: datetime, month: int, count: int = 1) -> Period:
    """Return the latest such month, or months, that has begun."""
    year = at.year if month <= at.month else at.year - 1
    return months_of(at, year, month, count)


def season(at: datetime, month: int, year: int) -> tuple[Period, ...]:
    """Return a season of a year by its first month; a winter belongs to both of its years."""
    years = (year - 1, year) if month == _MONTHS else (year,)
    return tuple(months_of(at, one, month, _SEASON_MONTHS) for one in years)


def date(at: datetime, year: int | None, month: int, day: int) -> Period:
    """Return a day of the calendar; without a year, the latest that has begun."""
    today = midnight(at)
    years = range(at.year, at.year - _LEAP_CYCLE - 1, -1) if year is None else (year,)
    for one in years:
        try:
            start = today.replace(year=one, month=month, day=day)
        except ValueError:
            continue
        if year is not None or start <= at:
            return Period(start, start + DAY)
    message = "no such day"
    raise ValueError(message)


def weekday(at: datetime, day: int) -> Period:
    """Return the latest such day of the week (0 is Monday) before today."""
    return a_day(at, (at.weekday() - day - 1) % 7 + 1)


def day_of_week(at: datetime, back: int, day: int) -> Period:
    """Return a day (0 is Monday) of the week so many back."""
    start = unit(at, "week", back).start + day * DAY
    return Period(start, start + DAY)


def unit(at: datetime, name: str, back: int) -> Period:
    """Return the day, week, month or year of the calendar so many back; 0 is the current one."""
    if name == "day":
        return a_day(at, back)
    if name == "week":
        start = midnight(at) - timedelta(days=at.weekday() + 7 * back)
        return Period(start, start + timedelta(weeks=1))
    if name == "month":
        start = months_on(midnight(at).replace(day=1), -back)
        return Period(start, months_on(start, 1))
    return months_of(at, at.year - back, 1, _MONTHS)


def weekend(at: datetime, *, whole: bool) -> Period:
    """Return the latest weekend that has begun; with `whole`, that is over."""
    saturday = midnight(at) - timedelta(days=(at.weekday() - 5) % 7)
    if whole and saturday + 2 * DAY > at:
        saturday -= timedelta(weeks=1)
    return Period(saturday, saturday + 2 * DAY)


def ago(at: datetime, name: str, low: float, high: float) -> Period:
    """Return the time `low` to `high` units ago, half a unit wider on either side."""
    length = LENGTHS[name]
    start, end = at - (high + 0.5) * length, at - (low - 0.5) * length
    if length < DAY:
        return Period(start, end)
    if name == "day":
        return Period(midnight(at) - high * DAY, midnight(at) - (low - 1) * DAY)
    return Period(midnight(start), tomorrow(min(end, at)))


def trailing(at: datetime, name: str, count: float) -> Period:
    """Return the last units up to the end of today."""
    start = at - count * LENGTHS[name]
    return Period(start if LENGTHS[name] < DAY else midnight(start), tomorrow(at))
