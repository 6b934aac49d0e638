"""The four forms in which an LLM server answers: Ollama's chat and generate, OpenAI's two.

Only bytes are made here; `fake_llm.py` decides what is sent and when. The fields and their order
are those of Ollama's documentation (`docs/api.md`) and of llama.cpp's server.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

CREATED_AT = "2023-08-04T19:22:45.499127Z"


def encode(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class End:
    """What the last frame tells. Counts of None are left out, as small servers do."""

    reason: str | None
    prompt_tokens: int | None
    completion_tokens: int | None


def _ollama_end(model: str, end: End) -> dict[str, Any]:
    frame: dict[str, Any] = {"model": model, "created_at": CREATED_AT, "done": True}
    if end.reason is not None:
        frame["done_reason"] = end.reason
    if end.reason == "load":
        return frame
    frame |= {"total_duration": 4883583458, "load_duration": 1334875}
    if end.prompt_tokens is not None:
        frame |= {"prompt_eval_count": end.prompt_tokens, "prompt_eval_duration": 342546000}
    if end.completion_tokens is not None:
        frame |= {"eval_count": end.completion_tokens, "eval_duration": 4535599000}
    return frame


class OllamaChat:
    content_type: ClassVar[str] = "application/x-ndjson"

    def framer(self, model: str) -> Callable[[str], bytes]:
        # Made once, so that a frame of the benchmark costs little more than its text.
        head = encode({"model": model, "created_at": CREATED_AT})[:-1]
        head += b',"message":{"role":"assistant","content":'
        return lambda text: head + encode(text) + b'},"done":false}\n'

    def end(self, model: str, end: End) -> list[bytes]:
        frame = _ollama_end(model, end)
        frame["message"] = {"role": "assistant", "content": ""}
        return [encode(frame) + b"\n"]

    def whole(self, model: str, text: str, end: End) -> bytes:
        return encode(_ollama_end(model, end) | {"message": {"role": "assistant", "content": text}})

    def error_line(self, message: str) -> bytes:
        return encode({"error": message}) + b"\n"

    def line(self, raw: str) -> bytes:
        return raw.encode() + b"\n"


class OllamaGenerate(OllamaChat):
    def framer(self, model: str) -> Callable[[str], bytes]:
        head = encode({"model": model, "created_at": CREATED_AT})[:-1] + b',"response":'
        return lambda text: head + encode(text) + b',"done":false}\n'

    def end(self, model: str, end: End) -> list[bytes]:
        return [encode(_ollama_end(model, end) | {"response": "", "context": [1, 2, 3]}) + b"\n"]

    def whole(self, model: str, text: str, end: End) -> bytes:
        return encode(_ollama_end(model, end) | {"response": text, "context": [1, 2, 3]})


def _openai_usage(end: End) -> dict[str, int] | None:
    if end.prompt_tokens is None or end.completion_tokens is None:
        return None
    return {
        "prompt_tokens": end.prompt_tokens,
        "completion_tokens": end.completion_tokens,
        "total_tokens": end.prompt_tokens + end.completion_tokens,
    }


class OpenAIChat:
    content_type: ClassVar[str] = "text/event-stream"
    kind: ClassVar[str] = "chat.completion.chunk"

    def framer(self, model: str) -> Callable[[str], bytes]:
        tail = b',"id":"chatcmpl-1","created":1700000000,' + self._head(model) + b"}\n\n"
        start = b'data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":'
        return lambda text: start + encode(text) + b"}}]" + tail

    def _head(self, model: str) -> bytes:
        return encode({"model": model, "object": self.kind})[1:-1]

    def _last_choice(self, reason: str | None) -> dict[str, Any]:
        return {"finish_reason": reason, "index": 0, "delta": {}}

    def end(self, model: str, end: End) -> list[bytes]:
        head: dict[str, Any] = {"model": model, "object": self.kind}
        events = [head | {"choices": [self._last_choice(end.reason)]}]
        if (usage := _openai_usage(end)) is not None:
            events.append(head | {"choices": [], "usage": usage})
        return [*(b"data: " + encode(event) + b"\n\n" for event in events), b"data: [DONE]\n\n"]

    def whole(self, model: str, text: str, end: End) -> bytes:
        message = {"role": "assistant", "content": text}
        choice = {"finish_reason": end.reason, "index": 0, "message": message, "text": text}
        return encode({"model": model, "choices": [choice], "usage": _openai_usage(end)})

    def error_line(self, message: str) -> bytes:
        error = {"code": 500, "message": message, "type": "server_error"}
        return b"data: " + encode({"error": error}) + b"\n\n"

    def line(self, raw: str) -> bytes:
        return raw.encode() + b"\n\n"


class OpenAICompletion(OpenAIChat):
    kind = "text_completion"

    def framer(self, model: str) -> Callable[[str], bytes]:
        tail = b',"id":"cmpl-1","created":1700000000,' + self._head(model) + b"}\n\n"
        start = b'data: {"choices":[{"index":0,"finish_reason":null,"text":'
        return lambda text: start + encode(text) + b"}]" + tail

    def _last_choice(self, reason: str | None) -> dict[str, Any]:
        return {"index": 0, "finish_reason": reason, "text": ""}


Dialect: TypeAlias = OllamaChat | OpenAIChat

DIALECTS: dict[str, Dialect] = {
    "/api/chat": OllamaChat(),
    "/api/generate": OllamaGenerate(),
    "/v1/chat/completions": OpenAIChat(),
    "/v1/completions": OpenAICompletion(),
}


def error_body(path: str, status: int, message: str) -> bytes:
    """Return the body of an error before the answer has started."""
    if path.startswith("/api/"):
        return encode({"error": message})
    return encode({"error": {"code": status, "message": message, "type": "error"}})
