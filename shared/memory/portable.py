"""All that is remembered of one user, piece by piece, for an export.

The pieces come in the order of the file: the user, preferences, each conversation followed by its
messages, facts. A page of them is in memory at a time.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contracts.parts import Message, Scalar
from shared.memory import keys
from shared.memory.archive import Archive
from shared.memory.connection import RedisConnection
from shared.memory.fact_rows import memory_of
from shared.memory.message_rows import MESSAGE_COLUMNS, message_of
from shared.memory.models import ConversationMemory, StatedClaim
from shared.memory.record_summaries import SHOWN, SUMMARY_COLUMNS, summary_of
from shared.memory.recorded_facts import CLAIM_COLUMNS, stated_of
from shared.memory.redis_rows import live_messages, moment, preference_of
from shared.memory.working_details import summaries
from shared.settings import Settings

PAGE = 50
"""Rows in memory at a time. A message may have a megabyte."""


class UserTimes(NamedTuple):
    """When a user came, and was there last."""

    created_at: datetime
    last_active: datetime


class PortablePreference(NamedTuple):
    """A preference and when it was set."""

    key: str
    value: Scalar
    set_at: datetime


class PortableMessage(NamedTuple):
    """A message of the conversation before it; `recorded_at` is None where nobody knows it."""

    message: Message
    recorded_at: datetime | None


Piece: TypeAlias = (
    UserTimes | PortablePreference | ConversationMemory | PortableMessage | StatedClaim
)

_USER = text("SELECT created_at, last_active FROM users WHERE user_id = :user")
# Those that were removed are kept as NULL, so that an older change does not bring them back.
_PREFERENCES = text("""
SELECT key, value, set_at FROM preferences
WHERE user_id = :user AND value IS NOT NULL AND key > :key ORDER BY key LIMIT :limit
""")
_CONVERSATIONS = text(f"""
SELECT {SUMMARY_COLUMNS} FROM conversations
WHERE user_id = :user AND conversation_id > :conversation ORDER BY conversation_id LIMIT :limit
""")
# Page by page along its index: a cursor might begin with sorting everything, for longer than an
# answer may take.
_MESSAGES = text(f"""
SELECT conversation_id, sequence, caused_at, {MESSAGE_COLUMNS} FROM messages
WHERE user_id = :user AND {SHOWN}
    AND (conversation_id, place, sequence, message_id)
        > (:conversation, CAST(:place AS bigint), CAST(:sequence AS bigint), :message)
ORDER BY conversation_id, place, sequence, message_id LIMIT :limit
""")
# Claims of one event stand together, in their order.
_CLAIMS = text(f"""
SELECT {CLAIM_COLUMNS} FROM fact_claims
WHERE user_id = :user AND (said_at, sequence, recorded_at, place, claim_id) > (
    CAST(:said AS timestamptz), CAST(:sequence AS bigint), CAST(:recorded AS timestamptz),
    CAST(:place AS integer), :claim)
ORDER BY said_at, sequence, recorded_at, place, claim_id LIMIT :limit
""")
_FIRST_CLAIM: dict[str, Any] = {
    "said": datetime(1, 1, 2, tzinfo=UTC),
    "sequence": 0,
    "recorded": datetime(1, 1, 2, tzinfo=UTC),
    "place": 0,
    "claim": "",
}
_NEXT_CLAIM = {
    "said": "said_at",
    "sequence": "sequence",
    "recorded": "recorded_at",
    "place": "place",
    "claim": "claim_id",
}


class _Rows:
    """The rows of a statement, page by page, each page from after the last row of the one before.

    `start` holds the parameters of the first page, `after` those of the next one, as columns.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        statement: TextClause,
        start: dict[str, Any],
        after: dict[str, str],
    ) -> None:
        self._connection = connection
        self._statement = statement
        self._asked = {**start, "limit": PAGE}
        self._after = after

    async def __aiter__(self) -> AsyncGenerator[Row[Any], None]:
        full = True
        while full:
            page = (await self._connection.execute(self._statement, self._asked)).all()
            for row in page:
                yield row
            full = len(page) == PAGE
            if full:
                last = page[-1]._mapping  # noqa: SLF001 - SQLAlchemy's own public name
                self._asked |= {asked: last[column] for asked, column in self._after.items()}


