"""How the fake LLM server sends one answer, as scripted, over ASGI."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeAlias

from tests.support.fake_dialects import DIALECTS, Dialect, End
from tests.support.fake_script import Script, Seen, default_text, pieces_of

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]


class Answer:
    """One answer on its way; without a script's text it has `tokens` words, or is an echo."""

    def __init__(
        self, seen: Seen, script: Script, receive: Receive, send: Send, *, tokens: int
    ) -> None:
        self.seen = seen
        self.script = script
        self.send = send
        self.receive = receive
        self.dialect: Dialect = DIALECTS[seen.path]
        self.model = str(seen.body.get("model"))
        self.load = seen.path.startswith("/api/") and not seen.question
        self.pieces = self._pieces(tokens)
        self.gone: asyncio.Task[None] | None = None

    def _pieces(self, tokens: int) -> list[str]:
        script = self.script
        if self.load:
            return []
        if script.chunks is not None:
            return script.chunks
        return pieces_of(default_text(self.seen, tokens) if script.text is None else script.text)

    def _end(self) -> End:
        if self.load:
            return End("load", None, None)
        options = self.seen.body.get("options", self.seen.body)
        limit = options.get("num_predict", options.get("max_tokens"))
        reason = self.script.reason
        if limit is not None and len(self.pieces) > limit:
            self.pieces, reason = self.pieces[:limit], "length"
        if not self.script.counts:
            return End(None if self.seen.path.startswith("/api/") else reason, None, None)
        prompt_tokens = self.script.prompt_tokens
        if prompt_tokens is None:
            prompt_tokens = 1 + len(self.seen.prompt) // 4
        return End(reason, prompt_tokens, len(self.pieces))

    async def run(self, *, stream: bool) -> None:
        end = self._end()
        if await self._left_within(self.script.first_delay_ms):
            return
        if not stream:
            await reply(self.send, 200, self.dialect.whole(self.model, "".join(self.pieces), end))
            return
        if self.script.lines is not None:
            frames: Iterable[bytes] = map(self.dialect.line, self.script.lines)
            last: list[bytes] = []
        else:
            frames = map(self.dialect.framer(self.model), self.pieces)
            last = self.dialect.end(self.model, end)
        await self._start()
        if await self._pieces_sent(frames):
            await self._write(b"".join(last))
            await self.send({"type": "http.response.body", "body": b""})

    async def _pieces_sent(self, frames: Iterable[bytes]) -> bool:
        """Send the frames; return whether the answer is to be ended in the usual way."""
        script = self.script
        for number, frame in enumerate(frames):
            if script.break_after == number:
                await self._break()
                return False
            if number and await self._left_within(script.delay_ms):
                return False
            await self._write(frame)
            self.seen.pieces += 1
        if script.break_after is not None:
            await self._break()
        return script.break_after is None

    async def _break(self) -> None:
        match self.script.breaks:
            case "error":
                await self._write(self.dialect.error_line(self.script.error))
            case "garbage":
                await self._write(self.dialect.line("<html>bad gateway"))
            case "hang":
                await self._left_within(3_600_000)
                return
            case "cut":
                # Returning in the middle of a body makes uvicorn drop the connection.
                return
        await self.send({"type": "http.response.body", "body": b""})

    async def _left_within(self, delay_ms: float) -> bool:
        """Wait; return whether the client has left meanwhile."""
        if delay_ms <= 0:
            return False
        if self.gone is None:
            self.gone = asyncio.create_task(_disconnected(self.receive))
        await asyncio.wait({self.gone}, timeout=delay_ms / 1000)
        if not self.gone.done():
            return False
        self.seen.cancelled_at = time.monotonic()
        return True

    async def _start(self) -> None:
        headers = [(b"content-type", self.dialect.content_type.encode())]
        await self.send({"type": "http.response.start", "status": 200, "headers": headers})

    async def _write(self, data: bytes) -> None:
        await self.send({"type": "http.response.body", "body": data, "more_body": True})


async def read_body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    return body


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def reply(send: Send, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
