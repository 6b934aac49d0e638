"""Hostile text on the chat page: in answers, questions, facts, titles, names and models."""

import pytest
from playwright.async_api import Browser, Page

from tests.support.browser import LOOKS, Look, overflows, visiting
from tests.support.chat_page import LAST, ask, remembered, said, side
from tests.support.fake_llm import FakeLLM
from tests.support.hostile import HOSTILE, harmless
from tests.support.pipeline import Pipeline

pytestmark = pytest.mark.e2e

IMAGE = "<img src=x onerror=\"window.hacked=1\"><svg onload='window.hacked=1'>"
LONG = "x" * 10_000
RTL = "\u202eabc\u202c \u2067def"
RAN = "() => 'hacked' in window"


async def nothing_ran(page: Page) -> None:
    assert not await page.evaluate(RAN)
    assert not await overflows(page)


@pytest.mark.parametrize("look", LOOKS)
async def test_hostile_answers_are_text(
    browser: Browser, chat: str, llm: FakeLLM, look: Look
) -> None:
    # A fence that nothing closes swallows what comes after it.
    names = sorted(HOSTILE, key=lambda name: "unclosed" in name)
    llm.script(text="\n\n".join(HOSTILE[name] for name in names), match="be hostile")
    async with visiting(browser, chat, look) as page:
        await ask(page, "be hostile")
        await nothing_ran(page)
        words = page.locator(f"{LAST} .answer .words")
        assert await words.locator("img, svg, script, iframe, style, form, object").count() == 0
        for link in await words.locator("a").all():
            assert (await link.get_attribute("href") or "").split(":")[0] in {
                "http",
                "https",
                "mailto",
            }
        await page.reload()
        await page.wait_for_selector(f"{LAST}[data-state=done] .block")
        await nothing_ran(page)


@pytest.mark.parametrize("look", LOOKS)
async def test_hostile_questions_titles_and_names(
    browser: Browser, running: Pipeline, chat: str, look: Look
) -> None:
    async with visiting(browser, chat, look) as page:
        await ask(page, "hello")
        for number, text in enumerate((IMAGE, RTL, LONG), 2):
            # The long one may be refused as too long for the model: it must be shown all the same.
            await page.fill("#prompt", text)
            await page.keyboard.press("Enter")
            ended = ":is([data-state=done], [data-state=failed])"
            await page.wait_for_selector(f".turn:nth-child({number}){ended}")
            assert await page.inner_text(f"{LAST} .question .words") == text
            await nothing_ran(page)
        conversation = page.url.rsplit("/", 1)[1]
        await said(running, page, conversation, "as another", name=IMAGE + LONG[:50])
        await page.reload()
        await page.wait_for_selector(".speaker:has-text('onerror')")
        await nothing_ran(page)
        for title in (IMAGE, "y" * 200, RTL):
            if await page.locator("#side.open").count() == 0:
                await side(page, look)
            await page.hover("#conversations li:first-child")
            await page.click("#conversations li:first-child [data-do=edit]")
            await page.fill("#conversations form input", title)
            await page.keyboard.press("Enter")
            await page.wait_for_selector("#conversations form", state="detached")
            await page.wait_for_function(
                "t => document.title.startsWith(t)", arg=title.strip()[:30]
            )
            await nothing_ran(page)


@pytest.mark.parametrize("look", LOOKS)
async def test_hostile_facts(browser: Browser, chat: str, look: Look) -> None:
    async with visiting(browser, chat, look) as page:
        await remembered(page, look)
        for number, text in enumerate((IMAGE, LONG[:1_900], RTL), 1):
            await page.fill("#fact-new", text)
            await page.press("#fact-new", "Enter")
            await page.wait_for_function(
                "n => document.querySelectorAll('#about [data-fact]').length === n", arg=number
            )
            wide = "document.getElementById('about-body')"
            assert not await page.evaluate(f"{wide}.scrollWidth > {wide}.clientWidth")
            await nothing_ran(page)
        await page.keyboard.press("Escape")
        await ask(page, "what do you know?")
        await page.click(f"{LAST} [data-do=why]")
        await page.wait_for_selector(".receipt")
        await nothing_ran(page)


async def test_an_answer_of_a_megabyte(browser: Browser, chat: str, llm: FakeLLM) -> None:
    megabyte = ("A line with **bold** text. " * 40 + "\n\n") * 930
    assert len(megabyte) > 1_000_000
    llm.script(chunks=[megabyte[at : at + 20_000] for at in range(0, len(megabyte), 20_000)])
    async with visiting(browser, chat) as page:
        await page.fill("#prompt", "all of it")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(f"{LAST}[data-state=done]", timeout=60_000)
        assert len(await page.inner_text(f"{LAST} .answer .words")) > 900_000
        assert harmless(await page.inner_html(f"{LAST} .answer .block >> nth=0"))
        await nothing_ran(page)
        await page.reload()
        await page.wait_for_selector(f"{LAST}[data-state=done] .block", timeout=60_000)
        assert "echo: and on" in await ask(page, "and on")
