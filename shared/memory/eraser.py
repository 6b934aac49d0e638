"""Forgetting in the record: watermarks raised, rows deleted and counted out, in one transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.memory import record_sql as sql
from shared.memory.barrier import ALL
from shared.memory.changes import ENDED, FORGET_CHANGES
from shared.memory.database import Database
from shared.memory.facts_recorder import (
    CLAIMS_LEFT,
    FORGET_CLAIMS,
    due_users,
    lock_facts,
    refold,
)
from shared.memory.model_figures import FORGET_TURNS, PRUNE_TURNS
from shared.memory.record_source import RecordSource, Watermark
from shared.memory.recorder import lock
from shared.memory.system_memory import EXPIRE_SYSTEM

EXPIRED_AT_ONCE = 500
REFOLDED_AT_ONCE = 50

_EVER = datetime(1970, 1, 1, tzinfo=UTC)


class RecordEraser:
    """Deletes from the record. Methods raise DependencyDownError. For memory_writer only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def forget(self, watermark: Watermark) -> int:
        """Forget what was caused until a watermark, for good; returns the number of rows.

        Doing it again for the same event gives the same number: nothing is deleted twice.
        """
        asked = _asked(watermark)
        async with self._database.system_session() as connection:
            # Alone: no writer that has read the watermarks before is still at work.
            await lock(connection, [watermark.user_id], shared=False)
            await lock_facts(connection, [watermark.user_id])
            await connection.execute(sql.RAISE, {**asked, "event": watermark.event_id})
            rows = await _delete(connection, watermark, asked)
            await refold(connection, [watermark.user_id])
            counted = await connection.execute(sql.COUNT_ROWS, {**_of(asked), "rows": rows})
            return int(counted.scalar_one())

    async def left(self, watermark: Watermark) -> int:
        """Count what could still be reached of what was forgotten."""
        async with self._database.system_session() as connection:
            asked = _asked(watermark)
            claims = int((await connection.execute(CLAIMS_LEFT, asked)).scalar_one())
            if watermark.fact_id != ALL:
                return claims
            rows = await connection.execute(sql.LEFT, _only(asked, *sql.LEFT.compile().params))
            return claims + int(rows.scalar_one())

    async def watermarks(self) -> list[Watermark]:
        """Return everything that is known to be forgotten."""
        return await RecordSource(self._database).watermarks(since=_EVER)

    async def forget_again(self, watermarks: Sequence[Watermark]) -> int:
        """Forget anew what another state of the record knew to be forgotten; returns the rows."""
        return sum([await self.forget(watermark) for watermark in watermarks])

    async def expire(self) -> int:
        """Delete messages whose own time is over, a bounded number; returns how many."""
        async with self._database.system_session() as connection:
            asked = {"limit": EXPIRED_AT_ONCE}
            return int((await connection.execute(sql.EXPIRE, asked)).scalar_one())

    async def tidy(self) -> None:
        """Drop the values of the system's memories that have expired, and turns long counted."""
        async with self._database.system_session() as connection:
            await connection.execute(EXPIRE_SYSTEM)
            await connection.execute(PRUNE_TURNS)

    async def ended(self) -> list[tuple[str, str, datetime]]:
        """Return user, conversation and end of conversations whose end, set by hand, is over."""
        async with self._database.system_session() as connection:
            rows = await connection.execute(ENDED, {"limit": EXPIRED_AT_ONCE})
            return [(user, conversation, ends) for user, conversation, ends in rows]

    async def refold_due(self) -> int:
        """Fold anew the facts that time alone has changed; returns of how many users."""
        async with self._database.system_session() as connection:
            users = await due_users(connection, limit=REFOLDED_AT_ONCE)
            # As a writer holds them, in its order.
            await lock(connection, users, shared=True)
            await lock_facts(connection, users)
            await refold(connection, users)
            return len(users)


async def _delete(connection: AsyncConnection, watermark: Watermark, asked: dict[str, Any]) -> int:
    statements = [FORGET_CLAIMS]
    if watermark.fact_id == ALL:
        statements = [sql.FORGET_MESSAGES, FORGET_CLAIMS]
    if watermark.message_id == ALL and watermark.fact_id == ALL:
        statements += [sql.FORGET_BRANCHES, sql.FORGET_CONVERSATIONS, FORGET_CHANGES]
    if watermark.conversation == ALL and watermark.fact_id == ALL:
        statements += [sql.FORGET_PREFERENCES, sql.FORGET_USER]
    rows = 0
    for statement in statements:
        needed = {name: asked[name] for name in statement.compile().params}
        rows += int((await connection.execute(statement, needed)).scalar_one())
    if watermark.message_id == ALL and watermark.fact_id == ALL:
        of_place = _only(asked, "user", "conversation", "until")
        await connection.execute(sql.RENEW_CONVERSATIONS, of_place)
        # What is left of it in the figures of models names nobody.
        await connection.execute(FORGET_TURNS, of_place)
    return rows


def _asked(watermark: Watermark) -> dict[str, Any]:
    return {
        "user": watermark.user_id,
        "conversation": watermark.conversation,
        "message": watermark.message_id,
        "fact": watermark.fact_id,
        "until": watermark.until,
    }


def _of(asked: dict[str, Any]) -> dict[str, Any]:
    return _only(asked, "user", "conversation", "message", "fact")


def _only(asked: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: asked[name] for name in names}
