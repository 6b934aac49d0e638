"""The texts that wait for their vectors: questions first, patient passages last, each in order."""

import asyncio
import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from services.inference.embedding_models import Kind, Row
from shared.contracts.events import EmbedAsked

MAX_WAITING = 64
"""Of one urgency; behind so many nobody gets an answer in time."""

PATIENCE_S = 2.0
"""How long patient texts give way to chat turns, in seconds: turns may follow one another for ever.

A batch of them then takes a core of the model's for about half a second.
"""

POLL_S = 0.05
"""How soon it is noticed that a turn has ended."""


@dataclass(order=True, slots=True)
class Job:
    """The pieces of somebody's texts, and the rows that are made of them.

    Whoever waits awaits `done`, and cancels it to wait no more.
    """

    urgency: int
    number: int
    kind: Kind = field(compare=False)
    pieces: list[str] = field(compare=False)
    rows: list[Row] = field(compare=False, default_factory=list)
    since: float = field(compare=False, default_factory=time.monotonic)
    done: "asyncio.Future[None]" = field(compare=False, default_factory=asyncio.Future)

    def step(self, characters: int) -> list[str]:
        """Return the next pieces that have so many characters together; at least one."""
        length, start = 0, len(self.rows)
        for end in range(start, len(self.pieces)):
            length += len(self.pieces[end])
            if length > characters and end > start:
                return self.pieces[start:end]
        return self.pieces[start:]


class EmbeddingQueue:
    """Waiting jobs. `turn_runs` tells whether a chat turn is being answered here."""

    def __init__(
        self,
        *,
        turn_runs: Callable[[], bool],
        patience_s: float = PATIENCE_S,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._turn_runs = turn_runs
        self._patience_s = patience_s
        self._max_waiting = max_waiting
        self._jobs: list[Job] = []
        self._number = 0
        self._came = asyncio.Event()

    def put(self, asked: EmbedAsked, pieces: list[str]) -> Job | None:
        """Add a job; None where too many of its urgency wait already."""
        urgency = _urgency(asked)
        waiting = sum(job.urgency == urgency and not job.done.done() for job in self._jobs)
        if waiting >= self._max_waiting:
            return None
        self._number += 1
        job = Job(urgency, self._number, asked.kind, pieces)
        self.put_back(job)
        return job

    def put_back(self, job: Job) -> None:
        """Put a job that is not done yet in its old place."""
        heapq.heappush(self._jobs, job)
        self._came.set()

    async def take(self) -> Job:
        """Wait for the most urgent job that somebody waits for, and take it out."""
        while True:
            while self._jobs and self._jobs[0].done.done():
                heapq.heappop(self._jobs)
            if self._jobs and not self._gives_way(self._jobs[0]):
                return heapq.heappop(self._jobs)
            self._came.clear()
            try:
                # Nothing tells of the end of a turn.
                async with asyncio.timeout(POLL_S if self._jobs else None):
                    await self._came.wait()
            except TimeoutError:
                continue

    def fail(self, error: Exception) -> None:
        """Tell everybody who waits that there is nothing."""
        for job in self._jobs:
            if not job.done.done():
                job.done.set_exception(error)
        self._jobs.clear()

    def _gives_way(self, job: Job) -> bool:
        patient = job.urgency == _PATIENT and time.monotonic() - job.since < self._patience_s
        return patient and self._turn_runs()


_PATIENT = 2


def _urgency(asked: EmbedAsked) -> int:
    if asked.kind == "query":
        return 0
    return _PATIENT if asked.patient else 1
