"""Vectors of texts, asked of the inference service over NATS (`llm.embed`)."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Vectors:
    """Vectors of unit length in the order of their texts, and the model that made them."""

    model: str
    vectors: tuple[tuple[float, ...], ...]


class Embedding:
    """Asks for vectors. Methods return None where nobody can make any: search by words alone."""

    async def query(self, text: str) -> Vectors | None:
        """Return the vector of a question, soon or not at all."""
        raise NotImplementedError

    async def passages(self, texts: Sequence[str]) -> Vectors | None:
        """Return the vectors of passages, after everybody who waits for an answer."""
        raise NotImplementedError
