"""Filling what recall searches: words at once, vectors when there is time. For memory_writer only.

Whoever reads a message here locks it: it is neither taken out nor superseded before its passage is
written, and what is taken out leaves nothing behind (the triggers of `r0004_recall.py`).
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from shared.contracts.parts import Message
from shared.embedding import Vectors
from shared.memory.database import Database
from shared.memory.message_rows import MESSAGE_COLUMNS, message_of
from shared.memory.passages import indexed_text, terms_of
from shared.memory.record_json import encoded

FREQUENCY_MAX = 32_767
"""Of a term in one passage: more says no more."""

_COLUMNS = ", ".join(f"m.{column.strip()}" for column in MESSAGE_COLUMNS.split(","))
_KEY = "user_id, conversation_id, message_id"

# The newest first: they are asked for, and those from before an upgrade can wait. What somebody
# else holds is left to them, or to the next time. Step by step, so that a long backlog is never
# read as a whole.
_UNINDEXED = text(f"""
SELECT m.* FROM (
    SELECT {_KEY} FROM unindexed ORDER BY noted DESC LIMIT :limit FOR UPDATE SKIP LOCKED
) AS u CROSS JOIN LATERAL (
    SELECT m.user_id, m.conversation_id, m.sequence, m.caused_at, m.superseded, {_COLUMNS}
    FROM messages AS m WHERE m.user_id = u.user_id AND m.conversation_id = u.conversation_id
        AND m.message_id = u.message_id
    FOR SHARE SKIP LOCKED
) AS m
""")
_NOTED = text("""
DELETE FROM unindexed USING jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
    user_id text, conversation_id text, message_id text)
WHERE (unindexed.user_id, unindexed.conversation_id, unindexed.message_id)
    = (r.user_id, r.conversation_id, r.message_id)
""")
_PUT = text("""
WITH put AS (
    INSERT INTO passages (
        user_id, conversation_id, message_id, place, sequence, said_at, caused_at, expires_at,
        priority, tags, superseded, terms, frequencies, length)
    SELECT user_id, conversation_id, message_id, place, sequence, said_at, caused_at, expires_at,
        priority, tags, superseded, terms, frequencies, length
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        user_id text, conversation_id text, message_id text, place bigint, sequence bigint,
        said_at timestamptz, caused_at timestamptz, expires_at timestamptz, priority text,
        tags text[], superseded boolean, terms bigint[], frequencies smallint[], length integer)
    ON CONFLICT DO NOTHING
    RETURNING passage_id, user_id, terms, frequencies, length
), posted AS (
    INSERT INTO postings (owner, term, passage_id, length, frequency)
    SELECT hashtextextended(user_id, 0), one.term, passage_id, length, one.frequency
    FROM put, unnest(terms, frequencies) AS one (term, frequency)
)
INSERT INTO passage_totals AS t (user_id, passages, length)
SELECT user_id, count(*), sum(length) FROM put GROUP BY user_id ORDER BY user_id
ON CONFLICT (user_id) DO UPDATE
    SET passages = t.passages + excluded.passages, length = t.length + excluded.length
""")

# One process at a time embeds; it may take its time, and holds up nobody who forgets.
_CLAIM = text("SELECT pg_try_advisory_xact_lock(hashtextextended('membus.embeddings', 0))")
_OTHERS = "embedded_by IS NULL", "embedded_by > :model", "embedded_by < :model"
_UNEMBEDDED = text(
    "\nUNION ALL\n".join(
        f"""
(SELECT {_KEY}, passage_id, {place} AS turn FROM passages WHERE {other}
 ORDER BY embedded_by DESC, said_at DESC LIMIT :limit)"""
        for place, other in enumerate(_OTHERS)
    )
    + "\nORDER BY turn LIMIT :limit"
)
_SAID = text(f"""
SELECT r.passage_id, {_COLUMNS} FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
    user_id text, conversation_id text, message_id text, passage_id bigint)
JOIN messages AS m USING ({_KEY})
""")
_EMBEDDED = text("""
WITH r AS (
    SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (passage_id bigint, vector text)
), marked AS (
    UPDATE passages SET embedded_by = CAST(:model AS text) FROM r
    WHERE passages.passage_id = r.passage_id RETURNING passages.passage_id, user_id, r.vector
), dropped AS (
    DELETE FROM embeddings USING marked
    WHERE marked.vector IS NULL AND embeddings.passage_id = marked.passage_id
)
INSERT INTO embeddings AS e (passage_id, user_id, model, dimension, embedding, sketch)
SELECT passage_id, user_id, CAST(:model AS text), CAST(:dimension AS integer),
    CAST(vector AS halfvec), binary_quantize(CAST(vector AS halfvec) - centre)
FROM marked LEFT JOIN embedding_models ON model = :model WHERE vector IS NOT NULL
ON CONFLICT (passage_id) DO UPDATE SET
    model = excluded.model, dimension = excluded.dimension, embedding = excluded.embedding,
    sketch = excluded.sketch
