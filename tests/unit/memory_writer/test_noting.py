"""Notes of what was handled: many in one round trip, and never in anybody's way."""

import asyncio
from collections.abc import Iterable

from services.memory_writer.noting import AT_ONCE, Noting
from shared.failures import DependencyDownError
from shared.memory.applied import AppliedEvents, Handled
from shared.settings import Settings


class Written(AppliedEvents):
    """Keeps what it is told, unless it is down."""

    def __init__(self) -> None:
        super().__init__(Settings())
        self.calls: list[list[Handled]] = []
        self.down = False

    async def note(self, handled: Iterable[Handled]) -> None:
        if self.down:
            msg = "away"
            raise DependencyDownError(msg, dependency="redis")
        self.calls.append(list(handled))


async def test_what_comes_together_is_written_together() -> None:
    written = Written()
    noting = Noting(written)
    await noting.start()
    for sequence in range(3):
        noting.handled("memory.u-1.message", "redis-writer", sequence)
    noting.handled("chat.requested.t", "context-loader", 9)
    async with asyncio.timeout(5):
        while not written.calls:
            await asyncio.sleep(0.005)
    assert written.calls == [[Handled("u-1", "redis-writer", n) for n in range(3)]]
    await noting.stop()


async def test_what_waits_is_written_at_the_end() -> None:
    written = Written()
    noting = Noting(written)
    for sequence in range(AT_ONCE + 1):
        noting.handled("memory.u-1.fact", "archive-writer", sequence)
    await noting.stop()
    assert [len(call) for call in written.calls] == [AT_ONCE, 1]


async def test_without_redis_nothing_waits() -> None:
    written = Written()
    written.down = True
    noting = Noting(written)
    noting.handled("memory.u-1.fact", "archive-writer", 1)
    await noting.stop()
    assert written.calls == []
