"""What recall searches: the words of each message with their postings, and the vectors."""

from alembic import op

revision = "0004"
down_revision = "0003"

# A passage is a message as recall finds it, with what it may be filtered by: most queries never
# look at the messages of what they do not return. `terms` are hashes of its words (`passages.py`),
# with how often each stands in it. A posting is found by whose it is, hashed as well: (owner, term)
# leads to the passages of one user that have one word, and how many they are. `unindexed` names
# the messages of which there is no passage yet, in the order in which they came. Vectors lie
# beside, each with a sketch: on which side of its model's centre it lies in each dimension. An
# index has those of a user together, a tenth as large as the vectors.
#
# `summary_by` names the model that wrote a conversation's summary, '' stands for its own sentences;
# `summary_asked` is how many messages it had when a model was asked last.
#
# None of these has a foreign key: a cascade goes row by row, and forgetting a user would take
# minutes. Triggers of whole statements do the same, and the indexer locks the messages it reads.
TABLES = """
ALTER TABLE messages DROP COLUMN embedding, DROP COLUMN embedding_model;
ALTER TABLE conversations ADD COLUMN summary_by text NOT NULL DEFAULT '',
    ADD COLUMN summary_asked bigint NOT NULL DEFAULT 0;
CREATE INDEX conversations_unasked ON conversations (updated_at)
    WHERE message_count > 40 AND abs(message_count - summary_asked) >= 20;
CREATE TABLE passages (
    passage_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id text NOT NULL,
    conversation_id text NOT NULL,
    message_id text NOT NULL,
    place bigint NOT NULL,
    sequence bigint NOT NULL,
    said_at timestamptz NOT NULL,
    caused_at timestamptz NOT NULL,
    expires_at timestamptz,
    priority text NOT NULL,
    tags text[] NOT NULL,
    superseded boolean NOT NULL,
    terms bigint[] NOT NULL,
    frequencies smallint[] NOT NULL,
    length integer NOT NULL,
    embedded_by text,
    UNIQUE (user_id, conversation_id, message_id)
);
CREATE INDEX passages_place ON passages (user_id, conversation_id, place, sequence, message_id);
CREATE INDEX passages_said ON passages (user_id, said_at);
CREATE INDEX passages_hidden ON passages (user_id) INCLUDE (passage_id) WHERE superseded;
CREATE INDEX passages_expiry ON passages (user_id, expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX passages_embedded ON passages (embedded_by, said_at);
CREATE TABLE postings (
    owner bigint NOT NULL,
    term bigint NOT NULL,
    passage_id bigint NOT NULL,
    length integer NOT NULL,
    frequency smallint NOT NULL,
    PRIMARY KEY (owner, term, passage_id) INCLUDE (length, frequency)
);
CREATE TABLE embeddings (
    passage_id bigint PRIMARY KEY,
    user_id text NOT NULL,
    model text NOT NULL,
    dimension smallint NOT NULL,
    embedding halfvec NOT NULL,
    sketch bit varying
);
CREATE INDEX embeddings_user ON embeddings (user_id, model) INCLUDE (passage_id, sketch);
CREATE TABLE embedding_models (
    model text PRIMARY KEY,
    centre halfvec NOT NULL
);
CREATE TABLE passage_totals (
    user_id text PRIMARY KEY,
    passages bigint NOT NULL,
    length bigint NOT NULL
);
CREATE TABLE unindexed (
    user_id text NOT NULL,
    conversation_id text NOT NULL,
    message_id text NOT NULL,
    noted bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (user_id, conversation_id, message_id)
);
CREATE INDEX unindexed_noted ON unindexed (noted);
CREATE INDEX unindexed_user ON unindexed (user_id, noted);
INSERT INTO unindexed (user_id, conversation_id, message_id)
SELECT user_id, conversation_id, message_id FROM messages ORDER BY said_at, sequence;
"""

_OF_GONE = """{table}.user_id = gone.user_id AND {table}.conversation_id = gone.conversation_id
        AND {table}.message_id = gone.message_id"""

# Whoever adds, hides or takes out messages need not know of any of this. Totals are locked in
# their order first: two that take out messages of several users must not wait for each other.
# A plan is kept for the session: one for 100,000 messages must not read whole tables for one.
BY_INDEX = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"
TRIGGERS = (
    """
CREATE FUNCTION note_unindexed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO unindexed (user_id, conversation_id, message_id)
    SELECT user_id, conversation_id, message_id FROM added ORDER BY said_at, sequence
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$
""",
    """
CREATE TRIGGER note_unindexed AFTER INSERT ON messages
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_unindexed()
""",
    """
CREATE FUNCTION hide_passage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE passages SET superseded = NEW.superseded WHERE user_id = NEW.user_id
        AND conversation_id = NEW.conversation_id AND message_id = NEW.message_id;
    RETURN NULL;
END $$
""",
    """
CREATE TRIGGER hide_passage AFTER UPDATE OF superseded ON messages FOR EACH ROW
WHEN (NEW.superseded <> OLD.superseded) EXECUTE FUNCTION hide_passage()
""",
    f"""
CREATE FUNCTION drop_passages() RETURNS trigger LANGUAGE plpgsql {BY_INDEX} AS $$
BEGIN
    DELETE FROM unindexed USING gone WHERE {_OF_GONE.format(table="unindexed")};
    DELETE FROM passages USING gone WHERE {_OF_GONE.format(table="passages")};
    RETURN NULL;
END $$
""",
    """
CREATE TRIGGER drop_passages AFTER DELETE ON messages
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION drop_passages()
""",
    f"""
CREATE FUNCTION drop_postings() RETURNS trigger LANGUAGE plpgsql {BY_INDEX} AS $$
BEGIN
    DELETE FROM embeddings USING gone WHERE embeddings.passage_id = gone.passage_id;
    DELETE FROM postings USING (
        SELECT hashtextextended(user_id, 0) AS owner, unnest(terms) AS term, passage_id FROM gone
    ) AS its
    WHERE postings.owner = its.owner AND postings.term = its.term
        AND postings.passage_id = its.passage_id;
    PERFORM FROM passage_totals WHERE user_id IN (SELECT user_id FROM gone)
    ORDER BY user_id FOR UPDATE;
    UPDATE passage_totals AS t SET passages = t.passages - g.passages, length = t.length - g.length
    FROM (SELECT user_id, count(*) AS passages, sum(length) AS length FROM gone GROUP BY user_id) g
    WHERE t.user_id = g.user_id;
    DELETE FROM passage_totals WHERE passages <= 0 AND user_id IN (SELECT user_id FROM gone);
    RETURN NULL;
END $$
""",
    """
CREATE TRIGGER drop_postings AFTER DELETE ON passages
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION drop_postings()
""",
)

OF_USERS = ("passages", "embeddings", "passage_totals", "unindexed")

# Samples of what was said have no use, and would outlive it when it is forgotten.
SAID = {"passages": ("terms", "frequencies", "tags"), "embeddings": ("embedding", "sketch")}


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
    for table in (*policies, "embedding_models"):
        op.execute(f"GRANT SELECT ON {table} TO membus_user")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO membus_system")
