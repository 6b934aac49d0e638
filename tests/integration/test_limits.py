"""What is too much is refused or cut off, and says which setting decides."""

import asyncio
import json
import socket
from contextlib import AsyncExitStack, suppress
from typing import Any

import httpx
import pytest

from services.gateway import relay
from shared import web_protocol
from shared.contracts.ids import new_id
from tests.support.followers import Parser, one_more_gateway, text_of
from tests.support.pipeline import Pipeline, Service

pytestmark = pytest.mark.integration


def problem(response: httpx.Response, status: int) -> str:
    """Check that a response is a problem document with this status, and return its detail."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    return str(response.json()["detail"])


# --- heads -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/auth/me", {"x-long": "x" * 40_000}),
        ("/auth/me", {f"x-{n}": "x" * 400 for n in range(90)}),
        ("/auth/me?" + "x" * 40_000, {}),
    ],
    ids=["one header", "many headers", "a long address"],
)
async def test_a_large_head_is_a_431(
    pipeline: Pipeline, path: str, headers: dict[str, str]
) -> None:
    response = await pipeline.client.get(path, headers=headers)
    assert "MAX_HEADER_BYTES" in problem(response, 431)
    assert (await pipeline.client.get("/auth/me")).status_code == 200


async def connected(service: Service) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", int(service.url.rpartition(":")[2]))


async def test_a_head_without_an_end_is_cut_off(pipeline: Pipeline) -> None:
    for service in pipeline.services.values():
        reader, writer = await connected(service)
        writer.write(b"GET /health/live HTTP/1.1\r\nx: ")
        reading = asyncio.create_task(reader.read())
        pieces = 0
        # What is sent after it was refused would reset the connection before it is read.
        while not reading.done() and pieces < 100:
            await asyncio.sleep(0.005)
            writer.write(b"x" * 1_024)
            pieces += 1
        head, _, body = (await reading).partition(b"\r\n\r\n")
        writer.close()
        assert head.startswith(b"HTTP/1.1 431 ")
        assert b"application/problem+json" in head
        assert "MAX_HEADER_BYTES" in json.loads(body)["detail"]


@pytest.mark.parametrize("piece", [b"5;" + b"x" * 2_000, b"0\r\n" + b"x: " + b"x" * 2_000])
async def test_what_surrounds_a_body_is_bounded_too(pipeline: Pipeline, piece: bytes) -> None:
    reader, writer = await connected(pipeline.services["gateway"])
    writer.write(b"POST /chat/ HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n" + piece)
    with suppress(ConnectionError):
        for _ in range(100):
            writer.write(b"x" * 2_000)
            await asyncio.sleep(0.001)
        assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


async def test_a_long_body_in_small_chunks_is_no_long_head(pipeline: Pipeline) -> None:
    body = json.dumps({"prompt": "x" * 100, "ignored": "y" * 60_000}).encode()

    async def chunks() -> Any:
        for start in range(0, len(body), 97):
            yield body[start : start + 97]

    headers = {"content-type": "application/json"}
    response = await pipeline.client.post("/chat/", content=chunks(), headers=headers)
    assert response.json()["reply"]["content"] == "echo: " + "x" * 100


async def test_who_sends_nothing_more_is_not_waited_for(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_protocol, "PATIENCE_S", 0.1)
    head = b"POST /chat/ HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n"
    for said in (b"", b"GET / HTTP/1.1\r\nx", head, head + b'{"pro'):
        reader, writer = await connected(pipeline.services["gateway"])
        writer.write(said)
        assert await asyncio.wait_for(reader.read(), 2) == b""
        writer.close()


# --- how many at a time ------------------------------------------------------------------------


async def test_more_requests_than_the_limit_are_a_503_and_health_is_not(
    pipeline: Pipeline,
) -> None:
    pipeline.fake.script(chunks=["x "] * 500, delay_ms=20)
    body = {"prompt": "x", "stream": True}
    async with (
        one_more_gateway(pipeline, max_connections=2) as (_, client),
        AsyncExitStack() as streams,
    ):
        for _ in range(2):
            await streams.enter_async_context(client.stream("POST", "/chat/", json=body))
        refused = await client.get("/auth/me")
        assert "MAX_CONNECTIONS" in problem(refused, 503)
        assert refused.headers["retry-after"]
        for path in ("/health/live", "/health/ready"):
            assert (await client.get(path)).status_code == 200
        await streams.aclose()
        async with asyncio.timeout(15):
            while (await client.get("/auth/me")).status_code != 200:
                await asyncio.sleep(0.01)


# --- readers that do not read ------------------------------------------------------------------


def small_buffers(service: Service) -> None:
    """Let the kernel keep little of what the service sends on connections from now on."""
    listener = service.server.servers[0].sockets[0]
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8_192)


def ask_unread(service: Service) -> socket.socket:
    """Ask for a stream on a socket of small buffers, and read nothing of it."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_192)
    reader.connect(("127.0.0.1", int(service.url.rpartition(":")[2])))
    options = {"num_predict": 2_500}
    body = json.dumps({"prompt": "x", "stream": True, "options": options}).encode()
    head = (
        f"POST /chat/ HTTP/1.1\r\nhost: x\r\nuser-agent: {new_id()}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    reader.sendall(head.encode() + body)
    reader.setblocking(False)
    return reader


async def test_a_client_that_reads_nothing_counts_as_gone(pipeline: Pipeline) -> None:
    pipeline.fake.script(chunks=["x" * 2_000] * 10_000, delay_ms=5)
    async with one_more_gateway(pipeline, sse_send_timeout_s=0.3) as (service, _):
        small_buffers(service)
        reader = ask_unread(service)
        await pipeline.fake.until(
            lambda: pipeline.fake.generations() and pipeline.fake.generations()[-1].cancelled_at,
            timeout_s=10,
        )
        # Nothing of it is left: neither the connection nor what was not sent on it.
        async with asyncio.timeout(15):
            while service.server.server_state.connections:
                await asyncio.sleep(0.01)
        reader.close()


async def test_a_client_that_reads_on_in_time_gets_everything(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "QUEUE_SIZE", 50)
    chunks = [f"{n} {'x' * 200} " for n in range(2_000)]
    pipeline.fake.script(chunks=chunks)
    async with one_more_gateway(pipeline, sse_send_timeout_s=20) as (service, _):
        small_buffers(service)
        connection = ask_unread(service)
        await pipeline.fake.until(
            lambda: pipeline.fake.generations() and pipeline.fake.generations()[-1].ended_at,
            timeout_s=20,
        )
        reader, writer = await asyncio.open_connection(sock=connection, limit=2**24)
        received = await asyncio.wait_for(reader.readuntil(b"id: done\n\n"), 20)
        writer.close()
    parser = Parser()
    events = [one for line in received.decode().splitlines() if (one := parser.take(line))]
    assert text_of(events) == "".join(chunks) == events[-1].data["reply"]["content"]
    assert [one.event for one in events].count("token") < len(chunks)
