"""HTTP/1.1 for every service: `uvicorn --http shared.web_protocol:BoundedProtocol`.

Uvicorn's fast protocol keeps a request head for as long as it grows, waits for one for ever, and
gives an application no way to drop a connection that nobody reads.
"""

import asyncio
import json
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST_HEAD = 32 * 1024
"""In bytes, where the application's lifespan does not say `max_header_bytes`."""

PATIENCE_S = 30.0
"""How long a client may take to send a head, or the next piece of a body, in seconds."""

CONNECTION = "membus.connection"
"""The extension of the ASGI scope whose `abort` drops the connection, with what it has not sent."""


class BoundedProtocol(HttpToolsProtocol):
    """Uvicorn's protocol with bounds; exact limits of whole heads are the application's matter."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first head."""
        super().connection_made(transport)
        self._incomplete = 0
        self._longest = int(self.app_state.get("max_header_bytes", LONGEST_HEAD))
        self._patience = self.loop.call_later(PATIENCE_S, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._patience.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes until something is complete: a head, a piece of a body, a message."""
        self._incomplete += len(data)
        super().data_received(data)
        if self._incomplete > self._longest and not self.transport.is_closing():
            self._refuse()

    def on_message_begin(self) -> None:
        """Begin a head, whose scope says how to drop the connection."""
        super().on_message_begin()
        self._wait_on()
        connection: dict[Any, Any] = {"abort": self.transport.abort}
        self.scope["extensions"] = {CONNECTION: connection}

    def on_headers_complete(self) -> None:
        """End a head, and wait for a body."""
        self._wait_on()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Go on with a body."""
        self._wait_on()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a message."""
        self._incomplete = 0
        self._patience.cancel()
        super().on_message_complete()

    def _wait_on(self) -> None:
        self._incomplete = 0
        self._patience.cancel()
        self._patience = self.loop.call_later(PATIENCE_S, self.transport.close)

    def _refuse(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(_answer(self._longest))
        self.transport.close()


def _answer(longest: int) -> bytes:
    problem = {
        "type": "about:blank",
        "title": "The request head is too large",
        "status": 431,
        "detail": f"The largest request head is {longest} bytes (MAX_HEADER_BYTES).",
    }
    body = json.dumps(problem).encode()
    head = (
        "HTTP/1.1 431 Request Header Fields Too Large\r\n"
        "content-type: application/problem+json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
