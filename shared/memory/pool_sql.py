"""The one statement that brings a pool: what is best by words, nearest, latest, and around it.

It is put together of the parts that are asked for (`pool_parts.py`).
"""

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger, DateTime, Text

from shared.memory import pool_parts as parts

EXACT = 20_000
"""Passages of a user up to which all vectors are compared."""

CLOSE = 3_000
"""Vectors that are compared where sketches choose. Of LoCoMo's messages, .91 of the nearest 0.2 %
are among the 3 % with the nearest sketches, and more of the very nearest."""

COUNTED = 10_000
"""How far it is counted what passes the filters where nothing else is asked."""

UNINDEXED = 32
"""Messages without a passage that are looked at, the newest: they are read word by word."""


class Shape(NamedTuple):
    """What a statement looks for, and what it filters by."""

    terms: bool
    vector: bool
    periods: bool
    conversation: bool
    tags: bool
    priority: bool
    since: bool
    until: bool
    as_of: bool
    superseded: bool
    expired: bool


_TYPES: dict[str, ARRAY[Any]] = {
    "terms": ARRAY(BigInteger),
    "tags": ARRAY(Text),
    "starts": ARRAY(DateTime(timezone=True)),
    "ends": ARRAY(DateTime(timezone=True)),
}


@cache
def statement(shape: Shape) -> TextClause:
    """Return the statement of a shape; its rows are those of `parts.TOLD`."""
    conditions, lasting = _conditions(shape), _lasting(shape)
    steps, sources = _steps(shape, conditions, lasting)
    chosen = "\nUNION ".join(f"SELECT passage_id FROM {source}" for source in sources)
    steps.append(
        parts.AROUND.format(
            unindexed=UNINDEXED,
            conditions=f"AND p.status <> 'failed' AND btrim(p.content) <> '' {conditions}",
            lasting=lasting,
            chosen=chosen,
        )
    )
    told = parts.TOLD.format(
        candidate=f"(true {conditions})",
        counts=parts.COUNTS if shape.terms else "CAST('{}' AS bigint[])",
        similarity=f"-(e.embedding <#> {parts.VECTOR})" if shape.vector else "NULL",
        embeddings=parts.EMBEDDINGS if shape.vector else "",
        holders=parts.HOLDERS if shape.terms else "NULL",
        total=_total(shape, conditions),
        columns=", ".join(parts.COLUMNS),
        nothing=", ".join(["NULL"] * len(parts.COLUMNS)),
    )
    return _typed(f"WITH {','.join(steps)}\n{told}")


def _steps(shape: Shape, conditions: str, lasting: str) -> tuple[list[str], list[str]]:
    """Return the steps that find something, and the names of those whose finds are chosen."""
    steps, sources, visible = [], [], ""
    if shape.terms or shape.vector:
        visible = "AND passage_id IN (SELECT passage_id FROM eligible)"
        found = f"SELECT passage_id FROM passages AS p WHERE user_id = :user {conditions}"
        if conditions == lasting:
            # What does not hold any more is little: it is left out, not looked for in all.
            visible = "AND passage_id NOT IN (SELECT passage_id FROM eligible)" if lasting else ""
            found = "\n        UNION ALL ".join(_hidden(shape))
        if visible:
            steps.append(f"\neligible AS MATERIALIZED (\n    {found}\n)")
    if shape.terms:
        steps += [parts.ASKED, parts.BEST.format(visible=visible)]
        sources.append("best")
    if shape.vector:
        steps.append(
            parts.NEAREST.format(visible=visible, vector=parts.VECTOR, exact=EXACT, close=CLOSE)
        )
        sources.append("nearest")
    if shape.periods or not sources:
        latest = parts.SAID_IN if shape.periods else parts.LATEST
        steps.append(latest.format(conditions=conditions))
        sources.append("latest")
    return steps, sources


def _lasting(shape: Shape) -> str:
    conditions = ""
    if not shape.superseded:
        conditions += "AND NOT p.superseded "
    if not shape.expired:
        conditions += "AND (p.expires_at IS NULL OR p.expires_at > now()) "
    return conditions + ("AND p.caused_at <= :as_of " if shape.as_of else "")


def _conditions(shape: Shape) -> str:
    conditions = {
        "p.conversation_id = :conversation": shape.conversation,
        "p.tags @> CAST(:tags AS text[])": shape.tags,
        "p.priority = :priority": shape.priority,
        "p.said_at >= :since": shape.since,
        "p.said_at <= :until": shape.until,
    }
    return _lasting(shape) + "".join(f"AND {one} " for one, asked in conditions.items() if asked)


def _hidden(shape: Shape) -> list[str]:
    found = "SELECT passage_id FROM passages AS p WHERE user_id = :user AND "
    return [
        found + condition
        for condition, shown in (
            ("superseded", shape.superseded),
            ("expires_at <= now()", shape.expired),
            ("caused_at > :as_of", not shape.as_of),
        )
        if not shown
    ]


def _total(shape: Shape, conditions: str) -> str:
    if shape.terms:
        return "(SELECT count(*) FROM matching)"
    if shape.vector or shape.periods:
        return "NULL"
    found = f"SELECT FROM passages AS p WHERE p.user_id = :user {conditions} LIMIT {COUNTED}"
    return f"(SELECT count(*) FROM ({found}) AS passing)"


def _typed(statement: str) -> TextClause:
    known = {name: kind for name, kind in _TYPES.items() if f":{name} " in statement}
    return text(statement).bindparams(
        *(bindparam(name, type_=kind) for name, kind in known.items())
    )
