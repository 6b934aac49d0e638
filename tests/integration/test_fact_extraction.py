"""What a user says is known at once, wherever they ask next; and only what they say themselves."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.ids import new_id
from tests.support.fake_llm import FakeLLM
from tests.support.pipeline import Pipeline, running_pipeline
from tests.support.servers import Record, Running

pytestmark = pytest.mark.integration

DATA = Path(__file__).parents[1] / "data" / "facts"
LOOPS = ("feedback_loop.jsonl", "feedback_loop_recorded.jsonl")
"""Answers that were written to be learnt from, and those of the demonstration model, recorded
through `make up` with what it remembered in its prompts."""

PATIENCE_S = 5.0
"""How long prompts wait for facts here: the machine may be slow, and what is shown is the way."""


@pytest.fixture(scope="module")
async def patient(
    nats_server: Running, redis_server: Running, record: Record, fake_llm_server: FakeLLM
) -> AsyncIterator[Pipeline]:
    async with running_pipeline(
        nats_server.url,
        redis_server.url,
        fake_llm_server,
        database_url=record.url,
        facts_max_wait_s=PATIENCE_S,
        max_prompt_chars=1_000_000,
        max_body_bytes=4_000_000,
    ) as pipeline:
        yield pipeline


@pytest.fixture
def pipeline(patient: Pipeline, fake: FakeLLM) -> Pipeline:  # noqa: ARG001 - resets the scripts
    patient.client.headers["user-agent"] = new_id()
    return patient


def told(pipeline: Pipeline) -> str:
    """Return the system message of the last prompt."""
    return pipeline.prompts()[-1][0]["content"]


async def known(pipeline: Pipeline) -> dict[str, Any]:
    """Return what is known of the user, once nothing is on its way."""
    async with asyncio.timeout(20):
        while True:
            user: dict[str, Any] = (await pipeline.client.get("/memory/user/me")).json()
            if not user["pending"]:
                return user
            await asyncio.sleep(0.02)


async def facts(pipeline: Pipeline) -> set[tuple[str, str]]:
    return {(fact["predicate"], fact["value"]) for fact in (await known(pipeline))["facts"]}


async def add(pipeline: Pipeline, content: str, role: str = "user", **more: Any) -> None:
    body = {"role": role, "content": content, **more}
    response = await pipeline.client.post("/memory/conversation/outside/message", json=body)
    assert response.status_code in {201, 202}, response.text


async def prefer(pipeline: Pipeline, **changes: Any) -> None:
    response = await pipeline.client.put("/memory/user/me/preferences", json=changes)
    assert response.status_code == 200, response.text


async def test_what_was_said_in_one_conversation_is_known_in_the_next_at_once(
    pipeline: Pipeline,
) -> None:
    missed = []
    for number in range(50):
        pipeline.client.headers["user-agent"] = new_id()
        await pipeline.ask("I live in Kazan.", conversation_id="new")
        answer = (await pipeline.ask("What is the time?", conversation_id="new")).json()
        if "Lives in Kazan" not in told(pipeline) or not answer["memory"]["facts"]:
            missed.append(number)
    assert missed == []


async def test_the_receipt_names_the_message_that_a_fact_rests_on(pipeline: Pipeline) -> None:
    first = (await pipeline.ask("Я живу в Казани.", conversation_id="new")).json()
    second = (await pipeline.ask("Какая погода?", conversation_id="new")).json()
    [fact] = second["memory"]["facts"]
    assert fact["text"] == "Живёт в Казани"
    assert fact["message_id"] == f"{first['turn_id']}-u"
    third = (await pipeline.ask("And in English?", conversation_id="new")).json()
    assert third["memory"]["facts"][0]["text"] == "Lives in Казань"
    assert third["memory"]["facts"][0]["id"] == fact["id"]


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("Отвечай короче, пожалуйста.", "длина ответов: "),
        ("From now on reply in Spanish.", "language: Spanish"),
        ("No emojis please.", "answer format: no emojis"),
    ],
)
async def test_how_to_answer_is_told_from_the_next_turn_on(
    pipeline: Pipeline, said: str, line: str
) -> None:
    for conversation in ("here", "there"):
        pipeline.client.headers["user-agent"] = new_id()
        await pipeline.ask(said, conversation_id="here")
        asked = "Что нового?" if said.startswith("О") else "What is new?"
        answer = (await pipeline.ask(asked, conversation_id=conversation)).json()
        assert line in told(pipeline)
        # A preference is told once, and is no fact beside.
        assert answer["memory"]["facts"] == []
        assert len(answer["memory"]["preferences"]) == 1


async def test_of_what_was_set_and_what_was_said_the_latest_counts(pipeline: Pipeline) -> None:
    await pipeline.ask("From now on reply in Spanish.", conversation_id="new")
    await prefer(pipeline, language="French")
    await pipeline.ask("What is new?", conversation_id="new")
    assert "language: French" in told(pipeline)
    assert "Spanish" not in told(pipeline)
    await pipeline.ask("From now on reply in German.", conversation_id="new")
    answer = (await pipeline.ask("What is new?", conversation_id="new")).json()
    assert answer["memory"]["preferences"] == {"language": "German"}
    assert (await known(pipeline))["preferences"]["language"] == "German"


async def test_the_preferred_model_answers_unless_another_is_asked_for_or_it_is_not_there(
    pipeline: Pipeline,
) -> None:
    async def prefer(model: str) -> None:
        await pipeline.client.put("/memory/user/me/preferences", json={"model": model})

    await prefer("qwen2.5:0.5b")
    answer = (await pipeline.ask("hello")).json()
    assert (answer["model"], answer["degraded"]) == ("qwen2.5:0.5b", [])
    answer = (await pipeline.ask("hello", model="llama3.2")).json()
    assert (answer["model"], answer["degraded"]) == ("llama3.2", [])
    answer = (await pipeline.ask("hello", memory="off")).json()
    assert answer["model"] == "llama3.2"
    await prefer("no-such-model")
    found = await pipeline.ask("hello")
    assert found.status_code == 200, found.text
    assert (found.json()["model"], found.json()["degraded"]) == ("llama3.2", ["model"])
    # Who asks for it by name is told that it is not there.
    assert (await pipeline.ask("hello", model="no-such-model")).status_code == 404


async def test_a_failed_turn_leaves_what_its_user_said(pipeline: Pipeline) -> None:
    pipeline.fake.script(status=400, error="no")
    failed = await pipeline.ask("I live in Kazan.", conversation_id="new")
    assert failed.status_code >= 400
    await pipeline.ask("What is new?", conversation_id="new")
    assert "Lives in Kazan" in told(pipeline)


async def test_memory_off_is_told_nothing_and_read_is_told_all(pipeline: Pipeline) -> None:
    await pipeline.ask("I live in Kazan.", conversation_id="new")
    await pipeline.ask("I live in Rome.", conversation_id="new", memory="read")
    await pipeline.ask("I live in Oslo.", conversation_id="new", memory="off")
    assert "Kazan" not in told(pipeline)
    await pipeline.ask("What is new?", conversation_id="new", memory="read")
    assert "Lives in Kazan" in told(pipeline)
    assert await facts(pipeline) == {("lives_in", "Kazan")}


async def test_a_message_from_outside_is_read_if_it_is_the_users_own(pipeline: Pipeline) -> None:
    await add(pipeline, "I live in Kazan.")
    await add(pipeline, "I live in Oslo.", role="assistant")
    await add(pipeline, "I live in Rome.", role="system")
    await add(pipeline, "I live in Bern.", role="tool")
    await add(pipeline, "I live in Lima.", name="Ann")
    assert await facts(pipeline) == {("lives_in", "Kazan")}


async def test_an_older_message_that_comes_later_does_not_count_against_a_newer_one(
    pipeline: Pipeline,
) -> None:
    await add(pipeline, "I live in Kazan.", time="2026-05-01T10:00:00Z")
    await add(pipeline, "I live in Oslo.", time="2026-03-01T10:00:00Z")
    assert await facts(pipeline) == {("lives_in", "Kazan")}


async def test_who_wants_nothing_learnt_is_not_learnt_from(pipeline: Pipeline) -> None:
    await prefer(pipeline, fact_policy="off")
    await add(pipeline, "I live in Kazan.")
    assert await facts(pipeline) == set()
    await prefer(pipeline, fact_policy="automatic")
    await add(pipeline, "I work as a nurse.")
    assert await facts(pipeline) == {("occupation", "nurse")}


async def test_who_wants_to_be_asked_is_told_nothing_before_they_agree(pipeline: Pipeline) -> None:
    await prefer(pipeline, fact_policy="ask")
    await add(pipeline, "I live in Kazan.")
    [fact] = (await known(pipeline))["facts"]
    assert (fact["value"], fact["status"]) == ("Kazan", "proposed")
    await pipeline.ask("What is new?", conversation_id="new")
    assert "Kazan" not in told(pipeline)
    changed = await pipeline.client.patch(
        f"/memory/user/me/facts/{fact['id']}", json={"status": "active"}
    )
    assert changed.status_code == 200, changed.text
    await pipeline.ask("What is new?", conversation_id="new")
    assert "Lives in Kazan" in told(pipeline)


@pytest.mark.parametrize("loop", LOOPS)
async def test_what_a_model_says_of_memories_is_never_learnt(pipeline: Pipeline, loop: str) -> None:
    """Fifty turns in which the model repeats what it was told, and makes up more."""
    turns = [json.loads(line) for line in (DATA / loop).read_text(encoding="utf-8").splitlines()]
    assert len(turns) == 50
    learnt: list[set[tuple[str, str]]] = []
    for turn in turns:
        pipeline.fake.script(text=turn["answer"])
        system = f"What you remember: {turn['answer']}"
        response = await pipeline.ask(turn["said"], conversation_id="loop", system=system)
        assert response.json()["reply"]["content"] == turn["answer"]
        await add(pipeline, turn["answer"], role="assistant")
        if turn["states"]:
            learnt.append(await facts(pipeline))
    user = await known(pipeline)
    # Each statement gave one fact, and nothing else gave any.
    assert [len(some) for some in learnt] == list(range(1, len(learnt) + 1))
    assert await facts(pipeline) == learnt[-1]
    said = {turn["said"] for turn in turns if turn["states"]}
    assert all(any(f["source"]["quote"] in one for one in said) for f in user["facts"])
    assert user["preferences"] == {}


async def test_a_megabyte_of_statements_is_read_in_bounded_time(pipeline: Pipeline) -> None:
    long = "I live in Kazan and I work as a nurse. " * 25_000
    await add(pipeline, long)
    await add(pipeline, "I have a cat.")
    found = await facts(pipeline)
    assert ("lives_in", "Kazan") in found
    assert len(found) < 70
