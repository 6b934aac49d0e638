"""The figures of the memory at different numbers of conversations, beside `SELECT 1`."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from benchmarks.memory.report import Row, Section
from benchmarks.memory.stores import Stores, bare_postgres, middle, said, timed
from benchmarks.postgres_proxy import StatementProxy
from benchmarks.processes import BenchmarkError
from shared.memory.archive import Archive
from shared.memory.database import Database
from shared.memory.reading import Reading
from shared.memory.working import WorkingMemory
from shared.settings import Settings

PER_USER = 10
"""Conversations of one user."""

COUNTED = 10
EXPLAIN = (
    "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "
    "SELECT users, conversations, messages, facts, bytes FROM figures"
)


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[Reading]:
    """Open both stores as the gateway does."""
    memory, archive = WorkingMemory(settings), Archive(Database(settings))
    try:
        yield Reading(working=memory, archive=archive)
    finally:
        await memory.close()
        await archive.close()


async def fill(stores: Stores, *, since: int, until: int) -> None:
    """Make conversations of one message, in both stores."""
    events = [
        said(number, user=f"u-{number // PER_USER}", conversation=f"c-{number}")
        for number in range(since, until)
    ]
    await asyncio.gather(stores.fill_redis(events), stores.fill_record(events))


async def count(stores: Stores) -> int:
    """Count the SQL statements of a call, the most in some."""
    proxy = StatementProxy(stores.record_url)
    most = 0
    async with proxy.running(), reading(stores.settings(record_url=proxy.url)) as memory:
        # The first call connects, and looks once whether the schema is the right one.
        await memory.figures()
        for _ in range(COUNTED):
            before = proxy.statements
            await memory.figures()
            most = max(most, proxy.statements - before)
    return most


async def count_over_http(gateway_url: str, proxy: StatementProxy) -> int:
    """Count the SQL statements of `GET /memory/stats`, the most in some calls."""
    most = 0
    async with aiohttp.ClientSession(gateway_url) as session:
        for number in range(COUNTED + 1):
            before = proxy.statements
            async with session.get("/memory/stats") as response:
                if response.status != 200:
                    msg = f"GET /memory/stats: HTTP {response.status}"
                    raise BenchmarkError(msg)
                await response.read()
            if number:
                most = max(most, proxy.statements - before)
    return most


async def measure(stores: Stores, sizes: list[int], calls: int) -> Section:
    """Ask for the figures at growing numbers of conversations, in turn with `SELECT 1`."""
    rows, known = [], 0
    for size in sizes:
        await fill(stores, since=known, until=size)
        known = size
        rows.append(await _at(stores, size, calls))
    first, last = rows[0], rows[-1]
    return Section(
        "Figures of the memory (Redis and the record)",
        "a call, median",
        "one SELECT 1 on an open connection",
        rows,
        [
            f"{last.what} cost × {last.membus_ms / first.membus_ms:.2f} of what {first.what} do",
            f"beside the SELECT 1 of their time × {last.ratio / first.ratio:.2f}",
        ],
    )


async def _at(stores: Stores, size: int, calls: int) -> Row:
    ours: list[float] = []
    bare: list[float] = []
    async with (
        reading(stores.settings()) as memory,
        bare_postgres(stores.record_url) as connection,
    ):
        live, recorded = await memory.figures()
        found = [one.conversations if one else None for one in (live, recorded)]
        if found != [size, size]:
            msg = f"The figures tell of {found} conversations, not of {size}."
            raise BenchmarkError(msg)
        await connection.fetchval("SELECT 1")
        for _ in range(calls):
            ours.append(await timed(memory.figures))
            bare.append(await timed(lambda: connection.fetchval("SELECT 1")))
    return Row(f"{size:,} conversations", middle(ours), middle(bare), await _blocks(stores))


async def _blocks(stores: Stores) -> str:
    """Say how many blocks of tables and indexes PostgreSQL looks at: no clock disturbs that."""
    async with bare_postgres(stores.admin_url) as connection:
        await connection.fetchval(EXPLAIN)
        plan = json.loads(await connection.fetchval(EXPLAIN))[0]["Plan"]
    return f"PostgreSQL looks at {plan['Shared Hit Blocks'] + plan['Shared Read Blocks']} blocks"
