"""The janitor on real servers: what ends a turn whose message, worker or gateway is gone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from services.context.loader import Loader
from services.inference.generator import Generator
from services.memory_writer.app import create_app
from services.memory_writer.settings import MemoryWriterSettings
from shared.broker import Bus
from shared.contracts.events import ChatPrompted, DeadLettered, TokenStreamed
from shared.contracts.memory import TurnClosed
from shared.contracts.parts import Outcome, Prompt, Receipt, TurnRef
from shared.contracts.subjects import CHAT_PROMPTED, CHAT_REQUESTED, INFERENCE
from shared.memory.turns import NewTurn, TurnRecord, TurnRecords
from shared.settings import ModelSettings
from shared.topology import apply
from tests.support.fake_llm import FakeLLM
from tests.support.pipeline import Pipeline, running_pipeline, serve
from tests.support.servers import Running

pytestmark = pytest.mark.integration

SCALE = 0.02
"""Ack wait of inference 0.2 s, a sweep every 0.1 s, an untouched turn is lost after 0.2 s."""


@dataclass
class Bench:
    """A memory writer with its janitor, and what a test does in the others' place."""

    connection: Client
    jetstream: JetStreamContext
    records: TurnRecords

    async def opened(self, user_id: str = "u-1") -> TurnRef:
        new = NewTurn(user_id=user_id, gateway_id="g", question="Q", conversation_id="c")
        return (await self.records.open(new, idle_s=60, max_turns=100)).ref

    async def ended(self, turn: TurnRef, timeout_s: float = 15) -> TurnRecord:
        """Return a turn's record as soon as it has an outcome."""
        async with asyncio.timeout(timeout_s):
            while (record := await self.records.get(turn.turn_id)) is None or not record.outcome:
                await asyncio.sleep(0.01)
        return record

    async def letters(self) -> list[DeadLettered]:
        return [DeadLettered.model_validate_json(m.data or b"") for m in await self._all("DEAD")]

    async def closed(self) -> list[TurnClosed]:
        return [TurnClosed.model_validate_json(m.data or b"") for m in await self._all("MEMORY")]

    async def _all(self, stream: str) -> list[RawStreamMsg]:
        last = (await self.jetstream.stream_info(stream)).state.last_seq
        found = []
        for sequence in range(1, last + 1):
            with contextlib.suppress(NotFoundError):
                found.append(await self.jetstream.get_msg(stream, sequence))
        return found

    async def left(self, stream: str) -> int:
        return (await self.jetstream.stream_info(stream)).state.messages

    async def worker_dies_at_every_delivery(self) -> None:
        """Take a message of inference as often as it is delivered, and say nothing."""
        worker = await self.jetstream.pull_subscribe_bind(durable="inference", stream="PROMPTS")
        for _ in range(INFERENCE.max_deliver):
            await worker.fetch(1, timeout=5)
        # NATS notices at the next question of another worker.
        with contextlib.suppress(TimeoutError):
            await worker.fetch(1, timeout=0.5)

    async def frames(self, turn: TurnRef) -> Any:
        return await self.connection.subscribe(f"tokens.{turn.gateway_id}.{turn.turn_id}")

    async def last_frame(self, frames: Any) -> Outcome:
        frame = await frames.next_msg(timeout=5)
        outcome = TokenStreamed.model_validate_json(frame.data).outcome
        assert outcome is not None
        return outcome


@contextlib.asynccontextmanager
async def bench(
    nats_url: str, redis_url: str, *, janitors: int = 1, **more: Any
) -> AsyncIterator[Bench]:
    common = {"nats_url": nats_url, "redis_url": redis_url, "time_scale": SCALE, **more}
    connection = await nats.connect(nats_url)
    await apply(connection.jetstream(), ModelSettings(**common))
    settings = MemoryWriterSettings(**common)
    services = [await serve(create_app(settings)) for _ in range(janitors)]
    records = TurnRecords(settings)
    try:
        yield Bench(connection, connection.jetstream(), records)
    finally:
        for service in services:
            await service.stop()
        await records.close()
        await connection.close()


@pytest.fixture
async def found(own_nats: Running, own_redis: Running) -> AsyncIterator[Bench]:
    async with bench(own_nats.url, own_redis.url) as started:
        yield started


# --- advisories and dead letters --------------------------------------------------------------


