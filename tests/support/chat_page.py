"""What a visitor of the chat page does, for the tests in a browser."""

import asyncio
from typing import Any

from playwright.async_api import Page

from tests.support.browser import Look
from tests.support.pipeline import Pipeline

LAST = ".turn:last-child"


async def ask(page: Page, question: str, state: str = "done") -> str:
    """Ask, and return the answer once it has come to such an end."""
    await page.fill("#prompt", question)
    await page.keyboard.press("Enter")
    await page.wait_for_selector(f"{LAST}[data-state={state}]:has-text('{question}')")
    return await page.inner_text(f"{LAST} .answer .words")


async def side(page: Page, look: Look) -> None:
    """Open the conversations where they are a drawer."""
    if look.phone:
        await page.click("#side-open")
        await page.wait_for_selector("#side.open")


async def titles(page: Page) -> list[str]:
    return await page.locator("#conversations a[data-id] > span:first-child").all_inner_texts()


async def listed(page: Page, count: int) -> None:
    """Wait until so many conversations are at the side."""
    rows = "document.querySelectorAll('#conversations a[data-id]').length"
    await page.wait_for_function(f"() => {rows} === {count}")


async def drafted(page: Page, text: str) -> None:
    """Wait until this stands in the question box."""
    await page.wait_for_function("t => document.getElementById('prompt').value === t", arg=text)


async def remembered(page: Page, look: Look) -> None:
    """Open what is remembered about the visitor."""
    await page.click("#about-open")
    await page.wait_for_selector("#about.open .policy")
    assert await page.inner_text("#about-title") == look.texts["about_open"]


HEARS = """
const ask = window.fetch;
window.fetch = async (...asked) => {
  const answer = await ask(...asked);
  if (String(asked[0]).endsWith("/me/events")) window.hears = true;
  return answer;
};
"""


async def listening(page: Page) -> None:
    """Load the page anew, and wait until it hears what is learnt."""
    await page.add_init_script(HEARS)
    await page.reload()
    await page.wait_for_function("() => window.hears")


async def said(running: Pipeline, page: Page, conversation: str, content: str, **more: Any) -> None:
    """Add a message to a conversation of the visitor's, as another program would."""
    [cookie] = await page.context.cookies()
    headers = {"cookie": f"{cookie['name']}={cookie['value']}"}
    path = f"/memory/conversation/{conversation}"
    body = {"role": "user", "content": content, **more}
    answer = await running.client.post(f"{path}/message", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    while content not in (await running.client.get(path, headers=headers)).text:
        await asyncio.sleep(0.05)
