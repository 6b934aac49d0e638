"""The record as its readers see it: conversations, messages and preferences in PostgreSQL.

Every method reads one user's rows through that user's own door, and raises DependencyDownError
where PostgreSQL does not answer. Writing is `recorder.py`, for memory_writer only.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contracts.parts import Message, TurnRef, utcnow
from shared.memory import model_figures, system_memory
from shared.memory.database import Database
from shared.memory.fact_rows import folded
from shared.memory.message_rows import MESSAGE_COLUMNS, message_of
from shared.memory.models import (
    ConversationMemory,
    ConversationPlace,
    Figures,
    StatedMemory,
    SystemMemory,
    TopicCount,
    UserMemory,
)
from shared.memory.passage_index import PassageIndex
from shared.memory.record_summaries import LASTING, SHOWN, SUMMARY_COLUMNS, summary_of
from shared.memory.recorded_facts import recorded_memory

CONVERSATION_IDS = 1_000
"""How many conversation ids a user's memory names; the list of conversations has all."""

_NEWEST_FIRST = "place DESC, sequence DESC, message_id DESC"

_CONVERSATION = text(
    f"SELECT {SUMMARY_COLUMNS} FROM conversations "
    f"WHERE user_id = :user AND conversation_id = :conversation AND {LASTING}"
)
_SUMMARY = text(
    "SELECT summary FROM conversations WHERE user_id = :user AND conversation_id = :conversation"
)
_BEFORE = text(f"""
SELECT {MESSAGE_COLUMNS} FROM messages
WHERE user_id = :user AND conversation_id = :conversation AND {SHOWN}
    AND (place, sequence, message_id) < (:place, :sequence, :message)
ORDER BY {_NEWEST_FIRST} LIMIT :limit
""")
_NEWEST = text(f"""
SELECT {MESSAGE_COLUMNS} FROM messages
WHERE user_id = :user AND conversation_id = :conversation AND {SHOWN}
ORDER BY {_NEWEST_FIRST} LIMIT :limit
""")
_MESSAGE = text(f"""
SELECT {MESSAGE_COLUMNS} FROM messages
WHERE user_id = :user AND conversation_id = :conversation AND message_id = :message AND {SHOWN}
""")
_PLACE = text("""
SELECT place, sequence, role FROM messages
WHERE user_id = :user AND conversation_id = :conversation AND message_id = :message
""")
# What came from outside a turn has the time of another clock, and counts (as `load.lua` has it).
_HISTORY = text(f"""
SELECT {MESSAGE_COLUMNS}, (
    SELECT summary FROM conversations AS o
    WHERE o.user_id = :user AND o.conversation_id = :conversation) AS summary
FROM messages
WHERE user_id = :user AND conversation_id = :conversation AND {SHOWN}
    AND (place < :place OR (NOT :branches AND message_id !~ '-[ua]$'))
ORDER BY {_NEWEST_FIRST} LIMIT :limit
""")
_CONVERSATIONS = text(f"""
SELECT {SUMMARY_COLUMNS} FROM conversations WHERE user_id = :user AND {LASTING}
ORDER BY updated_at DESC, conversation_id DESC LIMIT :limit
""")
_CONVERSATION_IDS = text("""
SELECT conversation_id FROM conversations WHERE user_id = :user
ORDER BY updated_at DESC, conversation_id DESC LIMIT :limit
""")
_CONVERSATIONS_AFTER = text(f"""
SELECT {SUMMARY_COLUMNS} FROM conversations
WHERE user_id = :user AND (updated_at, conversation_id) < (:updated_at, :conversation)
    AND {LASTING}
ORDER BY updated_at DESC, conversation_id DESC LIMIT :limit
""")
_USER = text("SELECT created_at, last_active FROM users WHERE user_id = :user")
# All in one statement: whoever looks at the figures asks often.
_FIGURES = text(f"""
SELECT users, conversations, messages, facts, bytes, (
    SELECT count(*) FROM system_memories
    WHERE NOT removed AND (expires_at IS NULL OR expires_at > now())) AS system_memories, (
    SELECT coalesce(jsonb_agg(jsonb_build_array(topic, count)), '[]') FROM (
        SELECT topic, count FROM topics WHERE user_id = :user
        ORDER BY weight DESC, topic LIMIT :limit) AS heaviest) AS topics,
    {model_figures.TALLIES} AS tallies
FROM figures
""")


