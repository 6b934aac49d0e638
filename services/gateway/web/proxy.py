"""Passes a question on to the API and its answer back, as it comes."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import httpx
import structlog
from httpx_aiohttp import AiohttpTransport
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from services.gateway.web import problems
from services.gateway.web.session import Sessions
from services.gateway.web.settings import WebSettings
from shared.auth import SESSION_COOKIE

log = structlog.get_logger()

_CONNECT_TIMEOUT_S = 2.0
# The API ends every turn by its deadline; only then is it lost.
_SPARE_S = 30.0
_RETRY_AFTER = {"Retry-After": "2"}
_PASSED_ON = ("accept", "accept-language", "idempotency-key", "prefer", "user-agent")
_PASSED_BACK = ("content-type", "cache-control", "location", "retry-after")
_FAILURES = (httpx.HTTPError, aiohttp.ClientError)


class ChatProxy:
    """`POST /chat/` of the page: the API's, for the session of this browser alone."""

    def __init__(self, *, settings: WebSettings, sessions: Sessions) -> None:
        self._settings = settings
        self._sessions = sessions
        patience_s = settings.queue_max_wait_s + settings.turn_hard_cap_s + _SPARE_S
        self._client = httpx.AsyncClient(
            base_url=settings.api_url.rstrip("/"),
            timeout=httpx.Timeout(patience_s, connect=_CONNECT_TIMEOUT_S),
            # httpx's own pool was the bottleneck at 64 streams at once.
            transport=AiohttpTransport(),
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def chat(self, request: Request) -> Response:
        """Answer one question; every failure is a problem document."""
        if not _from_here(request):
            return problems.response(problems.NOT_A_PAGE)
        session = self._sessions.cookie_of(request)
        # Without it the API would take all browsers behind this page for one anonymous client.
        if session is None:
            return problems.response(problems.NO_SESSION)
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return problems.response(problems.NOT_JSON)
        body = await self._body(request)
        if body is None:
            return problems.response(problems.TOO_LARGE)
        return await self._pass_on(request, session, body)

    async def _body(self, request: Request) -> bytes | None:
        """Return the request's body; None when it is too large."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self._settings.max_body_bytes:
                return None
        return bytes(body)

    async def _pass_on(self, request: Request, session: str, body: bytes) -> Response:
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        headers |= {
            "content-type": "application/json",
            "cookie": f"{SESSION_COOKIE}={session}",
            "accept-encoding": "identity",
        }
        asked = self._client.build_request("POST", "/chat/", content=body, headers=headers)
        try:
            answer = await _unless_gone(request, self._client.send(asked, stream=True))
        except (httpx.ConnectError, httpx.ConnectTimeout):
            log.warning("api unreachable", api_url=self._settings.api_url)
            return problems.response(problems.API_DOWN, _RETRY_AFTER)
        except _FAILURES as error:
            log.warning("api broke off", error=repr(error))
            return problems.response(problems.API_BROKEN)
        kept = {name: answer.headers[name] for name in _PASSED_BACK if name in answer.headers}
        return StreamingResponse(_passed_back(answer), answer.status_code, kept)


async def _passed_back(answer: httpx.Response) -> AsyncIterator[bytes]:
    """Yield the answer as it comes. A stream that breaks ends with an event that says so."""
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    except _FAILURES as error:
        log.warning("api broke off", error=repr(error))
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            raise
        yield problems.event(problems.API_BROKEN)
    finally:
        # Closing the connection tells the API that the reader is gone, which stops the turn.
        await asyncio.shield(answer.aclose())


async def _unless_gone(
    request: Request, sending: Coroutine[Any, Any, httpx.Response]
) -> httpx.Response:
    """Wait for the API's first byte, but not for a reader who has left."""
    answer, gone = asyncio.create_task(sending), asyncio.create_task(_disconnected(request))
    try:
        await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise ClientDisconnect
        return await answer
    finally:
        answer.cancel()
        gone.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _from_here(request: Request) -> bool:
    """Whether the question comes from this page (a browser names its origin) or from no page."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
