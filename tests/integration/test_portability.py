"""Export and import through the real gateway, the writers and their stores."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.gateway import exporter, importer
from shared.auth import issue_token
from shared.broker import Bus
from shared.contracts.ids import new_id
from shared.failures import DependencyDownError, QueueFullError
from tests.support.exports import (
    EARLY,
    PLACE,
    conversation,
    decoded,
    encoded,
    ended,
    header,
    message,
    preference,
    whole,
)
from tests.support.fake_llm import FakeLLM
from tests.support.followers import one_more_gateway
from tests.support.pipeline import SECRET, Pipeline, running_pipeline
from tests.support.servers import Running

pytestmark = pytest.mark.integration

EXPORT, IMPORT = "/memory/user/me/export", "/memory/user/me/import"
AT_ONCE = {200, 202}


def problem(response: httpx.Response, status: int) -> str:
    """Check that a response is a problem document with this status, and return its detail."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert len(response.content) < 2_000
    return str(response.json()["detail"])


async def me(client: httpx.AsyncClient) -> str:
    return str((await client.get("/auth/me")).json()["user_id"])


async def exported(client: httpx.AsyncClient, path: str = EXPORT) -> list[dict[str, Any]]:
    response = await client.get(path)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("application/x-ndjson")
    lines = decoded(response.content)
    assert lines[0]["kind"] == "export"
    assert ended(lines[:-1])[-1]["counts"].items() <= lines[-1]["counts"].items()
    return lines


def of_kind(lines: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["kind"] == kind]


