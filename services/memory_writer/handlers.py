"""What the memory writer consumes."""

from services.memory_writer.redis_writer import MemoryEvent, RedisWriter
from shared.consumer import Consumer
from shared.contracts.events import EventApplied
from shared.contracts.subjects import APPLIED, REDIS_WRITER
from shared.reliability import first_sequence


def register(consumer: Consumer, *, writer: RedisWriter) -> None:
    """Subscribe the handlers."""

    @consumer.handles("memory.>", REDIS_WRITER)
    async def on_memory_event(event: MemoryEvent) -> None:
        with consumer.telemetry.timed("applied"):
            event_id = await writer.apply(event, sequence=first_sequence(consumer.delivery()))
        await consumer.bus.send(APPLIED, EventApplied(event_id=event_id), event_id)
