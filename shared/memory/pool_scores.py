"""How well each passage of a pool answers a question, by words and by vectors, as arrays.

A passage is scored together with its neighbours: an answer often lacks the words of the question
that it answers. All arrays are in the order of the passages, which is that of the conversations.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from shared.memory.passages import Passage, Pool

Numbers: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

NEIGHBOURS = (0.6, 0.3)
"""How much the neighbours at distance 1 and 2 count in a window."""

_K1 = 1.2
_B = 0.75
_ALIKE = 0.55
"""The cosine of messages that follow each other: with centred vectors .40 to .62 on dialogues."""

_FEWEST = 100
"""A user of few messages: a word in one of five is not as common as the share tells."""


class PoolScores:
    """The signals of a pool. `terms` are those asked for, in the order of the columns."""

    def __init__(self, pool: Pool, terms: Sequence[int]) -> None:
        self._pool = pool
        self._terms = terms
        self._places = _places(pool.passages)
        self._own = _frequencies(pool.passages, terms)
        self._around = self._windows(self._own)
        self.lengths: Numbers = np.array([p.length for p in pool.passages], dtype=np.float64)

    def words(self) -> Numbers:
        """Return the BM25 of each window; 0 where no word of it was asked for."""
        lengths = self._windows(self.lengths[:, None])[:, 0]
        mean = lengths.mean() if lengths.any() else 1.0
        norm = _K1 * (1 - _B + _B * lengths / mean)
        shares = self._around * (_K1 + 1) / (self._around + norm[:, None])
        found: Numbers = shares @ self._rareness(self._pool.count)
        return found

    def met(self, content: frozenset[int], doubt: float = 1e-9) -> Numbers:
        """Return how much of the content each window has, by rareness, from 0 to 1.

        A passage's own words count in full, its neighbours' less. `doubt` is what is asked for
        besides: a single common word does not make an answer.
        """
        rareness = self._rareness(max(self._pool.count, _FEWEST))
        rareness *= [term in content for term in self._terms]
        met = np.where(self._own > 0, 1.0, np.minimum(self._around, NEIGHBOURS[0]))
        found: Numbers = met @ rareness / (rareness.sum() + doubt)
        return found

    def cosines(self) -> tuple[Numbers, Numbers, Flags]:
        """Return the cosines to the question of passages and of windows, and who has a vector.

        That of a window is the cosine to the weighted mean of its vectors, which is known but for
        how alike they are among each other.
        """
        given = [p.similarity for p in self._pool.passages]
        known: Flags = np.array([one is not None for one in given], dtype=np.bool_)
        own: Numbers = np.array([one or 0.0 for one in given], dtype=np.float64)
        weights = known.astype(np.float64)
        total = self._windows(weights[:, None])[:, 0]
        squares = self._windows(weights[:, None], power=2)[:, 0]
        size = np.sqrt(squares + _ALIKE * (total**2 - squares))
        window = self._windows((own * weights)[:, None])[:, 0] / np.where(total > 0, size, 1.0)
        return own, window, known

    def _rareness(self, count: int) -> Numbers:
        """Return the inverse document frequency of each term among so many passages."""
        held = np.array([self._pool.holders.get(t, 0) for t in self._terms], dtype=np.float64)
        count = max(count, int(held.max(initial=0)))
        found: Numbers = np.log(1 + (count - held + 0.5) / (held + 0.5))
        return found

    def _windows(self, values: Numbers, *, power: int = 1) -> Numbers:
        """Return the rows of a matrix, with those of the neighbours added by their weights."""
        found: Numbers = values.copy()
        for distance, weight in enumerate(NEIGHBOURS, start=1):
            beside = self._places[distance:] == self._places[:-distance]
            part = weight**power * beside[:, None]
            found[distance:] += part * values[:-distance]
            found[:-distance] += part * values[distance:]
        return found


def standard(values: Numbers, known: Flags | None = None, *, least: float = 1e-9) -> Numbers:
    """Return values as multiples of their standard deviation from their mean.

    Where some are not known, these are 0, neither good nor bad. A deviation of less than `least`
    is taken for that.
    """
    of = values if known is None else values[known]
    if not of.size:
        return np.zeros_like(values)
    found: Numbers = (values - of.mean()) / max(float(of.std()), least)
    return found if known is None else np.where(known, found, 0.0)


def _places(passages: Sequence[Passage]) -> NDArray[np.int64]:
    """Return a number for the conversation of each passage."""
    numbers: dict[str, int] = {}
    told = [numbers.setdefault(p.conversation_id, len(numbers)) for p in passages]
    return np.array(told, dtype=np.int64)


def _frequencies(passages: Sequence[Passage], terms: Sequence[int]) -> Numbers:
    """Return how often each passage has each term."""
    found: Numbers = np.zeros((len(passages), len(terms)), dtype=np.float64)
    columns = {term: column for column, term in enumerate(terms)}
    for row, passage in enumerate(passages):
        for term, frequency in passage.terms.items():
            column = columns.get(term)
            if column is not None:
                found[row, column] = frequency
    return found