async def recorded_pieces(archive: Archive, user_id: str) -> AsyncGenerator[Piece, None]:
    """Yield what the record has of a user, all of one moment; raises DependencyDownError."""
    user = {"user": user_id}
    async with archive.snapshot(user_id) as connection:
        for row in await connection.execute(_USER, user):
            yield UserTimes(*row)
        start: dict[str, Any] = {**user, "key": ""}
        async for row in _Rows(connection, _PREFERENCES, start, {"key": "key"}):
            yield PortablePreference(*row)
        async with aclosing(_conversations(connection, user_id)) as pieces:
            async for piece in pieces:
                yield piece
        async for row in _Rows(connection, _CLAIMS, {**user, **_FIRST_CLAIM}, _NEXT_CLAIM):
            yield stated_of(row)


async def _conversations(
    connection: AsyncConnection, user_id: str
) -> AsyncGenerator[ConversationMemory | PortableMessage, None]:
    start: dict[str, Any] = {"user": user_id, "conversation": ""}
    after = {"conversation": "conversation_id"}
    conversations = _Rows(connection, _CONVERSATIONS, start, after)
    place = {"place": "place", "sequence": "sequence", "message": "message_id"}
    start = {**start, "place": 0, "sequence": 0, "message": ""}
    messages = aiter(_Rows(connection, _MESSAGES, start, {**after, **place}))
    said = await anext(messages, None)
    async for row in conversations:
        yield summary_of(user_id, row)
        # Both are sorted by the conversation, and every message has one.
        while said is not None and said.conversation_id == row.conversation_id:
            yield PortableMessage(message_of(said), said.caused_at)
            said = await anext(messages, None)


def _order(stated: StatedClaim) -> tuple[Any, ...]:
    return (
        stated.said_at,
        stated.sequence,
        stated.recorded_at,
        stated.index,
        stated.claim.claim_id,
    )


class WorkingPieces:
    """What Redis has of a user, where it is all there is."""

    def __init__(self, settings: Settings) -> None:
        self._redis = RedisConnection(settings)

    async def of(self, user_id: str) -> AsyncGenerator[Piece, None]:
        """Yield it. What is said meanwhile may be in it or not; raises DependencyDownError."""
        times, preferences = await self._redis.hashes(
            [keys.user(user_id), keys.preferences(user_id)]
        )
        if "created_ms" in times:
            yield UserTimes(moment(times["created_ms"]), moment(times["active_ms"]))
        for key, stored in sorted(preferences.items()):
            value, set_us = preference_of(stored)
            if value is not None:
                yield PortablePreference(key, value, datetime.fromtimestamp(set_us / 1e6, UTC))
        ids = await self._redis.members(keys.user_conversations(user_id), 0, -1)
        for conversation_id in sorted(ids):
            for conversation in await summaries(self._redis, user_id, [conversation_id]):
                yield conversation
                async for page in self._messages(user_id, conversation_id):
                    for message in page:
                        yield PortableMessage(message, None)
        [claims] = await self._redis.hashes([keys.claims(user_id)])
        for stated in sorted(memory_of(claims.values(), {}).claims, key=_order):
            yield stated

    async def _messages(
        self, user_id: str, conversation_id: str
    ) -> AsyncIterator[Sequence[Message]]:
        # Ids alone at first: their ranks move while the oldest leave.
        members = await self._redis.members(keys.order(user_id, conversation_id), 0, -1)
        ids = [member.partition(":")[2] for member in reversed(members)]
        for first in range(0, len(ids), PAGE):
            stored = await self._redis.fields(
                keys.messages(user_id, conversation_id), ids[first : first + PAGE]
            )
            yield live_messages(stored)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.close()
