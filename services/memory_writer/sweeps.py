"""Runs small jobs again and again beside a service, through every outage of what they need."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

import structlog

from services.memory_writer.background import Background, end
from shared.failures import DependencyDownError

log = structlog.get_logger()

Job: TypeAlias = Callable[[], Awaitable[None]]

LATE = 3
"""After this many intervals without a sweep that went through, the service is not ready."""


class Errands:
    """Runs jobs that something else asked for, beside the service; one that fails is left."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, job: Awaitable[None]) -> None:
        """Run a job now."""
        task = asyncio.ensure_future(_leave(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """End all that run."""
        await end(self._tasks)


async def _leave(job: Awaitable[None]) -> None:
    with contextlib.suppress(DependencyDownError):
        await job


class SweepLateError(Exception):
    """No sweep went through lately."""


class Sweeps:
    """Runs all jobs every `every_s` seconds, one after another; a failing one stops no other."""

    def __init__(self, jobs: Mapping[str, Job], *, every_s: float) -> None:
        self._jobs = jobs
        self._every_s = every_s
        self._background = Background(self._step)
        self._failing: dict[str, str] = {}
        self._finished = time.monotonic()

    async def start(self) -> None:
        """Begin to sweep, after one interval."""
        self._finished = time.monotonic()
        await self._background.start()

    async def stop(self) -> None:
        """End at once, in the middle of a sweep too: every job may be broken off."""
        await self._background.stop()

    async def healthy(self) -> None:
        """Return when a sweep went through lately; raises SweepLateError otherwise."""
        silent_s = time.monotonic() - self._finished
        if silent_s > LATE * self._every_s:
            why = "; ".join(f"{name}: {error}" for name, error in self._failing.items())
            msg = f"no sweep for {silent_s:.0f} s" + (f" ({why})" if why else "")
            raise SweepLateError(msg)

    async def sweep(self) -> None:
        """Run every job once."""
        for name, job in self._jobs.items():
            if self._background.stopping:
                return
            await self._try(name, job)
        if not self._failing:
            self._finished = time.monotonic()

    async def _step(self) -> None:
        await asyncio.sleep(self._every_s)
        await self.sweep()

    async def _try(self, name: str, job: Job) -> None:
        try:
            await job()
        except DependencyDownError as error:
            if name not in self._failing:
                log.warning("sweep waits for a dependency", job=name, error=str(error))
            self._failing[name] = str(error)
        except Exception as error:
            # The edge of the process: one sweep may fail, the next one comes anyway.
            if name not in self._failing:
                log.exception("sweep failed", job=name)
            self._failing[name] = repr(error)
        else:
            if self._failing.pop(name, None) is not None:
                log.info("sweep goes on", job=name)
