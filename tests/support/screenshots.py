"""Draws the pictures of the documentation: `make screenshots`.

The pages are the real ones with the real memory; only the model is scripted, so that the pictures
come out the same on every machine.
"""

import asyncio
from pathlib import Path

from playwright.async_api import Browser, Page
from pydantic import SecretStr

from services.gateway.web.app import create_app
from services.gateway.web.settings import WebSettings
from tests.support.browser import Look, running_browser, visitor
from tests.support.chat_page import LAST, ask, listening
from tests.support.fake_llm import FakeLLM
from tests.support.local_http import served
from tests.support.pipeline import SECRET, running_pipeline
from tests.support.servers import record_on, running_nats, running_postgres, running_redis

IMAGES = Path(__file__).parents[2] / "docs/images"
LOOKS = (Look(), Look(390, "ru-RU", dark=True))

NO_NUTS = """Without nuts, of course:

| Cake | Time | Why |
|---|---|---|
| Honey cake | 2 h | keeps for days |
| Apple charlotte | 50 min | hard to spoil |

For the dough:

```python
dough = {"flour": 300, "honey": 90, "butter": 100}
grams = sum(dough.values())  # enough for eight
```
"""
BEZ_OREHOV = """Конечно, без орехов:

| Пирог | Время | Почему |
|---|---|---|
| Медовик | 2 ч | хранится несколько дней |
| Шарлотка | 50 мин | трудно испортить |

Для теста:

```python
testo = {"мука": 300, "мёд": 90, "масло": 100}
gramm = sum(testo.values())  # хватит на восьмерых
```
"""
DIALOGUE = {
    "en": (
        ("My name is John, I live in Kazan and I am allergic to nuts", "Noted, John."),
        ("What can I bake for my guests? Show it as a table", NO_NUTS),
    ),
    "ru": (
        ("Меня зовут Иван, я живу в Казани и не ем орехи", "Запомнил, Иван."),
        ("Что испечь для гостей? Покажи таблицей", BEZ_OREHOV),
    ),
}


async def take(page: Page, name: str) -> None:
    """Write a picture of what is in view."""
    await page.evaluate("document.activeElement.blur()")
    await page.wait_for_timeout(300)
    await page.screenshot(path=IMAGES / f"{name}.png")


async def visit(browser: Browser, url: str, llm: FakeLLM, look: Look) -> None:
    """Chat, open the receipt and the panel, and take pictures on the way."""
    async with visitor(browser, look) as context:
        page = await context.new_page()
        await page.goto(url)
        await page.wait_for_selector("#answers >> text=llama3.2")
        await take(page, f"chat-first-{look}")
        await listening(page)
        for question, answer in DIALOGUE[look.lang]:
            llm.script(text=answer, match=question)
            await ask(page, question)
            await page.wait_for_timeout(1_000)
        await take(page, f"chat-{look}")
        await page.click(f"{LAST} [data-do=why]")
        await page.wait_for_selector(".receipt .row")
        await page.locator(".receipt").scroll_into_view_if_needed()
        await take(page, f"chat-why-{look}")
        await page.click("#about-open")
        await page.wait_for_selector("#about [data-fact]")
        await take(page, f"chat-about-{look}")


async def main() -> None:
    """Run the pipeline, and visit its chat page in two ways."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with running_nats() as nats, running_redis() as redis, running_postgres() as postgres:
        database = await asyncio.to_thread(record_on, postgres)
        with FakeLLM() as llm:
            async with running_pipeline(
                nats.url, redis.url, llm, database_url=database.url
            ) as pipeline:
                settings = WebSettings(
                    secret_key=SecretStr(SECRET), api_url=pipeline.services["gateway"].url
                )
                async with served(create_app(settings)) as url, running_browser() as browser:
                    for look in (
                        Look(),
                        Look(390, "ru-RU", dark=True),
                        Look(1440, "ru-RU", dark=True),
                    ):
                        await visit(browser, url, llm, look)


if __name__ == "__main__":
    asyncio.run(main())
