"""What recall searches: the words of each message with their postings, and the vectors."""

from alembic import op

revision = "0004"
down_revision = "0003"

# A passage is a message as recall finds it. `terms` are hashes of its words (`passages.py`), with
# how often each stands in it. A posting is found by whose it is, hashed as well: (owner, term)
# leads to the passages of one user that have one word, and how many they are. `unindexed` names
# the messages of which there is no passage yet. Vectors lie beside: most queries read no more of a
# passage than its numbers.
TABLES = """
ALTER TABLE messages DROP COLUMN embedding, DROP COLUMN embedding_model;
CREATE TABLE passages (
    passage_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id text NOT NULL,
    conversation_id text NOT NULL,
    message_id text NOT NULL,
    place bigint NOT NULL,
    sequence bigint NOT NULL,
    terms bigint[] NOT NULL,
    frequencies smallint[] NOT NULL,
    length integer NOT NULL,
    embedded_by text,
    UNIQUE (user_id, conversation_id, message_id),
    FOREIGN KEY (user_id, conversation_id, message_id) REFERENCES messages ON DELETE CASCADE
);
CREATE INDEX passages_place ON passages (user_id, conversation_id, place, sequence, message_id);
CREATE INDEX passages_embedded_by ON passages (embedded_by);
CREATE TABLE postings (
    owner bigint NOT NULL,
    term bigint NOT NULL,
    passage_id bigint NOT NULL,
    frequency smallint NOT NULL,
    length integer NOT NULL,
    PRIMARY KEY (owner, term, passage_id)
);
CREATE TABLE embeddings (
    passage_id bigint PRIMARY KEY REFERENCES passages ON DELETE CASCADE,
    user_id text NOT NULL,
    model text NOT NULL,
    dimension smallint NOT NULL,
    embedding halfvec NOT NULL
);
CREATE INDEX embeddings_user ON embeddings (user_id, model);
CREATE TABLE passage_totals (
    user_id text PRIMARY KEY,
    passages bigint NOT NULL,
    length bigint NOT NULL
);
CREATE TABLE unindexed (
    user_id text NOT NULL,
    conversation_id text NOT NULL,
    message_id text NOT NULL,
    PRIMARY KEY (user_id, conversation_id, message_id)
);
INSERT INTO unindexed SELECT user_id, conversation_id, message_id FROM messages;
"""

# Whoever adds or takes out messages need not know of any of this.
TRIGGERS = (
    """
CREATE FUNCTION note_unindexed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO unindexed SELECT user_id, conversation_id, message_id FROM added
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$
""",
    """
CREATE TRIGGER messages_added AFTER INSERT ON messages
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_unindexed()
""",
    """
CREATE FUNCTION drop_postings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM postings USING (
        SELECT hashtextextended(user_id, 0) AS owner, unnest(terms) AS term, passage_id FROM gone
    ) AS its
    WHERE postings.owner = its.owner AND postings.term = its.term
        AND postings.passage_id = its.passage_id;
    UPDATE passage_totals AS t SET passages = t.passages - g.passages, length = t.length - g.length
    FROM (SELECT user_id, count(*) AS passages, sum(length) AS length FROM gone GROUP BY user_id) g
    WHERE t.user_id = g.user_id;
    DELETE FROM passage_totals WHERE passages <= 0 AND user_id IN (SELECT user_id FROM gone);
    RETURN NULL;
END $$
""",
    """
CREATE TRIGGER passages_gone AFTER DELETE ON passages
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION drop_postings()
""",
)

OF_USERS = ("passages", "embeddings", "passage_totals", "unindexed")

SAID = {"passages": ("terms", "frequencies"), "embeddings": ("embedding",)}


def upgrade() -> None:
    """Make the tables, and let each role see what it may."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    for statement in TRIGGERS:
        op.execute(statement)
    for table, columns in SAID.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")
    own = "user_id = current_setting('membus.user_id', true)"
    policies = dict.fromkeys(OF_USERS, own)
    policies["postings"] = "owner = hashtextextended(current_setting('membus.user_id', true), 0)"
    for table, policy in policies.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own ON {table} TO membus_user USING ({policy})")
        op.execute(f"CREATE POLICY every ON {table} TO membus_system USING (true)")
        op.execute(f"GRANT SELECT ON {table} TO membus_user")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO membus_system")
