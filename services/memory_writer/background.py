"""One task that runs beside the service from its start to its stop."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress


class Background:
    """Runs `step` again and again until it is stopped."""

    def __init__(self, step: Callable[[], Awaitable[None]]) -> None:
        self._step = step
        self._task: asyncio.Task[None] | None = None
        self.stopping = False

    async def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End at once: every step may be broken off."""
        # A cancellation alone may be lost: asyncio.wait_for, which the clients of NATS and Redis
        # use, swallows one that comes together with its result (until Python 3.12).
        self.stopping = True
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _run(self) -> None:
        while not self.stopping:
            await self._step()
