"""The forms of a chat request: keys that make asking again safe, branches, incognito, limits."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from shared.contracts.ids import new_id
from tests.support.fake_llm import FakeLLM
from tests.support.pipeline import Pipeline, running_pipeline
from tests.support.servers import Running

pytestmark = pytest.mark.integration


async def kept(pipeline: Pipeline, conversation: str = "c") -> list[dict[str, Any]]:
    response = await pipeline.client.get(f"/memory/conversation/{conversation}")
    messages: list[dict[str, Any]] = response.json().get("messages", [])
    return messages


async def contents(pipeline: Pipeline, conversation: str = "c") -> list[str]:
    return [message["content"] for message in await kept(pipeline, conversation)]


def asked(prompt: list[dict[str, str]]) -> list[str]:
    return [message["content"] for message in prompt if message["role"] != "system"]


# --- Idempotency-Key -----------------------------------------------------------------------


async def test_the_same_key_and_body_give_the_same_turn(pipeline: Pipeline) -> None:
    headers = {"Idempotency-Key": "k"}
    both = await asyncio.gather(
        *(pipeline.ask("Q", conversation_id="c", headers=headers) for _ in range(3))
    )
    later = await pipeline.ask("Q", conversation_id="c", headers=headers)
    assert [response.status_code for response in (*both, later)] == [200] * 4
    assert len({response.json()["turn_id"] for response in (*both, later)}) == 1
    assert {response.json()["reply"]["content"] for response in (*both, later)} == {"echo: Q"}
    assert len(pipeline.prompts()) == 1
    assert await contents(pipeline) == ["Q", "echo: Q"]


async def test_a_key_works_in_every_form(pipeline: Pipeline) -> None:
    headers = {"Idempotency-Key": "k"}
    accepted = await pipeline.ask("Q", headers={**headers, "Prefer": "respond-async"})
    assert accepted.status_code == 202
    turn_id = accepted.json()["turn_id"]
    again = await pipeline.ask("Q", headers=headers)
    assert (again.status_code, again.json()["turn_id"]) == (200, turn_id)
    streamed = await pipeline.ask("Q", headers={**headers, "Accept": "text/event-stream"})
    assert streamed.text.startswith("event: start")
    assert "event: done" in streamed.text
    assert turn_id in streamed.text
    assert len(pipeline.prompts()) == 1


@pytest.mark.parametrize("more", [{"prompt": "other"}, {"memory": "off"}, {"stream": True}])
async def test_the_same_key_with_another_body_is_refused(
    pipeline: Pipeline, more: dict[str, Any]
) -> None:
    headers = {"Idempotency-Key": "k"}
    await pipeline.ask("Q", headers=headers)
    body = {"prompt": "Q", **more}
    refused = await pipeline.client.post("/chat/", json=body, headers=headers)
    assert refused.status_code == 422
    assert "Idempotency-Key" in refused.json()["detail"]
    assert len(pipeline.prompts()) == 1


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_has_a_sensible_length(pipeline: Pipeline, key: str) -> None:
    refused = await pipeline.ask("Q", headers={"Idempotency-Key": key})
    assert refused.status_code == 422
    assert pipeline.prompts() == []


async def test_a_failed_turn_stays_failed_under_its_key(pipeline: Pipeline) -> None:
    headers = {"Idempotency-Key": "k"}
    first = await pipeline.ask("Q", model="no-such", headers=headers)
    second = await pipeline.ask("Q", model="no-such", headers=headers)
    assert first.status_code == second.status_code == 404
    assert first.json()["turn_id"] == second.json()["turn_id"]


async def test_a_turn_with_a_key_goes_on_without_its_client(
    pipeline: Pipeline, fake: FakeLLM
) -> None:
    fake.script(chunks=["slowly "] * 20, delay_ms=20)
    headers = {"Idempotency-Key": "k", "user-agent": pipeline.client.headers["user-agent"]}
    body = {"prompt": "Q", "stream": True, "conversation_id": "c"}
    async with (
        httpx.AsyncClient(base_url=pipeline.client.base_url, headers=headers) as leaving,
        leaving.stream("POST", "/chat/", json=body) as response,
    ):
        async for line in response.aiter_lines():
            if line.startswith("event: token"):
                break
    found = await pipeline.client.post("/chat/", json=body, headers=headers)
    assert "event: done" in found.text
    assert len(pipeline.prompts()) == 1
    assert await contents(pipeline) == ["Q", "slowly " * 20]


# --- replaces ------------------------------------------------------------------------------


async def test_an_edited_question_supersedes_what_followed(pipeline: Pipeline) -> None:
    first = (await pipeline.ask("one", conversation_id="c")).json()
    await pipeline.ask("two", conversation_id="c")
    edited = await pipeline.ask("edited", conversation_id="c", replaces=f"{first['turn_id']}-u")
    assert edited.status_code == 200
    assert asked(pipeline.prompts()[-1]) == ["edited"]
    assert await contents(pipeline) == ["edited", "echo: edited"]
    await pipeline.ask("after", conversation_id="c")
    assert asked(pipeline.prompts()[-1]) == ["edited", "echo: edited", "after"]


async def test_a_reply_can_be_asked_for_anew_at_once(pipeline: Pipeline) -> None:
    # The client knows the turn's id a moment before the reply can be read.
    for _ in range(5):
        told = (await pipeline.ask("Q", conversation_id="c")).json()
        anew = await pipeline.ask("Q", conversation_id="c", replaces=f"{told['turn_id']}-a")
        assert anew.status_code == 200
    assert (await contents(pipeline))[-2:] == ["Q", "echo: Q"]
    assert len(await contents(pipeline)) == 10


async def test_a_message_that_is_not_there_cannot_be_replaced(pipeline: Pipeline) -> None:
    refused = await pipeline.ask("Q", conversation_id="c", replaces="no-such")
    assert refused.status_code == 404
    assert "replaces" in refused.json()["detail"]
    assert pipeline.prompts() == []
    assert (await pipeline.ask("Q", conversation_id="c")).status_code == 200


# --- conversations -------------------------------------------------------------------------


async def test_new_begins_a_new_conversation(pipeline: Pipeline) -> None:
    first = (await pipeline.ask("one", conversation_id="new")).json()
    second = (await pipeline.ask("two", conversation_id="new")).json()
    assert "new" not in {first["conversation_id"], second["conversation_id"]}
    assert first["conversation_id"] != second["conversation_id"]
    assert asked(pipeline.prompts()[-1]) == ["two"]
    third = (await pipeline.ask("three")).json()
    assert third["conversation_id"] == second["conversation_id"]


@pytest.mark.parametrize("memory", ["off", "read"])
async def test_an_incognito_chat_can_be_held_and_leaves_nothing(
    pipeline: Pipeline, memory: str
) -> None:
    await pipeline.client.put("/memory/user/me/preferences", json={"name": "Ann"})
    before = (await pipeline.client.get("/memory/user/me")).json()
    first = (await pipeline.ask("secret", memory=memory)).json()
    second = (await pipeline.ask("more", memory=memory)).json()
    assert second["conversation_id"] == first["conversation_id"]
    assert asked(pipeline.prompts()[-1]) == ["secret", "echo: secret", "more"]
    assert (memory == "read") == bool(second["memory"]["preferences"])
    assert (await pipeline.client.get("/memory/user/me")).json() == before
    found = await pipeline.client.get(f"/memory/conversation/{first['conversation_id']}")
    assert found.status_code == 404
    open_one = (await pipeline.ask("hello")).json()
    assert open_one["conversation_id"] != first["conversation_id"]
    assert asked(pipeline.prompts()[-1]) == ["hello"]


# --- limits --------------------------------------------------------------------------------


@pytest.fixture
async def narrow(own_nats: Running, own_redis: Running, fake: FakeLLM) -> AsyncIterator[Pipeline]:
    async with running_pipeline(
        own_nats.url,
        own_redis.url,
        fake,
        max_turns_per_user=3,
        llm_silence_s=0.3,
        queue_max_wait_s=1,
    ) as pipeline:
        pipeline.client.headers["user-agent"] = new_id()
        yield pipeline


async def test_a_user_cannot_take_every_place(narrow: Pipeline, fake: FakeLLM) -> None:
    fake.script(chunks=["slowly "] * 10, delay_ms=30)
    responses = await asyncio.gather(*(narrow.ask(f"q{i}") for i in range(6)))
    codes = sorted(response.status_code for response in responses)
    assert codes == [200] * 3 + [429] * 3
    refused = next(one for one in responses if one.status_code == 429)
    assert int(refused.headers["retry-after"]) >= 1
    assert "MAX_TURNS_PER_USER" in refused.json()["detail"]
    assert len(narrow.prompts()) == 3
    assert (await narrow.ask("after")).status_code == 200


async def test_who_would_wait_too_long_is_told_at_once(narrow: Pipeline, fake: FakeLLM) -> None:
    fake.script(chunks=["slowly "] * 12, delay_ms=50)
    await narrow.ask("how long does it take?")
    others = [{"user-agent": new_id()} for _ in range(3)]
    fake.script(chunks=["slowly "] * 12, delay_ms=50)
    fake.script(chunks=["slowly "] * 12, delay_ms=50)
    waiting = [asyncio.create_task(narrow.ask("q", headers=one)) for one in others[:2]]
    await fake.until(lambda: len(fake.generations()) == 2)
    refused = await narrow.ask("q", headers=others[2])
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    assert "QUEUE_MAX_WAIT" in refused.json()["detail"]
    assert [one.status_code for one in await asyncio.gather(*waiting)] == [200, 200]


async def test_a_model_that_falls_silent_fails_the_turn_and_frees_its_slot(
    narrow: Pipeline, fake: FakeLLM
) -> None:
    fake.script(chunks=["half ", "an ", "answer"], break_after=2, breaks="hang")
    failed = await narrow.ask("q", conversation_id="c")
    assert failed.status_code == 504
    assert "LLM_SILENCE" in failed.json()["detail"]
    # Before the first token a model may take its time.
    fake.script(text="at last", first_delay_ms=500)
    answered = await narrow.ask("again", conversation_id="c")
    assert answered.json()["reply"]["content"] == "at last"
    assert [(m["content"], m["status"]) for m in await kept(narrow)] == [
        ("q", "failed"),
        ("again", "complete"),
        ("at last", "complete"),
    ]
