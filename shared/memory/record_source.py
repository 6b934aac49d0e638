"""The record as memory_writer reads it, of all users: to put back into Redis what it lost."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text

from shared.memory.changes import OF_CONVERSATION
from shared.memory.database import Database
from shared.memory.message_rows import MESSAGE_COLUMNS, message_of
from shared.memory.models import (
    ConversationMemory,
    ConversationPlace,
    RecordedMessage,
    Restored,
    SetField,
    SetPreference,
    StatedClaim,
    SystemMemory,
    UserMemory,
)
from shared.memory.record_summaries import SHOWN, SUMMARY_COLUMNS, summary_of
from shared.memory.recorded_facts import recorded_memory
from shared.memory.system_memory import EVERY, of_record

PAGE = 500
"""Messages that are in memory at a time."""

_COUNTS = text("""
SELECT (SELECT count(*) FROM users WHERE last_active > :users_since)
    + (SELECT count(*) FROM conversations WHERE recorded_at > :conversations_since)
""")
_USERS = text("""
SELECT user_id FROM users WHERE last_active > :since AND user_id > :after
ORDER BY user_id LIMIT :limit
""")
_CONVERSATIONS = text("""
SELECT recorded_at, user_id, conversation_id FROM conversations
WHERE recorded_at > :since
    AND (recorded_at, user_id, conversation_id) < (:recorded_at, :user, :conversation)
