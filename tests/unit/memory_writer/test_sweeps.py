import asyncio

import pytest
import structlog
from structlog.testing import LogCapture

from services.memory_writer.sweeps import SweepLateError, Sweeps
from shared.failures import DependencyDownError

EVERY_S = 0.01


class Job:
    """Does what the test says, and counts."""

    def __init__(self) -> None:
        self.runs = 0
        self.error: Exception | None = None

    async def __call__(self) -> None:
        await asyncio.sleep(0)
        self.runs += 1
        if self.error is not None:
            raise self.error


async def test_every_job_runs_again_and_again_until_the_stop() -> None:
    first, second = Job(), Job()
    sweeps = Sweeps({"first": first, "second": second}, every_s=EVERY_S)
    await sweeps.start()
    async with asyncio.timeout(5):
        while second.runs < 3:
            await asyncio.sleep(0.001)
    await sweeps.healthy()
    await sweeps.stop()
    runs = first.runs
    await asyncio.sleep(3 * EVERY_S)
    assert first.runs == runs


@pytest.mark.parametrize(
    ("error", "level"),
    [(DependencyDownError("away", dependency="redis"), "warning"), (RuntimeError("bug"), "error")],
)
async def test_a_job_that_fails_stops_no_other_and_is_told_once(
    monkeypatch: pytest.MonkeyPatch, error: Exception, level: str
) -> None:
    # Not `capture_logs`: it misses a logger that was cached by an earlier test.
    lines = LogCapture()
    logger = structlog.wrap_logger(None, processors=[lines])
    monkeypatch.setattr("services.memory_writer.sweeps.log", logger)
    failing, other = Job(), Job()
    failing.error = error
    sweeps = Sweeps({"failing": failing, "other": other}, every_s=EVERY_S)
    for _ in range(3):
        await sweeps.sweep()
    failing.error = None
    await sweeps.sweep()
    assert other.runs == 4
    assert [line["log_level"] for line in lines.entries] == [level, "info"]


async def test_it_is_late_when_no_sweep_went_through_for_three_intervals() -> None:
    job = Job()
    job.error = DependencyDownError("away", dependency="redis")
    sweeps = Sweeps({"turns": job}, every_s=EVERY_S)
    await sweeps.sweep()
    await sweeps.healthy()
    await asyncio.sleep(4 * EVERY_S)
    await sweeps.sweep()
    with pytest.raises(SweepLateError, match="turns: redis is down: away"):
        await sweeps.healthy()
    job.error = None
    await sweeps.sweep()
    await sweeps.healthy()


async def test_it_stops_though_a_job_swallows_the_cancellation() -> None:
    begun = asyncio.Event()

    async def stubborn() -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            # As asyncio.wait_for does where the result comes at the same moment.
            return

    sweeps = Sweeps({"stubborn": stubborn}, every_s=0)
    await sweeps.start()
    await begun.wait()
    await asyncio.wait_for(sweeps.stop(), 5)


async def test_a_stop_without_a_start_is_harmless() -> None:
    await Sweeps({}, every_s=1).stop()
