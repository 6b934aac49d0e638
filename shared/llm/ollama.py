"""Ollama's own protocol: NDJSON streams, names with tags.

Source: ollama/ollama `docs/api.md` and `api/types.go`, v0.33.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar

from pydantic import BaseModel, ValidationError

from shared.contracts.events import ModelInfo
from shared.contracts.parts import Usage
from shared.llm.http import EMBED_TIMEOUT_S, READ_TIMEOUT_S, LLMServer, drain
from shared.llm.protocol import (
    Chunk,
    Delta,
    Finished,
    Generation,
    LLMError,
    ModelNotFoundError,
    RequestRefusedError,
    ServerBusyError,
    ServerFailedError,
    StreamBrokenError,
    whole,
)

LATEST = ":latest"


class _Message(BaseModel):
    content: str | None = None


class _Frame(BaseModel):
    """A line of `/api/chat` or `/api/generate`; all that a small server may leave out is optional.

    `thinking` is not read: it is not part of the answer.
    """

    model: str = ""
    message: _Message | None = None
    response: str | None = None
    done: bool = False
    done_reason: str | None = None
    prompt_eval_count: int | None = None
    eval_count: int | None = None
    error: str | None = None

    def text(self) -> str:
        return (self.message.content if self.message else self.response) or ""


class _Tag(BaseModel):
    name: str
    size: int | None = None


class _Tags(BaseModel):
    models: list[_Tag] | None = None


class _Shown(BaseModel):
    model_info: dict[str, Any] | None = None
    capabilities: list[str] | None = None

    def context_length(self) -> int | None:
        info = self.model_info or {}
        length = info.get(f"{info.get('general.architecture')}.context_length")
        return length if isinstance(length, int) else None


class _Embedded(BaseModel):
    embeddings: list[list[float]]


def short_name(name: str) -> str:
    """Return a model's name without `:latest`, which Ollama adds to every name without a tag."""
    return name.removesuffix(LATEST)


class OllamaLLM:
    """An Ollama server."""

    name: ClassVar[str] = "ollama"

    def __init__(self, *, url: str, read_timeout_s: float = READ_TIMEOUT_S) -> None:
        self._server = LLMServer(
            title=f"Ollama at {url}",
            url=url,
            remedy="Start it with `ollama serve`, or set OLLAMA_URL.",
            read_timeout_s=read_timeout_s,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._server.close()

    async def generate(self, generation: Generation) -> AsyncGenerator[Chunk, None]:
        """Stream an answer; see `LLM`. Without messages (or text) the model is only loaded."""
        path, body = _request(generation)
        refusal = partial(self._refusal, generation.model)
        async with aclosing(self._server.lines(path, body, refusal)) as lines:
            async for line in lines:
                frame = self._frame(line)
                if text := frame.text():
                    yield Delta(text)
                if frame.done:
                    await drain(lines)
                    yield _finished(frame, generation.model)
                    return
        detail = f"{self._server.title} ended the answer without its last line."
        raise StreamBrokenError(detail)

    async def models(self) -> list[ModelInfo]:
        """Return what is installed (`/api/tags`). Raises LLMError."""
        answer = await self._server.call("/api/tags", partial(self._refusal, ""))
        try:
            tags = _Tags.model_validate_json(answer)
        except ValidationError as error:
            raise self._not_ollama() from error
        return [ModelInfo(name=short_name(tag.name), size=tag.size) for tag in tags.models or ()]

    async def show(self, model: str) -> ModelInfo:
        """Return one model (`/api/show`). Raises LLMError."""
        refusal = partial(self._refusal, model)
        answer = await self._server.call("/api/show", refusal, {"model": model})
        try:
            shown = _Shown.model_validate_json(answer)
        except ValidationError as error:
            raise self._not_ollama() from error
        return ModelInfo(
            name=short_name(model),
            context_length=shown.context_length(),
            capabilities=tuple(shown.capabilities or ()),
        )

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """Return the vectors of texts (`/api/embed`); see `LLM`."""
        body = {"model": model, "input": list(texts)}
        refusal = partial(self._refusal, model)
        answer = await self._server.call("/api/embed", refusal, body, timeout_s=EMBED_TIMEOUT_S)
        try:
            vectors = _Embedded.model_validate_json(answer).embeddings
        except ValidationError as error:
            raise self._not_ollama() from error
        return whole(vectors, texts, title=self._server.title)

    def _frame(self, line: bytes) -> _Frame:
        """Read a line. A failure in mid-stream is a line too, after HTTP 200."""
        try:
            frame = _Frame.model_validate_json(line)
        except ValidationError as error:
            raise self._not_ollama() from error
        if frame.error is not None:
            detail = f"Ollama failed: {frame.error}"
            raise ServerFailedError(detail)
        return frame

    def _refusal(self, model: str, status: int, message: str) -> LLMError:
        """Class an answer other than 2xx by what must be done next."""
        if status == HTTPStatus.NOT_FOUND:
            # A path that is not there is a 404 too, but says nothing of a model.
            if not model or "not found" not in message or "model" not in message:
                return self._not_ollama()
            return ModelNotFoundError(
                f"Ollama has no model '{model}'.", f"Get it with `ollama pull {model}`."
            )
        if status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
            return ServerBusyError(
                f"Ollama is busy: {message}", "Try again later, or raise OLLAMA_MAX_QUEUE."
            )
        if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return RequestRefusedError(f"Ollama refuses: {message}", "Change the request.")
        return ServerFailedError(f"Ollama failed with HTTP {status}: {message}")

    def _not_ollama(self) -> ServerFailedError:
        return ServerFailedError(
            f"{self._server.title} does not speak Ollama's protocol.",
            "Check OLLAMA_URL, or set LLM_BACKEND=openai for an OpenAI-style server.",
        )


def _request(generation: Generation) -> tuple[str, dict[str, Any]]:
    """Return the path and the body. `think` is never sent: models without it answer 400."""
    options = generation.options.model_dump(exclude_none=True)
    options.setdefault("num_predict", generation.num_predict)
    # Always there and always the same: a change would load the model anew.
    options["num_ctx"] = generation.num_ctx
    body = {"model": generation.model, "stream": True, "options": options}
    if generation.schema is not None:
        body["format"] = generation.schema
    if generation.prompt.text is not None:
        # Raw: the text is a whole prompt already, the model's template is not put around it.
        return "/api/generate", body | {"prompt": generation.prompt.text, "raw": True}
    messages = [message.model_dump() for message in generation.prompt.messages or ()]
    return "/api/chat", body | {"messages": messages}


def _finished(frame: _Frame, asked: str) -> Finished:
    return Finished(
        model=short_name(frame.model or asked),
        # The other reasons are `load` and `unload`, of a request without messages.
        reason="length" if frame.done_reason == "length" else "stop",
        usage=Usage(prompt_tokens=frame.prompt_eval_count, completion_tokens=frame.eval_count),
    )
