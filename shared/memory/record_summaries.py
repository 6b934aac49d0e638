"""Conversations as the record has them, without their messages: all of a page in one statement."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from shared.contracts.parts import Message
from shared.memory.changes import with_changes
from shared.memory.models import ConversationMemory
from shared.memory.titles import READ, title_of
from shared.memory.topics import MOST

SHOWN = "NOT superseded AND (expires_at IS NULL OR expires_at > now())"

_ITS_OWN = """o.user_id = conversations.user_id
    AND o.conversation_id = conversations.conversation_id"""

LASTING = f"""NOT EXISTS (
    SELECT 1 FROM conversation_changes AS o WHERE {_ITS_OWN} AND o.ends_at <= now())"""
"""Of a conversation whose end is not over; those that were given one are forgotten in seconds."""

SUMMARY_COLUMNS = f"""
    conversation_id, summary, message_count, total_tokens, created_at, updated_at,
    (SELECT jsonb_object_agg(o.field, o.value) FROM conversation_changes AS o
     WHERE {_ITS_OWN}) AS changes,
    (SELECT left(o.content, {READ}) FROM messages AS o
     WHERE {_ITS_OWN} AND o.role = 'user' AND {SHOWN}
     ORDER BY o.place, o.sequence, o.message_id LIMIT 1) AS first_said,
    ARRAY(SELECT o.topic FROM conversation_topics AS o WHERE {_ITS_OWN}
          ORDER BY o.count DESC, o.topic LIMIT {MOST}) AS topics
"""
"""What `summary_of` needs, FROM conversations."""


def summary_of(user_id: str, row: Row[Any], messages: Sequence[Message] = ()) -> ConversationMemory:
    """Return a conversation, with some of its messages or none."""
    memory = ConversationMemory(
        conversation_id=row.conversation_id,
        user_id=user_id,
        title=title_of(row.first_said or ""),
        messages=tuple(messages),
        topics=tuple(row.topics),
        summary=row.summary,
        message_count=row.message_count,
        total_tokens=row.total_tokens,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
    return with_changes(memory, row.changes)
