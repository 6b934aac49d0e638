"""The model's pass of extraction on real servers: when it runs, gives way, waits, what is kept."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import nats
import pytest
from nats.js import JetStreamContext

from shared.contracts.events import ExtractAnswered, ExtractAsked
from shared.contracts.ids import new_id
from shared.contracts.memory import FactsStated
from shared.contracts.parts import utcnow
from shared.contracts.subjects import (
    DURABLES,
    FACT_EXTRACTOR_LLM,
    FACTS_STATED,
    LLM_EXTRACT,
    MESSAGE_ADDED,
)
from shared.settings import ModelSettings, Settings
from shared.topology import apply, declared_durables
from tests.support.fake_llm import FakeLLM
from tests.support.fake_script import schema_of
from tests.support.pipeline import Pipeline, running_pipeline
from tests.support.samples import message_added
from tests.support.servers import Running, running_nats, running_redis

pytestmark = pytest.mark.integration

SCALE = 0.1
"""Heartbeats that a busy machine holds up must not look like a dead worker."""
SAID = "My mornings belong to watercolours."
"""Such that no rule finds anything in it."""
QUESTION = "Message:\n"
"""Words of the question, by which a script answers an extraction and no turn."""


def answer(*facts: tuple[str, str]) -> str:
    return json.dumps({"facts": [{"predicate": p, "value": v, "quote": ""} for p, v in facts]})


@pytest.fixture(scope="module")
async def started(fake_llm_server: FakeLLM) -> AsyncIterator[Pipeline]:
    with running_nats() as nats_server, running_redis() as redis_server:
        async with running_pipeline(
            nats_server.url, redis_server.url, fake_llm_server, facts_llm="on", time_scale=SCALE
        ) as pipeline:
            yield pipeline


@pytest.fixture
def own(started: Pipeline, fake: FakeLLM) -> Pipeline:  # noqa: ARG001 - resets the scripts
    started.client.headers["user-agent"] = new_id()
    return started


@pytest.fixture
async def connection(own: Pipeline) -> AsyncIterator[Any]:
    connection = await nats.connect(own.environment["nats_url"])
    yield connection
    await connection.close()


@pytest.fixture
async def jetstream(connection: Any, fake: FakeLLM) -> JetStreamContext:
    found: JetStreamContext = connection.jetstream()
    # What another test has said is read first.
    await until_read(found)
    fake.reset()
    return found


async def stated_by_model(jetstream: JetStreamContext, own: Pipeline) -> list[FactsStated]:
    """Return the events of the model's pass for the test's own user, as the stream holds them."""
    user = (await own.client.get("/auth/me")).json()["user_id"]
    last = (await jetstream.stream_info("MEMORY")).state.last_seq
    found = [await jetstream.get_msg("MEMORY", at) for at in range(1, last + 1)]
    events = [
        FactsStated.model_validate_json(m.data or b"") for m in found if is_fact(m.subject, user)
    ]
    return [event for event in events if event.claims[0].extractor.startswith("llm/")]


def is_fact(subject: str | None, user: str) -> bool:
    return subject == FACTS_STATED.at(user)


async def until_read(jetstream: JetStreamContext, timeout_s: float = 15) -> None:
    """Wait until the pass has handled everything in the stream."""
    async with asyncio.timeout(timeout_s):
        while True:
            info = await jetstream.consumer_info("MEMORY", FACT_EXTRACTOR_LLM.name)
            if not info.num_pending and not info.num_ack_pending:
                return
            await asyncio.sleep(0.02)


async def said_so_far(jetstream: JetStreamContext) -> int:
    info = await jetstream.stream_info("MEMORY", subjects_filter="memory.>")
    subjects = info.state.subjects or {}
    return sum(n for name, n in subjects.items() if name.endswith((".turn", ".message")))


def extractions(fake: FakeLLM) -> list[Any]:
    return [seen for seen in fake.generations() if schema_of(seen.body) is not None]


async def test_what_a_turn_says_is_found_after_it(
    own: Pipeline, jetstream: JetStreamContext, fake: FakeLLM
) -> None:
    fake.script(match=QUESTION, text=answer(("likes", "watercolours"), ("age", "41")))
    assert (await own.ask(SAID)).status_code == 200
    await until_read(jetstream)
    (asked,) = extractions(fake)
    assert asked.body["options"] == {
        "num_ctx": 4096,
        "temperature": 0,
        "num_predict": 320,
        "seed": 1,
    }
    assert asked.body["messages"][-1]["content"].endswith(SAID)
    (event,) = await stated_by_model(jetstream, own)
    (claim,) = event.claims
    assert (claim.predicate, claim.value, claim.quote) == ("likes", "watercolours", SAID)
    assert (claim.extractor, claim.confidence, claim.proposed) == ("llm/1", 0.6, False)
    assert claim.fact_id is not None


async def test_what_the_rules_have_found_is_left_to_them(
    own: Pipeline, jetstream: JetStreamContext, fake: FakeLLM
) -> None:
    found = answer(("lives_in", "Rotterdam"), ("likes", "cello"))
    fake.script(match=QUESTION, text=found)
    await own.ask("I live in Rotterdam and my mornings belong to the cello.")
    await until_read(jetstream)
    (event,) = await stated_by_model(jetstream, own)
    assert [(claim.predicate, claim.value) for claim in event.claims] == [("likes", "cello")]


async def test_what_is_older_than_an_hour_is_let_go(
    jetstream: JetStreamContext, fake: FakeLLM
) -> None:
    for minutes, asked in ((61, 0), (59, 1)):
        at = utcnow() - timedelta(minutes=minutes)
        event = message_added(content=SAID).model_copy(update={"at": at, "user_id": "u-late"})
        await jetstream.publish(MESSAGE_ADDED.at("u-late"), event.model_dump_json().encode())
        await until_read(jetstream)
        assert len(extractions(fake)) == asked


async def test_a_message_from_outside_is_read_too_unless_somebody_else_speaks(
    own: Pipeline, jetstream: JetStreamContext, fake: FakeLLM
) -> None:
    fake.script(match=QUESTION, text=answer(("likes", "watercolours")), times=-1)
    for more in ({}, {"name": "Kim"}, {"role": "assistant"}):
        body = {"role": "user", "content": SAID, **more}
        sent = await own.client.post("/memory/conversation/c/message", json=body)
        assert sent.status_code == 201
    await until_read(jetstream)
    assert len(extractions(fake)) == 1
    assert len(await stated_by_model(jetstream, own)) == 1


@pytest.mark.parametrize(
    "said",
    [
        "hi there",
        "Where can I buy good bread in Rotterdam?",
        "```\nprint('I live in Rotterdam')\n```",
        'My brother said "I live in Rotterdam".',
    ],
)
async def test_what_tells_nothing_is_not_asked_about(
    own: Pipeline, jetstream: JetStreamContext, fake: FakeLLM, said: str
) -> None:
    await own.ask(said)
    await until_read(jetstream)
    if "brother" not in said:
        assert extractions(fake) == []
    assert await stated_by_model(jetstream, own) == []


@pytest.mark.parametrize(("policy", "proposed"), [("ask", [True]), ("off", [])])
async def test_the_users_policy_holds_for_the_model_too(
    own: Pipeline,
    jetstream: JetStreamContext,
    fake: FakeLLM,
    policy: str,
    proposed: list[bool],
) -> None:
    fake.script(match=QUESTION, text=answer(("likes", "watercolours")), times=-1)
    await own.client.put("/memory/user/me/preferences", json={"fact_policy": policy})
    await own.ask(SAID)
    await until_read(jetstream)
    events = await stated_by_model(jetstream, own)
    assert [claim.proposed for event in events for claim in event.claims] == proposed
    assert len(extractions(fake)) == len(proposed)


async def test_it_gives_way_to_a_turn_and_comes_back(
    own: Pipeline, jetstream: JetStreamContext, fake: FakeLLM
) -> None:
    fake.script(match=QUESTION, text="one two three four", delay_ms=60_000)
    fake.script(match=QUESTION, text=answer(("likes", "watercolours")))
    await own.ask(SAID)
    await fake.until(lambda: extractions(fake) and extractions(fake)[0].pieces)
    began = time.monotonic()
    reply = await own.ask("What is the time?")
    assert reply.json()["reply"]["content"] == "echo: What is the time?"
    broken_off = extractions(fake)[0]
    (turn,) = [seen for seen in fake.generations() if seen.question == "What is the time?"]
    assert broken_off.cancelled_at is not None
    # At once, and before the turn's prompt is there; that is no matter of how fast this machine is.
    assert began < broken_off.cancelled_at < turn.received_at
    await until_read(jetstream)
    assert len(await stated_by_model(jetstream, own)) == 1
    info = await jetstream.consumer_info("MEMORY", FACT_EXTRACTOR_LLM.name)
    assert info.num_redelivered == 0


async def test_while_a_turn_is_open_the_answer_is_busy(
    own: Pipeline, connection: Any, fake: FakeLLM
) -> None:
    question = ExtractAsked(text=SAID, lang="en", predicates=("lives_in",))
    fake.script(chunks=["a ", "b"], delay_ms=60_000)
    asking = asyncio.create_task(own.ask("Tell me a story", headers={"Prefer": "respond-async"}))
    await fake.until(fake.generations)
    assert (await ask(connection, question)).busy
    turn_id = (await asking).json()["turn_id"]
    await own.client.delete(f"/chat/turns/{turn_id}")
    async with asyncio.timeout(15):
        while (found := await ask(connection, question)).busy:
            await asyncio.sleep(0.02)
    assert found.model == "llama3.2"
    assert found.problem is None


async def ask(connection: Any, question: ExtractAsked) -> ExtractAnswered:
    reply = await connection.request(
        LLM_EXTRACT.pattern, question.model_dump_json().encode(), timeout=10
    )
    return ExtractAnswered.model_validate_json(reply.data)


async def test_without_a_model_server_it_waits_and_nothing_is_dead(
    own: Pipeline, jetstream: JetStreamContext, fake: FakeLLM
) -> None:
    fake.script(match=QUESTION, status=503, error="server busy", times=2)
    fake.script(match=QUESTION, text=answer(("likes", "watercolours")))
    await own.ask(SAID)
    await until_read(jetstream)
    assert len(extractions(fake)) == 3
    assert len(await stated_by_model(jetstream, own)) == 1
    info = await jetstream.consumer_info("MEMORY", FACT_EXTRACTOR_LLM.name)
    assert info.num_redelivered == 0
    assert info.delivered is not None
    # Delivered once each: what was said by this test and those before it.
    assert info.delivered.consumer_seq == await said_so_far(jetstream)
    assert (await jetstream.stream_info("DEAD")).state.messages == 0


async def test_a_reply_that_cannot_be_read_is_asked_for_once_more(
    own: Pipeline, jetstream: JetStreamContext, fake: FakeLLM
) -> None:
    fake.script(match=QUESTION, text="The author likes watercolours.")
    fake.script(match=QUESTION, text="```json\n" + answer(("likes", "watercolours")) + "\n```")
    await own.ask(SAID)
    await until_read(jetstream)
    first, second = extractions(fake)
    assert len(second.body["messages"]) == len(first.body["messages"]) + 2
    assert second.body["messages"][-2]["content"] == "The author likes watercolours."
    assert len(await stated_by_model(jetstream, own)) == 1


async def test_switched_off_it_is_not_declared_and_nothing_waits(
    own_nats: Running,
) -> None:
    names = {durable.name for durable in DURABLES}
    off = {durable.name for durable in declared_durables(Settings(facts_llm="off"))}
    demonstration = Settings(llm_backend="builtin", database_url="postgresql://")
    auto = {durable.name for durable in declared_durables(demonstration)}
    assert names - off == {FACT_EXTRACTOR_LLM.name, "archive-writer"}
    assert names - auto == {FACT_EXTRACTOR_LLM.name}
    connection = await nats.connect(own_nats.url)
    await apply(connection.jetstream(), ModelSettings(nats_url=own_nats.url, facts_llm="off"))
    found = {info.name for info in await connection.jetstream().consumers_info("MEMORY")}
    await connection.close()
    assert FACT_EXTRACTOR_LLM.name not in found
    assert "fact-extractor" in found
