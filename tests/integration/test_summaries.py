"""Summaries of long conversations in the running pipeline: made, written by the model, told."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest

from services.inference.summarizer import NUM_PREDICT
from shared.contracts.ids import new_id
from tests.support.fake_llm import FakeLLM
from tests.support.fake_script import Seen
from tests.support.pipeline import Pipeline, running_pipeline
from tests.support.servers import Record, Running

pytestmark = pytest.mark.integration

SCALE = 0.05
GARDEN = "The tomatoes in the garden need a greenhouse before the winter."
CHATTER = "Okay, thanks, that is really helpful!"
TASK = "You note what a conversation"
"""How the question begins, and what prepares it, whose answer nobody reads."""
MOST_TRIES = 4
"""Two, and two more where the turn broke off the first."""

LONG = 46
"""Messages of a conversation that a model is asked for once: the next time is twenty later."""
WRITTEN = "The user plans a greenhouse for tomatoes in the garden before the winter."


@pytest.fixture(params=["record", "redis alone"])
def stores(request: pytest.FixtureRequest) -> dict[str, Any]:
    if request.param == "redis alone":
        return {}
    found: Record = request.getfixturevalue("own_record")
    return {"database_url": found.url}


@pytest.fixture
async def plain(
    own_nats: Running, own_redis: Running, stores: dict[str, Any], fake: FakeLLM
) -> AsyncIterator[Pipeline]:
    async with running_pipeline(
        own_nats.url, own_redis.url, fake, time_scale=SCALE, **stores
    ) as pipeline:
        pipeline.client.headers["user-agent"] = new_id()
        yield pipeline


@pytest.fixture
async def writing(
    own_nats: Running, own_redis: Running, own_record: Record, fake: FakeLLM
) -> AsyncIterator[Pipeline]:
    async with running_pipeline(
        own_nats.url,
        own_redis.url,
        fake,
        database_url=own_record.url,
        summaries_llm="on",
        time_scale=SCALE,
    ) as pipeline:
        pipeline.client.headers["user-agent"] = new_id()
        yield pipeline


async def talk(pipeline: Pipeline, messages: int, conversation: str = "c") -> list[str]:
    """Say so much, first of the garden; returns the ids of what was said of it."""
    said = [*[GARDEN] * 4, *[CHATTER] * (messages - 4)]
    where = f"/memory/conversation/{conversation}/message"
    ids = []
    for number, content in enumerate(said):
        body = {"role": ("user", "assistant")[number % 2], "content": content}
        found = await pipeline.client.post(where, json=body)
        assert found.status_code in {201, 202}, found.text
        ids += [found.json()["message_id"]] if content == GARDEN else []
    return ids


async def summary(pipeline: Pipeline, conversation: str = "c") -> Any:
    found = await pipeline.client.get(f"/memory/conversation/{conversation}")
    return found.json()["summary"]


async def summarized(pipeline: Pipeline, words: str = GARDEN, timeout_s: float = 30) -> None:
    """Wait until the conversation's summary has some words."""
    async with asyncio.timeout(timeout_s):
        while words not in (await summary(pipeline) or ""):
            await asyncio.sleep(0.05)


async def told(pipeline: Pipeline, conversation: str = "c") -> str:
    """Ask something, and return the system message that the model was given."""
    asked = f"What next? {new_id()}"
    assert (await pipeline.ask(asked, conversation_id=conversation)).status_code == 200
    prompt = next(p for p in pipeline.prompts() if p[-1]["content"] == asked)
    assert GARDEN not in [message["content"] for message in prompt]
    return prompt[0]["content"]


def questions(fake: FakeLLM) -> list[Seen]:
    """Return the requests for a summary, without those that prepare them."""
    asked = [seen for seen in fake.generations() if TASK in seen.prompt]
    return [seen for seen in asked if seen.body["options"]["num_predict"] == NUM_PREDICT]


async def test_what_a_long_conversation_began_with_is_told_until_it_is_forgotten(
    plain: Pipeline,
) -> None:
    ids = await talk(plain, 60)
    await talk(plain, 20, "short")
    await summarized(plain)
    assert f"Earlier in this conversation: {GARDEN}" in await told(plain)
    assert "Earlier" not in await told(plain, "short")
    # Another prompt of the same conversation begins the same, until the summary goes on.
    prompts = [await told(plain) for _ in range(4)]
    assert any(first == second for first, second in pairwise(prompts))
    for one in ids:
        gone = await plain.client.delete(f"/memory/conversation/c/message/{one}")
        assert gone.status_code == 200, gone.text
    assert GARDEN not in (await summary(plain) or "")
    assert GARDEN not in await told(plain)


async def test_what_the_model_writes_is_told_instead(writing: Pipeline, fake: FakeLLM) -> None:
    fake.script(match=TASK, text=f"Here is a summary:\n\n{WRITTEN}", times=-1)
    await talk(writing, LONG)
    await summarized(writing, WRITTEN)
    assert f"Earlier in this conversation: {WRITTEN}" in await told(writing)
    asked = questions(fake)[0].body
    assert asked["options"]["num_ctx"] == 4096
    assert asked["messages"][-1]["content"].startswith(f"Before:\n{GARDEN}")


async def test_a_turn_that_comes_has_the_model_at_once(writing: Pipeline, fake: FakeLLM) -> None:
    fake.script(match=TASK, first_delay_ms=600_000)
    fake.script(match=TASK, text=WRITTEN, times=-1)
    await talk(writing, LONG)
    await fake.until(lambda: any(TASK in seen.prompt for seen in fake.generations()))
    writes = next(seen for seen in fake.generations() if TASK in seen.prompt)
    assert "Earlier" in await told(writing)
    await fake.until(lambda: writes.cancelled_at)
    # It is written when nobody chats any more.
    await summarized(writing, WRITTEN)


@pytest.mark.parametrize(
    "script",
    [
        {"text": "The user has 99 tomatoes in the garden, and a cat."},
        {"text": ""},
        {"text": "Пользователь сажает помидоры."},
        {"status": 400, "error": "the prompt exceeds the context size"},
    ],
    ids=str,
)
async def test_what_cannot_be_used_leaves_the_conversations_own_sentences(
    writing: Pipeline, fake: FakeLLM, script: dict[str, Any]
) -> None:
    fake.script(match=TASK, times=-1, **script)
    await talk(writing, LONG)
    await summarized(writing)
    await fake.until(lambda: any(TASK in seen.prompt for seen in fake.generations()))
    system = await told(writing)
    assert f"Earlier in this conversation: {GARDEN}" in system
    # Nobody asks for it again and again: hundreds of times by now, without a pause.
    await asyncio.sleep(1)
    assert len(questions(fake)) <= MOST_TRIES


async def test_a_server_that_fails_is_asked_again_when_it_is_back(
    writing: Pipeline, fake: FakeLLM
) -> None:
    fake.script(match=TASK, status=503, error="server busy", times=2)
    fake.script(match=TASK, text=WRITTEN, times=-1)
    await talk(writing, LONG)
    await summarized(writing, WRITTEN)
