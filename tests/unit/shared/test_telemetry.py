"""Telemetry never slows or fails the work."""

import asyncio
import json

import pytest
import structlog

from shared.contracts.events import MetricRecorded
from shared.log import configure_logging
from shared.telemetry import QUEUE_SIZE, Telemetry
from tests.support.samples import turn_ref


class Sent:
    def __init__(self) -> None:
        self.events: list[tuple[str, bytes]] = []

    async def __call__(self, subject: str, payload: bytes) -> None:
        self.events.append((subject, payload))


async def test_a_metric_is_published_with_its_ids() -> None:
    sent, telemetry = Sent(), Telemetry("context")
    telemetry.start(sent)
    turn = turn_ref()
    with telemetry.timed("prompted", turn=turn) as span:
        span.labels["language"] = "ru"
    await telemetry.stop()
    ((subject, payload),) = sent.events
    assert subject == "metrics.context.prompted"
    event = MetricRecorded.model_validate_json(payload)
    assert (event.turn_id, event.user_id) == (turn.turn_id, turn.user_id)
    assert event.labels == {"language": "ru"}
    assert event.values["ms"] >= 0


async def test_failed_work_is_recorded_and_its_error_goes_on() -> None:
    sent, telemetry = Sent(), Telemetry("context")
    telemetry.start(sent)

    def work() -> None:
        with telemetry.timed("prompted"):
            raise KeyError

    with pytest.raises(KeyError):
        work()
    await telemetry.stop()
    event = MetricRecorded.model_validate_json(sent.events[0][1])
    assert event.labels == {"error": "KeyError"}


async def test_a_full_queue_drops_and_counts() -> None:
    telemetry = Telemetry("context")
    for _ in range(QUEUE_SIZE + 5):
        telemetry.metric("m")
    assert telemetry.dropped == 5


async def test_a_publisher_that_fails_or_hangs_hurts_nobody() -> None:
    telemetry = Telemetry("context")
    calls = 0

    async def send(_subject: str, _payload: bytes) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise OSError
        await asyncio.sleep(60)

    telemetry.start(send)
    telemetry.metric("m")
    telemetry.metric("m")
    async with asyncio.timeout(3):
        await telemetry.stop()
    assert calls == 2
    assert telemetry.dropped == 1


async def test_stopping_before_starting_is_fine() -> None:
    await Telemetry("context").stop()


@pytest.mark.parametrize("form", ["json", "console"])
async def test_a_log_line_has_the_bound_ids_and_is_forwarded(
    capsys: pytest.CaptureFixture[str], form: str
) -> None:
    sent, telemetry = Sent(), Telemetry("context")
    telemetry.start(sent)
    configure_logging(service="context", level="info", form=form, forward=telemetry.log)
    try:
        with structlog.contextvars.bound_contextvars(turn_id="t1"):
            structlog.get_logger().info("turn closed", total_ms=5, odd=object)
            structlog.get_logger().debug("not shown")
    finally:
        structlog.reset_defaults()
    await telemetry.stop()
    line = capsys.readouterr().err
    assert "turn closed" in line
    assert "not shown" not in line
    if form == "json":
        assert json.loads(line)["turn_id"] == "t1"
    ((subject, payload),) = sent.events
    assert subject == "logs.context.info"
    event = json.loads(payload)
    assert event["event"] == "turn closed"
    assert event["fields"]["turn_id"] == "t1"
    assert event["fields"]["odd"] == repr(object)
