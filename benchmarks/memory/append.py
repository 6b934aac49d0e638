"""Appending to conversations of different lengths, beside a list of Redis."""

from dataclasses import dataclass, field
from typing import Any

from benchmarks.memory.report import Row, Section
from benchmarks.memory.stores import (
    Stores,
    bare_redis,
    chunks,
    conversation_of,
    middle,
    said,
    stored_json,
    timed,
    working,
)
from benchmarks.redis_proxy import CountingProxy
from shared.memory.working import WorkingMemory

SIZES = (10, 100, 1_000, 5_000)
USER = "u-append"
PUSHED_AT_ONCE = 500
COUNTED = 5


@dataclass
class Grown:
    """Conversations of about one length, and lists as long; appended to in turn."""

    size: int
    names: list[str]
    membus_ms: list[float] = field(default_factory=list)
    bare_ms: list[float] = field(default_factory=list)


async def fill(stores: Stores, sizes: tuple[int, ...], appends: int) -> list[Grown]:
    """Make the conversations: so many of a length that none grows by more than half."""
    groups = []
    for size in sizes:
        number = max(1, -(-2 * appends // size))
        group = Grown(size, [f"{size}-{one}" for one in range(number)])
        groups.append(group)
        for name in group.names:
            events = conversation_of(size, user=USER, conversation=name)
            await stores.fill_redis(events)
            async with bare_redis(stores.redis_url) as redis:
                for some in chunks([stored_json(event) for event in events], PUSHED_AT_ONCE):
                    await redis.rpush(f"list:{name}", *some)
    return groups


async def count(stores: Stores, groups: list[Grown]) -> dict[str, int]:
    """Count the Redis round trips of an append, the most in some, by length."""
    proxy = CountingProxy(stores.redis_port)
    found: dict[str, int] = {}
    async with proxy.running(), working(stores.settings(redis_url=proxy.url)) as memory:
        # The first connects, and gives Redis the script.
        await memory.apply_message(said(0, user=USER, conversation="first"), sequence=1)
        for group in groups:
            trips = []
            for number in range(COUNTED):
                before = proxy.round_trips
                await _append(memory, group, group.size + number)
                trips.append(proxy.round_trips - before)
            found[f"{group.size:,} messages"] = max(trips, key=lambda one: abs(one - 1))
    return found


async def _append(memory: WorkingMemory, group: Grown, number: int) -> float:
    name = group.names[number % len(group.names)]
    event = said(number, user=USER, conversation=name)
    return await timed(lambda: memory.apply_message(event, sequence=number + 1))


async def _push(redis: Any, group: Grown, number: int) -> float:
    name = group.names[number % len(group.names)]
    text = stored_json(said(number, user=USER, conversation=name))
    return await timed(lambda: redis.rpush(f"list:{name}", text))


async def measure(stores: Stores, groups: list[Grown], appends: int) -> Section:
    """Append to all lengths in turn, with and without Membus."""
    async with working(stores.settings()) as memory, bare_redis(stores.redis_url) as redis:
        for number in range(appends + 1):
            for group in groups:
                ours = await _append(memory, group, group.size + COUNTED + number)
                bare = await _push(redis, group, number)
                if number:  # the first one connects
                    group.membus_ms.append(ours)
                    group.bare_ms.append(bare)
    rows = [
        Row(f"at {group.size:,} messages", middle(group.membus_ms), middle(group.bare_ms))
        for group in groups
    ]
    flat = rows[-1].membus_ms / rows[0].membus_ms
    return Section(
        "Append to a conversation in Redis",
        "an append, median",
        "RPUSH of the same JSON",
        rows,
        [f"{groups[-1].size:,} messages cost × {flat:.2f} of what {groups[0].size:,} do"],
    )
