"""What was said is found by `POST /memory/query`: at once, with every filter, in each mode."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.ids import new_id
from shared.contracts.parts import utcnow
from tests.support.facts import found, known, said, stated, texts
from tests.support.fake_llm import FakeLLM
from tests.support.pipeline import Pipeline, running_pipeline
from tests.support.servers import Running

pytestmark = pytest.mark.integration

MESSAGES = {"memory_type": "conversation"}
THINGS = ("teapot", "violin", "ladder", "чайник", "скрипка")
MANY = 50


async def say(pipeline: Pipeline, content: str, conversation: str = "c", **more: Any) -> str:
    """Keep a message and return its id, as soon as that is told."""
    body = {"role": "user", "content": content, **more}
    where = f"/memory/conversation/{conversation}/message"
    response = await pipeline.client.post(where, json=body)
    assert response.status_code in {201, 202}, response.text
    if response.status_code == 202:
        # The machine is too busy to tell that it is visible: only then is it waited for.
        await known(pipeline.client)
    return str(response.json()["message_id"])


async def test_what_was_said_is_found_as_soon_as_it_is_kept(pipeline: Pipeline) -> None:
    for number in range(MANY):
        thing = f"{THINGS[number % len(THINGS)]} {number}"
        kept = await say(pipeline, f"The code of the {thing} is {new_id()}", f"c{number % 7}")
        best = (await found(pipeline.client, f"code of {thing}", limit=50, **MESSAGES))[0]
        assert best["message_id"] == kept
    every = await found(pipeline.client, None, limit=10**9, **MESSAGES)
    assert len({one["id"] for one in every}) == len(every) == MANY


async def test_what_was_said_in_a_turn_is_found_from_anywhere(pipeline: Pipeline) -> None:
    pipeline.fake.script(text="How nice.")
    answer = (await pipeline.ask("My samovar stands in the attic")).json()
    results = await found(pipeline.client, "Where is my samovar?", **MESSAGES)
    assert texts(results)[0] == "My samovar stands in the attic"
    assert {one["role"] for one in results} == {"user", "assistant"}
    assert {one["conversation_id"] for one in results} == {answer["conversation_id"]}
    for mode in ("off", "read"):
        response = await pipeline.ask("My safe's code is 1234", memory=mode)
        assert response.status_code == 200
    assert "1234" not in " ".join(texts(await found(pipeline.client, "safe code", **MESSAGES)))


async def test_every_filter_holds_for_messages(pipeline: Pipeline) -> None:
    long_ago = utcnow() - timedelta(days=100)
    await say(pipeline, "A red car", tags=["a", "b"], priority="high", time=long_ago.isoformat())
    await say(pipeline, "A blue car", "garage", tags=["b"])
    before = utcnow().isoformat()
    await say(pipeline, "A green car", "garage", role="assistant")

    async def cars(**more: Any) -> set[str]:
        return set(texts(await found(pipeline.client, "car", **MESSAGES, **more)))

    assert await cars() == {"A red car", "A blue car", "A green car"}
    for mode in ("hybrid", "keyword", "semantic"):
        assert len(await cars(mode=mode)) == 3
    assert await cars(tags=["b"]) == {"A red car", "A blue car"}
    assert await cars(tags=["a", "b"]) == {"A red car"}
    assert await cars(priority="high") == {"A red car"}
    assert await cars(conversation_id="garage") == {"A blue car", "A green car"}
    assert await cars(since=(long_ago + timedelta(days=1)).isoformat()) == {
        "A blue car",
        "A green car",
    }
    assert await cars(until=(long_ago + timedelta(days=1)).isoformat()) == {"A red car"}
    assert "A green car" not in await cars(as_of=before)
    assert len(await cars(limit=1)) == 1
    # "A red car" has 9 characters: 3 tokens.
    assert [len(await cars(max_tokens=most)) for most in (2, 3, 6)] == [0, 1, 2]


async def test_kinds_are_found_together(pipeline: Pipeline) -> None:
    client = pipeline.client
    await stated(client, "Works at IKEA", predicate="employer", value="IKEA")
    await said(client, "Somebody at work has broken the coffee machine")
    await said(client, "My dentist is called Petrov", "teeth")
    best = (await found(client, "Where do I work?"))[0]
    assert (best["kind"], best["text"]) == ("fact", "Works at IKEA")
    results = await found(client, "What is my dentist called?")
    assert (results[0]["kind"], results[0]["role"]) == ("message", "user")
    assert results[0]["text"] == "My dentist is called Petrov"
    kinds = [one["kind"] for one in await found(client, None, limit=100)]
    assert set(kinds) >= {"message", "fact"}


@pytest.fixture
async def redis_alone(
    own_nats: Running, own_redis: Running, fake: FakeLLM
) -> AsyncIterator[Pipeline]:
    async with running_pipeline(own_nats.url, own_redis.url, fake, database_url="") as pipeline:
        pipeline.client.headers["user-agent"] = new_id()
        yield pipeline


async def test_without_a_record_messages_are_found_too(redis_alone: Pipeline) -> None:
    await said(redis_alone.client, "My samovar stands in the attic")
    response = await redis_alone.client.post(
        "/memory/query", json={"query": "Где мой samovar?", "limit": 10**9}
    )
    body = response.json()
    assert [one["kind"] for one in body["results"]] == ["message"]
    assert body["degraded"] == []
    assert body["total"] == 1
