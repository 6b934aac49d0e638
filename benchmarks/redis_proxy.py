"""A TCP proxy between a service and Redis that counts round trips.

Bytes sent until an answer comes are one round trip, however many commands a pipeline holds.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager


class CountingProxy:
    """Stands between one service and Redis, and counts round trips."""

    def __init__(self, redis_port: int) -> None:
        self._redis_port = redis_port
        self.round_trips = 0
        self.port = 0

    @property
    def url(self) -> str:
        """The address that the service is given for Redis."""
        return f"redis://127.0.0.1:{self.port}/0"

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

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        redis_reader, redis_writer = await asyncio.open_connection("127.0.0.1", self._redis_port)
        answered = asyncio.Event()
        answered.set()

        def sent() -> None:
            self.round_trips += answered.is_set()
            answered.clear()

        await asyncio.gather(
            _pass_on(reader, redis_writer, sent), _pass_on(redis_reader, writer, answered.set)
        )


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: Callable[[], None]
) -> None:
    try:
        while data := await reader.read(1 << 16):
            seen()
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


@asynccontextmanager
async def counting_proxies(
    redis_port: int, services: tuple[str, ...]
) -> AsyncIterator[dict[str, CountingProxy]]:
    """Run a proxy for each service."""
    async with AsyncExitStack() as stack:
        proxies = {service: CountingProxy(redis_port) for service in services}
        for proxy in proxies.values():
            await stack.enter_async_context(proxy.running())
        yield proxies
