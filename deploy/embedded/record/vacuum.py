"""PostgreSQL's files written anew: a deleted row stays in its table, its indexes and the log."""

import asyncio
import time
from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from deploy.embedded.record.owner import INSUFFICIENT_PRIVILEGE, connected, quoted, sqlstate

OLD_SNAPSHOT_WAIT_S = 30.0
"""A backup or an export that runs still sees what was deleted since; the rows stay for it."""

LOCK_TIMEOUT_S = 10
"""Who waits for a table makes all others wait behind it: they do so for no longer than this."""

PATIENCE_S = 8.0
"""After this long, and then as often, say which table is worked on."""

POLL_S = 0.2
CHECKPOINTS = 2
"""The first may have begun before the last change; the second deletes what is before it."""

_TABLES = text("""
SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname NOT LIKE 'pg\\_t%' ORDER BY pg_total_relation_size(c.oid) DESC, c.relname
""")

# ANALYZE keeps samples of the values, and leaves the old ones of a table that is empty now.
_DROP_SAMPLES = text("""
DELETE FROM pg_statistic WHERE starelid IN (
    SELECT c.oid FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_t%'
)
""")
# Where the dead rows of the samples are.
_STATISTICS = ("pg_catalog.pg_statistic", "pg_catalog.pg_statistic_ext_data")

_NOW = text("SELECT CAST(pg_current_xact_id() AS xid)::text")

_OLD_SNAPSHOTS = text("""
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xmin IS NOT NULL
    AND age(backend_xmin) > age(CAST(CAST(:now AS text) AS xid))
""")

STILL_SEEN = (
    "A transaction from before (a backup or an export?) still sees what was deleted, so that "
    "PostgreSQL keeps it: `make compact` again when it has ended."
)
NOT_OURS = (
    "PostgreSQL's log (WAL) and statistics are its administrator's, and hold what was deleted "
    "until they are recycled: a superuser may run pg_switch_wal() and CHECKPOINT."
)
LOCK_NOT_AVAILABLE = "55P03"


async def vacuum(url: URL, *, tell: Callable[[str], None]) -> list[str]:
    """Rewrite every table and index, and delete the log of what was; returns what is left to say.

    Each table is locked while it is rewritten: about a second for 100,000 messages. Raises
    SQLAlchemyError, DependencyDownError.
    """
    async with connected(url) as connection:
        notes = await _wait_for_old_snapshots(connection)
        ours = await _drop_samples(connection)
        await connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT_S}s'"))
        told = time.monotonic()
        for schema, name in (await connection.execute(_TABLES)).all():
            if time.monotonic() - told > PATIENCE_S:
                told = time.monotonic()
                tell(f"  … {name}")
            notes += await _rewrite(connection, f"{quoted(schema)}.{quoted(name)}")
        if ours:
            await _forget_the_past(connection)
    return notes if ours else [*notes, NOT_OURS]


async def _wait_for_old_snapshots(connection: AsyncConnection) -> list[str]:
    now = (await connection.execute(_NOW)).scalar_one()
    deadline = time.monotonic() + OLD_SNAPSHOT_WAIT_S
    while (await connection.execute(_OLD_SNAPSHOTS, {"now": now})).scalar_one():
        if time.monotonic() > deadline:
            return [STILL_SEEN]
        await asyncio.sleep(POLL_S)
    return []


async def _rewrite(connection: AsyncConnection, table: str) -> list[str]:
    try:
        await connection.execute(text(f"VACUUM (FULL, ANALYZE) {table}"))
    except DBAPIError as error:
        if sqlstate(error) != LOCK_NOT_AVAILABLE:
            raise
        return [f"{table} is in use (a backup or an export?): `make compact` again later."]
    return []


async def _drop_samples(connection: AsyncConnection) -> bool:
    """Delete the statistics of all tables; False where that is the administrator's business."""
    try:
        await connection.execute(_DROP_SAMPLES)
    except DBAPIError as error:
        if sqlstate(error) != INSUFFICIENT_PRIVILEGE:
            raise
        return False
    return True


async def _forget_the_past(connection: AsyncConnection) -> None:
    for table in _STATISTICS:
        await connection.execute(text(f"VACUUM (FULL) {table}"))
    for _ in range(CHECKPOINTS):
        await connection.execute(text("SELECT pg_switch_wal()"))
        await connection.execute(text("CHECKPOINT"))
