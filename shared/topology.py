"""Declares every stream and durable, as a one-shot job: `python -m shared.topology`.

Nobody else declares anything: two services with different ideas of a consumer would silently
work with whichever came first. Running it again is harmless and mends what was changed or lost.
"""

import asyncio
import sys
from dataclasses import replace

import nats
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError

from shared.broker import Bus
from shared.contracts.subjects import (
    ARCHIVE_WRITER,
    DURABLES,
    FACT_EXTRACTOR_LLM,
    INFERENCE,
    STREAMS,
    Durable,
    Stream,
)
from shared.failures import DependencyDownError
from shared.settings import Settings

# What makes two durables different, of all that a server tells.
_COMPARED = (
    "ack_wait",
    "filter_subject",
    "filter_subjects",
    "max_ack_pending",
    "max_deliver",
)


def stream_config(stream: Stream) -> StreamConfig:
    """Return a stream in nats-py's terms."""
    return StreamConfig(
        name=stream.name,
        subjects=list(stream.subjects),
        retention=RetentionPolicy.WORK_QUEUE if stream.work_queue else RetentionPolicy.LIMITS,
        storage=StorageType.MEMORY if stream.storage == "memory" else StorageType.FILE,
        max_msgs=stream.max_msgs or -1,
        max_bytes=stream.max_bytes or -1,
        max_age=stream.max_age_s,
        duplicate_window=stream.duplicate_window_s,
        discard=DiscardPolicy.NEW if stream.discard_new else DiscardPolicy.OLD,
        no_ack=not stream.publish_ack,
    )


def consumer_config(durable: Durable) -> ConsumerConfig:
    """Return a durable in nats-py's terms."""
    return ConsumerConfig(
        name=durable.name,
        durable_name=durable.name,
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=durable.ack_wait_s,
        max_deliver=durable.max_deliver,
        max_ack_pending=durable.max_ack_pending,
        filter_subjects=list(durable.filters) if len(durable.filters) > 1 else None,
        filter_subject=durable.filters[0] if len(durable.filters) == 1 else None,
    )


def inference_durable(settings: Settings) -> Durable:
    """Return inference's durable, which takes as many turns at a time as the LLM has slots."""
    return replace(INFERENCE, max_ack_pending=settings.llm_slots, workers=settings.llm_slots)


def declared_durables(settings: Settings) -> list[Durable]:
    """Return every durable as it is to be declared with these settings.

    Without a record nobody would ever take what waits for archive-writer, nor what waits for
    fact-extractor-llm where the model is not asked for facts. Once one is declared, it begins with
    the oldest event that the stream still holds.
    """
    idle = {
        *([] if settings.database_url else [ARCHIVE_WRITER]),
        *([] if settings.extracts_by_model else [FACT_EXTRACTOR_LLM]),
    }
    named = [
        inference_durable(settings) if durable is INFERENCE else durable
        for durable in DURABLES
        if durable not in idle
    ]
    return [durable.scaled(settings.time_scale) for durable in named]


async def apply(jetstream: JetStreamContext, settings: Settings) -> None:
    """Create or update every stream and durable. Raises nats.errors.Error."""
    for stream in STREAMS:
        config = stream_config(stream)
        try:
            await jetstream.stream_info(stream.name)
        except NotFoundError:
            await jetstream.add_stream(config)
        else:
            await jetstream.update_stream(config)
    for durable in declared_durables(settings):
        # Creating a durable that exists updates it.
        await jetstream.add_consumer(durable.stream, consumer_config(durable))


async def missing(bus: Bus, settings: Settings) -> list[str]:
    """Return the names of streams and durables that are gone, or not what they should be.

    A durable differs where a service that started without it let its client library make one.
    One question a stream and one for all. Raises DependencyDownError.
    """
    try:
        return await _missing(bus.jetstream, settings)
    except NatsError as error:
        raise DependencyDownError(repr(error), dependency="nats") from error


async def restore(bus: Bus, settings: Settings) -> list[str]:
    """Declare again what is missing, and return its names. Raises DependencyDownError.

    Several processes may do so at once: declaring the same thing twice is no error.
    """
    names = await missing(bus, settings)
    if names:
        try:
            await apply(bus.jetstream, settings)
        except NatsError as error:
            raise DependencyDownError(repr(error), dependency="nats") from error
    return names


async def _missing(jetstream: JetStreamContext, settings: Settings) -> list[str]:
    there = {info.config.name for info in await jetstream.streams_info()}
    found = {
        (stream, info.name): info.config
        for stream in sorted({durable.stream for durable in DURABLES} & there)
        for info in await jetstream.consumers_info(stream)
    }
    return [stream.name for stream in STREAMS if stream.name not in there] + [
        durable.name
        for durable in declared_durables(settings)
        if not _same(found.get((durable.stream, durable.name)), consumer_config(durable))
    ]


def _same(found: ConsumerConfig | None, declared: ConsumerConfig) -> bool:
    return found is not None and all(
        getattr(found, name) == getattr(declared, name) for name in _COMPARED
    )


async def _main() -> int:
    settings = Settings()
    try:
        connection = await nats.connect(
            settings.nats_url, connect_timeout=5, allow_reconnect=False, name="membus-topology"
        )
        await apply(connection.jetstream(), settings)
        await connection.close()
    except (NatsError, OSError) as error:
        sys.stderr.write(
            f"Cannot declare streams and consumers at {settings.nats_url}: {error!r}. "
            "Is the NATS server running with JetStream?\n"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
