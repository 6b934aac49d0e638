"""The inference service's embedder in this process: the same vectors, without a bus."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from benchmarks.processes import BenchmarkError
from services.inference.embedder import Embedder
from services.inference.embedding_models import InProcess
from services.inference.idle import Idle
from shared.contracts.events import EmbedAsked
from shared.contracts.parts import Part
from shared.contracts.subjects import Subject
from shared.embedding import Embedding, Vectors
from shared.settings import ModelSettings

PATIENCE_S = 60.0

E = TypeVar("E", bound=Part)
R = TypeVar("R", bound=Part)


class _Always(Idle):
    """Nobody chats."""

    def __init__(self) -> None:
        pass

    @property
    def answering(self) -> bool:
        return False


class OwnEmbedder:
    """Answers `llm.embed` in this process."""

    def __init__(self) -> None:
        settings = ModelSettings(embed_max_wait_s=PATIENCE_S)
        self.embedder = Embedder(settings=settings, model=InProcess(), idle=_Always())

    async def ask(
        self, subject: Subject[E], question: E, answer: type[R], *, timeout_s: float
    ) -> R:
        """Answer as the service would."""
        del subject, timeout_s
        if not isinstance(question, EmbedAsked):
            msg = f"Nobody answers {type(question).__name__} here."
            raise BenchmarkError(msg)
        return answer.model_validate((await self.embedder.embed(question)).model_dump())


@asynccontextmanager
async def own_embedding() -> AsyncIterator[Embedding]:
    """Run an embedder of our own, and give what asks it."""
    own = OwnEmbedder()
    await own.embedder.start()
    try:
        yield Embedding(bus=own, query_timeout_s=PATIENCE_S, rest_s=0)
    finally:
        await own.embedder.stop()


async def passages(embedding: Embedding, texts: Sequence[str]) -> Vectors:
    """Return the vectors of passages. Raises BenchmarkError where there are none."""
    vectors = await embedding.passages(texts)
    if vectors is None:
        msg = "The built-in embedder makes no vectors here."
        raise BenchmarkError(msg)
    return vectors
