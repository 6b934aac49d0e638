"""Keyword search over a few thousand things at most: BM25 over lemmas, pure and bounded.

Document frequencies are counted over the given items, so that what a user has said often weighs
less for that user. Okapi BM25: Robertson and Zaragoza, 2009, https://doi.org/10.1561/1500000019.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Literal, TypeAlias

from shared.contracts.parts import FactStatus, Priority
from shared.lexemes import lemmas
from shared.memory.kinds import kinds_of
from shared.memory.models import Fact
from shared.memory.predicates import question_words, sentence

Kind: TypeAlias = Literal["message", "fact", "user", "system"]

_K1 = 1.2
_B = 0.4
# A question word stands for the fact in general, its own words for this one.
_QUESTION_WEIGHT = 0.5
_KIND_WEIGHT = 0.8
# "Who" asks for a name and a spouse, too: what is asked for tells more.
_ASKING_WEIGHT = 0.2
_ASKING = re.compile(r"\b(?:where|who|when|from|где|куда|откуда|когда|кто|кем)\b", re.IGNORECASE)
"""Stop words that ask: found only among what asks for an item."""
_QUERY_CHARACTERS = 4000
_QUERY_LEMMAS = 64
_TEXT_CHARACTERS = 20_000
# How much the rest may add to a match of words: it decides between equals, no more.
_RECENCY = 0.1
_PRIORITY = {"low": -0.1, "medium": 0.0, "high": 0.1, "critical": 0.2}
_PINNED = 0.1
_HISTORY = 0.5
_PARTLY = 1.5
_FEWEST = 100
"""Among a few items, a word in each tenth is not as common as the share tells."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can be found.

    `text` is what it says itself, `kinds` name what that is, `words` ask for it in general: they
    weigh less in this order. `status` is a fact's.
    """

    kind: Kind
    id: str
    text: str
    words: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    time: datetime | None = None
    priority: Priority = "medium"
    pinned: bool = False
    status: FactStatus | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """An item that was found; `signals` are the parts of its score.

    `evidence` (0 to 1) is how much of the question it meets, whatever the other items.
    """

    item: Item
    score: float
    signals: dict[str, float] = field(default_factory=dict)
    evidence: float = 0.0


def fact_item(fact: Fact) -> Item:
    """Return a fact as it is searched for.

    Of a sentence of the table the value alone says something, the rest asks for the predicate.
    """
    plain = fact.text == sentence(fact.predicate, fact.value, fact.lang)
    return Item(
        kind="fact",
        id=fact.id,
        text=fact.value if plain else f"{fact.text} {fact.value}",
        words=question_words(fact.predicate),
        kinds=kinds_of(fact.value),
        time=fact.recorded_at,
        priority=fact.priority,
        pinned=fact.pinned,
        status=fact.status,
    )


def rank(
    query: str, items: Iterable[Item], *, limit: int, content: frozenset[str] = frozenset()
) -> list[Scored]:
    """Return the items that share a lemma with the query, best first, at most `limit`.

    A query of stop words that ask nothing finds nothing; of one longer than 64 different lemmas the
    first 64 count. What holds no longer comes after all that holds. `content` are the lemmas that
    an answer should meet; where none is told, all of the query.
    """
    given = list(items)
    wanted = list(dict.fromkeys(_asked(query[:_QUERY_CHARACTERS])))[:_QUERY_LEMMAS]
    if not wanted or limit < 1:
        return []
    weights = [_weights(item) for item in given]
    matches = _bm25(wanted, weights)
    newest = _recencies(given)
    met = _evidence([lemma for lemma in wanted if not content or lemma in content], weights)
    scored = [
        _scored(item, match, recency, evidence)
        for item, match, recency, evidence in zip(given, matches, newest, met, strict=True)
        if match > 0
    ]
    return sorted(_history_last(scored), key=_place)[:limit]


def _asked(text: str) -> list[str]:
    """Return what is looked up for a text: its lemmas, and marked ones for the words that ask."""
    return lemmas(text) + [f"?{word}" for word in _ASKING.findall(text.casefold())]


def _weights(item: Item) -> dict[str, float]:
    """Return the lemmas by which an item is found, with how much each of them counts."""
    weights: dict[str, float] = dict(Counter(lemmas(item.text[:_TEXT_CHARACTERS])))
    for words, weight in ((item.kinds, _KIND_WEIGHT), (item.words, _QUESTION_WEIGHT)):
        for lemma in _lemmas_of(words):
            weights.setdefault(lemma, _ASKING_WEIGHT if lemma.startswith("?") else weight)
    return weights


@lru_cache(maxsize=1024)
def _lemmas_of(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return what words of the tables are found by."""
    return tuple(dict.fromkeys(lemma for word in words for lemma in _asked(word)))


