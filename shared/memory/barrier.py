"""What was forgotten stays forgotten: the watermarks that every store compares with.

A watermark belongs to a user, to one conversation or to one message. What was caused until then is
dropped wherever it turns up, however late: in a redelivery, a retried dead letter, a replay.
"""

import hashlib
from datetime import datetime
from typing import TypeAlias

from shared.contracts.memory import (
    ConversationChanged,
    FactsStated,
    MessageAdded,
    PreferencesChanged,
    SystemMemoryChanged,
    TurnClosed,
)

MemoryEvent: TypeAlias = (
    TurnClosed
    | MessageAdded
    | PreferencesChanged
    | FactsStated
    | ConversationChanged
    | SystemMemoryChanged
)

ALL = ""
"""Stands for every conversation of a user, or every message of a conversation."""


def fingerprint(conversation_id: str) -> str:
    """Return a conversation's name in a watermark, which outlives it: an id may tell something."""
    return hashlib.sha256(conversation_id.encode()).hexdigest()[:32]


def caused_at(event: MemoryEvent) -> datetime:
    """Return when the user caused an event: by asking, by writing, or by importing."""
    if isinstance(event, TurnClosed):
        return event.turn.accepted_at
    if isinstance(event, FactsStated):
        return event.imported_at or event.caused_at
    if isinstance(event, MessageAdded | PreferencesChanged | ConversationChanged):
        return event.imported_at or event.at
    return event.at


def user_of(event: MemoryEvent) -> str:
    """Return whose event it is."""
    return event.turn.user_id if isinstance(event, TurnClosed) else event.user_id
