"""Gives passages their vectors when there is time, and new ones when the model has changed."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

import structlog

from services.memory_writer.background import Background
from services.memory_writer.typical import TYPICAL
from shared.embedding import Embedding, Vectors
from shared.failures import DependencyDownError
from shared.memory.indexing import Indexing, Progress, Unembedded
from shared.telemetry import Telemetry

log = structlog.get_logger()

AT_ONCE = 8
"""Passages of one question: some tenths of a second, after which newer ones have their turn."""

LOOK_EVERY_S = 10.0
"""Between two looks without being woken: somebody embeds again, or with another model."""

COUNT_FIRST, COUNT_EVERY = 3, 25
"""Batches after which a backlog is counted, and counted anew: that reads every passage."""

TRIES = 3
"""How often a text may fail where another one does not, until it is left without a vector."""

PROBE = "Membus"
"""A text that every model has a vector for: it tells whether there is one, and which."""


class EmbeddingWorker:
    """Embeds what the present model has not, the newest first; one process at a time does so.

    Nobody embeds: nothing is lost, and it is tried again.
    """

    def __init__(
        self,
        *,
        indexing: Indexing,
        embedding: Embedding,
        telemetry: Telemetry,
        time_scale: float = 1.0,
    ) -> None:
        self._indexing = indexing
        self._embedding = embedding
        self._telemetry = telemetry
        self._look_every_s = LOOK_EVERY_S * time_scale
        self._wanted = asyncio.Event()
        self._background = Background(self._step)
        self._progress: Progress | None = None
        self._batches = 0
        self._failures: Counter[int] = Counter()
        self._known: set[str] = set()
        self._waiting = False

    def wake(self) -> None:
        """Look now: there are new passages."""
        self._wanted.set()

    async def start(self) -> None:
        """Begin to embed."""
        await self._background.start()

    async def stop(self) -> None:
        """End at once; what was not committed is embedded again."""
        await self._background.stop()

    def notes(self) -> list[str]:
        """Say how far a backlog has come."""
        if self._progress is None:
            return []
        return [f"embeddings: {self._progress.done:,} of {self._progress.total:,} passages"]

    async def _step(self) -> None:
        self._wanted.clear()
        try:
            went_on = await self._embed_some()
        except DependencyDownError as error:
            if not self._waiting:
                log.warning("embedding waits for a dependency", error=str(error))
            self._waiting, went_on = True, False
            # Whoever wakes it now has the same trouble.
            await asyncio.sleep(self._look_every_s)
        else:
            self._waiting = False
        if not went_on:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), self._look_every_s)

    async def _embed_some(self) -> bool:
        """Embed a batch; returns whether it went well and there may be more to do."""
        model = self._embedding.model if self._batches else await self._probe()
        if not model:
            return False
        async with self._indexing.alone() as alone:
            batch = await self._indexing.unembedded(model, limit=AT_ONCE) if alone else []
            went_on = bool(batch) and await self._embed(batch)
        await self._tell(model, went_on=went_on)
        return went_on

    async def _probe(self) -> str:
        """Return the present model; '' where there is none."""
        vectors = await self._embedding.passages([PROBE])
        return vectors.model if vectors else ""

    async def _embed(self, batch: Sequence[Unembedded]) -> bool:
        """Embed passages together or, where one spoils it, one by one; False: nobody embeds."""
        vectors = await self._embedding.passages([one.text for one in batch])
        if vectors is not None:
            return await self._put(batch, vectors)
        for one in batch:
            vectors = await self._embedding.passages([one.text])
            if vectors is None:
                model = await self._probe()
                if not model:
                    return False
                await self._note_failure(one, model)
            elif not await self._put([one], vectors):
                return False
        return True

    async def _put(self, batch: Sequence[Unembedded], vectors: Vectors) -> bool:
        if vectors.model not in self._known and not await self._learn(vectors.model):
            return False
        await self._indexing.put_vectors([one.passage_id for one in batch], vectors)
        return True

    async def _learn(self, model: str) -> bool:
        """See to it that a model has its centre; False where it has gone meanwhile."""
        if not await self._indexing.knows(model):
            typical = await self._embedding.passages(TYPICAL)
            if typical is None or typical.model != model:
                return False
            await self._indexing.put_model(typical)
        self._known.add(model)
        return True

    async def _note_failure(self, one: Unembedded, model: str) -> None:
        self._failures[one.passage_id] += 1
        if self._failures[one.passage_id] >= TRIES:
            log.warning("a passage is left without a vector", passage=one.passage_id)
            await self._indexing.give_up([one.passage_id], model)
            del self._failures[one.passage_id]

    async def _tell(self, model: str, *, went_on: bool) -> None:
        """Count now and then how far a backlog has come; what is soon done is no news."""
        self._batches = self._batches + 1 if went_on else 0
        if not went_on:
            self._progress = None
        elif self._batches == COUNT_FIRST or self._batches % COUNT_EVERY == 0:
            self._progress = await self._indexing.progress(model)
            values = {"done": self._progress.done, "passages": self._progress.total}
            self._telemetry.metric("embeddings", values=values)
