SELECT pg_catalog.set_config('search_path', '', false);
CREATE FUNCTION public.add_topics() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO conversation_topics AS t (user_id, conversation_id, topic, count)
    SELECT m.user_id, m.conversation_id, topic,  count(*)
    FROM arrived AS m, unnest(m.topics) AS topic WHERE NOT m.superseded
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (user_id, conversation_id, topic) DO UPDATE SET count = t.count + excluded.count;
    INSERT INTO topics AS t (user_id, topic, count, weight)
    SELECT whose, topic,  count(*),  sum(m.topic_weight)
    FROM arrived AS m, unnest(m.topics) AS topic, unnest(ARRAY['', m.user_id]) AS whose
    WHERE NOT m.superseded
    GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (user_id, topic) DO UPDATE
        SET count = t.count + excluded.count, weight = t.weight + excluded.weight;
    RETURN NULL;
END $$;
CREATE FUNCTION public.drop_passages() RETURNS trigger
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
BEGIN
    DELETE FROM unindexed USING gone WHERE unindexed.user_id = gone.user_id AND unindexed.conversation_id = gone.conversation_id
        AND unindexed.message_id = gone.message_id;
    DELETE FROM passages USING gone WHERE passages.user_id = gone.user_id AND passages.conversation_id = gone.conversation_id
        AND passages.message_id = gone.message_id;
    RETURN NULL;
END $$;
CREATE FUNCTION public.drop_postings() RETURNS trigger
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
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
END $$;
CREATE FUNCTION public.hide_passage() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE passages SET superseded = NEW.superseded WHERE user_id = NEW.user_id
        AND conversation_id = NEW.conversation_id AND message_id = NEW.message_id;
    RETURN NULL;
END $$;
CREATE FUNCTION public.hide_topics() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO conversation_topics AS t (user_id, conversation_id, topic, count)
    SELECT m.user_id, m.conversation_id, topic, - count(*)
    FROM (SELECT OLD.*) AS m, unnest(m.topics) AS topic WHERE true
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (user_id, conversation_id, topic) DO UPDATE SET count = t.count + excluded.count;
    INSERT INTO topics AS t (user_id, topic, count, weight)
    SELECT whose, topic, - count(*), - sum(m.topic_weight)
    FROM (SELECT OLD.*) AS m, unnest(m.topics) AS topic, unnest(ARRAY['', m.user_id]) AS whose
    WHERE true
    GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (user_id, topic) DO UPDATE
        SET count = t.count + excluded.count, weight = t.weight + excluded.weight;
    DELETE FROM conversation_topics AS t USING (SELECT OLD.*) AS m
    WHERE t.user_id = m.user_id AND t.conversation_id = m.conversation_id
        AND t.topic = ANY(m.topics) AND t.count = 0;
    DELETE FROM topics AS t USING (SELECT OLD.*) AS m
    WHERE t.user_id IN ('', m.user_id) AND t.topic = ANY(m.topics) AND t.count = 0;
    UPDATE conversations AS c SET summary = NULL, summarized = 0 FROM (SELECT OLD.*) AS m
    WHERE c.user_id = m.user_id AND c.conversation_id = m.conversation_id
        AND c.summarized <> 0;
    RETURN NULL;
END $$;
CREATE FUNCTION public.note_unindexed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO unindexed (user_id, conversation_id, message_id)
    SELECT user_id, conversation_id, message_id FROM added ORDER BY said_at, sequence
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE FUNCTION public.take_topics() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO conversation_topics AS t (user_id, conversation_id, topic, count)
    SELECT m.user_id, m.conversation_id, topic, - count(*)
    FROM gone AS m, unnest(m.topics) AS topic WHERE NOT m.superseded
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (user_id, conversation_id, topic) DO UPDATE SET count = t.count + excluded.count;
    INSERT INTO topics AS t (user_id, topic, count, weight)
    SELECT whose, topic, - count(*), - sum(m.topic_weight)
    FROM gone AS m, unnest(m.topics) AS topic, unnest(ARRAY['', m.user_id]) AS whose
    WHERE NOT m.superseded
    GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (user_id, topic) DO UPDATE
        SET count = t.count + excluded.count, weight = t.weight + excluded.weight;
    DELETE FROM conversation_topics AS t USING gone AS m
    WHERE t.user_id = m.user_id AND t.conversation_id = m.conversation_id
        AND t.topic = ANY(m.topics) AND t.count = 0;
    DELETE FROM topics AS t USING gone AS m
    WHERE t.user_id IN ('', m.user_id) AND t.topic = ANY(m.topics) AND t.count = 0;
    UPDATE conversations AS c SET summary = NULL, summarized = 0 FROM gone AS m
    WHERE c.user_id = m.user_id AND c.conversation_id = m.conversation_id
        AND c.summarized <> 0;
    RETURN NULL;
