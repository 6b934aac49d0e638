"""The time zone of whoever asks."""

from datetime import timedelta
from typing import Any

import pytest

from services.context.time_zone import in_zone_of
from tests.support.samples import NOON


@pytest.mark.parametrize(
    ("preferred", "hours"),
    [
        ("Europe/Moscow", 3),
        ("UTC+3", 3),
        ("GMT-05:30", -5.5),
        ("+4", 4),
        (" utc + 3 ", 3),
        ("+99", 14),
        ("UTC", 0),
        (None, 0),
        (3, 0),
        ("", 0),
        ("Europe", 0),
        ("../etc/passwd", 0),
        ("/etc/passwd", 0),
        ("завтра", 0),
        ("x" * 10_000, 0),
        ("a\x00b", 0),
    ],
)
def test_a_zone_is_a_name_or_an_offset(preferred: Any, hours: float) -> None:
    moved = in_zone_of(NOON, preferred)
    assert moved == NOON
    assert moved.utcoffset() == timedelta(hours=hours)
