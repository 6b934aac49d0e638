"""What cannot be imported or exported now is refused with a reason, and changes nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.gateway import exporter, importer
from shared.broker import Bus
from shared.failures import DependencyDownError, QueueFullError
from tests.support.exports import (
    conversation,
    message,
    preference,
    whole,
)
from tests.support.followers import one_more_gateway
from tests.support.pipeline import Pipeline
from tests.support.portability import (
    EXPORT,
    IMPORT,
    exported,
    imported,
    is_empty,
    me,
    of_kind,
    problem,
)

pytestmark = pytest.mark.integration

# --- what is not -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "status", "named"),
    [
        (lambda file: file[: len(file) // 2], 400, "cut off"),
        (lambda file: file[: file.rindex(b'{"kind": "end"')], 400, "cut off"),
        (lambda file: file.replace(b'"format": 2', b'"format": 3'), 422, "Line 1: format"),
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
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 15)
    assert b" 413 " in head.splitlines()[0]
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
    monkeypatch.undo()
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