END $$;
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.branches (
    user_id text NOT NULL,
    conversation_id text NOT NULL,
    from_place bigint NOT NULL,
    to_place bigint NOT NULL,
    caused_at timestamp with time zone NOT NULL
);
CREATE TABLE public.conversation_changes (
    user_id text NOT NULL,
    conversation_id text NOT NULL,
    field text NOT NULL,
    value jsonb NOT NULL,
    set_at timestamp with time zone NOT NULL,
    sequence bigint NOT NULL,
    caused_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone
);
ALTER TABLE ONLY public.conversation_changes ALTER COLUMN value SET STATISTICS 0;
CREATE TABLE public.conversation_topics (
    user_id text NOT NULL,
    conversation_id text NOT NULL,
    topic text NOT NULL COLLATE pg_catalog."C",
    count bigint NOT NULL
);
ALTER TABLE ONLY public.conversation_topics ALTER COLUMN topic SET STATISTICS 0;
CREATE TABLE public.conversations (
    user_id text NOT NULL,
    conversation_id text NOT NULL,
    summary text,
    message_count bigint DEFAULT 0 NOT NULL,
    total_tokens bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    caused_at timestamp with time zone NOT NULL,
    summarized bigint DEFAULT 0 NOT NULL,
    summary_by text DEFAULT ''::text NOT NULL,
    summary_asked bigint DEFAULT 0 NOT NULL
);
CREATE TABLE public.counted_turns (
    turn_id text NOT NULL,
    user_id text NOT NULL,
    conversation_id text NOT NULL,
    caused_at timestamp with time zone NOT NULL
);
CREATE TABLE public.embedding_models (
    model text NOT NULL,
    centre public.halfvec NOT NULL
);
CREATE TABLE public.embeddings (
    passage_id bigint NOT NULL,
    user_id text NOT NULL,
    model text NOT NULL,
    dimension smallint NOT NULL,
    embedding public.halfvec NOT NULL,
    sketch bit varying
);
ALTER TABLE ONLY public.embeddings ALTER COLUMN embedding SET STATISTICS 0;
ALTER TABLE ONLY public.embeddings ALTER COLUMN sketch SET STATISTICS 0;
CREATE TABLE public.fact_claims (
    user_id text NOT NULL,
    claim_id text NOT NULL,
    predicate text NOT NULL,
    fact_id text,
    conversation_id text,
    message_id text,
    said_at timestamp with time zone NOT NULL,
    sequence bigint NOT NULL,
    place integer NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    caused_at timestamp with time zone NOT NULL,
    body jsonb NOT NULL
);
ALTER TABLE ONLY public.fact_claims ALTER COLUMN body SET STATISTICS 0;
CREATE TABLE public.facts (
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
    valid_from timestamp with time zone,
    valid_until timestamp with time zone,
    recorded_at timestamp with time zone NOT NULL,
    superseded_by text,
    pinned boolean NOT NULL,
    tags text[] NOT NULL,
    priority text NOT NULL,
    expires_at timestamp with time zone,
    due_at timestamp with time zone
);
ALTER TABLE ONLY public.facts ALTER COLUMN value SET STATISTICS 0;
ALTER TABLE ONLY public.facts ALTER COLUMN body SET STATISTICS 0;
CREATE TABLE public.messages (
    user_id text NOT NULL,
    conversation_id text NOT NULL,
    message_id text NOT NULL,
    place bigint NOT NULL,
    sequence bigint NOT NULL,
    role text NOT NULL,
    name text,
    content text NOT NULL,
    said_at timestamp with time zone NOT NULL,
    model text,
    tokens integer,
    status text NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    priority text NOT NULL,
    expires_at timestamp with time zone,
    caused_at timestamp with time zone NOT NULL,
    superseded boolean DEFAULT false NOT NULL,
    topics text[] DEFAULT '{}'::text[] NOT NULL,
    topic_weight numeric DEFAULT 0 NOT NULL
);
ALTER TABLE ONLY public.messages ALTER COLUMN content SET STATISTICS 0;
ALTER TABLE ONLY public.messages ALTER COLUMN metadata SET STATISTICS 0;
ALTER TABLE ONLY public.messages ALTER COLUMN topics SET STATISTICS 0;
CREATE TABLE public.totals (
    singleton boolean DEFAULT true NOT NULL,
    users bigint DEFAULT 0 NOT NULL,
    conversations bigint DEFAULT 0 NOT NULL,
    messages bigint DEFAULT 0 NOT NULL,
    tokens bigint DEFAULT 0 NOT NULL,
    facts bigint DEFAULT 0 NOT NULL,
    CONSTRAINT totals_singleton_check CHECK (singleton)
);
CREATE VIEW public.figures AS
 SELECT totals.users,
    totals.conversations,
    (totals.messages - expired.messages) AS messages,
    (totals.facts - ended.facts) AS facts,
    pg_database_size(current_database()) AS bytes
   FROM public.totals,
    ( SELECT count(*) AS messages
           FROM public.messages
          WHERE ((messages.expires_at <= now()) AND (NOT messages.superseded))) expired,
    ( SELECT count(*) AS facts
           FROM public.facts
          WHERE ((facts.due_at <= now()) AND (facts.status = 'active'::text) AND (facts.expires_at <= now()))) ended;
