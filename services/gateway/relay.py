"""Brings token frames from NATS to the requests that wait for them.

One subscription serves the whole process. Each waiting request has a bounded queue: where its
client reads too slowly, token frames are dropped, and the last frame brings the whole text.
"""

import asyncio
from weakref import WeakValueDictionary

import structlog
from pydantic import ValidationError

from shared.broker import Bus
from shared.contracts.events import TokenStreamed
from shared.contracts.subjects import TOKENS

log = structlog.get_logger()

QUEUE_SIZE = 1_024
"""Frames that one slow reader may be behind: more than most answers have tokens."""


class Frames(asyncio.Queue[TokenStreamed]):
    """The frames of one turn that its request has not taken yet."""


class Relay:
    """The frames of every turn that a client of this gateway waits for."""

    def __init__(self, gateway_id: str) -> None:
        self._gateway_id = gateway_id
        # Weak: a request that ends, in whatever way, takes its queue with it.
        self._queues: WeakValueDictionary[str, Frames] = WeakValueDictionary()

    async def start(self, bus: Bus) -> None:
        """Begin to listen."""
        await bus.listen(TOKENS.at(self._gateway_id, "x").removesuffix("x") + "*", self._on_frame)

    def expect(self, turn_id: str) -> Frames:
        """Collect the frames of a turn from now on, for as long as the queue is held."""
        queue = Frames(QUEUE_SIZE)
        self._queues[turn_id] = queue
        return queue

    def _on_frame(self, subject: str, payload: bytes) -> None:
        queue = self._queues.get(subject.rpartition(".")[2])
        if queue is None:
            return
        try:
            frame = TokenStreamed.model_validate_json(payload)
        except ValidationError:
            log.warning("a token frame is not one", subject=subject)
            return
        if queue.full():
            if frame.outcome is None:
                return
            queue.get_nowait()
        queue.put_nowait(frame)
