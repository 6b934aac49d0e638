"""Summaries of long conversations in Redis, beside their messages: a prompt needs both at once.

They go with what they were made of: whatever takes a message out takes the summary, too.
"""

from typing import NamedTuple

from shared.contracts.parts import utcnow
from shared.memory import keys
from shared.memory.barrier import fingerprint
from shared.memory.connection import RedisConnection
from shared.memory.redis_rows import us
from shared.memory.summary import LONG

STALE = 10
"""Messages after which a summary is made anew."""


class Due(NamedTuple):
    """A conversation that wants a summary: as it was when that was found, `at` in microseconds."""

    messages: int
    taken_out: str
    at: int


class WorkingSummaries:
    """The summaries that Redis holds. Methods raise DependencyDownError."""

    def __init__(self, redis: RedisConnection) -> None:
        self._redis = redis

    async def due(self, user_id: str, conversation_id: str) -> Due | None:
        """Return what a new summary is kept by; None where the one that is there will do."""
        [fields] = await self._redis.hashes([keys.conversation(user_id, conversation_id)])
        count, summarized = int(fields.get("messages", 0)), int(fields.get("summarized", 0))
        if count <= LONG or abs(count - summarized) < STALE:
            return None
        return Due(count, fields.get("forgotten", "0"), us(utcnow()))

    async def put(
        self,
        user_id: str,
        conversation_id: str,
        summary: str | None,
        *,
        due: Due | None = None,
        messages: int = 0,
    ) -> bool:
        """Keep a summary where the conversation lives here; tells whether it does.

        With what was `due` it is left where something was taken out since. Without, whoever calls
        holds the lock of the user's record, and says of how many `messages` it is made.
        """
        kept = await self._redis.run(
            "put_summary",
            [keys.conversation(user_id, conversation_id), keys.barrier(user_id)],
            [
                summary or "",
                due.messages if due else messages,
                due.at if due else us(utcnow()),
                fingerprint(conversation_id),
                due.taken_out if due else "",
            ],
        )
        return bool(kept)

    async def drop(self, user_id: str, conversation_id: str) -> None:
        """Take a summary away: what it was made of is forgotten in the record, too."""
        await self._redis.run("drop_summary", [keys.conversation(user_id, conversation_id)], [])
