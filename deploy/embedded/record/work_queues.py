"""NATS's work queues begun anew: an acked message stays in the files of its queue.

The other streams overwrite what is deleted, and nothing is deleted in them here.
"""

import asyncio
import time

from nats.js import JetStreamContext

from shared.contracts.subjects import STREAMS, Stream
from shared.settings import Settings
from shared.topology import apply, stream_config

EMPTY_WAIT_S = 10.0
"""How long to wait for the moment between two turns."""

POLL_S = 0.1
NOTHING_BYTES = 1
"""No event is as small: with this limit NATS refuses every publish, and the gateway answers 503."""


async def renew(
    jetstream: JetStreamContext, settings: Settings, *, wait_s: float = EMPTY_WAIT_S
) -> list[str]:
    """Delete and declare again every work queue that is empty; returns a note for the others.

    Nothing that was accepted is lost: a queue is closed before it is looked at. Raises
    nats.errors.Error.
    """
    queues = [stream for stream in STREAMS if stream.work_queue]
    left = [s.name for s in queues if not await _renewed(jetstream, settings, s, wait_s)]
    return [
        f"{name} was left as it is, for turns are in work: `make compact` again when it is quiet."
        for name in left
    ]


async def _renewed(
    jetstream: JetStreamContext, settings: Settings, stream: Stream, wait_s: float
) -> bool:
    deadline = time.monotonic() + wait_s
    while True:
        if await _is_empty(jetstream, stream):
            try:
                closed = stream_config(stream).evolve(max_msg_size=NOTHING_BYTES)
                await jetstream.update_stream(closed)
                if await _is_empty(jetstream, stream):
                    await jetstream.delete_stream(stream.name)
                    return True
            finally:
                await apply(jetstream, settings)
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(POLL_S)


async def _is_empty(jetstream: JetStreamContext, stream: Stream) -> bool:
    return (await jetstream.stream_info(stream.name)).state.messages == 0
