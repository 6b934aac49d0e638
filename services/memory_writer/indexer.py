"""Makes what was said findable by its words, as soon as it is in the record."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import structlog

from services.memory_writer.background import Background
from shared.failures import DependencyDownError
from shared.memory.indexing import Indexing
from shared.telemetry import Telemetry

log = structlog.get_logger()

AT_ONCE = 50
"""Messages of one transaction: some tens of milliseconds, for which whoever forgets one waits."""

LOOK_EVERY_S = 5.0
"""Between two looks without being woken: for what another process has written, or left."""

SHARE = 0.5
"""Of the time that a backlog may take of a processor: events and chat go on meanwhile."""


class Indexer:
    """Indexes what has no passage yet, the newest first. Any number of processes may do so."""

    def __init__(
        self,
        *,
        indexing: Indexing,
        telemetry: Telemetry,
        indexed: Callable[[], None] = lambda: None,
        time_scale: float = 1.0,
    ) -> None:
        self._indexing = indexing
        self._telemetry = telemetry
        self._indexed = indexed
        self._look_every_s = LOOK_EVERY_S * time_scale
        self._wanted = asyncio.Event()
        self._background = Background(self._step)
        self._waiting = False

    def wake(self) -> None:
        """Look now: something was recorded."""
        self._wanted.set()

    async def start(self) -> None:
        """Begin to index, at once what another release or an outage has left."""
        self._wanted.set()
        await self._background.start()

    async def stop(self) -> None:
        """End at once; what was not committed is done again."""
        await self._background.stop()

    async def _step(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wanted.wait(), self._look_every_s)
        self._wanted.clear()
        try:
            await self._index()
        except DependencyDownError as error:
            if not self._waiting:
                log.warning("indexing waits for a dependency", error=str(error))
            self._waiting = True
            await asyncio.sleep(self._look_every_s)
            self._wanted.set()
        else:
            self._waiting = False

    async def _index(self) -> None:
        full = True
        while full:
            started = time.perf_counter()
            count = await self._indexing.index(limit=AT_ONCE)
            took = time.perf_counter() - started
            if count:
                self._telemetry.metric("indexed", values={"messages": count, "ms": took * 1000})
                self._indexed()
            full = count == AT_ONCE
            if full:
                await asyncio.sleep(took * (1 / SHARE - 1))
