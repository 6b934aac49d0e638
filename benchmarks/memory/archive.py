"""Writing the record: batches by themselves, and the archive-writer from end to end."""

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from itertools import product
from typing import Any

import nats

from benchmarks.memory.report import AIM_PER_S, Row, Section
from benchmarks.memory.stores import (
    Stores,
    as_entries,
    bare_postgres,
    bare_redis,
    chunks,
    record_caught_up,
    recorder,
    said,
    timed,
)
from benchmarks.processes import BenchmarkError, Processes
from shared.broker import MESSAGE_ID
from shared.contracts.events import MessageAdded
from shared.contracts.subjects import ARCHIVE_WRITER, MESSAGE_ADDED
from shared.memory import keys
from shared.memory.barrier import caused_at

BATCHES = (1, 16, 64, 256)
MOST_TRANSACTIONS = 40
USERS = 20
CONVERSATIONS = 10
"""Conversations of one user."""

WRITER = "memory_writer"
WHOLE_TIMEOUT_S = 60.0
WHOLE_POLL_S = 0.05
IN_FLIGHT = 64
"""Publishes that wait for their acknowledgement."""

COLUMNS = (
    "user_id, conversation_id, message_id, place, sequence, role, name, content, said_at, model, "
    "tokens, status, metadata, tags, priority, expires_at, caused_at, superseded"
)
BARE_TABLE = (
    "DROP TABLE IF EXISTS bare_messages; "
    "CREATE TABLE bare_messages (LIKE messages INCLUDING DEFAULTS INCLUDING INDEXES)"
)


def spread(number: int) -> list[MessageAdded]:
    """Make messages of many users, as they come one after another."""
    return [
        said(
            one,
            user=f"u-{one % USERS}",
            conversation=f"c-{one // USERS % CONVERSATIONS}",
        )
        for one in range(number)
    ]


def row_of(event: MessageAdded, sequence: int) -> tuple[Any, ...]:
    """Return the columns of a message, for the driver."""
    said_, where = event.message, (event.user_id, event.conversation_id)
    return (
        *where,
        *(said_.message_id, said_.order, sequence, said_.role, said_.name, said_.content),
        *(said_.time, said_.model, said_.tokens, said_.status, "{}", list(said_.tags)),
        *(said_.priority, said_.expires_at, caused_at(event), False),
    )


async def insert(connection: Any, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows with one statement, which is one transaction."""
    width = len(rows[0])
    places = ", ".join(
        "(" + ", ".join(f"${line * width + column + 1}" for column in range(width)) + ")"
        for line in range(len(rows))
    )
    statement = f"INSERT INTO bare_messages ({COLUMNS}) VALUES {places}"  # noqa: S608 - constants
    await connection.execute(statement, *(value for row in rows for value in row))


async def measure_batches(stores: Stores, most: int) -> Section:
    """Record messages in batches of different sizes, in turn with bare INSERTs of the same."""
    rows = []
    async with (
        recorder(stores.settings()) as writer,
        bare_postgres(stores.admin_url) as connection,
    ):
        await writer.apply(as_entries(spread(1)))
        for size in BATCHES:
            await connection.execute(BARE_TABLE)
            number = min(most, size * MOST_TRANSACTIONS)
            ours = bare = 0.0
            for part in chunks(as_entries(spread(number)), size):
                values = [row_of(entry.event, entry.sequence) for entry in part]
                ours += await timed(partial(writer.apply, part))
                bare += await timed(partial(insert, connection, values))
            rows.append(Row(f"{size} in a transaction", ours / number, bare / number))
    return Section(
        "Recorder.apply (PostgreSQL alone)",
        "a message",
        "one multi-row INSERT of the same rows, the same indexes, nothing counted",
        rows,
    )


async def measure_writer(stores: Stores, processes: Processes, number: int) -> Section:
    """Publish messages, and wait until the running archive-writer has no backlog.

    Their conversations are there before: a new one is looked for in the record once.
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
    transactions, bare = await _inserted(stores, events, after=len(first))
    return Section(
        "archive-writer, end to end (JetStream to commit and ack; redis-writer beside it)",
        "a message",
        "multi-row INSERTs of the same rows in batches of the same size",
        [Row(f"{number:,} messages", ours / number, bare / number)],
        [
            f"{number / transactions:.1f} messages in a transaction",
            f"publishing took {published:.2f} s of the {ours / 1000:.2f} s",
            f"{WRITER} took {cpu / number:.2f} ms of CPU a message, for Redis and the record",
            f"before: {len(first)} new conversations, known whole after {new:.2f} s",
            _aim(number / ours * 1000),
        ],
    )


def _aim(rate: float) -> str:
    met = "met" if rate >= AIM_PER_S else "NOT met"
    return f"Aim ≥ {AIM_PER_S:.0f} messages/s on two cores: {rate:.0f}, {met}"


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
            await asyncio.sleep(WHOLE_POLL_S)
    msg = f"Redis did not hold new conversations whole after {WHOLE_TIMEOUT_S:g} s."
    raise BenchmarkError(msg)


async def _inserted(
    stores: Stores, events: Sequence[MessageAdded], *, after: int
) -> tuple[int, float]:
    """Return how many transactions brought the events, and the ms that bare INSERTs take."""
    async with bare_postgres(stores.admin_url) as connection:
        # A transaction that inserted is the xmin of what it inserted.
        found = "SELECT count(*), count(DISTINCT xmin::text) FROM messages WHERE sequence > $1"
        kept, transactions = await connection.fetchrow(found, after)
        if kept != len(events):
            msg = f"{kept} of {len(events)} published messages are in the record."
            raise BenchmarkError(msg)
        await connection.execute(BARE_TABLE)
        rows = [row_of(event, sequence) for sequence, event in enumerate(events, 1)]
        bare = 0.0
        for part in chunks(rows, max(1, round(len(rows) / transactions))):
            bare += await timed(partial(insert, connection, part))
    return transactions, bare


async def publish(nats_url: str, events: Sequence[MessageAdded]) -> None:
    """Store events in MEMORY as the gateway does, many at once."""
    connection = await nats.connect(nats_url)
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
