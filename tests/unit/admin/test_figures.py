"""Turns per minute and time per stage: every turn once, in bounded memory."""

from datetime import UTC, datetime, timedelta

import pytest

from services.admin import figures as figures_module
from services.admin.figures import Figures
from services.admin.schemas import Minute
from shared.contracts.events import MetricRecorded

NOW = datetime(2026, 1, 2, 3, 4, 30, tzinfo=UTC)


def closed(
    turn: str | None, *, minutes_ago: float = 0, status: str = "completed", **values: float
) -> MetricRecorded:
    return MetricRecorded(
        at=NOW - timedelta(minutes=minutes_ago),
        service="inference",
        name="turn-closed",
        turn_id=turn,
        values=values,
        labels={"status": status},
    )


def add(figures: Figures, *metrics: MetricRecorded) -> None:
    for metric in metrics:
        figures.add(metric, now=NOW)


def outcomes(minute: Minute) -> tuple[int, int, int, int]:
    return minute.completed, minute.failed, minute.cancelled, minute.expired


def test_turns_are_counted_in_their_minute_by_outcome() -> None:
    figures = Figures()
    add(
        figures,
        closed("a"),
        closed("b", status="failed"),
        closed("c", minutes_ago=1, status="cancelled"),
        closed("d", minutes_ago=59, status="expired"),
    )
    minutes = figures.minutes(NOW)
    assert len(minutes) == 60
    assert minutes[-1].at == NOW.replace(second=0)
    assert outcomes(minutes[-1]) == (1, 1, 0, 0)
    assert outcomes(minutes[-2]) == (0, 0, 1, 0)
    assert outcomes(minutes[0]) == (0, 0, 0, 1)
    later = figures.minutes(NOW + timedelta(minutes=1))
    assert outcomes(later[-2]) == (1, 1, 0, 0)
    assert sum(sum(outcomes(minute)) for minute in later) == 3


def test_a_turn_counts_once() -> None:
    figures = Figures()
    add(figures, closed("a", total_ms=5), closed("a", total_ms=5))
    assert outcomes(figures.minutes(NOW)[-1]) == (1, 0, 0, 0)
    assert figures.stages(NOW)["total_ms"].turns == 1


@pytest.mark.parametrize(
    "metric",
    [
        closed(None),
        closed("a", status="odd"),
        closed("a", minutes_ago=60),
        closed("a", minutes_ago=-5),
    ],
)
def test_what_is_no_turn_of_this_hour_is_passed_over(metric: MetricRecorded) -> None:
    figures = Figures()
    add(figures, metric)
    assert all(sum(outcomes(minute)) == 0 for minute in figures.minutes(NOW))


def test_stages_tell_the_median_and_the_95th_percentile_of_answered_turns() -> None:
    figures = Figures()
    add(figures, *(closed(str(n), total_ms=n, queue_ms=1) for n in range(1, 101)))
    add(figures, closed("late", minutes_ago=6, total_ms=9_999))
    add(figures, closed("failed", status="failed", total_ms=9_999))
    stages = figures.stages(NOW)
    assert list(stages) == ["queue_ms", "context_ms", "first_token_ms", "total_ms"]
    total = stages["total_ms"]
    assert (total.p50_ms, total.p95_ms, total.turns) == (50, 95, 100)
    assert stages["context_ms"].p50_ms is None


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures_module, "MAX_TURNS", 10)
    figures = Figures()
    add(figures, *(closed(str(n)) for n in range(100)))
    assert len(figures._seen) == 10
    moment = NOW + timedelta(minutes=61)
    late = closed("late").model_copy(update={"at": moment})
    figures.add(late, now=moment)
    assert len(figures._minutes) == 1
