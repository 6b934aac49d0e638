"""Messages as the record has them: their columns, and what is read of them."""

from typing import Any

from sqlalchemy import Row

from shared.contracts.parts import Message

MESSAGE_COLUMNS = (
    "message_id, role, content, said_at, place, name, model, tokens, status, metadata, tags, "
    "priority, expires_at"
)


def message_of(row: Row[Any]) -> Message:
    """Return a message as it was told."""
    return Message(
        message_id=row.message_id,
        role=row.role,
        content=row.content,
        time=row.said_at,
        order=row.place,
        name=row.name,
        model=row.model,
        tokens=row.tokens,
        status=row.status,
        metadata=row.metadata,
        tags=tuple(row.tags),
        priority=row.priority,
        expires_at=row.expires_at,
    )
