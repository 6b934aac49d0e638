"""What events are made of: the values that are nested in them, and the words of their fields."""

from datetime import UTC, datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
)

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
