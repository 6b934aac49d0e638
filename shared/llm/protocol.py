"""The interface that both backends implement, and the errors that they raise."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol, TypeAlias

from shared.contracts.events import ModelInfo
from shared.contracts.parts import GenerationOptions, Problem, Prompt, Usage


@dataclass(frozen=True, slots=True)
class Generation:
    """What to generate. `schema` is a JSON schema that the answer must follow.

    `prompt` in chat form uses the chat endpoint, in text form the completion endpoint.
    `num_ctx` is the context in tokens, always the same value for one server; `num_predict` is
    the default limit of the answer, which `options.num_predict` overrides.
    """

    model: str
    prompt: Prompt
    options: GenerationOptions = field(default_factory=GenerationOptions)
    num_ctx: int = 4096
    num_predict: int = 1024
    schema: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Delta:
    """Some more text of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a complete answer. `model` is the name that the server answers under."""

    model: str
    reason: Literal["stop", "length"]
    usage: Usage


Chunk: TypeAlias = Delta | Finished


class LLM(Protocol):
    """A language model server."""

    name: ClassVar[str]

    def generate(self, generation: Generation) -> AsyncGenerator[Chunk, None]:
        """Yield the answer piece by piece, a `Finished` last; closing the generator cancels.

        Raises LLMError. A stream that ends without its end marker is a failure, not an answer.
        """
        ...

    async def models(self) -> list[ModelInfo]:
        """Return what the server offers. Raises LLMError."""
        ...

    async def show(self, model: str) -> ModelInfo:
        """Return one model with its context length and capabilities. Raises LLMError."""
        ...

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """Return the vector of each text, in their order, as the model makes it. Raises LLMError.

        The vectors have any length, also none; all have the same number of dimensions.
        """
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class LLMError(Exception):
    """The LLM server did not answer as asked.

    `detail` says what happened and `remedy` what to do about it, for this backend; `status` is
    the HTTP status for a waiting client. `retryable` is whether asking again may help, as long as
    no token was seen.
    """

    title: ClassVar[str] = "The model failed"
    status: ClassVar[int] = 502
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str, remedy: str = "") -> None:
        super().__init__(f"{detail} {remedy}".strip())
        self.detail = detail
        self.remedy = remedy

    def problem(self) -> Problem:
        """Return what a waiting client is told."""
        detail = f"{self.detail} {self.remedy}".strip()
        return Problem(title=self.title, status=self.status, detail=detail)


class ModelNotFoundError(LLMError):
    """The server does not have this model."""

    title = "Unknown model"
    status = 404


class RequestRefusedError(LLMError):
    """The server refuses this request, whoever repeats it (bad option, prompt too long)."""

    title = "The model refuses this request"
    status = 400


class ServerBusyError(LLMError):
    """The server's queue is full."""

    title = "The model is busy"
    status = 503
    retryable = True


class ServerUnavailableError(LLMError):
    """The server does not answer at all."""

    title = "No LLM server"
    status = 503
    retryable = True


class ServerFailedError(LLMError):
    """The server answered with an error of its own, or with something that is no answer."""

    retryable = True


class StreamBrokenError(LLMError):
    """The answer stopped in its middle."""

    title = "The answer was cut off"


class AnswerTimeoutError(LLMError):
    """The server stopped sending for longer than it may."""

    title = "The model takes too long"
    status = 504


def whole(vectors: list[list[float]], texts: Sequence[str], *, title: str) -> list[list[float]]:
    """Return the vectors, if there is one of each text and all have as many dimensions.

    Raises ServerFailedError. `title` names the server.
    """
    if len(vectors) != len(texts) or len({len(vector) for vector in vectors}) > 1:
        detail = f"{title} did not send a vector of each text."
        raise ServerFailedError(detail)
    return vectors
