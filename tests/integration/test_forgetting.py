"""Forgetting in the running pipeline: everything that was in flight stays forgotten."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import nats
import pytest
from nats.aio.client import Client
from pydantic import ValidationError
from redis.asyncio import Redis
from sqlalchemy import text

from services.gateway.app import create_app as create_gateway
from services.gateway.settings import GatewaySettings
from shared.broker import Bus, create_broker
from shared.contracts.events import DeadLettered
from shared.contracts.ids import new_id
from shared.contracts.memory import ForgetRequested, MessageAdded
from shared.dead_letters import DeadLetters
from shared.memory.database import Database
from shared.settings import Settings
from tests.support.fake_llm import FakeLLM
from tests.support.pipeline import Pipeline, running_pipeline, serve
from tests.support.samples import facts_stated, message_added, says
from tests.support.servers import Record, Running

pytestmark = pytest.mark.integration

WORDS = [f"w{n} " for n in range(100)]
TABLES = (
    *("users", "conversations", "messages", "branches", "preferences", "fact_claims", "facts"),
    *("topics", "conversation_changes"),
)


@pytest.fixture
async def own(
    own_nats: Running, own_redis: Running, own_record: Record, fake: FakeLLM
) -> AsyncIterator[Pipeline]:
    async with running_pipeline(
        own_nats.url,
        own_redis.url,
        fake,
        database_url=own_record.url,
        time_scale=0.05,
        llm_slots=4,
        forget_wait_s=5.0,
    ) as pipeline:
        pipeline.client.headers["user-agent"] = new_id()
        yield pipeline


@pytest.fixture
async def wire(own_nats: Running) -> AsyncIterator[Client]:
    connection = await nats.connect(own_nats.url)
    yield connection
    await connection.close()


class World:
    """Every place where something may lie."""

    def __init__(self, pipeline: Pipeline, wire: Client, redis_url: str, record: Record) -> None:
        self.pipeline = pipeline
        self.wire = wire
        self.redis_url = redis_url
        self.record = record

    async def user(self) -> str:
        return str((await self.pipeline.client.get("/auth/me")).json()["user_id"])

    async def events(self, stream: str = "MEMORY") -> list[Any]:
        """Return every message of a stream."""
        jetstream = self.wire.jetstream()
        state = (await jetstream.stream_info(stream)).state
        found = []
        for sequence in range(max(1, state.first_seq), state.last_seq + 1):
            try:
                found.append(await jetstream.get_msg(stream, sequence))
            except nats.js.errors.NotFoundError:
                continue
        return found

    async def traces(self, *needles: str) -> dict[str, list[str]]:
        """Return where any of some texts stands: keys, tables and streams."""
        found: dict[str, list[str]] = {"redis": [], "record": [], "streams": []}
        redis = Redis.from_url(self.redis_url, decode_responses=True)
        async for key in redis.scan_iter("*", count=1000):
            value = await self._value(redis, key)
            if any(needle in f"{key} {value}" for needle in needles):
                found["redis"].append(key)
        await redis.aclose()
        database = Database(self.record.settings)
        async with database.system_session() as connection:
            for table in TABLES:
                rows = await connection.execute(text(f"SELECT t::text FROM {table} AS t"))
                found["record"] += [
                    table for row in rows.scalars() if any(needle in row for needle in needles)
                ]
        await database.close()
        for stream in ("MEMORY", "DEAD", "REQUESTS", "PROMPTS"):
            for message in await self.events(stream):
                told = f"{message.subject} {(message.data or b'').decode()}"
                if any(needle in told for needle in needles):
                    found["streams"].append(f"{stream}: {told[:200]}")
        return found

    @staticmethod
    async def _value(redis: Redis, key: str) -> Any:
        match await redis.type(key):
            case "hash":
                return await redis.hgetall(key)
            case "zset":
                return await redis.zrange(key, 0, -1)
            case _:
                return await redis.get(key)

    async def quiet(self) -> None:
        """Wait until every consumer has handled everything."""
        async with asyncio.timeout(20):
            while True:
                busy = [
                    one.name
                    for stream in ("REQUESTS", "PROMPTS", "MEMORY", "DEAD")
                    for one in await self.wire.jetstream().consumers_info(stream)
                    if (one.num_pending or 0) + (one.num_ack_pending or 0)
                ]
                if not busy:
                    return
                await asyncio.sleep(0.02)

    async def deliver_again(self, events: list[Any]) -> None:
        """Publish recorded events once more, as new ones: ids of messages do not stop them."""
        for message in events:
            await self.wire.jetstream().publish(
                message.subject, message.data or b"", headers={"Nats-Msg-Id": new_id()}
            )
        await self.quiet()


@pytest.fixture
def world(own: Pipeline, wire: Client, own_redis: Running, own_record: Record) -> World:
    return World(own, wire, own_redis.url, own_record)


def answering(fake: FakeLLM, word: str) -> bool:
    """Whether the model is in the middle of its answer to the question with this word."""
    return any(
        seen.pieces >= 3 and word in seen.question and seen.ended_at is None
        for seen in fake.generations()
    )


def only_barriers(traces: dict[str, list[str]], user: str) -> bool:
    """Whether nothing is left but the watermark, the request itself, and its receipt."""
    return (
        all(key.startswith((f"forgotten:{user}", "receipt:")) for key in traces["redis"])
        and not traces["record"]
        and all(f"memory.{user}.forget" in told for told in traces["streams"])
    )


async def test_a_user_is_forgotten_whatever_is_in_flight(
    own: Pipeline, world: World, fake: FakeLLM
) -> None:
    user, marker = await world.user(), "Zaphod"
    await own.client.put("/memory/user/me/preferences", json={"name": marker})
    for n in range(3):
        await own.ask(f"{marker} {n}", conversation_id=f"c{n}")
    await own.ask(f"{marker} incognito", memory="read")
    await own.ask(f"My name is {marker}. I live in {marker} City.", conversation_id="c0")
    await world.quiet()
    facts = (await own.client.get("/memory/user/me")).json()["facts"]
    assert len(facts) == 2
    # Dead letters of the user, which somebody retries at the worst moment.
    broken = message_added(user=user, content=f"{marker} dead").model_dump_json()
    await _bury(world, user, broken)
    await _bury(world, user, broken, durable="fact-extractor")
    stated = facts_stated(0, says("name", f"{marker} dead"), user=user).model_dump_json()
    await _bury(world, user, stated, kind="fact")
    recorded = await world.events()
    # Turns in every state: one that is generated, one that waits for it, one detached.
    fake.script(chunks=[f"{marker} ", *WORDS], delay_ms=20, match="long", times=-1)
    running = asyncio.create_task(own.ask(f"{marker} long", conversation_id="c0"))
    await fake.until(lambda: answering(fake, "long"))
    waiting = asyncio.create_task(own.ask(f"{marker} waits", conversation_id="c0"))
    fake.script(chunks=[f"{marker} ", *WORDS], delay_ms=20, match="detached", times=-1)
    detached = await own.ask(
        f"I work as a {marker} driver, detached",
        conversation_id="c1",
        headers={"prefer": "respond-async"},
    )
    await fake.until(lambda: answering(fake, "detached"))
    before = await world.traces(user, marker)
    assert all(before.values())

    gone = await own.client.delete("/memory/user/me")
    assert gone.status_code == 200, gone.text
    receipt = gone.json()
    assert receipt["user_id"] == user
    assert receipt["redis_keys"] > 10
    assert receipt["rows"] > 10
    assert receipt["events"] >= 5
    # The clients learn that their turns were stopped.
    assert {(await running).status_code, (await waiting).status_code} == {409}
    assert (await own.client.get(detached.headers["location"])).status_code == 404
    await world.quiet()
    assert only_barriers(left := await world.traces(user, marker), user), left

    # All of it once more, and what a client had kept.
    await world.deliver_again(recorded)
    assert only_barriers(left := await world.traces(user, marker), user), left
    assert (await own.client.get("/memory/conversations")).json()["items"] == []
    assert (await own.client.get("/memory/user/me")).json()["preferences"] == {}
    stats = (await own.client.get("/memory/stats")).json()
    assert (stats["total_users"], stats["total_messages"], stats["total_conversations"]) == (
        0,
        0,
        0,
    )
    # And the user may begin anew.
    await own.ask("hello again", conversation_id="c0")
    await world.quiet()
    found = (await own.client.get("/memory/conversation/c0")).json()
    assert [m["content"] for m in found["messages"]] == ["hello again", "echo: hello again"]
    assert found["message_count"] == 2


async def _bury(
    world: World,
    user: str,
    payload: str,
    *,
    kind: str = "message",
    durable: str = "redis-writer",
) -> None:
    letter = DeadLettered(
        subject=f"memory.{user}.{kind}",
        stream="MEMORY",
        sequence=1,
        durable=durable,
        service="memory_writer",
        deliveries=1,
        error_type="ValueError",
        error="it broke",
        payload=payload,
    )
    await world.wire.jetstream().publish(
        f"dead.memory.{user}.{kind}", letter.model_dump_json().encode()
    )


async def test_a_dead_letter_that_is_retried_afterwards_brings_nothing_back(
    own: Pipeline, world: World, own_nats: Running
) -> None:
    user = await world.user()
    await own.ask("x", conversation_id="c")
    payload = message_added(user=user, content="Zaphod").model_dump_json()
    assert (await own.client.delete("/memory/user/me")).status_code == 200
    # It comes to the dead letters only now.
    await _bury(world, user, payload)
    settings = Settings(nats_url=own_nats.url)
    broker = create_broker(settings, service="test")
    await broker.connect()
    letters = DeadLetters(jetstream=world.wire.jetstream, bus=Bus(broker, settings))
    (letter,) = (await letters.list(limit=10)).items
    await letters.retry(letter.id)
    await broker.stop()
    await world.quiet()
    assert only_barriers(left := await world.traces("Zaphod"), user), left


async def test_a_conversation_is_forgotten_alone(
    own: Pipeline, world: World, fake: FakeLLM
) -> None:
    user = await world.user()
    await own.ask("stays", conversation_id="other")
    await own.client.put("/memory/user/me/preferences", json={"language": "en"})
    await own.ask("Zaphod", conversation_id="c")
    recorded = await world.events()
    fake.script(chunks=WORDS, delay_ms=20, match="long", times=-1)
    running = asyncio.create_task(own.ask("long Zaphod", conversation_id="c"))
    await fake.until(lambda: answering(fake, "long"))
    gone = await own.client.delete("/memory/conversation/c")
    assert gone.status_code == 200, gone.text
    assert gone.json()["conversation_id"] == "c"
    assert (await running).status_code == 409
    assert (await own.client.get("/memory/conversation/c")).status_code == 404
    await world.deliver_again(recorded)
    assert only_barriers(left := await world.traces("Zaphod"), user), left
    other = (await own.client.get("/memory/conversation/other")).json()
    assert [m["content"] for m in other["messages"]] == ["stays", "echo: stays"]
    assert (await own.client.get("/memory/user/me")).json()["preferences"] == {"language": "en"}
    assert (await own.client.delete("/memory/conversation/c")).status_code == 404
    assert (await own.client.delete("/memory/conversation/never")).status_code == 404


async def test_a_message_is_forgotten_and_its_answer_stays(own: Pipeline, world: World) -> None:
    user = await world.user()
    turn = (await own.ask("Zaphod", conversation_id="c")).json()["turn_id"]
    await own.client.post(
        "/memory/conversation/c/message", json={"role": "user", "content": "stays"}
    )
    await own.ask("after", conversation_id="c")
    await world.quiet()
    recorded = await world.events()
    gone = await own.client.delete(f"/memory/conversation/c/message/{turn}-u")
    assert gone.status_code == 200, gone.text
    assert (gone.json()["redis_keys"] >= 1, gone.json()["rows"]) == (True, 1)
    kept = ["echo: Zaphod", "stays", "after", "echo: after"]

    async def shown() -> tuple[list[str], int]:
        found = (await own.client.get("/memory/conversation/c")).json()
        return [m["content"] for m in found["messages"]], found["message_count"]

    assert await shown() == (kept, 4)
    await world.deliver_again(recorded)
    assert await shown() == (kept, 4)
    assert (await own.client.get("/memory/stats")).json()["total_messages"] == 4
    database = Database(world.record.settings)
    async with database.session(user) as connection:
        rows = await connection.execute(text("SELECT content FROM messages ORDER BY place"))
        assert list(rows.scalars()) == kept
    await database.close()
    again = await own.client.delete(f"/memory/conversation/c/message/{turn}-u")
    assert again.status_code == 404


async def test_what_rests_on_a_forgotten_message_goes_with_it(own: Pipeline, world: World) -> None:
    await own.ask("I live in Paris.", conversation_id="c")
    await own.ask("I am allergic to nuts.", conversation_id="c")
    moved = (await own.ask("I moved to Zaphod City.", conversation_id="c")).json()["turn_id"]
    await world.quiet()
    assert await known(own) == {"nuts", "Zaphod City"}
    recorded = await world.events()
    gone = await own.client.delete(f"/memory/conversation/c/message/{moved}-u")
    assert gone.status_code == 200, gone.text
    # What it had superseded holds again.
    assert await known(own) == {"nuts", "Paris"}
    await world.deliver_again(recorded)
    assert await known(own) == {"nuts", "Paris"}
    assert (await own.client.get("/memory/stats")).json()["total_facts"] == 2
    traces = await world.traces("Lives in Zaphod City")
    assert not any(traces.values()), traces


async def test_a_fact_is_forgotten_and_what_was_said_beside_it_stays(
    own: Pipeline, world: World
) -> None:
    await own.ask("I live in Zaphod City. I am allergic to nuts.", conversation_id="c")
    await world.quiet()
    facts = (await own.client.get("/memory/user/me")).json()["facts"]
    (fact,) = [fact for fact in facts if fact["value"] == "Zaphod City"]
    told = (await own.ask("hello", conversation_id="d")).json()
    assert {one["text"] for one in told["memory"]["facts"]} == {one["text"] for one in facts}
    await world.quiet()
    recorded = await world.events()
    text_of_it = fact["text"]
    before = await world.traces(text_of_it)
    assert before["redis"]
    assert before["record"]
    assert before["streams"]
    gone = await own.client.delete(f"/memory/user/me/facts/{fact['id']}?erase=true")
    assert gone.status_code == 200, gone.text
    receipt = gone.json()
    assert (receipt["rows"], receipt["events"]) == (1, 1)
    assert receipt["redis_keys"] >= 1
    await world.quiet()
    assert not any((left := await world.traces(text_of_it)).values()), left
    assert await known(own) == {"nuts"}
    # All of it once more: the messages are read again, and the events that brought it come back.
    await world.deliver_again(recorded)
    assert not any((left := await world.traces(text_of_it)).values()), left
    assert await known(own) == {"nuts"}
    assert (await own.client.get("/memory/stats")).json()["total_facts"] == 1
    # Its source is there still.
    found = (await own.client.get("/memory/conversation/c")).json()
    assert "Zaphod City" in found["messages"][0]["content"]
    again = await own.client.delete(f"/memory/user/me/facts/{fact['id']}?erase=true")
    assert again.status_code == 404
    # Said anew it is known again.
    await own.ask("I live in Zaphod City.", conversation_id="c")
    await world.quiet()
    assert await known(own) == {"nuts", "Zaphod City"}


async def known(own: Pipeline) -> set[str]:
    return {fact["value"] for fact in (await own.client.get("/memory/user/me")).json()["facts"]}


async def test_a_refused_request_is_not_remembered_by_forgetting(
    own: Pipeline, world: World, own_nats: Running
) -> None:
    turn = (await own.ask("Zaphod", conversation_id="c")).json()["turn_id"]
    await world.quiet()
    own_nats.kill()
    assert (await own.ask("refused", conversation_id="c")).status_code == 503
    own_nats.start()
    async with asyncio.timeout(20):
        while (await own.ask("after", conversation_id="c")).status_code != 200:
            await asyncio.sleep(0.1)
    await world.quiet()
    gone = await own.client.delete(f"/memory/conversation/c/message/{turn}-a")
    assert gone.status_code == 200, gone.text
    await world.quiet()
    found = (await own.client.get("/memory/conversation/c")).json()
    assert [m["content"] for m in found["messages"]] == ["Zaphod", "after", "echo: after"]


async def test_a_reply_that_was_just_told_can_be_forgotten(own: Pipeline, world: World) -> None:
    for n in range(12):
        turn = (await own.ask(f"q{n}", conversation_id="c")).json()["turn_id"]
        gone = await own.client.delete(f"/memory/conversation/c/message/{turn}-a")
        assert gone.status_code == 200, (n, gone.text)
    await world.quiet()
    found = (await own.client.get("/memory/conversation/c")).json()
    assert [m["content"] for m in found["messages"]] == [f"q{n}" for n in range(12)]


async def test_a_gateway_that_stops_leaves_the_request_to_be_done(
    own: Pipeline, own_record: Record
) -> None:
    await own.ask("Zaphod", conversation_id="c")
    own_record.server.kill()
    gateway = await serve(create_gateway(GatewaySettings(**own.environment)), graceful_s=0)
    async with httpx.AsyncClient(base_url=gateway.url, headers=own.client.headers) as client:
        asked = asyncio.create_task(client.delete("/memory/user/me"))
        await asyncio.sleep(0.5)
        await gateway.stop()
        accepted = await asked
    assert accepted.status_code == 202, accepted.text
    own_record.server.start()


async def test_another_users_memory_cannot_be_forgotten(own: Pipeline, world: World) -> None:
    await own.ask("mine", conversation_id="c")
    mine = await world.user()
    other = {"user-agent": "somebody else"}
    assert (await own.client.delete("/memory/conversation/c", headers=other)).status_code == 404
    assert (await own.client.delete(f"/memory/user/{mine}", headers=other)).status_code == 403
    assert (await own.client.delete("/memory/user/me", headers=other)).status_code == 200
    assert (await own.client.get("/memory/conversation/c")).status_code == 200


async def test_a_request_to_forget_waits_for_the_record(
    own: Pipeline, world: World, own_record: Record
) -> None:
    await own.ask("Zaphod", conversation_id="c")
    await world.quiet()
    own_record.server.kill()
    accepted = await own.client.delete("/memory/user/me")
    assert accepted.status_code == 202
    assert set(accepted.json()) == {"event_id"}
    # Redis has forgotten already, and the user goes on.
    await own.ask("new", conversation_id="c")
    own_record.server.start()
    await world.quiet()
    assert only_barriers(left := await world.traces("Zaphod"), await world.user()), left
    found = (await own.client.get("/memory/conversation/c")).json()
    assert [m["content"] for m in found["messages"]] == ["new", "echo: new"]


def test_a_request_means_no_more_than_it_says() -> None:
    for broken in (
        {"user_id": "u"},
        {"user_id": "u", "scope": "conversation"},
        {"user_id": "u", "scope": "message", "conversation_id": "c"},
        {"user_id": "u", "scope": "message", "message_id": "m"},
        {"user_id": "u", "scope": "user", "conversation_id": "c"},
        {"user_id": "u", "scope": "fact"},
        {"user_id": "u", "scope": "fact", "fact_id": "f", "conversation_id": "c"},
    ):
        with pytest.raises(ValueError, match="scope"):
            ForgetRequested.model_validate(broken)


def test_a_broken_message_is_no_request_to_forget() -> None:
    body = message_added().model_dump(mode="json")
    del body["message"]["content"]
    for event in (MessageAdded, ForgetRequested):
        with pytest.raises(ValidationError):
            event.model_validate(body)
