"""What was set of conversations by hand: field by field the latest (time, sequence) wins.

It lies apart from the conversation, so that it may come before the first message.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from shared.contracts.memory import ConversationChanged
from shared.memory.barrier import caused_at
from shared.memory.connection import Argument
from shared.memory.models import ConversationMemory, SetField
from shared.memory.redis_rows import us

CRITICAL = "critical"
"""A conversation of this priority never expires from Redis."""

PUT_CHANGES = text("""
INSERT INTO conversation_changes AS c (
    user_id, conversation_id, field, value, set_at, sequence, caused_at, ends_at)
SELECT user_id, conversation_id, field, value, set_at, sequence, caused_at, ends_at
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
    user_id text, conversation_id text, field text, value jsonb, set_at timestamptz,
    sequence bigint, caused_at timestamptz, ends_at timestamptz)
ON CONFLICT (user_id, conversation_id, field) DO UPDATE SET value = excluded.value,
    set_at = excluded.set_at, sequence = excluded.sequence, caused_at = excluded.caused_at,
    ends_at = excluded.ends_at
WHERE (excluded.set_at, excluded.sequence) > (c.set_at, c.sequence)
""")

FORGET_CHANGES = text("""
WITH gone AS (
    DELETE FROM conversation_changes
    WHERE user_id = :user AND caused_at <= :until AND (:conversation = '' OR
        left(encode(sha256(convert_to(conversation_id, 'UTF8')), 'hex'), 32) = :conversation)
    RETURNING 1
)
SELECT count(*) FROM gone
""")

ENDED = text("""
SELECT user_id, conversation_id, ends_at FROM conversation_changes
WHERE ends_at <= now() ORDER BY ends_at LIMIT :limit
""")

OF_CONVERSATION = text("""
SELECT field, value, set_at, sequence, caused_at FROM conversation_changes
WHERE user_id = :user AND conversation_id = :conversation
""")


def fields_of(event: ConversationChanged, sequence: int) -> list[SetField]:
    """Return what an event sets; `sequence` is its first one in the stream."""
    changes = event.conversation_changes.model_dump(mode="json", exclude_none=True)
    return [
        SetField(field, value, event.at, sequence, caused_at(event))
        for field, value in changes.items()
    ]


def record_rows(user_id: str, conversation_id: str, fields: Iterable[SetField]) -> list[Any]:
    """Return rows as PUT_CHANGES takes them, with the `rank` by which the latest wins."""
    return [
        {
            "user_id": user_id,
            "conversation_id": conversation_id,
            "field": one.field,
            "value": one.value,
            "set_at": one.set_at.isoformat(),
            "sequence": one.sequence,
            "caused_at": one.caused_at.isoformat(),
            "ends_at": one.value if one.field == "expires_at" else None,
            "rank": (one.set_at, one.sequence),
        }
        for one in fields
    ]


def redis_row(one: SetField) -> list[Argument]:
    """Return a field as `change.lua` takes it."""
    ends = us(datetime.fromisoformat(str(one.value))) // 1000 if one.field == "expires_at" else ""
    stored = json.dumps(one.value, ensure_ascii=False)
    return [us(one.set_at), one.sequence, us(one.caused_at), one.field, stored, ends]


def stored_values(raw: Mapping[str, str]) -> dict[str, Any]:
    """Return fields as Redis stores them: "microseconds sequence value"."""
    return {field: json.loads(stored.split(" ", 2)[2]) for field, stored in raw.items()}


def with_changes(
    memory: ConversationMemory, values: Mapping[str, Any] | None
) -> ConversationMemory:
    """Return a conversation with what was set of it by hand."""
    if not values:
        return memory
    shown = dict(values)
    if shown.get("title") == "":
        # It was taken back.
        del shown["title"]
    if "tags" in shown:
        shown["tags"] = tuple(shown["tags"])
    if "expires_at" in shown:
        shown["expires_at"] = datetime.fromisoformat(shown["expires_at"])
    elif shown.get("priority") == CRITICAL:
        shown["expires_at"] = None
    return memory.model_copy(update={**shown, "by_hand": frozenset(values)})


def has_ended(memory: ConversationMemory) -> bool:
    """Tell whether the end that a conversation was given by hand is over."""
    ends = memory.expires_at if "expires_at" in memory.by_hand else None
    return ends is not None and ends <= datetime.now(UTC)
