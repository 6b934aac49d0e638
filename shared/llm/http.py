"""HTTP to an LLM server: JSON calls and streams of lines, with every failure as an LLMError."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from typing import Any, TypeAlias

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from shared.llm.protocol import (
    AnswerTimeoutError,
    LLMError,
    ServerFailedError,
    ServerUnavailableError,
    StreamBrokenError,
)

# A loopback or LAN server accepts at once or is not there.
CONNECT_TIMEOUT_S = 5.0
# A cold model takes minutes to load, and nothing is sent meanwhile.
READ_TIMEOUT_S = 600.0
# Lists and descriptions are answered from memory.
CALL_TIMEOUT_S = 15.0
# An embedding model is loaded first, too, from a slow disk.
EMBED_TIMEOUT_S = 60.0
# The server queues what it cannot do at once; here nothing may wait for a connection.
MAX_CONNECTIONS = 1024
# llama.cpp drops idle connections after 5 s; reusing one just then would look like a dead server.
KEEPALIVE_S = 4.0
# A frame is a few hundred bytes; an endless line is no protocol that we know.
MAX_LINE_BYTES = 4 * 1024 * 1024
# The end of the body follows its end mark at once, or is not worth waiting for.
DRAIN_TIMEOUT_S = 0.2
# Of an error page, enough to recognise it.
MAX_ERROR_BYTES = 64 * 1024
MAX_MESSAGE_CHARS = 500

Refusal: TypeAlias = Callable[[int, str], LLMError]
"""Turns a status other than 2xx, with the server's message, into the error to raise."""


class LLMServer:
    """The HTTP side of one LLM server.

    `title` names the server in messages and `remedy` says what to do when it does not answer.
    `reuse_after_stream` is whether the server keeps a connection open behind a stream.
    The connections are aiohttp's: httpx's own pool was the bottleneck at 64 streams at once (189
    requests/s against 4,010). With a transport of our own httpx ignores the
    environment's proxies, which is right for a server that is near.
    """

    def __init__(
        self,
        *,
        title: str,
        url: str,
        remedy: str,
        headers: Mapping[str, str] | None = None,
        read_timeout_s: float = READ_TIMEOUT_S,
        reuse_after_stream: bool = True,
    ) -> None:
        self.title = title
        self.remedy = remedy
        self._stream_headers = None if reuse_after_stream else {"Connection": "close"}
        limits = httpx.Limits(max_connections=MAX_CONNECTIONS, keepalive_expiry=KEEPALIVE_S)
        self.client = httpx.AsyncClient(
            base_url=url.rstrip("/"),
            headers=headers,
            timeout=httpx.Timeout(read_timeout_s, connect=CONNECT_TIMEOUT_S),
            transport=AiohttpTransport(limits=limits),
        )

    async def close(self) -> None:
        """Close all connections."""
        await self.client.aclose()

    async def call(
        self, path: str, refusal: Refusal, body: Any = None, *, timeout_s: float = CALL_TIMEOUT_S
    ) -> bytes:
        """GET `path`, or POST `body` to it as JSON; return the answer's bytes. Raises LLMError."""
        method = "GET" if body is None else "POST"
        timeout = httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S)
        request = self.client.build_request(method, path, json=body, timeout=timeout)
        async with self._respond(request, refusal) as response:
            with self._receiving():
                return await response.aread()

    async def lines(self, path: str, body: Any, refusal: Refusal) -> AsyncGenerator[bytes, None]:
        """POST `body` and yield the answer's lines that are not blank, without their line ends.

        Closing the generator closes the connection. Raises LLMError.
        """
        headers = self._stream_headers
        request = self.client.build_request("POST", path, json=body, headers=headers)
        async with (
            self._respond(request, refusal) as response,
            aclosing(self._split(response.aiter_bytes())) as lines,
        ):
            async for line in lines:
                yield line

    @asynccontextmanager
    async def _respond(
        self, request: httpx.Request, refusal: Refusal
    ) -> AsyncGenerator[httpx.Response, None]:
        with self._sending():
            response = await self.client.send(request, stream=True)
        try:
            if not response.is_success:
                with self._receiving():
                    message = await _message(response)
                raise refusal(response.status_code, message)
            yield response
        finally:
            await response.aclose()

    async def _split(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """Split at LF only: httpx's own `aiter_lines` also splits at U+2028 inside an answer."""
        rest = b""
        while True:
            with self._receiving():
                chunk = await anext(chunks, None)
            if chunk is None:
                break
            *complete, rest = (rest + chunk).split(b"\n")
            for line in complete:
                if line.strip():
                    yield line.rstrip(b"\r")
            if len(rest) > MAX_LINE_BYTES:
                detail = f"{self.title} sends a line that does not end."
                raise ServerFailedError(detail)
        if rest.strip():
            yield rest

    @contextmanager
    def _sending(self) -> Iterator[None]:
        """Translate failures up to the status line: no connection, or lost before any answer."""
        try:
            yield
        except httpx.ReadTimeout as error:
            raise self._too_slow() from error
        except (httpx.HTTPError, aiohttp.ClientError) as error:
            detail = f"{self.title} does not answer."
            raise ServerUnavailableError(detail, self.remedy) from error

    @contextmanager
    def _receiving(self) -> Iterator[None]:
        """Translate failures within the body, whatever the transport calls them."""
        try:
            yield
        except httpx.ReadTimeout as error:
            raise self._too_slow() from error
        except (httpx.HTTPError, aiohttp.ClientError) as error:
            detail = f"{self.title} dropped the connection."
            raise StreamBrokenError(detail) from error

    def _too_slow(self) -> AnswerTimeoutError:
        return AnswerTimeoutError(
            f"{self.title} sent nothing for too long.",
            "Ask for a shorter answer, or use a smaller model.",
        )


async def drain(lines: AsyncIterator[bytes]) -> None:
    """Read on behind the end mark of an answer, so that its connection can be used again."""
    with suppress(LLMError, TimeoutError):
        async with asyncio.timeout(DRAIN_TIMEOUT_S):
            async for _ in lines:
                pass


async def _message(response: httpx.Response) -> str:
    """Return what an error response says, in Ollama's form, OpenAI's form, or as text."""
    body = b""
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_ERROR_BYTES:
            break
    text = body.decode(errors="replace").strip()
    try:
        said = json.loads(text)
    except ValueError:
        return text[:MAX_MESSAGE_CHARS]
    error = said.get("error", text) if isinstance(said, dict) else text
    if isinstance(error, dict):
        error = error.get("message", text)
    return str(error)[:MAX_MESSAGE_CHARS]
