"""Servers that go away and come back: what the client is told, and that nothing is lost."""

import asyncio
import signal
from collections.abc import AsyncIterator
from typing import Any

import nats
import pytest

from services.memory_writer.app import create_app as create_memory_writer
from services.memory_writer.settings import MemoryWriterSettings
from shared.broker import Bus, create_broker
from shared.contracts.events import ChatPrompted, TokenStreamed
from shared.contracts.ids import new_id
from shared.contracts.memory import TurnClosed
from shared.contracts.parts import Outcome, Prompt, Receipt
from shared.contracts.subjects import CHAT_PROMPTED, CHAT_REQUESTED, TURN_CLOSED
from shared.memory.turns import NewTurn, TurnRecords
from shared.outcome import TurnCloser
from shared.settings import Settings
from shared.telemetry import Telemetry
from tests.support.fake_llm import FakeLLM
from tests.support.pipeline import Pipeline, running_pipeline, serve
from tests.support.servers import Running

pytestmark = pytest.mark.integration


@pytest.fixture
async def own(own_nats: Running, own_redis: Running, fake: FakeLLM) -> AsyncIterator[Pipeline]:
    async with running_pipeline(
        own_nats.url, own_redis.url, fake, redis_timeout_s=1, publish_timeout_s=1.5
    ) as pipeline:
        pipeline.client.headers["user-agent"] = new_id()
        yield pipeline


async def conversation(pipeline: Pipeline) -> list[str]:
    response = await pipeline.client.get("/memory/conversation/c")
    return [m["content"] for m in response.json().get("messages", [])]


async def until_kept(pipeline: Pipeline, count: int) -> list[str]:
    async with asyncio.timeout(15):
        while len(kept := await conversation(pipeline)) < count:
            await asyncio.sleep(0.05)
    return kept


async def test_without_redis_chat_goes_on_and_nothing_is_lost(
    own: Pipeline, own_redis: Running
) -> None:
    await own.ask("before", conversation_id="c")
    own_redis.kill()
    during = await own.ask("during", conversation_id="c")
    assert during.status_code == 200
    body = during.json()
    assert body["reply"]["content"] == "echo: during"
    assert set(body["degraded"]) == {"order", "memory"}
    assert (await own.client.get("/health/ready")).status_code == 503
    assert len(body["degraded"]) == 2
    for headers in ({"Prefer": "respond-async"}, {"Idempotency-Key": "k"}):
        # Without a record nobody could find the turn again.
        refused = await own.ask("whose?", headers=headers)
        assert (refused.status_code, bool(refused.headers["retry-after"])) == (503, True)
    reading = await own.client.get("/memory/conversation/c")
    assert reading.status_code == 503
    assert reading.headers["retry-after"]
    own_redis.start()
    kept = await until_kept(own, 4)
    assert kept == ["before", "echo: before", "during", "echo: during"]
    after = (await own.ask("after", conversation_id="c")).json()
    assert after["degraded"] == []
    assert len(own.prompts()[-1]) == 6


async def test_without_nats_new_turns_are_refused_and_then_go_on(
    own: Pipeline, own_nats: Running
) -> None:
    await own.ask("before", conversation_id="c")
    own_nats.kill()
    refused = await own.ask("during", conversation_id="c")
    assert refused.status_code == 503
    assert refused.headers["retry-after"]
    assert refused.headers["content-type"] == "application/problem+json"
    own_nats.start()
    answer = await until_answered(own, "after")
    assert answer["reply"]["content"] == "echo: after"
    # The refused question was told to be refused: it is neither answered later nor kept.
    await asyncio.sleep(0.5)
    kept = await conversation(own)
    assert kept[-2:] == ["after", "echo: after"]
    assert "echo: during" not in kept


