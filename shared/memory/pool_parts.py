"""The parts of the statement that brings a pool (`pool_sql.py` puts them together).

Each is bounded by itself, as no planner can know what a word, a vector or a filter finds; hence the
steps that are materialised, and the LATERAL ones, which lead from a few rows to others by an index.
"""

from shared.memory.passages import INDEXED_CHARACTERS

K1, B = 1.2, 0.75
"""Of BM25, as usual: how soon repetitions stop to count, and how much a long passage loses."""

POSTINGS = 20_000
"""That are read, of the rarest terms first: what stands everywhere says little, and is much to
read. All of the rarest one are."""

# How many passages have each term; those that are read, with their weights. Floating point: exact
# numbers are several times slower, and there are tens of thousands.
ASKED = f"""
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

BEST = f"""
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
NEAREST = """
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

LATEST = """
latest AS (
    SELECT passage_id FROM passages AS p WHERE p.user_id = :user {conditions}
    ORDER BY said_at DESC, passage_id DESC LIMIT :at_most
)"""

SAID_IN = """
latest AS (
    SELECT one.passage_id
    FROM unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[])) AS s (start, stop)
    CROSS JOIN LATERAL (
        SELECT passage_id FROM passages AS p
        WHERE p.user_id = :user AND p.said_at >= s.start AND p.said_at < s.stop {conditions}
        ORDER BY said_at DESC, passage_id DESC LIMIT :at_most
    ) AS one
)"""

AROUND = """
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
TOLD = """
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

COUNTS = """ARRAY(
    SELECT CAST(coalesce(p.frequencies[array_position(p.terms, a.term)], 0) AS bigint)
    FROM unnest(CAST(:terms AS bigint[])) AS a (term))"""

HOLDERS = "ARRAY(SELECT holders FROM asked ORDER BY number)"

VECTOR = "CAST(CAST(:vector AS text) AS halfvec)"

EMBEDDINGS = (
    "LEFT JOIN embeddings AS e ON e.passage_id = p.passage_id "
    "AND e.user_id = :user AND e.model = :model"
)

COLUMNS = (
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
