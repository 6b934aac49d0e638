"""A scripted LLM server that speaks Ollama's protocol and OpenAI's, for tests and benchmarks.

In a test: `with FakeLLM() as fake: fake.script(text="Hello"); … fake.url …; fake.requests[-1]`.
As a process: `python -m tests.support.fake_llm --port N [--first-ms N --delay-ms N --tokens N]`,
told what to do with `POST /__script` (the fields of `Script`, one or a list) and asked with
`GET /__requests`; `POST /__reset` forgets scripts and requests, `POST /__models` sets the models.

A plain ASGI application, because it must not be the slow part of a benchmark.
"""

import argparse
import asyncio
import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Self

import uvicorn

from tests.support.fake_answer import Answer, Message, Receive, Send, read_body, reply
from tests.support.fake_catalog import LATEST, inform
from tests.support.fake_dialects import DIALECTS, encode, error_body
from tests.support.fake_script import Script, Seen
from tests.support.fake_vectors import EMBEDDER

MODELS = {
    "llama3.2": 131072,
    "qwen2.5:0.5b": 32768,
    "qwen2.5-coder-0.5b-instruct": 32768,
    EMBEDDER: 8192,
}
"""The models that exist, with their context lengths."""

# Requests are kept for tests; a benchmark makes many more of them.
KEPT_REQUESTS = 2_000


class FakeLLM:
    """The server. `strict=False` answers to any model on OpenAI's paths, as llama.cpp does."""

    def __init__(
        self,
        *,
        port: int = 0,
        models: dict[str, int] | None = None,
        strict: bool = True,
        default: Script | None = None,
        tokens: int = 0,
    ) -> None:
        self.port = port
        self.models = dict(MODELS if models is None else models)
        self.strict = strict
        self.default = default or Script()
        self.tokens = tokens
        self.scripts: list[Script] = []
        self.requests: deque[Seen] = deque(maxlen=KEPT_REQUESTS)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    # --- for tests in the same process --------------------------------------------------------

    @property
    def url(self) -> str:
        """Ollama's address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def openai_url(self) -> str:
        return f"{self.url}/v1"

    def script(self, **fields: Any) -> None:
        """Add a script; they are used up in order."""
        self.scripts.append(Script(**fields))

    def reset(self) -> None:
        self.scripts.clear()
        self.requests.clear()

    def generations(self) -> list[Seen]:
        """Return the requests for an answer, oldest first."""
        return [seen for seen in self.requests if seen.path in DIALECTS]

    async def until(self, condition: Callable[[], object], timeout_s: float = 15.0) -> None:
        """Wait until a condition on what was seen is true; a TimeoutError otherwise."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                await asyncio.sleep(0.001)

    def __enter__(self) -> Self:
        listener = socket.create_server(("127.0.0.1", self.port), backlog=512)
        self.port = listener.getsockname()[1]
        self._server = server(self)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.002)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop serving; connections that hang are dropped."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(10)
        self._server = None

    # --- the application ----------------------------------------------------------------------

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        raw = await read_body(receive)
        try:
            body = json.loads(raw) if raw else {}
        except ValueError:
            await reply(send, 400, error_body(path, 400, "invalid character in JSON"))
            return
        if path.startswith("/__"):
            await reply(send, 200, self._control(path, body))
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        seen = Seen(scope["method"], path, body, headers, scope["client"][1])
        self.requests.append(seen)
        if path in DIALECTS:
            await self._generate(seen, receive, send)
        else:
            await reply(send, *await self._inform(seen))
        seen.ended_at = time.monotonic()

    def _control(self, path: str, body: Any) -> bytes:
        if path == "/__script":
            self.scripts += [Script(**one) for one in (body if isinstance(body, list) else [body])]
        elif path == "/__reset":
            self.reset()
        elif path == "/__models":
            self.models = body
        elif path == "/__requests":
            return encode([asdict(seen) | {"prompt": seen.prompt} for seen in self.requests])
        return encode({"scripts": len(self.scripts), "requests": len(self.requests)})

    async def _inform(self, seen: Seen) -> tuple[int, bytes]:
        """Answer everything but a generation; only a script that names the path changes it."""
        script = self._next(seen, explicit=True)
        if script is not None:
            await asyncio.sleep(script.first_delay_ms / 1000)
        if script is not None and script.status != 200:
            return script.status, error_body(seen.path, script.status, script.error)
        return inform(seen, self.models)

    def _has(self, model: str) -> bool:
        return model.removesuffix(LATEST) in self.models

    def _next(self, seen: Seen, *, explicit: bool = False) -> Script | None:
        """Take the first script for this request; `explicit` ones name its path."""
        for script in self.scripts:
            if (explicit and not script.path) or not seen.path.endswith(script.path):
                continue
            if script.match in seen.prompt:
                script.times -= 1
                if script.times == 0:
                    self.scripts.remove(script)
                return script
        return None if explicit else self.default

    async def _generate(self, seen: Seen, receive: Receive, send: Send) -> None:
        script = self._next(seen) or self.default
        model = str(seen.body.get("model", ""))
        ollama = seen.path.startswith("/api/")
        if script.status != 200:
            await reply(send, script.status, error_body(seen.path, script.status, script.error))
            return
        if (ollama or self.strict) and not self._has(model):
            await reply(send, 404, error_body(seen.path, 404, f"model '{model}' not found"))
            return
        await Answer(seen, script, receive, send, tokens=self.tokens).run(
            stream=seen.body.get("stream", ollama)
        )


def server(fake: FakeLLM) -> uvicorn.Server:
    """Return a server for the fake; its log is silent, for broken streams are on purpose."""
    return uvicorn.Server(
        uvicorn.Config(
            fake,
            port=fake.port,
            log_level="critical",
            access_log=False,
            lifespan="off",
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
            loop="uvloop",
            http="httptools",
            backlog=2048,
        )
    )


def main() -> None:
    """Serve until stopped by a signal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--first-ms", type=float, default=0, help="delay before the first token")
    parser.add_argument("--delay-ms", type=float, default=0, help="delay between tokens")
    parser.add_argument("--tokens", type=int, default=0, help="length of an answer; 0: an echo")
    parser.add_argument("--any-model", action="store_true", help="as llama.cpp: every name exists")
    options = parser.parse_args()
    default = Script(first_delay_ms=options.first_ms, delay_ms=options.delay_ms)
    server(
        FakeLLM(
            port=options.port,
            strict=not options.any_model,
            default=default,
            tokens=options.tokens,
        )
    ).run()


if __name__ == "__main__":
    main()
