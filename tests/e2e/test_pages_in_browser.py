"""Both pages in a real Chromium, in front of a scripted API: wide and narrow, light and dark."""

import json
import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from services.admin.app import create_app as create_admin
from services.admin.settings import AdminSettings
from services.gateway.web.app import create_app as create_web
from services.gateway.web.settings import WebSettings
from tests.support.local_http import served

pytestmark = pytest.mark.e2e

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOSTILE = 'Hello <img src=x onerror="document.title=1"> <b>John</b>\n\n  done'
NOWHERE = "http://127.0.0.1:9"


async def _chat(request: Request) -> Response:
    asked = await request.json()
    if asked["prompt"] == "fail":
        return JSONResponse({"status": 404, "detail": "There is no such model."}, 404)
    told = asked.get("conversation_id", "none")

    async def events() -> AsyncIterator[str]:
        yield _event("start", {"turn_id": "t", "conversation_id": "c-1"})
        yield _event("token", {"text": "first try"})
        yield _event("reset", {})
        if asked["prompt"] == "break":
            return
        for word in HOSTILE.split(" "):
            yield _event("token", {"text": f"{word} "})
        yield _event(
            "done",
            {
                "model": "llama3.2",
                "reply": {"content": f"{HOSTILE} {told}"},
                "timings": {"total_ms": 1_234},
                "degraded": ["demonstration-model"],
            },
        )

    return StreamingResponse(events(), media_type="text/event-stream")


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


async def _ready(_request: Request) -> Response:
    return JSONResponse({"ok": True})


@pytest.fixture
async def api() -> AsyncIterator[str]:
    routes = [Route("/chat/", _chat, methods=["POST"]), Route("/health/ready", _ready)]
    async with served(Starlette(routes=routes)) as url:
        yield url


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        await found.close()


async def opened(browser: Browser, url: str, *, width: int = 1440, dark: bool = False) -> Page:
    """Open a page; anything that it complains about fails the test."""
    context = await browser.new_context(
        viewport={"width": width, "height": 844},
        color_scheme="dark" if dark else "light",
        locale="en-GB",
    )
    page = await context.new_page()
    page.set_default_timeout(10_000)
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    await page.goto(url)
    return page


def web(api_url: str) -> Starlette:
    return create_web(WebSettings(secret_key=SecretStr("s" * 32), api_url=api_url))


async def ask(page: Page, question: str, state: str) -> str:
    await page.fill("#prompt", question)
    await page.keyboard.press("Enter")
    return await page.inner_text(f".turn:last-child[data-state={state}]")


async def overflows(page: Page) -> bool:
    found: bool = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return found


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("dark", [False, True])
async def test_a_person_can_ask(browser: Browser, api: str, width: int, *, dark: bool) -> None:
    async with served(web(api)) as url:
        page = await opened(browser, url, width=width, dark=dark)
        await page.wait_for_selector("#state[data-state=ready]")
        shown = await ask(page, "Hello", "done")
        assert f"{HOSTILE} none" in shown
        assert "llama3.2 · demonstration model · 1.2\u00a0s" in shown
        assert await page.locator(".answer img, .answer b").count() == 0
        assert "c-1" in await ask(page, "Again", "done")
        assert "There is no such model." in await ask(page, "fail", "failed")
        assert "No answer came" in await ask(page, "break", "failed")
        assert not await overflows(page)
        await page.click("#fresh")
        await page.click("[data-try] >> nth=1")
        assert "my name" in await page.input_value("#prompt")
        assert f"{HOSTILE} new" in await ask(page, "Anew", "done")


async def test_a_page_whose_api_is_down_says_so(browser: Browser) -> None:
    async with served(web(NOWHERE)) as url:
        page = await opened(browser, url, width=390)
        await page.wait_for_selector("#state[data-state=down]")
        assert "make status" in await ask(page, "Hello", "failed")
        assert not await overflows(page)


@pytest.mark.parametrize("width", [390, 1440])
async def test_the_admin_page_shows_every_service(browser: Browser, api: str, width: int) -> None:
    others = {"context_url": api, "inference_url": NOWHERE, "memory_writer_url": NOWHERE}
    settings: dict[str, Any] = {"api_url": api, "web_url": NOWHERE, **others}
    async with served(create_admin(AdminSettings(**settings))) as url:
        page = await opened(browser, url, width=width, dark=True)
        row = page.locator("[data-service=gateway][data-state=ready] .condition")
        assert "up · " in await row.inner_text()
        assert await page.locator("[data-state=down]").count() == 3
        assert not await overflows(page)
