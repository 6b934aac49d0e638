"""The HTTP below both protocols."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from httpx_aiohttp import AiohttpTransport

from shared.llm import http
from shared.llm.http import LLMServer
from shared.llm.ollama import OllamaLLM
from shared.llm.protocol import (
    AnswerTimeoutError,
    LLMError,
    RequestRefusedError,
    ServerFailedError,
    ServerUnavailableError,
    StreamBrokenError,
)
from tests.support.fake_llm import FakeLLM
from tests.support.llm_calls import ask, chat
from tests.support.raw_server import raw_server


def refused(status: int, message: str) -> LLMError:
    return RequestRefusedError(f"{status} {message}")


@asynccontextmanager
async def connected(
    answer: bytes, *, close: bool = True, read_timeout_s: float = 2.0
) -> AsyncIterator[LLMServer]:
    async with raw_server(answer, close=close) as url:
        server = LLMServer(title="It", url=url, remedy="Start it.", read_timeout_s=read_timeout_s)
        yield server
        await server.close()


def with_length(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def lines_of(server: LLMServer) -> list[bytes]:
    return [line async for line in server.lines("/", {}, refused)]


async def test_the_transport_is_aiohttps_with_room_for_many(ollama: OllamaLLM) -> None:
    transport = ollama._server.client._transport
    assert isinstance(transport, AiohttpTransport)
    assert transport.limits.max_connections is not None
    assert transport.limits.max_connections >= 256
    await ask(ollama, chat("Hi"))
    session = transport.get_client()
    assert session.connector is not None
    assert session.connector.limit >= 256


async def test_a_cold_model_may_take_minutes_and_a_dead_server_seconds() -> None:
    llm = OllamaLLM(url="http://127.0.0.1:1")
    timeout = llm._server.client.timeout
    assert timeout.connect == 5
    assert timeout.read is not None
    assert timeout.read >= 300
    await llm.close()


async def test_a_proxy_of_the_environment_is_ignored(
    fake: FakeLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    llm = OllamaLLM(url=fake.url)
    assert await llm.models()
    await llm.close()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error":"model busy"}', "400 model busy"),
        (b'{"error":{"code":400,"message":"too long"}}', "400 too long"),
        (b'{"error":{"code":400}}', '400 {"error":{"code":400}}'),
        (b'{"detail":"x"}', '400 {"detail":"x"}'),
        (b"[1]", "400 [1]"),
        (b"<html>no\xff", "400 <html>no\ufffd"),
        (b"", "400 "),
        (b"x" * 200_000, "400 " + "x" * http.MAX_MESSAGE_CHARS),
    ],
)
async def test_an_errors_message_in_every_form(body: bytes, message: str) -> None:
    async with connected(with_length(body, "400 Bad Request")) as server:
        with pytest.raises(RequestRefusedError) as caught:
            await server.call("/", refused)
    assert caught.value.detail == message


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"", ServerUnavailableError),
        (b"SSH-2.0-OpenSSH_9.2\r\n", ServerUnavailableError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", StreamBrokenError),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab", StreamBrokenError),
    ],
)
async def test_what_is_no_http_or_stops_in_the_middle(
    answer: bytes, expected: type[LLMError]
) -> None:
    async with connected(answer) as server:
        for request in (lines_of(server), server.call("/", refused)):
            with pytest.raises(expected):
                await request


async def test_a_body_that_hangs_is_a_timeout() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"
    async with connected(answer, close=False, read_timeout_s=0.2) as server:
        for request in (lines_of(server), server.call("/", refused, timeout_s=0.2)):
            with pytest.raises(AnswerTimeoutError):
                await request


async def test_an_endless_line_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_LINE_BYTES", 1000)
    async with connected(with_length(b"x" * 5000)) as server:
        with pytest.raises(ServerFailedError, match="does not end"):
            await lines_of(server)


async def test_lines_are_split_at_line_feeds_alone() -> None:
    async with connected(with_length("a\r\n\n  \nb\u2028c\nlast".encode())) as server:
        assert await lines_of(server) == [b"a", "b\u2028c".encode(), b"last"]


async def test_an_end_that_does_not_come_is_not_waited_for(fake: FakeLLM) -> None:
    frame = b'{"model":"m","message":{"content":"Hi"},"done":true}\n'
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = head + f"{len(frame):x}\r\n".encode() + frame + b"\r\n"
    async with raw_server(answer, close=False) as url:
        llm = OllamaLLM(url=url)
        async with asyncio.timeout(5):
            got, _ = await ask(llm, chat("Hi"))
        await llm.close()
    assert got == "Hi"
    assert not fake.requests
