"""The stores of `benchmarks.memory`: emptied for each part, filled, and asked without Membus."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

import asyncpg
import nats
from nats.js import JetStreamContext
from redis.asyncio import Redis

from benchmarks.processes import BenchmarkError
from shared.contracts.ids import new_id
from shared.contracts.memory import MessageAdded
from shared.contracts.parts import Message, utcnow
from shared.contracts.subjects import ARCHIVE_WRITER
from shared.memory.database import Database
from shared.memory.recorder import Entry, Recorder
from shared.memory.working import WorkingMemory
from shared.settings import Settings

TABLES = """
SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables
WHERE schemaname = 'public' AND tablename NOT IN ('totals', 'alembic_version')
"""
NO_TOTALS = "UPDATE totals SET users = 0, conversations = 0, messages = 0, tokens = 0, facts = 0"

AT_ONCE = 32
"""Appends on their way when Redis is filled."""

BATCH = 256
POLL_S = 0.02
CAUGHT_UP_TIMEOUT_S = 120.0

SAID = (
    "The meeting with the supplier is moved to Thursday at ten; please bring the drawings of the "
    "second floor. Встреча с поставщиком перенесена на четверг, на десять утра."
)


@dataclass(frozen=True)
class Stores:
    """Where the three servers are; `record_url` is the services' way, `admin_url` the owner's."""

    nats_url: str
    redis_url: str
    redis_port: int
    record_url: str
    admin_url: str

    def settings(self, *, redis_url: str = "", record_url: str = "") -> Settings:
        """Return settings with the record on; somebody may count on the way to a store."""
        return Settings(
            nats_url=self.nats_url,
            redis_url=redis_url or self.redis_url,
            database_url=record_url or self.record_url,
        )

    async def empty(self) -> None:
        """Take everything out of Redis and the record."""
        async with bare_redis(self.redis_url) as redis:
            await redis.flushall()
        await self.empty_record()

    async def empty_record(self) -> None:
        """Take everything out of the record."""
        async with bare_postgres(self.admin_url) as connection:
            await connection.execute(f"TRUNCATE {await connection.fetchval(TABLES)}")
            await connection.execute(NO_TOTALS)

    async def fill_redis(self, events: Sequence[MessageAdded]) -> None:
        """Append messages, many at once."""
        async with working(self.settings()) as memory:
            rest = iter(enumerate(events, 1))

            async def work() -> None:
                for sequence, event in rest:
                    await memory.apply_message(event, sequence=sequence)

            await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    async def fill_record(self, events: Sequence[MessageAdded]) -> None:
        """Record messages in large batches."""
        async with recorder(self.settings()) as writer:
            for entries in chunks(as_entries(events), BATCH):
                await writer.apply(entries)


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[WorkingMemory]:
    """Open working memory as the services do."""
    memory = WorkingMemory(settings)
    try:
        yield memory
    finally:
        await memory.close()


@asynccontextmanager
async def recorder(settings: Settings) -> AsyncIterator[Recorder]:
    """Open the record for writing."""
    database = Database(settings, timeout_s=60)
    try:
        yield Recorder(database)
    finally:
        await database.close()


@asynccontextmanager
async def bare_redis(url: str) -> AsyncIterator[Any]:
    """Open the Redis client that Membus uses, without Membus."""
    redis: Any = Redis.from_url(url, decode_responses=True)
    try:
        yield redis
    finally:
        await redis.aclose()


@asynccontextmanager
async def bare_postgres(url: str) -> AsyncIterator[Any]:
    """Open the PostgreSQL driver that Membus uses, without Membus and without SQLAlchemy."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


def said(number: int, *, user: str, conversation: str) -> MessageAdded:
    """Make a message; a later number was said later."""
    moment = utcnow() - timedelta(hours=1) + timedelta(milliseconds=number)
    message = Message(
        message_id=new_id(),
        role="assistant" if number % 2 else "user",
        content=f"{number}: {SAID}",
        time=moment,
        order=round(moment.timestamp() * 1_000_000),
        tokens=60,
    )
    return MessageAdded(user_id=user, conversation_id=conversation, message=message, at=moment)


def conversation_of(length: int, *, user: str, conversation: str) -> list[MessageAdded]:
    """Make a conversation."""
    return [said(number, user=user, conversation=conversation) for number in range(length)]


def as_entries(events: Sequence[MessageAdded]) -> list[Entry]:
    """Give events sequences, as their stream does."""
    return [Entry(event, sequence) for sequence, event in enumerate(events, 1)]


def stored_json(event: MessageAdded) -> str:
    """Return what Redis keeps of a message, for whoever keeps it without Membus."""
    return event.message.model_dump_json(exclude_defaults=True)


def chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Cut into pieces; the last may be shorter."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    """Return how long something takes, in ms."""
    started = time.perf_counter()
    await work()
    return (time.perf_counter() - started) * 1000


def middle(samples: Sequence[float]) -> float:
    """Return the median, which a disturbed moment does not move."""
    return median(samples)


async def record_caught_up(nats_url: str) -> float:
    """Wait until the archive-writer has no backlog, and return when (perf_counter)."""
    deadline = time.monotonic() + CAUGHT_UP_TIMEOUT_S
    connection = await nats.connect(nats_url)
    try:
        while time.monotonic() < deadline:
            if await backlog(connection.jetstream()) == 0:
                return time.perf_counter()
            await asyncio.sleep(POLL_S)
    finally:
        with suppress(nats.errors.Error):
            await connection.close()
    msg = f"The archive-writer had a backlog still after {CAUGHT_UP_TIMEOUT_S:g} s."
    raise BenchmarkError(msg)


async def backlog(stream: JetStreamContext) -> int:
    """Return how many events the archive-writer has not acked, delivered or not."""
    info = await stream.consumer_info(ARCHIVE_WRITER.stream, ARCHIVE_WRITER.name)
    return (info.num_pending or 0) + (info.num_ack_pending or 0)
