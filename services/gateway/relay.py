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


class Frames:
    """The frames of one turn that its request has not taken yet."""

    def __init__(self) -> None:
        self._waiting: list[TokenStreamed] = []
        self._arrived = asyncio.Event()

    def put(self, frame: TokenStreamed) -> None:
        """Add a frame; of a slow reader's tokens the newest are dropped, never the last frame."""
        if self._waiting and self._waiting[-1].outcome is not None:
            # A redelivered turn is ended twice; its client hears of it once.
            return
        if len(self._waiting) >= QUEUE_SIZE:
            if frame.outcome is None:
                return
            self._waiting.pop()
        self._waiting.append(frame)
        self._arrived.set()

    async def take(self) -> list[TokenStreamed]:
        """Wait for a frame, and take all that are there."""
        await self._arrived.wait()
        self._arrived.clear()
        taken, self._waiting = self._waiting, []
        return taken


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
        queue = Frames()
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
        queue.put(frame)
