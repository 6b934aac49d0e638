"""What the memory writer consumes."""

from services.memory_writer.janitor import Janitor
from services.memory_writer.redis_writer import MemoryEvent, RedisWriter
from shared.consumer import Consumer
from shared.contracts.events import AdvisoryRaised, DeadLettered, EventApplied
from shared.contracts.subjects import (
    APPLIED,
    JANITOR_ADVISORIES,
    JANITOR_LETTERS,
    REDIS_WRITER,
)
from shared.reliability import first_sequence


def register(consumer: Consumer, *, writer: RedisWriter, janitor: Janitor) -> None:
    """Subscribe the handlers."""

    @consumer.handles("memory.>", REDIS_WRITER)
    async def on_memory_event(event: MemoryEvent) -> None:
        with consumer.telemetry.timed("applied"):
            event_id = await writer.apply(event, sequence=first_sequence(consumer.delivery()))
        await consumer.bus.send(APPLIED, EventApplied(event_id=event_id), event_id)

    @consumer.handles("$JS.EVENT.ADVISORY.CONSUMER.>", JANITOR_ADVISORIES)
    async def on_advisory_raised(advisory: AdvisoryRaised) -> None:
        await janitor.bury(advisory)

    @consumer.handles("dead.chat.>", JANITOR_LETTERS)
    async def on_dead_lettered(letter: DeadLettered) -> None:
        await janitor.tell(letter)
