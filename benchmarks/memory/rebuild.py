"""Rebuilding Redis from the record in a process of its own: how fast, and in how much memory."""

import asyncio
import re
import time
from contextlib import suppress
from pathlib import Path

from benchmarks.memory.report import Row, Section
from benchmarks.memory.stores import (
    Stores,
    bare_postgres,
    bare_redis,
    conversation_of,
    timed,
    working,
)
from benchmarks.processes import BenchmarkError, python
from deploy.embedded import binaries
from deploy.embedded.settings import CHECKOUT

SHORT = 20
PAGE = 500
POLL_S = 0.01
TIMEOUT_S = 300.0
MIB = 1024.0

ROWS = """
SELECT user_id || ':' || conversation_id, row_to_json(m)::text FROM (
    SELECT user_id, conversation_id, message_id, place, sequence, role, content, said_at, tokens
    FROM messages ORDER BY user_id, conversation_id, place
) AS m
"""


async def fill(stores: Stores, *, since: int, until: int, long: int) -> None:
    """Record so many messages more: half of them in long conversations, half in short ones."""
    half = (until - since) // 2
    for number in range(half // long):
        name = f"long-{since}-{number}"
        await stores.fill_record(conversation_of(long, user="u-long", conversation=name))
    events = []
    for number in range(half // SHORT):
        name = f"short-{since}-{number}"
        events += conversation_of(SHORT, user=f"u-{number % 50}", conversation=name)
    await stores.fill_record(events)


async def measure(stores: Stores, sizes: tuple[int, int], long: int) -> Section:
    """Rebuild an empty Redis from a record, and from one some times as large."""
    rows, peaks, known = [], [], 0
    for size in sizes:
        await fill(stores, since=known, until=size, long=long)
        known = size
        bare = await timed(lambda: _copy(stores))
        await _empty_redis(stores)
        seconds, peak = await _rebuild(stores)
        await _check(stores, size)
        peaks.append(peak)
        note = f"the process had {peak:.0f} MiB at most"
        rows.append(Row(f"{size:,} messages", seconds * 1000 / size, bare / size, note))
        await _empty_redis(stores)
    return Section(
        "Rebuild of an empty Redis from the record (`make rebuild`, in a process of its own)",
        "a message",
        f"SELECT of the same rows, RPUSH of their JSON in pages of {PAGE}",
        rows,
        [
            f"a record × {sizes[1] / sizes[0]:.0f} took × {peaks[1] / peaks[0]:.2f} of the memory",
            f"half in conversations of {long:,} messages, half of {SHORT}",
        ],
    )


async def _empty_redis(stores: Stores) -> None:
    async with bare_redis(stores.redis_url) as redis:
        await redis.flushall()


async def _rebuild(stores: Stores) -> tuple[float, float]:
    """Return how long it worked, its start as a process not included, and its peak in MiB."""
    process = await asyncio.create_subprocess_exec(
        *python("services.memory_writer.rebuild"),
        cwd=CHECKOUT,
        env={
            **binaries.child_environment(),
            "NATS_URL": stores.nats_url,
            "REDIS_URL": stores.redis_url,
            "DATABASE_URL": stores.record_url,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    if process.stdout is None:
        msg = "The rebuild has no output to read."
        raise BenchmarkError(msg)
    watching = asyncio.create_task(_watch(process.pid))
    try:
        async with asyncio.timeout(TIMEOUT_S):
            first = await process.stdout.readline()
            started = time.perf_counter()
            told = first + await process.stdout.read()
            seconds = time.perf_counter() - started
            code = await process.wait()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        peak = await watching
    if code:
        msg = f"The rebuild ended with code {code}: {told.decode(errors='replace')[-500:]}"
        raise BenchmarkError(msg)
    return seconds, peak


async def _watch(pid: int) -> float:
    """Return the most memory that a process had, in MiB."""
    peak = 0.0
    status = Path(f"/proc/{pid}/status")
    with suppress(OSError):
        while found := re.search(r"VmHWM:\s+(\d+) kB", status.read_text()):  # noqa: ASYNC240
            peak = max(peak, int(found[1]) / MIB)
            await asyncio.sleep(POLL_S)
    return peak


async def _copy(stores: Stores) -> None:
    """Copy the messages into lists, which is the least that any rebuild does."""
    async with (
        bare_postgres(stores.admin_url) as connection,
        bare_redis(stores.redis_url) as redis,
        connection.transaction(),
    ):
        cursor = await connection.cursor(ROWS)
        while page := await cursor.fetch(PAGE):
            async with redis.pipeline(transaction=False) as pipe:
                for key, text in page:
                    pipe.rpush(key, text)
                await pipe.execute()


async def _check(stores: Stores, number: int) -> None:
    async with working(stores.settings()) as memory:
        found = (await memory.statistics()).messages
    if found != number:
        msg = f"{found} of {number} messages are in Redis after the rebuild."
        raise BenchmarkError(msg)
