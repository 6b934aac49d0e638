"""What the admin's API answers with."""

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, AwareDatetime, BaseModel, JsonValue

from shared.health import DependencyHealth

Stage: TypeAlias = Literal["queue_ms", "context_ms", "first_token_ms", "total_ms"]
Figure: TypeAlias = Annotated[float, AfterValidator(lambda value: round(value, 1))]


class Minute(BaseModel):
    """How many turns ended in one minute, by outcome; `at` is when the minute began."""

    at: AwareDatetime
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    expired: int = 0


class StageTime(BaseModel):
    """How long a stage took lately, in milliseconds; None where no turn went through it."""

    p50_ms: Figure | None = None
    p95_ms: Figure | None = None
    turns: int = 0


class OpenTurn(BaseModel):
    """A turn that waits or runs. Never what was asked."""

    turn_id: str
    user_id: str
    conversation_id: str
    status: str
    attempt: int
    age_s: Figure


class OpenTurns(BaseModel):
    """The open turns, oldest first; `more` where there are too many to show."""

    items: list[OpenTurn] = []
    more: bool = False
    error: str | None = None


class StreamState(BaseModel):
    """A declared stream, and what lies in it. `max_messages` None means without limit."""

    name: str
    present: bool
    messages: int = 0
    bytes: int = 0
    max_messages: int | None = None
    last_sequence: int = 0


class ConsumerState(BaseModel):
    """A declared durable: what waits for it, and what it was given and has not acked."""

    name: str
    stream: str
    present: bool
    pending: int = 0
    ack_pending: int = 0
    redelivered: int = 0


class Queues(BaseModel):
    """NATS as it is against what the topology declares."""

    streams: list[StreamState] = []
    consumers: list[ConsumerState] = []
    error: str | None = None


class LiveState(BaseModel):
    """Everything that the live page shows, at one moment."""

    at: AwareDatetime
    minutes: list[Minute]
    stages: dict[Stage, StageTime]
    stages_window_s: int
    turns: OpenTurns
    services: dict[str, DependencyHealth]
    queues: Queues


class RetryBody(BaseModel):
    """The body of a retry; `payload` replaces the letter's, as an object or as its text."""

    payload: JsonValue = None
