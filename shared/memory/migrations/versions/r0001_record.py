"""The record: users, conversations, messages, branches, preferences, facts, totals, barriers."""

from alembic import op

revision = "0001"
down_revision = None

# A message keeps its place (µs since 1970) and its event's first sequence, by which it sorts, and
# `caused_at`, which the barriers of forgetting compare with.
TABLES = """
CREATE TABLE users (
    user_id text PRIMARY KEY,
    created_at timestamptz NOT NULL,
    last_active timestamptz NOT NULL,
    caused_at timestamptz NOT NULL
);
CREATE TABLE conversations (
    user_id text NOT NULL,
    conversation_id text NOT NULL,
    title text,
    topics text[] NOT NULL DEFAULT '{}',
    summary text,
    tags text[] NOT NULL DEFAULT '{}',
    priority text NOT NULL DEFAULT 'medium',
    message_count bigint NOT NULL DEFAULT 0,
    total_tokens bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    caused_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, conversation_id)
);
CREATE INDEX conversations_newest ON conversations (user_id, updated_at DESC, conversation_id DESC);
CREATE INDEX conversations_recorded ON conversations (recorded_at);
CREATE TABLE messages (
    user_id text NOT NULL,
    conversation_id text NOT NULL,
    message_id text NOT NULL,
    place bigint NOT NULL,
    sequence bigint NOT NULL,
    role text NOT NULL,
    name text,
    content text NOT NULL,
    said_at timestamptz NOT NULL,
    model text,
    tokens integer,
    status text NOT NULL,
    metadata jsonb NOT NULL DEFAULT '{}',
    tags text[] NOT NULL DEFAULT '{}',
    priority text NOT NULL,
    expires_at timestamptz,
    caused_at timestamptz NOT NULL,
    superseded boolean NOT NULL DEFAULT false,
    embedding vector,
    embedding_model text,
    PRIMARY KEY (user_id, conversation_id, message_id)
);
CREATE INDEX messages_place ON messages (user_id, conversation_id, place, sequence, message_id);
CREATE INDEX messages_expiry ON messages (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE branches (
    user_id text NOT NULL,
    conversation_id text NOT NULL,
    from_place bigint NOT NULL,
    to_place bigint NOT NULL,
    caused_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, conversation_id, from_place, to_place)
);
CREATE TABLE preferences (
    user_id text NOT NULL,
    key text NOT NULL,
    value jsonb,
    set_at timestamptz NOT NULL,
    sequence bigint NOT NULL,
    caused_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE TABLE fact_versions (
    user_id text NOT NULL,
    fact_id text NOT NULL,
    version integer NOT NULL,
    type text NOT NULL,
    predicate text NOT NULL,
    value text NOT NULL,
    body text NOT NULL,
    lang text NOT NULL,
    confidence real NOT NULL,
    status text NOT NULL,
    conversation_id text,
    message_id text,
    quote text,
    extractor text NOT NULL,
    valid_from timestamptz,
    valid_until timestamptz,
    recorded_at timestamptz NOT NULL,
    caused_at timestamptz NOT NULL,
    superseded_by text,
    pinned boolean NOT NULL DEFAULT false,
    tags text[] NOT NULL DEFAULT '{}',
    priority text NOT NULL DEFAULT 'medium',
    PRIMARY KEY (user_id, fact_id, version)
);
CREATE INDEX fact_versions_source ON fact_versions (user_id, conversation_id, message_id);
CREATE TABLE forgotten (
    user_id text NOT NULL,
    conversation text NOT NULL,
    message_id text NOT NULL,
    until timestamptz NOT NULL,
    event_id text NOT NULL,
    rows bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, conversation, message_id)
);
CREATE TABLE totals (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    users bigint NOT NULL DEFAULT 0,
    conversations bigint NOT NULL DEFAULT 0,
    messages bigint NOT NULL DEFAULT 0,
    tokens bigint NOT NULL DEFAULT 0,
    facts bigint NOT NULL DEFAULT 0
);
INSERT INTO totals DEFAULT VALUES;
"""

# A view reads with the rights of its owner: figures of all, without anybody's rows. What has
# expired is taken out within seconds, and counted out at once.
FIGURES = """
CREATE VIEW figures AS
SELECT totals.users, totals.conversations, totals.messages - expired.messages AS messages,
    totals.facts, pg_database_size(current_database()) AS bytes
FROM totals, (
    SELECT count(*) AS messages FROM messages WHERE expires_at <= now() AND NOT superseded
) AS expired;
"""

OF_USERS = (
    "users",
    "conversations",
    "messages",
    "branches",
    "preferences",
    "fact_versions",
    "forgotten",
)


# Samples of what was said have no use, and would outlive it when it is forgotten.
SAID = {
    "messages": ("content", "metadata"),
    "preferences": ("value",),
    "fact_versions": ("value", "body", "quote"),
}


def upgrade() -> None:
    """Make the tables, and let each role see what it may."""
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    for statement in (TABLES + FIGURES).split(";\n"):
        if statement.strip():
            op.execute(statement)
    for table, columns in SAID.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")
    for table in OF_USERS:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own ON {table} TO membus_user "
            "USING (user_id = current_setting('membus.user_id', true))"
        )
        op.execute(f"CREATE POLICY every ON {table} TO membus_system USING (true)")
        op.execute(f"GRANT SELECT ON {table} TO membus_user")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO membus_system")
    op.execute("GRANT SELECT ON figures, alembic_version TO PUBLIC")
    op.execute("GRANT SELECT, UPDATE ON totals TO membus_system")