CREATE TABLE public.forgotten (
    user_id text NOT NULL,
    conversation text NOT NULL,
    message_id text NOT NULL,
    until timestamp with time zone NOT NULL,
    event_id text NOT NULL,
    rows bigint DEFAULT 0 NOT NULL,
    fact_id text DEFAULT ''::text NOT NULL
);
CREATE TABLE public.model_figures (
    model text NOT NULL,
    bucket integer NOT NULL,
    turns bigint NOT NULL,
    failures bigint NOT NULL,
    tokens bigint NOT NULL,
    timed_tokens bigint NOT NULL,
    timed_us bigint NOT NULL
);
CREATE TABLE public.passage_totals (
    user_id text NOT NULL,
    passages bigint NOT NULL,
    length bigint NOT NULL
);
CREATE TABLE public.passages (
    passage_id bigint NOT NULL,
    user_id text NOT NULL,
    conversation_id text NOT NULL,
    message_id text NOT NULL,
    place bigint NOT NULL,
    sequence bigint NOT NULL,
    said_at timestamp with time zone NOT NULL,
    caused_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    priority text NOT NULL,
    tags text[] NOT NULL,
    superseded boolean NOT NULL,
    terms bigint[] NOT NULL,
    frequencies smallint[] NOT NULL,
    length integer NOT NULL,
    embedded_by text
);
ALTER TABLE ONLY public.passages ALTER COLUMN tags SET STATISTICS 0;
ALTER TABLE ONLY public.passages ALTER COLUMN terms SET STATISTICS 0;
ALTER TABLE ONLY public.passages ALTER COLUMN frequencies SET STATISTICS 0;
ALTER TABLE public.passages ALTER COLUMN passage_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.passages_passage_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.postings (
    owner bigint NOT NULL,
    term bigint NOT NULL,
    passage_id bigint NOT NULL,
    length integer NOT NULL,
    frequency smallint NOT NULL
);
CREATE TABLE public.preferences (
    user_id text NOT NULL,
    key text NOT NULL,
    value jsonb,
    set_at timestamp with time zone NOT NULL,
    sequence bigint NOT NULL,
    caused_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY public.preferences ALTER COLUMN value SET STATISTICS 0;
CREATE TABLE public.system_memories (
    system_key text NOT NULL,
    value jsonb,
    kind text NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    priority text NOT NULL,
    set_at timestamp with time zone NOT NULL,
    sequence bigint NOT NULL,
    expires_at timestamp with time zone,
    removed boolean NOT NULL
);
CREATE TABLE public.topics (
    user_id text NOT NULL,
    topic text NOT NULL COLLATE pg_catalog."C",
    count bigint NOT NULL,
    weight numeric NOT NULL
);
ALTER TABLE ONLY public.topics ALTER COLUMN topic SET STATISTICS 0;
CREATE TABLE public.unindexed (
    user_id text NOT NULL,
    conversation_id text NOT NULL,
    message_id text NOT NULL,
    noted bigint NOT NULL
);
ALTER TABLE public.unindexed ALTER COLUMN noted ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.unindexed_noted_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.users (
    user_id text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_active timestamp with time zone NOT NULL,
    caused_at timestamp with time zone NOT NULL
);
INSERT INTO public.alembic_version VALUES ('0004');
INSERT INTO public.conversation_changes VALUES ('u-snapshot', 'c', 'tags', '["a"]', '2026-11-25 02:22:40+00', 7, '2026-11-25 02:22:40+00', NULL);
INSERT INTO public.conversation_changes VALUES ('u-snapshot', 'c', 'title', '"Иван"', '2026-11-25 02:22:40+00', 7, '2026-11-25 02:22:40+00', NULL);
INSERT INTO public.conversation_topics VALUES ('u-snapshot', 'c', 'иван', 1);
INSERT INTO public.conversations VALUES ('u-snapshot', 'c', NULL, 3, 0, '2026-11-25 02:22:33+00', '2026-11-25 02:22:38+00', '2026-11-25 02:22:38+00', '2026-11-25 02:22:38+00', 0, '', 0);
INSERT INTO public.counted_turns VALUES ('01a21083251bff3b157b24832cd6', 'u-snapshot', 'c', '2026-11-25 02:22:33+00');
INSERT INTO public.embedding_models VALUES ('a-model', '[0.60009766,0.7998047]');
INSERT INTO public.embeddings VALUES (1, 'u-snapshot', 'a-model', 2, '[1,0]', B'10');
INSERT INTO public.fact_claims VALUES ('u-snapshot', 'claim_472517f95506d0b54c60147d', 'name', 'fact_9bfd1996a02d5aa289d2a2f5', 'c', 'm-0', '2026-11-25 02:22:33+00', 4, 0, '2026-11-25 02:22:33+00', '2026-11-25 02:22:33+00', '{"op": "assert", "key": ["иван"], "lang": "ru", "text": "Зовут Иван", "type": "identity", "quote": "quote of Иван", "value": "Иван", "fact_id": "fact_9bfd1996a02d5aa289d2a2f5", "claim_id": "claim_472517f95506d0b54c60147d", "extractor": "rules/1", "predicate": "name"}');
INSERT INTO public.fact_claims VALUES ('u-snapshot', 'claim_97f6ad80415ca6437bce5aa0', 'lives_in', 'fact_7859deef6421b6f28d3663fd', 'c', NULL, '2026-11-25 02:22:35+00', 6, 0, '2026-11-25 02:22:35+00', '2026-11-25 02:22:35+00', '{"op": "assert", "key": ["oslo"], "text": "Lives in Oslo", "type": "location", "quote": "quote of Oslo", "value": "Oslo", "fact_id": "fact_7859deef6421b6f28d3663fd", "claim_id": "claim_97f6ad80415ca6437bce5aa0", "extractor": "rules/1", "predicate": "lives_in"}');
INSERT INTO public.fact_claims VALUES ('u-snapshot', 'claim_df61404b264bf10d55a389ea', 'lives_in', 'fact_9b6736a8903d6b16b59ecc52', 'c', 'm-1', '2026-11-25 02:22:34+00', 5, 0, '2026-11-25 02:22:34+00', '2026-11-25 02:22:34+00', '{"op": "assert", "key": ["pari"], "text": "Lives in Paris", "type": "location", "quote": "quote of Paris", "value": "Paris", "fact_id": "fact_9b6736a8903d6b16b59ecc52", "claim_id": "claim_df61404b264bf10d55a389ea", "extractor": "rules/1", "predicate": "lives_in"}');
INSERT INTO public.facts VALUES ('u-snapshot', 'fact_7859deef6421b6f28d3663fd', 'location', 'lives_in', 'Oslo', 'Lives in Oslo', 'en', 'active', 1, 'c', NULL, 'rules/1', '2026-11-25 02:22:35+00', NULL, '2026-11-25 02:22:35+00', NULL, false, '{}', 'medium', NULL, NULL);
INSERT INTO public.facts VALUES ('u-snapshot', 'fact_9b6736a8903d6b16b59ecc52', 'location', 'lives_in', 'Paris', 'Lives in Paris', 'en', 'superseded', 1, 'c', 'm-1', 'rules/1', '2026-11-25 02:22:34+00', '2026-11-25 02:22:35+00', '2026-11-25 02:22:34+00', 'fact_7859deef6421b6f28d3663fd', false, '{}', 'medium', NULL, NULL);
INSERT INTO public.facts VALUES ('u-snapshot', 'fact_9bfd1996a02d5aa289d2a2f5', 'identity', 'name', 'Иван', 'Зовут Иван', 'ru', 'active', 1, 'c', 'm-0', 'rules/1', '2026-11-25 02:22:33+00', NULL, '2026-11-25 02:22:33+00', NULL, false, '{}', 'medium', NULL, NULL);
INSERT INTO public.forgotten VALUES ('u-forgotten', '', '', '2026-11-25 02:22:40+00', 'e', 0, '');
INSERT INTO public.messages VALUES ('u-snapshot', 'c', '01a21083251bff3b157b24832cd6-u', 1795573353000000, 1, 'user', NULL, 'Меня зовут Иван', '2026-11-25 02:22:33+00', NULL, NULL, 'complete', '{}', '{}', 'medium', NULL, '2026-11-25 02:22:33+00', false, '{иван}', 180643666);
INSERT INTO public.messages VALUES ('u-snapshot', 'c', '01a21083251bff3b157b24832cd6-a', 1795573353000001, 1, 'assistant', NULL, 'Привет, Иван!', '2026-11-25 02:22:34+00', 'm', NULL, 'complete', '{}', '{}', 'medium', NULL, '2026-11-25 02:22:33+00', false, '{}', 180643666);
INSERT INTO public.messages VALUES ('u-snapshot', 'c', 'm-1', 1795573358000000, 2, 'user', NULL, 'it''s 🦊', '2026-11-25 02:22:38+00', NULL, NULL, 'complete', '{"k": [1, null]}', '{a,b}', 'medium', NULL, '2026-11-25 02:22:38+00', false, '{}', 180643666);
INSERT INTO public.model_figures VALUES ('m', -1, 1, 0, 0, 0, 0);
INSERT INTO public.passage_totals VALUES ('u-snapshot', 3, 13);
INSERT INTO public.passages OVERRIDING SYSTEM VALUE VALUES (2, 'u-snapshot', 'c', '01a21083251bff3b157b24832cd6-a', 1795573353000001, 1, '2026-11-25 02:22:34+00', '2026-11-25 02:22:33+00', NULL, 'medium', '{}', false, '{-4157872889758205906,-3728939168164161038,4002851475147479949,6925932688889117475,7684496397651952865}', '{1,1,1,1,1}', 5, NULL);
INSERT INTO public.passages OVERRIDING SYSTEM VALUE VALUES (3, 'u-snapshot', 'c', '01a21083251bff3b157b24832cd6-u', 1795573353000000, 1, '2026-11-25 02:22:33+00', '2026-11-25 02:22:33+00', NULL, 'medium', '{}', false, '{-4157872889758205906,-3728939168164161038,5714845165580338829,6925932688889117475,7684496397651952865}', '{1,1,1,1,1}', 5, NULL);
INSERT INTO public.passages OVERRIDING SYSTEM VALUE VALUES (1, 'u-snapshot', 'c', 'm-1', 1795573358000000, 2, '2026-11-25 02:22:38+00', '2026-11-25 02:22:38+00', NULL, 'medium', '{a,b}', false, '{-4157872889758205906,-3728939168164161038,6925932688889117475}', '{1,1,1}', 3, 'a-model');
INSERT INTO public.postings VALUES (6848513807951036873, -4157872889758205906, 1, 3, 1);
INSERT INTO public.postings VALUES (6848513807951036873, -3728939168164161038, 1, 3, 1);
INSERT INTO public.postings VALUES (6848513807951036873, 6925932688889117475, 1, 3, 1);
INSERT INTO public.postings VALUES (6848513807951036873, -4157872889758205906, 2, 5, 1);
INSERT INTO public.postings VALUES (6848513807951036873, -3728939168164161038, 2, 5, 1);
INSERT INTO public.postings VALUES (6848513807951036873, 4002851475147479949, 2, 5, 1);
INSERT INTO public.postings VALUES (6848513807951036873, 6925932688889117475, 2, 5, 1);
INSERT INTO public.postings VALUES (6848513807951036873, 7684496397651952865, 2, 5, 1);
INSERT INTO public.postings VALUES (6848513807951036873, -4157872889758205906, 3, 5, 1);
INSERT INTO public.postings VALUES (6848513807951036873, -3728939168164161038, 3, 5, 1);
INSERT INTO public.postings VALUES (6848513807951036873, 5714845165580338829, 3, 5, 1);
INSERT INTO public.postings VALUES (6848513807951036873, 6925932688889117475, 3, 5, 1);
INSERT INTO public.postings VALUES (6848513807951036873, 7684496397651952865, 3, 5, 1);
INSERT INTO public.preferences VALUES ('u-snapshot', 'gone', NULL, '2026-11-25 02:22:39+00', 3, '2026-11-25 02:22:39+00');
INSERT INTO public.preferences VALUES ('u-snapshot', 'language', '"ru"', '2026-11-25 02:22:39+00', 3, '2026-11-25 02:22:39+00');
INSERT INTO public.system_memories VALUES ('version', '{"k": [1, null]}', 'system_facts', '{}', 'medium', '2026-11-25 02:22:41+00', 8, NULL, false);
INSERT INTO public.topics VALUES ('', 'иван', 1, 180643666);
INSERT INTO public.topics VALUES ('u-snapshot', 'иван', 1, 180643666);
INSERT INTO public.totals VALUES (true, 1, 1, 3, 0, 2);
INSERT INTO public.users VALUES ('u-snapshot', '2026-11-25 02:22:33+00', '2026-11-25 02:22:39+00', '2026-11-25 02:22:39+00');
SELECT pg_catalog.setval('public.passages_passage_id_seq', 3, true);
SELECT pg_catalog.setval('public.unindexed_noted_seq', 3, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.branches
    ADD CONSTRAINT branches_pkey PRIMARY KEY (user_id, conversation_id, from_place, to_place);
ALTER TABLE ONLY public.conversation_changes
    ADD CONSTRAINT conversation_changes_pkey PRIMARY KEY (user_id, conversation_id, field);
ALTER TABLE ONLY public.conversation_topics
    ADD CONSTRAINT conversation_topics_pkey PRIMARY KEY (user_id, conversation_id, topic);
ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT conversations_pkey PRIMARY KEY (user_id, conversation_id);
ALTER TABLE ONLY public.counted_turns
    ADD CONSTRAINT counted_turns_pkey PRIMARY KEY (turn_id);
ALTER TABLE ONLY public.embedding_models
    ADD CONSTRAINT embedding_models_pkey PRIMARY KEY (model);
ALTER TABLE ONLY public.embeddings
    ADD CONSTRAINT embeddings_pkey PRIMARY KEY (passage_id);
ALTER TABLE ONLY public.fact_claims
    ADD CONSTRAINT fact_claims_pkey PRIMARY KEY (user_id, claim_id);
ALTER TABLE ONLY public.facts
    ADD CONSTRAINT facts_pkey PRIMARY KEY (user_id, fact_id);
ALTER TABLE ONLY public.forgotten
    ADD CONSTRAINT forgotten_pkey PRIMARY KEY (user_id, conversation, message_id, fact_id);
ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (user_id, conversation_id, message_id);
ALTER TABLE ONLY public.model_figures
    ADD CONSTRAINT model_figures_pkey PRIMARY KEY (model, bucket);
ALTER TABLE ONLY public.passage_totals
    ADD CONSTRAINT passage_totals_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY public.passages
    ADD CONSTRAINT passages_pkey PRIMARY KEY (passage_id);
ALTER TABLE ONLY public.passages
    ADD CONSTRAINT passages_user_id_conversation_id_message_id_key UNIQUE (user_id, conversation_id, message_id);
ALTER TABLE ONLY public.postings
    ADD CONSTRAINT postings_pkey PRIMARY KEY (owner, term, passage_id) INCLUDE (length, frequency);
ALTER TABLE ONLY public.preferences
    ADD CONSTRAINT preferences_pkey PRIMARY KEY (user_id, key);
ALTER TABLE ONLY public.system_memories
    ADD CONSTRAINT system_memories_pkey PRIMARY KEY (system_key);
ALTER TABLE ONLY public.topics
    ADD CONSTRAINT topics_pkey PRIMARY KEY (user_id, topic);
ALTER TABLE ONLY public.totals
    ADD CONSTRAINT totals_pkey PRIMARY KEY (singleton);
ALTER TABLE ONLY public.unindexed
    ADD CONSTRAINT unindexed_pkey PRIMARY KEY (user_id, conversation_id, message_id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (user_id);
CREATE INDEX conversation_changes_ends ON public.conversation_changes USING btree (ends_at) WHERE (ends_at IS NOT NULL);
CREATE INDEX conversations_newest ON public.conversations USING btree (user_id, updated_at DESC, conversation_id DESC);
CREATE INDEX conversations_recorded ON public.conversations USING btree (recorded_at);
CREATE INDEX conversations_unasked ON public.conversations USING btree (updated_at) WHERE ((message_count > 40) AND (abs((message_count - summary_asked)) >= 20));
CREATE INDEX conversations_unsummarized ON public.conversations USING btree (user_id, conversation_id) WHERE ((message_count > 40) AND (abs((message_count - summarized)) >= 10));
CREATE INDEX counted_turns_age ON public.counted_turns USING btree (caused_at);
CREATE INDEX counted_turns_user ON public.counted_turns USING btree (user_id);
CREATE INDEX embeddings_user ON public.embeddings USING btree (user_id, model) INCLUDE (passage_id, sketch);
CREATE INDEX fact_claims_fact ON public.fact_claims USING btree (user_id, fact_id);
CREATE INDEX fact_claims_source ON public.fact_claims USING btree (user_id, conversation_id, message_id);
CREATE INDEX facts_due ON public.facts USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX messages_expiry ON public.messages USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE INDEX messages_place ON public.messages USING btree (user_id, conversation_id, place, sequence, message_id);
CREATE INDEX passages_embedded ON public.passages USING btree (embedded_by, said_at);
CREATE INDEX passages_expiry ON public.passages USING btree (user_id, expires_at) WHERE (expires_at IS NOT NULL);
CREATE INDEX passages_hidden ON public.passages USING btree (user_id) INCLUDE (passage_id) WHERE superseded;
CREATE INDEX passages_place ON public.passages USING btree (user_id, conversation_id, place, sequence, message_id);
CREATE INDEX passages_said ON public.passages USING btree (user_id, said_at);
CREATE INDEX system_memories_expiry ON public.system_memories USING btree (expires_at) WHERE ((expires_at IS NOT NULL) AND (NOT removed));
CREATE INDEX system_memories_there ON public.system_memories USING btree (system_key) WHERE (NOT removed);
CREATE INDEX topics_heaviest ON public.topics USING btree (user_id, weight DESC, topic);
CREATE INDEX unindexed_noted ON public.unindexed USING btree (noted);
CREATE INDEX unindexed_user ON public.unindexed USING btree (user_id, noted);
CREATE TRIGGER add_topics AFTER INSERT ON public.messages REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION public.add_topics();
CREATE TRIGGER drop_passages AFTER DELETE ON public.messages REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.drop_passages();
CREATE TRIGGER drop_postings AFTER DELETE ON public.passages REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.drop_postings();
CREATE TRIGGER hide_passage AFTER UPDATE OF superseded ON public.messages FOR EACH ROW WHEN ((new.superseded <> old.superseded)) EXECUTE FUNCTION public.hide_passage();
CREATE TRIGGER hide_topics AFTER UPDATE OF superseded ON public.messages FOR EACH ROW WHEN ((new.superseded AND (NOT old.superseded))) EXECUTE FUNCTION public.hide_topics();
CREATE TRIGGER note_unindexed AFTER INSERT ON public.messages REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.note_unindexed();
CREATE TRIGGER take_topics AFTER DELETE ON public.messages REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.take_topics();
ALTER TABLE public.branches ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.conversation_changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.conversation_topics ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.conversations ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.counted_turns ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.embeddings ENABLE ROW LEVEL SECURITY;
CREATE POLICY every ON public.branches TO membus_system USING (true);
CREATE POLICY every ON public.conversation_changes TO membus_system USING (true);
CREATE POLICY every ON public.conversation_topics TO membus_system USING (true);
CREATE POLICY every ON public.conversations TO membus_system USING (true);
CREATE POLICY every ON public.counted_turns TO membus_system USING (true);
CREATE POLICY every ON public.embeddings TO membus_system USING (true);
CREATE POLICY every ON public.fact_claims TO membus_system USING (true);
CREATE POLICY every ON public.facts TO membus_system USING (true);
CREATE POLICY every ON public.forgotten TO membus_system USING (true);
CREATE POLICY every ON public.messages TO membus_system USING (true);
CREATE POLICY every ON public.passage_totals TO membus_system USING (true);
CREATE POLICY every ON public.passages TO membus_system USING (true);
CREATE POLICY every ON public.postings TO membus_system USING (true);
CREATE POLICY every ON public.preferences TO membus_system USING (true);
CREATE POLICY every ON public.topics TO membus_system USING (true);
CREATE POLICY every ON public.unindexed TO membus_system USING (true);
CREATE POLICY every ON public.users TO membus_system USING (true);
ALTER TABLE public.fact_claims ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.facts ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.forgotten ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.branches TO membus_user USING ((user_id = current_setting('membus.user_id'::text, true)));
CREATE POLICY own ON public.conversation_changes TO membus_user USING ((user_id = current_setting('membus.user_id'::text, true)));
CREATE POLICY own ON public.conversation_topics TO membus_user USING ((user_id = current_setting('membus.user_id'::text, true)));
CREATE POLICY own ON public.conversations TO membus_user USING ((user_id = current_setting('membus.user_id'::text, true)));
CREATE POLICY own ON public.counted_turns TO membus_user USING ((user_id = current_setting('membus.user_id'::text, true)));
CREATE POLICY own ON public.embeddings TO membus_user USING ((user_id = current_setting('membus.user_id'::text, true)));
CREATE POLICY own ON public.fact_claims TO membus_user USING ((user_id = current_setting('membus.user_id'::text, true)));
CREATE POLICY own ON public.facts TO membus_user USING ((user_id = current_setting('membus.user_id'::text, true)));
CREATE POLICY own ON public.forgotten TO membus_user USING ((user_id = current_setting('membus.user_id'::text, true)));
CREATE POLICY own ON public.messages TO membus_user USING ((user_id = current_setting('membus.user_id'::text, true)));
CREATE POLICY own ON public.passage_totals TO membus_user USING ((user_id = current_setting('membus.user_id'::text, true)));
CREATE POLICY own ON public.passages TO membus_user USING ((user_id = current_setting('membus.user_id'::text, true)));
CREATE POLICY own ON public.postings TO membus_user USING ((owner = hashtextextended(current_setting('membus.user_id'::text, true), (0)::bigint)));
CREATE POLICY own ON public.preferences TO membus_user USING ((user_id = current_setting('membus.user_id'::text, true)));
CREATE POLICY own ON public.topics TO membus_user USING ((user_id = current_setting('membus.user_id'::text, true)));
CREATE POLICY own ON public.unindexed TO membus_user USING ((user_id = current_setting('membus.user_id'::text, true)));
CREATE POLICY own ON public.users TO membus_user USING ((user_id = current_setting('membus.user_id'::text, true)));
ALTER TABLE public.passage_totals ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.passages ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.postings ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.preferences ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.topics ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.unindexed ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON TABLE public.alembic_version TO PUBLIC;
GRANT SELECT ON TABLE public.branches TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.branches TO membus_system;
GRANT SELECT ON TABLE public.conversation_changes TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.conversation_changes TO membus_system;
GRANT SELECT ON TABLE public.conversation_topics TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.conversation_topics TO membus_system;
GRANT SELECT ON TABLE public.conversations TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.conversations TO membus_system;
GRANT SELECT ON TABLE public.counted_turns TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.counted_turns TO membus_system;
GRANT SELECT ON TABLE public.embedding_models TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.embedding_models TO membus_system;
GRANT SELECT ON TABLE public.embeddings TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.embeddings TO membus_system;
GRANT SELECT ON TABLE public.fact_claims TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.fact_claims TO membus_system;
GRANT SELECT ON TABLE public.facts TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.facts TO membus_system;
GRANT SELECT ON TABLE public.messages TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.messages TO membus_system;
GRANT SELECT,UPDATE ON TABLE public.totals TO membus_system;
GRANT SELECT ON TABLE public.figures TO PUBLIC;
GRANT SELECT ON TABLE public.forgotten TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.forgotten TO membus_system;
GRANT SELECT ON TABLE public.model_figures TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.model_figures TO membus_system;
GRANT SELECT ON TABLE public.passage_totals TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.passage_totals TO membus_system;
GRANT SELECT ON TABLE public.passages TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.passages TO membus_system;
GRANT SELECT ON TABLE public.postings TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.postings TO membus_system;
GRANT SELECT ON TABLE public.preferences TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.preferences TO membus_system;
GRANT SELECT ON TABLE public.system_memories TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.system_memories TO membus_system;
GRANT SELECT ON TABLE public.topics TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.topics TO membus_system;
GRANT SELECT ON TABLE public.unindexed TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.unindexed TO membus_system;
GRANT SELECT ON TABLE public.users TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.users TO membus_system;
