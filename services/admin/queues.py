"""The streams and durables of the topology as they are in NATS."""

import asyncio
from collections.abc import Callable

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from services.admin.schemas import ConsumerState, Queues, StreamState
from shared.contracts.subjects import STREAMS, Durable, Stream
from shared.failures import DependencyDownError
from shared.settings import Settings
from shared.topology import declared_durables


class QueueWatch:
    """Compares NATS with the topology; `jetstream` returns the present connection's."""

    def __init__(self, jetstream: Callable[[], JetStreamContext], settings: Settings) -> None:
        self._jetstream = jetstream
        self._durables = declared_durables(settings)

    async def look(self) -> Queues:
        """Return every declared stream and durable; what is missing is not `present`."""
        try:
            jetstream = self._jetstream()
            streams = await asyncio.gather(*(_stream(jetstream, one) for one in STREAMS))
            consumers = await asyncio.gather(*(_consumer(jetstream, d) for d in self._durables))
        except DependencyDownError as error:
            return Queues(error=str(error))
        except NatsError as error:
            return Queues(error=str(DependencyDownError(repr(error), dependency="nats")))
        return Queues(streams=streams, consumers=consumers)


async def _stream(jetstream: JetStreamContext, declared: Stream) -> StreamState:
    try:
        state = (await jetstream.stream_info(declared.name)).state
    except NotFoundError:
        return StreamState(name=declared.name, present=False)
    return StreamState(
        name=declared.name,
        present=True,
        messages=state.messages,
        bytes=state.bytes,
        max_messages=declared.max_msgs,
        last_sequence=state.last_seq,
    )


async def _consumer(jetstream: JetStreamContext, declared: Durable) -> ConsumerState:
    try:
        found = await jetstream.consumer_info(declared.stream, declared.name)
    except NotFoundError:
        return ConsumerState(name=declared.name, stream=declared.stream, present=False)
    return ConsumerState(
        name=declared.name,
        stream=declared.stream,
        present=True,
        pending=found.num_pending or 0,
        ack_pending=found.num_ack_pending or 0,
        redelivered=found.num_redelivered or 0,
    )
