"""Recall: which passages answer a question, best first. Pure: the stores bring the passages."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from shared.contracts.parts import Message
from shared.memory.passages import Filters

Mode: TypeAlias = Literal["hybrid", "keyword", "semantic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallQuery:
    """What is looked for. `at` is now for whoever asks: "last week" is counted from there.

    Without a `text` everything that passes the filters is found, newest first. `left_out` are ids
    of messages that the reader sees anyway. `recent` are messages, with their conversations, that
    the caller has just read from Redis and that the record may not have yet; None: they are looked
    up.
    """

    text: str
    at: datetime
    mode: Mode = "hybrid"
    filters: Filters = field(default_factory=Filters)
    limit: int = 10
    left_out: frozenset[str] = frozenset()
    recent: tuple[tuple[str, Message], ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecalledPassage:
    """A message that was found.

    `score` orders the results of one query and says nothing across queries; `evidence` (0 to 1) is
    how much of the question it meets in itself, by which small talk finds nothing. `signals` are
    the parts of the score. `before` and `after` are its neighbours in the conversation.
    """

    conversation_id: str
    message: Message
    score: float
    evidence: float
    signals: dict[str, float] = field(default_factory=dict)
    superseded: bool = False
    before: Message | None = None
    after: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What was found, how much in all, and what worked in a lesser form."""

    passages: tuple[RecalledPassage, ...] = ()
    total: int = 0
    degraded: tuple[str, ...] = ()
