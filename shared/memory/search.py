"""Keyword search over a few thousand things at most: BM25 over lemmas, pure and bounded.

Document frequencies are counted over the given items, so that what a user has said often weighs
less for that user. Okapi BM25: Robertson and Zaragoza, 2009, https://doi.org/10.1561/1500000019.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from shared.contracts.events import FactStatus, Priority
from shared.lexemes import lemmas
from shared.memory.models import Fact
from shared.memory.predicates import question_words

Kind: TypeAlias = Literal["message", "fact", "user", "system"]

_K1 = 1.2
_B = 0.4
# A question word stands for the fact in general, its own words for this one.
_QUESTION_WEIGHT = 0.5
_QUERY_CHARACTERS = 4000
_QUERY_LEMMAS = 64
_TEXT_CHARACTERS = 20_000
# How much the rest may add to a match of words: it decides between equals, no more.
_RECENCY = 0.1
_PRIORITY = {"low": -0.1, "medium": 0.0, "high": 0.1, "critical": 0.2}
_PINNED = 0.1
_HISTORY = 0.5


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can be found.

    `words` are found like those of the text, and weigh half; `status` is a fact's.
    """

    kind: Kind
    id: str
    text: str
    words: tuple[str, ...] = ()
    time: datetime | None = None
    priority: Priority = "medium"
    pinned: bool = False
    status: FactStatus | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """An item that was found; `signals` are the parts of its score."""

    item: Item
    score: float
    signals: dict[str, float] = field(default_factory=dict)


def fact_item(fact: Fact) -> Item:
    """Return a fact as it is searched for: its sentence and value, and what asks for it."""
    text = fact.text if fact.value in fact.text else f"{fact.text} {fact.value}"
    return Item(
        kind="fact",
        id=fact.id,
        text=text,
        words=question_words(fact.predicate),
        time=fact.recorded_at,
        priority=fact.priority,
        pinned=fact.pinned,
        status=fact.status,
    )


def rank(query: str, items: Iterable[Item], *, limit: int) -> list[Scored]:
    """Return the items that share a lemma with the query, best first, at most `limit`.

    A query without any content word finds nothing; of one longer than 64 different lemmas the first
    64 count.
    """
    given = list(items)
    wanted = list(dict.fromkeys(lemmas(query[:_QUERY_CHARACTERS])))[:_QUERY_LEMMAS]
    if not wanted or limit < 1:
        return []
    weights = [_weights(item) for item in given]
    matches = _bm25(wanted, weights)
    newest = _recencies(given)
    scored = [
        _scored(item, match, recency)
        for item, match, recency in zip(given, matches, newest, strict=True)
        if match > 0
    ]
    scored.sort(key=lambda one: (-one.score, -_seconds(one.item), one.item.id))
    return scored[:limit]


def _weights(item: Item) -> dict[str, float]:
    """Return how often each lemma stands in an item, those of its question words by half."""
    weights: dict[str, float] = dict(Counter(lemmas(item.text[:_TEXT_CHARACTERS])))
    for lemma in {lemma for word in item.words for lemma in lemmas(word)}:
        if lemma not in weights:
            weights[lemma] = _QUESTION_WEIGHT
    return weights


def _bm25(wanted: Sequence[str], weights: Sequence[dict[str, float]]) -> list[float]:
    """Return the BM25 score of each item."""
    count = len(weights)
    lengths = [sum(weight.values()) for weight in weights]
    mean = sum(lengths) / count if count else 0.0
    scores = [0.0] * count
    for lemma in wanted:
        holders = [index for index, weight in enumerate(weights) if lemma in weight]
        idf = math.log(1 + (count - len(holders) + 0.5) / (len(holders) + 0.5))
        for index in holders:
            frequency = weights[index][lemma]
            norm = _K1 * (1 - _B + _B * lengths[index] / mean)
            scores[index] += idf * frequency * (_K1 + 1) / (frequency + norm)
    return scores


def _recencies(items: Sequence[Item]) -> list[float]:
    """Return 1 for the newest item, down to 0 for the oldest, by their places in time."""
    times = sorted({item.time for item in items if item.time is not None})
    places = {time: index / max(1, len(times) - 1) for index, time in enumerate(times)}
    return [places[item.time] if item.time is not None else 0.0 for item in items]


def _scored(item: Item, match: float, recency: float) -> Scored:
    """Return an item with its score: the match, a little more or less by the other signals."""
    factor = 1 + _RECENCY * recency + _PRIORITY[item.priority] + _PINNED * item.pinned
    if item.status not in {None, "active"}:
        factor *= _HISTORY
    signals = {
        "bm25": round(match, 4),
        "recency": round(recency, 4),
        "priority": _PRIORITY[item.priority],
        "pinned": float(item.pinned),
    }
    return Scored(item, round(match * factor, 6), signals)


def _seconds(item: Item) -> float:
    """Return an item's time as a number; 0 where it has none."""
    return item.time.timestamp() if item.time is not None else 0.0
