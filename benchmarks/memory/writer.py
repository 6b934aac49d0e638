"""The archive-writer from end to end: beside the other writers, and alone, catching up."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import product
from typing import Any

import nats

from benchmarks import stack
from benchmarks.memory.batches import (
    BARE_TABLE,
    CONVERSATIONS,
    USERS,
    insert,
    row_of,
    spread,
)
from benchmarks.memory.report import AIM_PER_S, Row, Section
from benchmarks.memory.stores import (
    Stores,
    backlog,
    bare_postgres,
    bare_redis,
    chunks,
    record_caught_up,
    timed,
)
from benchmarks.processes import BenchmarkError, Processes
from shared.broker import MESSAGE_ID
from shared.contracts.memory import MessageAdded
from shared.contracts.subjects import ARCHIVE_WRITER, MESSAGE_ADDED
from shared.memory import keys

WRITER = "memory_writer"
WHOLE_TIMEOUT_S = 60.0
POLL_S = 0.05
IN_FLIGHT = 64
"""Publishes that wait for their acknowledgement."""

INSERTED = "SELECT count(*), count(DISTINCT xmin::text) FROM messages WHERE sequence > $1"
"""A transaction that inserted is the xmin of what it inserted."""


async def measure(
    stores: Stores, processes: Processes, start: Callable[[], Awaitable[object]], number: int
) -> Section:
    """Publish messages, and wait until the running archive-writer has no backlog; then again alone.

    Their conversations are there before: a new one is looked for in the record once. `start` starts
    the memory_writer.
    """
    first = spread(USERS * CONVERSATIONS)
    new = time.perf_counter()
    await publish(stores.nats_url, first)
    await _whole(stores)
    new = time.perf_counter() - new
    events = spread(number)
    cpu, started = processes.cpu_s(WRITER), time.perf_counter()
    await publish(stores.nats_url, events)
    published = time.perf_counter() - started
    ours = (await record_caught_up(stores.nats_url) - started) * 1000
    cpu = (processes.cpu_s(WRITER) - cpu) * 1000
    beside, each = await _inserted(stores, events, after=len(first))
    alone_ms, alone_cpu = await _catch_up(stores, processes, start)
    alone, alone_each = await _inserted(stores, events, after=len(first))
    return Section(
        "archive-writer, end to end (JetStream to commit and ack)",
        "a message",
        "multi-row INSERTs of the same rows in batches of the same size",
        [
            Row("beside redis-writer", ours / number, beside, _cost(each, cpu / number)),
            Row("alone, catching up", alone_ms, alone, _cost(alone_each, alone_cpu)),
        ],
        [
            f"{number:,} messages; publishing took {published:.2f} s of {ours / 1000:.2f} s",
            f"before: {len(first)} new conversations, known whole after {new:.2f} s",
            _aim(1000 / alone_ms, number / ours * 1000),
        ],
    )


def _cost(each: float, cpu_ms: float) -> str:
    return f"{each:.1f} in a transaction, {cpu_ms:.2f} ms of {WRITER}'s CPU"


def _aim(alone: float, beside: float) -> str:
    met = ["met" if rate >= AIM_PER_S else "NOT met" for rate in (alone, beside)]
    return (
        f"Aim ≥ {AIM_PER_S:.0f} messages/s on two cores: alone {alone:.0f}, {met[0]}; "
        f"beside redis-writer {beside:.0f}, {met[1]}"
    )


async def _whole(stores: Stores) -> None:
    """Wait until Redis knows of every conversation that the record holds nothing more of it."""
    await record_caught_up(stores.nats_url)
    deadline = time.monotonic() + WHOLE_TIMEOUT_S
    async with bare_redis(stores.redis_url) as redis:
        while time.monotonic() < deadline:
            async with redis.pipeline(transaction=False) as pipe:
                for user, conversation in product(range(USERS), range(CONVERSATIONS)):
                    key = keys.conversation(f"u-{user}", f"c-{conversation}")
                    pipe.hexists(key, "messages")
                    pipe.hexists(key, "partial")
                found = await pipe.execute()
            if all(found[::2]) and not any(found[1::2]):
                return
            await asyncio.sleep(POLL_S)
    msg = f"Redis did not hold new conversations whole after {WHOLE_TIMEOUT_S:g} s."
    raise BenchmarkError(msg)


async def _inserted(
    stores: Stores, events: Sequence[MessageAdded], *, after: int
) -> tuple[float, float]:
    """Return the ms that bare INSERTs take for a message, and how many a transaction brought."""
    async with bare_postgres(stores.admin_url) as connection:
        kept, transactions = await connection.fetchrow(INSERTED, after)
        if kept != len(events):
            msg = f"{kept} of {len(events)} published messages are in the record."
            raise BenchmarkError(msg)
        await connection.execute(BARE_TABLE)
        rows = [row_of(event, sequence) for sequence, event in enumerate(events, 1)]
        bare = 0.0
        for part in chunks(rows, max(1, round(len(rows) / transactions))):
            bare += await timed(partial(insert, connection, part))
        await connection.execute("DROP TABLE bare_messages")
    return bare / len(rows), len(rows) / transactions


async def _catch_up(
    stores: Stores, processes: Processes, start: Callable[[], Awaitable[object]]
) -> tuple[float, float]:
    """Let the archive-writer write the whole record anew; Redis has everything, and rests.

    Returns the ms and the memory_writer's CPU ms of a message, from its first batch on.
    """
    processes.stop([WRITER])
    await stores.empty_record()
    connection = await nats.connect(stores.nats_url)
    try:
        stream = connection.jetstream()
        await stream.delete_consumer(ARCHIVE_WRITER.stream, ARCHIVE_WRITER.name)
        await stack.declare_topology(stores.nats_url, database_url=stores.record_url)
        total = await backlog(stream)
        starting = asyncio.ensure_future(start())
        while (left := await backlog(stream)) == total:
            if starting.done():
                await starting
            await asyncio.sleep(POLL_S)
        cpu, started = processes.cpu_s(WRITER), time.perf_counter()
        seconds = await record_caught_up(stores.nats_url) - started
        cpu = processes.cpu_s(WRITER) - cpu
        await starting
    finally:
        await connection.close()
    return seconds * 1000 / left, cpu * 1000 / left


async def publish(nats_url: str, events: Sequence[MessageAdded]) -> None:
    """Store events in MEMORY as the gateway does, many at once."""
    connection: Any = await nats.connect(nats_url)
    stream = connection.jetstream(timeout=30)
    rest = iter(events)

    async def work() -> None:
        for event in rest:
            await stream.publish(
                MESSAGE_ADDED.at(event.user_id),
                event.model_dump_json().encode(),
                stream=ARCHIVE_WRITER.stream,
                headers={MESSAGE_ID: event.event_id},
            )

    try:
        await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    finally:
        await connection.close()
