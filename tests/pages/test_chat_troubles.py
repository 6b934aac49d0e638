"""The chat page when something goes wrong, is slow, or happens in two places at once."""

import pytest
from playwright.async_api import Browser

from services.inference.app import create_app as create_inference
from services.inference.settings import InferenceSettings
from tests.pages.conftest import chat_page
from tests.support.browser import LOOKS, Look, visiting, visitor
from tests.support.chat_page import LAST, ask, listed
from tests.support.fake_llm import FakeLLM
from tests.support.local_http import served_at
from tests.support.pipeline import Pipeline, running_pipeline, serve
from tests.support.servers import Record, Running, free_port

pytestmark = pytest.mark.e2e

NOWHERE = "http://127.0.0.1:9"
WORDS = [f"word{number} " for number in range(120)]
NO_ANSWER = ("the server responded with a status of", "net::ERR_")


async def test_a_reload_and_a_second_tab_follow_the_answer(
    browser: Browser, chat: str, llm: FakeLLM
) -> None:
    llm.script(chunks=WORDS, delay_ms=50, match="tell me")
    async with visitor(browser) as context, visiting(context, chat) as page:
        await ask(page, "hello")
        async with visiting(context, page.url) as second:
            await second.wait_for_selector(f"{LAST}[data-state=done]")
            await page.fill("#prompt", "tell me")
            await page.keyboard.press("Enter")
            await page.wait_for_selector(f"{LAST}[data-state=writing] >> text=word3")
            await second.wait_for_selector(f"{LAST}[data-state=writing] >> text=word3")
            await page.reload()
            await page.wait_for_selector(f"{LAST}[data-state=writing] >> text=word3")
            for tab in (page, second):
                await tab.wait_for_selector(f"{LAST}[data-state=done] >> text=word119")
                assert await tab.locator(".turn").count() == 2
                assert (await tab.inner_text(f"{LAST} .answer .words")).split() == [
                    word.strip() for word in WORDS
                ]


async def test_a_lost_connection_loses_nothing(
    browser: Browser, running: Pipeline, llm: FakeLLM
) -> None:
    llm.reset()
    llm.script(chunks=WORDS, delay_ms=50, match="tell me")
    port = free_port()
    app = chat_page(running.services["gateway"].url)
    async with visitor(browser) as context:
        async with served_at(port, app):
            page = await context.new_page()
            await page.goto(f"http://127.0.0.1:{port}")
            await page.fill("#prompt", "tell me")
            await page.keyboard.press("Enter")
            await page.wait_for_selector(f"{LAST}[data-state=writing] >> text=word3")
        reconnecting = Look().texts["reconnecting"].split(";", maxsplit=1)[0]
        await page.wait_for_selector(f"{LAST} .meta >> text={reconnecting}")
        await page.fill("#prompt", "a draft meanwhile")
        async with served_at(port, chat_page(running.services["gateway"].url)):
            await page.wait_for_selector(f"{LAST}[data-state=done] >> text=word119")
            assert (await page.inner_text(f"{LAST} .answer .words")).split()[0] == "word0"
            assert await page.input_value("#prompt") == "a draft meanwhile"
            await page.close()


async def test_an_answer_that_is_begun_anew_takes_the_place_of_the_first(
    browser: Browser, own_nats: Running, own_redis: Running, llm: FakeLLM
) -> None:
    llm.reset()
    llm.script(chunks=["draft "] * 500, delay_ms=50, match="tell me")
    async with running_pipeline(own_nats.url, own_redis.url, llm) as pipeline:
        port = free_port()
        async with (
            served_at(port, chat_page(pipeline.services["gateway"].url)),
            visiting(browser, f"http://127.0.0.1:{port}") as page,
        ):
            await page.fill("#prompt", "tell me")
            await page.keyboard.press("Enter")
            await page.wait_for_selector(f"{LAST}[data-state=writing] >> text=draft draft")
            llm.script(text="another **answer**", match="tell me")
            await pipeline.services["inference"].stop()
            settings = InferenceSettings(**pipeline.environment)
            pipeline.services["inference"] = await serve(create_inference(settings))
            await page.wait_for_selector(f"{LAST}[data-state=done] strong")
            assert await page.inner_text(f"{LAST} .answer .words") == "another answer"


