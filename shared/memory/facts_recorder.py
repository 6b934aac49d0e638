"""Writing claims into the record, and their fold behind them. For memory_writer only.

Whoever changes the claims or the preferences of a user holds the lock of the user's facts from
before it reads them to the end of its transaction: no two folds pass each other.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import BigInteger, Text

from shared.contracts.parts import utcnow
from shared.memory.fact_rows import due, fold_beside
from shared.memory.models import Fact, StatedClaim
from shared.memory.record_sql import OF_CONVERSATION, encoded
from shared.memory.recorded_facts import recorded_memory

_LOCK = text(
    "SELECT pg_advisory_xact_lock(key) FROM unnest(CAST(:keys AS bigint[])) AS key"
).bindparams(bindparam("keys", type_=ARRAY(BigInteger)))

_PUT_CLAIMS = text("""
INSERT INTO fact_claims (user_id, claim_id, predicate, fact_id, conversation_id, message_id,
    said_at, sequence, place, recorded_at, caused_at, body)
SELECT user_id, claim_id, predicate, fact_id, conversation_id, message_id, said_at, sequence,
    place, recorded_at, caused_at, body
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
    user_id text, claim_id text, predicate text, fact_id text, conversation_id text,
    message_id text, said_at timestamptz, sequence bigint, place integer,
    recorded_at timestamptz, caused_at timestamptz, body jsonb)
ON CONFLICT DO NOTHING
""")

_WITH_CLAIMS = text("""
SELECT user_id FROM facts WHERE user_id = ANY(CAST(:users AS text[]))
UNION SELECT user_id FROM fact_claims WHERE user_id = ANY(CAST(:users AS text[]))
ORDER BY user_id
""").bindparams(bindparam("users", type_=ARRAY(Text)))

# Every fact of a user as it is now: what differs is written, what is no more is deleted, and the
# totals move by the difference.
_PUT_FACTS = text("""
WITH now AS (
    SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        fact_id text, type text, predicate text, value text, body text, lang text, status text,
        confidence real, conversation_id text, message_id text, extractor text,
        valid_from timestamptz, valid_until timestamptz, recorded_at timestamptz,
        superseded_by text, pinned boolean, tags text[], priority text, expires_at timestamptz,
        due_at timestamptz)
), gone AS (
    DELETE FROM facts AS f
    WHERE f.user_id = :user AND NOT EXISTS (SELECT 1 FROM now WHERE now.fact_id = f.fact_id)
), put AS (
    INSERT INTO facts AS f (user_id, fact_id, type, predicate, value, body, lang, status,
        confidence, conversation_id, message_id, extractor, valid_from, valid_until, recorded_at,
        superseded_by, pinned, tags, priority, expires_at, due_at)
    SELECT :user, fact_id, type, predicate, value, body, lang, status, confidence,
        conversation_id, message_id, extractor, valid_from, valid_until, recorded_at,
        superseded_by, pinned, tags, priority, expires_at, due_at FROM now
    ON CONFLICT (user_id, fact_id) DO UPDATE SET (type, predicate, value, body, lang, status,
        confidence, conversation_id, message_id, extractor, valid_from, valid_until, recorded_at,
        superseded_by, pinned, tags, priority, expires_at, due_at) = ROW(excluded.type,
        excluded.predicate, excluded.value, excluded.body, excluded.lang, excluded.status,
        excluded.confidence, excluded.conversation_id, excluded.message_id, excluded.extractor,
        excluded.valid_from, excluded.valid_until, excluded.recorded_at, excluded.superseded_by,
        excluded.pinned, excluded.tags, excluded.priority, excluded.expires_at, excluded.due_at)
    WHERE f.* IS DISTINCT FROM excluded.*
), change AS (
    SELECT (SELECT count(*) FROM now WHERE status = 'active')
        - (SELECT count(*) FROM facts WHERE user_id = :user AND status = 'active') AS number
)
UPDATE totals SET facts = totals.facts + change.number FROM change WHERE change.number <> 0
""").bindparams(bindparam("user", type_=Text))

_DUE = text("""
SELECT user_id FROM facts WHERE due_at <= now() GROUP BY user_id ORDER BY min(due_at) LIMIT :limit
""")

FORGET_CLAIMS = text(f"""
WITH gone AS (
    DELETE FROM fact_claims WHERE {OF_CONVERSATION}
        AND (:message = '' OR message_id = :message) AND (:fact = '' OR fact_id = :fact)
    RETURNING 1
)
SELECT count(*) FROM gone
""")

CLAIMS_LEFT = text(f"""
SELECT count(*) FROM fact_claims WHERE {OF_CONVERSATION}
    AND (:message = '' OR message_id = :message) AND (:fact = '' OR fact_id = :fact)