""")
_PUT_MODEL = text("""
INSERT INTO embedding_models (model, centre) VALUES (:model, CAST(CAST(:centre AS text) AS halfvec))
ON CONFLICT DO NOTHING
""")
_MODEL = text("SELECT count(*) FROM embedding_models WHERE model = :model")
_PROGRESS = text("""
SELECT count(*) FILTER (WHERE embedded_by = :model) AS done, count(*) AS total FROM passages
""")


@dataclass(frozen=True, slots=True)
class Unembedded:
    """A passage that has no vector of the present model, and the text that is embedded."""

    passage_id: int
    text: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How many passages have been embedded by the present model, of how many."""

    done: int
    total: int


def is_passage(message: Message) -> bool:
    """Tell whether a message may be recalled: it says something, and did not fail."""
    return bool(message.content.strip()) and message.status != "failed"


class Indexing:
    """Writes passages and vectors. Methods raise DependencyDownError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def index(self, *, limit: int) -> int:
        """Make passages of the newest messages that have none; returns how many messages that were.

        Several processes may do so at once: none waits for another, or does what it has done.
        """
        async with self._database.system_session() as connection:
            found = (await connection.execute(_UNINDEXED, {"limit": limit})).all()
            if found:
                # Beside the loop: a word takes some tens of microseconds.
                rows = await asyncio.to_thread(_passages, found)
                await connection.execute(_NOTED, {"rows": encoded([_key(row) for row in found])})
                await connection.execute(_PUT, {"rows": encoded(rows)})
            return len(found)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[bool]:
        """Tell whether nobody else embeds, and keep it so until the end of the block."""
        async with self._database.system_session() as connection:
            yield bool((await connection.execute(_CLAIM)).scalar_one())

    async def unembedded(self, model: str, *, limit: int) -> list[Unembedded]:
        """Return passages that a model has not embedded, those without any vector first."""
        async with self._database.system_session() as connection:
            asked = {"model": model, "limit": limit}
            found = (await connection.execute(_UNEMBEDDED, asked)).all()
            keys = [{**_key(row), "passage_id": row.passage_id} for row in found]
            said = (await connection.execute(_SAID, {"rows": encoded(keys)})).all() if keys else []
        texts = {row.passage_id: indexed_text(message_of(row)) for row in said}
        ids = [row.passage_id for row in found if row.passage_id in texts]
        return [Unembedded(passage_id, texts[passage_id]) for passage_id in ids]

    async def knows(self, model: str) -> bool:
        """Tell whether a model has its centre already."""
        async with self._database.system_session() as connection:
            return bool((await connection.execute(_MODEL, {"model": model})).scalar_one())

    async def put_model(self, typical: Vectors) -> None:
        """Keep the centre of a model's vectors, given those of some typical texts."""
        count = len(typical.vectors)
        centre = [sum(values) / count for values in zip(*typical.vectors, strict=True)]
        asked = {"model": typical.model, "centre": _vector(centre)}
        async with self._database.system_session() as connection:
            await connection.execute(_PUT_MODEL, asked)

    async def put_vectors(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Keep the vectors of passages, in their order; of those that are still there.

        Where their model has no centre yet, they are not found among very many.
        """
        rows = zip(ids, map(_vector, vectors.vectors), strict=True)
        await self._embedded(vectors.model, dict(rows), dimension=len(vectors.vectors[0]))

    async def give_up(self, ids: Iterable[int], model: str) -> None:
        """Remember that a model makes no vectors of some passages."""
        await self._embedded(model, dict.fromkeys(ids), dimension=0)

    async def _embedded(
        self, model: str, vectors: Mapping[int, str | None], *, dimension: int
    ) -> None:
        rows = [{"passage_id": one, "vector": vector} for one, vector in vectors.items()]
        asked = {"rows": encoded(rows), "model": model, "dimension": dimension}
        async with self._database.system_session() as connection:
            await connection.execute(_EMBEDDED, asked)

    async def progress(self, model: str) -> Progress:
        """Count what a model has embedded. Reads every passage."""
        async with self._database.system_session() as connection:
            return Progress(*(await connection.execute(_PROGRESS, {"model": model})).one())


def _key(row: Row[Any]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("user_id", "conversation_id", "message_id")}


def _passages(found: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """Return the rows of those messages that may be recalled."""
    return [
        _passage(row, terms_of(message))
        for row, message in ((row, message_of(row)) for row in found)
        if is_passage(message)
    ]


def _passage(row: Row[Any], terms: Counter[int]) -> dict[str, Any]:
    known = sorted(terms)
    return {
        **_key(row),
        "place": row.place,
        "sequence": row.sequence,
        "said_at": row.said_at.isoformat(),
        "caused_at": row.caused_at.isoformat(),
        "expires_at": row.expires_at and row.expires_at.isoformat(),
        "priority": row.priority,
        "tags": list(row.tags),
        "superseded": row.superseded,
        "terms": known,
        "frequencies": [min(terms[one], FREQUENCY_MAX) for one in known],
        "length": terms.total(),
    }


def _vector(vector: Sequence[float]) -> str:
    return "[" + ",".join(f"{value:.6g}" for value in vector) + "]"
