"""The live state: computed once for all who watch, and not at all when nobody does."""

import asyncio
import signal
from contextlib import aclosing

from services.admin.live import LiveFeed
from services.admin.shutdown import on_stop_signal


class Counter:
    def __init__(self) -> None:
        self.computed = 0

    async def __call__(self) -> str:
        self.computed += 1
        return str(self.computed)


async def take(feed: LiveFeed, number: int) -> list[str]:
    found = []
    async with aclosing(feed.states()) as states:
        async for state in states:
            found.append(state)
            if len(found) == number:
                break
    return found


async def test_all_watchers_share_one_computation() -> None:
    counter = Counter()
    # Whoever is late sees the next state: on a busy machine a short pause would be missed.
    feed = LiveFeed(counter, every_s=0.4)
    found = await asyncio.gather(*(take(feed, 3) for _ in range(20)))
    assert all(states == ["1", "2", "3"] for states in found)
    assert counter.computed == 3


async def test_nothing_is_computed_when_nobody_watches() -> None:
    counter = Counter()
    feed = LiveFeed(counter, every_s=0.01)
    await take(feed, 2)
    computed = counter.computed
    await asyncio.sleep(0.1)
    assert counter.computed == computed
    assert await take(feed, 1) == [str(computed + 1)]


async def test_one_look_is_shared_too() -> None:
    counter = Counter()
    feed = LiveFeed(counter, every_s=10)
    assert set(await asyncio.gather(*(feed.state() for _ in range(5)))) == {"1"}


async def test_a_slow_reader_delays_nobody() -> None:
    feed = LiveFeed(Counter(), every_s=0.01)
    async with aclosing(feed.states()) as slow:
        assert await anext(slow) == "1"
        quick = await take(feed, 20)
        assert int(await anext(slow)) > int(quick[-1]) - 2


async def test_a_stop_ends_every_stream() -> None:
    feed = LiveFeed(Counter(), every_s=10)
    told: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))
    try:
        with on_stop_signal(feed.close):
            watching = asyncio.create_task(take(feed, 2))
            await asyncio.sleep(0)
            signal.raise_signal(signal.SIGTERM)
            assert await asyncio.wait_for(watching, 2) == ["1"]
        assert told == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)
