"""Waiting until a memory event has been applied.

`applied.<event>` is only a wake-up and may be lost: whoever waits looks into the store afterwards.
"""

import asyncio
from collections import OrderedDict, defaultdict
from contextlib import suppress

from shared.broker import Bus
from shared.contracts.subjects import APPLIED

REMEMBERED = 4_096
"""How many applied events are remembered, for those who begin to wait a moment too late."""


class Wakeups:
    """Hears every `applied.*` and wakes those who wait for it."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._applied: OrderedDict[str, None] = OrderedDict()

    async def start(self, bus: Bus) -> None:
        """Begin to listen."""
        await bus.listen(APPLIED.wildcard, self._on_applied)

    def _on_applied(self, subject: str, _payload: bytes) -> None:
        event_id = subject.rpartition(".")[2]
        self._applied[event_id] = None
        if len(self._applied) > REMEMBERED:
            self._applied.popitem(last=False)
        for waiter in self._waiting.pop(event_id, ()):
            waiter.set()

    async def wait(self, event_id: str, *, timeout_s: float, heard_before: bool = True) -> bool:
        """Return True as soon as the event was applied, False after `timeout_s` seconds.

        `heard_before` counts a wake-up that came before the call.
        """
        if heard_before and event_id in self._applied:
            return True
        waiter = asyncio.Event()
        self._waiting[event_id].add(waiter)
        with suppress(TimeoutError):
            await asyncio.wait_for(waiter.wait(), timeout_s)
        waiters = self._waiting.get(event_id)
        if waiters is not None:
            waiters.discard(waiter)
            if not waiters:
                del self._waiting[event_id]
        return waiter.is_set()
