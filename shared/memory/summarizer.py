"""Summaries of long conversations in the record, made beside the work. For memory_writer only."""

import asyncio

from sqlalchemy import text

from shared.memory.archive import MESSAGE_COLUMNS, message_of
from shared.memory.database import Database
from shared.memory.record_summaries import SHOWN
from shared.memory.recorder import lock
from shared.memory.summary import LONG, READ, summarize

AT_ONCE = 4
"""Conversations of one call: each takes some tenths of a second of a processor."""

STALE = 10
"""Messages after which a summary is made anew."""

_DUE = text(f"""
SELECT user_id, conversation_id FROM conversations
WHERE message_count > {LONG} AND abs(message_count - summarized) >= {STALE} LIMIT :limit
""")
_COUNT = text("""
SELECT message_count FROM conversations
WHERE user_id = :user AND conversation_id = :conversation
""")
_MESSAGES = text(f"""
SELECT {MESSAGE_COLUMNS} FROM messages
WHERE user_id = :user AND conversation_id = :conversation AND {SHOWN}
ORDER BY place DESC, sequence DESC, message_id DESC LIMIT {READ}
""")
# What was taken out meanwhile must not come back in a summary.
_PUT = text("""
UPDATE conversations SET summary = :summary, summarized = message_count
WHERE user_id = :user AND conversation_id = :conversation AND message_count = :count
""")


class Summarizer:
    """Summarises what has grown. Methods raise DependencyDownError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def summarize_due(self) -> int:
        """Summarise a few long conversations that have changed; returns how many."""
        async with self._database.system_session() as connection:
            found = (await connection.execute(_DUE, {"limit": AT_ONCE})).all()
        for user_id, conversation_id in found:
            await self._summarize(user_id, conversation_id)
        return len(found)

    async def _summarize(self, user_id: str, conversation_id: str) -> None:
        where = {"user": user_id, "conversation": conversation_id}
        async with self._database.system_session() as connection:
            # As a writer: whoever forgets waits until it is written, and takes it out.
            await lock(connection, [user_id], shared=True)
            count = (await connection.execute(_COUNT, where)).scalar()
            rows = await connection.execute(_MESSAGES, where)
            messages = [message_of(row) for row in rows][::-1]
            # The loop serves events meanwhile.
            summary = await asyncio.to_thread(summarize, messages)
            await connection.execute(_PUT, {**where, "summary": summary, "count": count})
