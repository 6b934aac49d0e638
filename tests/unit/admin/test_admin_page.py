"""The admin page: what it shows, and that it is there when nothing else is."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.admin.app import create_app
from services.admin.settings import AdminSettings
from tests.support.local_http import opened, served

NOWHERE = "http://127.0.0.1:9"
DOWN: dict[str, Any] = dict.fromkeys(
    ("api_url", "web_url", "context_url", "inference_url", "memory_writer_url"), NOWHERE
)
SERVICES = ("gateway", "context", "inference", "memory_writer", "web")
STATIC = Path(__file__).parents[3] / "services" / "admin" / "static"
TEMPLATE = STATIC.parent / "templates" / "home.html"


SETTINGS: dict[str, Any] = {
    "secret_key": SecretStr("s" * 32),
    "admin_password": SecretStr("right"),
    "nats_url": "nats://127.0.0.1:9",
    "redis_url": "redis://127.0.0.1:9/0",
}


@asynccontextmanager
async def admin(**more: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client that is logged in; no server is running."""
    app = create_app(AdminSettings(**SETTINGS, **more))
    async with opened(app, "http://localhost:3002") as client:
        entered = await client.post("/login", data={"password": "right"})
        assert entered.status_code == 303
        yield client


def service(status: int, body: Any) -> Starlette:
    async def ready(_request: Request) -> Response:
        return JSONResponse(body, status)

    return Starlette(routes=[Route("/health/ready", ready)])


@pytest.mark.parametrize(("lang", "words"), [("ru", "Время по этапам"), ("en", "Time per stage")])
async def test_it_speaks_the_readers_language_and_links_to_the_others(
    lang: str, words: str
) -> None:
    async with admin() as client:
        response = await client.get("/", headers={"accept-language": lang})
    assert response.status_code == 200
    assert words in response.text
    assert "$" not in response.text
    for name in SERVICES:
        assert f'data-service="{name}"' in response.text
    assert 'href="http://localhost:8000/docs"' in response.text
    assert f'href="http://localhost:3000/?lang={lang}"' in response.text
    assert "script-src 'self'" in response.headers["content-security-policy"]


def test_every_word_that_a_script_says_is_on_the_page() -> None:
    template = TEMPLATE.read_text(encoding="utf-8")
    given = {
        re.sub(r"-(\w)", lambda letter: letter[1].upper(), name)
        for name in re.findall(r"data-([a-z-]+)=", template.partition('id="words"')[2])
    }
    said = {
        word
        for script in STATIC.glob("*.js")
        for word in re.findall(r"\bwords\.(\w+)", script.read_text(encoding="utf-8"))
    }
    assert said - {"js"} <= given  # the module itself


async def test_services_are_asked_by_the_server() -> None:
    sick = {"dependencies": {"redis": {"ok": True}, "llm": {"ok": False, "error": "10.1.2.3"}}}
    async with (
        served(service(200, {})) as well,
        served(service(503, sick)) as unwell,
        admin(**DOWN | {"api_url": well, "inference_url": unwell}) as client,
    ):
        found = (await client.get("/admin-api/stats")).json()
        ready = await client.get("/health/ready")
    errors = {name: health["error"] for name, health in found["services"].items()}
    assert errors == {
        "gateway": None,
        "context": "no answer",
        "inference": "not ready: llm",
        "memory_writer": "no answer",
        "web": "no answer",
    }
    # Names are no secret, addresses and messages may be.
    assert "10.1.2.3" not in str(found)
    assert ready.status_code == 200


async def test_it_stays_up_when_everything_else_is_down() -> None:
    async with admin(**DOWN) as client:
        assert (await client.get("/")).status_code == 200
        assert (await client.get("/health/live")).json() == {"ok": True}
        assert (await client.get("/health/ready")).status_code == 503
        assert (await client.get("/nope")).status_code == 404
        state = (await client.get("/admin-api/stats")).json()
        letters = await client.get("/admin-api/dead-letters")
        stopped = await client.delete("/admin-api/turns/abc")
    assert len(state["minutes"]) == 60
    assert state["turns"]["error"].startswith("redis is down")
    assert state["queues"]["error"].startswith("nats is down")
    for refused in (letters, stopped):
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "cursor=-1", "cursor=٣"])
async def test_a_bad_query_is_named(query: str) -> None:
    async with admin() as client:
        refused = await client.get(f"/admin-api/dead-letters?{query}")
    assert refused.status_code == 422
    assert query.partition("=")[0] in refused.json()["detail"]


@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 422), (b"[]", 422), (b"x" * (8 * 1024 * 1024 + 1), 413)]
)
async def test_a_bad_body_is_refused(body: bytes, status: int) -> None:
    async with admin() as client:
        refused = await client.post("/admin-api/dead-letters/1/retry", content=body)
    assert refused.status_code == status


async def test_the_state_comes_every_second() -> None:
    settings = AdminSettings(**SETTINGS, **DOWN)
    async with (
        served(create_app(settings)) as url,
        httpx.AsyncClient(base_url=url, timeout=5) as client,
    ):
        await client.post("/login", data={"password": "right"})
        states: list[Any] = []
        async with client.stream("GET", "/admin-api/live") as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            async for line in response.aiter_lines():
                if line.startswith("data: "):
                    states.append(json.loads(line.removeprefix("data: ")))
                if len(states) == 2:
                    break
    assert states[0]["at"] < states[1]["at"]
