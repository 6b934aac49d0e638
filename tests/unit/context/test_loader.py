"""Waiting for the turn before, where the wake-up and the store disagree."""

import asyncio
from typing import Any

from services.context.loader import Loader
from services.context.settings import ContextSettings
from shared.contracts.events import ChatRequested, TurnRef
from shared.memory.models import TurnContext
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


async def test_a_wakeup_that_the_store_does_not_confirm_is_no_busy_loop() -> None:
    wakeups = Wakeups()
    wakeups._on_applied("applied.t1", b"")
    memory: Any = StuckMemory()
    loader = Loader(settings=ContextSettings(), memory=memory, wakeups=wakeups)
    preparing = asyncio.create_task(loader.prepare(ChatRequested(turn=turn_ref(), prompt="x")))
    await asyncio.sleep(0.2)
    preparing.cancel()
    await asyncio.gather(preparing, return_exceptions=True)
    assert memory.loads <= 2
