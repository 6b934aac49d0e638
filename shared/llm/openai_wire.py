"""What goes over the wire in OpenAI's protocol: the request body, the events, the model list.

Source: OpenAI's API reference (chat completions, completions, streaming, models, embeddings); the
additions are llama.cpp's (`tools/server/README.md`) and vLLM's.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, Field

from shared.contracts.events import ModelInfo
from shared.contracts.parts import Usage
from shared.llm.protocol import Finished, Generation

DATA = b"data:"
END = b"[DONE]"


class _Delta(BaseModel):
    """`reasoning_content` is not read: it is not part of the answer."""

    content: str | None = None


class _Choice(BaseModel):
    delta: _Delta | None = None
    text: str | None = None
    finish_reason: str | None = None


class _Counts(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Event(BaseModel):
    """One server-sent event of an answer. The usage may come in an event without choices."""

    model: str = ""
    choices: list[_Choice] = Field(default_factory=list)
    usage: _Counts | None = None
    error: Any = None

    def text(self) -> str:
        """Return the piece of the answer in this event, often none."""
        if not self.choices:
            return ""
        choice = self.choices[0]
        return (choice.delta.content if choice.delta else choice.text) or ""

    def finish_reason(self) -> str | None:
        """Return why the answer ended, None while it goes on."""
        return self.choices[0].finish_reason if self.choices else None

    def failure(self) -> str | None:
        """Return what an event of failure says, None for any other."""
        if self.error is None:
            return None
        said = self.error.get("message") if isinstance(self.error, dict) else None
        return str(said or self.error)


class _Meta(BaseModel):
    n_ctx: int | None = None
    size: int | None = None


class _Model(BaseModel):
    id: str
    aliases: list[str] = Field(default_factory=list)
    meta: _Meta | None = None
    max_model_len: int | None = None

    def infos(self) -> list[ModelInfo]:
        """Return it, with the context length that a request may use, and then its aliases."""
        meta = self.meta or _Meta()
        info = ModelInfo(
            name=self.id, size=meta.size, context_length=meta.n_ctx or self.max_model_len
        )
        aliases = [name for name in self.aliases if name != self.id]
        return [info, *(info.model_copy(update={"name": n, "alias_of": self.id}) for n in aliases)]


class ModelList(BaseModel):
    """The answer of `/models`. `meta` and `aliases` are llama.cpp's, `max_model_len` vLLM's."""

    data: list[_Model]

    def infos(self) -> list[ModelInfo]:
        """Return every model and every alias."""
        return [info for model in self.data for info in model.infos()]


class _Embedding(BaseModel):
    index: int
    embedding: list[float]


class Embedded(BaseModel):
    """The answer of `/embeddings`: a vector of each text, in any order."""

    data: list[_Embedding]

    def vectors(self) -> list[list[float]]:
        """Return the vectors in the order of their texts."""
        return [one.embedding for one in sorted(self.data, key=lambda one: one.index)]


@dataclass(slots=True)
class Answer:
    """What is known of an answer while it streams in."""

    model: str
    ended: bool = False
    reason: Literal["stop", "length"] = "stop"
    usage: Usage = field(default_factory=Usage)

    def add(self, event: Event) -> None:
        """Take over what an event says besides its text."""
        self.model = event.model or self.model
        if event.usage is not None:
            self.usage = Usage(**event.usage.model_dump())
        if reason := event.finish_reason():
            self.ended = True
            self.reason = "length" if reason == "length" else "stop"

    def finished(self) -> Finished:
        """Return the end of the answer."""
        return Finished(model=self.model, reason=self.reason, usage=self.usage)


def data_of(line: bytes) -> bytes | None:
    """Return the data of a line of an event stream, None for comments (pings) and other fields.

    llama.cpp before 2025 sent a failure as a field of its own, `error:`; it counts as data.
    """
    if line.startswith(DATA):
        return line.removeprefix(DATA).strip()
    if line.startswith(b"error:"):
        return b'{"error":' + line.removeprefix(b"error:").strip() + b"}"
    return None if line.startswith((b":", b"event:", b"id:", b"retry:")) else line


def request(generation: Generation, model: str) -> tuple[str, dict[str, Any]]:
    """Return the path under the base address, and the body. The context is the server's matter."""
    options = generation.options.model_dump(exclude_none=True)
    body: dict[str, Any] = {
        "model": model,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": options.pop("num_predict", generation.num_predict),
        **options,
    }
    schema = generation.schema
    if schema is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": schema},
        }
    if generation.prompt.text is None:
        messages = [message.model_dump() for message in generation.prompt.messages or ()]
        return "/chat/completions", body | {"messages": messages}
    if schema is not None:
        # llama.cpp reads `response_format` in chats only, and this field in completions only.
        body["json_schema"] = schema
    return "/completions", body | {"prompt": generation.prompt.text}
