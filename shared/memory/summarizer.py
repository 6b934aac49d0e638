"""Summaries of long conversations in the record, made beside the work. For memory_writer only.

What a summary is made of may be forgotten at any moment. Whoever forgets in the record holds the
user's lock alone; here it is held with the others that write, from reading to the end, so that a
summary is either written before and goes with its message, or made without it.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contracts.parts import Message
from shared.memory.database import Database
from shared.memory.message_rows import MESSAGE_COLUMNS, message_of
from shared.memory.models import Draft
from shared.memory.record_summaries import SHOWN
from shared.memory.recorder import lock
from shared.memory.summary import LONG, READ, summarize
from shared.memory.working_summaries import STALE, WorkingSummaries

AT_ONCE = 4
"""Conversations of one call: each takes some tenths of a second of a processor."""

LEFT = 60
"""Messages after which sentences of its own take the place of what a model has written: it has not
come back for three times as many as it waits for."""

ASK = 20
"""Messages after which a model is asked anew."""

_DUE = text(f"""
SELECT user_id, conversation_id FROM conversations
WHERE message_count > {LONG} AND abs(message_count - summarized) >= {STALE}
    AND (summary_by = '' OR summary IS NULL OR abs(message_count - summarized) >= {LEFT})
LIMIT :limit
""")
_COUNT = text("""
SELECT message_count FROM conversations
WHERE user_id = :user AND conversation_id = :conversation
""")
# What ends by itself would outlive its end in a summary.
_MESSAGES = text(f"""
SELECT {MESSAGE_COLUMNS} FROM messages
WHERE user_id = :user AND conversation_id = :conversation AND {SHOWN} AND expires_at IS NULL
ORDER BY place DESC, sequence DESC, message_id DESC LIMIT :limit
""")
# What was taken out meanwhile must not come back in a summary. Where anything was, a model is
# asked anew: what it had written is gone.
_PUT = text("""
UPDATE conversations SET summary = :summary, summarized = message_count, summary_by = '',
    summary_asked = CASE WHEN summarized = 0 THEN 0 ELSE summary_asked END
WHERE user_id = :user AND conversation_id = :conversation AND message_count = :count
""")
_UNASKED = text(f"""
SELECT user_id, conversation_id FROM conversations
WHERE message_count > {LONG} AND abs(message_count - summary_asked) >= {ASK}
    AND summary IS NOT NULL
ORDER BY updated_at DESC LIMIT 1
""")
_STATE = text("""
SELECT summary, summary_by, summary_asked, message_count, xmin::text AS version
FROM conversations WHERE user_id = :user AND conversation_id = :conversation
    AND summary IS NOT NULL
""")
# Any change of the row gives it another version, the removal of a message among them.
_PUT_WRITTEN = text("""
UPDATE conversations SET summary_asked = message_count,
    summary = coalesce(new.summary, conversations.summary),
    summary_by = CASE WHEN new.summary IS NULL THEN summary_by ELSE new.model END,
    summarized = CASE WHEN new.summary IS NULL THEN summarized ELSE message_count END
FROM (SELECT CAST(:summary AS text) AS summary, CAST(:model AS text) AS model) AS new
WHERE user_id = :user AND conversation_id = :conversation
    AND conversations.xmin::text = :version AND conversations.summary IS NOT NULL
RETURNING message_count
""")
_KEPT = text("""
SELECT summary, summarized FROM conversations
WHERE user_id = :user AND conversation_id = :conversation AND summary IS NOT NULL
""")


class Summarizer:
    """Summarises what has grown, in the record and in Redis. Methods raise DependencyDownError."""

    def __init__(self, database: Database, working: WorkingSummaries) -> None:
        self._database = database
        self._working = working

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
            await lock(connection, [user_id], shared=True)
            count = (await connection.execute(_COUNT, where)).scalar()
            messages = await _messages(connection, where, READ)
            # The loop serves events meanwhile.
            summary = await asyncio.to_thread(summarize, messages)
            put = await connection.execute(_PUT, {**where, "summary": summary, "count": count})
            if put.rowcount and count is not None:
                await self._working.put(user_id, conversation_id, summary, messages=count)

    async def draft(self) -> Draft | None:
        """Return what a model may make a better summary of; None where there is nothing."""
        async with self._database.system_session() as connection:
            found = (await connection.execute(_UNASKED)).first()
            if found is None:
                return None
            where = {"user": found.user_id, "conversation": found.conversation_id}
            state = (await connection.execute(_STATE, where)).first()
            if state is None:
                return None
            # What it has written tells of what came before; sentences of its own do so, too.
            new = state.message_count - state.summary_asked if state.summary_by else READ
            messages = await _messages(connection, where, max(ASK, min(new, READ)))
        return Draft(
            user_id=found.user_id,
            conversation_id=found.conversation_id,
            before=state.summary,
            messages=tuple(messages),
            version=state.version,
        )

    async def put_written(self, draft: Draft, summary: str | None, *, model: str) -> bool:
        """Keep what a model has written of a draft, or (None) that it was asked in vain.

        Tells whether it is kept: not where the conversation has changed meanwhile.
        """
        where = {"user": draft.user_id, "conversation": draft.conversation_id}
        asked = {**where, "summary": summary, "model": model, "version": draft.version}
        async with self._database.system_session() as connection:
            await lock(connection, [draft.user_id], shared=True)
            put = (await connection.execute(_PUT_WRITTEN, asked)).first()
            if put is not None and summary is not None:
                await self._working.put(
                    draft.user_id, draft.conversation_id, summary, messages=put.message_count
                )
        return put is not None

    async def put_back(self, user_id: str, conversation_id: str) -> None:
        """Give Redis the summary that the record has, where the conversation lives there."""
        where = {"user": user_id, "conversation": conversation_id}
        async with self._database.system_session() as connection:
            await lock(connection, [user_id], shared=True)
            kept = (await connection.execute(_KEPT, where)).first()
            if kept is not None:
                await self._working.put(
                    user_id, conversation_id, kept.summary, messages=kept.summarized
                )


async def _messages(
    connection: AsyncConnection, where: Mapping[str, Any], limit: int
) -> list[Message]:
    rows = await connection.execute(_MESSAGES, {**where, "limit": limit})
    return [message_of(row) for row in rows][::-1]
