"""An LLM server that speaks OpenAI's protocol: llama.cpp, vLLM, LM Studio, the built-in engine."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial
from http import HTTPStatus
from typing import ClassVar

from pydantic import ValidationError

from shared.contracts.events import ModelInfo
from shared.llm.http import EMBED_TIMEOUT_S, READ_TIMEOUT_S, LLMServer
from shared.llm.naming import DEMONSTRATION_MODEL
from shared.llm.openai_wire import END, Answer, Embedded, Event, ModelList, data_of, request
from shared.llm.protocol import (
    Chunk,
    Delta,
    Generation,
    LLMError,
    ModelNotFoundError,
    RequestRefusedError,
    ServerBusyError,
    ServerFailedError,
    ServerUnavailableError,
    StreamBrokenError,
    whole,
)

# llama.cpp and vLLM say it in these words.
TOO_LONG = ("context size", "context length")


class OpenAILLM:
    """A server with an OpenAI-style API under `url`, which ends in `/v1`."""

    name: ClassVar[str] = "openai"
    title: ClassVar[str] = "The LLM server"
    start_remedy: ClassVar[str] = "Start it, or set OPENAI_URL."
    choice_remedy: ClassVar[str] = "Ask for one of them, or set MODEL."

    def __init__(
        self, *, url: str, api_key: str = "", read_timeout_s: float = READ_TIMEOUT_S
    ) -> None:
        self._server = LLMServer(
            title=f"{self.title} at {url}",
            url=url,
            remedy=self.start_remedy,
            headers={"Authorization": f"Bearer {api_key}"} if api_key else None,
            read_timeout_s=read_timeout_s,
            # llama.cpp promises to keep the connection of a stream, and drops it: the next request
            # on it would fail.
            reuse_after_stream=False,
        )
        self._served: dict[str, str] = {}

    async def close(self) -> None:
        """Close all connections."""
        await self._server.close()

    async def generate(self, generation: Generation) -> AsyncGenerator[Chunk, None]:
        """Stream an answer; see `LLM`. Without messages (or text) only the model is checked."""
        answer = Answer(await self._served_name(generation.model))
        if not generation.prompt.messages and not generation.prompt.text:
            # These servers load at their start, and refuse or even answer an empty conversation.
            yield answer.finished()
            return
        path, body = request(generation, answer.model)
        refusal = partial(self._refusal, generation.model)
        async with aclosing(self._server.lines(path, body, refusal)) as lines:
            async for line in lines:
                data = data_of(line)
                if data == END:
                    answer.ended = True
                    break
                if data is None:
                    continue
                event = self._event(data)
                answer.add(event)
                if text := event.text():
                    yield Delta(text)
        if not answer.ended:
            detail = f"{self._server.title} ended the answer without its end mark."
            raise StreamBrokenError(detail)
        yield answer.finished()

    async def models(self) -> list[ModelInfo]:
        """Return what the server offers (`/models`), aliases included. Raises LLMError."""
        listed = await self._server.call("/models", partial(self._refusal, ""))
        try:
            infos = self._described(ModelList.model_validate_json(listed).infos())
        except ValidationError as error:
            raise self._not_openai() from error
        self._served = {info.name: info.alias_of or info.name for info in infos}
        return infos

    async def show(self, model: str) -> ModelInfo:
        """Return one model of the list. Raises LLMError."""
        for info in await self.models():
            if info.name == model:
                return info
        raise self._unknown(model)

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """Return the vectors of texts (`/embeddings`); see `LLM`."""
        body = {"model": await self._served_name(model), "input": list(texts)}
        refusal = partial(self._refusal, model)
        answer = await self._server.call("/embeddings", refusal, body, timeout_s=EMBED_TIMEOUT_S)
        try:
            vectors = Embedded.model_validate_json(answer).vectors()
        except ValidationError as error:
            raise self._not_openai() from error
        return whole(vectors, texts, title=self._server.title)

    def _described(self, infos: list[ModelInfo]) -> list[ModelInfo]:
        """Add what the server cannot know."""
        return infos

    async def _served_name(self, model: str) -> str:
        """Return the name that the server serves the model under.

        llama.cpp answers whatever name it is asked for, so the list decides; it is read again
        only for a name that is not in it.
        """
        if model not in self._served:
            await self.models()
        if model not in self._served:
            raise self._unknown(model)
        return self._served[model]

    def _event(self, data: bytes) -> Event:
        try:
            event = Event.model_validate_json(data)
        except ValidationError as error:
            raise self._not_openai() from error
        if (failure := event.failure()) is not None:
            detail = f"{self.title} failed: {failure}"
            raise ServerFailedError(detail)
        return event

    def _refusal(self, model: str, status: int, message: str) -> LLMError:
        """Class an answer other than 2xx by what must be done next."""
        if status == HTTPStatus.NOT_FOUND:
            return self._unknown(model) if model and "model" in message else self._not_openai()
        if status == HTTPStatus.SERVICE_UNAVAILABLE and "loading" in message.lower():
            return ServerUnavailableError("The model is being loaded.", "Try again in a moment.")
        if status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
            return ServerBusyError(f"{self.title} is busy: {message}", "Try again later.")
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            detail = f"{self.title} does not let us in: {message}"
            return RequestRefusedError(detail, "Set OPENAI_API_KEY.")
        if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            too_long = any(words in message for words in TOO_LONG)
            remedy = "Shorten the prompt, or raise NUM_CTX." if too_long else "Change the request."
            return RequestRefusedError(f"{self.title} refuses: {message}", remedy)
        return ServerFailedError(f"{self.title} failed with HTTP {status}: {message}")

    def _unknown(self, model: str) -> ModelNotFoundError:
        names = ", ".join(sorted(self._served)) or "no model at all"
        detail = f"{self.title} has no model '{model}'."
        return ModelNotFoundError(detail, f"It has: {names}. {self.choice_remedy}")

    def _not_openai(self) -> ServerFailedError:
        detail = f"{self._server.title} does not speak OpenAI's protocol."
        return ServerFailedError(detail, "Check its address, which ends in /v1.")


class BuiltinLLM(OpenAILLM):
    """The built-in engine with its demonstration model; `default` is another name for that."""

    name: ClassVar[str] = "builtin"
    title: ClassVar[str] = "The built-in engine"
    start_remedy: ClassVar[str] = "Look with `make status`, or `make restart S=engine`."
    choice_remedy: ClassVar[str] = (
        "For others install Ollama, `ollama pull` one, and `make up` again."
    )

    def __init__(self, *, url: str, default: str, read_timeout_s: float = READ_TIMEOUT_S) -> None:
        super().__init__(url=url, read_timeout_s=read_timeout_s)
        self._default = default

    def _described(self, infos: list[ModelInfo]) -> list[ModelInfo]:
        """Mark the demonstration model, and add the default name as its alias."""
        own = [info for info in infos if info.name == DEMONSTRATION_MODEL]
        names = dict.fromkeys([DEMONSTRATION_MODEL, self._default])
        return [
            info.model_copy(
                update={
                    "name": name,
                    "demonstration": True,
                    "alias_of": None if name == DEMONSTRATION_MODEL else DEMONSTRATION_MODEL,
                }
            )
            for info in own
            for name in names
        ]
