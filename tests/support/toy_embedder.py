"""Who answers `llm.embed` with the toy vectors, where no bus is needed."""

from typing import TypeVar

from shared.contracts.events import EmbedAnswered, EmbedAsked
from shared.contracts.parts import Part
from shared.contracts.subjects import Subject
from shared.embedding import Embedding
from shared.failures import DependencyDownError
from tests.support.fake_vectors import vector_of

E = TypeVar("E", bound=Part)
R = TypeVar("R", bound=Part)


class ToyEmbedder:
    """Answers as inference would; counts what it was asked, and is away where `up` is False."""

    model = "toy"

    def __init__(self) -> None:
        self.up = True
        self.asked = 0

    async def vectors(self, asked: EmbedAsked) -> list[list[float]]:
        """Return the vectors of some texts."""
        return [vector_of(text) for text in asked.texts]

    async def ask(
        self, subject: Subject[E], question: E, answer: type[R], *, timeout_s: float
    ) -> R:
        """Answer `llm.embed`. Raises DependencyDownError where it is away."""
        del subject, timeout_s
        assert isinstance(question, EmbedAsked)
        self.asked += 1
        if not self.up:
            msg = "away"
            raise DependencyDownError(msg, dependency="nats")
        vectors = await self.vectors(question)
        told = EmbedAnswered(model=self.model, vectors=tuple(map(tuple, vectors)))
        return answer.model_validate(told.model_dump())

    def embedding(self) -> Embedding:
        """Return what asks it, and asks again at once after it was away."""
        return Embedding(bus=self, query_timeout_s=60, rest_s=0)
