"""The HTTP bodies of the public API. Events are never HTTP bodies, and these are never events."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    JsonValue,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from shared.contracts.events import ModelInfo
from shared.contracts.parts import (
    GenerationOptions,
    MemoryMode,
    Message,
    Priority,
    Prompt,
    Receipt,
    Role,
    Scalar,
    Timings,
    Usage,
    utcnow,
)
from shared.memory.models import ConversationMemory, ModelFigures, TopicCount

T = TypeVar("T")

LONGEST_TEXT = 1_000_000
"""No text is longer than a body may be; MAX_PROMPT_CHARS bounds prompts and messages further."""


def _printable(text: str) -> str:
    """Refuse control characters, which no keyboard types and which hide in logs and prompts."""
    found = _CONTROL.search(text)
    if found:
        msg = f"the control character U+{ord(found[0]):04X} is not allowed"
        raise ValueError(msg)
    return text


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _one_line(text: str) -> str:
    if any(character in text for character in "\t\n\r"):
        msg = "must be one line"
        raise ValueError(msg)
    return _printable(text)


def _not_blank(text: str) -> str:
    if not text.strip():
        msg = "must not be empty"
        raise ValueError(msg)
    return text


def written_text(text: str) -> str:
    """Return what a person wrote; raises ValueError where nothing, or no keyboard, wrote it."""
    return _not_blank(_printable(text))


def _plausible(moment: datetime) -> datetime:
    """Refuse what no clock says: years 1 and 9999 are somebody's placeholder, or overflow."""
    if not FIRST_MOMENT <= moment <= utcnow() + CLOCKS_DIFFER:
        msg = "must be between 1970 and tomorrow"
        raise ValueError(msg)
    return moment


FIRST_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
CLOCKS_DIFFER = timedelta(days=1)
"""Somebody's clock may be wrong, or know no time zones."""

Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]
Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT), AfterValidator(written_text)]
Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200),
    AfterValidator(_one_line),
    AfterValidator(_not_blank),
]


def addressable(conversation_id: str) -> str:
    """Refuse an id that cannot stand in an address: its conversation could not be read again."""
    if "/" in conversation_id or conversation_id in {".", ".."}:
        msg = "must not contain '/', nor be '.' or '..': it stands in addresses"
        raise ValueError(msg)
    return conversation_id


ConversationName = Annotated[Name, AfterValidator(addressable)]
ShortText = Annotated[str, StringConstraints(max_length=1_000), AfterValidator(_one_line)]


def _scalar(value: object, check: ValidatorFunctionWrapHandler) -> Scalar:
    """Say in one sentence what a preference is, not in four what this one is not."""
    try:
        checked: Scalar = check(value)
    except ValidationError as error:
        msg = "must be one line of up to 1000 characters, a number, true or false"
        raise ValueError(msg) from error
    return checked


# JSON has no NaN: it would be stored as null, which removes a preference.
Preference = Annotated[bool | int | FiniteFloat | ShortText, WrapValidator(_scalar)]
Stops = Annotated[
    tuple[str, ...] | None,
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
]


class Body(BaseModel):
    """A request body: fields that we do not know are left alone."""

    model_config = ConfigDict(extra="ignore", strict=False)


class Options(Body):
    """Sampling options, named as Ollama names them."""

    temperature: float | None = Field(default=None, ge=0, le=5)
    top_p: float | None = Field(default=None, ge=0, le=1)
    num_predict: int | None = Field(default=None, ge=1, le=100_000, strict=True)
    seed: int | None = Field(default=None, ge=-(2**31), lt=2**32, strict=True)
    stop: Stops = Field(default=None, max_length=16)

    def event(self) -> GenerationOptions:
        """Return the options as events carry them."""
        return GenerationOptions(**self.model_dump())


class ChatBody(Body):
    """What to ask. Without `conversation_id` the caller's latest conversation goes on."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {"prompt": "Привет! Меня зовут Иван, я программист", "model": "llama3.2"},
                {"prompt": "Tell me more", "stream": True},
            ]
        },
    )

    prompt: Text
    model: Name | None = None
    conversation_id: ConversationName | None = Field(
        default=None, description='An id of your own, or "new" to begin a new conversation.'
    )
    system: Text | None = None
    stream: bool = False
    options: Options = Options()
    memory: MemoryMode = Field(
        default="full",
        description='"read" uses memory and stores nothing, "off" does neither.',
    )
    replaces: Name | None = Field(
        default=None,
        description="The id of a message: it and all after it are superseded by this turn.",
    )


TURN_EXAMPLE: dict[str, Any] = {
    "turn_id": "01a2048dd7a573e6be549f8d308c",
    "conversation_id": "01a2048da80acf7cf958451ea0eb",
    "model": "llama3.2",
    "reply": {"role": "assistant", "content": "Вас зовут Иван."},
    "usage": {"prompt_tokens": 93, "completion_tokens": 6},
    "timings": {"queue_ms": 3.1, "context_ms": 1.2, "first_token_ms": 310.5, "total_ms": 702.8},
    "memory": {
        "preferences": {"language": "ru"},
        "facts": [],
        "recalled": [],
        "cut": {"messages": 0, "facts": 0, "recalled": 0},
    },
    "degraded": [],
}


class Reply(BaseModel):
    """The assistant's answer."""

    role: Literal["assistant"] = "assistant"
    content: str