async def test_a_turn_whose_every_worker_died_fails_visibly(found: Bench) -> None:
    turn = await found.opened()
    frames = await found.frames(turn)
    await found.jetstream.publish(CHAT_PROMPTED.at(turn.turn_id), b"{}")
    dying = asyncio.create_task(found.worker_dies_at_every_delivery())
    told = await found.last_frame(frames)
    record = await found.ended(turn)
    assert record.outcome == told
    assert told.status == "failed"
    assert told.problem is not None
    assert told.problem.status == 500
    [letter] = await found.letters()
    assert letter.error_type == "MaxDeliveries"
    assert letter.error == "delivered 3 times, every worker died or was silent"
    assert (letter.subject, letter.stream, letter.durable, letter.payload) == (
        CHAT_PROMPTED.at(turn.turn_id),
        "PROMPTS",
        "inference",
        "{}",
    )
    async with asyncio.timeout(15):
        while await found.left("PROMPTS"):
            await asyncio.sleep(0.01)
    assert [event.outcome for event in await found.closed()] == [told]
    await dying


async def test_an_answered_turn_that_lost_its_ack_is_no_dead_letter(found: Bench) -> None:
    turn = await found.opened()
    frames = await found.frames(turn)
    await found.records.finish(
        turn, Outcome(status="completed", content="A", model="m"), question="Q"
    )
    await found.jetstream.publish(CHAT_PROMPTED.at(turn.turn_id), b"{}")
    await found.worker_dies_at_every_delivery()
    # Its worker may have died before the closing event and the last frame.
    assert (await found.last_frame(frames)).content == "A"
    async with asyncio.timeout(15):
        while await found.left("PROMPTS"):
            await asyncio.sleep(0.01)
    assert await found.letters() == []
    assert [event.outcome.content for event in await found.closed()] == ["A"]


async def test_what_a_worker_rejected_without_a_letter_gets_one(found: Bench) -> None:
    await found.jetstream.publish("chat.prompted.t-1", b"\xff")
    worker = await found.jetstream.pull_subscribe_bind(durable="inference", stream="PROMPTS")
    await (await worker.fetch(1, timeout=5))[0].term()
    # A work queue deletes what is rejected: nothing is left to read, and nothing is done.
    await found.jetstream.publish("memory.u-1.turn", b"\xff")
    async with asyncio.timeout(15):
        while len(await found.letters()) < 2:
            await asyncio.sleep(0.01)
    # A durable's own middleware and the advisory of its rejection: one letter of each.
    await asyncio.sleep(0.2)
    letters = await found.letters()
    durables = [letter.durable for letter in letters]
    assert {"redis-writer", "fact-extractor"} <= set(durables)
    assert len(durables) == len(set(durables))
    assert {letter.payload_base64 for letter in letters} == {"/w=="}
    assert await found.left("MEMORY") == 1


async def test_a_letter_that_was_put_there_by_hand_tells_the_client(found: Bench) -> None:
    turn = await found.opened()
    frames = await found.frames(turn)
    await found.jetstream.publish(f"dead.{CHAT_PROMPTED.at(turn.turn_id)}", by_hand(turn))
    outcome = await found.last_frame(frames)
    assert outcome.problem is not None
    assert outcome.problem.status == 500
    assert (await found.ended(turn)).outcome == outcome


def by_hand(turn: TurnRef, **more: Any) -> bytes:
    letter = DeadLettered(
        subject=CHAT_PROMPTED.at(turn.turn_id),
        stream="PROMPTS",
        sequence=1,
        durable="inference",
        service="inference",
        deliveries=1,
        error_type="RuntimeError",
        error="surprise",
        **more,
    )
    return letter.model_dump_json().encode()


async def test_a_garbage_letter_is_put_aside_once_and_the_next_is_read(found: Bench) -> None:
    turn = await found.opened()
    await found.jetstream.publish(f"dead.{CHAT_PROMPTED.at(turn.turn_id)}", b"garbage")
    await found.jetstream.publish(f"dead.{CHAT_PROMPTED.at(turn.turn_id)}", by_hand(turn))
    await found.ended(turn)
    async with asyncio.timeout(15):
        while await found.left("DEAD") < 3:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    letter = f"dead.{CHAT_PROMPTED.at(turn.turn_id)}"
    subjects = sorted(str(message.subject) for message in await found._all("DEAD"))
    assert subjects == [letter, letter, f"dead.{letter}"]


async def test_a_garbage_advisory_does_no_harm(found: Bench) -> None:
    subject = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.PROMPTS.inference"
    await found.jetstream.publish(subject, b"garbage")
    async with asyncio.timeout(15):
        while await found.left("DEAD") < 1:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)
    assert await found.left("DEAD") == 1