async def until_answered(pipeline: Pipeline, prompt: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            response = await pipeline.ask(prompt, conversation_id="c")
            if response.status_code == 200:
                found: dict[str, Any] = response.json()
                return found
            await asyncio.sleep(0.1)


async def opened(own: Pipeline, user: str) -> Any:
    settings = Settings(**{k: own.environment[k] for k in ("nats_url", "redis_url")})
    records = TurnRecords(settings)
    new = NewTurn(user_id=user, gateway_id="g", question="Q", conversation_id="c")
    return records, (await records.open(new, idle_s=60, max_turns=16)).ref


async def test_a_poisoned_turn_fails_visibly(own: Pipeline) -> None:
    records, ref = await opened(own, "u-1")
    connection = await nats.connect(own.environment["nats_url"])
    await connection.jetstream().publish(CHAT_REQUESTED.at(ref.turn_id), b'{"turn": "garbage"}')
    async with asyncio.timeout(15):
        while (record := await records.get(ref.turn_id)) is None or record.outcome is None:
            await asyncio.sleep(0.01)
    assert record.status == "failed"
    assert record.outcome.problem is not None
    assert record.outcome.problem.status == 500
    assert "dead letters" in record.outcome.problem.detail
    await records.close()
    await connection.close()


async def test_a_turn_delivered_again_after_its_end_is_not_generated_again(own: Pipeline) -> None:
    records, ref = await opened(own, "u-1")
    event = ChatPrompted(
        turn=ref, question="Q", prompt=Prompt(text="P"), receipt=Receipt(), model="llama3.2"
    )
    connection = await nats.connect(own.environment["nats_url"])
    frames = await connection.subscribe(f"tokens.g.{ref.turn_id}")
    for _ in range(2):
        await connection.jetstream().publish(
            CHAT_PROMPTED.at(ref.turn_id), event.model_dump_json().encode()
        )
    outcomes: list[bytes] = []
    async with asyncio.timeout(15):
        while len(outcomes) < 2:
            message = await frames.next_msg(timeout=5)
            if b'"outcome":{' in message.data:
                outcomes.append(message.data)
    assert len(own.fake.generations()) == 1
    closed = await connection.jetstream().stream_info("MEMORY")
    assert closed.state.messages == 1
    await records.close()
    await connection.close()


async def test_a_turn_that_ended_without_its_record_is_never_told_otherwise(own: Pipeline) -> None:
    records, ref = await opened(own, "u-1")
    connection = await nats.connect(own.environment["nats_url"])
    jetstream = connection.jetstream()
    done = Outcome(status="completed", content="A", model="m")
    closed = TurnClosed(turn=ref, question="Q", outcome=done)
    # As a worker leaves it that finished while Redis was away; the writer has not seen it yet.
    await own.services["memory_writer"].stop()
    await jetstream.publish(
        TURN_CLOSED.at("u-1"),
        closed.model_dump_json().encode(),
        headers={"Nats-Msg-Id": f"{ref.turn_id}:closed"},
    )
    bus = Bus(broker := create_broker(Settings(**own.environment), service="test"), Settings())
    await broker.connect()
    told = await connection.subscribe(f"tokens.g.{ref.turn_id}")
    closer = TurnCloser(bus=bus, records=records, telemetry=Telemetry("test"))
    lost = Outcome(status="failed", model="m")
    seen: set[str] = set()

    async def watch() -> None:
        while True:
            record = await records.get(ref.turn_id)
            assert record is not None
            seen.add(record.status)
            await asyncio.sleep(0)

    watching = asyncio.create_task(watch())
    assert (await closer.settle(ref, question="Q", outcome=lost)).content == "A"
    # One that goes by the record first is set right too.
    assert (await closer.close(ref, question="Q", outcome=lost)).content == "A"
    watching.cancel()
    frame = TokenStreamed.model_validate_json((await told.next_msg()).data)
    assert frame.outcome is not None
    assert frame.outcome.content == "A"
    assert seen <= {"queued", "completed"}
    assert (await jetstream.stream_info("MEMORY")).state.messages == 1
    await broker.stop()
    await records.close()
    await connection.close()


async def test_asking_again_while_nats_is_away_takes_nothing_back(
    own: Pipeline, own_nats: Running, fake: FakeLLM
) -> None:
    fake.script(chunks=["slowly "] * 30, delay_ms=30)
    headers = {"Idempotency-Key": "k"}
    # The first one waits behind a turn that runs, so its own turn is still queued.
    running = asyncio.create_task(own.ask("first", conversation_id="c"))
    await fake.until(lambda: bool(fake.generations()))
    accepted = await own.ask(
        "Q", conversation_id="c", headers={**headers, "Prefer": "respond-async"}
    )
    assert accepted.status_code == 202
    own_nats.kill()
    again = await own.ask("Q", conversation_id="c", headers=headers)
    assert again.status_code == 503
    own_nats.start()
    await running
    async with asyncio.timeout(20):
        while (
            later := await own.ask("Q", conversation_id="c", headers=headers)
        ).status_code == 503:
            await asyncio.sleep(0.1)
    assert later.status_code == 200
    assert later.json()["turn_id"] == accepted.json()["turn_id"]
    assert later.json()["reply"]["content"] == "echo: Q"


async def test_a_second_client_of_a_key_keeps_the_turn_alive(
    own: Pipeline, own_nats: Running
) -> None:
    headers = {"Idempotency-Key": "k", "Prefer": "respond-async"}
    server = own_nats.process
    assert server is not None
    server.send_signal(signal.SIGSTOP)
    asked = []
    try:
        for _ in range(2):
            asked.append(asyncio.create_task(own.ask("Q", conversation_id="c", headers=headers)))
            await asyncio.sleep(0.3)
        first = await asked[0]
    finally:
        server.send_signal(signal.SIGCONT)
    # Whatever each was told, the turn that one of them was promised is answered.
    promised = [one for one in (first, await asked[1]) if one.status_code == 202]
    assert promised
    location = promised[0].headers["location"]
    async with asyncio.timeout(15):
        while (await own.client.get(location)).json()["status"] in {"queued", "running"}:
            await asyncio.sleep(0.05)
    turn = (await own.client.get(location)).json()
    assert turn["reply"]["content"] == "echo: Q"
    assert (await until_kept(own, 2)) == ["Q", "echo: Q"]


async def test_a_writer_that_stops_while_it_waits_gives_its_work_back(
    own: Pipeline, own_redis: Running
) -> None:
    await own.ask("before", conversation_id="c")
    own_redis.kill()
    await own.ask("during", conversation_id="c")
    await asyncio.sleep(0.5)
    await own.services["memory_writer"].stop()
    own_redis.start()
    own.services["memory_writer"] = await serve(
        create_memory_writer(MemoryWriterSettings(**own.environment))
    )
    # Far sooner than the ack wait of 15 s.
    async with asyncio.timeout(15):
        assert len(await until_kept(own, 4)) == 4
