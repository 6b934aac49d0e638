"""The chat page: why it was known, and what is remembered about its visitor."""

import json
from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page

from shared.contracts.parts import utcnow
from tests.support.browser import LOOKS, Look, serious, visiting
from tests.support.chat_page import LAST, ask, listed, listening, remembered, said, side
from tests.support.pipeline import Pipeline

pytestmark = pytest.mark.e2e

SAID = {
    "en": ("I live in Kazan and I work at IKEA", "What do you know about me?"),
    "ru": ("Я живу в Казани и работаю в Яндексе", "Что ты обо мне знаешь?"),
}
PLACE = {"en": "Kazan", "ru": "Казан"}


async def told(page: Page, look: Look) -> None:
    """Say something worth remembering, and wait until it is known."""
    await ask(page, SAID[look.lang][0])
    known = "fetch('/memory/user/me').then((answer) => answer.text())"
    while PLACE[look.lang] not in await page.evaluate(known):
        await page.wait_for_timeout(100)


def fact(text: str) -> str:
    return f"[data-fact]:has-text('{text}')"


@pytest.mark.parametrize("look", LOOKS)
async def test_an_answer_opens_its_receipt(browser: Browser, chat: str, look: Look) -> None:
    place = PLACE[look.lang]
    async with visiting(browser, chat, look) as page:
        await told(page, look)
        source = page.url
        await side(page, look)
        await page.click("#fresh")
        await ask(page, SAID[look.lang][1])
        await page.click(f"{LAST} [data-do=why]")
        row = f".receipt {fact(place)}"
        await page.wait_for_selector(row)
        await page.click(f"{row} [data-do=source]")
        await page.click(f"{row} .past a")
        await page.wait_for_url(f"{source}#*")
        await page.wait_for_selector(f".question.marked:has-text('{place}')")
        await page.go_back()
        await page.click(f"{LAST} [data-do=why]")
        assert await serious(page) == []
        await page.click(f"{row} [data-do=wrong]")
        await page.wait_for_selector(f"{row}[data-ended=is_wrong] [data-do=undo]")
        await page.click(f"{row} [data-do=undo]")
        await page.wait_for_selector(f"{row}:not([data-ended]) [data-do=outdated]")
        await page.click(f"{row} [data-do=outdated]")
        await page.wait_for_selector(f"{row}[data-ended=is_outdated] [data-do=undo]")
        await page.click(f"{row} [data-do=undo]")
        await page.wait_for_selector(f"{row}:not([data-ended]) [data-do=forget]")
        await page.click(f"{row} [data-do=forget]")
        await page.click(f"{row} [data-do=forget-yes]")
        await page.wait_for_selector(f"{row}[data-ended=is_forgotten]")
        await ask(page, SAID[look.lang][1])
        await page.click(f"{LAST} [data-do=why]")
        await page.wait_for_selector(f"{LAST} .receipt")
        await page.wait_for_selector(f"{LAST} .receipt .soft >> nth=0")
        assert await page.locator(f"{LAST} .receipt {fact(place)}").count() == 0


@pytest.mark.parametrize("look", LOOKS)
async def test_a_passage_of_long_ago_leads_to_its_message(
    browser: Browser, running: Pipeline, chat: str, look: Look
) -> None:
    async with visiting(browser, chat, look) as page:
        ago = (utcnow() - timedelta(days=200)).isoformat()
        await said(running, page, "old", "The boat Albatross lies in the harbour", time=ago)
        passage = ".receipt .row:has-text('Albatross')"
        # What has just been said is indexed a moment later.
        for attempt in range(20):
            await ask(page, f"Where does the boat Albatross lie? {attempt}")
            await page.click(f"{LAST} [data-do=why]")
            await page.wait_for_selector(f"{LAST} .receipt :is(.row, .soft)")
            if await page.locator(passage).count():
                break
        assert look.texts["receipt_recalled"] in await page.inner_text(f"{LAST} .receipt")
        await page.click(f"{passage} a")
        await page.wait_for_url(f"{chat}/c/old#*")
        await page.wait_for_selector(".question.marked:has-text('Albatross')")


@pytest.mark.parametrize("look", LOOKS)
async def test_what_is_remembered_is_seen_and_changed(
    browser: Browser, chat: str, look: Look
) -> None:
    say, place = look.texts, PLACE[look.lang]
    async with visiting(browser, chat, look) as page:
        await told(page, look)
        await remembered(page, look)
        row = f"#about {fact(place)}"
        assert await page.inner_text(f"#about .group:has({fact(place)}) h4") == say["type_location"]
        await page.click(f"{row} [data-do=pin]")
        await page.wait_for_selector(f"{row} .pin")
        await page.click(f"{row} [data-do=history]")
        await page.wait_for_selector(f"{row} .past li")
        await page.fill("#fact-new", "Plays the cello")
        await page.press("#fact-new", "Enter")
        own = f"#about {fact('Plays the cello')}"
        await page.wait_for_selector(own)
        await page.click(f"{own} [data-do=edit]")
        await page.fill(f"{own} .editing input", "Plays the viola")
        await page.keyboard.press("Enter")
        own = f"#about {fact('Plays the viola')}"
        await page.wait_for_selector(own)
        assert await serious(page) == []
        await page.click(f"{own} [data-do=wrong]")
        await page.wait_for_selector(f"{own}[data-ended]")
        await page.check("#facts-past")
        await page.wait_for_selector(f"{own} [data-do=restore]")
        await page.click(f"{own} [data-do=restore]")
        await page.wait_for_selector(f"{own} [data-do=pin]")
        await page.click(f"{own} [data-do=forget]")
        await page.click(f"{own} [data-do=forget-yes]")
        await page.wait_for_selector(f"{own}[data-ended=is_forgotten]")
        await page.keyboard.press("Escape")
        await page.wait_for_selector("#about:not(.open)", state="hidden")
        assert await page.evaluate("document.activeElement.id") == "about-open"
        await remembered(page, look)
        await page.wait_for_selector(f"{row} .pin")
        await page.wait_for_selector(own, state="detached")


