"""A TCP proxy between a service and PostgreSQL that counts SQL statements on the wire.

A statement is one Execute (the prepared way) or one Query (the simple way) of the frontend's
protocol, but for those that only begin or end a transaction, which are counted by themselves.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from sqlalchemy.engine import make_url

SSL_REQUEST = 80877103
GSS_REQUEST = 80877104
STOP_S = 2.0
BRACKETS = (b"BEGIN", b"COMMIT", b"ROLLBACK")


class StatementProxy:
    """Stands between one service and PostgreSQL, and counts statements."""

    def __init__(self, url: str) -> None:
        self._server = make_url(url)
        self.statements = 0
        self.brackets = 0
        self.port = 0
        self._serving: set[asyncio.Task[object]] = set()

    @property
    def url(self) -> str:
        """The address that the service is given for PostgreSQL."""
        return self._server.set(port=self.port).render_as_string(hide_password=False)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen on a free port."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            await server.wait_closed()
            # Whoever was connected has gone; what is left of it must not outlive the event loop.
            if self._serving:
                await asyncio.wait(self._serving, timeout=STOP_S)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
        host, port = str(self._server.host), int(self._server.port or 5432)
        server_reader, server_writer = await asyncio.open_connection(host, port)
        await asyncio.gather(
            _guarded(self._count(reader, server_writer), server_writer),
            _guarded(_pass_on(server_reader, writer), writer),
        )

    async def _count(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _pass_on_start(reader, writer)
        while True:
            head = await reader.readexactly(5)
            body = await reader.readexactly(int.from_bytes(head[1:]) - 4)
            kind = head[:1]
            if kind == b"Q" and body.startswith(BRACKETS):
                self.brackets += 1
            else:
                self.statements += kind in {b"Q", b"E"}
            writer.write(head + body)
            await writer.drain()


async def _pass_on_start(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes before the messages that have a type: requests, and the start itself."""
    while True:
        head = await reader.readexactly(8)
        writer.write(head + await reader.readexactly(int.from_bytes(head[:4]) - 8))
        await writer.drain()
        if int.from_bytes(head[4:]) not in {SSL_REQUEST, GSS_REQUEST}:
            return


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()


async def _guarded(passing: Awaitable[None], writer: asyncio.StreamWriter) -> None:
    """Close the other side when one side has ended, however it did."""
    try:
        await passing
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


@asynccontextmanager
async def statement_proxies(
    url: str, services: Sequence[str]
) -> AsyncIterator[dict[str, StatementProxy]]:
    """Run a proxy for each service."""
    async with AsyncExitStack() as stack:
        proxies = {service: StatementProxy(url) for service in services}
        for proxy in proxies.values():
            await stack.enter_async_context(proxy.running())
        yield proxies
