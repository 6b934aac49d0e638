"""Answers `llm.embed`: the vectors of texts, those of questions before those of passages."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TypeAlias

import numpy as np
import structlog

from services.inference.embedding_models import (
    EmbeddingModel,
    InProcess,
    Kind,
    NoEmbedderError,
    OfServer,
    Row,
    Rows,
)
from services.inference.embedding_queue import EmbeddingQueue, Job
from services.inference.idle import Idle
from shared.contracts.events import EmbedAnswered, EmbedAsked
from shared.contracts.parts import Problem
from shared.embedding import PASSAGES_TIMEOUT_S
from shared.llm.protocol import LLM, LLMError
from shared.settings import ModelSettings

log = structlog.get_logger()

Vector: TypeAlias = tuple[float, ...]

PASSAGE_CHARACTERS = 2_000
"""Of a passage; what comes behind is found by its words."""

QUESTION_CHARACTERS = 600
"""Of a question, half from its beginning and half from its end: it asks there, in between is what
was pasted. It is one piece, for somebody waits.
"""

DECIMALS = 6
"""Of a number in a vector of unit length: the cosines stay the same, the answer is half as long."""

TITLE = "No embedder"
OFF = Problem(title=TITLE, status=503, detail="EMBED_MODEL=off: no vectors are made.")
STOPPING = Problem(title=TITLE, status=503, detail="The service stops.")
BUSY = Problem(
    title="The embedder is busy", status=503, detail="Too many texts wait for their vectors."
)


def embedding_model(settings: ModelSettings, llm: LLM) -> EmbeddingModel | None:
    """Return what EMBED_MODEL names; nothing is loaded yet."""
    if not settings.embeds:
        return None
    return OfServer(llm=llm, model=settings.embed_model) if settings.embed_model else InProcess()


class Embedder:
    """Makes vectors of unit length, a small step at a time."""

    def __init__(
        self,
        *,
        settings: ModelSettings,
        model: EmbeddingModel | None,
        idle: Idle,
        queue: EmbeddingQueue | None = None,
    ) -> None:
        self._model = model
        self._query_within_s = settings.embed_max_wait_s
        self._queue = queue or EmbeddingQueue(turn_runs=lambda: idle.answering)
        self._task: asyncio.Task[None] | None = None
        self._problem: Problem | None = None
        self._for_good = model is None

    async def start(self) -> None:
        """Begin to work; the model is loaded meanwhile."""
        if self._model is not None:
            self._task = asyncio.create_task(self._run(self._model))

    async def stop(self) -> None:
        """Work no more; who waits is told."""
        self._for_good, self._problem = True, STOPPING
        self._queue.fail(NoEmbedderError(STOPPING.detail))
        if self._task is None or self._model is None:
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._model.close()

    async def notes(self) -> list[str]:
        """Say what works in a lesser form."""
        return [f"no embedder: {self._problem.detail}"] if self._problem else []

    async def embed(self, asked: EmbedAsked) -> EmbedAnswered:
        """Return a vector of each text, or the problem that there is. Never fails."""
        if self._model is None or self._for_good:
            return EmbedAnswered(problem=self._problem or OFF)
        if not asked.texts:
            return EmbedAnswered(model=self._model.name)
        limit = self._model.piece_characters
        pieces = [pieces_of(text, asked.kind, limit=limit) for text in asked.texts]
        job = self._queue.put(asked, [piece for of_text in pieces for piece in of_text])
        if job is None:
            return EmbedAnswered(problem=BUSY)
        try:
            # Whoever asked has given up by then.
            within_s = self._query_within_s if asked.kind == "query" else PASSAGES_TIMEOUT_S
            async with asyncio.timeout(within_s):
                await job.done
        except TimeoutError:
            return EmbedAnswered(problem=BUSY)
        except Exception as error:  # noqa: BLE001 - whatever happened, search goes by words alone
            return EmbedAnswered(problem=_problem(error))
        return EmbedAnswered(model=self._model.name, vectors=_averages(job.rows, pieces))

    async def _run(self, model: EmbeddingModel) -> None:
        try:
            await model.load()
        except NoEmbedderError as error:
            self._for_good = True
            self._note(error)
            self._queue.fail(error)
            return
        except LLMError as error:
            # The server may come, or get the model.
            self._note(error)
        while True:
            await self._step(model, await self._queue.take())

    async def _step(self, model: EmbeddingModel, job: Job) -> None:
        try:
            rows = await model.embed(job.step(model.step_characters), job.kind)
            job.rows.extend(_of_unit_length(rows))
        except asyncio.CancelledError:
            if not job.done.done():
                job.done.set_exception(NoEmbedderError(STOPPING.detail))
            raise
        except Exception as error:  # noqa: BLE001 - a text that fails must not end all of them
            self._note(error)
            if not job.done.done():
                job.done.set_exception(error)
            return
        self._note(None)
        if len(job.rows) < len(job.pieces):
            self._queue.put_back(job)
        elif not job.done.done():
            job.done.set_result(None)

    def _note(self, error: Exception | None) -> None:
        """Log a problem once, and its end."""
        before, self._problem = self._problem, _problem(error) if error else None
        if self._problem is not None and self._problem != before:
            log.warning("no vectors can be made", error=self._problem.detail)
        elif before is not None and self._problem is None:
            log.info("vectors can be made again")


def pieces_of(text: str, kind: Kind, *, limit: int) -> list[str]:
    """Return a passage in pieces of at most `limit` characters, cut between words where it can be.

    A question is one piece.
    """
    if kind == "query":
        half = QUESTION_CHARACTERS // 2
        ends = f"{text[:half]} {text[-half:]}"
        return [_one_line(text if len(text) <= QUESTION_CHARACTERS else ends)]
    rest, pieces = _one_line(text[:PASSAGE_CHARACTERS]), []
    while len(rest) > limit:
        space = rest.rfind(" ", limit // 2, limit + 1)
        end = limit if space < 0 else space
        pieces.append(rest[:end])
        rest = rest[end:].lstrip()
    return [*pieces, rest] if rest or not pieces else pieces


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _of_unit_length(rows: Rows) -> Rows:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        msg = "The embedding model made a vector without a direction."
        raise ValueError(msg)
    unit: Rows = rows / lengths
    return unit


def _averages(rows: Sequence[Row], pieces: Sequence[Sequence[str]]) -> tuple[Vector, ...]:
    """Return a vector of each text: the average of its pieces', by their lengths."""
    found, start = [], 0
    for of_text in pieces:
        weights = np.array([1 + len(piece) for piece in of_text], dtype=np.float64)
        average = weights @ np.array(rows[start : start + len(of_text)])
        found.append(tuple((average / np.linalg.norm(average)).round(DECIMALS).tolist()))
        start += len(of_text)
    return tuple(found)


def _problem(error: Exception) -> Problem:
    if isinstance(error, LLMError):
        return error.problem()
    return Problem(title=TITLE, status=503, detail=str(error) or repr(error))