async def test_a_letter_from_long_ago_ends_nothing_again(found: Bench) -> None:
    old, fresh = await found.opened(), await found.opened("u-2")
    for turn, at in ((old, "2020-01-01T00:00:00Z"), (fresh, None)):
        await found.jetstream.publish(CHAT_PROMPTED.at(turn.turn_id), b"{}")
        more = {"at": at} if at else {}
        await found.jetstream.publish(
            f"dead.{CHAT_PROMPTED.at(turn.turn_id)}", by_hand(turn, **more)
        )
    await found.ended(fresh)
    record = await found.records.get(old.turn_id)
    assert record is not None
    assert record.outcome is None


# --- sweeps -----------------------------------------------------------------------------------


async def test_a_turn_past_its_deadline_expires_once(own_nats: Running, own_redis: Running) -> None:
    short = {"queue_max_wait_s": 0.3, "turn_hard_cap_s": 0.2}
    async with bench(own_nats.url, own_redis.url, janitors=2, **short) as found:
        turn = await found.opened()
        # A worker has it, and says nothing.
        await found.jetstream.publish(CHAT_REQUESTED.at(turn.turn_id), b"{}")
        frames = await found.frames(turn)
        outcome = await found.last_frame(frames)
        assert outcome.status == "expired"
        assert outcome.problem is not None
        assert outcome.problem.status == 504
        assert outcome.ended_at > turn.deadline
        assert (await found.ended(turn)).outcome == outcome
        await asyncio.sleep(0.3)
        assert [event.outcome for event in await found.closed()] == [outcome]
        assert await found.records.live() == {}


async def test_a_turn_that_was_never_handed_on_fails(found: Bench) -> None:
    turn = await found.opened()
    frames = await found.frames(turn)
    outcome = await found.last_frame(frames)
    assert outcome.status == "failed"
    assert outcome.problem is not None
    assert outcome.problem.status == 503
    assert "before it was accepted" in outcome.problem.title
    assert (outcome.ended_at - turn.accepted_at).total_seconds() > 10 * SCALE
    # Its client was refused, or knows of nothing: nothing of it is remembered.
    assert [(one.outcome, one.question) for one in await found.closed()] == [(outcome, None)]


@pytest.mark.parametrize("subject", [CHAT_REQUESTED, CHAT_PROMPTED])
async def test_a_turn_whose_message_waits_is_left_alone(found: Bench, subject: Any) -> None:
    waiting = await found.opened()
    await found.jetstream.publish(subject.at(waiting.turn_id), b"{}")
    lost = await found.opened("u-2")
    await found.ended(lost)
    await asyncio.sleep(0.3)
    record = await found.records.get(waiting.turn_id)
    assert record is not None
    assert record.outcome is None


async def test_a_running_turn_whose_stream_was_deleted_fails(found: Bench) -> None:
    turn = await found.opened()
    await found.jetstream.publish(CHAT_PROMPTED.at(turn.turn_id), b"{}")
    await found.records.begin(turn, prompt=Prompt(text="P"), receipt=Receipt(), deliveries=1)
    await asyncio.sleep(0.4)
    assert (await found.records.get(turn.turn_id) or pytest.fail("no record")).outcome is None
    await found.jetstream.delete_stream("PROMPTS")
    record = await found.ended(turn)
    assert record.outcome is not None
    assert record.outcome.problem is not None
    assert "while it was worked on" in record.outcome.problem.title


async def test_a_turn_that_redis_forgot_is_open_no_more(found: Bench) -> None:
    turn = await found.opened()
    await found.jetstream.publish(CHAT_REQUESTED.at(turn.turn_id), b"{}")
    await found.records._redis._redis.delete(f"turn:{turn.turn_id}")
    await found.jetstream.purge_stream("REQUESTS")
    async with asyncio.timeout(15):
        while await found.records.live():
            await asyncio.sleep(0.02)
    assert await found.closed() == []


async def test_sweeps_outlive_an_outage_of_redis_and_of_nats(
    own_nats: Running, own_redis: Running
) -> None:
    async with bench(own_nats.url, own_redis.url, redis_timeout_s=1) as found:
        first = await found.opened()
        own_redis.kill()
        await asyncio.sleep(0.5)
        own_redis.start()
        await found.ended(first)
        second = await found.opened()
        own_nats.kill()
        await asyncio.sleep(0.5)
        own_nats.start()
        assert (await found.ended(second, timeout_s=10)).status == "failed"


# --- every way into the dead letters, with a client that waits --------------------------------


@pytest.fixture
async def whole(own_nats: Running, own_redis: Running, fake: FakeLLM) -> AsyncIterator[Pipeline]:
    async with running_pipeline(
        own_nats.url, own_redis.url, fake, time_scale=SCALE, llm_slots=2
    ) as pipeline:
        yield pipeline


