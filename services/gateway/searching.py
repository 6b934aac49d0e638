"""Searches in what is remembered of a user: facts, preferences, and the system's memory."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.gateway.candidates import Candidate, of_system, of_user, passes
from services.gateway.query_schemas import (
    CHARACTERS_PER_TOKEN,
    MOST_RESULTS,
    QueryBody,
    QueryResult,
)
from shared.memory.models import StatedMemory, SystemMemory
from shared.memory.reading import Reading
from shared.memory.search import Item, Scored, rank

MESSAGES, SEMANTIC = "messages", "semantic"

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


class Searching:
    """Answers queries by keyword. Methods raise DependencyDownError where no store answers."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    async def search(self, user_id: str, asked: QueryBody) -> Found:
        """Return what is found of a user, best first."""
        stated, memories = StatedMemory(), list[SystemMemory]()
        if asked.memory_type in {None, "fact", "user"}:
            stated = await self._reading.stated(user_id)
        if asked.memory_type in {None, "system"}:
            memories = await self._reading.system_memories()
        # Thousands of facts take a while, in which others want to be served.
        return await asyncio.to_thread(_searched, user_id, stated, memories, asked)


def _searched(
    user_id: str, stated: StatedMemory, memories: Sequence[SystemMemory], asked: QueryBody
) -> Found:
    every = [*of_user(user_id, stated, asked), *of_system(memories, asked)]
    candidates = {(one.item.kind, one.item.id): one for one in every if passes(one, asked)}
    items = [one.item for one in candidates.values()]
    if asked.query is None or not asked.query.strip():
        scored = _unasked(items)
    else:
        scored = rank(asked.query, items, limit=len(items))
    results = [_result(one, candidates[one.item.kind, one.item.id]) for one in _settled(scored)]
    limited = _within(results[: min(asked.limit, MOST_RESULTS)], asked.max_tokens)
    return Found(limited, len(results), _degraded(asked))


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


def _result(scored: Scored, one: Candidate) -> QueryResult:
    item = scored.item
    return QueryResult(
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


def _within(results: list[QueryResult], max_tokens: int | None) -> list[QueryResult]:
    """Return the best results whose texts fit together; a shorter one may follow a long one."""
    if max_tokens is None:
        return results
    left, kept = max_tokens, []
    for one in results:
        tokens = -(-len(one.text) // CHARACTERS_PER_TOKEN)
        if tokens <= left:
            left -= tokens
            kept.append(one)
    return kept


def _degraded(asked: QueryBody) -> list[str]:
    found = []
    if asked.memory_type in {None, "conversation"}:
        found.append(MESSAGES)
    if asked.mode == "semantic":
        found.append(SEMANTIC)
    return found
