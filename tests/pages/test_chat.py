"""The chat page: a conversation, from the first question to its deletion."""

import pytest
from playwright.async_api import Browser

from tests.support.browser import LOOKS, Look, serious, visiting
from tests.support.chat_page import LAST, ask, drafted, listed, side, titles
from tests.support.fake_llm import FakeLLM

pytestmark = pytest.mark.e2e

ANSWER = """Here is **bold**, a [link](https://example.org) and a table:

| name | value |
|---|---|
| one | 1 |

```python
def greet(name: str) -> str:
    return f"Hello {name}"
```

1. first
2. second
"""
CHUNKS = [ANSWER[at : at + 6] for at in range(0, len(ANSWER), 6)]


@pytest.mark.parametrize("look", LOOKS)
async def test_a_question_is_answered_in_rendered_text(
    browser: Browser, chat: str, llm: FakeLLM, look: Look
) -> None:
    llm.script(chunks=CHUNKS, delay_ms=40, match="show me")
    async with visiting(browser, chat, look) as page:
        await page.fill("#prompt", "show me")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(f"{LAST}[data-state=writing] .answer strong")
        assert await page.is_visible("#stop")
        await page.wait_for_selector(f"{LAST}[data-state=done]")
        answer = page.locator(f"{LAST} .answer")
        assert await answer.locator("td").all_inner_texts() == ["one", "1"]
        assert await answer.locator("ol li").all_inner_texts() == ["first", "second"]
        assert await answer.locator("a").get_attribute("rel") == "noopener noreferrer nofollow"
        assert await answer.locator("code.hl span").count() > 3
        await answer.locator("figcaption button").click()
        await page.wait_for_selector(f"figcaption >> text={look.texts['copied']}")
        await page.click(f"{LAST} .answer [data-do=copy]")
        assert "llama3.2" in await answer.locator(".meta").inner_text()
        assert await serious(page) == []
        await page.reload()
        await page.wait_for_selector(f"{LAST}[data-state=done] .answer table")
        assert await page.inner_text(f"{LAST} .question .words") == "show me"
        await side(page, look)
        await page.wait_for_selector("#conversations a[aria-current=page]")
        assert await titles(page) == ["show me"]
        assert await serious(page) == []


@pytest.mark.parametrize("look", LOOKS)
async def test_conversations_are_found_renamed_deleted_and_brought_back(
    browser: Browser, chat: str, look: Look
) -> None:
    # Leaving deletes; the next visit makes sure of it, and finds it gone.
    async with visiting(browser, chat, look, allowed=("status of 404",)) as page:
        await ask(page, "apples and pears")
        await side(page, look)
        await page.click("#fresh")
        await page.wait_for_url(chat + "/")
        await ask(page, "trains to Kazan")
        await side(page, look)
        await listed(page, 2)
        assert await titles(page) == ["trains to Kazan", "apples and pears"]
        await page.hover("#conversations li:last-child")
        await page.click("#conversations li:last-child [data-do=edit]")
        await page.fill("#conversations form input", "Fruit <b>")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#conversations a >> text=Fruit <b>")
        await page.fill("#find", "pears")
        await page.wait_for_selector("#conversations .hit mark")
        await page.fill("#find", "fruit")
        await page.wait_for_selector("#conversations a[data-id] >> text=Fruit")
        await page.fill("#find", "")
        await page.hover("#conversations li:has-text('Fruit')")
        await page.click("#conversations li:has-text('Fruit') [data-do=delete]")
        await page.wait_for_selector(".notice")
        assert await titles(page) == ["trains to Kazan"]
        await page.click(f".notice button >> text={look.texts['undo']}")
        await page.wait_for_selector("#conversations a >> text=Fruit")
        await page.hover("#conversations li:has-text('Fruit')")
        await page.click("#conversations li:has-text('Fruit') [data-do=delete]")
        await page.reload()
        await side(page, look)
        await page.wait_for_selector("#conversations a[data-id]")
        await listed(page, 1)
        assert await titles(page) == ["trains to Kazan"]


async def test_stopping_keeps_what_was_written(browser: Browser, chat: str, llm: FakeLLM) -> None:
    llm.script(chunks=["word "] * 2_000, delay_ms=20, match="long story")
    async with visiting(browser, chat) as page:
        await page.fill("#prompt", "long story")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(f"{LAST}[data-state=writing] >> text=word word")
        await page.click("#stop")
        await page.wait_for_selector(f"{LAST}[data-state=stopped]")
        assert "word word" in await page.inner_text(f"{LAST} .answer .words")
        await page.wait_for_selector("#send:visible")
        await page.reload()
        await page.wait_for_selector(f"{LAST}[data-state=stopped] >> text=word word")
        assert "echo: and on" in await ask(page, "and on")


async def test_an_answer_is_asked_for_again_and_a_question_is_changed(
    browser: Browser, chat: str, llm: FakeLLM
) -> None:
    llm.script(text="the first answer", match="one question")
    async with visiting(browser, chat) as page:
        assert await ask(page, "one question") == "the first answer"
        await ask(page, "another question")
        llm.script(text="the second answer", match="one question")
        await page.hover(".turn:first-child .answer")
        await page.click(".turn:first-child [data-do=regenerate]")
        await page.wait_for_selector(f"{LAST}[data-state=done] >> text=the second answer")
        assert await page.locator(".turn").count() == 1
        await page.hover(f"{LAST} .question")
        await page.click(f"{LAST} [data-do=edit]")
        await page.fill(".editor textarea", "a better question")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(f"{LAST}[data-state=done] >> text=echo: a better question")
        assert await page.locator(".turn").count() == 1
        await page.reload()
        await page.wait_for_selector(f"{LAST}[data-state=done] >> text=echo: a better question")
        assert await page.locator(".turn").count() == 1


async def test_drafts_survive(browser: Browser, chat: str) -> None:
    async with visiting(browser, chat) as page:
        await ask(page, "begin")
        await page.fill("#prompt", "a half-written")
        await page.click("#fresh")
        await drafted(page, "")
        await page.fill("#prompt", "another half")
        await page.click("#conversations a[data-id]")
        await drafted(page, "a half-written")
        await page.reload()
        await drafted(page, "a half-written")


CUT_OFF = """
const ask = window.fetch;
window.fetch = (path, request) =>
  request?.method === "DELETE" && window.cut
    ? Promise.reject(new TypeError("cut off"))
    : ask(path, request);
"""


async def test_a_deletion_that_was_cut_off_is_done_on_the_next_visit(
    browser: Browser, chat: str
) -> None:
    async with visiting(browser, chat) as page:
        await page.add_init_script(CUT_OFF)
        await page.reload()
        await ask(page, "keep this")
        await page.click("#fresh")
        await ask(page, "delete this")
        await listed(page, 2)
        await page.evaluate("window.cut = true")
        await page.hover("#conversations li:has-text('delete this')")
        await page.click("#conversations li:has-text('delete this') [data-do=delete]")
        await listed(page, 1)
        await page.reload()
        await page.wait_for_selector("#conversations a[data-id] >> text=keep this")
        assert await titles(page) == ["keep this"]
        await page.wait_for_function("() => localStorage.getItem('membus:doomed') === null")
        await page.reload()
        await page.wait_for_selector("#conversations a[data-id] >> text=keep this")
        assert await titles(page) == ["keep this"]
