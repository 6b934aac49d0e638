"""How much of a question a passage meets in itself, from 0 to 1: by this, small talk finds nothing.

The score of a passage only tells how it stands among the others of a query.
"""

from collections.abc import Sequence

import numpy as np

from shared.contracts.parts import Message
from shared.memory.passages import Passage
from shared.memory.pool_scores import Flags, Numbers, PoolScores
from shared.memory.questions import Question

_ROUGHLY = 0.7
_ASKS = 0.6
_ANSWERS = 0.85
_DOUBT = 2.0
"""How much rareness a question must have before its words alone are evidence."""

# An embedder's cosines of what has nothing to do with each other, and of what says the same.
_COSINES = {"centred": (0.23, 0.60), "e5": (0.82, 0.90)}
_USUAL = (0.35, 0.75)


def evidence(
    scores: PoolScores,
    passages: Sequence[Passage],
    question: Question,
    cosines: Numbers,
    *,
    in_time: Flags,
    model: str = "",
) -> Numbers:
    """Return the evidence of each passage: words and vectors each bring a part of it.

    Where a time is all that is asked for, whatever was said then is evidence, and where nothing
    is asked for, nothing is. `cosines` are NaN where there is no vector; `model` made them.
    """
    if not question.content:
        told = 1.0 if question.exact else _ROUGHLY
        return told * in_time.astype(np.float64) * _informative(passages, question)
    words = scores.met(question.content, _DOUBT)
    low, high = next((told for name, told in _COSINES.items() if name in model.lower()), _USUAL)
    alike = np.nan_to_num(np.clip((cosines - low) / (high - low), 0.0, 1.0))
    found: Numbers = 1 - (1 - words) * (1 - alike)
    return found * _informative(passages, question)


def _informative(passages: Sequence[Passage], question: Question) -> Numbers:
    """Return how much each passage can tell: one that only asks, or only answers, tells less."""
    return np.array([_share(p.message, question) for p in passages], dtype=np.float64)


def _share(message: Message, question: Question) -> float:
    told = _ASKS if message.content.rstrip().endswith("?") else 1.0
    answers = message.role == "assistant" and message.name is None and not question.of_assistant
    return told * _ANSWERS if answers else told
