"""Notes which memory events were handled, many at a time and never in anybody's way."""

import asyncio
from contextlib import suppress

from services.memory_writer.background import Background
from shared.failures import DependencyDownError
from shared.memory.applied import AppliedEvents, Handled

GATHER_S = 0.01
"""How long notes gather: one round trip to Redis then tells of all of them."""

AT_ONCE = 500
"""Notes of one round trip, so that it never holds Redis up."""

WAITING_MAX = 20_000
"""Notes that wait. More are dropped: whoever asks then waits until the durable itself has come."""


class Noting:
    """Takes notes of what was handled, and writes them down soon."""

    def __init__(self, applied: AppliedEvents) -> None:
        self._applied = applied
        self._waiting: list[Handled] = []
        self._wanted = asyncio.Event()
        self._background = Background(self._step)

    def handled(self, subject: str, durable: str, sequence: int) -> None:
        """Note that a durable has handled an event, or has given it up. Returns at once."""
        kind, _, rest = subject.partition(".")
        if kind != "memory" or len(self._waiting) >= WAITING_MAX:
            return
        self._waiting.append(Handled(rest.rpartition(".")[0], durable, sequence))
        self._wanted.set()

    async def start(self) -> None:
        """Begin to write."""
        await self._background.start()

    async def stop(self) -> None:
        """Write what waits, and end."""
        await self._background.stop()
        with suppress(DependencyDownError):
            while self._waiting:
                await self._write()
        await self._applied.close()

    async def _step(self) -> None:
        await self._wanted.wait()
        await asyncio.sleep(GATHER_S)
        # Without Redis nothing is lost but time: the durable's own figures tell it later.
        with suppress(DependencyDownError):
            await self._write()
        if not self._waiting:
            self._wanted.clear()

    async def _write(self) -> None:
        told, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
        await self._applied.note(told)
