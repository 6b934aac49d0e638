"""Passes the page's requests on to the API and its answers back, as they come."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import httpx
import structlog
from httpx_aiohttp import AiohttpTransport
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from services.gateway.web import history, problems
from services.gateway.web.routes import ROUTES, Passed
from services.gateway.web.session import Sessions
from services.gateway.web.settings import WebSettings
from services.gateway.web.streams import TurnStream
from shared.auth import SESSION_COOKIE

log = structlog.get_logger()

_CONNECT_TIMEOUT_S = 2.0
# The API ends every turn by its deadline; only then is it lost.
_SPARE_S = 30.0
_RETRY_AFTER = {"Retry-After": "2"}
_SAFE = ("GET", "HEAD")
_JSON = "application/json"
_PASSED_ON = (
    *("accept", "accept-language", "idempotency-key"),
    *("last-event-id", "prefer", "user-agent"),
)
_PASSED_BACK = (
    *("content-type", "content-disposition", "cache-control"),
    *("location", "preference-applied", "retry-after"),
)
_FAILURES = (httpx.HTTPError, aiohttp.ClientError)


class ApiProxy:
    """The API's routes that the page needs, for the session of this browser alone."""

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

    def routes(self) -> list[Route]:
        """Return what is passed on, and nothing else."""
        return [
            Route(each.path, self._endpoint(each), methods=list(each.methods)) for each in ROUTES
        ]

    def _endpoint(self, passed: Passed) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            return await self._answer(passed, request)

        return endpoint

    async def _answer(self, passed: Passed, request: Request) -> Response:
        """Answer one request; every failure is a problem document."""
        if request.method not in _SAFE and not _from_here(request):
            return problems.response(problems.NOT_A_PAGE)
        session = self._sessions.cookie_of(request)
        # Without it the API would take all browsers behind this page for one anonymous client.
        if session is None:
            return problems.response(problems.NO_SESSION)
        path = passed.filled(request.path_params)
        if path is None:
            return problems.response(problems.NO_SUCH_ID)
        content: bytes | AsyncIterator[bytes] | None = None
        match passed.methods.get(request.method, "none"):
            case "json":
                if request.headers.get("content-type", "").partition(";")[0] != _JSON:
                    return problems.response(problems.NOT_JSON)
                content = await self._body(request)
                if content is None:
                    return problems.response(problems.TOO_LARGE)
            case "stream":
                content = request.stream()
        return await self._pass_on(passed, request, session, path, content)

    async def _body(self, request: Request) -> bytes | None:
        """Return the request's body; None when it is too large."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self._settings.max_body_bytes:
                return None
        return bytes(body)

    async def _pass_on(
        self,
        passed: Passed,
        request: Request,
        session: str,
        path: str,
        content: bytes | AsyncIterator[bytes] | None,
    ) -> Response:
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        headers |= {"cookie": f"{SESSION_COOKIE}={session}", "accept-encoding": "identity"}
        if content is not None and "content-type" in request.headers:
            headers["content-type"] = request.headers["content-type"]
        query = request.url.query
        asked = self._client.build_request(
            request.method, f"{path}?{query}" if query else path, content=content, headers=headers
        )
        sending = self._client.send(asked, stream=True)
        try:
            # A body that is passed through is read while sending: only then is a reader's leaving
            # seen by whoever reads it.
            streamed = not isinstance(content, bytes | None)
            answer = await (sending if streamed else _unless_gone(request, sending))
            return await _shaped(passed, request, answer)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            log.warning("api unreachable", api_url=self._settings.api_url)
            return problems.response(problems.API_DOWN, _RETRY_AFTER)
        except _FAILURES as error:
            log.warning("api broke off", error=repr(error))
            return problems.response(problems.API_BROKEN)


async def _shaped(passed: Passed, request: Request, answer: httpx.Response) -> Response:
    """Return the API's answer, with rendered text where the page shows it."""
    kept = {name: answer.headers[name] for name in _PASSED_BACK if name in answer.headers}
    kind = answer.headers.get("content-type", "")
    chunks = _passed_back(answer)
    if passed.shape == "history" and answer.is_success and request.method == "GET":
        body = b"".join([chunk async for chunk in chunks])
        return Response(await history.with_html(body), answer.status_code, kept)
    # Who resumes in the middle has no beginning to render.
    resumed = "last-event-id" in request.headers
    if passed.shape == "turn" and kind.startswith("text/event-stream") and not resumed:
        return StreamingResponse(TurnStream().transformed(chunks), answer.status_code, kept)
    return StreamingResponse(chunks, answer.status_code, kept)


async def _passed_back(answer: httpx.Response) -> AsyncGenerator[bytes, None]:
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
    """Whether a write comes from this page (a browser names its origin) or from no page."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
