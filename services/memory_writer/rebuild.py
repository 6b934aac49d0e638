"""Rebuilds Redis from the record: `python -m services.memory_writer.rebuild`, or `make rebuild`.

The memory writer does it by itself where Redis is found empty and the record is not. Chat goes on
meanwhile: what Redis does not hold yet is read from the record, and what it holds is not touched.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import structlog

from services.memory_writer.restorer import Restorer
from services.memory_writer.settings import MemoryWriterSettings
from shared.broker import Bus, create_broker
from shared.contracts.ids import new_id
from shared.contracts.parts import utcnow
from shared.failures import DependencyDownError
from shared.memory.database import Database
from shared.memory.record_source import RecordedPlace, RecordSource
from shared.memory.restorable import RestorableMemory
from shared.memory.summarizer import Summarizer
from shared.memory.turns import TurnRecords
from shared.memory.working_eraser import BARRIER_TTL, WorkingEraser
from shared.settings import Settings

log = structlog.get_logger()

LEASE_S = 30.0
"""How long after the last sign of life of a rebuild another process may begin one."""

FULL = 0.8
"""The share of Redis' memory that putting back may fill: the rest is for what is said now."""

RECORD_PATIENCE_S = 60.0
TELL_EVERY_S = 2.0
BATCH_TIMEOUT_S = 60.0


class Progress(NamedTuple):
    """How many users and conversations were put back, of how many, with how many messages."""

    done: int
    total: int
    messages: int


Tell = Callable[[Progress], None]


class AnotherRebuildError(Exception):
    """Another process is at it."""


class Rebuild:
    """Puts back into Redis all that the record holds and Redis should.

    Raises DependencyDownError.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        source: RecordSource,
        memory: RestorableMemory,
        eraser: WorkingEraser,
        restorer: Restorer,
    ) -> None:
        self._settings = settings
        self._source = source
        self._memory = memory
        self._eraser = eraser
        self._restorer = restorer
        self._owner = new_id()

    async def run_if_needed(self) -> None:
        """Rebuild where Redis has never been whole, or is new."""
        if await self._memory.rebuilt() is None:
            try:
                await self.run(_log)
            except AnotherRebuildError:
                return

    async def run(self, tell: Tell) -> Progress:
        """Put everything back, and tell how it goes every two seconds.

        Raises AnotherRebuildError.
        """
        await self._claim()
        try:
            await self._wait_for_record()
            for mark in await self._source.watermarks(since=utcnow() - BARRIER_TTL):
                await self._eraser.raise_barrier(
                    mark.user_id,
                    mark.conversation,
                    mark.message_id,
                    mark.until,
                    fact_id=mark.fact_id,
                )
            await self._memory.system.put(await self._source.system_memories())
            progress = await self._restore(tell)
            await self._memory.mark_rebuilt(utcnow())
        finally:
            await self._memory.release_rebuild(self._owner)
        tell(progress)
        return progress

    async def _claim(self) -> None:
        if not await self._memory.claim_rebuild(self._owner, ttl_s=LEASE_S):
            raise AnotherRebuildError

    async def _wait_for_record(self) -> None:
        deadline = time.monotonic() + RECORD_PATIENCE_S
        while not await self._restorer.record_is_complete():
            await self._claim()
            if time.monotonic() > deadline:
                msg = "the record does not catch up with the stream"
                raise DependencyDownError(msg, dependency="postgres")

    async def _restore(self, tell: Tell) -> Progress:
        users_since, since = self._since()
        total = await self._source.count(users_since=users_since, conversations_since=since)
        done = messages = 0
        told = time.monotonic()
        async for user_id, conversation_id in self._everything(users_since, since):
            # Those in use come first; the others can be read from the record as well.
            if conversation_id is not None and await self._memory.fullness() > FULL:
                log.warning("redis is nearly full: what is left stays in the record")
                break
            messages += await self._restorer.restore(user_id, conversation_id)
            done += 1
            if time.monotonic() - told >= TELL_EVERY_S:
                told = time.monotonic()
                await self._claim()
                tell(Progress(done, total, messages))
        return Progress(done, max(total, done), messages)

    async def _everything(
        self, users_since: datetime, since: datetime
    ) -> AsyncIterator[tuple[str, str | None]]:
        """Yield users, then conversations, those first that went on latest."""
        after = ""
        while users := await self._source.users(since=users_since, after=after):
            for user_id in users:
                yield user_id, None
            after = users[-1]
        place = RecordedPlace(datetime.max.replace(tzinfo=UTC), "", "")
        while found := await self._source.conversations(since=since, after=place):
            for place in found:
                yield place.user_id, place.conversation_id
        for user_id, conversation_id in await self._source.critical():
            yield user_id, conversation_id

    def _since(self) -> tuple[datetime, datetime]:
        now = utcnow()
        return (
            now - timedelta(seconds=self._settings.user_ttl_s),
            now - timedelta(seconds=self._settings.conversation_ttl_s),
        )


def _log(progress: Progress) -> None:
    log.info("putting back what the record holds", **progress._asdict())


def _print(progress: Progress) -> None:
    share = 100 * progress.done / progress.total if progress.total else 100.0
    sys.stdout.write(
        f"  {share:5.1f} %  {progress.done} of {progress.total} users and conversations, "
        f"{progress.messages} messages put back\n"
    )
    sys.stdout.flush()


async def _main() -> int:
    settings = MemoryWriterSettings()
    if not settings.database_url:
        sys.stderr.write("DATABASE_URL is empty: there is no record to rebuild Redis from.\n")
        return 1
    broker = create_broker(settings, service="rebuild")
    memory, records = RestorableMemory(settings), TurnRecords(settings)
    database = Database(settings, timeout_s=BATCH_TIMEOUT_S)
    source, bus = RecordSource(database), Bus(broker, settings)
    eraser = WorkingEraser(settings, records)
    restorer = Restorer(
        settings=settings,
        source=source,
        memory=memory,
        bus=bus,
        summarizer=Summarizer(database, memory.summarized),
    )
    rebuild = Rebuild(
        settings=settings, source=source, memory=memory, eraser=eraser, restorer=restorer
    )
    sys.stdout.write("Rebuilding Redis from the record\n")
    try:
        await broker.connect()
        await rebuild.run(_print)
    except AnotherRebuildError:
        sys.stderr.write("Another rebuild is at work; `make logs S=memory_writer` shows it.\n")
        return 1
    except DependencyDownError as error:
        sys.stderr.write(f"{error}. Is everything running? `make status` tells.\n")
        return 1
    finally:
        await broker.stop()
        await memory.close()
        await records.close()
        await eraser.close()
        await database.close()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
