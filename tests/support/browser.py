"""A real Chromium for the tests of the pages, and what a page must never do.

    async with visiting(browser, url, look) as page: ...

A script error, a console error, a request to another machine or a line that is wider than the
window fails the test at the end of the visit.
"""

import json
import shutil
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

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
PATIENCE_MS = 20_000
TEXTS = Path(__file__).parents[2] / "services/gateway/web/texts"


@dataclass(frozen=True)
class Look:
    """How a visitor sees a page."""

    width: int = 1440
    locale: str = "en-GB"
    dark: bool = False

    @property
    def lang(self) -> str:
        return self.locale[:2]

    @property
    def phone(self) -> bool:
        return self.width < 500

    @property
    def texts(self) -> dict[str, str]:
        """What the chat page says in the visitor's language, by key."""
        parts = (f"{name}{self.lang}.toml" for name in ("", "shell.", "thread.", "about."))
        return {
            key: text
            for part in parts
            for key, text in tomllib.loads((TEXTS / part).read_text("utf-8")).items()
        }

    def __str__(self) -> str:
        return f"{self.width}-{self.lang}-{'dark' if self.dark else 'light'}"


LOOKS = [
    pytest.param(look, id=str(look))
    for look in (
        Look(1440, "en-GB", dark=False),
        Look(390, "ru-RU", dark=False),
        Look(1440, "ru-RU", dark=True),
        Look(390, "en-GB", dark=True),
    )
]


@asynccontextmanager
async def running_browser() -> AsyncIterator[Browser]:
    """Run Chromium; skip the test where there is none."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        await found.close()


@dataclass
class Complaints:
    """What went wrong in a visit; `allowed` are parts of messages that the test provokes."""

    allowed: tuple[str, ...] = ()
    found: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        if not any(part in text for part in self.allowed):
            self.found.append(text)

    def watch(self, page: Page, url: str) -> None:
        own = urlsplit(url).netloc
        page.on("pageerror", lambda error: self.add(f"script error: {error}"))
        page.on("console", self._console)
        page.on("request", lambda request: self._request(request.url, own))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.add(f"console {message.type}: {message.text} {message.location}")

    def _request(self, url: str, own: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"} and parts.netloc != own:
            self.add(f"a request to another machine: {url}")


@asynccontextmanager
async def visitor(
    browser: Browser, look: Look | None = None, **more: Any
) -> AsyncIterator[BrowserContext]:
    """A visitor with a cookie jar and storage of their own."""
    look = look or Look()
    context = await browser.new_context(
        viewport={"width": look.width, "height": 844},
        color_scheme="dark" if look.dark else "light",
        locale=look.locale,
        has_touch=look.phone,
        reduced_motion="reduce",
        **more,
    )
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield context
    finally:
        await context.close()


@asynccontextmanager
async def visiting(
    browser: Browser | BrowserContext,
    url: str,
    look: Look | None = None,
    *,
    allowed: tuple[str, ...] = (),
) -> AsyncIterator[Page]:
    """Open a page, as a new visitor or as one that is there; see that it kept the rules."""
    if isinstance(browser, Browser):
        async with (
            visitor(browser, look) as context,
            visiting(context, url, look, allowed=allowed) as page,
        ):
            yield page
        return
    page = await browser.new_page()
    complaints = Complaints(allowed)
    complaints.watch(page, url)
    await page.goto(url)
    try:
        yield page
    except Exception as error:
        error.add_note(f"{page.url} says:\n{await page.inner_text('body')}"[:5_000])
        raise
    assert not await overflows(page), "the page is wider than the window"
    assert complaints.found == [], complaints.found
    await page.close()


async def overflows(page: Page) -> bool:
    """Whether the page is wider than the window."""
    found: bool = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return found


async def serious(page: Page) -> list[str]:
    """Return axe-core's serious and critical findings."""
    results = await Axe().run(page)
    return [
        json.dumps([found["id"], [node["html"][:200] for node in found["nodes"][:3]]])
        for found in results.response["violations"]
        if found["impact"] in {"serious", "critical"}
    ]
