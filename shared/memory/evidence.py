"""How much of a question a passage meets in itself, from 0 to 1: by this, small talk finds nothing.

The score of a passage only tells how it stands among the others of a query.
"""

import numpy as np

from shared.memory.pool_scores import Numbers, PoolScores
from shared.memory.questions import Question

_DOUBT = 2.0
"""How much rareness a question must have before its words alone are evidence."""

# An embedder's cosines of what has nothing to do with each other, and of what says the same.
_COSINES = {"e5": (0.82, 0.90)}
_USUAL = (0.35, 0.75)


def evidence(
    scores: PoolScores, question: Question, cosines: Numbers, *, model: str = ""
) -> Numbers:
    """Return the evidence of each passage: words and vectors each bring a part of it.

    `cosines` are NaN where there is no vector; `model` made them.
    """
    words = scores.met(question.content, _DOUBT)
    low, high = next((told for name, told in _COSINES.items() if name in model.lower()), _USUAL)
    alike = np.nan_to_num(np.clip((cosines - low) / (high - low), 0.0, 1.0))
    found: Numbers = 1 - (1 - words) * (1 - alike)
    return found
