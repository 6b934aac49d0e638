"""The memory writer: `uvicorn --factory services.memory_writer.app:create_app`."""

from faststream.asgi import AsgiFastStream

from services.memory_writer.archive_writer import ArchiveWriter
from services.memory_writer.embedding_worker import EmbeddingWorker
from services.memory_writer.fact_extractor import FactExtractor
from services.memory_writer.forgetter import Forgetter
from services.memory_writer.handlers import (
    register,
    register_archive,
    register_extraction,
    register_extraction_llm,
)
from services.memory_writer.housekeeper import Housekeeper
from services.memory_writer.indexer import Indexer
from services.memory_writer.janitor import Janitor
from services.memory_writer.keeper import Keeper
from services.memory_writer.llm_extraction import LlmExtraction
from services.memory_writer.model_summaries import ModelSummaries
from services.memory_writer.noting import Noting
from services.memory_writer.rebuild import BATCH_TIMEOUT_S, Rebuild
from services.memory_writer.redis_writer import RedisWriter
from services.memory_writer.restorer import Restorer
from services.memory_writer.settings import MemoryWriterSettings
from services.memory_writer.stream_eraser import StreamEraser
from services.memory_writer.sweeps import Errands, Sweeps
from shared.consumer import Consumer
from shared.contracts.subjects import (
    ARCHIVE_WRITER,
    CANCEL,
    FACT_EXTRACTOR,
    FACT_EXTRACTOR_LLM,
    FORGETTER,
    JANITOR_ADVISORIES,
    JANITOR_LETTERS,
    REDIS_WRITER,
)
from shared.embedding import create_embedding
from shared.memory.applied import AppliedEvents
from shared.memory.archive import Archive
from shared.memory.database import Database
from shared.memory.eraser import RecordEraser
from shared.memory.indexing import Indexing
from shared.memory.policy import FactPolicies
from shared.memory.record_source import RecordSource
from shared.memory.recorder import Recorder
from shared.memory.restorable import RestorableMemory
from shared.memory.summarizer import Summarizer
from shared.memory.turns import TurnRecords
from shared.memory.working_eraser import WorkingEraser
from shared.memory.working_summarizer import WorkingSummarizer
from shared.outcome import TurnCloser

SWEEP_EVERY_S = 5.0
"""Between two sweeps of the janitor: whatever is amiss is noticed within ten seconds."""