@pytest.mark.parametrize("look", LOOKS)
async def test_preferences_and_the_policy(browser: Browser, chat: str, look: Look) -> None:
    say, place = look.texts, PLACE[look.lang]
    async with visiting(browser, chat, look) as page:
        await remembered(page, look)
        await page.select_option("#about .preferences select", "tone")
        await page.fill("#preference-new", "dry <b>wit</b>")
        await page.press("#preference-new", "Enter")
        row = "#about [data-key=preference-tone]"
        await page.wait_for_selector(f"{row} >> text=dry <b>wit</b>")
        async with page.expect_response("**/memory/user/me/preferences"):
            await page.check("#policy-ask")
        await page.keyboard.press("Escape")
        await ask(page, SAID[look.lang][0])
        card = f".notice:has-text('{place}')"
        await page.wait_for_selector(card)
        await page.reload()
        await page.click(f"{card} button >> text={say['keep']}")
        await page.wait_for_selector(card, state="detached")
        await remembered(page, look)
        await page.wait_for_selector(f"#about {fact(place)}[data-status=active]")
        assert await page.is_checked("#policy-ask")
        await page.click(f"{row} [data-do=remove]")
        await page.wait_for_selector(row, state="detached")
        await page.keyboard.press("Escape")


async def test_a_notice_is_edited_and_refused(browser: Browser, chat: str) -> None:
    look = Look()
    async with visiting(browser, chat, look) as page:
        await listening(page)
        await told(page, look)
        await page.click(f".notice:has-text('IKEA') button >> text={look.texts['do_not']}")
        await page.click(f".notice:has-text('Kazan') button >> text={look.texts['edit']}")
        await page.fill("#about .editing input", "Samara")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(f"#about {fact('Samara')}")
        assert await page.locator(f"#about {fact('IKEA')}").count() == 0
        await page.keyboard.press("Escape")


@pytest.mark.parametrize("look", LOOKS)
async def test_everything_is_exported_deleted_and_brought_back(
    browser: Browser, chat: str, look: Look
) -> None:
    say, place = look.texts, PLACE[look.lang]
    async with visiting(browser, chat, look, allowed=("status of 4",)) as page:
        await told(page, look)
        await remembered(page, look)
        async with page.expect_download() as downloading:
            await page.click("#export")
        kept = await (await downloading.value).path()
        lines = [json.loads(line) for line in kept.read_text("utf-8").splitlines()]
        assert any(place in json.dumps(line, ensure_ascii=False) for line in lines)
        assert await page.is_disabled("#about form.delete .danger")
        await page.fill("#delete-word", say["delete_word"])
        await page.click("#about form.delete .danger")
        await page.wait_for_selector(f".receipt-of-all >> text={say['deleted_all']}")
        await page.click("#about form.delete a")
        await page.wait_for_selector("#intro:visible")
        await listed(page, 0)
        await remembered(page, look)
        assert await page.locator("#about [data-fact]").count() == 0
        await page.set_input_files("#import", kept)
        await page.wait_for_selector(f"#about {fact(place)}")
        await page.keyboard.press("Escape")
        await listed(page, 1)
        await remembered(page, look)
        await page.set_input_files(
            "#import", {"name": "no.ndjson", "mimeType": "text/plain", "buffer": b"{}"}
        )
        await page.wait_for_selector("#about .data .trouble")
        await page.keyboard.press("Escape")


@pytest.mark.parametrize("look", LOOKS)
async def test_incognito_leaves_nothing(browser: Browser, chat: str, look: Look) -> None:
    async with visiting(browser, chat, look) as page:
        await told(page, look)
        await side(page, look)
        await page.click("#fresh")
        await page.click("#incognito")
        await page.wait_for_selector("body[data-incognito] .incognito-note")
        answer = await ask(page, "A secret: I live in Oslo")
        assert "Oslo" in answer
        assert page.url == f"{chat}/"
        await ask(page, SAID[look.lang][1])
        await page.click(f"{LAST} [data-do=why]")
        await page.wait_for_selector(f"{LAST} .receipt >> text={look.texts['knew_nothing']}")
        assert await serious(page) == []
        await page.click(".incognito-note button")
        await page.wait_for_selector("body:not([data-incognito])")
        assert await page.locator(".turn").count() == 0
        await listed(page, 1)
        await remembered(page, look)
        assert await page.locator(f"#about {fact('Oslo')}").count() == 0
        await page.keyboard.press("Escape")
