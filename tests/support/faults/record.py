"""What the record holds in the end: read from PostgreSQL as its owner, past the product's doors."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from shared.contracts.parts import Message

_CONVERSATIONS = "SELECT * FROM conversations"
_MESSAGES = "SELECT * FROM messages ORDER BY user_id, conversation_id, place, sequence, message_id"
_USERS = "SELECT user_id FROM users"
_TOTALS = "SELECT users, conversations, messages, tokens FROM totals"
_WRITTEN = ("name", "model", "tokens", "status", "priority", "expires_at", "role", "content")


@dataclass(frozen=True, slots=True)
class Archived:
    """A conversation in the record: what is shown of it, what was superseded, what is counted."""

    messages: list[Message] = field(default_factory=list)
    superseded: frozenset[str] = frozenset()
    message_count: int = 0
    total_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """How many users, conversations, messages and tokens there are."""

    users: int = 0
    conversations: int = 0
    messages: int = 0
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class RecordState:
    """Conversations by (user id, conversation), the totals as they stand, and as they are counted.

    `homeless` are places of messages that are in no conversation, `texts` all that was ever said.
    """

    conversations: Mapping[tuple[str, str], Archived]
    users: frozenset[str]
    totals: Figures
    counted: Figures
    homeless: tuple[tuple[str, str], ...]
    texts: tuple[str, ...]


async def read_record(url: str) -> RecordState:
    """Read everything, as it is at one moment."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            users = frozenset(row["user_id"] for row in await connection.fetch(_USERS))
            conversations = await connection.fetch(_CONVERSATIONS)
            messages = await connection.fetch(_MESSAGES)
            totals = Figures(**dict(await connection.fetchrow(_TOTALS)))
    finally:
        await connection.close()
    shown: defaultdict[tuple[str, str], list[Message]] = defaultdict(list)
    superseded: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in messages:
        place = (row["user_id"], row["conversation_id"])
        if row["superseded"]:
            superseded[place].add(row["message_id"])
        else:
            shown[place].append(_message(row))
    found = {
        place: Archived(
            messages=shown[place],
            superseded=frozenset(superseded[place]),
            message_count=row["message_count"],
            total_tokens=row["total_tokens"],
        )
        for row in conversations
        for place in [(row["user_id"], row["conversation_id"])]
    }
    return RecordState(
        conversations=found,
        users=users,
        totals=totals,
        counted=Figures(
            users=len(users),
            conversations=len(found),
            messages=sum(len(one) for one in shown.values()),
            tokens=sum(m.tokens or 0 for one in shown.values() for m in one),
        ),
        homeless=tuple(sorted({*shown, *superseded} - {*found})),
        texts=tuple(row["content"] for row in messages),
    )


def _message(row: Mapping[str, Any]) -> Message:
    return Message(
        message_id=row["message_id"],
        time=row["said_at"],
        order=row["place"],
        metadata=json.loads(row["metadata"]),
        tags=tuple(row["tags"]),
        **{name: row[name] for name in _WRITTEN},
    )
