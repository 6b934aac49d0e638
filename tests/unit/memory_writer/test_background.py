"""What runs beside the memory writer ends when it is told to, even where it misses that once."""

import asyncio
import time

import pytest

from services.memory_writer import background as background_module
from services.memory_writer.background import Background
from services.memory_writer.sweeps import Errands


async def misses_it_once() -> None:
    """Do as asyncio.wait_for does when a cancellation comes together with its result."""
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        await asyncio.sleep(60)


async def test_a_lost_cancellation_holds_nothing_up() -> None:
    background, errands = Background(misses_it_once), Errands()
    await background.start()
    errands.run(misses_it_once())
    await asyncio.sleep(0)
    began = time.monotonic()
    await background.stop()
    await errands.stop()
    assert time.monotonic() - began < 5


async def test_a_step_that_fails_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background_module, "AFTER_FAILURE_S", 0)
    steps = 0
    third = asyncio.Event()

    async def fails() -> None:
        nonlocal steps
        steps += 1
        if steps == 3:
            third.set()
        msg = "broken"
        raise ValueError(msg)

    background = Background(fails)
    await background.start()
    async with asyncio.timeout(5):
        await third.wait()
    await background.stop()
