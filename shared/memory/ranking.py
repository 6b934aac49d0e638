"""Which passages of a pool answer a question, best first. Pure: the stores bring the passages.

The weights were measured on dialogues of months (docs/architecture/recall.md): a sum of standard
scores is better than a sum of ranks, and a passage with its neighbours better than alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from shared.contracts.parts import Message
from shared.memory.evidence import evidence
from shared.memory.message_signals import of_messages, repeated, within
from shared.memory.passages import Passage, Pool
from shared.memory.pool_scores import Flags, Numbers, PoolScores, standard
from shared.memory.questions import Question
from shared.memory.recall import RecalledPassage, RecallQuery

MOST = 1_000
"""Results of one query, whatever is asked for."""

_WORDS = 1.5
_VECTOR = 1.0
_WINDOW = 1.0
_MET = 0.7
"""The share of a question from which on its words are as good as they can be."""

_TIME = 5.0
"""For what was said in the time that is spoken of: more than most words, for what was said a week
later may tell of it."""
_ABOUT_TIME = 1.5
"""For what was said in a time that is spoken of roughly ("lately")."""

# How many times the whole spread of the scores, so that nothing else counts before.
_IN_TIME = 1
_REPEATED = -2
_SUPERSEDED = -4


class Ranked(NamedTuple):
    """What was found, best first, and of how many."""

    passages: tuple[RecalledPassage, ...] = ()
    eligible: int = 0


@dataclass(frozen=True, slots=True)
class _Ranking:
    """A pool with what speaks for each passage: its signals, their sum, its evidence."""

    passages: Sequence[Passage]
    signals: Mapping[str, Numbers]
    scores: Numbers
    evidences: Numbers
    by_time: bool

    def place(self, row: int) -> tuple[float, float, str, str]:
        """Return where a passage stands among the others: where they are equal, the newest."""
        passage = self.passages[row]
        message = passage.message
        score = 0.0 if self.by_time else -float(self.scores[row])
        return (score, -message.time.timestamp(), passage.conversation_id, message.message_id)

    def result(self, row: int) -> RecalledPassage:
        """Return a passage as it was found."""
        passage = self.passages[row]
        parts = {name: round(float(values[row]), 4) for name, values in self.signals.items()}
        return RecalledPassage(
            conversation_id=passage.conversation_id,
            message=passage.message,
            score=round(float(self.scores[row]), 6),
            evidence=round(float(self.evidences[row]), 4),
            signals={name: part for name, part in parts.items() if part},
            superseded=passage.superseded,
            before=self._beside(row, row - 1),
            after=self._beside(row, row + 1),
        )

    def _beside(self, row: int, other: int) -> Message | None:
        """Return a neighbour in the same conversation; None where the pool has none."""
        if not 0 <= other < len(self.passages):
            return None
        same = self.passages[row].conversation_id == self.passages[other].conversation_id
        return self.passages[other].message if same else None


def rank(question: Question, pool: Pool, query: RecallQuery, *, model: str = "") -> Ranked:
    """Return the candidates of a pool that answer a question, best first, at most `query.limit`.

    `model` made the vectors. Without a text all candidates are found, newest first; with one those
    that have a vector, or of which the window has a word of the question. What was said in the time
    that is all that is asked for comes before all else; what was said twice comes after all else
    but once, as its latest; what was superseded comes last.
    """
    passages, limit = pool.passages, min(query.limit, MOST)
    if limit < 1 or not passages:
        return Ranked()
    scores = PoolScores(pool, question.terms)
    words = scores.words()
    cosines, windows, known = scores.cosines()
    if query.mode == "keyword":
        known = np.zeros_like(known)
    in_time = within(passages, question)
    # A season alone is all that there is to go by, however roughly it is named.
    bound = bool(question.periods) and not question.content
    signals = of_messages(passages, question, at=query.at)
    signals["bm25"] = standard(words) * _weight_of_words(scores, question, query, known)
    signals["vector"] = _VECTOR * standard(cosines, known)
    signals["window"] = _WINDOW * standard(windows, known)
    signals["unembedded"] = (_VECTOR + _WINDOW) * _stand_in(words, cosines, known)
    signals["time"] = (_TIME if question.exact else _ABOUT_TIME) * in_time.astype(np.float64)
    signals |= _tiers(passages, signals, in_time & bound)
    ranking = _Ranking(
        passages,
        signals,
        _summed(signals),
        evidence(
            scores,
            passages,
            question,
            np.where(known, cosines, np.nan),
            in_time=in_time,
            model=model,
        ),
        by_time=not question.text,
    )
    eligible = _eligible(passages, query)
    if question.text:
        eligible &= known | (words > 0) | (in_time & (question.exact or bound))
    order = sorted(map(int, np.flatnonzero(eligible)), key=ranking.place)
    return Ranked(tuple(ranking.result(row) for row in order[:limit]), len(order))


def _weight_of_words(
    scores: PoolScores, question: Question, query: RecallQuery, known: Flags
) -> float:
    """Return how much the words count: beside vectors the less, the less of them anything meets.

    Standard scores make much even of the best of bad matches.
    """
    if not known.any():
        return _WORDS
    if query.mode == "semantic":
        return 0.0
    if not question.content:
        return _WORDS
    met = float(scores.met(question.content).max())
    return _WORDS * min(1.0, met / _MET)


def _stand_in(words: Numbers, cosines: Numbers, known: Flags) -> Numbers:
    """Return what stands in for the standard score of a vector that is not there yet.

    That is how good the words are, at most the best of the vectors: what was said a second ago
    must not fall behind all that is merely like the question.
    """
    if not known.any():
        return np.zeros_like(words)
    best = max(float(standard(cosines, known).max()), 0.0)
    found: Numbers = np.where(known, 0.0, np.clip(standard(words), 0.0, best))
    return found


def _eligible(passages: Sequence[Passage], query: RecallQuery) -> Flags:
    """Tell which passages may be results."""
    left_out = query.left_out
    return np.array(
        [p.candidate and p.message.message_id not in left_out for p in passages], dtype=np.bool_
    )


def _tiers(
    passages: Sequence[Passage], signals: Mapping[str, Numbers], bound: Flags
) -> dict[str, Numbers]:
    """Return what counts before all signals: each is larger than the spread of their sum.

    `bound` are those that were said in the time that is all that is asked for.
    """
    spread = float(np.ptp(_summed(signals))) + 1.0
    superseded = np.array([float(p.superseded) for p in passages], dtype=np.float64)
    timely = signals["time"] + bound
    twice = repeated(passages, timely - 10.0 * superseded).astype(np.float64)
    return {
        "time": signals["time"] + bound * (_IN_TIME * spread),
        "repeated": twice * (_REPEATED * spread),
        "superseded": superseded * (_SUPERSEDED * spread),
    }


def _summed(signals: Mapping[str, Numbers]) -> Numbers:
    found: Numbers = np.sum(list(signals.values()), axis=0)
    return found