@pytest.mark.parametrize("look", LOOKS)
async def test_an_error_says_what_to_do_and_can_be_tried_again(
    browser: Browser, chat: str, llm: FakeLLM, look: Look
) -> None:
    async with visiting(browser, chat, look, allowed=NO_ANSWER) as page:
        llm.script(status=404, error="model 'x' not found", match="no model", times=3)
        await ask(page, "no model", "failed")
        assert look.texts["error_404"] in await page.inner_text(f"{LAST} .meta")
        await page.click(f"{LAST} [data-do=retry]")
        await page.wait_for_selector(f"{LAST}[data-state=failed]")
        llm.reset()
        await page.click(f"{LAST} [data-do=retry]")
        await page.wait_for_selector(f"{LAST}[data-state=done] >> text=echo: no model")
        assert await page.locator(".turn").count() == 1


async def test_a_slow_first_word_is_explained(browser: Browser, chat: str, llm: FakeLLM) -> None:
    llm.script(text="at last", first_delay_ms=7_000, match="slowly")
    look = Look()
    async with visiting(browser, chat, look) as page:
        await page.fill("#prompt", "slowly")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(f"{LAST} .meta >> text={look.texts['loading_model']}")
        await page.wait_for_selector(f"{LAST}[data-state=done] >> text=at last")


@pytest.mark.parametrize("look", LOOKS)
async def test_a_page_whose_api_is_away_says_so_and_keeps_the_question(
    browser: Browser, look: Look
) -> None:
    port = free_port()
    async with (
        served_at(port, chat_page(NOWHERE)),
        visiting(browser, f"http://127.0.0.1:{port}", look, allowed=NO_ANSWER) as page,
    ):
        await ask(page, "Hello", "failed")
        assert look.texts["error_503"] in await page.inner_text(f"{LAST} .meta")
        assert "make status" in await page.inner_text(f"{LAST} .meta")
        assert await page.is_visible(f"{LAST} [data-do=retry]")


async def test_redis_away_and_back(
    browser: Browser, own_nats: Running, own_redis: Running, own_record: Record, llm: FakeLLM
) -> None:
    llm.reset()
    async with running_pipeline(
        own_nats.url, own_redis.url, llm, database_url=own_record.url, redis_timeout_s=1
    ) as pipeline:
        port = free_port()
        async with (
            served_at(port, chat_page(pipeline.services["gateway"].url)),
            visiting(browser, f"http://127.0.0.1:{port}", allowed=NO_ANSWER) as page,
        ):
            await ask(page, "before")
            own_redis.kill()
            await page.fill("#prompt", "meanwhile")
            await page.keyboard.press("Enter")
            await page.wait_for_timeout(1500)
            own_redis.start()
            await page.wait_for_selector(
                f"{LAST}[data-state=done], {LAST}[data-state=failed] [data-do=retry]"
            )
            if await page.get_attribute(LAST, "data-state") == "failed":
                await page.click(f"{LAST} [data-do=retry]")
            await page.wait_for_selector(f"{LAST}[data-state=done] >> text=echo: meanwhile")
            assert await page.locator(".turn").count() == 2
            await page.reload()
            await page.wait_for_selector(f"{LAST}[data-state=done] >> text=echo: meanwhile")
            assert await page.locator(".turn").count() == 2
            await listed(page, 1)


async def test_another_model_is_chosen_and_remembered(browser: Browser, chat: str) -> None:
    async with visiting(browser, chat) as page:
        await page.wait_for_function("() => document.getElementById('model').options.length > 1")
        await page.select_option("#model", "qwen2.5:0.5b")
        await ask(page, "who are you?")
        assert "qwen2.5:0.5b" in await page.inner_text(f"{LAST} .meta")
        await page.reload()
        await page.wait_for_function("() => document.getElementById('model').options.length > 1")
        assert await page.input_value("#model") == "qwen2.5:0.5b"
