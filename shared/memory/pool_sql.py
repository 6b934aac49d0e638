"""The one statement that brings a pool: what is best by words, nearest, latest, and around it.

It is put together of the parts that are asked for. Each part is bounded by itself, as no planner
can know what a word, a vector or a filter finds; hence the steps that are materialised, and the
LATERAL ones, which lead from a few rows to others by an index.
"""

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger, DateTime, Text

from shared.memory.passages import INDEXED_CHARACTERS

K1, B = 1.2, 0.75
"""Of BM25, as usual: how soon repetitions stop to count, and how much a long passage loses."""

POSTINGS = 20_000
"""That are read, of the rarest terms first: what stands everywhere says little, and is much to
read. All of the rarest one are."""

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

# How many passages have each term; those that are read, with their weights. Floating point: exact
# numbers are several times slower, and there are tens of thousands.
_ASKED = f"""
asked AS MATERIALIZED (
    SELECT number, term, (
        SELECT count(*) FROM postings AS o
        WHERE o.owner = hashtextextended(:user, 0) AND o.term = a.term) AS holders
    FROM unnest(CAST(:terms AS bigint[])) WITH ORDINALITY AS a (term, number)
), weighed AS MATERIALIZED (
    SELECT term, CAST(sum(holders) OVER (
            ORDER BY holders, term ROWS UNBOUNDED PRECEDING) - holders AS bigint) AS before,
        CAST({K1 + 1} * ln(1 + (passages - holders + 0.5) / (holders + 0.5)) AS float8) AS weight,
        CAST({K1 * B} AS float8) * passages / length AS per_length
    FROM asked CROSS JOIN (
        SELECT passages, greatest(length, 1) AS length FROM passage_totals WHERE user_id = :user
    ) AS totals
    WHERE holders > 0
)"""

_BEST = f"""
matching AS MATERIALIZED (
    SELECT passage_id, sum(w.weight * o.frequency
        / (o.frequency + CAST({K1 * (1 - B)} AS float8) + o.length * w.per_length)) AS score
    FROM weighed AS w CROSS JOIN LATERAL (
        SELECT passage_id, length, frequency FROM postings AS o
        WHERE o.owner = hashtextextended(:user, 0) AND o.term = w.term {{visible}} OFFSET 0
    ) AS o
    WHERE w.before < {POSTINGS} GROUP BY passage_id
), best AS (
    SELECT passage_id FROM matching ORDER BY score DESC, passage_id DESC LIMIT :at_most
)"""

# Of few vectors the nearest are found by looking at all. Of many, sketches tell which ones are
# looked at: those of a user lie together in an index, and are compared three times as fast.
_NEAREST = """
close AS MATERIALIZED (
    SELECT passage_id FROM embeddings
    WHERE user_id = :user AND model = :model {visible}
        AND (SELECT passages FROM passage_totals WHERE user_id = :user) > {exact}
    ORDER BY sketch <~> (
        SELECT binary_quantize({vector} - centre) FROM embedding_models WHERE model = :model)
    LIMIT {close}
), nearest AS (
    SELECT passage_id FROM (
        SELECT passage_id, embedding <#> {vector} AS distance FROM embeddings
        WHERE user_id = :user AND model = :model {visible}
            AND (SELECT passages FROM passage_totals WHERE user_id = :user) <= {exact}
        UNION ALL
        SELECT passage_id, embedding <#> {vector} FROM close CROSS JOIN LATERAL (
            SELECT embedding FROM embeddings AS e
            WHERE e.passage_id = close.passage_id AND e.user_id = :user AND e.model = :model
            OFFSET 0) AS e
    ) AS compared ORDER BY distance LIMIT :at_most
)"""

_LATEST = """
latest AS (
    SELECT passage_id FROM passages AS p WHERE p.user_id = :user {conditions}
    ORDER BY said_at DESC, passage_id DESC LIMIT :at_most
)"""

_SAID_IN = """
latest AS (
    SELECT one.passage_id
    FROM unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[])) AS s (start, stop)
    CROSS JOIN LATERAL (
        SELECT passage_id FROM passages AS p
        WHERE p.user_id = :user AND p.said_at >= s.start AND p.said_at < s.stop {conditions}
        ORDER BY said_at DESC, passage_id DESC LIMIT :at_most
    ) AS one
)"""

