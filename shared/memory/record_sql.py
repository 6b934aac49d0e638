"""The statements that write the record. Rows come as one JSON parameter, however many they are.

Each moves the totals by what it really changed, in the same statement.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger, Text

LOCK_SHARED = text(
    "SELECT pg_advisory_xact_lock_shared(key) FROM unnest(CAST(:keys AS bigint[])) AS key"
).bindparams(bindparam("keys", type_=ARRAY(BigInteger)))

LOCK = text(
    "SELECT pg_advisory_xact_lock(key) FROM unnest(CAST(:keys AS bigint[])) AS key"
).bindparams(bindparam("keys", type_=ARRAY(BigInteger)))

WATERMARKS = text(
    "SELECT user_id, conversation, message_id, fact_id, until FROM forgotten "
    "WHERE user_id = ANY(CAST(:users AS text[]))"
).bindparams(bindparam("users", type_=ARRAY(Text)))

PUT_USERS = text("""
WITH put AS (
    INSERT INTO users (user_id, created_at, last_active, caused_at)
    SELECT user_id, created_at, last_active, caused_at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        user_id text, created_at timestamptz, last_active timestamptz, caused_at timestamptz)
    ON CONFLICT (user_id) DO UPDATE SET
        created_at = least(users.created_at, excluded.created_at),
        last_active = greatest(users.last_active, excluded.last_active),
        caused_at = greatest(users.caused_at, excluded.caused_at)
    RETURNING xmax = 0 AS new
)
UPDATE totals SET users = totals.users + added.number
FROM (SELECT count(*) AS number FROM put WHERE new) AS added WHERE added.number > 0
""")

PUT_CONVERSATIONS = text("""
WITH put AS (
    INSERT INTO conversations (
        user_id, conversation_id, created_at, updated_at, recorded_at, caused_at)
    SELECT user_id, conversation_id, created_at, updated_at, recorded_at, caused_at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        user_id text, conversation_id text, created_at timestamptz, updated_at timestamptz,
        recorded_at timestamptz, caused_at timestamptz)
    ON CONFLICT (user_id, conversation_id) DO UPDATE SET
        created_at = least(conversations.created_at, excluded.created_at),
        updated_at = greatest(conversations.updated_at, excluded.updated_at),
        recorded_at = greatest(conversations.recorded_at, excluded.recorded_at),
        caused_at = greatest(conversations.caused_at, excluded.caused_at)
    RETURNING xmax = 0 AS new
)
UPDATE totals SET conversations = totals.conversations + added.number
FROM (SELECT count(*) AS number FROM put WHERE new) AS added WHERE added.number > 0
""")

_BRANCH_ROWS = """jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
    user_id text, conversation_id text, from_place bigint, to_place bigint,
    caused_at timestamptz)"""

PUT_BRANCHES = text(f"""
INSERT INTO branches (user_id, conversation_id, from_place, to_place, caused_at)
SELECT user_id, conversation_id, from_place, to_place, caused_at FROM {_BRANCH_ROWS}
ON CONFLICT DO NOTHING
""")

# What is common to all that changes messages: `changed` holds (user_id, conversation_id, number,
# tokens), one row a conversation.
MOVE_TOTALS = """
, moved AS (
    UPDATE conversations AS c
    SET message_count = c.message_count + changed.number,
        total_tokens = c.total_tokens + changed.tokens
    FROM changed
    WHERE c.user_id = changed.user_id AND c.conversation_id = changed.conversation_id
), counted AS (
    UPDATE totals SET messages = totals.messages + d.number, tokens = totals.tokens + d.tokens
    FROM (SELECT sum(number) AS number, sum(tokens) AS tokens FROM changed) AS d
    WHERE d.number <> 0 OR d.tokens <> 0
)
"""

# Messages that are deleted; superseded ones were counted out before.
_GONE = f"""
    RETURNING user_id, conversation_id, tokens, superseded
), changed AS (
    SELECT user_id, conversation_id, -count(*) FILTER (WHERE NOT superseded) AS number,
        -coalesce(sum(tokens) FILTER (WHERE NOT superseded), 0) AS tokens
    FROM gone GROUP BY user_id, conversation_id
)
{MOVE_TOTALS}
SELECT count(*) FROM gone
"""

SUPERSEDE = text(f"""
WITH gone AS (
    UPDATE messages AS m SET superseded = true FROM {_BRANCH_ROWS}
    WHERE m.user_id = r.user_id AND m.conversation_id = r.conversation_id AND NOT m.superseded
        AND m.place >= r.from_place AND m.place < r.to_place
    RETURNING m.user_id, m.conversation_id, m.tokens
), changed AS (
    SELECT user_id, conversation_id, -count(*) AS number, -coalesce(sum(tokens), 0) AS tokens
    FROM gone GROUP BY user_id, conversation_id
)
{MOVE_TOTALS}
SELECT count(*) FROM gone
""")

# What has expired on its way is not kept.
PUT_MESSAGES = text(f"""
WITH put AS (
    INSERT INTO messages (
        user_id, conversation_id, message_id, place, sequence, role, name, content, said_at, model,
        tokens, status, metadata, tags, priority, expires_at, caused_at, topics, topic_weight,
        superseded)
    SELECT r.user_id, r.conversation_id, r.message_id, r.place, r.sequence, r.role, r.name,
        r.content, r.said_at, r.model, r.tokens, r.status, r.metadata, r.tags, r.priority,
        r.expires_at, r.caused_at, r.topics, r.topic_weight, EXISTS (
            SELECT 1 FROM branches AS b
            WHERE b.user_id = r.user_id AND b.conversation_id = r.conversation_id
                AND r.place >= b.from_place AND r.place < b.to_place)
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        user_id text, conversation_id text, message_id text, place bigint, sequence bigint,
        role text, name text, content text, said_at timestamptz, model text, tokens integer,
        status text, metadata jsonb, tags text[], priority text, expires_at timestamptz,
        caused_at timestamptz, topics text[], topic_weight numeric)
    WHERE r.expires_at IS NULL OR r.expires_at > now()
    ON CONFLICT DO NOTHING
    RETURNING user_id, conversation_id, tokens, superseded
), changed AS (
    SELECT user_id, conversation_id, count(*) AS number, coalesce(sum(tokens), 0) AS tokens
    FROM put WHERE NOT superseded GROUP BY user_id, conversation_id
)
{MOVE_TOTALS}
SELECT count(*) FROM put
""")

PUT_PREFERENCES = text("""
INSERT INTO preferences AS p (user_id, key, value, set_at, sequence, caused_at)
SELECT user_id, key, value, set_at, sequence, caused_at
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
    user_id text, key text, value jsonb, set_at timestamptz, sequence bigint,
    caused_at timestamptz)