def _bm25(wanted: Sequence[str], weights: Sequence[dict[str, float]]) -> list[float]:
    """Return the BM25 score of each item."""
    count = len(weights)
    lengths = [sum(one for one in weight.values() if one >= 1) for weight in weights]
    mean = sum(lengths) / count if any(lengths) else 1.0
    scores = [0.0] * count
    for lemma in wanted:
        holders = [index for index, weight in enumerate(weights) if lemma in weight]
        idf = _idf(count, len(holders))
        for index in holders:
            frequency = weights[index][lemma]
            norm = _K1 * (1 - _B + _B * lengths[index] / mean)
            scores[index] += idf * frequency * (_K1 + 1) / (frequency + norm)
    return scores


def _evidence(sought: Sequence[str], weights: Sequence[dict[str, float]]) -> list[float]:
    """Return how much of what is sought each item meets, by rareness.

    An item is a sentence that is whole without a context: where it misses half of a question it is
    a good deal less than half of an answer.
    """
    asks = [lemma for lemma in sought if not lemma.startswith("?")] or sought
    count = max(len(weights), _FEWEST)
    held = {lemma: sum(lemma in weight for weight in weights) for lemma in asks}
    rareness = {lemma: _idf(count, holders) for lemma, holders in held.items()}
    most = sum(rareness.values()) or 1.0
    shares = [sum(rareness[one] for one in asks if one in weight) / most for weight in weights]
    return [share**_PARTLY for share in shares]


def _idf(count: int, holders: int) -> float:
    return math.log(1 + (count - holders + 0.5) / (holders + 0.5))


def _recencies(items: Sequence[Item]) -> list[float]:
    """Return 1 for the newest item, down to 0 for the oldest, by their places in time."""
    times = sorted({item.time for item in items if item.time is not None})
    places = {time: index / max(1, len(times) - 1) for index, time in enumerate(times)}
    return [places[item.time] if item.time is not None else 0.0 for item in items]


def _scored(item: Item, match: float, recency: float, evidence: float) -> Scored:
    """Return an item with its score: the match, a little more or less by the other signals."""
    factor = 1 + _RECENCY * recency + _PRIORITY[item.priority] + _PINNED * item.pinned
    signals = {
        "bm25": round(match, 4),
        "recency": round(recency, 4),
        "priority": _PRIORITY[item.priority],
        "pinned": float(item.pinned),
    }
    return Scored(item, round(match * factor, 6), signals, evidence)


def _history_last(scored: Sequence[Scored]) -> list[Scored]:
    """Return what was found, with what holds no longer scored below all that holds."""
    holds = [one.score for one in scored if _holds(one.item)]
    past = [one.score for one in scored if not _holds(one.item)]
    if not holds or not past:
        return list(scored)
    factor = min(1.0, _HISTORY * min(holds) / max(past))
    return [
        one if _holds(one.item) else replace(one, score=round(one.score * factor, 6))
        for one in scored
    ]


def _holds(item: Item) -> bool:
    """Tell whether an item is not of the past."""
    return item.status in {None, "active"}


def _place(one: Scored) -> tuple[float, float, str]:
    """Return where a result stands among the others."""
    return (-one.score, -_seconds(one.item), one.item.id)


def _seconds(item: Item) -> float:
    """Return an item's time as a number; 0 where it has none."""
    return item.time.timestamp() if item.time is not None else 0.0