ORDER BY recorded_at DESC, user_id DESC, conversation_id DESC LIMIT :limit
""")
_CONVERSATION = text(f"""
SELECT {SUMMARY_COLUMNS}, recorded_at, caused_at FROM conversations
WHERE user_id = :user AND conversation_id = :conversation
""")
_MESSAGES = text(f"""
SELECT {MESSAGE_COLUMNS}, sequence, caused_at FROM messages
WHERE user_id = :user AND conversation_id = :conversation AND {SHOWN}
ORDER BY place DESC, sequence DESC, message_id DESC LIMIT :limit
""")
_BRANCHES = text("""
SELECT from_place, to_place FROM branches
WHERE user_id = :user AND conversation_id = :conversation
""")
_USER = text("SELECT created_at, last_active, caused_at FROM users WHERE user_id = :user")
_PLACES = text("""
SELECT updated_at, conversation_id FROM conversations WHERE user_id = :user
ORDER BY updated_at DESC, conversation_id DESC LIMIT :limit
""")
_CRITICAL = text("""
SELECT user_id, conversation_id FROM conversation_changes
WHERE field = 'priority' AND value = '"critical"' ORDER BY user_id, conversation_id
""")
_WATERMARKS = text("""
SELECT user_id, conversation, message_id, until, event_id, fact_id FROM forgotten
WHERE until > :since ORDER BY until
""")


class Watermark(NamedTuple):
    """Until when a user (or one conversation, one message of it, or one fact) was forgotten.

    `conversation` is a fingerprint; '' stands for all.
    """

    user_id: str
    conversation: str
    message_id: str
    until: datetime
    event_id: str
    fact_id: str = ""


class RecordedPlace(NamedTuple):
    """Where a conversation stands among those of all users."""

    recorded_at: datetime
    user_id: str
    conversation_id: str


class RecordedUser(NamedTuple):
    """A user, every preference that was ever set, the latest conversations, and every claim."""

    user: UserMemory
    caused_at: datetime
    preferences: Sequence[SetPreference]
    conversations: Sequence[ConversationPlace]
    claims: Sequence[StatedClaim] = ()


class RecordSource:
    """Reads the record of all users. Methods raise DependencyDownError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, *, users_since: datetime, conversations_since: datetime) -> int:
        """Count users and conversations that something was recorded of since a moment."""
        asked = {"users_since": users_since, "conversations_since": conversations_since}
        async with self._database.system_session() as connection:
            return int((await connection.execute(_COUNTS, asked)).scalar_one())

    async def users(self, *, since: datetime, after: str, limit: int = PAGE) -> list[str]:
        """Return the next users by id that were active since a moment."""
        asked = {"since": since, "after": after, "limit": limit}
        async with self._database.system_session() as connection:
            return list((await connection.execute(_USERS, asked)).scalars())

    async def conversations(
        self, *, since: datetime, after: RecordedPlace, limit: int = PAGE
    ) -> list[RecordedPlace]:
        """Return the conversations after a place, those first that went on latest.

        Only those that something was recorded of since a moment.
        """
        asked = {"since": since, "limit": limit, "recorded_at": after.recorded_at}
        asked |= {"user": after.user_id, "conversation": after.conversation_id}
        async with self._database.system_session() as connection:
            rows = await connection.execute(_CONVERSATIONS, asked)
            return [RecordedPlace(*row) for row in rows]

    async def conversation(
        self, user_id: str, conversation_id: str, *, limit: int
    ) -> AsyncIterator[tuple[ConversationMemory, Restored]]:
        """Yield a conversation with its last messages, newest first, page by page.

        Nothing where the record has none; one page without messages where none is left of it. All
        are of one moment.
        """
        where = {"user": user_id, "conversation": conversation_id}
        async with self._database.system_session() as connection:
            found = (await connection.execute(_CONVERSATION, where)).first()
            if found is None:
                return
            summary = summary_of(user_id, found)
            stretches = [(row[0], row[1]) for row in await connection.execute(_BRANCHES, where)]
            stream = await connection.stream(_MESSAGES, {**where, "limit": limit})
            empty = True
            async for page in stream.partitions(PAGE):
                empty = False
                messages = [
                    RecordedMessage(message_of(row), row.sequence, row.caused_at) for row in page
                ]
                yield summary, Restored(found.recorded_at, found.caused_at, messages, stretches)
            if empty:
                yield summary, Restored(found.recorded_at, found.caused_at, (), stretches)

    async def user(self, user_id: str, *, conversations: int = PAGE) -> RecordedUser | None:
        """Return a user, or None where the record has none."""
        where = {"user": user_id}
        async with self._database.system_session() as connection:
            found = (await connection.execute(_USER, where)).first()
            if found is None:
                return None
            claims, preferences = await recorded_memory(connection, user_id)
            rows = await connection.execute(_PLACES, {**where, "limit": conversations})
            places = [ConversationPlace(*row) for row in rows]
        user = UserMemory(
            user_id=user_id,
            preferences={p.key: p.value for p in preferences if p.value is not None},
            conversation_ids=tuple(place.conversation_id for place in places),
            created_at=found.created_at,
            last_active=found.last_active,
        )
        return RecordedUser(user, found.caused_at, preferences, places, claims)

    async def changes(self, user_id: str, conversation_id: str) -> list[SetField]:
        """Return what was set of a conversation by hand."""
        where = {"user": user_id, "conversation": conversation_id}
        async with self._database.system_session() as connection:
            rows = await connection.execute(OF_CONVERSATION, where)
            return [SetField(*row) for row in rows]

    async def critical(self) -> list[tuple[str, str]]:
        """Return user and conversation of those that never expire from Redis."""
        async with self._database.system_session() as connection:
            return [(user, one) for user, one in await connection.execute(_CRITICAL)]

    async def system_memories(self) -> list[SystemMemory]:
        """Return the memories of the system, removed ones too."""
        async with self._database.system_session() as connection:
            return [of_record(row) for row in await connection.execute(EVERY)]

    async def watermarks(self, *, since: datetime) -> list[Watermark]:
        """Return what was forgotten since a moment."""
        async with self._database.system_session() as connection:
            rows = await connection.execute(_WATERMARKS, {"since": since})
            return [Watermark(*row) for row in rows]

    async def ping(self) -> None:
        """Return when PostgreSQL answers, with the schema that this code knows."""
        await self._database.check()
