"""The admin on real servers: dead letters, live figures, and outages."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import nats
import pytest
from nats.aio.client import Client
from pydantic import SecretStr

from services.admin.app import create_app
from services.admin.settings import AdminSettings
from shared.broker import FIRST_SEQUENCE
from shared.contracts.events import DeadLettered, MetricRecorded
from shared.contracts.ids import new_id
from shared.contracts.memory import MessageAdded
from shared.contracts.subjects import MESSAGE_ADDED, REDIS_WRITER, dead_subject
from shared.settings import Settings
from shared.topology import apply
from tests.support.fake_llm import FakeLLM
from tests.support.pipeline import SECRET, Pipeline, running_pipeline, serve
from tests.support.samples import message_added
from tests.support.servers import Running

pytestmark = pytest.mark.integration

LETTERS = "/admin-api/dead-letters"


@asynccontextmanager
async def running_admin(
    nats_url: str, redis_url: str, **more: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """Run the admin, and yield a client that is logged in."""
    settings = AdminSettings(
        nats_url=nats_url,
        redis_url=redis_url,
        secret_key=SecretStr(SECRET),
        admin_password=SecretStr("right"),
        redis_timeout_s=1,
        probe_timeout_s=1,
        publish_timeout_s=2,
        **more,
    )
    service = await serve(create_app(settings))
    async with httpx.AsyncClient(base_url=service.url, timeout=20) as client:
        try:
            entered = await client.post("/login", data={"password": "right"})
            assert entered.status_code == 303
            yield client
        finally:
            await service.stop()


async def until(client: httpx.AsyncClient, right: Callable[[Any], bool]) -> Any:
    """Return the first state of which something is true."""
    state: Any = None
    try:
        async with asyncio.timeout(15):
            while True:
                state = (await client.get("/admin-api/stats")).json()
                if right(state):
                    return state
                await asyncio.sleep(0.1)
    except TimeoutError:
        pytest.fail(json.dumps(state, indent=1)[:4000])


def connected(state: Any) -> bool:
    return state["queues"]["error"] is None


@pytest.fixture
async def wire(own_nats: Running) -> AsyncIterator[Client]:
    """A connection to a NATS of the test's own, with the topology applied."""
    connection = await nats.connect(own_nats.url)
    await apply(connection.jetstream(), Settings())
    yield connection
    await connection.close()


@pytest.fixture
async def admin(
    wire: Client,  # noqa: ARG001 - applies the topology
    own_nats: Running,
    redis_server: Running,
) -> AsyncIterator[httpx.AsyncClient]:
    async with running_admin(own_nats.url, redis_server.url) as client:
        await until(client, connected)
        yield client


def letter(event: MessageAdded | None = None, **changes: Any) -> DeadLettered:
    event = event or message_added(0, "hello")
    fields = {
        "subject": MESSAGE_ADDED.at(event.user_id),
        "stream": "MEMORY",
        "sequence": 7,
        "durable": "redis-writer",
        "service": "memory_writer",
        "deliveries": 5,
        "error_type": "ValueError",
        "error": "no",
        "headers": {
            "correlation_id": "abc",
            "Nats-Msg-Id": "old",
            "Nats-Expected-Stream": "X",
            "x": "y\r\nNats-Rollup: all",
            "": "z",
        },
        "payload": event.model_dump_json(),
    }
    return DeadLettered(**{**fields, **changes})


async def bury(wire: Client, *dead: DeadLettered) -> list[int]:
    found = []
    for each in dead:
        stored = await wire.jetstream().publish(
            dead_subject(each.subject), each.model_dump_json().encode()
        )
        found.append(stored.seq)
    return found


async def ids(admin: httpx.AsyncClient, **params: int | str) -> tuple[list[int], str | None]:
    page = (await admin.get(LETTERS, params=params)).json()
    return [item["id"] for item in page["items"]], page["next_cursor"]


async def memory(wire: Client) -> list[Any]:
    """Return every message of MEMORY."""
    state = (await wire.jetstream().stream_info("MEMORY")).state
    sequences = range(max(1, state.first_seq), state.last_seq + 1)
    return [await wire.jetstream().get_msg("MEMORY", number) for number in sequences]


async def test_no_letters(admin: httpx.AsyncClient) -> None:
    assert (await admin.get(LETTERS)).json() == {"items": [], "next_cursor": None}
    for refused in (
        await admin.delete(f"{LETTERS}/1"),
        await admin.post(f"{LETTERS}/1/retry"),
        await admin.delete(f"{LETTERS}/0"),
    ):
        assert refused.status_code == 404
        assert refused.headers["content-type"] == "application/problem+json"


