"""The admin page without a login: how the services are, and nothing private."""

from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.admin.app import create_app
from services.admin.settings import AdminSettings
from tests.support.local_http import opened, served

NOWHERE = "http://127.0.0.1:9"
DOWN = dict.fromkeys(
    ("api_url", "web_url", "context_url", "inference_url", "memory_writer_url"), NOWHERE
)


def client_of(**urls: Any) -> AbstractAsyncContextManager[httpx.AsyncClient]:
    return opened(create_app(AdminSettings(**urls)), "http://localhost:3002")


def service(status: int, body: Any) -> Starlette:
    async def ready(_request: Request) -> Response:
        return JSONResponse(body, status)

    return Starlette(routes=[Route("/health/ready", ready)])


@pytest.mark.parametrize(
    ("lang", "words"), [("ru", "Состояние сервисов"), ("en", "Service health")]
)
async def test_it_shows_every_service_and_links_to_the_others(lang: str, words: str) -> None:
    async with client_of() as client:
        response = await client.get("/", headers={"accept-language": lang})
    assert response.status_code == 200
    assert words in response.text
    assert "$" not in response.text
    for name in ("gateway", "context", "inference", "memory_writer", "web"):
        assert f'data-service="{name}"' in response.text
    assert 'href="http://localhost:8000/docs"' in response.text
    assert f'href="http://localhost:3000/?lang={lang}"' in response.text
    assert "set-cookie" not in response.headers
    assert "script-src 'self'" in response.headers["content-security-policy"]


async def test_services_are_asked_by_the_server() -> None:
    sick = {"dependencies": {"redis": {"ok": True}, "llm": {"ok": False, "error": "10.1.2.3"}}}
    async with (
        served(service(200, {})) as well,
        served(service(503, sick)) as unwell,
        client_of(**DOWN | {"api_url": well, "inference_url": unwell}) as client,
    ):
        found = (await client.get("/health/services")).json()
        ready = await client.get("/health/ready")
    errors = {name: health["error"] for name, health in found["services"].items()}
    assert errors == {
        "gateway": None,
        "context": "no answer",
        "inference": "not ready: llm",
        "memory_writer": "no answer",
        "web": "no answer",
    }
    assert found["ok"] is False
    # Names are no secret, addresses and messages may be.
    assert "10.1.2.3" not in str(found)
    assert ready.status_code == 200


async def test_it_stays_up_when_everything_else_is_down() -> None:
    async with client_of(**DOWN) as client:
        assert (await client.get("/")).status_code == 200
        assert (await client.get("/health/live")).json() == {"ok": True}
        assert (await client.get("/health/ready")).status_code == 503
        assert (await client.get("/nope")).status_code == 404
        assert (await client.get("/static/services.js")).status_code == 200
