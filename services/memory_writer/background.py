"""Tasks that run beside the service, and how they end."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import structlog

log = structlog.get_logger()

AFTER_FAILURE_S = 1.0

AGAIN_S = 0.2
"""How long a task may take to end before it is cancelled once more."""


async def end(tasks: "Iterable[asyncio.Task[Any]]") -> None:
    """Cancel tasks until they have ended, whatever came of them.

    A cancellation alone may be lost: asyncio.wait_for, which the clients of NATS and Redis use,
    swallows one that comes together with its result (until Python 3.12).
    """
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN_S)


class Background:
    """One task that runs `step` again and again, from the service's start to its stop."""

    def __init__(self, step: Callable[[], Awaitable[None]]) -> None:
        self._step = step
        self._task: asyncio.Task[None] | None = None
        self.stopping = False

    async def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End at once: every step may be broken off."""
        self.stopping = True
        if self._task is not None:
            await end([self._task])
            self._task = None

    async def _run(self) -> None:
        while not self.stopping:
            try:
                await self._step()
            except Exception:
                # The edge of the process: a step may fail, what it is for must go on.
                log.exception("what runs beside the service failed")
                await asyncio.sleep(AFTER_FAILURE_S)
