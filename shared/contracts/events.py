"""What travels over NATS: frozen pydantic models, in the past tense.

They are extended by optional fields only, share fields by nesting, never inherit from one another,
and are never HTTP bodies: the gateway's `schemas.py` has those. The golden file
`tests/data/contract.json` pins all of this.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    model_validator,
)

from shared.contracts.ids import new_id

Role: TypeAlias = Literal["user", "assistant", "system", "tool"]
MessageStatus: TypeAlias = Literal["complete", "failed", "cancelled"]
TurnStatus: TypeAlias = Literal["completed", "failed", "cancelled", "expired"]
MemoryMode: TypeAlias = Literal["full", "read", "off"]
Priority: TypeAlias = Literal["low", "medium", "high", "critical"]
# Finer than a microsecond is noise, and sixteen digits are no figure to read.
Milliseconds: TypeAlias = Annotated[float, AfterValidator(lambda value: round(value, 3))]
Scalar: TypeAlias = str | int | float | bool
ForgetScope: TypeAlias = Literal["user", "conversation", "message", "fact"]
Language: TypeAlias = Literal["ru", "en"]
FactType: TypeAlias = Literal[
    "identity",
    "location",
    "work",
    "education",
    "preference",
    "family",
    "pet",
    "health",
    "skill",
    "plan",
    "answer_style",
    "tool",
    "other",
]
FactStatus: TypeAlias = Literal["proposed", "active", "superseded", "retracted"]
ClaimOp: TypeAlias = Literal["assert", "end", "retract", "amend"]
SYSTEM_USER = "_system"
"""Whose memory the system's own is."""
CLAIMS_AT_ONCE = 64
"""Claims of one event: no message that a person writes says more of them."""


def utcnow() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


class Part(BaseModel):
    """A value nested in events: frozen, and deaf to fields that a newer sender may add."""

    # Errors stand in logs, and must not repeat what somebody said.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Event(Part):
    """Something that happened, with the time (UTC) at which its publisher saw it."""

    at: AwareDatetime = Field(default_factory=utcnow)


# --- parts -----------------------------------------------------------------------------------


class TurnRef(Part):
    """Which turn an event belongs to, and where its client waits.

    `order` is the place in the conversation in microseconds since 1970, given at acceptance and
    strictly growing within one conversation; the reply takes `order + 1`. `deadline` is when the
    turn ends in any case. `branch_from` is set on a turn that replaces messages: those from that
    place up to its own are superseded once it has been answered.
    """

    turn_id: str
    user_id: str
    conversation_id: str
    gateway_id: str
    accepted_at: AwareDatetime
    deadline: AwareDatetime
    order: int
    memory: MemoryMode = "full"
    branch_from: int | None = None

    def ids(self) -> dict[str, str]:
        """Return the ids that stand on every log line of this turn."""
        return {
            "turn_id": self.turn_id,
            "conversation_id": self.conversation_id,
            "user_id": self.user_id,
        }


class GenerationOptions(Part):
    """Sampling options, named as Ollama names them; None leaves the model's own default."""

    temperature: float | None = Field(default=None, ge=0, le=5)
    top_p: float | None = Field(default=None, ge=0, le=1)
    num_predict: int | None = Field(default=None, ge=1, le=100_000)
    seed: int | None = None
    stop: tuple[str, ...] | None = None


class ChatMessage(Part):
    """One message of a prompt in chat form."""

    role: Role
    content: str


class Prompt(Part):
    """A prompt as sent to the model: `messages` in chat form, or one `text`; exactly one is set."""

    messages: tuple[ChatMessage, ...] | None = None
    text: str | None = None
    tokens_estimated: int = 0


class Message(Part):
    """One message of a conversation as it is remembered.

    `order` (microseconds since 1970) places it in its conversation; the event's stream sequence
    and then the id break ties. `tokens` counts what the model reported, or an estimate.
    """

    message_id: str
    role: Role
    content: str
    time: AwareDatetime
    order: int
    name: str | None = None
    model: str | None = None
    tokens: int | None = None
    status: MessageStatus = "complete"
    metadata: dict[str, JsonValue] = Field(default_factory=dict)
    tags: tuple[str, ...] = ()
    priority: Priority = "medium"
    expires_at: AwareDatetime | None = None


class ReceiptFact(Part):
    """A fact that the model was told, and the message that it rests on."""

    id: str
    text: str
    message_id: str | None = None
    time: AwareDatetime | None = None


class ReceiptPassage(Part):
    """A recalled passage that the model was told."""

    message_id: str
    conversation_id: str
    text: str
    time: AwareDatetime
    score: float


class Cut(Part):
    """How many items did not fit into the prompt."""

    messages: int = 0
    facts: int = 0
    recalled: int = 0


class Receipt(Part):
    """What the model was told of the user, where it came from, and what did not fit."""

    preferences: dict[str, Scalar] = Field(default_factory=dict)
    facts: tuple[ReceiptFact, ...] = ()
    recalled: tuple[ReceiptPassage, ...] = ()
    cut: Cut = Cut()


