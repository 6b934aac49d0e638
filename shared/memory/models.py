"""What is remembered, as the stores return it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict, JsonValue

from shared.contracts.memory import FactClaim, FactNoticed
from shared.contracts.parts import (
    FactStatus,
    FactType,
    Language,
    Message,
    Outcome,
    Priority,
    Scalar,
)

Preferences: TypeAlias = dict[str, Scalar]


class Remembered(BaseModel):
    """A value read from a store."""

    model_config = ConfigDict(frozen=True)


class ConversationPlace(NamedTuple):
    """Where a conversation stands among its user's, newest first."""

    updated_at: datetime
    conversation_id: str


class ConversationMemory(Remembered):
    """A conversation of one user. `messages` is a page of it, oldest first; counts are of all.

    `expires_at` is when Redis will have let go of it (None where it has, or never will), or the end
    that it was given by hand. `complete` is False where the record may hold more than Redis does.
    `by_hand` names the fields that were set by hand, as far as this store knows.
    """

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
    expires_at: datetime | None = None
    complete: bool = True
    by_hand: frozenset[str] = frozenset()

    @property
    def place(self) -> ConversationPlace:
        """Where it stands in the list."""
        return ConversationPlace(self.updated_at, self.conversation_id)


class UserMemory(Remembered):
    """What is known of a user. `complete` as in a conversation.

    `decided` names the preferences that were set or removed, as far as this store knows.
    """

    user_id: str
    preferences: Preferences
    conversation_ids: tuple[str, ...]
    created_at: datetime
    last_active: datetime
    decided: frozenset[str] = frozenset()
    complete: bool = True


class StatedClaim(Remembered):
    """A claim with all that decides where it stands among the others of its user.

    Claims sort by (`said_at`, `sequence`, models after rules, `index`, claim id); `index` is the
    place in their event.
    """

    claim: FactClaim
    conversation_id: str | None = None
    message_id: str | None = None
    said_at: datetime
    sequence: int
    index: int = 0
    recorded_at: datetime
    caused_at: datetime


class FactSource(Remembered):
    """Where a fact was said, and in which words; all None where it was stated by hand."""

    message_id: str | None = None
    conversation_id: str | None = None
    quote: str | None = None


class FactVersion(Remembered):
    """A state that a fact has had, from `at` on."""

    at: datetime
    status: FactStatus
    value: str
    text: str
    valid_until: datetime | None = None


class Fact(Remembered):
    """What is known of a user in one respect, as the fold of the claims makes it.

    `source` is the first of `sources`. `ids` are those of all claims that were merged into it, its
    own first: any of them names it. `by_hand` where it is a preference that was set through the API
    (it stands in the preferences, and in no list of facts).
    """

    id: str
    type: FactType
    predicate: str
    value: str
    text: str
    lang: Language
    confidence: float
    status: FactStatus
    source: FactSource
    extractor: str
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    recorded_at: datetime
    superseded_by: str | None = None
    pinned: bool = False
    tags: tuple[str, ...] = ()
    priority: Priority = "medium"
    expires_at: datetime | None = None
    ids: tuple[str, ...] = ()
    sources: tuple[FactSource, ...] = ()
    versions: tuple[FactVersion, ...] = ()
    by_hand: bool = False


class ToldFact(Remembered):
    """An active fact as a prompt takes it, without those that are preferences."""

    id: str
    type: FactType
    predicate: str
    value: str
    text: str
    lang: Language = "en"
    message_id: str | None = None
    time: datetime
    pinned: bool = False
    priority: Priority = "medium"


class StatedMemory(NamedTuple):
    """What facts and preferences are a fold of: every claim, and what was set by hand."""

    claims: Sequence[StatedClaim] = ()
    preferences: Sequence["SetPreference"] = ()