def create_app(settings: MemoryWriterSettings | None = None) -> AsgiFastStream:
    """Build the service; nothing connects before it starts."""
    settings = settings or MemoryWriterSettings()
    consumer = Consumer(settings, service="memory_writer")
    noting = Noting(AppliedEvents(settings))
    consumer.reliability.on_handled = noting.handled
    memory, records = RestorableMemory(settings), TurnRecords(settings)
    eraser = WorkingEraser(settings, records)
    closer = TurnCloser(bus=consumer.bus, records=records, telemetry=consumer.telemetry)
    janitor = Janitor(
        settings=settings,
        bus=consumer.bus,
        records=records,
        closer=closer,
        telemetry=consumer.telemetry,
    )
    errands = Errands()
    keeper = Keeper(bus=consumer.bus, memory=memory, telemetry=consumer.telemetry, errands=errands)
    database = _with_record(settings, consumer, memory, eraser, keeper)
    alone = WorkingSummarizer(memory)
    summarizer = Summarizer(database, memory.summarized) if database else None
    housekeeper = Housekeeper(
        bus=consumer.bus,
        memory=memory,
        record=RecordEraser(database) if database else None,
        summarizer=summarizer or alone,
    )
    sweeps = Sweeps(
        {
            "topology": janitor.restore_topology,
            "overdue turns": janitor.close_overdue,
            "lost turns": janitor.close_lost,
            **keeper.jobs(),
            **housekeeper.jobs(),
        },
        every_s=SWEEP_EVERY_S * settings.time_scale,
    )
    register(
        consumer,
        writer=RedisWriter(memory, lacking=keeper.lacking, grown=None if database else alone.grown),
        forgetter=Forgetter(
            bus=consumer.bus,
            closer=closer,
            memory=memory,
            working=eraser,
            record=RecordEraser(database) if database else None,
            streams=StreamEraser(consumer.bus),
        ),
        janitor=janitor,
    )
    policies = FactPolicies(settings, Archive(database) if database else None)
    register_extraction(
        consumer,
        extractor=FactExtractor(policies=policies, marks=memory, telemetry=consumer.telemetry),
    )
    if settings.extracts_by_model:
        extraction = LlmExtraction(
            bus=consumer.bus,
            policies=policies,
            telemetry=consumer.telemetry,
            time_scale=settings.time_scale,
        )
        register_extraction_llm(consumer, extraction=extraction)

    summaries = (
        ModelSummaries(bus=consumer.bus, summarizer=summarizer, time_scale=settings.time_scale)
        if summarizer and settings.summarizes_by_model
        else None
    )

    def on_cancel(subject: str, _payload: bytes) -> None:
        errands.run(janitor.stop_waiting(subject.rpartition(".")[2]))

    async def listen() -> None:
        await consumer.bus.listen(CANCEL.wildcard, on_cancel)

    return consumer.application(
        durables=[
            *(REDIS_WRITER, FORGETTER, FACT_EXTRACTOR, JANITOR_ADVISORIES, JANITOR_LETTERS),
            *([ARCHIVE_WRITER] if database else []),
            *([FACT_EXTRACTOR_LLM] if settings.extracts_by_model else []),
        ],
        probes={
            "redis": memory.ping,
            "topology": janitor.topology_complete,
            "janitor": sweeps.healthy,
            **({"postgres": database.check} if database else {}),
        },
        notes=keeper.notes,
        on_start=[
            *(noting.start, listen, keeper.start, sweeps.start),
            *([summaries.start] if summaries else []),
        ],
        before_stop=[
            *([summaries.stop] if summaries else []),
            *(sweeps.stop, errands.stop, keeper.stop),
        ],
        on_stop=[
            noting.stop,
            memory.close,
            records.close,
            eraser.close,
            policies.close,
            *([database.close] if database else []),
        ],
    )


def _with_record(
    settings: MemoryWriterSettings,
    consumer: Consumer,
    memory: RestorableMemory,
    eraser: WorkingEraser,
    keeper: Keeper,
) -> Database | None:
    """Build what keeps the record, where there is one."""
    if not settings.database_url:
        return None
    database = Database(settings, timeout_s=BATCH_TIMEOUT_S)
    source = RecordSource(database)
    restorer = Restorer(
        settings=settings,
        source=source,
        memory=memory,
        bus=consumer.bus,
        summarizer=Summarizer(database, memory.summarized),
    )
    embedding, indexer = _for_recall(settings, consumer, database)
    archive = ArchiveWriter(Recorder(database), committed=indexer.wake)
    register_archive(consumer, archive=archive)
    keeper.keep(
        archive=archive,
        restorer=restorer,
        record=RecordEraser(database),
        rebuild=Rebuild(
            settings=settings, source=source, memory=memory, eraser=eraser, restorer=restorer
        ),
        indexer=indexer,
        embedding=embedding,
    )
    return database


def _for_recall(
    settings: MemoryWriterSettings, consumer: Consumer, database: Database
) -> tuple[EmbeddingWorker | None, Indexer]:
    """Build what makes the record searchable: by words, and where somebody embeds, by vectors."""
    indexing = Indexing(database)
    embedding = create_embedding(consumer.bus, settings)
    worker = None
    if embedding is not None:
        worker = EmbeddingWorker(
            indexing=indexing,
            embedding=embedding,
            telemetry=consumer.telemetry,
            time_scale=settings.time_scale,
        )
    indexer = Indexer(
        indexing=indexing,
        telemetry=consumer.telemetry,
        indexed=worker.wake if worker else lambda: None,
        time_scale=settings.time_scale,
    )
    return worker, indexer
