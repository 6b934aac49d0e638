"""Facts: the claims of which they are a fold, and the fold; a watermark may name a fact."""

from alembic import op

revision = "0002"
down_revision = "0001"

# A claim with all that decides where it stands among the others; `body` is the claim itself.
# `facts` is the fold as of the last change: `due_at` is when time alone changes it.
TABLES = """
DROP TABLE fact_versions;
CREATE TABLE fact_claims (
    user_id text NOT NULL,
    claim_id text NOT NULL,
    predicate text NOT NULL,
    fact_id text,
    conversation_id text,
    message_id text,
    said_at timestamptz NOT NULL,
    sequence bigint NOT NULL,
    place integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    caused_at timestamptz NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (user_id, claim_id)
);
CREATE INDEX fact_claims_source ON fact_claims (user_id, conversation_id, message_id);
CREATE INDEX fact_claims_fact ON fact_claims (user_id, fact_id);
CREATE TABLE facts (
    user_id text NOT NULL,
    fact_id text NOT NULL,
    type text NOT NULL,
    predicate text NOT NULL,
    value text NOT NULL,
    body text NOT NULL,
    lang text NOT NULL,
    status text NOT NULL,
    confidence real NOT NULL,
    conversation_id text,
    message_id text,
    extractor text NOT NULL,
    valid_from timestamptz,
    valid_until timestamptz,
    recorded_at timestamptz NOT NULL,
    superseded_by text,
    pinned boolean NOT NULL,
    tags text[] NOT NULL,
    priority text NOT NULL,
    expires_at timestamptz,
    due_at timestamptz,
    PRIMARY KEY (user_id, fact_id)
);
CREATE INDEX facts_due ON facts (due_at) WHERE due_at IS NOT NULL;
UPDATE totals SET facts = 0;
ALTER TABLE forgotten ADD COLUMN fact_id text NOT NULL DEFAULT '';
ALTER TABLE forgotten DROP CONSTRAINT forgotten_pkey;
ALTER TABLE forgotten ADD PRIMARY KEY (user_id, conversation, message_id, fact_id);
"""

# What has expired is taken out within seconds, and counted out at once.
FIGURES = """
CREATE OR REPLACE VIEW figures AS
SELECT totals.users, totals.conversations, totals.messages - expired.messages AS messages,
    totals.facts - ended.facts AS facts, pg_database_size(current_database()) AS bytes
FROM totals, (
    SELECT count(*) AS messages FROM messages WHERE expires_at <= now() AND NOT superseded
) AS expired, (
    SELECT count(*) AS facts FROM facts
    WHERE due_at <= now() AND status = 'active' AND expires_at <= now()
) AS ended;
"""

SAID = {"fact_claims": ("body",), "facts": ("value", "body")}


def upgrade() -> None:
    """Make the tables, and let each role see what it may."""
    for statement in (TABLES + FIGURES).split(";\n"):
        if statement.strip():
            op.execute(statement)
    for table, columns in SAID.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own ON {table} TO membus_user "
            "USING (user_id = current_setting('membus.user_id', true))"
        )
        op.execute(f"CREATE POLICY every ON {table} TO membus_system USING (true)")
        op.execute(f"GRANT SELECT ON {table} TO membus_user")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO membus_system")