async def test_letters_come_newest_first_page_by_page(
    admin: httpx.AsyncClient, wire: Client
) -> None:
    stored = await bury(wire, *(letter(sequence=number) for number in range(1, 31)))
    kept = [number for number in stored if number not in range(3, 25)]
    for number in set(stored) - set(kept):
        assert (await admin.delete(f"{LETTERS}/{number}")).status_code == 204
    newest_first = kept[::-1]
    assert await ids(admin) == (newest_first, None)
    assert await ids(admin, limit=1000) == (newest_first, None)
    assert await ids(admin, limit=len(kept)) == (newest_first, None)
    found, cursor = await ids(admin, limit=3)
    while cursor is not None:
        page, cursor = await ids(admin, limit=3, cursor=cursor)
        found += page
    assert found == newest_first


async def test_a_letter_says_what_happened(admin: httpx.AsyncClient, wire: Client) -> None:
    dead = letter()
    await bury(wire, dead)
    [item] = (await admin.get(LETTERS)).json()["items"]
    assert DeadLettered.model_validate(item["dead"]) == dead
    assert item["payload"] == dead.payload
    assert item["refusal"] is None


async def test_a_retry_sends_the_message_as_it_was(admin: httpx.AsyncClient, wire: Client) -> None:
    dead = letter(sequence=4711)
    [number] = await bury(wire, dead)
    done = await admin.post(f"{LETTERS}/{number}/retry")
    assert done.status_code == 200
    assert done.json() == {"id": number, "subject": dead.subject, "duplicate": False}
    [message] = await memory(wire)
    assert message.subject == dead.subject
    assert message.data.decode() == dead.payload
    assert message.headers == {
        "correlation_id": "abc",
        FIRST_SEQUENCE: "4711",
        "Nats-Msg-Id": f"{dead.letter_id}:retry",
        "Nats-Expected-Stream": "MEMORY",
    }
    assert await ids(admin) == ([], None)
    assert (await admin.post(f"{LETTERS}/{number}/retry")).status_code == 404


async def test_two_clicks_at_once_send_once(admin: httpx.AsyncClient, wire: Client) -> None:
    [number] = await bury(wire, letter())
    clicks = await asyncio.gather(*(admin.post(f"{LETTERS}/{number}/retry") for _ in range(8)))
    assert {click.status_code for click in clicks} <= {200, 404}
    told = [click.json()["duplicate"] for click in clicks if click.status_code == 200]
    assert told.count(False) == 1
    assert len(await memory(wire)) == 1


async def test_a_payload_that_is_no_text_goes_back_as_it_was(
    admin: httpx.AsyncClient, wire: Client
) -> None:
    [number] = await bury(wire, letter(payload=None, payload_base64="//4A"))
    assert (await admin.post(f"{LETTERS}/{number}/retry")).status_code == 200
    assert [message.data for message in await memory(wire)] == [b"\xff\xfe\x00"]


@pytest.mark.parametrize("as_text", [False, True])
async def test_a_retry_with_another_payload(
    admin: httpx.AsyncClient, wire: Client, *, as_text: bool
) -> None:
    [number] = await bury(wire, letter(payload="{"))
    event = message_added(0, "mended").model_dump(mode="json")
    payload = json.dumps(event) if as_text else event
    done = await admin.post(f"{LETTERS}/{number}/retry", json={"payload": payload})
    assert done.status_code == 200, done.text
    [message] = await memory(wire)
    assert MessageAdded.model_validate_json(message.data).message.content == "mended"


@pytest.mark.parametrize(
    ("payload", "named"),
    [
        ({"user_id": "u", "conversation_id": "c"}, "message"),
        ({**message_added().model_dump(mode="json"), "user_id": 1}, "user_id"),
        ("{", "payload"),
        ([], "payload"),
    ],
)
async def test_a_wrong_payload_is_refused_and_the_field_named(
    admin: httpx.AsyncClient, wire: Client, payload: Any, named: str
) -> None:
    [number] = await bury(wire, letter())
    refused = await admin.post(f"{LETTERS}/{number}/retry", json={"payload": payload})
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith(f"{named}: ")
    assert await ids(admin) == ([number], None)
    assert await memory(wire) == []


