"""The page's own `POST /chat/`, in front of an API behind a real port."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from services.gateway.web.app import create_app
from services.gateway.web.settings import WebSettings
from shared.auth import SESSION_COOKIE, issue_session
from tests.support.local_http import served

SECRET = "s" * 32
SESSION = issue_session(SECRET, user_id="s-1")
QUESTION = {"prompt": "Привет", "stream": True}


class FakeApi:
    """An API whose `POST /chat/` does what the question says, and remembers what it saw."""

    def __init__(self) -> None:
        self.seen: list[Request] = []
        self.bodies: list[Any] = []
        self.gone = asyncio.Event()
        self.go_on = asyncio.Event()
        self.ready: tuple[int, Any] = (200, {"ok": True, "dependencies": {}})
        self.app = Starlette(
            routes=[
                Route("/chat/", self.chat, methods=["POST"]),
                Route("/health/ready", self.health),
            ]
        )

    async def chat(self, request: Request) -> Response:
        self.seen.append(request)
        self.bodies.append(await request.json())
        match self.bodies[-1]["prompt"]:
            case "unknown model":
                problem = {"type": "about:blank", "title": "Unknown model", "status": 404}
                kind = "application/problem+json"
                return JSONResponse(problem, 404, {"Retry-After": "7"}, media_type=kind)
            case "hang":
                await self._hang(request)
                return Response()
            case prompt:
                return StreamingResponse(self._events(prompt), media_type="text/event-stream")

    async def health(self, _request: Request) -> Response:
        status, body = self.ready
        return JSONResponse(body, status)

    async def _hang(self, request: Request) -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        self.gone.set()

    async def _events(self, prompt: str) -> AsyncIterator[bytes]:
        try:
            yield b'event: start\ndata: {"turn_id": "t"}\n\n'
            if prompt == "break off":
                raise ConnectionResetError
            await self.go_on.wait()
            yield 'event: token\ndata: {"text": "Здравствуйте"}\n\n'.encode()
        finally:
            self.gone.set()


@pytest.fixture
async def api() -> FakeApi:
    return FakeApi()


@asynccontextmanager
async def page(api_url: str, **changes: Any) -> AsyncIterator[httpx.AsyncClient]:
    settings = WebSettings(secret_key=SecretStr(SECRET), api_url=api_url, **changes)
    async with (
        served(create_app(settings)) as url,
        httpx.AsyncClient(base_url=url, cookies={SESSION_COOKIE: SESSION}, timeout=5) as client,
    ):
        yield client


async def test_a_question_reaches_the_api_with_the_session_and_nothing_else(api: FakeApi) -> None:
    api.go_on.set()
    headers = {"authorization": "Bearer x", "x-forwarded-for": "6.6.6.6", "user-agent": "Firefox"}
    async with served(api.app) as url, page(url) as client:
        client.cookies.set("other", "cookie")
        response = await client.post("/chat/", json=QUESTION, headers=headers)
    assert response.status_code == 200
    assert "Здравствуйте" in response.text
    assert api.bodies == [QUESTION]
    seen = api.seen[0].headers
    assert seen["cookie"] == f"{SESSION_COOKIE}={SESSION}"
    assert seen["user-agent"] == "Firefox"
    assert "authorization" not in seen
    assert "x-forwarded-for" not in seen


async def test_tokens_arrive_as_they_come(api: FakeApi) -> None:
    async with (
        served(api.app) as url,
        page(url) as client,
        client.stream("POST", "/chat/", json=QUESTION) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        chunks = response.aiter_text()
        assert "start" in await anext(chunks)
        assert not api.go_on.is_set()
        api.go_on.set()
        assert "Здравствуйте" in await anext(chunks)


async def test_problems_of_the_api_are_passed_on(api: FakeApi) -> None:
    async with served(api.app) as url, page(url) as client:
        response = await client.post("/chat/", json={"prompt": "unknown model"})
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["retry-after"] == "7"
    assert response.json()["title"] == "Unknown model"


async def test_an_api_that_is_down_is_a_problem_that_says_when_to_come_back() -> None:
    async with page("http://127.0.0.1:9") as client:
        response = await client.post("/chat/", json=QUESTION)
    assert response.status_code == 503
    assert response.headers["retry-after"] == "2"
    assert "make status" in response.json()["detail"]


async def test_an_api_that_is_none_is_a_problem() -> None:
    async def talk_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"nonsense\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(talk_nonsense, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, page(f"http://127.0.0.1:{port}") as client:
        response = await client.post("/chat/", json=QUESTION)
    assert response.status_code == 502
    assert response.json()["title"] == "The API broke off"


async def test_a_stream_that_breaks_off_ends_with_an_error_event(api: FakeApi) -> None:
    async with served(api.app) as url, page(url) as client:
        response = await client.post("/chat/", json={"prompt": "break off"})
    *_, last = response.text.strip().split("\n\n")
    event, data = last.split("\n")
    assert event == "event: error"
    assert json.loads(data.removeprefix("data: "))["status"] == 502


async def test_a_reader_who_leaves_within_the_stream_stops_it(api: FakeApi) -> None:
    async with served(api.app) as url, page(url) as client:
        async with client.stream("POST", "/chat/", json=QUESTION) as response:
            await anext(response.aiter_text())
        await asyncio.wait_for(api.gone.wait(), 1)


async def test_a_reader_who_leaves_before_the_answer_stops_it(api: FakeApi) -> None:
    async with served(api.app) as url, page(url) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.post("/chat/", json={"prompt": "hang"}, timeout=0.3)
        await asyncio.wait_for(api.gone.wait(), 1)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"cookies": {SESSION_COOKIE: "nonsense"}}, 401),
        ({"headers": {"origin": "https://evil.example"}}, 403),
        ({"headers": {"origin": "null"}}, 403),
        ({"headers": {"origin": "http://localhost:9999"}}, 403),
        ({"headers": {"content-type": "text/plain"}}, 415),
        ({"content": b'"' + b"x" * 2_000 + b'"'}, 413),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_what_is_not_a_question_from_this_page_never_reaches_the_api(
    api: FakeApi, changes: dict[str, Any], status: int
) -> None:
    request: dict[str, Any] = {
        "content": json.dumps(QUESTION),
        "headers": {},
        "cookies": {SESSION_COOKIE: SESSION},
    } | changes
    cookie = "; ".join(f"{name}={value}" for name, value in request.pop("cookies").items())
    headers = {"content-type": "application/json", "cookie": cookie} | request.pop("headers")
    async with served(api.app) as url, page(url, max_body_bytes=1_024) as client:
        client.cookies.clear()
        response = await client.post("/chat/", headers=headers, **request)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert not api.seen


async def test_the_pages_own_origin_is_welcome(api: FakeApi) -> None:
    api.go_on.set()
    async with served(api.app) as url, page(url) as client:
        origin = str(client.base_url).rstrip("/")
        response = await client.post("/chat/", json=QUESTION, headers={"origin": origin})
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("answer", "status", "notes"),
    [
        ((200, {}), 200, []),
        ((503, {"dependencies": {"redis": {"ok": False}, "nats": {"ok": True}}}), 200, ["redis"]),
        ((503, {"dependencies": {}}), 200, ["HTTP 503"]),
        ((500, "x"), 503, []),
        ((404, {"detail": "x"}), 503, []),
    ],
)
async def test_the_page_is_ready_when_the_api_answers(
    api: FakeApi, answer: tuple[int, Any], status: int, notes: list[str]
) -> None:
    api.ready = answer
    async with served(api.app) as url, page(url) as client:
        response = await client.get("/health/ready")
    assert response.status_code == status
    assert response.json()["notes"] == notes


class EchoApi:
    """An API that says what reached it, on any path."""

    def __init__(self) -> None:
        self.app = Starlette(
            routes=[Route("/{path:path}", self.echo, methods=["GET", "POST", "PATCH", "DELETE"])]
        )

    async def echo(self, request: Request) -> Response:
        body = {
            "method": request.method,
            "path": request.scope["raw_path"].decode(),
            "query": request.url.query,
            "body": (await request.body()).decode(),
            "type": request.headers.get("content-type"),
        }
        return JSONResponse(body, headers={"content-disposition": 'attachment; filename="x"'})


@pytest.mark.parametrize(
    ("method", "path", "reached"),
    [
        ("GET", "/memory/conversation/a%3Fb?limit=2&before=x", "/memory/conversation/a%3Fb"),
        ("DELETE", "/memory/conversation/a/message/b-u", "/memory/conversation/a/message/b-u"),
        ("DELETE", "/memory/user/me/facts/f?erase=true", "/memory/user/me/facts/f"),
        ("POST", "/memory/user/me/facts/f/restore", "/memory/user/me/facts/f/restore"),
        ("GET", "/memory/user/me/export", "/memory/user/me/export"),
        ("DELETE", "/chat/turns/t", "/chat/turns/t"),
    ],
)
async def test_the_apis_routes_are_passed_on(method: str, path: str, reached: str) -> None:
    async with served(EchoApi().app) as url, page(url) as client:
        response = await client.request(method, path)
    assert response.status_code == 200
    assert response.headers["content-disposition"].startswith("attachment")
    seen = response.json()
    assert (seen["method"], seen["path"]) == (method, reached)
    assert seen["query"] == path.partition("?")[2]


async def test_an_import_is_streamed_through() -> None:
    lines = b'{"a": 1}\n' * 1_000
    headers = {"content-type": "application/x-ndjson"}
    async with served(EchoApi().app) as url, page(url, max_body_bytes=1_024) as client:
        response = await client.post(
            "/memory/user/me/import?from=membus", content=lines, headers=headers
        )
    seen = response.json()
    assert seen["body"].encode() == lines
    assert (seen["type"], seen["query"]) == ("application/x-ndjson", "from=membus")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/memory/user/somebody", 404),
        ("GET", "/memory/system/key", 404),
        ("POST", "/models/pull", 404),
        ("POST", "/memory/conversation/a/message", 404),
        ("GET", "/memory/conversation/a%2F..%2Fb", 404),
        ("GET", "/memory/conversation/%2E%2E", 404),
        ("PUT", "/memory/conversation/a", 405),
    ],
)
async def test_nothing_else_is_passed_on(method: str, path: str, status: int) -> None:
    async with served(EchoApi().app) as url, page(url) as client:
        response = await client.request(method, path)
    assert response.status_code == status


@pytest.mark.parametrize("headers", [{"origin": "http://evil"}, {"sec-fetch-site": "cross-site"}])
async def test_another_site_cannot_write(headers: dict[str, str]) -> None:
    async with served(EchoApi().app) as url, page(url) as client:
        response = await client.delete("/memory/user/me", headers=headers)
    assert response.status_code == 403
