"""How much the gateway takes at a time: what is more is refused with a problem document."""

import re

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.problems import RETRY_AFTER_S, response
from services.gateway.settings import GatewaySettings
from shared.contracts.parts import Problem

HEALTH = "/health/"
"""Whoever looks after the gateway must see it when it is full, too."""

IMPORT = re.compile(r"/memory/user/[^/]+/import")
"""Takes a file, which goes to the disk piece by piece; every other body is read into memory."""


class BodyLimit:
    """Refuses a request body over the limit, announced or not.

    FastAPI's own `max_body_size` answers an announced length in plain text.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int, import_max_bytes: int) -> None:
        self._app = app
        self._limits = {
            "MAX_BODY_BYTES": max_bytes,
            "IMPORT_MAX_BYTES": import_max_bytes,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        setting = "IMPORT_MAX_BYTES" if IMPORT.fullmatch(scope["path"]) else "MAX_BODY_BYTES"
        longest = self._limits[setting]
        detail = f"The largest request body is {longest} bytes ({setting})."
        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length) > longest:
            problem = Problem(title="Too large", status=413, detail=detail)
            await response(problem)(scope, receive, send)
            return
        await self._app(scope, self._counting(receive, longest, detail), send)

    @staticmethod
    def _counting(receive: Receive, longest: int, detail: str) -> Receive:
        total = 0

        async def counted() -> Message:
            nonlocal total
            message = await receive()
            total += len(message.get("body", b""))
            if total > longest:
                raise HTTPException(413, detail)
            return message

        return counted


class HeadLimit:
    """Refuses a request head over the limit."""

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 431."""
        if scope["type"] == "http" and _head_bytes(scope) > self._max_bytes:
            detail = f"The largest request head is {self._max_bytes} bytes (MAX_HEADER_BYTES)."
            problem = Problem(title="The request head is too large", status=431, detail=detail)
            await response(problem)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _head_bytes(scope: Scope) -> int:
    # Each header has a colon, a space and a line end; the first line is the target and little more.
    target = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    return target + sum(len(name) + len(value) + 4 for name, value in scope["headers"])


class RequestLimit:
    """Refuses a request when as many as the limit are being served; open streams count."""

    def __init__(self, app: ASGIApp, *, max_requests: int) -> None:
        self._app = app
        self._max_requests = max_requests
        self._serving = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 503."""
        if scope["type"] != "http" or scope["path"].startswith(HEALTH):
            await self._app(scope, receive, send)
            return
        if self._serving >= self._max_requests:
            await self._refuse(scope, receive, send)
            return
        self._serving += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._serving -= 1

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        detail = (
            f"{self._max_requests} requests are being served already (MAX_CONNECTIONS). "
            "Try again soon."
        )
        problem = Problem(title="Too many requests at a time", status=503, detail=detail)
        await response(problem, headers={"Retry-After": RETRY_AFTER_S})(scope, receive, send)


def install(app: FastAPI, settings: GatewaySettings) -> None:
    """Put the limits before an application; the last one is asked first."""
    app.add_middleware(
        BodyLimit,
        max_bytes=settings.max_body_bytes,
        import_max_bytes=settings.import_max_bytes,
    )
    app.add_middleware(HeadLimit, max_bytes=settings.max_header_bytes)
    app.add_middleware(RequestLimit, max_requests=settings.max_connections)