def lasting(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what must come back as it was: all but who, and when it was recorded."""
    kept = [line for line in lines if line["kind"] in {"preference", "conversation", "message"}]
    return [{key: v for key, v in line.items() if key != "recorded_at"} for line in kept]


async def imported(client: httpx.AsyncClient, file: bytes, path: str = IMPORT) -> dict[str, Any]:
    response = await client.post(path, content=file)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


async def is_empty(client: httpx.AsyncClient) -> bool:
    return [line["kind"] for line in await exported(client)] == ["export", "end"]


async def fill(pipeline: Pipeline) -> str:
    """Say something in several ways, and return who did."""
    client = pipeline.client
    await pipeline.ask("Меня зовут Иван 🦊", conversation_id="работа")
    first = (await pipeline.ask('What is "this"?', conversation_id="работа")).json()
    pipeline.fake.script(chunks=["a better ", "answer\x1b"])
    again = {"conversation_id": "работа", "replaces": f"{first['turn_id']}-u"}
    await pipeline.ask("Once more", **again)
    added = {
        "role": "user",
        "content": "said elsewhere",
        "name": "Анна",
        "time": "2020-02-03T04:05:06.123456Z",
        "metadata": {"from": {"app": [1, None]}},
        "tags": ["старое"],
        "priority": "high",
        "ttl_seconds": 86_400,
    }
    for name in ("it's * 🦊", "b"):
        response = await client.post(f"/memory/conversation/{name}/message", json=added)
        assert response.status_code == 201, response.text
    await client.put("/memory/user/me/preferences", json={"language": "ru", "length": 3})
    await client.put("/memory/user/me/preferences", json={"length": None, "units": True})
    return await me(client)


# --- what is well ----------------------------------------------------------------------------


async def test_an_export_has_everything_that_was_just_said(pipeline: Pipeline) -> None:
    user = await fill(pipeline)
    response = await pipeline.client.get(EXPORT)
    assert f'filename="membus-{user}-' in response.headers["content-disposition"]
    lines = await exported(pipeline.client)
    assert (lines[0]["user_id"], lines[0]["format"]) == (user, 1)
    assert {p["key"]: p["value"] for p in of_kind(lines, "preference")} == {
        "language": "ru",
        "units": True,
    }
    assert {c["conversation_id"] for c in of_kind(lines, "conversation")} == {
        "работа",
        "it's * 🦊",
        "b",
    }
    said = [m["content"] for m in of_kind(lines, "message") if m["conversation_id"] == "работа"]
    # What was asked anew is left out with its answer.
    echo = "echo: Меня зовут Иван 🦊"
    assert said == ["Меня зовут Иван 🦊", echo, "Once more", "a better answer\x1b"]
    [elsewhere] = [m for m in of_kind(lines, "message") if m["conversation_id"] == "b"]
    assert elsewhere["metadata"] == {"from": {"app": [1, None]}}
    assert elsewhere["time"] == "2020-02-03T04:05:06.123456Z"
    assert elsewhere["name"] == "Анна"
    assert elsewhere["expires_at"]
    assert not any(value is None for line in lines for value in line.values())


async def test_what_was_forgotten_comes_back_as_it_was(pipeline: Pipeline) -> None:
    await fill(pipeline)
    before = (await pipeline.client.get(EXPORT)).content
    shown = (await pipeline.client.get("/memory/conversation/работа")).json()
    receipt = await pipeline.client.delete("/memory/user/me")
    assert receipt.status_code == 200, receipt.text
    assert await is_empty(pipeline.client)
    body = await imported(pipeline.client, before)
    skipped = {"conversation_details": 0, "expired_messages": 0, "facts": 0}
    assert body == {"messages": 6, "conversations": 3, "preferences": 2, "skipped": skipped}
    assert lasting(await exported(pipeline.client)) == lasting(decoded(before))
    back = (await pipeline.client.get("/memory/conversation/работа")).json()
    assert back["messages"] == shown["messages"]
    memory = (await pipeline.client.get("/memory/user/me")).json()
    assert memory["preferences"] == {"language": "ru", "units": True}


async def test_importing_twice_changes_nothing(pipeline: Pipeline) -> None:
    await fill(pipeline)
    before = (await pipeline.client.get(EXPORT)).content
    stats = (await pipeline.client.get("/memory/stats")).json()
    for _ in range(2):
        await imported(pipeline.client, before)
    assert lasting(await exported(pipeline.client)) == lasting(decoded(before))
    after = (await pipeline.client.get("/memory/stats")).json()
    for total in ("total_messages", "total_conversations", "total_users"):
        assert after[total] == stats[total]


async def test_forgetting_and_importing_again_works_at_once(pipeline: Pipeline) -> None:
    file = whole(conversation(), message(1), message(2), user_id=await me(pipeline.client))
    for _ in range(3):
        await imported(pipeline.client, file)
        found = (await pipeline.client.get("/memory/conversation/c")).json()["messages"]
        assert [one["id"] for one in found] == ["m-1", "m-2"]
        assert (await pipeline.client.delete("/memory/user/me")).status_code == 200
        assert await is_empty(pipeline.client)


async def test_what_was_said_since_stays(pipeline: Pipeline) -> None:
    user = await me(pipeline.client)
    await pipeline.client.put("/memory/user/me/preferences", json={"language": "en"})
    old = [preference("language", "ru"), preference("units", "km"), conversation(), message(1)]
    await pipeline.ask("new", conversation_id="c")
    await imported(pipeline.client, whole(*old, user_id=user))
    memory = (await pipeline.client.get("/memory/user/me")).json()
    assert memory["preferences"] == {"language": "en", "units": "km"}
    found = (await pipeline.client.get("/memory/conversation/c")).json()["messages"]
    assert [one["content"] for one in found] == ["message 1", "new", "echo: new"]


@pytest.mark.parametrize("name", ["a*b", "it's", "🦊", "работа", "my chat", "a.b>c", "%41", "a:b"])
async def test_unusual_ids_come_through(pipeline: Pipeline, name: str) -> None:
    message_id = name.replace(" ", "_")
    user = await me(pipeline.client)
    lines = [conversation(name), message(1, conversation_id=name, message_id=message_id)]
    await imported(pipeline.client, whole(*lines, user_id=user))
    found = of_kind(await exported(pipeline.client), "message")
    assert [(one["conversation_id"], one["message_id"]) for one in found] == [(name, message_id)]


async def test_another_users_file_is_taken_over_only_on_purpose(pipeline: Pipeline) -> None:
    client = pipeline.client
    theirs = await fill(pipeline)
    file = (await client.get(EXPORT)).content
    client.headers["user-agent"] = new_id()
    mine = await me(client)
    detail = problem(await client.post(IMPORT, content=file), 422)
    assert "Line 1: user_id" in detail
    assert f"?from={theirs}" in detail
    problem(await client.post(f"{IMPORT}?from=somebody-else", content=file), 422)
    problem(await client.post(f"{IMPORT}?from=a/b", content=file), 422)
    assert await is_empty(client)
    await imported(client, file, f"{IMPORT}?from={theirs}")
    lines = await exported(client)
    assert lines[0]["user_id"] == mine
    assert lasting(lines) == lasting(decoded(file))


async def test_only_admins_reach_others(pipeline: Pipeline) -> None:
    user = await fill(pipeline)
    other = {"user-agent": new_id()}
    for method, path in (("GET", "export"), ("POST", "import")):
        address = f"/memory/user/{user}/{path}"
        problem(await pipeline.client.request(method, address, headers=other), 403)
    token = issue_token(SECRET, user="root", admin=True)
    admin = {"authorization": f"Bearer {token}"}
    file = (await pipeline.client.get(f"/memory/user/{user}/export", headers=admin)).content
    assert decoded(file)[0]["user_id"] == user
    address = f"/memory/user/{user}/import"
    response = await pipeline.client.post(address, headers=admin, content=file)
    assert response.status_code == 200, response.text
    for path in ("/memory/user/a%20b/export", "/memory/user/a.b/export"):
        problem(await pipeline.client.get(path, headers=admin), 422)


async def test_what_cannot_be_taken_over_is_counted(pipeline: Pipeline) -> None:
    fact = {"kind": "fact", "fact_id": "f", "version": 1, "type": "other", "predicate": "p"}
    fact |= {"value": "v", "body": "b", "lang": "en", "confidence": 1.0, "status": "active"}
    fact |= {"extractor": "rules", "recorded_at": EARLY, "caused_at": EARLY}
    lines = [
        conversation(title="A title"),
        message(1),
        message(2, expires_at=EARLY),
        conversation("d", tags=["x"]),
        fact,
    ]
    body = await imported(pipeline.client, whole(*lines, user_id=await me(pipeline.client)))
    assert body["messages"] == 1
    assert body["skipped"] == {"conversation_details": 2, "expired_messages": 1, "facts": 1}


async def test_a_long_import_answers_202_and_is_there_soon(pipeline: Pipeline) -> None:
    user = await me(pipeline.client)
    file = whole(conversation(), *map(message, range(600)), user_id=user)
    async with one_more_gateway(pipeline, visible_wait_s=0.000_001) as (_, client):
        started = time.monotonic()
        response = await client.post(IMPORT, content=file)
        assert response.status_code in AT_ONCE
        assert response.json()["messages"] == 600
        found = of_kind(await exported(client), "message")
        assert [one["message_id"] for one in found] == [f"m-{n}" for n in range(600)]
        assert time.monotonic() - started < 20


# --- what is not -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "status", "named"),
    [
        (lambda file: file[: len(file) // 2], 400, "cut off"),
        (lambda file: file[: file.rindex(b'{"kind": "end"')], 400, "cut off"),
        (lambda file: file.replace(b'"format": 1', b'"format": 2'), 422, "Line 1: format"),
        (lambda file: file.replace(b"m-7", b"m/7"), 422, "Line 11: message_id"),
        (lambda file: file.replace(b'"message": 9', b'"message": 8'), 422, "counts.message"),
        (lambda file: b"hello\n" + file, 400, "Line 1: it is not JSON"),
        (lambda _file: b"", 400, "empty"),
    ],
)
async def test_a_file_with_a_fault_changes_nothing(
    pipeline: Pipeline, change: Any, status: int, named: str
) -> None:
    user = await me(pipeline.client)
    lines = [preference(), conversation(), *map(message, range(9))]
    file = change(whole(*lines, user_id=user))
    assert named in problem(await pipeline.client.post(IMPORT, content=file), status)
    assert await is_empty(pipeline.client)


@pytest.mark.parametrize("year", ["0001", "9999"])
@pytest.mark.parametrize("field", ["time", "recorded_at"])
async def test_impossible_times_are_refused_with_their_line(
    pipeline: Pipeline, year: str, field: str
) -> None:
    user = await me(pipeline.client)
    wrong = message(2, **{field: f"{year}-12-31T23:59:59Z"})
    file = whole(conversation(), message(1), wrong, user_id=user)
    detail = problem(await pipeline.client.post(IMPORT, content=file), 422)
    assert detail.startswith(f"Line 4: {field}: ")
    assert await is_empty(pipeline.client)


async def test_a_message_over_the_limit_of_messages_is_refused(pipeline: Pipeline) -> None:
    user = await me(pipeline.client)
    file = whole(conversation(), message(1, content="x" * 200_001), user_id=user)
    assert "MAX_PROMPT_CHARS" in problem(await pipeline.client.post(IMPORT, content=file), 422)
    long_answer = message(1, role="assistant", content="я" * 300_000)
    await imported(pipeline.client, whole(conversation(), long_answer, user_id=user))
    [found] = of_kind(await exported(pipeline.client), "message")
    assert found["content"] == long_answer["content"]


async def test_a_message_that_nats_would_refuse_is_refused_before(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Bus, "max_payload", 2_000)
    user = await me(pipeline.client)
    file = whole(conversation(), message(1), message(2, content="x" * 1_000), user_id=user)
    detail = problem(await pipeline.client.post(IMPORT, content=file), 413)
    assert detail.startswith("Line 4: ")
    assert await is_empty(pipeline.client)


async def test_a_file_announced_as_too_large_is_refused_at_once(pipeline: Pipeline) -> None:
    port = int(pipeline.services["gateway"].url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"POST {IMPORT} HTTP/1.1\r\nhost: x\r\ncontent-length: {300 * 1024**2}\r\n\r\n".encode()
    )
    started = time.monotonic()
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    assert b" 413 " in head.splitlines()[0]
    assert time.monotonic() - started < 1
    writer.close()


async def endless(piece: bytes, pieces: int) -> AsyncIterator[bytes]:
    for _ in range(pieces):
        yield piece


async def test_a_file_of_unknown_length_is_bounded_too(pipeline: Pipeline) -> None:
    async with one_more_gateway(pipeline, import_max_bytes=2**20) as (_, client):
        response = await client.post(IMPORT, content=endless(b"x" * 65_536, 64))
        assert "IMPORT_MAX_BYTES" in problem(response, 413)
        # Everything else has its own limit still.
        response = await client.post("/chat/", content=b"x" * (2**20 + 1))
        assert "MAX_BODY_BYTES" in problem(response, 413)


async def test_more_than_a_body_may_have_is_taken(pipeline: Pipeline) -> None:
    user = await me(pipeline.client)
    said = "слово " * 30_000
    file = whole(conversation(), *(message(n, content=said) for n in range(8)), user_id=user)
    assert len(file) > 2 * 2**20
    assert (await imported(pipeline.client, file))["messages"] == 8


async def test_who_leaves_in_the_middle_has_written_nothing(pipeline: Pipeline) -> None:
    agent = pipeline.client.headers["user-agent"]
    file = whole(conversation(), *map(message, range(50)), user_id=await me(pipeline.client))
    port = int(pipeline.services["gateway"].url.rpartition(":")[2])
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    head = (
        f"POST {IMPORT} HTTP/1.1\r\nhost: x\r\nuser-agent: {agent}\r\n"
        f"content-length: {len(file)}\r\n\r\n"
    )
    writer.write(head.encode() + file[:-10])
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.close()
    await writer.wait_closed()
    await asyncio.sleep(0.1)
    assert await is_empty(pipeline.client)
    # The place is free again.
    assert (await imported(pipeline.client, file))["messages"] == 50


async def test_one_import_and_one_export_of_a_user_at_a_time(pipeline: Pipeline) -> None:
    held = asyncio.Event()
    file = whole(user_id=await me(pipeline.client))

    async def slow() -> AsyncIterator[bytes]:
        yield file[:10]
        await held.wait()
        yield file[10:]

    first = asyncio.create_task(pipeline.client.post(IMPORT, content=slow()))
    await asyncio.sleep(0.1)
    assert "under way" in problem(await pipeline.client.post(IMPORT, content=file), 429)
    held.set()
    assert (await first).status_code == 200


# --- servers that are away -------------------------------------------------------------------


async def test_a_short_silence_of_nats_is_waited_for(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "RETRY_S", 0.01)
    publish, failures = Bus.publish, [QueueFullError("x"), down(), down()]

    async def failing(self: Bus, *args: Any, **more: Any) -> Any:
        if failures:
            raise failures.pop()
        return await publish(self, *args, **more)

    monkeypatch.setattr(Bus, "publish", failing)
    file = whole(conversation(), *map(message, range(9)), user_id=await me(pipeline.client))
    assert (await imported(pipeline.client, file))["messages"] == 9
    assert len(of_kind(await exported(pipeline.client), "message")) == 9


def down() -> DependencyDownError:
    return DependencyDownError("away", dependency="nats")


async def test_an_import_that_was_cut_off_is_completed_by_another(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "RETRY_S", 0.01)
    monkeypatch.setattr(importer, "PATIENCE_S", 0.05)
    publish, left = Bus.publish, [1] * 70

    async def failing(self: Bus, *args: Any, **more: Any) -> Any:
        if not left:
            raise down()
        left.pop()
        return await publish(self, *args, **more)

    monkeypatch.setattr(Bus, "publish", failing)
    file = whole(conversation(), *map(message, range(99)), user_id=await me(pipeline.client))
    response = await pipeline.client.post(IMPORT, content=file)
    assert "completes it" in problem(response, 503)
    assert response.headers["retry-after"]
    monkeypatch.setattr(Bus, "publish", publish)
    await imported(pipeline.client, file)
    found = of_kind(await exported(pipeline.client), "message")
    assert [one["message_id"] for one in found] == [f"m-{n}" for n in range(99)]


async def test_an_export_that_would_lack_something_is_a_503(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def behind(*_: Any, **__: Any) -> bool:
        return False

    monkeypatch.setattr(Bus, "caught_up", behind)
    response = await pipeline.client.get(EXPORT)
    assert "lags behind" in problem(response, 503)
    assert response.headers["retry-after"]
    monkeypatch.undo()
    assert await is_empty(pipeline.client)


async def test_a_client_that_does_not_read_its_export_is_cut_off(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporter, "CHUNK", 10_000)
    agent = pipeline.client.headers["user-agent"]
    big = [message(n, content="x" * 100_000) for n in range(150)]
    file = whole(conversation(), *big, user_id=await me(pipeline.client))
    await imported(pipeline.client, file)
    async with one_more_gateway(pipeline, sse_send_timeout_s=0.2) as (service, client):
        port = int(service.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_000)
        writer.write(f"GET {EXPORT} HTTP/1.1\r\nhost: x\r\nuser-agent: {agent}\r\n\r\n".encode())
        async with asyncio.timeout(10):
            while not service.server.server_state.connections:
                await asyncio.sleep(0.01)
            while len(service.server.server_state.connections) > 0:
                await asyncio.sleep(0.01)
        writer.close()
        del reader
        # Its place and its connection to PostgreSQL are free again.
        assert len(of_kind(await exported(client), "message")) == 150


# --- Redis only ------------------------------------------------------------------------------


async def test_redis_alone_gives_and_takes_the_same_file(
    own_nats: Running, own_redis: Running, fake: FakeLLM
) -> None:
    async with running_pipeline(own_nats.url, own_redis.url, fake) as pipeline:
        user = await fill(pipeline)
        before = (await pipeline.client.get(EXPORT)).content
        lines = decoded(before)
        assert lines[-1]["counts"]["message"] == 6
        assert not any("recorded_at" in line for line in lines)
        old = encoded(ended([header(user), conversation("old"), message(1, conversation_id="old")]))
        await imported(pipeline.client, old)
        # Redis is all there is: what comes back lives from now on, however old it is.
        found = (await pipeline.client.get("/memory/conversation/old")).json()
        assert found["messages"][0]["time"] == EARLY
        pipeline.client.headers["user-agent"] = new_id()
        for _ in range(2):
            await imported(pipeline.client, before, f"{IMPORT}?from={user}")
        assert lasting(await exported(pipeline.client)) == lasting(lines)
        assert json.loads(before.splitlines()[0])["user_id"] == user
        assert lines[-2]["order"] > PLACE
