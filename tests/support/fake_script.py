"""What the fake LLM server is told to do, and what it has seen."""

import json
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, kw_only=True)
class Script:
    """How to answer one request (or `times` requests; -1 is for ever).

    A script serves the first request that contains `match` in its prompt and is for a path that
    ends in `path`. Without `text`, `chunks` or `lines` the answer is `echo: <last message>`. A
    path that gives no answer (`/api/tags`, `/v1/models`, `/api/embed`) obeys only scripts that name
    it, and of these only `status`, `error` and `first_delay_ms`.

    `status` and `error`: refuse before the answer starts. `break_after=N`: do `breaks` after N
    pieces: `error` (an error line, says `error`), `end` (end without the end mark), `cut` (drop
    the connection), `garbage` (a line that is no JSON, then end), `hang` (send nothing more until
    the client leaves). `lines`: send these protocol lines instead of frames made here.
    """

    text: str | None = None
    chunks: list[str] | None = None
    lines: list[str] | None = None
    first_delay_ms: float = 0
    delay_ms: float = 0
    status: int = 200
    error: str = "an error was encountered while running the model"
    break_after: int | None = None
    breaks: str = "end"
    reason: str = "stop"
    counts: bool = True
    prompt_tokens: int | None = None
    match: str = ""
    path: str = ""
    times: int = 1


@dataclass(slots=True)
class Seen:
    """A request that was received. Times are of `time.monotonic()`, in seconds."""

    method: str
    path: str
    body: dict[str, Any]
    headers: dict[str, str]
    client_port: int = 0
    received_at: float = field(default_factory=time.monotonic)
    pieces: int = 0
    ended_at: float | None = None
    cancelled_at: float | None = None

    @property
    def prompt(self) -> str:
        """The whole text that the model is given."""
        if "messages" in self.body:
            return "\n".join(str(message.get("content")) for message in self.body["messages"])
        return str(self.body.get("prompt", ""))

    @property
    def question(self) -> str:
        """The last message, or the whole prompt in text form."""
        messages = self.body.get("messages")
        return str(messages[-1].get("content")) if messages else self.prompt


def pieces_of(text: str) -> list[str]:
    """Split an answer as a model streams it: a word at a time, the space before it."""
    words = text.split(" ")
    return [words[0], *(" " + word for word in words[1:])]


def example(schema: Any) -> Any:
    """Return the smallest value that follows a JSON schema (of the simple kind)."""
    if not isinstance(schema, dict):
        return {}
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object" or "properties" in schema:
        return {name: example(part) for name, part in schema.get("properties", {}).items()}
    empty = {"array": [], "string": "", "integer": 0, "number": 0, "boolean": False}
    return empty.get(str(schema.get("type")))


def schema_of(body: dict[str, Any]) -> Any:
    """Return the JSON schema that a request asks for, None without one."""
    if "format" in body:
        return body["format"]
    form = body.get("response_format", {})
    return form.get("json_schema", {}).get("schema") or body.get("json_schema")


def default_text(seen: Seen, tokens: int) -> str:
    """Return what is answered without a script: `tokens` words, an example, or an echo."""
    schema = schema_of(seen.body)
    if schema is not None:
        return json.dumps(example(schema), ensure_ascii=False)
    if tokens:
        return " ".join(f"token{number}" for number in range(tokens))
    return f"echo: {seen.question}"
