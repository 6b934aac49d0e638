"""What recall is compared with: the last messages, plain BM25, plain cosines, and both fused."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.recall.dialogues import Dialogue
from shared.lexemes import lemmas

LAST = 6
"""Messages that a prompt has anyway."""

K1, B = 1.2, 0.75
RRF = 60
"""The constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009)."""

DEPTH = 1_000


class Baselines:
    """Rankings of one dialogue; `vectors` has a row of unit length for each message."""

    def __init__(self, dialogue: Dialogue, vectors: NDArray[np.float64]) -> None:
        self._ids = [one.id for one in dialogue.said]
        self._vectors = vectors
        self._postings: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        lengths = []
        for row, one in enumerate(dialogue.said):
            words = Counter(lemmas(one.text))
            lengths.append(words.total())
            for word, times in words.items():
                self._postings[word].append((row, times))
        mean = sum(lengths) / max(1, len(lengths))
        self._norms = [K1 * (1 - B + B * length / max(mean, 1e-9)) for length in lengths]

    def last(self) -> list[str]:
        """Return the last messages, the latest first."""
        return self._ids[: -LAST - 1 : -1]

    def words(self, question: str) -> list[str]:
        """Return what BM25 finds, by document frequencies of this dialogue."""
        scores: defaultdict[int, float] = defaultdict(float)
        for word in dict.fromkeys(lemmas(question)):
            holders = self._postings.get(word, ())
            rest = len(self._ids) - len(holders)
            rareness = math.log(1 + (rest + 0.5) / (len(holders) + 0.5))
            for row, times in holders:
                scores[row] += rareness * times * (K1 + 1) / (times + self._norms[row])
        return [self._ids[row] for row in sorted(scores, key=lambda row: (-scores[row], row))]

    def dense(self, vector: NDArray[np.float64]) -> list[str]:
        """Return all messages by their cosines to a question."""
        order = np.argsort(-(self._vectors @ vector), kind="stable")
        return [self._ids[row] for row in order[:DEPTH]]

    def fused(self, question: str, vector: NDArray[np.float64]) -> list[str]:
        """Return both rankings fused by the reciprocals of ranks."""
        return fused(self.words(question), self.dense(vector))


def fused(*rankings: Sequence[str]) -> list[str]:
    """Fuse rankings by the sum of 1 / (60 + place)."""
    scores: defaultdict[str, float] = defaultdict(float)
    for ranking in rankings:
        for place, one in enumerate(ranking, start=1):
            scores[one] += 1 / (RRF + place)
    return sorted(scores, key=lambda one: -scores[one])