@pytest.mark.parametrize(
    "dead",
    [
        letter(subject="chat.requested.t1", stream="REQUESTS"),
        letter(subject="chat.prompted.t1", stream="PROMPTS"),
        letter(subject="memory.u-1.gone"),
        letter(subject="memory.A B.turn"),
        letter(subject="metrics.a.b", stream="TELEMETRY"),
        letter(subject="x"),
        letter(payload=None, payload_base64="x"),
        letter(letter_id="a\r\nNats-Rollup: all"),
    ],
    ids=lambda dead: str(dead.subject),
)
async def test_what_cannot_be_retried_says_why_and_can_be_deleted(
    admin: httpx.AsyncClient, wire: Client, dead: DeadLettered
) -> None:
    stored = await wire.jetstream().publish("dead.any", dead.model_dump_json().encode())
    refused = await admin.post(f"{LETTERS}/{stored.seq}/retry")
    assert refused.status_code == 409
    assert "elete" in refused.json()["detail"]
    assert (await admin.delete(f"{LETTERS}/{stored.seq}")).status_code == 204
    assert (await admin.delete(f"{LETTERS}/{stored.seq}")).status_code == 404
    assert await ids(admin) == ([], None)


@pytest.mark.parametrize("body", [b"", b"garbage", b"\xff\xfe", b"{}", b"[1]"])
async def test_a_letter_that_is_none_is_shown_all_the_same(
    admin: httpx.AsyncClient, wire: Client, body: bytes
) -> None:
    [good] = await bury(wire, letter())
    stored = await wire.jetstream().publish("dead.x", body)
    page = (await admin.get(LETTERS)).json()
    assert [item["id"] for item in page["items"]] == [stored.seq, good]
    item = page["items"][0]
    assert item["dead"] is None
    assert item["subject"] == "dead.x"
    if body == b"\xff\xfe":
        assert item["payload_base64"] == "//4="
    else:
        assert item["payload"] == body.decode()
    assert (await admin.post(f"{LETTERS}/{stored.seq}/retry")).status_code == 409
    assert (await admin.delete(f"{LETTERS}/{stored.seq}")).status_code == 204


async def test_a_missing_stream_and_a_missing_durable_are_shown(
    admin: httpx.AsyncClient, wire: Client
) -> None:
    state = await until(admin, connected)
    assert all(
        each["present"] for each in [*state["queues"]["streams"], *state["queues"]["consumers"]]
    )
    await wire.jetstream().delete_consumer("MEMORY", "redis-writer")
    await wire.jetstream().delete_stream("DEAD")

    def lacks(state: Any) -> bool:
        gone = {
            each["name"]
            for each in [*state["queues"]["streams"], *state["queues"]["consumers"]]
            if not each["present"]
        }
        return gone == {"redis-writer", "DEAD", "janitor-letters"}

    await until(admin, lacks)
    assert (await admin.get(LETTERS)).status_code == 503
    await apply(wire.jetstream(), Settings())
    await until(admin, lambda state: not lacks(state))
    assert (await admin.get(LETTERS)).json()["items"] == []


async def test_a_restart_keeps_the_picture(
    wire: Client, own_nats: Running, redis_server: Running
) -> None:
    turns = [new_id() for _ in range(1_200)]
    for turn in turns:
        metric = MetricRecorded(
            service="inference",
            name="turn-closed",
            turn_id=turn,
            values={"total_ms": 12.0},
            labels={"status": "completed"},
        )
        await wire.publish("metrics.inference.turn-closed", metric.model_dump_json().encode())
    await wire.publish("metrics.inference.turn-closed", b"garbage")
    await wire.flush()
    for _ in range(2):
        async with running_admin(own_nats.url, redis_server.url) as client:
            state = await until(client, lambda state: answered(state) >= len(turns))
            assert answered(state) == len(turns)
            assert state["stages"]["total_ms"] == {"p50_ms": 12, "p95_ms": 12, "turns": 1200}


def answered(state: Any) -> int:
    return sum(minute["completed"] for minute in state["minutes"])


def counts(turns: int) -> Callable[[Any], bool]:
    return lambda state: answered(state) == turns


async def test_it_starts_without_nats_and_comes_back_by_itself(
    own_nats: Running, redis_server: Running
) -> None:
    own_nats.kill()
    async with running_admin(own_nats.url, redis_server.url) as client:
        state = (await client.get("/admin-api/stats")).json()
        assert "nats is down" in state["queues"]["error"]
        assert (await client.get(LETTERS)).status_code == 503
        for _ in range(2):
            own_nats.start()
            wire = await nats.connect(own_nats.url)
            await apply(wire.jetstream(), Settings())
            await until(client, connected)
            before = answered((await client.get("/admin-api/stats")).json())
            metric = MetricRecorded(
                service="x", name="turn-closed", turn_id=new_id(), labels={"status": "completed"}
            )
            # Until it listens again: a core subscription comes back a moment after its client.
            await asyncio.sleep(0.6)
            await wire.publish("metrics.x.turn-closed", metric.model_dump_json().encode())
            await until(client, counts(before + 1))
            [number] = await bury(wire, letter())
            assert (await client.delete(f"{LETTERS}/{number}")).status_code == 204
            await wire.close()
            own_nats.kill()
            await until(client, lambda state: state["queues"]["error"] is not None)


