"""Brings what changes in a user's facts to the clients that follow it."""

import asyncio
from collections import defaultdict, deque
from weakref import WeakSet

import structlog
from pydantic import ValidationError

from shared.broker import Bus
from shared.contracts.memory import FactNoticed
from shared.contracts.subjects import FACT_NOTICED

log = structlog.get_logger()

QUEUE_SIZE = 1_024
"""Notices that one slow reader may be behind; the whole memory can be read anew instead."""


class Notices:
    """What a follower has not taken yet; of a slow one's the oldest are dropped, and counted."""

    def __init__(self) -> None:
        self._waiting: deque[FactNoticed] = deque()
        self._missed = 0
        self._arrived = asyncio.Event()

    def put(self, notice: FactNoticed) -> None:
        """Add a notice."""
        if len(self._waiting) >= QUEUE_SIZE:
            self._waiting.popleft()
            self._missed += 1
        self._waiting.append(notice)
        self._arrived.set()

    async def take(self, *, timeout_s: float) -> tuple[list[FactNoticed], int]:
        """Wait for a notice, and take all that are there, with the number of those dropped.

        Nothing after `timeout_s` seconds.
        """
        try:
            await asyncio.wait_for(self._arrived.wait(), timeout_s)
        except TimeoutError:
            return [], 0
        self._arrived.clear()
        taken, missed = list(self._waiting), self._missed
        self._waiting.clear()
        self._missed = 0
        return taken, missed


class Noticing:
    """Hears every change of facts, and hands it to those who follow its user.

    One subscription serves the whole process.
    """

    def __init__(self) -> None:
        # Weak: a request that ends, in whatever way, takes its notices with it.
        self._followers: defaultdict[str, WeakSet[Notices]] = defaultdict(WeakSet)

    async def start(self, bus: Bus) -> None:
        """Begin to listen."""
        await bus.listen(FACT_NOTICED.wildcard, self._on_notice)

    def follow(self, user_id: str) -> Notices:
        """Collect the notices of a user from now on, for as long as what is returned is held."""
        for left in [user for user, group in self._followers.items() if not group]:
            del self._followers[left]
        notices = Notices()
        self._followers[user_id].add(notices)
        return notices

    def _on_notice(self, subject: str, payload: bytes) -> None:
        group = self._followers.get(subject.rpartition(".")[2])
        if not group:
            return
        try:
            notice = FactNoticed.model_validate_json(payload)
        except ValidationError:
            log.warning("a notice is not one", subject=subject)
            return
        for notices in group:
            notices.put(notice)
