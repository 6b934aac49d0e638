"""What happens to memory: the events of the stream MEMORY, and what tells of them.

The rules of `events.py` hold here, too.
"""

from typing import Literal, Self

from pydantic import AwareDatetime, Field, JsonValue, model_validator

from shared.contracts.ids import new_id
from shared.contracts.parts import (
    CLAIMS_AT_ONCE,
    SYSTEM_USER,
    ClaimOp,
    Event,
    FactStatus,
    FactType,
    ForgetScope,
    Language,
    Message,
    Outcome,
    Part,
    Priority,
    Scalar,
    TurnRef,
)


class TurnClosed(Event):
    """A turn has ended. `question` is None for a turn that must leave no trace."""

    turn: TurnRef
    question: str | None
    outcome: Outcome


class MessageAdded(Event):
    """A message was added to a conversation from outside a chat turn.

    `imported_at` is set where a user brought back what was exported; `at` is then the time at
    which it was recorded at first.
    """

    event_id: str = Field(default_factory=new_id)
    user_id: str
    conversation_id: str
    message: Message
    imported_at: AwareDatetime | None = None


class PreferencesChanged(Event):
    """Preferences of a user were set (a scalar) or removed (None), key by key.

    `imported_at` as in `MessageAdded`.
    """

    event_id: str = Field(default_factory=new_id)
    user_id: str
    changes: dict[str, Scalar | None]
    imported_at: AwareDatetime | None = None


class FactAmendment(Part):
    """What was changed of a fact by hand; None leaves a field as it is.

    `status`: active (accepted, or restored) or retracted (wrong). A `valid_until` in the past makes
    a fact outdated. `expires_at` is when the fact is deleted by itself. `value` brings its `key`.
    """

    status: Literal["active", "retracted"] | None = None
    value: str | None = None
    key: tuple[str, ...] | None = None
    text: str | None = None
    valid_until: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    pinned: bool | None = None
    tags: tuple[str, ...] | None = None
    priority: Priority | None = None


class FactClaim(Part):
    """One thing that was said of a fact, or done to it. The state of facts is a fold of claims.

    - `assert`: `predicate` holds with `value`; `fact_id` is its own. `corrects`: what this
      supersedes was never true ("not Ivan, Igor"); `instead_of` names that value (its key) where
      the words do. `proposed`: it waits to be accepted.
    - `end`: it holds no longer ("I no longer smoke"); `key` None: whatever the predicate holds.
    - `retract`: it shall not be known ("forget that I …"); `key` as for `end`.
    - `amend`: by hand, the fact `fact_id` as `amendment` says.

    `key` are the sorted lemmas of the value (`shared/lexemes.py`), by which values are compared;
    `quote` is a part of the message, letter by letter; `text` is a sentence in `lang`.
    """

    claim_id: str
    op: ClaimOp
    predicate: str
    type: FactType = "other"
    fact_id: str | None = None
    value: str | None = None
    key: tuple[str, ...] | None = None
    text: str | None = None
    lang: Language = "en"
    quote: str | None = None
    confidence: float = Field(default=1.0, ge=0, le=1)
    extractor: str
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    corrects: bool = False
    instead_of: tuple[str, ...] | None = None
    proposed: bool = False
    pinned: bool = False
    tags: tuple[str, ...] = ()
    priority: Priority = "medium"
    amendment: FactAmendment | None = None


class FactsStated(Event):
    """Facts were found in what a user said, or stated and changed by hand.

    `said_at` and `source_sequence` are those of the source (None: of this event itself): they place
    the claims, in their order, among all others. `caused_at` is when the user caused it, which the
    watermarks of forgetting compare with. `imported_at` as in `MessageAdded`.
    """

    event_id: str = Field(default_factory=new_id)
    user_id: str
    claims: tuple[FactClaim, ...] = Field(max_length=CLAIMS_AT_ONCE)
    conversation_id: str | None = None
    message_id: str | None = None
    said_at: AwareDatetime
    source_sequence: int | None = None
    caused_at: AwareDatetime
    imported_at: AwareDatetime | None = None


class ConversationChanges(Part):
    """What was set of a conversation by hand; None leaves a field as it is."""

    title: str | None = None
    tags: tuple[str, ...] | None = None
    priority: Priority | None = None
    expires_at: AwareDatetime | None = None


class ConversationChanged(Event):
    """A conversation was named, tagged, ranked, or given an end; field by field the latest wins.

    `imported_at` as in `MessageAdded`.
    """

    event_id: str = Field(default_factory=new_id)
    user_id: str
    conversation_id: str
    conversation_changes: ConversationChanges
    imported_at: AwareDatetime | None = None


class SystemMemoryChanged(Event):
    """A memory of the system was set, or removed (`removed`); by key the latest wins."""

    event_id: str = Field(default_factory=new_id)
    user_id: str = SYSTEM_USER
    system_key: str
    value: JsonValue = None
    kind: Literal["system_facts", "knowledge", "preferences"] = "system_facts"
    tags: tuple[str, ...] = ()
    priority: Priority = "medium"
    expires_at: AwareDatetime | None = None
    removed: bool = False


class ForgetRequested(Event):
    """A user wants something forgotten: all of it, a conversation, a message of it, or a fact.

    `at` is the watermark: whatever was caused until then is dropped from now on, however late and
    however often it comes.
    """

    event_id: str = Field(default_factory=new_id)
    user_id: str
    scope: ForgetScope
    conversation_id: str | None = None
    message_id: str | None = None
    fact_id: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Refuse a scope that lacks its ids: it would mean more than what was asked for."""
        given = {
            name
            for name in ("conversation_id", "message_id", "fact_id")
            if getattr(self, name) is not None
        }
        if given != _SCOPE_IDS[self.scope]:
            msg = f"scope {self.scope} takes {sorted(_SCOPE_IDS[self.scope]) or 'no id'}"
            raise ValueError(msg)
        return self


_SCOPE_IDS: dict[ForgetScope, set[str]] = {
    "user": set(),
    "conversation": {"conversation_id"},
    "message": {"conversation_id", "message_id"},
    "fact": {"fact_id"},
}


class FactNoticed(Event):
    """The state of a fact has changed; told at once to whoever listens, and not stored.

    `status` is the new one; `erased` where the fact was forgotten.
    """

    user_id: str
    fact_id: str
    status: FactStatus | Literal["erased"]
    predicate: str = ""
    text: str = ""


class EventApplied(Part):
    """A memory event is visible now; a wake-up, the reader checks the store."""

    event_id: str


class AdvisoryRaised(Part):
    """What NATS tells of a message that it delivers no more, in NATS' own field names.

    `stream_seq` is the message's sequence in `stream`.
    """

    type: str
    stream: str
    consumer: str
    stream_seq: int
    deliveries: int = 0
    reason: str = ""
