"""Recall without servers: the product's ranking over the pool that its record would bring."""

import time
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from benchmarks.recall.baselines import K1, B
from benchmarks.recall.dialogues import Asked, Dialogue
from benchmarks.recall.metrics import BUDGETS, Answer, fitting
from shared.memory.passages import Passage, Pool, terms_of
from shared.memory.questions import Question, question_of
from shared.memory.ranking import rank
from shared.memory.recall import Mode, RecallQuery

AT_MOST = 200
"""By words, and by vectors."""

AROUND = 2
MOST = 1_000


@dataclass(frozen=True, slots=True)
class Vectors:
    """The vectors of a dialogue, a row a message, and the model that made them."""

    model: str
    rows: NDArray[np.float64]


class Indexed:
    """A dialogue as the record has it."""

    def __init__(self, dialogue: Dialogue, vectors: Vectors) -> None:
        self._vectors = vectors
        said = [(one.conversation, one.message(order)) for order, one in enumerate(dialogue.said)]
        self._terms = [terms_of(message) for _, message in said]
        self._lengths = np.array([terms.total() for terms in self._terms], dtype=np.float64)
        self._mean = float(self._lengths.mean())
        self._holders = Counter(term for terms in self._terms for term in terms)
        self._texts = {one.id: one.text for one in dialogue.said}
        self._passages = [
            Passage(conversation_id=conversation, message=message, terms={}, length=terms.total())
            for (conversation, message), terms in zip(said, self._terms, strict=True)
        ]

    def answer(
        self, asked: Asked, vector: NDArray[np.float64], *, mode: Mode, at: datetime
    ) -> Answer:
        """Return what recall finds; `vector` is the question's."""
        began = time.perf_counter()
        question = question_of(asked.text, at=at)
        cosines = None if mode == "keyword" else self._vectors.rows @ vector
        pool = self._pool(question, cosines, by_words=mode != "semantic")
        query = RecallQuery(text=asked.text, at=at, mode=mode, limit=MOST)
        found = rank(question, pool, query, model=self._vectors.model if mode != "keyword" else "")
        took_ms = (time.perf_counter() - began) * 1000
        ranking = [one.message.message_id for one in found.passages]
        within = {budget: fitting(ranking, self._texts, budget) for budget in BUDGETS}
        return Answer(ranking=ranking, within=within, took_ms=took_ms)

    def _pool(
        self, question: Question, cosines: NDArray[np.float64] | None, *, by_words: bool
    ) -> Pool:
        """Return the best by words, the nearest, what was said in time, and what is around."""
        chosen = np.zeros(len(self._passages), dtype=np.bool_)
        if by_words:
            scores = self._words(question)
            best = np.argsort(-scores, kind="stable")[:AT_MOST]
            chosen[best[scores[best] > 0]] = True
        if cosines is not None:
            chosen[np.argsort(-cosines, kind="stable")[:AT_MOST]] = True
        for row, passage in enumerate(self._passages):
            said = passage.message.time
            chosen[row] |= any(one.start <= said < one.end for one in question.periods)
        rows = [row for row in range(len(self._passages)) if self._near(row, chosen, reach=AROUND)]
        return Pool(
            passages=[self._passage(row, question, cosines) for row in rows],
            count=len(self._passages),
            mean_length=self._mean,
            holders={term: self._holders[term] for term in question.terms},
            total=len(rows),
        )

    def _near(self, row: int, chosen: NDArray[np.bool_], *, reach: int) -> bool:
        place = self._passages[row].conversation_id
        first, end = max(0, row - reach), min(len(chosen), row + reach + 1)
        return any(
            chosen[one] and self._passages[one].conversation_id == place
            for one in range(first, end)
        )

    def _words(self, question: Question) -> NDArray[np.float64]:
        """Return the BM25 of each message by itself, as the record chooses by it."""
        scores = np.zeros(len(self._passages))
        norms = K1 * (1 - B + B * self._lengths / self._mean)
        for term in question.terms:
            held = self._holders[term]
            rareness = np.log(1 + (len(scores) - held + 0.5) / (held + 0.5))
            times = np.array([terms[term] for terms in self._terms], dtype=np.float64)
            scores += rareness * times * (K1 + 1) / (times + norms)
        found: NDArray[np.float64] = scores
        return found

    def _passage(
        self, row: int, question: Question, cosines: NDArray[np.float64] | None
    ) -> Passage:
        terms = {term: self._terms[row][term] for term in question.terms if self._terms[row][term]}
        similarity = None if cosines is None else float(cosines[row])
        return replace(self._passages[row], terms=terms, similarity=similarity)
