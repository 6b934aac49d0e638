"""Keeps both stores in step beside the events: what has expired, what Redis lost, what lags."""

from contextlib import suppress

from services.memory_writer.archive_writer import ArchiveWriter
from services.memory_writer.embedding_worker import EmbeddingWorker
from services.memory_writer.indexer import Indexer
from services.memory_writer.rebuild import Rebuild
from services.memory_writer.restorer import Restorer
from services.memory_writer.sweeps import Errands, Job
from shared.broker import Bus
from shared.contracts.subjects import ARCHIVE_WRITER, FACT_NOTICED
from shared.failures import DependencyDownError
from shared.memory.eraser import EXPIRED_AT_ONCE, REFOLDED_AT_ONCE, RecordEraser
from shared.memory.working import WorkingMemory
from shared.telemetry import Telemetry

ONLY_REDIS = "DATABASE_URL is empty: Redis only"


class Keeper:
    """The jobs and the background work of the stores; those of the record where there is one."""

    def __init__(
        self, *, bus: Bus, memory: WorkingMemory, telemetry: Telemetry, errands: Errands
    ) -> None:
        self._bus = bus
        self._memory = memory
        self._telemetry = telemetry
        self._errands = errands
        self._archive: ArchiveWriter | None = None
        self._restorer: Restorer | None = None
        self._indexer: Indexer | None = None
        self._embedding: EmbeddingWorker | None = None
        self._record: RecordEraser | None = None
        self._rebuild: Rebuild | None = None
        self._rebuilding = False
        self._behind = 0

    def keep(
        self,
        *,
        archive: ArchiveWriter,
        restorer: Restorer,
        record: RecordEraser,
        rebuild: Rebuild,
        indexer: Indexer,
        embedding: EmbeddingWorker | None,
    ) -> None:
        """Keep a record, too; without `embedding`, recall knows it by its words alone."""
        self._indexer, self._embedding = indexer, embedding
        self._archive, self._restorer = archive, restorer
        self._record, self._rebuild = record, rebuild

    def lacking(self, user_id: str, conversation_id: str | None) -> None:
        """Put back what the record may hold of a user or a conversation."""
        if self._restorer is not None:
            self._restorer.want(user_id, conversation_id)

    def jobs(self) -> dict[str, Job]:
        """Return what is to be done again and again."""
        jobs: dict[str, Job] = {"expiry in Redis": self._expire_in_redis}
        if self._record is not None:
            jobs["expiry in the record"] = self._expire_in_record
            jobs["lag of the record"] = self._measure_lag
            jobs["rebuild"] = self._rebuild_beside
        return jobs

    async def start(self) -> None:
        """Begin the background work."""
        for part in (self._archive, self._restorer, self._indexer, self._embedding):
            if part is not None:
                await part.start()

    async def stop(self) -> None:
        """End it."""
        for part in (self._embedding, self._indexer, self._restorer, self._archive):
            if part is not None:
                await part.stop()

    async def notes(self) -> list[str]:
        """Say what works in a lesser form."""
        if self._record is None:
            return [ONLY_REDIS]
        try:
            waiting = (await self._bus.backlog(ARCHIVE_WRITER)).waiting
        except DependencyDownError:
            waiting = self._behind
        behind = [f"the record is {waiting} events behind"] if waiting else []
        return behind + (self._embedding.notes() if self._embedding else [])

    async def _expire_in_redis(self) -> None:
        await self._memory.statistics()
        for noticed in await self._memory.facts.refold_due(limit=REFOLDED_AT_ONCE):
            await self._bus.send(FACT_NOTICED, noticed, noticed.user_id)

    async def _expire_in_record(self) -> None:
        # PostgreSQL away is told by its probe; the janitor goes on.
        with suppress(DependencyDownError):
            while self._record and await self._record.expire() == EXPIRED_AT_ONCE:
                pass
            while self._record and await self._record.refold_due() == REFOLDED_AT_ONCE:
                pass

    async def _measure_lag(self) -> None:
        self._behind = (await self._bus.backlog(ARCHIVE_WRITER)).waiting
        self._telemetry.metric("archive-lag", values={"events": self._behind})

    async def _rebuild_beside(self) -> None:
        """Look whether Redis is whole; the work itself must not hold the janitor up."""
        if not self._rebuilding:
            self._rebuilding = True
            self._errands.run(self._rebuild_now())

    async def _rebuild_now(self) -> None:
        try:
            if self._rebuild is not None:
                await self._rebuild.run_if_needed()
        finally:
            self._rebuilding = False
