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
ALL_GONE = "What was forgotten is gone from these files."
SOME_LEFT = "What was forgotten is gone from these files, but for what is noted above."


def compact(stack: Stack) -> None:
    """Compact the three servers one after another, and say what it brought.

    Raises StackError; what is compacted by then stays so.
    """
    data, settings = stack.layout.data, stack.settings
    unused = data / "postgres" if not settings.embeds_postgres else None
    with exclusive.alone(stack.layout), exclusive.interruptions_are_exceptions():
        with _step("Valkey", data / "valkey"):
            compact_redis(stack.environment["REDIS_URL"], data / "valkey")
        notes = []
        if settings.has_record:
            with _step("PostgreSQL", data / "postgres" if unused is None else None):
                notes += compact_postgres(Addresses.of(settings))
        with _step("NATS", data / "nats"):
            notes += compact_nats(
                Settings(
                    nats_url=stack.environment["NATS_URL"],
                    database_url=stack.environment["DATABASE_URL"],
                )
            )
    if unused is not None and unused.exists():
        notes.append(f"{unused} is not in use, and still holds what it held.")
    for note in notes:
        terminal.note(note)
    terminal.say(f"\n{SOME_LEFT if notes else ALL_GONE} Older backups still hold it.")


def compact_redis(url: str, data: Path) -> None:
    """Let Valkey write its append-only file anew. Raises StackError."""
    try:
        with Redis.from_url(url) as client:
            append_only.rewrite(client, data / append_only.FOLDER)
    except RedisError as error:
        msg = f"Valkey cannot be compacted: {error}. `make status` tells."
        raise StackError(msg) from error


def compact_postgres(record: Addresses) -> list[str]:
    """Let PostgreSQL write its tables anew and delete its old log; returns what was left.

    Raises StackError.
    """
    with in_words("PostgreSQL cannot be compacted"):
        asyncio.run(Replacement(record).drop_left_over())
        return asyncio.run(vacuum.vacuum(record.owner, tell=terminal.say))


def compact_nats(settings: Settings) -> list[str]:
    """Let NATS begin its empty work queues anew; returns what was left. Raises StackError."""
    try:
        return asyncio.run(_renew(settings))
    except (NatsError, OSError) as error:
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
def _step(name: str, data: Path | None) -> Iterator[None]:
    """Time a step, and tell the size of its folder, where it is one of this machine."""
    before = size(data) if data is not None else 0
    with terminal.step(name):
        yield
    if data is not None:
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
