"""How good an answer to a question of recall is: a ranking against the evidence.

Recall is the share of a question's evidence that is found, averaged over questions; a question
with several pieces of evidence counts once.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean, quantiles

from benchmarks.recall.dialogues import Asked

DEPTHS = (5, 10, 20, 50)
BUDGETS = (500, 1_000, 2_000)
"""Tokens of all texts together; a token is 4 characters, rounded up for each text."""

CHARACTERS_PER_TOKEN = 4
GAIN_DEPTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was found for a question: ids, best first, and which of them fit into each budget."""

    ranking: Sequence[str]
    within: Mapping[int, Collection[str]] = field(default_factory=dict)
    took_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Figures of some questions. `within` are shares of the evidence by budget."""

    questions: int
    recall: Mapping[int, float]
    reciprocal_rank: float
    gain: float
    within: Mapping[int, float]
    p50_ms: float
    p95_ms: float


def recall(ranking: Sequence[str], evidence: Collection[str], depth: int) -> float:
    """Return the share of the evidence among the first `depth` of a ranking."""
    return share(ranking[:depth], evidence)


def share(found: Collection[str], evidence: Collection[str]) -> float:
    """Return how much of the evidence was found."""
    return sum(one in found for one in evidence) / len(evidence)


def reciprocal_rank(ranking: Sequence[str], evidence: Collection[str]) -> float:
    """Return 1 by the place of the first piece of evidence, 0 without any."""
    places = (place for place, one in enumerate(ranking, start=1) if one in evidence)
    first = next(places, None)
    return 1 / first if first else 0.0


def gain(ranking: Sequence[str], evidence: Collection[str], depth: int = GAIN_DEPTH) -> float:
    """Return nDCG: what evidence is worth by its place, against the best order."""
    found = sum(
        1 / math.log2(place + 1)
        for place, one in enumerate(ranking[:depth], start=1)
        if one in evidence
    )
    best = sum(1 / math.log2(place + 1) for place in range(1, min(len(evidence), depth) + 1))
    return found / best


def tokens(text: str) -> int:
    """Return how many tokens a text counts."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def fitting(ranking: Iterable[str], texts: Mapping[str, str], budget: int) -> list[str]:
    """Return the best whose texts fit together; a shorter one may follow one that is too long."""
    left, kept = budget, []
    for one in ranking:
        cost = tokens(texts[one])
        if cost <= left:
            left -= cost
            kept.append(one)
    return kept


def figures(answered: Sequence[tuple[Asked, Answer]]) -> Figures:
    """Average over questions, of which there must be one."""
    of = [(answer, set(asked.evidence)) for asked, answer in answered]
    times = sorted(answer.took_ms for answer, _ in of)
    cuts = quantiles(times, n=20, method="inclusive") if len(times) > 1 else times * 19
    return Figures(
        questions=len(of),
        recall={depth: mean(recall(a.ranking, e, depth) for a, e in of) for depth in DEPTHS},
        reciprocal_rank=mean(reciprocal_rank(a.ranking, e) for a, e in of),
        gain=mean(gain(a.ranking, e) for a, e in of),
        within={size: mean(share(a.within.get(size, ()), e) for a, e in of) for size in BUDGETS},
        p50_ms=cuts[9],
        p95_ms=cuts[18],
    )
