"""What is remembered, as the stores return it."""

from datetime import datetime
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict

from shared.contracts.events import Message, Outcome, Priority, Scalar

Preferences: TypeAlias = dict[str, Scalar]


class Remembered(BaseModel):
    """A value read from a store."""

    model_config = ConfigDict(frozen=True)


class ConversationMemory(Remembered):
    """A conversation of one user. `messages` is a page of it, oldest first; counts are of all."""

    conversation_id: str
    user_id: str
    title: str | None = None
    messages: tuple[Message, ...] = ()
    topics: tuple[str, ...] = ()
    summary: str | None = None
    tags: tuple[str, ...] = ()
    priority: Priority = "medium"
    message_count: int
    total_tokens: int
    created_at: datetime
    updated_at: datetime
    expires_at: datetime


class UserMemory(Remembered):
    """What is known of a user."""

    user_id: str
    preferences: Preferences
    conversation_ids: tuple[str, ...]
    created_at: datetime
    last_active: datetime


class TurnContext(Remembered):
    """What a turn's prompt is built from, or why it must not be built.

    `ahead` is the turn of the same conversation that must end first; `outcome` and `cancelled`
    say that this turn needs no prompt any more, `withdrawn` that it was refused after all.
    """

    ahead: str | None = None
    outcome: Outcome | None = None
    cancelled: bool = False
    withdrawn: bool = False
    messages: tuple[Message, ...] = ()
    preferences: Preferences = {}


class Statistics(Remembered):
    """Counts of what lives in Redis; `redis_memory_bytes` is what Redis itself uses."""

    conversations: int
    users: int
    messages: int
    redis_memory_bytes: int