_AROUND = """
fresh AS MATERIALIZED (
    SELECT m.* FROM (
        SELECT conversation_id, message_id FROM unindexed WHERE user_id = :user
        ORDER BY noted DESC LIMIT {unindexed}
    ) AS u CROSS JOIN LATERAL (
        SELECT * FROM messages AS p
        WHERE p.user_id = :user AND p.conversation_id = u.conversation_id
            AND p.message_id = u.message_id {conditions}
    ) AS m
), seeds AS MATERIALIZED (
    SELECT passage_id, conversation_id, place, sequence, message_id
    FROM ({chosen}) AS c JOIN passages AS p USING (passage_id) WHERE p.user_id = :user
    UNION ALL
    SELECT NULL, conversation_id, place, sequence, message_id FROM fresh
), members AS MATERIALIZED (
    SELECT passage_id FROM seeds WHERE passage_id IS NOT NULL
    UNION SELECT n.passage_id FROM seeds AS s CROSS JOIN LATERAL (
        (SELECT p.passage_id FROM passages AS p
         WHERE p.user_id = :user AND p.conversation_id = s.conversation_id
            AND (p.place, p.sequence, p.message_id) < (s.place, s.sequence, s.message_id) {lasting}
         ORDER BY p.place DESC, p.sequence DESC, p.message_id DESC LIMIT :around)
        UNION ALL
        (SELECT p.passage_id FROM passages AS p
         WHERE p.user_id = :user AND p.conversation_id = s.conversation_id
            AND (p.place, p.sequence, p.message_id) > (s.place, s.sequence, s.message_id) {lasting}
         ORDER BY p.place, p.sequence, p.message_id LIMIT :around)
    ) AS n
)"""

# Passages, then what has none yet, then the statistics in one row that is no passage. What most
# messages have not is NULL: nothing of it is to be read.
_TOLD = """
SELECT {candidate} AS candidate, p.length, {counts} AS counts, {similarity} AS similarity,
    p.conversation_id, m.superseded, p.place, p.sequence, {columns}
FROM members JOIN passages AS p USING (passage_id) {embeddings}
CROSS JOIN LATERAL (
    SELECT * FROM messages AS m WHERE m.user_id = :user
        AND m.conversation_id = p.conversation_id AND m.message_id = p.message_id OFFSET 0) AS m
WHERE p.user_id = :user
UNION ALL
SELECT true, NULL, NULL, NULL, m.conversation_id, m.superseded, m.place, m.sequence, {columns}
FROM fresh AS m
UNION ALL
SELECT NULL, {total}, {holders}, NULL, NULL, NULL, (
        SELECT passages FROM passage_totals WHERE user_id = :user), (
        SELECT length FROM passage_totals WHERE user_id = :user), {nothing}
ORDER BY conversation_id NULLS LAST, place, sequence, message_id"""

_COUNTS = """ARRAY(
    SELECT CAST(coalesce(p.frequencies[array_position(p.terms, a.term)], 0) AS bigint)
    FROM unnest(CAST(:terms AS bigint[])) AS a (term))"""

_HOLDERS = "ARRAY(SELECT holders FROM asked ORDER BY number)"

_VECTOR = "CAST(CAST(:vector AS text) AS halfvec)"

_EMBEDDINGS = (
    "LEFT JOIN embeddings AS e ON e.passage_id = p.passage_id "
    "AND e.user_id = :user AND e.model = :model"
)

_COLUMNS = (
    "m.message_id",
    "m.role",
    f"left(m.content, {INDEXED_CHARACTERS}) AS content",
    "m.said_at",
    "m.name",
    "m.model",
    "m.tokens",
    "m.status",
    "nullif(m.metadata, '{}') AS metadata",
    "nullif(m.tags, '{}') AS tags",
    "m.priority",
    "m.expires_at",
)


@cache
def statement(shape: Shape) -> TextClause:
    """Return the statement of a shape; its rows are those of `_TOLD`."""
    conditions, lasting = _conditions(shape), _lasting(shape)
    steps, sources = _steps(shape, conditions, lasting)
    chosen = "\nUNION ".join(f"SELECT passage_id FROM {source}" for source in sources)
    steps.append(
        _AROUND.format(
            unindexed=UNINDEXED,
            conditions=f"AND p.status <> 'failed' AND btrim(p.content) <> '' {conditions}",
            lasting=lasting,
            chosen=chosen,
        )
    )
    told = _TOLD.format(
        candidate=f"(true {conditions})",
        counts=_COUNTS if shape.terms else "CAST('{}' AS bigint[])",
        similarity=f"-(e.embedding <#> {_VECTOR})" if shape.vector else "NULL",
        embeddings=_EMBEDDINGS if shape.vector else "",
        holders=_HOLDERS if shape.terms else "NULL",
        total=_total(shape, conditions),
        columns=", ".join(_COLUMNS),
        nothing=", ".join(["NULL"] * len(_COLUMNS)),
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
        steps += [_ASKED, _BEST.format(visible=visible)]
        sources.append("best")
    if shape.vector:
        steps.append(_NEAREST.format(visible=visible, vector=_VECTOR, exact=EXACT, close=CLOSE))
        sources.append("nearest")
    if shape.periods or not sources:
        latest = _SAID_IN if shape.periods else _LATEST
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
