"""Work for the model that runs only while no chat turn waits or runs, and gives way to one."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from shared.broker import Bus
from shared.contracts.subjects import CHAT_REQUESTED
from shared.memory.turns import TurnRecords

T = TypeVar("T")


class Idle:
    """The time in which no turn is open, here or anywhere."""

    def __init__(self, *, bus: Bus, records: TurnRecords) -> None:
        self._bus = bus
        self._records = records
        self._answering = 0
        self._working = False
        self.turns = 0
        """Turns that were answered here so far, and what else the server has read in between."""
        self._waiting: set[asyncio.Event] = set()

    @property
    def answering(self) -> bool:
        """Whether a turn is being answered here."""
        return self._answering > 0

    async def stop(self) -> None:
        """Break off what runs, for good: the service stops, and whoever asked asks another one."""
        self._answering += 1
        self._break_off()

    @contextmanager
    def interrupted(self) -> Iterator[None]:
        """Break off what runs, and let nothing run while a turn is answered here."""
        self._answering += 1
        self.turns += 1
        self._break_off()
        try:
            yield
        finally:
            self._answering -= 1

    def _break_off(self) -> None:
        for came in self._waiting:
            came.set()

    async def run(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """Return what `work` does; None where a turn is open, or came and it was broken off.

        None, too, where other work is at it: one after another, the model keeps what it has read.
        Raises DependencyDownError where it cannot be known whether there is one, and what `work`
        raises.
        """
        if self._working:
            return None
        self._working = True
        try:
            return await self._run(work)
        finally:
            self._working = False

    async def _run(self, work: Callable[[], Awaitable[T]]) -> T | None:
        came = asyncio.Event()
        self._waiting.add(came)
        # A request is heard on its way into the stream, before the context service has it.
        listening = await self._bus.listen(CHAT_REQUESTED.wildcard, lambda *_: came.set())
        try:
            # From here on NATS knows that we listen: no turn can come between these lines unheard.
            await self._bus.ping()
            if self._answering or came.is_set() or await self._records.waiting():
                return None
            return await _unless(came, work)
        finally:
            self._waiting.discard(came)
            await listening.stop()


async def _unless(came: asyncio.Event, work: Callable[[], Awaitable[T]]) -> T | None:
    task = asyncio.ensure_future(work())
    arrival = asyncio.ensure_future(came.wait())
    try:
        await asyncio.wait({task, arrival}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        arrival.cancel()
        if not task.done():
            task.cancel()
            # Until its connection is closed: the model's slot is free then.
            with suppress(asyncio.CancelledError):
                await task
