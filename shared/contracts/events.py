"""What travels over NATS: frozen pydantic models, in the past tense.

They are extended by optional fields only, share fields by nesting, never inherit from one another,
and are never HTTP bodies: the gateway's `schemas.py` has those. The golden file
`tests/data/contract.json` pins all of this.
"""

from typing import Any, Literal

from pydantic import Field

from shared.contracts.ids import new_id
from shared.contracts.parts import (
    ChatMessage,
    Event,
    GenerationOptions,
    Language,
    Outcome,
    Part,
    Problem,
    Prompt,
    Receipt,
    Timings,
    TurnRef,
)

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


class EmbedAsked(Part):
    """The question of `llm.embed`: the vectors of some texts.

    `kind` says on which side of a search they stand: embedders of the E5 family tell them apart.
    `patient` texts wait behind those of somebody who waits for an answer.
    """

    texts: tuple[str, ...] = Field(max_length=32)
    kind: Literal["query", "passage"]
    patient: bool = False


class EmbedAnswered(Part):
    """The answer to `llm.embed`: a vector of unit length for each text, in their order.

    `model` names what made them: vectors of different models must never be compared. `problem`:
    there is no embedder, or it does not answer.
    """

    model: str = ""
    vectors: tuple[tuple[float, ...], ...] = ()
    problem: Problem | None = None


class SummarizeAsked(Part):
    """The question of `llm.summarize`: what was talked about, in a few sentences.

    `before` is the summary of what was said earlier. It is answered only while no chat turn waits.
    """

    messages: tuple[ChatMessage, ...]
    lang: Language
    before: str = ""


class SummarizeAnswered(Part):
    """The answer to `llm.summarize`; `busy` and `problem` as in `ExtractAnswered`."""

    summary: str = ""
    model: str = ""
    busy: bool = False
    problem: Problem | None = None
