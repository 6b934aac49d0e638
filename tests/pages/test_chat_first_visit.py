"""The chat page on a first visit, and for whoever uses a keyboard alone."""

import pytest
from playwright.async_api import Browser

from tests.support.browser import LOOKS, Look, serious, visiting
from tests.support.chat_page import LAST, ask, side

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("look", LOOKS)
async def test_a_first_visit(browser: Browser, chat: str, look: Look) -> None:
    async with visiting(browser, chat, look) as page:
        say = look.texts
        assert await page.inner_text("#heading") == say["heading"]
        assert await page.get_attribute("html", "lang") == look.lang
        answers = say["model_answers"].format(model="llama3.2")
        await page.wait_for_selector(f"#answers >> text={answers}")
        assert say["local"] in await page.inner_text("#intro")
        assert await page.locator("[data-try]").count() == 4
        assert await serious(page) == []
        await page.click("[data-try] >> nth=1")
        assert await page.input_value("#prompt") == say["try_2"]
        await page.keyboard.press("Enter")
        await page.wait_for_selector(f"{LAST}[data-state=done]")
        assert not await page.is_visible("#intro")


@pytest.mark.parametrize("look", LOOKS)
async def test_the_theme_is_chosen(browser: Browser, chat: str, look: Look) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    async with visiting(browser, chat, look) as page:
        own = await page.evaluate(background)
        await side(page, look)
        wanted = "light" if look.dark else "dark"
        while await page.get_attribute("html", "data-theme") != wanted:
            await page.click("#theme")
        other = await page.evaluate(background)
        assert other != own
        await page.reload()
        assert await page.evaluate(background) == other


async def test_the_keyboard_is_enough(browser: Browser, chat: str) -> None:
    async with visiting(browser, chat, Look(390)) as page:
        await ask(page, "hello")
        await page.focus("#side-open")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#side.open")
        assert await page.evaluate("document.activeElement.closest('#side') !== null")
        await page.keyboard.press("Escape")
        await page.wait_for_selector("#side:not(.open)", state="hidden")
        assert await page.evaluate("document.activeElement.id") == "side-open"
        await page.focus("#prompt")
        await page.keyboard.type("one")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("two")
        assert await page.input_value("#prompt") == "one\ntwo"
        await page.keyboard.press("Enter")
        await page.wait_for_selector(f"{LAST}[data-state=done] >> text=echo: one")
