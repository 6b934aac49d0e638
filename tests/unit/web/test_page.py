"""The chat page as a browser gets it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from services.gateway.web.app import create_app
from services.gateway.web.settings import WebSettings
from shared.auth import SESSION_COOKIE, WeakSecretError, issue_session, verify_session
from tests.support.local_http import opened

SECRET = "s" * 32
# Nobody listens there: port 9 is refused at once.
SETTINGS = WebSettings(secret_key=SecretStr(SECRET), api_url="http://127.0.0.1:9")


def client_of(
    base_url: str = "http://localhost:3000",
) -> AbstractAsyncContextManager[httpx.AsyncClient]:
    return opened(create_app(SETTINGS), base_url)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of() as found:
        yield found


def user_of(response: httpx.Response) -> str:
    return verify_session(SECRET, response.cookies[SESSION_COOKIE]).user_id


@pytest.mark.parametrize(
    ("query", "accepted", "expected"),
    [
        ("", "ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("", "de, en;q=0.5, ru;q=0.6", "ru"),
        ("", "en-GB", "en"),
        ("", "ru;q=0", "en"),
        ("", "ru;q=x, en", "en"),
        ("", "ru;q=.", "en"),
        ("", "*", "en"),
        ("", "", "en"),
        ("?lang=ru", "en", "ru"),
        ("?lang=en", "ru", "en"),
        ("?lang=xx", "ru", "ru"),
    ],
)
async def test_it_speaks_the_readers_language(
    client: httpx.AsyncClient, query: str, accepted: str, expected: str
) -> None:
    response = await client.get(f"/{query}", headers={"accept-language": accepted})
    assert response.status_code == 200
    assert f'<html lang="{expected}">' in response.text
    assert ("помнит" in response.text) == (expected == "ru")
    assert response.headers["content-language"] == expected
    assert "$" not in response.text


@pytest.mark.parametrize(
    "path", ["/", "/nope", "/static/app.js", "/health/live", "/shared/page.css"]
)
async def test_nothing_but_its_own_files_may_run(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'self'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


async def test_its_files_travel_compressed(client: httpx.AsyncClient) -> None:
    response = await client.get("/static/chat.css")
    assert response.headers["content-encoding"] == "gzip"
    assert int(response.headers["content-length"]) < len(response.content) / 2


async def test_it_has_no_script_or_style_of_its_own_inside(client: httpx.AsyncClient) -> None:
    text = (await client.get("/")).text
    assert " style=" not in text
    assert "<style" not in text
    assert " on" not in text.replace(" one", "").split("<body")[0]
    ours = text.count('<script type="module" src="/')
    data = text.count('<script type="application/json" id="')
    assert text.count("<script") == ours + data


async def test_a_conversation_has_an_address_of_its_own(client: httpx.AsyncClient) -> None:
    response = await client.get("/c/some-conversation")
    assert response.status_code == 200
    assert user_of(response).startswith("s-")


@pytest.mark.parametrize(
    ("opened", "docs"),
    [
        ("http://localhost:3000", "http://localhost:9/docs"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:9/docs"),
        ("http://[::1]:3000", "http://[::1]:9/docs"),
        ("http://box.lan:3000", "http://box.lan:9/docs"),
    ],
)
async def test_links_go_by_the_name_under_which_the_page_was_opened(opened: str, docs: str) -> None:
    async with client_of(opened) as client:
        text = (await client.get("/")).text
    assert f'href="{docs}"' in text
    assert f'href="{docs.replace(":9/docs", ":3002/?lang=en")}"' in text


@pytest.mark.parametrize(
    ("configured", "link"),
    [
        ("https://membus.example/api/", "https://membus.example/api/docs"),
        ("http://10.0.0.5:8000", "http://10.0.0.5:8000/docs"),
        ("http://api.localhost:8000", "http://localhost:8000/docs"),
    ],
)
async def test_an_address_elsewhere_stays_as_configured(configured: str, link: str) -> None:
    settings = WebSettings(secret_key=SecretStr(SECRET), api_url=configured)
    async with opened(create_app(settings), "http://localhost:3000") as client:
        assert f'href="{link}"' in (await client.get("/")).text


async def test_a_strange_host_cannot_write_into_the_page(client: httpx.AsyncClient) -> None:
    response = await client.get("/", headers={"host": '"><script>alert(1)</script>'})
    assert "alert(1)" not in response.text
    assert 'href="http://127.0.0.1:9/docs"' in response.text


async def test_the_first_visit_sets_a_session(client: httpx.AsyncClient) -> None:
    response = await client.get("/")
    cookie = response.headers["set-cookie"]
    assert user_of(response).startswith("s-")
    for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=31536000"):
        assert part in cookie
    assert "Secure" not in cookie
    assert response.headers["cache-control"] == "no-store"


async def test_later_visits_keep_it(client: httpx.AsyncClient) -> None:
    await client.get("/")
    assert "set-cookie" not in (await client.get("/")).headers


async def test_two_browsers_are_two_users() -> None:
    users = set()
    for _ in range(2):
        async with client_of() as client:
            users.add(user_of(await client.get("/")))
    assert len(users) == 2


@pytest.mark.parametrize("old", ["nonsense", issue_session("o" * 32, user_id="s-1")])
async def test_an_invalid_session_is_replaced(client: httpx.AsyncClient, old: str) -> None:
    response = await client.get("/", headers={"cookie": f"{SESSION_COOKIE}={old}"})
    assert user_of(response) != "s-1"


@pytest.mark.parametrize(
    ("base_url", "headers"),
    [("https://localhost:3000", {}), ("http://localhost", {"x-forwarded-proto": "https"})],
)
async def test_over_https_the_cookie_is_secure(base_url: str, headers: dict[str, Any]) -> None:
    async with client_of(base_url) as client:
        assert "Secure" in (await client.get("/", headers=headers)).headers["set-cookie"]


async def test_a_page_that_is_not_there_says_so(client: httpx.AsyncClient) -> None:
    response = await client.get("/nope", headers={"accept-language": "ru"})
    assert response.status_code == 404
    assert "Такой страницы нет" in response.text
    assert (await client.get("/static/nope.js")).status_code == 404
    assert (await client.get("/static/../app.py")).status_code == 404


async def test_health(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live")).json() == {"ok": True}
    response = await client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["dependencies"]["api"]["error"] == "no answer"


def test_without_a_secret_it_does_not_start() -> None:
    with pytest.raises(WeakSecretError, match="make up"):
        create_app(WebSettings())
