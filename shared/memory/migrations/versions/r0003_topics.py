"""Changes of conversations by hand, topics, figures of models, the memory of the system."""

from alembic import op

revision = "0003"
down_revision = "0002"

# What was set of a conversation by hand lies apart from it: it may come before the first message.
# A topic's count and weight are those of the messages that show it; the rows of the user '' are of
# all users. `counted_turns` tells which turns the figures of models hold already.
TABLES = """
CREATE TABLE conversation_changes (
    user_id text NOT NULL,
    conversation_id text NOT NULL,
    field text NOT NULL,
    value jsonb NOT NULL,
    set_at timestamptz NOT NULL,
    sequence bigint NOT NULL,
    caused_at timestamptz NOT NULL,
    ends_at timestamptz,
    PRIMARY KEY (user_id, conversation_id, field)
);
CREATE INDEX conversation_changes_ends ON conversation_changes (ends_at)
    WHERE ends_at IS NOT NULL;
ALTER TABLE conversations DROP COLUMN title;
ALTER TABLE conversations DROP COLUMN topics;
ALTER TABLE conversations DROP COLUMN tags;
ALTER TABLE conversations DROP COLUMN priority;
ALTER TABLE conversations ADD COLUMN summarized bigint NOT NULL DEFAULT 0;
CREATE INDEX conversations_unsummarized ON conversations (user_id, conversation_id)
    WHERE message_count > 40 AND abs(message_count - summarized) >= 10;
ALTER TABLE messages ADD COLUMN topics text[] NOT NULL DEFAULT '{}';
ALTER TABLE messages ADD COLUMN topic_weight numeric NOT NULL DEFAULT 0;
CREATE TABLE topics (
    user_id text NOT NULL,
    topic text COLLATE "C" NOT NULL,
    count bigint NOT NULL,
    weight numeric NOT NULL,
    PRIMARY KEY (user_id, topic)
);
CREATE INDEX topics_heaviest ON topics (user_id, weight DESC, topic);
CREATE TABLE conversation_topics (
    user_id text NOT NULL,
    conversation_id text NOT NULL,
    topic text COLLATE "C" NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (user_id, conversation_id, topic)
);
CREATE TABLE counted_turns (
    turn_id text PRIMARY KEY,
    user_id text NOT NULL,
    conversation_id text NOT NULL,
    caused_at timestamptz NOT NULL
);
CREATE INDEX counted_turns_age ON counted_turns (caused_at);
CREATE INDEX counted_turns_user ON counted_turns (user_id);
CREATE TABLE model_figures (
    model text NOT NULL,
    bucket integer NOT NULL,
    turns bigint NOT NULL,
    failures bigint NOT NULL,
    tokens bigint NOT NULL,
    timed_tokens bigint NOT NULL,
    timed_us bigint NOT NULL,
    PRIMARY KEY (model, bucket)
);
CREATE TABLE system_memories (
    system_key text PRIMARY KEY,
    value jsonb,
    kind text NOT NULL,
    tags text[] NOT NULL DEFAULT '{}',
    priority text NOT NULL,
    set_at timestamptz NOT NULL,
    sequence bigint NOT NULL,
    expires_at timestamptz,
    removed boolean NOT NULL
);
CREATE INDEX system_memories_there ON system_memories (system_key) WHERE NOT removed;
CREATE INDEX system_memories_expiry ON system_memories (expires_at)
    WHERE expires_at IS NOT NULL AND NOT removed;
"""

# A message counts where it is shown. These run at the end of the statement that has moved the
# totals: its lock on them keeps two writers from waiting for each other here.
MOVE = """
CREATE FUNCTION move_topics() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO conversation_topics AS t (user_id, conversation_id, topic, count)
    SELECT m.user_id, m.conversation_id, topic, {sign} count(*)
    FROM {moved} AS m, unnest(m.topics) AS topic WHERE {counts}
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (user_id, conversation_id, topic) DO UPDATE SET count = t.count + excluded.count;
    INSERT INTO topics AS t (user_id, topic, count, weight)
    SELECT whose, topic, {sign} count(*), {sign} sum(m.topic_weight)
    FROM {moved} AS m, unnest(m.topics) AS topic, unnest(ARRAY['', m.user_id]) AS whose
    WHERE {counts}
    GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (user_id, topic) DO UPDATE
        SET count = t.count + excluded.count, weight = t.weight + excluded.weight;
    {tidy}
    RETURN NULL;
END $$
"""
TIDY = """
    DELETE FROM conversation_topics AS t USING {moved} AS m
    WHERE t.user_id = m.user_id AND t.conversation_id = m.conversation_id
        AND t.topic = ANY(m.topics) AND t.count = 0;
    DELETE FROM topics AS t USING {moved} AS m
    WHERE t.user_id IN ('', m.user_id) AND t.topic = ANY(m.topics) AND t.count = 0;
    UPDATE conversations AS c SET summary = NULL, summarized = 0 FROM {moved} AS m
    WHERE c.user_id = m.user_id AND c.conversation_id = m.conversation_id
        AND c.summarized <> 0;
"""


def _function(name: str, *, sign: str, moved: str, counts: str, tidy: str = "") -> str:
    body = MOVE.format(sign=sign, moved=moved, counts=counts, tidy=tidy.format(moved=moved))
    return body.replace("move_topics", name)


TRIGGERS = (
    _function("add_topics", sign="", moved="arrived", counts="NOT m.superseded"),
    """CREATE TRIGGER add_topics AFTER INSERT ON messages REFERENCING NEW TABLE AS arrived
    FOR EACH STATEMENT EXECUTE FUNCTION add_topics()""",
    _function("take_topics", sign="-", moved="gone", counts="NOT m.superseded", tidy=TIDY),
    """CREATE TRIGGER take_topics AFTER DELETE ON messages REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION take_topics()""",
    _function("hide_topics", sign="-", moved="(SELECT OLD.*)", counts="true", tidy=TIDY),
    # A trigger of one column sees rows, not tables.
    """CREATE TRIGGER hide_topics AFTER UPDATE OF superseded ON messages FOR EACH ROW
    WHEN (NEW.superseded AND NOT OLD.superseded) EXECUTE FUNCTION hide_topics()""",
)

OF_USERS = ("conversation_changes", "topics", "conversation_topics", "counted_turns")

# Samples of what was said have no use, and would outlive it when it is forgotten.
SAID = {
    "conversation_changes": ("value",),
    "topics": ("topic",),
    "conversation_topics": ("topic",),
    "messages": ("topics",),
}


def upgrade() -> None:
    """Make the tables and what moves topics, and let each role see what it may."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    for statement in TRIGGERS:
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
    for table in (*OF_USERS, "model_figures", "system_memories"):
        op.execute(f"GRANT SELECT ON {table} TO membus_user")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO membus_system")
