"""The statements that write the record. Rows come as one JSON parameter, however many they are.

Each moves the totals by what it really changed, in the same statement.
"""

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
    "SELECT user_id, conversation, message_id, until FROM forgotten "
    "WHERE user_id = ANY(CAST(:users AS text[]))"
).bindparams(bindparam("users", type_=ARRAY(Text)))

PUT_USERS = text("""
WITH put AS (
    INSERT INTO users (user_id, created_at, last_active)
    SELECT user_id, created_at, last_active FROM jsonb_to_recordset(CAST(:rows AS jsonb))
        AS r (user_id text, created_at timestamptz, last_active timestamptz)
    ON CONFLICT (user_id) DO UPDATE SET
        created_at = least(users.created_at, excluded.created_at),
        last_active = greatest(users.last_active, excluded.last_active)
    RETURNING xmax = 0 AS new
)
UPDATE totals SET users = totals.users + added.number
FROM (SELECT count(*) AS number FROM put WHERE new) AS added WHERE added.number > 0
""")

PUT_CONVERSATIONS = text("""
WITH put AS (
    INSERT INTO conversations (user_id, conversation_id, created_at, updated_at, recorded_at)
    SELECT user_id, conversation_id, created_at, updated_at, recorded_at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        user_id text, conversation_id text,
        created_at timestamptz, updated_at timestamptz, recorded_at timestamptz)
    ON CONFLICT (user_id, conversation_id) DO UPDATE SET
        created_at = least(conversations.created_at, excluded.created_at),
        updated_at = greatest(conversations.updated_at, excluded.updated_at),
        recorded_at = greatest(conversations.recorded_at, excluded.recorded_at)
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
)
UPDATE totals SET messages = totals.messages + d.number, tokens = totals.tokens + d.tokens
FROM (SELECT sum(number) AS number, sum(tokens) AS tokens FROM changed) AS d
WHERE d.number IS NOT NULL
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
""")

# What has expired on its way is not kept.
PUT_MESSAGES = text(f"""
WITH put AS (
    INSERT INTO messages (
        user_id, conversation_id, message_id, place, sequence, role, name, content, said_at, model,
        tokens, status, metadata, tags, priority, expires_at, caused_at, superseded)
    SELECT r.user_id, r.conversation_id, r.message_id, r.place, r.sequence, r.role, r.name,
        r.content, r.said_at, r.model, r.tokens, r.status, r.metadata, r.tags, r.priority,
        r.expires_at, r.caused_at, EXISTS (
            SELECT 1 FROM branches AS b
            WHERE b.user_id = r.user_id AND b.conversation_id = r.conversation_id
                AND r.place >= b.from_place AND r.place < b.to_place)
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        user_id text, conversation_id text, message_id text, place bigint, sequence bigint,
        role text, name text, content text, said_at timestamptz, model text, tokens integer,
        status text, metadata jsonb, tags text[], priority text, expires_at timestamptz,
        caused_at timestamptz)
    WHERE r.expires_at IS NULL OR r.expires_at > now()
    ON CONFLICT DO NOTHING
    RETURNING user_id, conversation_id, tokens, superseded
), changed AS (
    SELECT user_id, conversation_id, count(*) AS number, coalesce(sum(tokens), 0) AS tokens
    FROM put WHERE NOT superseded GROUP BY user_id, conversation_id
)
{MOVE_TOTALS}
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
