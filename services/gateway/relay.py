"""Brings token frames from NATS to the requests that wait for them.

One subscription serves the whole process; a turn that another gateway accepted has one of its own
for as long as it is followed. Each follower has a bounded queue: where its client reads too slowly,
token frames are dropped, and asked for again when it reads on.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from weakref import WeakSet, WeakValueDictionary

import structlog
from pydantic import ValidationError

from shared.broker import Bus
from shared.contracts.events import TokenStreamed
from shared.contracts.parts import TurnRef
from shared.contracts.subjects import TOKENS
from shared.failures import DependencyDownError

log = structlog.get_logger()

QUEUE_SIZE = 1_024
"""Frames that one slow reader may be behind: more than most answers have tokens."""

QUEUE_CHARS = 1_048_576
"""Characters of them: a frame may bring a whole answer again, and this is more than any has."""


class Frames:
    """The frames of one turn that a follower has not taken yet."""

    def __init__(self) -> None:
        self._waiting: list[TokenStreamed] = []
        self._chars = 0
        self._arrived = asyncio.Event()

    def put(self, frame: TokenStreamed) -> None:
        """Add a frame; of a slow reader's tokens the newest are dropped, never the last frame."""
        if self._waiting and self._waiting[-1].outcome is not None:
            # A redelivered turn is ended twice; its client hears of it once.
            return
        chars = self._chars + len(frame.text)
        if len(self._waiting) >= QUEUE_SIZE or chars > QUEUE_CHARS:
            if frame.outcome is None:
                return
            self._waiting.pop()
        self._chars = chars
        self._waiting.append(frame)
        self._arrived.set()

    async def take(self) -> list[TokenStreamed]:
        """Wait for a frame, and take all that are there."""
        await self._arrived.wait()
        self._arrived.clear()
        taken, self._waiting, self._chars = self._waiting, [], 0
        return taken


class _Followers:
    """Who follows one turn. Each queue holds its group, and the group dies with the last one."""

    def __init__(self) -> None:
        self.queues: WeakSet[_Follower] = WeakSet()


class _Follower(Frames):
    def __init__(self, group: _Followers) -> None:
        super().__init__()
        self._group = group
        group.queues.add(self)


class Relay:
    """The frames of every turn that a client of this gateway waits for."""

    def __init__(self, gateway_id: str) -> None:
        self._gateway_id = gateway_id
        self._bus: Bus | None = None
        # Weak: a request that ends, in whatever way, takes its queue with it.
        self._groups: WeakValueDictionary[str, _Followers] = WeakValueDictionary()

    async def start(self, bus: Bus) -> None:
        """Begin to listen."""
        self._bus = bus
        await bus.listen(TOKENS.at(self._gateway_id, "x").removesuffix("x") + "*", self._on_frame)

    def expect(self, turn_id: str) -> Frames:
        """Collect the frames of a turn from now on, for as long as the queue is held."""
        group = self._groups.get(turn_id)
        if group is None:
            group = self._groups[turn_id] = _Followers()
        return _Follower(group)

    @asynccontextmanager
    async def following(self, turn: TurnRef) -> AsyncIterator[Frames]:
        """Collect the frames of a turn that any gateway accepted.

        While NATS is away nothing is heard of another gateway's; its end stands in its record.
        """
        if turn.gateway_id == self._gateway_id or self._bus is None:
            yield self.expect(turn.turn_id)
            return
        queue = Frames()
        subject = TOKENS.at(turn.gateway_id, turn.turn_id)
        try:
            listening = await self._bus.listen(subject, partial(_put, queue))
        except DependencyDownError:
            yield queue
            return
        try:
            yield queue
        finally:
            await listening.stop()

    def _on_frame(self, subject: str, payload: bytes) -> None:
        group = self._groups.get(subject.rpartition(".")[2])
        if group is not None:
            _put(group, subject, payload)


def _put(to: Frames | _Followers, subject: str, payload: bytes) -> None:
    try:
        frame = TokenStreamed.model_validate_json(payload)
    except ValidationError:
        log.warning("a token frame is not one", subject=subject)
        return
    for queue in [to] if isinstance(to, Frames) else to.queues:
        queue.put(frame)
