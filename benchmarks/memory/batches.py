"""Writing the record in batches, beside bare INSERTs of the same rows."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from benchmarks.memory.report import Row, Section
from benchmarks.memory.stores import (
    Stores,
    as_entries,
    bare_postgres,
    chunks,
    recorder,
    said,
    timed,
)
from shared.contracts.memory import MessageAdded
from shared.memory.barrier import caused_at

BATCHES = (1, 16, 64, 256)
MOST_TRANSACTIONS = 40
USERS = 20
CONVERSATIONS = 10
"""Conversations of one user."""

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


async def measure(stores: Stores, most: int) -> Section:
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