ON CONFLICT (user_id, key) DO UPDATE SET value = excluded.value, set_at = excluded.set_at,
    sequence = excluded.sequence, caused_at = excluded.caused_at
WHERE (excluded.set_at, excluded.sequence) > (p.set_at, p.sequence)
""")


# --- forgetting ------------------------------------------------------------------------------
# `:conversation` is a fingerprint, as `barrier.py` makes it; '' means every one of the user.

OF_CONVERSATION = """
    user_id = :user AND caused_at <= :until AND (:conversation = '' OR
        left(encode(sha256(convert_to(conversation_id, 'UTF8')), 'hex'), 32) = :conversation)
"""

RAISE = text("""
INSERT INTO forgotten AS f (user_id, conversation, message_id, fact_id, until, event_id)
VALUES (:user, :conversation, :message, :fact, :until, :event)
ON CONFLICT (user_id, conversation, message_id, fact_id) DO UPDATE SET
    until = greatest(f.until, excluded.until),
    rows = CASE WHEN f.event_id = excluded.event_id THEN f.rows ELSE 0 END,
    event_id = excluded.event_id
""")

COUNT_ROWS = text("""
UPDATE forgotten SET rows = rows + :rows
WHERE user_id = :user AND conversation = :conversation AND message_id = :message
    AND fact_id = :fact
RETURNING rows
""")

FORGET_MESSAGES = text(f"""
WITH gone AS (
    DELETE FROM messages
    WHERE {OF_CONVERSATION} AND (:message = '' OR message_id = :message)
{_GONE}
""")

FORGET_BRANCHES = text(f"""
WITH gone AS (DELETE FROM branches WHERE {OF_CONVERSATION} RETURNING 1)
SELECT count(*) FROM gone
""")

FORGET_CONVERSATIONS = text(f"""
WITH gone AS (
    DELETE FROM conversations WHERE {OF_CONVERSATION} RETURNING 1
), counted AS (
    UPDATE totals SET conversations = totals.conversations - d.number
    FROM (SELECT count(*) AS number FROM gone) AS d WHERE d.number > 0
)
SELECT count(*) FROM gone
""")

# A conversation that went on since begins anew.
RENEW_CONVERSATIONS = text("""
UPDATE conversations AS c
SET created_at = coalesce((
    SELECT min(date_trunc('milliseconds', m.said_at)) FROM messages AS m
    WHERE m.user_id = c.user_id AND m.conversation_id = c.conversation_id), c.updated_at)
WHERE c.user_id = :user AND c.created_at <= :until AND (:conversation = '' OR
    left(encode(sha256(convert_to(c.conversation_id, 'UTF8')), 'hex'), 32) = :conversation)
""")

FORGET_PREFERENCES = text("""
WITH gone AS (
    DELETE FROM preferences WHERE user_id = :user AND caused_at <= :until RETURNING 1
)
SELECT count(*) FROM gone
""")

FORGET_USER = text("""
WITH gone AS (
    DELETE FROM users WHERE user_id = :user AND caused_at <= :until RETURNING 1
), counted AS (
    UPDATE totals SET users = totals.users - d.number
    FROM (SELECT count(*) AS number FROM gone) AS d WHERE d.number > 0
), renewed AS (
    UPDATE users SET created_at = last_active WHERE user_id = :user AND caused_at > :until
)
SELECT count(*) FROM gone
""")

LEFT = text(f"""
SELECT (SELECT count(*) FROM messages
        WHERE {OF_CONVERSATION} AND (:message = '' OR message_id = :message))
    + (SELECT count(*) FROM preferences
        WHERE :conversation = '' AND user_id = :user AND caused_at <= :until)
""")

EXPIRE = text(f"""
WITH due AS (
    SELECT user_id, conversation_id, message_id FROM messages
    WHERE expires_at <= now() ORDER BY expires_at LIMIT :limit FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM messages AS m USING due
    WHERE m.user_id = due.user_id AND m.conversation_id = due.conversation_id
        AND m.message_id = due.message_id
{
    _GONE.replace(
        "RETURNING user_id, conversation_id, tokens, superseded",
        "RETURNING m.user_id, m.conversation_id, m.tokens, m.superseded",
    )
}
""")


def encoded(rows: Sequence[dict[str, Any]]) -> str:
    """Return rows as the one parameter of a statement. PostgreSQL keeps every character but NUL."""
    told = json.dumps(rows, ensure_ascii=False, default=str)
    if "\\u0000" in told:
        told = json.dumps(_without_nul(rows), ensure_ascii=False, default=str)
    return told


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(inner) for key, inner in value.items()}
    return [_without_nul(inner) for inner in value] if isinstance(value, list | tuple) else value
