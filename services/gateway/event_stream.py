"""A response of server-sent events that knows why it ended before its end."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

import structlog
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from shared.web_protocol import CONNECTION

log = structlog.get_logger()

EVENT_STREAM = "text/event-stream"
FAREWELL_S = 1.0
"""How long the last words may take when the server stops, in seconds."""


class EventStream(StreamingResponse):
    """Sends chunks as they come, to a client that reads them.

    `gone` is called when the client has left, or left a chunk unread for `send_timeout_s`; it is
    not when the server stops: then the stream ends with the comment `farewell`, without its end.
    """

    media_type = EVENT_STREAM

    def __init__(
        self,
        chunks: AsyncGenerator[bytes, None],
        *,
        gone: Callable[[], Awaitable[None]],
        send_timeout_s: float,
        farewell: str,
    ) -> None:
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        super().__init__(chunks, headers=headers)
        self._chunks = chunks
        self._gone = gone
        self._send_timeout_s = send_timeout_s
        self._farewell = farewell
        self._started = False
        self._ended = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream."""
        sending = asyncio.create_task(self._send_all(send))
        leaving = asyncio.create_task(disconnected(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done() and sending.result():
                return
            await self._drop(scope, sending, leaving)
        except asyncio.CancelledError:
            await _end(sending)
            if not self._started:
                raise
            if not self._ended:
                await self._take_leave(send)
        finally:
            leaving.cancel()
            await _end(sending)
            await self._chunks.aclose()

    async def _send_all(self, send: Send) -> bool:
        """Send everything; returns False for a client that does not read."""
        start = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **start})
        self._started = True
        try:
            async for chunk in self._chunks:
                await self._send(send, chunk, more=True)
            self._ended = True
            await self._send(send, b"", more=False)
        except TimeoutError:
            return False
        return True

    async def _send(self, send: Send, chunk: bytes, *, more: bool) -> None:
        async with asyncio.timeout(self._send_timeout_s):
            await send({"type": "http.response.body", "body": chunk, "more_body": more})

    async def _drop(
        self, scope: Scope, sending: "asyncio.Task[bool]", leaving: "asyncio.Task[None]"
    ) -> None:
        log.info("client gone", reads=not sending.done())
        await _end(sending)
        await asyncio.shield(self._gone())
        connection = scope.get("extensions", {}).get(CONNECTION)
        if connection is not None and not leaving.done():
            # What it did not read would keep the connection open, and the server's buffer full.
            connection["abort"]()
            await leaving

    async def _take_leave(self, send: Send) -> None:
        last = f": {self._farewell}\n\n".encode()
        try:
            async with asyncio.timeout(FAREWELL_S):
                await send({"type": "http.response.body", "body": last, "more_body": False})
        except TimeoutError:
            log.info("client gone", reads=False)


async def disconnected(receive: Receive) -> None:
    """Return when the client has closed its connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _end(task: "asyncio.Task[bool]") -> None:
    task.cancel()
    await asyncio.wait({task})