class Usage(Part):
    """Tokens as the model counted them; None where it does not tell."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Timings(Part):
    """Where a turn's time went, in milliseconds; None for a stage that was not reached.

    `queue_ms` is spent waiting (for the conversation's turn before and for a free model slot),
    `context_ms` loading memory and building the prompt; `first_token_ms` and `total_ms` count
    from acceptance.
    """

    queue_ms: Milliseconds | None = None
    context_ms: Milliseconds | None = None
    first_token_ms: Milliseconds | None = None
    total_ms: Milliseconds | None = None


class Problem(Part):
    """Why a turn failed, as the members of an RFC 9457 problem document."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


class Outcome(Part):
    """How a turn ended. The one stored first in the turn's record is the turn's outcome.

    `attempt` is the one that made `content`; 0 where nobody generated anything.
    """

    status: TurnStatus
    attempt: int = 0
    content: str = ""
    model: str
    ended_at: AwareDatetime = Field(default_factory=utcnow)
    usage: Usage = Usage()
    timings: Timings = Timings()
    receipt: Receipt | None = None
    degraded: tuple[str, ...] = ()
    problem: Problem | None = None


# --- chat ------------------------------------------------------------------------------------


class ChatRequested(Event):
    """A client asked something; the gateway has opened the turn."""

    turn: TurnRef
    prompt: str
    model: str | None = None
    system: str | None = None
    options: GenerationOptions = GenerationOptions()
    degraded: tuple[str, ...] = ()


class OtherModel(Part):
    """The model that answers where the preferred one is not there, and what must be said of it."""

    model: str
    degraded: tuple[str, ...] = ()


class ChatPrompted(Event):
    """The prompt of a turn was built. `question` is the user's raw text.

    `otherwise` is set where `model` was not asked for, but is what the user prefers in general: a
    preference that names no model of the server must not end the chat.
    """

    turn: TurnRef
    question: str
    prompt: Prompt
    receipt: Receipt
    model: str
    otherwise: OtherModel | None = None
    options: GenerationOptions = GenerationOptions()
    timings: Timings = Timings()
    degraded: tuple[str, ...] = ()


class TokenStreamed(Part):
    """A frame on the way to a waiting client: some text, or the outcome as the last one.

    `attempt` grows when generation starts anew; `index` counts the frames of one attempt from 0;
    `offset` is how many characters of the attempt come before `text`.
    """

    attempt: int
    index: int
    offset: int = 0
    text: str = ""
    outcome: Outcome | None = None


class TurnCancelled(Event):
    """The user stopped a turn."""

    turn_id: str


class TokensMissed(Part):
    """A follower lacks the text of a running turn; its worker sends all of it again at once."""

    turn_id: str


# --- memory ----------------------------------------------------------------------------------


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


# --- dead letters and telemetry --------------------------------------------------------------


class DeadLettered(Event):
    """A message that could not be handled, with all that is needed to look at it and retry it.

    `payload` is the body as text; where it is not UTF-8, `payload_base64` holds it instead.
    `sequence` is the message's first stream sequence, kept when it is forwarded.
    """

    letter_id: str = Field(default_factory=new_id)
    subject: str
    stream: str
    sequence: int
    durable: str
    service: str
    deliveries: int
    error_type: str
    error: str
    headers: dict[str, str] = Field(default_factory=dict)
    payload: str | None = None
    payload_base64: str | None = None


class MetricRecorded(Event):
    """A measured event: ids, numbers (milliseconds, counts) and labels; never a prompt."""

    service: str
    name: str
    turn_id: str | None = None
    conversation_id: str | None = None
    user_id: str | None = None
    values: dict[str, float] = Field(default_factory=dict)
    labels: dict[str, str] = Field(default_factory=dict)


class LogEmitted(Event):
    """One log line with its bound keys; never a prompt."""

    service: str
    level: str
    event: str
    fields: dict[str, Any] = Field(default_factory=dict)


# --- models, by request and reply ------------------------------------------------------------


class ModelInfo(Part):
    """A model that the LLM server offers. `size` in bytes, `context_length` in tokens."""

    name: str
    size: int | None = None
    context_length: int | None = None
    capabilities: tuple[str, ...] = ()
    alias_of: str | None = None
    demonstration: bool = False


class ModelsAsked(Part):
    """The question of `llm.models`: which models are there."""


class ModelShowAsked(Part):
    """The question of `llm.show`: what is this model."""

    model: str


class ModelsAnswered(Part):
    """The answer to `llm.models` and `llm.show`: the models, or why there are none."""

    backend: str
    default: str
    models: tuple[ModelInfo, ...] = ()
    problem: Problem | None = None


class ExtractAsked(Part):
    """The question of `llm.extract`: what does this text say of its author.

    `predicates` are the names that an answer may use. It is answered only while no chat turn waits.
    """

    text: str
    lang: Language
    predicates: tuple[str, ...]


class ExtractedFact(Part):
    """A candidate as the model gave it: anything may be wrong with it."""

    predicate: str
    value: str
    quote: str = ""


class ExtractAnswered(Part):
    """The answer to `llm.extract`.

    `busy`: a chat turn waits or came, ask again later. `dropped` counts what was unusable by
    reason. `problem`: the model server does not answer.
    """

    facts: tuple[ExtractedFact, ...] = ()
    model: str = ""
    busy: bool = False
    dropped: dict[str, int] = Field(default_factory=dict)
    problem: Problem | None = None
