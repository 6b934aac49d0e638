"""Searches in what is remembered of a user: messages, facts, preferences, the system's memory."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.gateway.candidates import Candidate, of_system, of_user, passes
from services.gateway.mixing import Hit, mixed, newest_first, within
from services.gateway.query_schemas import MOST_RESULTS, QueryBody, QueryResult
from services.gateway.said import in_time, of_messages, recall_query
from shared.contracts.parts import utcnow
from shared.memory.models import StatedMemory, SystemMemory
from shared.memory.passages import term
from shared.memory.questions import Question, question_of
from shared.memory.reading import Reading
from shared.memory.recall import Recalled
from shared.memory.recalling import Recall
from shared.memory.search import Item, Scored, rank

SEMANTIC = "semantic"
"""Facts, preferences and the system's memory have no vectors: words alone found them."""

_PRIORITY = {"low": 0.0, "medium": 0.25, "high": 0.5, "critical": 0.75}
"""What a priority adds where nothing is asked for, and the newest counts 1."""

_PAST = 0.99
"""Keeps what holds no longer below what holds."""


@dataclass(frozen=True, slots=True)
class Found:
    """The results within the limits, and how many there are in all."""

    results: list[QueryResult]
    total: int
    degraded: list[str]


@dataclass(frozen=True, slots=True)
class Known:
    """What the stores have brought."""

    stated: StatedMemory
    memories: Sequence[SystemMemory]
    recalled: Recalled


class Searching:
    """Answers queries. Methods raise DependencyDownError where no store answers."""

    def __init__(self, reading: Reading, recall: Recall) -> None:
        self._reading = reading
        self._recall = recall

    async def search(self, user_id: str, asked: QueryBody) -> Found:
        """Return what is found of a user, best first."""
        known = Known(
            *await asyncio.gather(
                self._stated(user_id, asked), self._system(asked), self._recalled(user_id, asked)
            )
        )
        # Thousands of facts take a while, in which others want to be served.
        return await asyncio.to_thread(answered, user_id, known, asked)

    async def _stated(self, user_id: str, asked: QueryBody) -> StatedMemory:
        if asked.memory_type not in {None, "fact", "user"}:
            return StatedMemory()
        return await self._reading.stated(user_id)

    async def _system(self, asked: QueryBody) -> list[SystemMemory]:
        return (
            await self._reading.system_memories() if asked.memory_type in {None, "system"} else []
        )

    async def _recalled(self, user_id: str, asked: QueryBody) -> Recalled:
        if asked.memory_type not in {None, "conversation"}:
            return Recalled()
        query = recall_query(asked, at=asked.as_of or utcnow())
        return await self._recall.search(user_id, query)


def answered(user_id: str, known: Known, asked: QueryBody) -> Found:
    """Return what of that which the stores have brought answers a query. Pure."""
    question = question_of(asked.query or "", at=asked.as_of or utcnow())
    said = of_messages(user_id, known.recalled, question)
    if asked.memory_type == "conversation":
        hits, total = said, known.recalled.total
    else:
        items = _of_items(user_id, known, asked, question)
        total = len(items) + known.recalled.total
        if asked.memory_type is not None:
            hits = items
        else:
            hits = mixed([items, said]) if question.text else newest_first([items, said])
    limit = min(asked.limit, MOST_RESULTS)
    results = within(hits, limit=limit, max_tokens=asked.max_tokens)
    return Found(results, total, _degraded(known.recalled, asked))


def _of_items(user_id: str, known: Known, asked: QueryBody, question: Question) -> list[Hit]:
    """Return the facts, preferences and memories of the system that are found, best first."""
    every = [*of_user(user_id, known.stated, asked), *of_system(known.memories, asked)]
    candidates = {(one.item.kind, one.item.id): one for one in every if passes(one, asked)}
    items = [one.item for one in candidates.values()]
    if not question.text:
        scored = _unasked(items)
    else:
        content = frozenset(one for one in question.lemmas if term(one) in question.content)
        scored = rank(question.text, items, limit=len(items), content=content)
    return [_hit(one, candidates[one.item.kind, one.item.id], question) for one in _settled(scored)]


def _unasked(items: Sequence[Item]) -> list[Scored]:
    """Return all items, the newest first, by priority and pins a little before that."""
    ordered = sorted(items, key=lambda item: item.time.timestamp() if item.time else 0.0)
    found = []
    for place, item in enumerate(ordered, start=1):
        signals = {
            "recency": round(place / len(ordered), 4),
            "priority": _PRIORITY[item.priority],
            "pinned": float(item.pinned),
        }
        found.append(Scored(item, round(sum(signals.values()), 6), signals))
    return sorted(found, key=lambda one: -one.score)


def _settled(scored: Sequence[Scored]) -> list[Scored]:
    """Return what was found with all that holds no longer below all that holds."""
    holds = [one for one in scored if one.item.status in {None, "active"}]
    past = [one for one in scored if one.item.status not in {None, "active"}]
    least = min((one.score for one in holds), default=None)
    if past and least is not None and past[0].score >= least:
        factor = _PAST * least / past[0].score
        past = [replace(one, score=round(one.score * factor, 6)) for one in past]
    return [*holds, *past]


def _hit(scored: Scored, one: Candidate, question: Question) -> Hit:
    item = scored.item
    result = QueryResult(
        kind=item.kind,
        id=item.id,
        message_id=one.message_id,
        conversation_id=one.conversation_id,
        user_id=one.user_id,
        text=one.text,
        time=item.time,
        score=scored.score,
        signals=scored.signals,
        status=item.status,
        tags=list(one.tags),
        priority=item.priority,
    )
    return Hit(
        result,
        evidence=in_time(scored.evidence, item.time, question),
        past=item.status not in {None, "active"},
    )


def _degraded(recalled: Recalled, asked: QueryBody) -> list[str]:
    by_words = asked.mode == "semantic" and asked.memory_type != "conversation"
    return [*recalled.degraded, *([SEMANTIC] if by_words else [])]