class Archive:
    """Reads the record. `passages` is what recall searches."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.passages = PassageIndex(database)

    async def conversation(
        self, user_id: str, conversation_id: str, *, limit: int, before: str = "", below: int = 0
    ) -> ConversationMemory | None:
        """Return a page of a conversation, oldest first; None where there is none of this user.

        The page ends with the message before the one with the id `before`, or, where the record
        does not know that one, with the last one whose place is less than `below`.
        """
        where = {"user": user_id, "conversation": conversation_id}
        async with self._database.session(user_id) as connection:
            found = (await connection.execute(_CONVERSATION, where)).first()
            if found is None:
                return None
            place: tuple[int, int, str] | None = None
            if before:
                row = (await connection.execute(_PLACE, {**where, "message": before})).first()
                place = (row[0], row[1], before) if row else (below, 0, "")
            asked: dict[str, Any] = {**where, "limit": limit}
            if place is not None:
                asked |= dict(zip(("place", "sequence", "message"), place, strict=True))
            rows = await connection.execute(_NEWEST if place is None else _BEFORE, asked)
            messages = [message_of(row) for row in rows]
        return summary_of(user_id, found, messages[::-1])

    async def summary(self, user_id: str, conversation_id: str) -> str | None:
        """Return the summary of a conversation, where it has one."""
        where = {"user": user_id, "conversation": conversation_id}
        async with self._database.session(user_id) as connection:
            found: str | None = (await connection.execute(_SUMMARY, where)).scalar()
            return found

    async def history(
        self, turn: TurnRef, *, limit: int
    ) -> tuple[tuple[Message, ...], StatedMemory, str | None]:
        """Return what a prompt needs: the last messages before a turn, and what facts rest on.

        With them the conversation's summary, where it has one.
        """
        asked = {
            "user": turn.user_id,
            "conversation": turn.conversation_id,
            "place": turn.order if turn.branch_from is None else turn.branch_from,
            "branches": turn.branch_from is not None,
            "limit": limit,
        }
        async with self._database.session(turn.user_id) as connection:
            rows = (await connection.execute(_HISTORY, asked)).all()
            messages = [message_of(row) for row in rows]
            recorded = await recorded_memory(connection, turn.user_id)
        # What is asked anew must not be told what came behind it.
        told = rows[0].summary if rows and turn.branch_from is None else None
        return tuple(messages[::-1]), recorded, told

    async def conversations(
        self, user_id: str, *, limit: int, after: ConversationPlace | None = None
    ) -> list[ConversationMemory]:
        """Return a user's conversations, newest first, from the one after a place on."""
        asked: dict[str, Any] = {"user": user_id, "limit": limit}
        if after is not None:
            asked |= {"updated_at": after.updated_at, "conversation": after.conversation_id}
        async with self._database.session(user_id) as connection:
            statement = _CONVERSATIONS if after is None else _CONVERSATIONS_AFTER
            rows = await connection.execute(statement, asked)
            return [summary_of(user_id, row) for row in rows]

    async def user(self, user_id: str) -> UserMemory | None:
        """Return what is known of a user, or None where nothing is."""
        async with self._database.session(user_id) as connection:
            found = (await connection.execute(_USER, {"user": user_id})).first()
            if found is None:
                return None
            memory = await recorded_memory(connection, user_id)
            asked = {"user": user_id, "limit": CONVERSATION_IDS}
            conversations = (await connection.execute(_CONVERSATION_IDS, asked)).all()
        return UserMemory(
            user_id=user_id,
            preferences=folded(memory, at=utcnow()).preferences,
            conversation_ids=tuple(row.conversation_id for row in conversations),
            created_at=found.created_at,
            last_active=found.last_active,
        )

    async def stated(self, user_id: str) -> StatedMemory:
        """Return every claim of a user, and the preferences that were set by hand."""
        async with self._database.session(user_id) as connection:
            return await recorded_memory(connection, user_id)

    async def place_of(
        self, user_id: str, conversation_id: str, message_id: str
    ) -> tuple[int, str] | None:
        """Return the place and the role of a message, or None where there is none."""
        asked = {"user": user_id, "conversation": conversation_id, "message": message_id}
        async with self._database.session(user_id) as connection:
            row = (await connection.execute(_PLACE, asked)).first()
            return (row.place, row.role) if row else None

    async def message(self, user_id: str, conversation_id: str, message_id: str) -> Message | None:
        """Return one message, or None where it is not there, superseded or expired."""
        asked = {"user": user_id, "conversation": conversation_id, "message": message_id}
        async with self._database.session(user_id) as connection:
            row = (await connection.execute(_MESSAGE, asked)).first()
            return message_of(row) if row else None

    async def figures(self, user_id: str = "", *, topics: int = 0) -> Figures:
        """Return the totals of the record, which nothing is counted for, and how models do.

        With them the heaviest topics of a user, or of all (''), so many.
        """
        async with self._database.session(user_id) as connection:
            asked = {"user": user_id, "limit": topics}
            row = (await connection.execute(_FIGURES, asked)).one()
            told = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's own public name
        tallies = [model_figures.Tally(*one) for one in told.pop("tallies")]
        told["topics"] = tuple(TopicCount(topic=name, count=n) for name, n in told["topics"])
        return Figures(**told, models=model_figures.figures_of(tallies))

    async def system(self, key: str) -> SystemMemory | None:
        """Return a memory of the system as it was last set, a removed one too."""
        async with self._database.session("") as connection:
            row = (await connection.execute(system_memory.ONE, {"key": key})).first()
            return None if row is None else system_memory.of_record(row)

    async def system_memories(self) -> list[SystemMemory]:
        """Return all memories of the system as they were last set, removed ones too."""
        async with self._database.session("") as connection:
            rows = await connection.execute(system_memory.EVERY)
            return [system_memory.of_record(row) for row in rows]

    async def ping(self) -> None:
        """Return when PostgreSQL answers, with the schema that this code knows."""
        await self._database.check()

    async def close(self) -> None:
        """Close the connections."""
        await self._database.close()

    @asynccontextmanager
    async def snapshot(self, user_id: str) -> AsyncIterator[AsyncConnection]:
        """Open one user's door on the record as it is now, however long that is read."""
        async with self._database.session(user_id, snapshot=True) as connection:
            yield connection
