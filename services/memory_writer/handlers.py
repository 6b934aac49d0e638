"""What the memory writer consumes."""

from services.memory_writer.archive_writer import ArchiveWriter
from services.memory_writer.fact_extractor import FactExtractor, publish_id
from services.memory_writer.forgetter import Forgetter
from services.memory_writer.janitor import Janitor
from services.memory_writer.llm_extraction import LlmExtraction
from services.memory_writer.llm_extraction import publish_id as llm_publish_id
from services.memory_writer.redis_writer import RedisWriter
from shared.broker import FIRST_SEQUENCE
from shared.consumer import Consumer
from shared.contracts.events import DeadLettered
from shared.contracts.memory import (
    AdvisoryRaised,
    EventApplied,
    FactsStated,
    ForgetRequested,
    MessageAdded,
    TurnClosed,
)
from shared.contracts.subjects import (
    APPLIED,
    ARCHIVE_WRITER,
    FACT_EXTRACTOR,
    FACT_EXTRACTOR_LLM,
    FACT_NOTICED,
    FACTS_STATED,
    FORGET_REQUESTED,
    FORGETTER,
    JANITOR_ADVISORIES,
    JANITOR_LETTERS,
    REDIS_WRITER,
)
from shared.memory.barrier import MemoryEvent
from shared.reliability import first_sequence, stored_sequence


def register(
    consumer: Consumer, *, writer: RedisWriter, forgetter: Forgetter, janitor: Janitor
) -> None:
    """Subscribe the handlers that are there in any case."""

    @consumer.handles("memory.>", REDIS_WRITER)
    async def on_memory_event(event: MemoryEvent) -> None:
        with consumer.telemetry.timed("applied"):
            applied = await writer.apply(event, sequence=first_sequence(consumer.delivery()))
        await consumer.bus.send(APPLIED, EventApplied(event_id=applied.event_id), applied.event_id)
        for noticed in applied.noticed:
            await consumer.bus.send(FACT_NOTICED, noticed, noticed.user_id)
        if applied.instead is not None:
            await _store_instead(consumer, applied.instead)
        await _erase(consumer, unless=applied.kept and applied.instead is None)

    @consumer.handles(FORGET_REQUESTED.wildcard, FORGETTER)
    async def on_forget_requested(request: ForgetRequested) -> None:
        with consumer.telemetry.timed("forgotten"):
            event_id = await forgetter.forget(request)
        await consumer.bus.send(APPLIED, EventApplied(event_id=event_id), event_id)

    @consumer.handles("$JS.EVENT.ADVISORY.CONSUMER.>", JANITOR_ADVISORIES)
    async def on_advisory_raised(advisory: AdvisoryRaised) -> None:
        await janitor.bury(advisory)

    @consumer.handles("dead.chat.>", JANITOR_LETTERS)
    async def on_dead_lettered(letter: DeadLettered) -> None:
        await janitor.tell(letter)


def register_archive(consumer: Consumer, *, archive: ArchiveWriter) -> None:
    """Subscribe the handler that keeps the record."""

    @consumer.handles("memory.>", ARCHIVE_WRITER)
    async def on_recordable(event: MemoryEvent) -> None:
        with consumer.telemetry.timed("archived"):
            kept = await archive.apply(event, sequence=first_sequence(consumer.delivery()))
        await _erase(consumer, unless=kept)


def register_extraction(consumer: Consumer, *, extractor: FactExtractor) -> None:
    """Subscribe the handler that finds facts by rules."""

    @consumer.handles("memory.>", FACT_EXTRACTOR)
    async def on_said(event: TurnClosed | MessageAdded) -> None:
        with consumer.telemetry.timed("extracted"):
            sequence = first_sequence(consumer.delivery())
            stated = await extractor.extract(event, sequence=sequence)
        if stated is not None and stated.message_id is not None:
            message_id = publish_id(stated.message_id)
            await consumer.bus.publish(FACTS_STATED, stated, stated.user_id, message_id=message_id)


def register_extraction_llm(consumer: Consumer, *, extraction: LlmExtraction) -> None:
    """Subscribe the handler that finds facts by the model."""

    @consumer.handles("memory.>", FACT_EXTRACTOR_LLM)
    async def on_said_to_model(event: TurnClosed | MessageAdded) -> None:
        sequence, hold = first_sequence(consumer.delivery()), consumer.holding()
        stated = await extraction.extract(event, sequence=sequence, hold=hold)
        if stated is not None and stated.message_id is not None:
            message_id = llm_publish_id(stated.message_id)
            await consumer.bus.publish(FACTS_STATED, stated, stated.user_id, message_id=message_id)


async def _store_instead(consumer: Consumer, event: FactsStated) -> None:
    """Store what is left of an event in its place among the others: the whole of it goes."""
    await consumer.bus.store(
        FACTS_STATED.at(event.user_id),
        event.model_dump_json().encode(),
        stream=FACTS_STATED.stream,
        message_id=event.event_id,
        headers={FIRST_SEQUENCE: str(first_sequence(consumer.delivery()))},
    )


async def _erase(consumer: Consumer, *, unless: bool) -> None:
    """Overwrite an event that came after what it tells was forgotten: nothing of it was kept."""
    if not unless:
        await consumer.bus.delete("MEMORY", stored_sequence(consumer.delivery()))
