"""Vectors as a toy of an embedding model makes them: near where texts share words.

The words are lemmas; a few pairs of Russian and English ones mean the same. Pairs that share no
word of either kind are as good as orthogonal.
"""

from functools import cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from shared.lexemes import lemmas

EMBEDDER = "bge-m3"
"""The embedding model of the fake server: `embed_model=EMBEDDER`."""

DIMENSIONS = 64

SAME = (
    ("собака", "dog"),
    ("кошка", "cat"),
    ("отпуск", "vacation"),
    ("врач", "doctor"),
    ("зуб", "tooth"),
    ("машина", "car"),
    ("сестра", "sister"),
    ("работа", "job"),
    ("музыка", "music"),
    ("завтрак", "breakfast"),
    ("дождь", "rain"),
    ("поезд", "train"),
)
"""Words of both languages that have one direction."""


def vector_of(text: str) -> list[float]:
    """Return the vector of a text: the sum of its words' directions, of unit length."""
    words = [_meaning().get(lemma, lemma) for lemma in lemmas(text)] or [text]
    total = np.sum([_direction(word) for word in words], axis=0)
    found: list[float] = (total / np.linalg.norm(total)).round(6).tolist()
    return found


@cache
def _meaning() -> dict[str, str]:
    return {lemma: pair[1] for pair in SAME for word in pair for lemma in lemmas(word)}


@cache
def _direction(word: str) -> NDArray[np.float64]:
    return np.random.default_rng(crc32(word.encode(errors="replace"))).standard_normal(DIMENSIONS)