class TurnContext(Remembered):
    """What a turn's prompt is built from, or why it must not be built.

    `ahead` is the turn of the same conversation that must end first; `outcome` and `cancelled`
    say that this turn needs no prompt any more, `withdrawn` that it was refused after all.
    `complete` is False where the record may hold messages that Redis has not, `knows_user` where it
    may hold preferences. `summary` tells what a long conversation was about. `decided` names the
    preferences that were set or removed here.
    `unextracted`: something was said a moment ago of which the facts are not in `facts` yet.
    `elsewhere`: there may be more of the user than `messages`: other conversations, or older
    messages that Redis has let go of. `recent` is what arrived in the last minutes in other
    conversations, each with its conversation: the record may not have it yet.
    """

    ahead: str | None = None
    outcome: Outcome | None = None
    cancelled: bool = False
    withdrawn: bool = False
    messages: tuple[Message, ...] = ()
    preferences: Preferences = {}
    facts: tuple[ToldFact, ...] = ()
    summary: str | None = None
    decided: frozenset[str] = frozenset()
    complete: bool = True
    knows_user: bool = True
    unextracted: bool = False
    elsewhere: bool = True
    recent: tuple[tuple[str, Message], ...] = ()


class Draft(Remembered):
    """What a model may make a better summary of: the one there is, and what was said since.

    `version` is that of the conversation in the record: one that has changed is left alone.
    """

    user_id: str
    conversation_id: str
    before: str
    messages: tuple[Message, ...]
    version: str


class ForgetReceipt(Remembered):
    """What was deleted when something was forgotten; `done` once nothing can be reached any more.

    `events` counts messages of the streams, dead letters among them; `rows` is None without a
    record.
    """

    user_id: str
    redis_keys: int
    rows: int | None = None
    events: int = 0
    at: datetime
    done: bool = False


class SystemMemory(Remembered):
    """A memory of the system; a removed one has no value. `reads` is how often it was asked for."""

    key: str
    value: JsonValue = None
    kind: Literal["system_facts", "knowledge", "preferences"] = "system_facts"
    tags: tuple[str, ...] = ()
    priority: Priority = "medium"
    set_at: datetime
    sequence: int
    expires_at: datetime | None = None
    removed: bool = False
    reads: int = 0


class ModelFigures(Remembered):
    """How a model did: all turns and the failed ones, completion tokens, times from acceptance.

    None where no turn was answered, or its model did not tell.
    """

    turns: int
    tokens: int
    p50_ms: float | None
    p95_ms: float | None
    tokens_per_second: float | None
    failures: int


class TopicCount(Remembered):
    """A topic, and how many messages show it."""

    topic: str
    count: int


class Statistics(Remembered):
    """Counts of what lives in Redis; `redis_memory_bytes` is what Redis itself uses.

    Topics and models are counted here only where Redis is all there is.
    """

    conversations: int
    users: int
    messages: int
    redis_memory_bytes: int
    system_memories: int = 0
    topics: tuple[TopicCount, ...] = ()
    models: dict[str, ModelFigures] = {}


class Figures(Remembered):
    """The totals of the record; `bytes` is what PostgreSQL takes on disk for it."""

    users: int
    conversations: int
    messages: int
    facts: int
    bytes: int
    system_memories: int = 0
    topics: tuple[TopicCount, ...] = ()
    models: dict[str, ModelFigures] = {}


class Appended(NamedTuple):
    """What became of what an event brought.

    `added` counts the new messages (-1: the event is older than its keeping), `forgotten` what was
    left out because it was forgotten since. `partial` (of a conversation) and `user_partial` are 1
    while the record may hold more. `noticed` are the facts whose state it changed, `left_out` the
    ids of the claims among what was forgotten.
    """

    added: int
    forgotten: int
    partial: int
    user_partial: int
    noticed: tuple[FactNoticed, ...] = ()
    left_out: tuple[str, ...] = ()


class RecordedMessage(NamedTuple):
    """A message with what else the record keeps of it."""

    message: Message
    sequence: int
    caused_at: datetime


class SetPreference(NamedTuple):
    """A preference with all that decides which change of it wins; None is a removed one."""

    key: str
    value: Scalar | None
    set_at: datetime
    sequence: int
    caused_at: datetime


class SetField(NamedTuple):
    """A field of a conversation that was set by hand, with all that decides which change wins."""

    field: str
    value: JsonValue
    set_at: datetime
    sequence: int
    caused_at: datetime


class Restored(NamedTuple):
    """A part of a conversation from the record, and the stretches that were superseded in it.

    The times are those of the conversation's latest event.
    """

    recorded_at: datetime
    caused_at: datetime
    messages: Sequence[RecordedMessage]
    stretches: Sequence[tuple[int, int]] = ()