""")


async def lock_facts(connection: AsyncConnection, users: Iterable[str]) -> None:
    """Hold the locks of users' facts, alone, to the end of the transaction.

    It comes before anything is written: who holds a row never waits for such a lock.
    """
    keys = sorted(_lock_key(user) for user in users)
    if keys:
        await connection.execute(_LOCK, {"keys": keys})


def _lock_key(user_id: str) -> int:
    return int.from_bytes(hashlib.sha256(f"facts {user_id}".encode()).digest()[:8], signed=True)


def claim_row(user_id: str, stated: StatedClaim) -> dict[str, Any]:
    """Return a claim as its row."""
    claim = stated.claim
    return {
        "user_id": user_id,
        "claim_id": claim.claim_id,
        "predicate": claim.predicate,
        "fact_id": claim.fact_id,
        "conversation_id": stated.conversation_id,
        "message_id": stated.message_id,
        "said_at": stated.said_at,
        "sequence": stated.sequence,
        "place": stated.index,
        "recorded_at": stated.recorded_at,
        "caused_at": stated.caused_at,
        "body": claim.model_dump(mode="json", exclude_defaults=True),
    }


async def put_claims(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Keep claims; of those with one id the first stays."""
    ordered = sorted(rows, key=lambda row: (row["user_id"], row["claim_id"]))
    await connection.execute(_PUT_CLAIMS, {"rows": encoded(ordered)})


async def refold(connection: AsyncConnection, users: Iterable[str]) -> None:
    """Keep the fold of what the record holds of users whose facts are locked."""
    found = await connection.execute(_WITH_CLAIMS, {"users": sorted(users)})
    for user_id in found.scalars().all():
        memory = await recorded_memory(connection, user_id)
        now = utcnow()
        facts = (await fold_beside(memory, at=now)).all
        rows = [_fact_row(fact, now) for fact in facts if not fact.by_hand]
        await connection.execute(_PUT_FACTS, {"user": user_id, "rows": encoded(rows)})


async def due_users(connection: AsyncConnection, *, limit: int) -> list[str]:
    """Return users whose facts were changed by time alone, a bounded number."""
    return list((await connection.execute(_DUE, {"limit": limit})).scalars())


def _fact_row(fact: Fact, at: datetime) -> dict[str, Any]:
    return {
        "fact_id": fact.id,
        "type": fact.type,
        "predicate": fact.predicate,
        "value": fact.value,
        "body": fact.text,
        "lang": fact.lang,
        "status": fact.status,
        "confidence": fact.confidence,
        "conversation_id": fact.source.conversation_id,
        "message_id": fact.source.message_id,
        "extractor": fact.extractor,
        "valid_from": fact.valid_from,
        "valid_until": fact.valid_until,
        "recorded_at": fact.recorded_at,
        "superseded_by": fact.superseded_by,
        "pinned": fact.pinned,
        "tags": fact.tags,
        "priority": fact.priority,
        "expires_at": fact.expires_at,
        "due_at": due(fact, at),
    }