class TurnBody(BaseModel):
    """A completed turn. `memory` is the receipt: what the model was told, and what was cut."""

    model_config = ConfigDict(json_schema_extra={"examples": [TURN_EXAMPLE]})

    turn_id: str
    conversation_id: str
    model: str
    reply: Reply
    usage: Usage
    timings: Timings
    memory: Receipt
    degraded: list[str] = Field(description="What worked in a lesser form, if anything did.")


class AcceptedTurn(BaseModel):
    """A turn that runs without a waiting client."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "turn_id": TURN_EXAMPLE["turn_id"],
                    "conversation_id": TURN_EXAMPLE["conversation_id"],
                    "status": "queued",
                }
            ]
        }
    )

    turn_id: str
    conversation_id: str
    status: Literal["queued"] = "queued"


class TurnState(BaseModel):
    """Where a turn stands; the body's fields, or the problem, once it has ended."""

    turn_id: str
    conversation_id: str
    status: Literal["queued", "running", "completed", "failed", "cancelled", "expired"]
    prompt: Prompt | None = Field(default=None, description="The prompt as sent to the model.")
    model: str | None = None
    reply: Reply | None = None
    usage: Usage | None = None
    timings: Timings | None = None
    memory: Receipt | None = None
    degraded: list[str] = []
    problem: dict[str, Any] | None = None


class MessageBody(Body):
    """A message to remember; one of a user is learnt from like one said in a chat."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={"examples": [{"role": "user", "content": "Я живу в Казани"}]},
    )

    role: Role
    content: Text
    name: Name | None = Field(default=None, description="The speaker, where several people talk.")
    time: Moment | None = None
    model: Name | None = None
    tokens: int | None = Field(default=None, ge=0, lt=2**31)
    metadata: dict[Name, JsonValue] = Field(default={}, max_length=64)
    tags: list[Name] = Field(default=[], max_length=64)
    priority: Priority = "medium"
    ttl_seconds: int | None = Field(default=None, ge=1, le=10 * 365 * 86_400)


class MessageAccepted(BaseModel):
    """Where a message was kept. With 202 it is stored safely and will be readable soon."""

    message_id: str
    conversation_id: str
    event_id: str


class MessageView(BaseModel):
    """One message of a conversation."""

    id: str
    role: Role
    name: str | None
    content: str
    time: AwareDatetime
    model: str | None
    tokens: int | None
    status: str
    metadata: dict[str, JsonValue]

    @classmethod
    def of(cls, message: Message) -> "MessageView":
        """Show a remembered message."""
        shown = message.model_dump(include=set(cls.model_fields) - {"id"})
        return cls(id=message.message_id, **shown)


class ConversationSummary(BaseModel):
    """A conversation without its messages."""

    conversation_id: str
    user_id: str
    title: str | None
    topics: list[str]
    summary: str | None
    tags: list[str]
    priority: Priority
    message_count: int
    total_tokens: int
    created_at: AwareDatetime
    updated_at: AwareDatetime
    expires_at: AwareDatetime | None = Field(
        description="The end that it was given, else when Redis lets go of it; null where the "
        "record alone has it, or Redis never lets go."
    )

    @classmethod
    def of(cls, memory: ConversationMemory) -> "ConversationSummary":
        """Show a conversation without its messages."""
        return cls.model_validate(memory.model_dump(include=set(ConversationSummary.model_fields)))


class Conversation(ConversationSummary):
    """A conversation with a page of its messages, oldest first."""

    messages: list[MessageView]


class Page(BaseModel, Generic[T]):
    """A page of a list; `next_cursor` is None on the last one."""

    items: list[T]
    next_cursor: str | None = None


class ModelPage(Page[ModelInfo]):
    """The models on offer, which one answers by default, and who serves them."""

    default: str
    backend: str


class PreferencesSaved(BaseModel):
    """A change of preferences. With 202 it is stored safely and will be visible soon."""

    event_id: str
    preferences: dict[str, Scalar | None]


class Stats(BaseModel):
    """Figures of the memory; null where nothing keeps the figure, or its keeper does not answer.

    Totals are of the record (of Redis, where there is none), `live_` and `redis_` of Redis.
    """

    total_conversations: int | None
    total_users: int | None
    total_messages: int | None
    total_facts: int | None = None
    total_system_memories: int | None = None
    live_conversations: int | None
    redis_memory_bytes: int | None
    archive_bytes: int | None = None
    avg_conversation_length: float | None
    popular_topics: list[TopicCount] | None = Field(
        default=None, description="Your own; those of all users where you are an administrator."
    )
    models: dict[str, ModelFigures] | None = None


class ForgottenReceipt(BaseModel):
    """What was deleted: keys of Redis, rows of the record, messages of the streams.

    `rows` is null where there is no record.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "user_id": "u-4f2a9c1e8b7d6a5f4e3d",
                    "redis_keys": 31,
                    "rows": 128,
                    "events": 64,
                    "at": "2026-11-24T18:00:00Z",
                }
            ]
        }
    )

    user_id: str
    conversation_id: str | None = None
    message_id: str | None = None
    fact_id: str | None = None
    redis_keys: int
    rows: int | None
    events: int
    at: AwareDatetime


class Forgetting(BaseModel):
    """A request to forget that is stored safely, and will be done."""

    event_id: str


class Me(BaseModel):
    """Who the caller is."""

    user_id: str
    kind: Literal["token", "session", "anonymous"]
    admin: bool
