"""The time zone of whoever asks: theirs is the day that they call today."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.contracts.parts import Scalar

_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])\s*(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE)
_MOST_HOURS = 14
_LONGEST_NAME = 64


def in_zone_of(moment: datetime, preferred: Scalar | None) -> datetime:
    """Return a moment in the zone that the preference `timezone` names; in UTC otherwise.

    It may be a name ("Europe/Moscow") or an offset ("UTC+3", "+05:30").
    """
    return moment.astimezone(_zone(preferred) if isinstance(preferred, str) else UTC)


@lru_cache(maxsize=1_024)
def _zone(name: str) -> tzinfo:
    name = name.strip()[:_LONGEST_NAME]
    offset = _OFFSET.fullmatch(name)
    if offset is not None:
        sign, hours, minutes = offset.groups()
        off = timedelta(hours=min(int(hours), _MOST_HOURS), minutes=int(minutes or 0))
        return timezone(-off if sign == "-" else off)
    try:
        return ZoneInfo(name)
    # What is no name of a zone may be a folder of them, or no path at all.
    except (KeyError, ValueError, OSError):
        return UTC
