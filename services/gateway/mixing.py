"""Puts what was found of several kinds into one order. Pure.

The scores of two kinds say nothing about each other. How much of the question each result meets
does: a fact that answers stands before messages that merely mention it, and a message that answers
before facts that do not. Each kind keeps its own order.
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from services.gateway.query_schemas import CHARACTERS_PER_TOKEN, QueryResult

BEHIND = 5
"""How many results, with itself, tell how good one is."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A result, and its `evidence`: how much of the question it meets, from 0 to 1.

    One that is `past` holds no longer; `again` says what a better one has said.
    """

    result: QueryResult
    evidence: float = 0.0
    past: bool = False
    again: bool = False


def mixed(kinds: Iterable[Sequence[Hit]]) -> list[Hit]:
    """Return the hits of several kinds, each best first, in one order with one score.

    Of two that meet as much of the question that of the earlier kind comes first. What holds no
    longer comes after all that holds.
    """
    lists = list(kinds)
    holds = _merged([[hit for hit in hits if not hit.past] for hits in lists])
    past = _merged([[hit for hit in hits if hit.past] for hits in lists])
    return [*holds, *_below(past, holds)]


def newest_first(kinds: Iterable[Sequence[Hit]]) -> list[Hit]:
    """Return the hits of several kinds where nothing was asked for; the newest scores 1."""
    hits = [hit for hits in kinds for hit in hits]
    hits.sort(key=lambda hit: hit.result.time.timestamp() if hit.result.time else 0.0, reverse=True)
    ordered = [*(hit for hit in hits if not hit.past), *(hit for hit in hits if hit.past)]
    scores = [round(1 - place / len(ordered), 4) for place in range(len(ordered))]
    return [_scored(*one, {"recency": one[1]}) for one in zip(ordered, scores, strict=True)]


def within(hits: Iterable[Hit], *, limit: int, max_tokens: int | None) -> list[QueryResult]:
    """Return the best results whose texts fit together; a shorter one may follow a long one.

    Messages come without their neighbours: in 1,000 tokens of LoCoMo (words alone, 164 questions)
    single ones held .87 of the evidence, those with a neighbour on either side .83.
    """
    left, kept = max_tokens, list[QueryResult]()
    for hit in hits:
        if len(kept) == limit or left == 0:
            break
        if left is not None:
            tokens = -(-len(hit.result.text) // CHARACTERS_PER_TOKEN)
            if tokens > left:
                continue
            left -= tokens
        kept.append(hit.result)
    return kept


def _merged(lists: Iterable[Sequence[Hit]]) -> list[Hit]:
    """Return hits by how much of the question they, or what stands next behind them, meets."""
    keyed = [list(zip(_keys(hits), hits, strict=True)) for hits in lists]
    ordered = heapq.merge(*keyed, key=lambda one: -one[0])
    return [
        _scored(hit, key, {**hit.result.signals, "evidence": round(hit.evidence, 4)})
        for key, hit in ordered
    ]


def _keys(hits: Sequence[Hit]) -> list[float]:
    """Return a number for each hit that never rises from one to the next.

    What stands shortly before another in its kind is the better answer, for reasons that evidence
    does not know: it counts as much. How many were asked for makes no difference.
    """
    evidences = [0.0 if hit.again else hit.evidence for hit in hits]
    keys, least = list[float](), 1.0
    for place in range(len(hits)):
        least = min(least, max(evidences[place : place + BEHIND]))
        keys.append(least)
    return keys


def _below(past: Sequence[Hit], holds: Sequence[Hit]) -> list[Hit]:
    """Return what holds no longer with scores below those of all that holds."""
    if not past or not holds or not (most := past[0].result.score):
        return list(past)
    factor = min(1.0, 0.99 * holds[-1].result.score / most)
    return [_scored(hit, hit.result.score * factor, hit.result.signals) for hit in past]


def _scored(hit: Hit, score: float, signals: dict[str, float]) -> Hit:
    told = hit.result.model_copy(update={"score": round(score, 6), "signals": signals})
    return replace(hit, result=told)
