"""Applies memory events to the record; those that come together share one transaction."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from services.memory_writer.background import Background
from shared.failures import DependencyDownError
from shared.memory.barrier import MemoryEvent
from shared.memory.recorder import Entry, Recorder

log = structlog.get_logger()

MAX_BATCH = 256
"""Events of one transaction: more would only delay the first of them."""


GATHER_S = 0.03
"""How long events may gather while they keep coming: a transaction costs much, an event little."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    entry: Entry
    done: "asyncio.Future[bool]"


class ArchiveWriter:
    """Keeps the record in step with the MEMORY stream, in whatever order and number events come.

    Whoever applies an event waits for the commit that holds it, and fails as the commit failed; so
    that each event is acked, held or buried by itself, whoever it came with. `committed` is called
    after every commit.
    """

    def __init__(self, recorder: Recorder, *, committed: Callable[[], None] = lambda: None) -> None:
        self._recorder = recorder
        self._committed = committed
        self._queue: list[_Waiting] = []
        self._wanted = asyncio.Event()
        self._background = Background(self._step)

    async def start(self) -> None:
        """Begin to write."""
        await self._background.start()

    async def stop(self) -> None:
        """End; what was not committed is not acked, and comes again."""
        await self._background.stop()

    async def apply(self, event: MemoryEvent, *, sequence: int) -> bool:
        """Apply an event, and return when it is committed.

        `sequence` is the event's first stream sequence. False where nothing of it was kept, because
        it was forgotten before it came. Raises DependencyDownError.
        """
        waiting = _Waiting(Entry(event, sequence), asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._wanted.set()
        return await waiting.done

    async def _step(self) -> None:
        await self._wanted.wait()
        batch, self._queue = self._queue[:MAX_BATCH], self._queue[MAX_BATCH:]
        if not self._queue:
            self._wanted.clear()
        await self._write([one for one in batch if not one.done.done()])
        if self._queue:
            await asyncio.sleep(GATHER_S)

    async def _write(self, batch: list[_Waiting]) -> None:
        if not batch:
            return
        try:
            kept = await self._recorder.apply([one.entry for one in batch])
        except asyncio.CancelledError:
            for one in batch:
                one.done.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - it is raised again where it is waited for
            # The edge of a batch: whoever waits for it decides what becomes of its event.
            await self._on_failure(batch, error)
            return
        self._committed()
        for one, whether in zip(batch, kept, strict=True):
            if not one.done.done():
                one.done.set_result(whether)

    async def _on_failure(self, batch: list[_Waiting], error: Exception) -> None:
        """Let one event fail alone: the others may be well."""
        if len(batch) > 1 and not isinstance(error, DependencyDownError):
            kind = type(error).__name__
            log.warning("a batch failed; its events are written one by one", error_type=kind)
            for one in batch:
                await self._write([one])
            return
        for one in batch:
            if not one.done.done():
                one.done.set_exception(error)
