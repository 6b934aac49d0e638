"""The admin page in a real Chromium, wide and narrow, light and dark, beside the real pipeline."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import nats
import pytest
from playwright.async_api import Browser, Page
from starlette.applications import Starlette

from services.admin.app import create_app as create_admin
from services.admin.settings import AdminSettings
from shared.contracts.events import DeadLettered
from shared.contracts.memory import MessageAdded
from shared.contracts.subjects import MESSAGE_ADDED, dead_subject
from tests.support.browser import overflows
from tests.support.fake_llm import FakeLLM
from tests.support.local_http import served, served_at
from tests.support.pipeline import Pipeline, running_pipeline
from tests.support.samples import message_added
from tests.support.servers import Running, free_port

pytestmark = pytest.mark.e2e

HOSTILE = 'Hello <img src=x onerror="document.title=1"> <b>John</b>\n\n  done'
NOWHERE = "http://127.0.0.1:9"


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


@pytest.fixture
async def pipeline(own_nats: Running, own_redis: Running, llm: FakeLLM) -> AsyncIterator[Pipeline]:
    llm.reset()
    async with running_pipeline(own_nats.url, own_redis.url, llm) as found:
        yield found


def admin(pipeline: Pipeline, **more: Any) -> Starlette:
    names = ("context", "inference", "memory_writer")
    urls = {f"{name}_url": pipeline.services[name].url for name in names}
    settings: dict[str, Any] = {
        **{name: pipeline.environment[name] for name in ("nats_url", "redis_url", "secret_key")},
        "api_url": pipeline.services["gateway"].url,
        "web_url": NOWHERE,
        "admin_password": "the right one",
        **urls,
        **more,
    }
    return create_admin(AdminSettings(**settings))


async def log_in(page: Page) -> None:
    await page.fill("#password", "the right one")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#link[data-state=ready]")


async def bury(nats_url: str, event: MessageAdded) -> None:
    dead = DeadLettered(
        subject=MESSAGE_ADDED.at(event.user_id),
        stream="MEMORY",
        sequence=1,
        durable="redis-writer",
        service="memory_writer",
        deliveries=5,
        error_type="ValueError",
        error=HOSTILE,
        payload=event.model_dump_json(),
    )
    wire = await nats.connect(nats_url)
    subject = dead_subject(dead.subject)
    await wire.jetstream().publish(subject, dead.model_dump_json().encode())
    await wire.close()


async def test_the_admin_wants_the_password(browser: Browser, pipeline: Pipeline) -> None:
    async with served(admin(pipeline)) as url:
        page = await opened(browser, f"{url}/?lang=ru", width=390)
        assert "/login" in page.url
        assert await page.inner_text("h1") == "Админка"
        await page.fill("#password", "a wrong one")
        await page.keyboard.press("Enter")
        assert await page.inner_text(".alert:visible") == "Пароль неверен."
        assert not await overflows(page)
        await log_in(page)
        assert page.url == f"{url}/?lang=ru"
        await page.click("form[action='/logout'] button")
        await page.wait_for_url("**/login")
        await page.goto(url)
        assert "/login" in page.url


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("dark", [False, True])
async def test_the_admin_sees_turns_and_services(
    browser: Browser, pipeline: Pipeline, llm: FakeLLM, width: int, *, dark: bool
) -> None:
    async with served(admin(pipeline)) as url:
        page = await opened(browser, url, width=width, dark=dark)
        await log_in(page)
        assert await page.inner_text("#no-letters:visible") == "No dead letters."
        assert "up · " in await page.inner_text("[data-service=gateway][data-state=ready]")
        assert "does not answer" in await page.inner_text("[data-service=web][data-state=down]")
        await pipeline.ask("quick")
        await page.wait_for_selector("#chart .completed")
        assert await page.inner_text("#legend [data-outcome=completed] b") == "1"
        llm.script(chunks=["word "] * 2_000, delay_ms=20, match="slow")
        asked = asyncio.create_task(pipeline.ask("slow secret", conversation_id="c-slow"))
        await page.wait_for_selector("#open .tag[data-status=running]")
        assert "c-slow" in await page.inner_text("#open")
        assert "secret" not in await page.content()
        assert not await overflows(page)
        await page.click("#open button")
        await page.click("#ask-yes")
        assert (await asked).status_code == 409
        await page.wait_for_selector("#no-open:visible")
        await page.wait_for_selector("#chart .cancelled")


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_admin_edits_retries_and_deletes_dead_letters(
    browser: Browser, pipeline: Pipeline, width: int
) -> None:
    me = (await pipeline.client.get("/auth/me")).json()["user_id"]
    nats_url = pipeline.environment["nats_url"]
    async with served(admin(pipeline)) as url:
        page = await opened(browser, url, width=width)
        await log_in(page)
        await bury(nats_url, message_added(0, "early", user=me, conversation="c"))
        await page.click(".letter summary")
        assert "<img src=x" in await page.inner_text(".letter .error")
        assert await page.locator(".letter img, .letter b").count() == 0
        payload = await page.input_value(".letter textarea")
        await page.fill(".letter textarea", payload.replace('"user_id"', '"nobody"'))
        await page.click(".letter >> text=Retry")
        assert "user_id: Field required" in await page.inner_text("#letters-error:visible")
        await page.fill(".letter textarea", payload.replace("early", "mended"))
        assert not await overflows(page)
        await page.click(".letter >> text=Retry")
        await page.wait_for_selector("#letters-done:visible")
        await page.wait_for_selector("#no-letters:visible")
        kept = await pipeline.client.get("/memory/conversation/c")
        assert [message["content"] for message in kept.json()["messages"]] == ["mended"]
        await bury(nats_url, message_added(0, "other", user=me, conversation="c"))
        await page.click(".letter summary")
        await page.click(".letter >> text=Delete")
        await page.keyboard.press("Escape")
        assert await page.locator(".letter").count() == 1
        await page.click(".letter >> text=Delete")
        await page.click("#ask-yes")
        await page.wait_for_selector("#no-letters:visible")


async def test_the_admin_page_comes_back_and_notices_a_new_password(
    browser: Browser, pipeline: Pipeline
) -> None:
    port = free_port()
    async with served_at(port, admin(pipeline)):
        page = await opened(browser, f"http://127.0.0.1:{port}")
        await log_in(page)
    await page.wait_for_selector("#link[data-state=down]")
    assert "trying again" in await page.inner_text("#link")
    async with served_at(port, admin(pipeline)):
        await page.wait_for_selector("#link[data-state=ready]")
    async with served_at(port, admin(pipeline, admin_password="another")):
        await page.wait_for_url("**/login?next=*")
