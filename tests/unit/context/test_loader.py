"""Waiting for the turn before, where the wake-up and the store disagree."""

import asyncio
from typing import Any

import pytest

from services.context.loader import Loader
from services.context.settings import ContextSettings
from shared.contracts.events import ChatRequested, TurnRef
from shared.failures import NotYetError
from shared.memory.models import TurnContext
from shared.memory.reading import Reading
from shared.wakeups import Wakeups
from tests.support.samples import turn_ref


class StuckMemory:
    """A store that goes on naming a turn whose end was announced long ago."""

    def __init__(self) -> None:
        self.loads = 0

    async def load(self, _turn: TurnRef, *, limit: int) -> TurnContext:
        assert limit
        self.loads += 1
        return TurnContext(ahead="t1")


def stuck_loader(memory: Any, *, max_waiting: int, wakeups: Wakeups | None = None) -> Loader:
    return Loader(
        settings=ContextSettings(),
        memory=Reading(working=memory, archive=None),
        wakeups=wakeups or Wakeups(),
        max_waiting=max_waiting,
    )


async def test_a_wakeup_that_the_store_does_not_confirm_is_no_busy_loop() -> None:
    wakeups = Wakeups()
    wakeups._on_applied("applied.t1", b"")
    memory: Any = StuckMemory()
    loader = stuck_loader(memory, max_waiting=1, wakeups=wakeups)
    preparing = asyncio.create_task(loader.prepare(ChatRequested(turn=turn_ref(), prompt="x")))
    await asyncio.sleep(0.2)
    preparing.cancel()
    await asyncio.gather(preparing, return_exceptions=True)
    assert memory.loads <= 2


async def test_who_waits_leaves_room_for_the_turn_ahead() -> None:
    loader = stuck_loader(StuckMemory(), max_waiting=2)
    event = ChatRequested(turn=turn_ref(), prompt="x")
    waiting = [asyncio.create_task(loader.prepare(event)) for _ in range(2)]
    await asyncio.sleep(0.01)
    with pytest.raises(NotYetError):
        await loader.prepare(event)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    # Their places are free again.
    again = asyncio.create_task(loader.prepare(event))
    await asyncio.sleep(0.01)
    assert not again.done()
    again.cancel()
    await asyncio.gather(again, return_exceptions=True)


async def test_a_turn_that_was_refused_after_all_is_not_prepared() -> None:
    class Withdrawn:
        async def load(self, _turn: TurnRef, *, limit: int) -> TurnContext:
            assert limit
            return TurnContext(withdrawn=True, cancelled=True)

    loader = stuck_loader(Withdrawn(), max_waiting=1)
    assert await loader.prepare(ChatRequested(turn=turn_ref(), prompt="x")) is None
