"""Adds the rendered answer (`event: html`) to the event stream of a turn."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from typing import Any, TypeVar

from services.gateway.web.markdown import Rendering, blocks

_T = TypeVar("_T")
# A rendering takes at most a fifth of the time, so that long answers do not starve the others.
_REST_PER_COST = 4
_LEAST_PAUSE_S = 0.06
# Up to here rendering is quicker than the way to a thread and back.
_AT_ONCE = 2_000


class EventReader:
    """Cuts a stream into events at blank lines, wherever its chunks end."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []

    def feed(self, chunk: bytes) -> list[list[bytes]]:
        """Take a chunk; return the events that it completes, each as its lines."""
        text = self._rest + chunk
        # A carriage return at the end may be half of a line's end.
        held = b"\r" if text.endswith(b"\r") else b""
        text = text[: len(text) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, rest = text.split(b"\n")
        self._rest = rest + held
        found = []
        for line in lines:
            if line:
                self._lines.append(line)
            elif self._lines:
                found.append(self._lines)
                self._lines = []
        return found


class TurnStream:
    """A turn's events with those of its rendering between them."""

    def __init__(self) -> None:
        self._reader = EventReader()
        self._rendering = Rendering()
        self._length = 0
        self._waiting = False
        self._not_before = 0.0

    async def transformed(self, chunks: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        """Yield the events as they come; what a pause held back follows when it is over."""
        coming = _next(chunks)
        try:
            while True:
                await asyncio.wait({coming}, timeout=self._pause())
                if not coming.done():
                    yield await self._html()
                    continue
                chunk = coming.result()
                if chunk is None:
                    break
                # One piece ahead and no more: a slow reader is the API's to be patient with.
                coming = _next(chunks)
                for lines in self._reader.feed(chunk):
                    yield await self._event(lines)
        finally:
            coming.cancel()
            with suppress(asyncio.CancelledError):
                await coming
            await chunks.aclose()

    def _pause(self) -> float | None:
        """How long to wait for more before what waits is rendered."""
        return max(0.0, self._not_before - time.monotonic()) if self._waiting else None

    async def _event(self, lines: list[bytes]) -> bytes:
        name, data = _parsed(lines)
        as_it_was = b"\n".join(lines) + b"\n\n"
        if name == "token" and isinstance(data.get("text"), str):
            self._rendering.add(data["text"])
            self._length += len(data["text"])
            self._waiting = True
            return as_it_was + (await self._html() if not self._pause() else b"")
        if name == "reset":
            self._rendering.reset()
            self._length = 0
            return as_it_was + await self._html()
        if name == "done":
            return await self._html() + await self._done(lines, data)
        return as_it_was

    async def _html(self) -> bytes:
        begun = time.monotonic()
        changes = await _run(self._length, self._rendering.changes)
        self._waiting = False
        ended = time.monotonic()
        self._not_before = ended + max(_LEAST_PAUSE_S, _REST_PER_COST * (ended - begun))
        if changes is None:
            return b""
        body = {"from": changes[0], "blocks": changes[1]}
        return b"event: html\ndata: " + _json(body) + b"\n\n"

    async def _done(self, lines: list[bytes], data: dict[str, Any]) -> bytes:
        reply = data.get("reply")
        if isinstance(reply, dict) and isinstance(text := reply.get("content"), str):
            reply["html"] = await _run(len(text), lambda: blocks(text))
            lines = [line for line in lines if not line.startswith(b"data:")]
            lines.append(b"data: " + _json(data))
        return b"\n".join(lines) + b"\n\n"


def _next(chunks: AsyncGenerator[bytes, None]) -> "asyncio.Task[bytes | None]":
    return asyncio.ensure_future(anext(chunks, None))


async def _run(length: int, work: Callable[[], _T]) -> _T:
    return work() if length <= _AT_ONCE else await asyncio.to_thread(work)


def _parsed(lines: list[bytes]) -> tuple[str, dict[str, Any]]:
    """Return an event's name and data; no data where it is not a JSON object."""
    fields: dict[str, list[str]] = {"event": [], "data": []}
    for line in lines:
        name, _, value = line.decode(errors="replace").partition(":")
        if name in fields:
            fields[name].append(value.removeprefix(" "))
    try:
        data = json.loads("\n".join(fields["data"]))
    except ValueError:
        data = None
    return "".join(fields["event"][-1:]), data if isinstance(data, dict) else {}


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