async def told_of_failure(whole: Pipeline, *, stream: bool) -> dict[str, Any]:
    """Ask, and return the problem that the client is told; the turn's record says the same."""
    if stream:
        events = await whole.events("Q", conversation_id="c")
        turn_id = events[0][1]["turn_id"]
        assert [name for name, _ in events].count("error") == 1
        name, problem = events[-1]
        assert name == "error"
    else:
        response = await whole.ask("Q", conversation_id="c")
        problem = response.json()
        assert response.headers["content-type"] == "application/problem+json"
        assert response.status_code == problem["status"]
        turn_id = problem.get("turn_id", "")
    if turn_id:
        state = (await whole.client.get(f"/chat/turns/{turn_id}")).json()
        assert state["status"] == "failed"
    return dict(problem)


def poison(monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    """Make garbage of the next message of a subject on its way to its stream."""
    store = Bus.store
    spoiled: list[str] = []

    async def spoil(bus: Bus, subject: str, payload: bytes, **more: Any) -> Any:
        if subject.startswith(prefix) and not spoiled:
            spoiled.append(subject)
            payload = b'{"turn": "garbage"}'
        return await store(bus, subject, payload, **more)

    monkeypatch.setattr(Bus, "store", spoil)


def fail(monkeypatch: pytest.MonkeyPatch, owner: type, method: str) -> None:
    monkeypatch.setattr("shared.reliability.MAX_TRIES", 2)
    work = getattr(owner, method)

    async def surprise(self: Any, event: Any, **more: Any) -> Any:
        if getattr(event, "prompt", None) == "Q" or getattr(event, "question", None) == "Q":
            msg = "surprise"
            raise RuntimeError(msg)
        return await work(self, event, **more)

    monkeypatch.setattr(owner, method, surprise)


@contextlib.asynccontextmanager
async def dying_workers(whole: Pipeline) -> AsyncIterator[None]:
    await whole.services.pop("inference").stop()
    connection = await nats.connect(whole.environment["nats_url"])
    found = Bench(connection, connection.jetstream(), None)  # type: ignore[arg-type]
    dying = asyncio.create_task(found.worker_dies_at_every_delivery())
    yield
    await dying
    await connection.close()


@contextlib.asynccontextmanager
async def letter_by_hand(whole: Pipeline) -> AsyncIterator[None]:
    connection = await nats.connect(whole.environment["nats_url"])

    async def put() -> None:
        await whole.fake.until(whole.fake.generations)
        jetstream = connection.jetstream()
        asked = ChatPrompted.model_validate_json(
            (await jetstream.get_msg("PROMPTS", 1)).data or b""
        )
        await jetstream.publish(f"dead.{CHAT_PROMPTED.at(asked.turn.turn_id)}", by_hand(asked.turn))

    # Also where a busy machine has it redelivered: an answer must not be there before the letter.
    whole.fake.script(chunks=["slow "] * 200, delay_ms=50, times=3)
    putting = asyncio.create_task(put())
    yield
    await putting
    whole.fake.scripts.clear()
    await connection.close()


WAYS = ("garbage request", "garbage prompt", "context fails", "inference fails")


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("way", [*WAYS, "workers die", "by hand"])
async def test_whatever_kills_a_turn_its_client_is_told(
    whole: Pipeline, monkeypatch: pytest.MonkeyPatch, way: str, stream: bool
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        match way:
            case "garbage request":
                poison(monkeypatch, "chat.requested.")
            case "garbage prompt":
                poison(monkeypatch, "chat.prompted.")
            case "context fails":
                fail(monkeypatch, Loader, "prepare")
            case "inference fails":
                fail(monkeypatch, Generator, "answer")
            case "workers die":
                await stack.enter_async_context(dying_workers(whole))
            case "by hand":
                await stack.enter_async_context(letter_by_hand(whole))
        problem = await told_of_failure(whole, stream=stream)
    assert problem["status"] == 500
    assert "dead letters" in problem["detail"]
    if way != "workers die":
        answer = await whole.ask("next", conversation_id="c")
        assert answer.status_code == 200
        assert answer.json()["reply"]["content"] == "echo: next"


async def test_a_gateway_that_is_slower_than_the_janitor_gets_the_janitors_word(
    whole: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Bus.store

    async def dawdle(bus: Bus, subject: str, payload: bytes, **more: Any) -> Any:
        if subject.startswith("chat.requested.") and b'"Q"' in payload:
            await asyncio.sleep(20 * SCALE)
        return await store(bus, subject, payload, **more)

    monkeypatch.setattr(Bus, "store", dawdle)
    problem = await told_of_failure(whole, stream=False)
    assert problem["status"] == 503
    assert (await whole.ask("next", conversation_id="c")).status_code == 200
    assert len(whole.fake.generations()) == 1