@pytest.fixture
async def own(own_nats: Running, own_redis: Running, fake: FakeLLM) -> AsyncIterator[Pipeline]:
    async with running_pipeline(own_nats.url, own_redis.url, fake, redis_timeout_s=1) as pipeline:
        pipeline.client.headers["user-agent"] = new_id()
        yield pipeline


async def test_turns_are_seen_waiting_running_and_ended(
    own: Pipeline, own_nats: Running, own_redis: Running, fake: FakeLLM
) -> None:
    async with running_admin(
        own_nats.url, own_redis.url, api_url=own.services["gateway"].url
    ) as client:
        await until(client, connected)
        fake.script(chunks=["word "] * 1_000, delay_ms=20, match="slow")
        first = asyncio.create_task(own.ask("slow secret", conversation_id="c-1"))
        await fake.until(fake.generations)
        second = asyncio.create_task(own.ask("quick", conversation_id="c-2"))
        # Health is asked on a clock of its own, and may be told as it was a moment ago.
        state = await until(
            client,
            lambda state: len(state["turns"]["items"]) == 2 and state["services"]["gateway"]["ok"],
        )
        assert [turn["status"] for turn in state["turns"]["items"]] == ["running", "queued"]
        assert [turn["conversation_id"] for turn in state["turns"]["items"]] == ["c-1", "c-2"]
        assert state["turns"]["items"][0]["attempt"] == 1
        assert "secret" not in json.dumps(state)
        stopped = await client.delete(f"/admin-api/turns/{state['turns']['items'][0]['turn_id']}")
        assert stopped.status_code == 202
        assert (await first).status_code == 409
        assert (await second).json()["reply"]["content"] == "echo: quick"
        state = await until(client, lambda state: not state["turns"]["items"])
        last = [state["minutes"][-2], state["minutes"][-1]]
        assert sum(minute["completed"] for minute in last) == 1
        assert sum(minute["cancelled"] for minute in last) == 1
        assert state["stages"]["total_ms"]["turns"] == 1
        for unknown in ("nothing", "a.b", "%2e%2e"):
            assert (await client.delete(f"/admin-api/turns/{unknown}")).status_code == 404


async def test_a_retried_letter_takes_its_place(
    own: Pipeline, own_nats: Running, own_redis: Running
) -> None:
    me = (await own.client.get("/auth/me")).json()["user_id"]
    wire = await nats.connect(own_nats.url)
    event = message_added(0, "late", user=me, conversation="c")
    [number] = await bury(wire, letter(event))
    async with running_admin(own_nats.url, own_redis.url) as client:
        await until(client, connected)
        assert (await client.post(f"{LETTERS}/{number}/retry")).status_code == 200
        async with asyncio.timeout(10):
            while (found := await own.client.get("/memory/conversation/c")).status_code != 200:
                await asyncio.sleep(0.05)
    assert [message["content"] for message in found.json()["messages"]] == ["late"]
    await wire.close()


async def test_a_retried_letter_that_dies_again_is_a_new_letter(
    own: Pipeline, own_nats: Running, own_redis: Running
) -> None:
    del own
    wire = await nats.connect(own_nats.url)
    event = message_added(0, "poison", user="u-9")
    await wire.jetstream().publish(MESSAGE_ADDED.at("u-9"), b"{}")
    async with running_admin(own_nats.url, own_redis.url) as client:
        await until(client, connected)

        async def writers() -> list[dict[str, Any]]:
            """Return the letters of one consumer: each that reads the message has its own."""
            items = (await client.get(LETTERS)).json()["items"]
            return [item for item in items if item["dead"]["durable"] == REDIS_WRITER.name]

        async def buried() -> dict[str, Any]:
            async with asyncio.timeout(10):
                while not (found := await writers()):
                    await asyncio.sleep(0.05)
            [one] = found
            return one

        for _ in range(3):
            dead = await buried()
            assert dead["dead"]["sequence"] == 1
            assert (await client.post(f"{LETTERS}/{dead['id']}/retry")).status_code == 200
        mended = {"payload": event.model_dump(mode="json")}
        path = f"{LETTERS}/{(await buried())['id']}/retry"
        assert (await client.post(path, json=mended)).status_code == 200
        assert await writers() == []
    await wire.close()
