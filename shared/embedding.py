"""Vectors of texts, asked of the inference service over NATS (`llm.embed`)."""

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import structlog

from shared.contracts.events import EmbedAnswered, EmbedAsked
from shared.contracts.parts import Part
from shared.contracts.subjects import LLM_EMBED, Subject
from shared.failures import DependencyDownError
from shared.settings import Settings

log = structlog.get_logger()

E = TypeVar("E", bound=Part)
R = TypeVar("R", bound=Part)

REST_S = 2.0
"""After a question got no vector, nobody waits for one again for this long."""

PASSAGES_TIMEOUT_S = 120.0
"""How long a batch of passages may take, in seconds: they stand behind whoever waits."""

BATCH = 16
"""Texts in one question: with 4,096 dimensions their answer stays below NATS' default 1 MB."""

KEPT_QUESTIONS = 64
"""Vectors of questions that are kept: chat and search ask the same thing, and people do again."""

LONGEST_KEPT = 500
"""Characters of a question that is kept; a longer one is a pasted text, and comes but once."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """Vectors of unit length in the order of their texts, and the model that made them."""

    model: str
    vectors: tuple[tuple[float, ...], ...]


class Asking(Protocol):
    """What is needed of a `Bus`."""

    async def ask(
        self, subject: Subject[E], question: E, answer: type[R], *, timeout_s: float
    ) -> R:
        """Ask and return the answer. Raises DependencyDownError where there is none in time."""
        ...


class Embedding:
    """Asks for vectors. Methods return None where nobody can make any: search by words alone.

    A question is given up after `query_timeout_s` seconds. `model` is what made the last vectors,
    empty before the first.
    """

    def __init__(
        self,
        *,
        bus: Asking,
        query_timeout_s: float,
        passages_timeout_s: float = PASSAGES_TIMEOUT_S,
        rest_s: float = REST_S,
    ) -> None:
        self._bus = bus
        self._query_timeout_s = query_timeout_s
        self._passages_timeout_s = passages_timeout_s
        self._rest_s = rest_s
        self._rest_until = 0.0
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self.model = ""

    async def query(self, text: str) -> Vectors | None:
        """Return the vector of a question, soon or not at all."""
        if (kept := self._kept.get(text)) is not None:
            self._kept.move_to_end(text)
            return kept
        if time.monotonic() < self._rest_until:
            return None
        asked = EmbedAsked(texts=(text,), kind="query")
        vectors = await self._ask(asked, timeout_s=self._query_timeout_s)
        if vectors is None:
            self._rest_until = time.monotonic() + self._rest_s
        elif len(text) <= LONGEST_KEPT:
            self._keep(text, vectors)
        return vectors

    async def passages(self, texts: Sequence[str]) -> Vectors | None:
        """Return the vectors of passages, after everybody who waits for an answer.

        None also where the model changes in the middle of them.
        """
        found: list[Vectors] = []
        for start in range(0, len(texts), BATCH):
            batch = tuple(texts[start : start + BATCH])
            asked = EmbedAsked(texts=batch, kind="passage", patient=True)
            vectors = await self._ask(asked, timeout_s=self._passages_timeout_s)
            if vectors is None or (found and vectors.model != found[0].model):
                return None
            found.append(vectors)
        every = tuple(vector for vectors in found for vector in vectors.vectors)
        return Vectors(found[0].model if found else self.model, every)

    async def _ask(self, asked: EmbedAsked, *, timeout_s: float) -> Vectors | None:
        try:
            answer = await self._bus.ask(LLM_EMBED, asked, EmbedAnswered, timeout_s=timeout_s)
        except DependencyDownError as error:
            log.debug("no vectors", error=str(error))
            return None
        if answer.problem is not None or len(answer.vectors) != len(asked.texts):
            log.debug("no vectors", error=answer.problem.detail if answer.problem else "too few")
            return None
        if answer.model != self.model:
            # What is kept may be of a model that is gone.
            self._kept.clear()
            self.model = answer.model
        return Vectors(answer.model, answer.vectors)

    def _keep(self, text: str, vectors: Vectors) -> None:
        self._kept[text] = vectors
        if len(self._kept) > KEPT_QUESTIONS:
            self._kept.popitem(last=False)


def create_embedding(bus: Asking, settings: Settings) -> Embedding | None:
    """Return what asks for vectors, as the settings say; None where EMBED_MODEL is `off`."""
    if not settings.embeds:
        return None
    return Embedding(bus=bus, query_timeout_s=settings.embed_max_wait_s)
