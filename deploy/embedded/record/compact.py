"""`compact`: what was deleted is gone from the servers' files too, while chat goes on."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nats
from nats.errors import Error as NatsError
from redis import Redis
from redis.exceptions import RedisError

from deploy.embedded import exclusive, terminal
from deploy.embedded.failure import StackError
from deploy.embedded.record import append_only, vacuum, work_queues
from deploy.embedded.record.owner import Addresses, in_words
from deploy.embedded.record.replacement import Replacement
from deploy.embedded.record.stack import Stack
from shared.settings import Settings

MIB = 1024 * 1024
CONNECT_TIMEOUT_S = 5


def compact(stack: Stack) -> None:
    """Compact the three servers one after another, and say what it brought.

    Raises StackError; what is compacted by then stays so.
    """
    data = stack.layout.data
    with exclusive.alone(stack.layout), exclusive.interruptions_are_exceptions():
        with _sizes("Valkey", data / "valkey"):
            compact_redis(stack.environment["REDIS_URL"], data / "valkey")
        if stack.settings.has_record:
            with _sizes("PostgreSQL", data / "postgres"):
                compact_postgres(Addresses.of(stack.settings))
        with _sizes("NATS", data / "nats"):
            url = stack.environment["NATS_URL"]
            settings = Settings(nats_url=url, database_url=stack.environment["DATABASE_URL"])
            compact_nats(settings)
    terminal.say("\nWhat was forgotten is gone from these files. Older backups still hold it.")


def compact_redis(url: str, data: Path) -> None:
    """Let Valkey write its append-only file anew. Raises StackError."""
    try:
        with Redis.from_url(url) as client:
            append_only.rewrite(client, data / append_only.FOLDER)
    except RedisError as error:
        msg = f"Valkey cannot be compacted: {error}. `make status` tells."
        raise StackError(msg) from error


def compact_postgres(record: Addresses) -> None:
    """Let PostgreSQL write its tables anew and delete its old log. Raises StackError."""
    with in_words("PostgreSQL cannot be compacted"):
        asyncio.run(Replacement(record).drop_left_over())
        for note in asyncio.run(vacuum.vacuum(record.owner, tell=terminal.say)):
            terminal.note(note)


def compact_nats(settings: Settings) -> None:
    """Let NATS begin its empty work queues anew. Raises StackError."""
    try:
        for note in asyncio.run(_renew(settings)):
            terminal.note(note)
    except NatsError as error:
        msg = f"NATS cannot be compacted: {error!r}. `make status` tells."
        raise StackError(msg) from error


async def _renew(settings: Settings) -> list[str]:
    connection = await nats.connect(
        settings.nats_url,
        name="membus-compact",
        connect_timeout=CONNECT_TIMEOUT_S,
        allow_reconnect=False,
    )
    try:
        return await work_queues.renew(connection.jetstream(), settings)
    finally:
        await connection.close()


@contextmanager
def _sizes(name: str, data: Path) -> Iterator[None]:
    before = size(data)
    with terminal.step(name):
        yield
    if data.exists():
        terminal.say(f"      {before / MIB:,.1f} MB before, {size(data) / MIB:,.1f} MB now")


def size(folder: Path) -> int:
    """Return what a folder's files take on the disk, in bytes; files may vanish meanwhile."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_blocks * 512
        except FileNotFoundError:
            continue
    return total
