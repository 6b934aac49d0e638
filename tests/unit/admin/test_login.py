"""The admin's door: nothing private without the password, and no way around it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from services.admin.app import create_app
from services.admin.attempts import LIMIT, MAX_ADDRESSES, WINDOW_S, Attempts
from services.admin.settings import AdminSettings
from shared.auth import (
    ADMIN_COOKIE,
    InvalidCredentialError,
    WeakSecretError,
    is_admin_password,
    issue_admin_session,
    issue_session,
    issue_token,
    verify_admin_session,
    verify_session,
    verify_token,
)
from tests.support.local_http import opened

SECRET = "s" * 32
HERE = "http://localhost:3002"
GUARDED = [
    ("GET", "/admin-api/stats"),
    ("GET", "/admin-api/live"),
    ("GET", "/admin-api/dead-letters"),
    ("POST", "/admin-api/dead-letters/1/retry"),
    ("DELETE", "/admin-api/dead-letters/1"),
    ("DELETE", "/admin-api/turns/x"),
    ("GET", "/admin-api/nothing"),
    ("POST", "/logout"),
]


@asynccontextmanager
async def door(password: str = "right", base: str = HERE) -> AsyncIterator[httpx.AsyncClient]:
    settings = AdminSettings(
        secret_key=SecretStr(SECRET),
        admin_password=SecretStr(password),
        nats_url="nats://127.0.0.1:9",
        redis_url="redis://127.0.0.1:9/0",
    )
    async with opened(create_app(settings), base) as client:
        yield client


def session(password: str = "right", secret: str = SECRET, age: timedelta = timedelta()) -> str:
    return issue_admin_session(secret, password, now=datetime.now(UTC) - age)


@pytest.mark.parametrize(("method", "path"), GUARDED)
async def test_without_a_session_the_api_answers_401(method: str, path: str) -> None:
    async with door() as client:
        refused = await client.request(method, path)
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["status"] == 401
    assert "script-src 'self'" in refused.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/", "/?lang=ru", "/health/services", "/nope"])
async def test_without_a_session_a_page_leads_to_the_login_and_back(path: str) -> None:
    async with door() as client:
        sent = await client.get(path)
        assert sent.status_code == 303
        to = urlsplit(sent.headers["location"])
        assert to.path == "/login"
        assert parse_qs(to.query)["next"] == [path]
        form = {"password": "right", "next": path}
        assert (await client.post("/login", data=form)).headers["location"] == path


@pytest.mark.parametrize("host", ["x/login?", "x/static/", "x/health/live#", "x:1/login?a=", ""])
@pytest.mark.parametrize("path", ["/admin-api/stats", "/admin-api/dead-letters"])
async def test_no_host_header_opens_the_door(path: str, host: str) -> None:
    async with door() as client:
        assert (await client.get(path, headers={"host": host})).status_code == 401


@pytest.mark.parametrize(
    "path", ["//admin-api/stats", "/static/..%2fadmin-api/stats", "/login%2f..%2fadmin-api%2fstats"]
)
async def test_no_odd_path_opens_the_door(path: str) -> None:
    async with door() as client:
        assert (await client.get(HERE + path)).status_code in {303, 404}


async def test_what_needs_no_login() -> None:
    async with door() as client:
        assert (await client.get("/health/live")).json() == {"ok": True}
        assert (await client.get("/health/ready")).status_code in {200, 503}
        assert (await client.get("/static/admin.js")).status_code == 200
        assert (await client.get("/shared/page.css")).status_code == 200
        assert (await client.get("/login")).status_code == 200
        assert (await client.get("/static/../app.py")).status_code != 200


async def test_the_cookie_is_for_this_page_alone() -> None:
    async with door() as client:
        entered = await client.post("/login", data={"password": "right"})
        assert entered.status_code == 303
        cookie = entered.headers["set-cookie"]
        for part in (f"{ADMIN_COOKIE}=", "HttpOnly", "SameSite=strict", "Max-Age=43200", "Path=/"):
            assert part in cookie
        assert "Secure" not in cookie
        assert (await client.get("/")).status_code == 200
        assert (await client.get("/login?next=/nope")).headers["location"] == "/nope"
        left = await client.post("/logout")
        assert left.headers["location"] == "/login"
        assert (await client.get("/")).status_code == 303


@pytest.mark.parametrize("forwarded", [False, True])
async def test_over_https_the_cookie_is_secure(*, forwarded: bool) -> None:
    base, headers = (HERE, {"x-forwarded-proto": "https"}) if forwarded else ("https://a.test", {})
    async with door(base=base) as client:
        entered = await client.post("/login", data={"password": "right"}, headers=headers)
    assert "Secure" in entered.headers["set-cookie"]


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "x",
        session("old password"),
        session(secret="o" * 32),
        session(age=timedelta(hours=13)),
        issue_session(SECRET, user_id="admin"),
        issue_token(SECRET, user="admin", admin=True),
    ],
)
async def test_no_other_cookie_opens_the_door(cookie: str) -> None:
    async with door() as client:
        client.cookies.set(ADMIN_COOKIE, cookie)
        assert (await client.get("/admin-api/stats")).status_code == 401


def test_the_admins_session_is_nothing_elsewhere() -> None:
    verify_admin_session(SECRET, "right", session())
    for verify in (verify_session, verify_token):
        with pytest.raises(InvalidCredentialError):
            verify(SECRET, session())
    # Without a password there is no session, not even one that was signed with the empty one.
    with pytest.raises(InvalidCredentialError):
        verify_admin_session(SECRET, "", session(""))


def test_passwords_are_compared_as_text() -> None:
    assert is_admin_password("пароль", "пароль")
    # The same letter in two ways, as two keyboards send it.
    assert is_admin_password("\u0439", "\u0438\u0306")
    assert not is_admin_password("right", "Right")
    assert not is_admin_password("", "")
    assert not is_admin_password("right", "\ud800")


def test_a_server_without_a_secret_does_not_start() -> None:
    with pytest.raises(WeakSecretError):
        create_app(AdminSettings(secret_key=SecretStr("short")))


async def test_without_a_password_nobody_gets_in_and_is_told_what_to_do() -> None:
    async with door(password="") as client:
        shown = await client.get("/login", headers={"accept-language": "en"})
        assert "ADMIN_PASSWORD" in shown.text
        for form in ({"password": ""}, {}):
            refused = await client.post("/login", data=form)
            assert refused.status_code == 503
            assert "set-cookie" not in refused.headers


@pytest.mark.parametrize("lang", ["ru", "en"])
async def test_guessing_is_slow(lang: str) -> None:
    async with door() as client:
        for _ in range(LIMIT):
            wrong = await client.post(f"/login?lang={lang}", data={"password": "wrong"})
            assert wrong.status_code == 401
            assert "$" not in wrong.text
        waits = await client.post(f"/login?lang={lang}", data={"password": "right"})
    assert waits.status_code == 429
    assert 0 < int(waits.headers["retry-after"]) <= 60
    assert f"<b>{waits.headers['retry-after']}</b>" in waits.text
    assert "set-cookie" not in waits.headers


def test_wrong_tries_are_forgotten_in_time_and_in_number() -> None:
    now = 0.0
    attempts = Attempts(lambda: now)
    for _ in range(LIMIT):
        attempts.failed("a")
        now += 1
    assert attempts.wait_s("a") == WINDOW_S - LIMIT
    assert attempts.wait_s("b") == 0
    now = WINDOW_S
    assert attempts.wait_s("a") == 0
    attempts.failed("a")
    assert attempts.wait_s("a") == 1
    attempts.succeeded("a")
    assert attempts.wait_s("a") == 0
    for number in range(2 * MAX_ADDRESSES):
        attempts.failed(str(number))
    assert len(attempts._failures) == MAX_ADDRESSES


@pytest.mark.parametrize(
    "next_",
    [
        "//evil.test",
        "/\\evil.test",
        "/\t/evil.test",
        "https://evil.test",
        "javascript:alert(1)",
        "/ok\r\nset-cookie: a=b",
        "",
        "x",
    ],
)
async def test_the_login_leads_to_no_other_site(next_: str) -> None:
    async with door() as client:
        entered = await client.post("/login", data={"password": "right", "next": next_})
        assert entered.headers["location"] == "/"
        again = await client.get("/login", params={"next": next_})
        assert again.headers["location"] == "/"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.test"},
        {"origin": "null"},
        {"origin": "http://localhost:3000"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/login", "/logout", "/admin-api/dead-letters/1/retry"])
async def test_another_site_changes_nothing(path: str, headers: dict[str, str]) -> None:
    async with door() as client:
        client.cookies.set(ADMIN_COOKIE, session())
        refused = await client.post(path, data={"password": "right"}, headers=headers)
    assert refused.status_code == 403
    assert "set-cookie" not in refused.headers


async def test_the_page_itself_may() -> None:
    async with door() as client:
        headers = {"origin": HERE, "sec-fetch-site": "same-origin"}
        entered = await client.post("/login", data={"password": "right"}, headers=headers)
    assert entered.status_code == 303


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"password=right&" * 100, b"password=" + b"x" * 100_000]
)
async def test_a_form_that_is_none_is_a_wrong_password(body: bytes) -> None:
    async with door() as client:
        assert (await client.post("/login", content=body)).status_code == 401
