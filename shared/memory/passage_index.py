"""The record as recall searches it: the passages of one user that a question may mean."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from shared.contracts.parts import Message
from shared.memory.database import Database
from shared.memory.passages import Passage, Pool, Wanted, terms_of
from shared.memory.pool_sql import Shape, statement

MOST = 1_000
"""Passages of one kind in a pool: nobody reads more."""

MOST_AROUND = 5


class PassageIndex:
    """Reads what the indexer has written, and the few messages that it has not come to yet."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pool(self, user_id: str, wanted: Wanted) -> Pool:
        """Return what a user's record has for a question, in one statement.

        The newest messages that have no passage yet are in it as candidates, whatever is asked;
        `count` and `holders` leave them out. Of a long message the first INDEXED_CHARACTERS come.
        Raises DependencyDownError.
        """
        terms = tuple(dict.fromkeys(wanted.terms))
        asked = _asked(user_id, wanted, terms)
        async with self._database.session(user_id, search=True) as connection:
            found = await connection.execute(statement(_shape(wanted)), asked)
            *rows, statistics = found.all()
        _, total, holders, _, _, _, count, length, *_ = statistics
        if any(row[2] is None for row in rows):
            # What has no passage is read word by word: beside the loop.
            passages = await asyncio.to_thread(_passages, rows, terms)
        else:
            passages = _passages(rows, terms)
        return Pool(
            passages=passages,
            count=count or 0,
            mean_length=length / count if count else 0.0,
            holders=dict(zip(terms, holders or (), strict=False)),
            total=sum(p.candidate for p in passages) if total is None else total,
        )


def _shape(wanted: Wanted) -> Shape:
    filters = wanted.filters
    return Shape(
        terms=bool(wanted.terms),
        vector=wanted.vector is not None,
        periods=bool(wanted.periods),
        conversation=filters.conversation_id is not None,
        tags=bool(filters.tags),
        priority=filters.priority is not None,
        since=filters.since is not None,
        until=filters.until is not None,
        as_of=filters.as_of is not None,
        superseded=filters.include_superseded,
        expired=filters.include_expired,
    )


def _asked(user_id: str, wanted: Wanted, terms: Sequence[int]) -> dict[str, Any]:
    """Return the parameters of the statement of a pool; those that it has not do not matter."""
    filters = wanted.filters
    values = {
        "user": user_id,
        "terms": list(terms) or None,
        "vector": wanted.vector and "[" + ",".join(map(repr, wanted.vector)) + "]",
        "model": wanted.vector and wanted.model,
        "starts": [period.start for period in wanted.periods] or None,
        "ends": [period.end for period in wanted.periods] or None,
        "conversation": filters.conversation_id,
        "tags": list(filters.tags) or None,
        "priority": filters.priority,
        "since": filters.since,
        "until": filters.until,
        "as_of": filters.as_of,
        "at_most": min(max(wanted.at_most, 1), MOST),
        "around": min(max(wanted.around, 0), MOST_AROUND),
    }
    return {name: value for name, value in values.items() if value is not None}


def _passages(rows: Iterable[Sequence[Any]], terms: Sequence[int]) -> list[Passage]:
    return [_passage(row, terms) for row in rows]


def _passage(row: Sequence[Any], terms: Sequence[int]) -> Passage:
    # There may be thousands for one question: by place they are read faster than by name.
    candidate, length, counts, similarity, conversation_id, superseded, place, _, *of_message = row
    message = _message(place, of_message)
    if counts is None:
        known = terms_of(message)
        counts, length = [known[term] for term in terms], known.total()
    return Passage(
        conversation_id=conversation_id,
        message=message,
        terms={term: n for term, n in zip(terms, counts, strict=False) if n},
        length=length,
        similarity=similarity,
        candidate=candidate,
        superseded=superseded,
    )


def _message(place: int, row: Sequence[Any]) -> Message:
    id_, role, content, said, name, model, tokens, status, metadata, tags, priority, expires = row
    return Message(
        message_id=id_,
        role=role,
        content=content,
        time=said,
        order=place,
        name=name,
        model=model,
        tokens=tokens,
        status=status,
        metadata=metadata or {},
        tags=tuple(tags or ()),
        priority=priority,
        expires_at=expires,
    )
