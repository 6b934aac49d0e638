"""The connection to NATS of a page that must come up, and stay up, without it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from faststream.nats import NatsBroker
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from shared.failures import DependencyDownError

log = structlog.get_logger()

REQUEST_TIMEOUT_S = 2.0
"""How long NATS may take to answer what the page asks; it takes milliseconds."""

LOOK_EVERY_S = 0.5
Hook = Callable[[], Awaitable[None]]


class NatsLink:
    """Connects in the background, for as long as it takes, and again whenever NATS comes back.

    `on_first` is called when the first connection stands (later the client renews what it
    subscribed to by itself), `on_connected` then and after every further one.
    """

    def __init__(self, broker: NatsBroker, *, on_first: Hook, on_connected: Hook) -> None:
        self._broker = broker
        self._on_first = on_first
        self._on_connected = on_connected
        self._connected = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to connect; returns at once."""
        self._task = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Close the connection, or give up connecting."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        # During an outage there is nothing left to say goodbye to.
        with suppress(NatsError):
            await self._broker.stop()

    def jetstream(self) -> JetStreamContext:
        """Return JetStream of the live connection. Raises DependencyDownError where there is none.

        At once: a request that waits for a reconnection may be carried out long after its
        caller has gone.
        """
        if not self._connected or not self._broker.connection.is_connected:
            msg = "there is no connection"
            raise DependencyDownError(msg, dependency="nats")
        return self._broker.connection.jetstream(timeout=REQUEST_TIMEOUT_S)

    async def _keep(self) -> None:
        client = await self._broker.connect()
        self._connected = True
        await self._on_first()
        known = -1
        while True:
            connections = client.stats["reconnects"]
            if client.is_connected and connections != known:
                try:
                    await self._on_connected()
                    known = connections
                except (DependencyDownError, NatsError) as error:
                    log.warning("nats left again at once", error=repr(error))
            await asyncio.sleep(LOOK_EVERY_S)
