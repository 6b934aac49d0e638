"""How long a question takes, in its parts, beside a bare SQL statement with the same embedding."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import mean
from typing import Any

import psutil

from benchmarks.memory.stores import bare_postgres
from benchmarks.processes import BenchmarkError
from benchmarks.scale.fill import Record
from shared.contracts.parts import utcnow
from shared.embedding import Embedding, Vectors
from shared.memory.passage_index import PassageIndex
from shared.memory.passages import Pool, Wanted
from shared.memory.recall import RecallQuery
from shared.memory.recalling import Recall
from shared.memory.working import WorkingMemory

FOUND = 50
BARE = """
SELECT passage_id, embedding <#> CAST($2 AS halfvec) AS distance FROM embeddings
WHERE user_id = $1 ORDER BY distance LIMIT 50
"""


@dataclass(frozen=True)
class Times:
    """Milliseconds of each question: recall in all and in its parts, and the bare statement.

    `embedding` is in `whole` and belongs to `bare` as well, which is the statement alone. `cpu` is
    the processor's time of `whole` in this process, and `server_cpu` that of PostgreSQL for a
    question: a busy machine adds little to them.
    """

    whole: list[float] = field(default_factory=list)
    embedding: list[float] = field(default_factory=list)
    pool: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    embedding_cpu: list[float] = field(default_factory=list)
    server_cpus: list[float] = field(default_factory=list)

    @property
    def server_cpu(self) -> float:
        """The mean: a single question takes less than the clock tells."""
        return mean(self.server_cpus)

    @property
    def beside(self) -> list[float]:
        """The bare statement with the embedding."""
        return [one + other for one, other in zip(self.bare, self.embedding, strict=True)]


class _Watched(PassageIndex):
    """The record's index, with a clock."""

    def __init__(self, index: PassageIndex) -> None:
        self.unwatched = index
        self.ms = 0.0

    async def pool(self, user_id: str, wanted: Wanted) -> Pool:
        began = time.perf_counter()
        found = await self.unwatched.pool(user_id, wanted)
        self.ms = (time.perf_counter() - began) * 1000
        return found


class _Timed(Embedding):
    """Asks for vectors, with a clock."""

    def __init__(self, embedding: Embedding) -> None:
        self._embedding = embedding
        self.ms = self.cpu_ms = 0.0
        self.last: Vectors | None = None

    async def query(self, text: str) -> Vectors | None:
        began, cpu = time.perf_counter(), time.process_time()
        self.last = await self._embedding.query(text)
        self.ms = (time.perf_counter() - began) * 1000
        self.cpu_ms = (time.process_time() - cpu) * 1000
        return self.last


async def measure(
    record: Record,
    working: WorkingMemory,
    embedding: Embedding,
    *,
    users: Sequence[str],
    questions: Sequence[str],
) -> Times:
    """Ask recall and the bare statement in turn, each question of the next user."""
    times, timed = Times(), _Timed(embedding)
    index = _Watched(record.archive.passages)
    record.archive.passages = index
    recall = Recall(working=working, archive=record.archive, embedding=timed)
    try:
        async with bare_postgres(record.admin_url) as connection:
            for number, text in enumerate(questions):
                user = users[number % len(users)]
                query = RecallQuery(text=text, at=utcnow(), limit=FOUND)
                server = _server_cpu_ms(record.server_pid)
                began, cpu = time.perf_counter(), time.process_time()
                found = await recall.search(user, query)
                whole = (time.perf_counter() - began) * 1000
                cpu = (time.process_time() - cpu) * 1000
                server = _server_cpu_ms(record.server_pid) - server
                if found.degraded or timed.last is None or not found.passages:
                    msg = f"A question found nothing, or {found.degraded}: {text!r}"
                    raise BenchmarkError(msg)
                bare = await _bare(connection, user, timed.last)
                times.whole.append(whole)
                times.embedding.append(timed.ms)
                times.pool.append(index.ms)
                times.bare.append(bare)
                times.cpu.append(cpu)
                times.embedding_cpu.append(timed.cpu_ms)
                times.server_cpus.append(server)
    finally:
        record.archive.passages = index.unwatched
    return times


def _server_cpu_ms(pid: int) -> float:
    """Return what all backends of PostgreSQL have taken of the processor so far."""
    taken = 0.0
    for backend in psutil.Process(pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            taken += sum(backend.cpu_times()[:2])
    return taken * 1000


async def _bare(connection: Any, user: str, vectors: Vectors) -> float:
    vector = str(list(vectors.vectors[0]))
    began = time.perf_counter()
    await connection.fetch(BARE, user, vector)
    return (time.perf_counter() - began) * 1000
