"""What speaks for a message whatever its words: who said it, when, how much, how important."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

import numpy as np

from shared.lexemes import lemmas
from shared.memory.passages import Passage
from shared.memory.pool_scores import Flags, Numbers, standard
from shared.memory.questions import Question

_SPEAKER = 1.5
_LENGTH = 1.0
_LONG = 40
"""Terms from which on a message is no better for being longer: a pasted file is no memory."""
_LENGTHS = 0.4
"""How far the logarithms of lengths in a dialogue are from their mean: less is no difference."""

# The rest decides between near equals, no more.
_RECENCY = 0.2
_RECENCY_DAYS = 30.0
_PRIORITY = {"low": -0.3, "medium": 0.0, "high": 0.3, "critical": 0.6}
_USER = 0.3
"""What users say of themselves is better evidence than what they were answered."""
_ASKS = -0.4
"""Who only asks tells nothing."""

_DAY_S = 86_400.0


def of_messages(
    passages: Sequence[Passage], question: Question, *, at: datetime
) -> dict[str, Numbers]:
    """Return by their names what speaks for each passage, or against it."""
    lengths = np.array([min(p.length, _LONG) for p in passages], dtype=np.float64)
    return {
        "speaker": _SPEAKER * _array([_is_named(p, question) for p in passages]),
        "length": _LENGTH * standard(np.log1p(lengths), least=_LENGTHS),
        "role": _USER * _array([p.message.role == "user" for p in passages]),
        "asks": _ASKS * _array([p.message.content.rstrip().endswith("?") for p in passages]),
        "recency": _RECENCY * _array([_recency(p.message.time, at) for p in passages]),
        "priority": _array([_PRIORITY[p.message.priority] for p in passages]),
    }


def within(passages: Sequence[Passage], question: Question) -> Flags:
    """Tell which passages were said in the times that a question speaks of."""
    periods = question.periods
    return np.array(
        [any(one.start <= p.message.time < one.end for one in periods) for p in passages],
        dtype=np.bool_,
    )


def repeated(passages: Sequence[Passage], preferred: Numbers) -> Flags:
    """Tell which passages say what a better one says in the same words: the newest is the best.

    `preferred` are numbers that count before the time. A few words ("yes") are another answer
    each time.
    """
    best: dict[tuple[str, str | None, str], int] = {}
    found = np.zeros(len(passages), dtype=np.bool_)
    for row, passage in enumerate(passages):
        text = _bare(passage.message.content)
        if not text or not passage.candidate:
            continue
        said = (passage.message.role, passage.message.name, text)
        other = best.setdefault(said, row)
        if other == row:
            continue
        worse, better = sorted(
            (other, row), key=lambda one: _rank(passages[one], float(preferred[one]))
        )
        found[worse], best[said] = True, better
    return found


def _rank(passage: Passage, preferred: float) -> tuple[float, datetime, str, str]:
    message = passage.message
    return (preferred, message.time, passage.conversation_id, message.message_id)


def _is_named(passage: Passage, question: Question) -> bool:
    name = passage.message.name
    if name is None:
        return question.of_assistant and passage.message.role == "assistant"
    return not _words_of(name).isdisjoint(question.lemmas)


@lru_cache(maxsize=1024)
def _words_of(name: str) -> frozenset[str]:
    """Return the lemmas of a speaker's name."""
    return frozenset(lemmas(name))


def _recency(said: datetime, at: datetime) -> float:
    """Return 1 for what was said just now, and less the older it is; half after a month."""
    age = max(0.0, (at - said).total_seconds()) / _DAY_S
    return 1 / (1 + age / _RECENCY_DAYS)


_WORD = re.compile(r"\w+")
_FEW = 3
_READ = 2_000


@lru_cache(maxsize=8192)
def _bare(content: str) -> str:
    """Return what two texts share that say the same; nothing where they say too little."""
    found = _WORD.findall(content[:_READ].casefold())
    return " ".join(found) if len(found) >= _FEW else ""


def _array(values: Sequence[float]) -> Numbers:
    return np.array(values, dtype=np.float64)
