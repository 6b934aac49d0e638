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
    summarized bigint DEFAULT 0 NOT NULL
);
CREATE TABLE public.counted_turns (
    turn_id text NOT NULL,
    user_id text NOT NULL,
    conversation_id text NOT NULL,
    caused_at timestamp with time zone NOT NULL
);
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
    embedding public.vector,
    embedding_model text,
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
CREATE TABLE public.users (
    user_id text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_active timestamp with time zone NOT NULL,
    caused_at timestamp with time zone NOT NULL
);
INSERT INTO public.alembic_version VALUES ('0003');
INSERT INTO public.conversation_changes VALUES ('u-snapshot', 'c', 'tags', '["a"]', '2026-11-24 22:34:48+00', 7, '2026-11-24 22:34:48+00', NULL);
INSERT INTO public.conversation_changes VALUES ('u-snapshot', 'c', 'title', '"Иван"', '2026-11-24 22:34:48+00', 7, '2026-11-24 22:34:48+00', NULL);
INSERT INTO public.conversation_topics VALUES ('u-snapshot', 'c', 'иван', 1);
INSERT INTO public.conversations VALUES ('u-snapshot', 'c', NULL, 3, 0, '2026-11-24 22:34:41+00', '2026-11-24 22:34:46+00', '2026-11-24 22:34:46+00', '2026-11-24 22:34:46+00', 0);
INSERT INTO public.counted_turns VALUES ('01a20fb288904a8ec6329a47ce94', 'u-snapshot', 'c', '2026-11-24 22:34:41+00');
INSERT INTO public.fact_claims VALUES ('u-snapshot', 'claim_472517f95506d0b54c60147d', 'name', 'fact_9bfd1996a02d5aa289d2a2f5', 'c', 'm-0', '2026-11-24 22:34:41+00', 4, 0, '2026-11-24 22:34:41+00', '2026-11-24 22:34:41+00', '{"op": "assert", "key": ["иван"], "lang": "ru", "text": "Зовут Иван", "type": "identity", "quote": "quote of Иван", "value": "Иван", "fact_id": "fact_9bfd1996a02d5aa289d2a2f5", "claim_id": "claim_472517f95506d0b54c60147d", "extractor": "rules/1", "predicate": "name"}');
INSERT INTO public.fact_claims VALUES ('u-snapshot', 'claim_97f6ad80415ca6437bce5aa0', 'lives_in', 'fact_7859deef6421b6f28d3663fd', 'c', NULL, '2026-11-24 22:34:43+00', 6, 0, '2026-11-24 22:34:43+00', '2026-11-24 22:34:43+00', '{"op": "assert", "key": ["oslo"], "text": "Lives in Oslo", "type": "location", "quote": "quote of Oslo", "value": "Oslo", "fact_id": "fact_7859deef6421b6f28d3663fd", "claim_id": "claim_97f6ad80415ca6437bce5aa0", "extractor": "rules/1", "predicate": "lives_in"}');
INSERT INTO public.fact_claims VALUES ('u-snapshot', 'claim_df61404b264bf10d55a389ea', 'lives_in', 'fact_9b6736a8903d6b16b59ecc52', 'c', 'm-1', '2026-11-24 22:34:42+00', 5, 0, '2026-11-24 22:34:42+00', '2026-11-24 22:34:42+00', '{"op": "assert", "key": ["pari"], "text": "Lives in Paris", "type": "location", "quote": "quote of Paris", "value": "Paris", "fact_id": "fact_9b6736a8903d6b16b59ecc52", "claim_id": "claim_df61404b264bf10d55a389ea", "extractor": "rules/1", "predicate": "lives_in"}');
INSERT INTO public.facts VALUES ('u-snapshot', 'fact_7859deef6421b6f28d3663fd', 'location', 'lives_in', 'Oslo', 'Lives in Oslo', 'en', 'active', 1, 'c', NULL, 'rules/1', '2026-11-24 22:34:43+00', NULL, '2026-11-24 22:34:43+00', NULL, false, '{}', 'medium', NULL, NULL);
INSERT INTO public.facts VALUES ('u-snapshot', 'fact_9b6736a8903d6b16b59ecc52', 'location', 'lives_in', 'Paris', 'Lives in Paris', 'en', 'superseded', 1, 'c', 'm-1', 'rules/1', '2026-11-24 22:34:42+00', '2026-11-24 22:34:43+00', '2026-11-24 22:34:42+00', 'fact_7859deef6421b6f28d3663fd', false, '{}', 'medium', NULL, NULL);
INSERT INTO public.facts VALUES ('u-snapshot', 'fact_9bfd1996a02d5aa289d2a2f5', 'identity', 'name', 'Иван', 'Зовут Иван', 'ru', 'active', 1, 'c', 'm-0', 'rules/1', '2026-11-24 22:34:41+00', NULL, '2026-11-24 22:34:41+00', NULL, false, '{}', 'medium', NULL, NULL);
INSERT INTO public.forgotten VALUES ('u-forgotten', '', '', '2026-11-24 22:34:48+00', 'e', 0, '');
INSERT INTO public.messages VALUES ('u-snapshot', 'c', '01a20fb288904a8ec6329a47ce94-u', 1795559681000000, 1, 'user', NULL, 'Меня зовут Иван', '2026-11-24 22:34:41+00', NULL, NULL, 'complete', '{}', '{}', 'medium', NULL, '2026-11-24 22:34:41+00', false, NULL, NULL, '{иван}', 171917701);
INSERT INTO public.messages VALUES ('u-snapshot', 'c', '01a20fb288904a8ec6329a47ce94-a', 1795559681000001, 1, 'assistant', NULL, 'Привет, Иван!', '2026-11-24 22:34:42+00', 'm', NULL, 'complete', '{}', '{}', 'medium', NULL, '2026-11-24 22:34:41+00', false, NULL, NULL, '{}', 171917701);
INSERT INTO public.messages VALUES ('u-snapshot', 'c', 'm-1', 1795559686000000, 2, 'user', NULL, 'it''s 🦊', '2026-11-24 22:34:46+00', NULL, NULL, 'complete', '{"k": [1, null]}', '{a,b}', 'medium', NULL, '2026-11-24 22:34:46+00', false, NULL, NULL, '{}', 171917701);
INSERT INTO public.model_figures VALUES ('m', -1, 1, 0, 0, 0, 0);
INSERT INTO public.preferences VALUES ('u-snapshot', 'gone', NULL, '2026-11-24 22:34:47+00', 3, '2026-11-24 22:34:47+00');
INSERT INTO public.preferences VALUES ('u-snapshot', 'language', '"ru"', '2026-11-24 22:34:47+00', 3, '2026-11-24 22:34:47+00');
INSERT INTO public.system_memories VALUES ('version', '{"k": [1, null]}', 'system_facts', '{}', 'medium', '2026-11-24 22:34:49+00', 8, NULL, false);
INSERT INTO public.topics VALUES ('', 'иван', 1, 171917701);
INSERT INTO public.topics VALUES ('u-snapshot', 'иван', 1, 171917701);
INSERT INTO public.totals VALUES (true, 1, 1, 3, 0, 2);
INSERT INTO public.users VALUES ('u-snapshot', '2026-11-24 22:34:41+00', '2026-11-24 22:34:47+00', '2026-11-24 22:34:47+00');
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
ALTER TABLE ONLY public.preferences
    ADD CONSTRAINT preferences_pkey PRIMARY KEY (user_id, key);
ALTER TABLE ONLY public.system_memories
    ADD CONSTRAINT system_memories_pkey PRIMARY KEY (system_key);
ALTER TABLE ONLY public.topics
    ADD CONSTRAINT topics_pkey PRIMARY KEY (user_id, topic);
ALTER TABLE ONLY public.totals
    ADD CONSTRAINT totals_pkey PRIMARY KEY (singleton);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (user_id);
CREATE INDEX conversation_changes_ends ON public.conversation_changes USING btree (ends_at) WHERE (ends_at IS NOT NULL);
CREATE INDEX conversations_newest ON public.conversations USING btree (user_id, updated_at DESC, conversation_id DESC);
CREATE INDEX conversations_recorded ON public.conversations USING btree (recorded_at);
CREATE INDEX conversations_unsummarized ON public.conversations USING btree (user_id, conversation_id) WHERE ((message_count > 40) AND (abs((message_count - summarized)) >= 10));
CREATE INDEX counted_turns_age ON public.counted_turns USING btree (caused_at);
CREATE INDEX counted_turns_user ON public.counted_turns USING btree (user_id);
CREATE INDEX fact_claims_fact ON public.fact_claims USING btree (user_id, fact_id);
CREATE INDEX fact_claims_source ON public.fact_claims USING btree (user_id, conversation_id, message_id);
CREATE INDEX facts_due ON public.facts USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX messages_expiry ON public.messages USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE INDEX messages_place ON public.messages USING btree (user_id, conversation_id, place, sequence, message_id);
CREATE INDEX system_memories_expiry ON public.system_memories USING btree (expires_at) WHERE ((expires_at IS NOT NULL) AND (NOT removed));
CREATE INDEX system_memories_there ON public.system_memories USING btree (system_key) WHERE (NOT removed);
CREATE INDEX topics_heaviest ON public.topics USING btree (user_id, weight DESC, topic);
CREATE TRIGGER add_topics AFTER INSERT ON public.messages REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION public.add_topics();
CREATE TRIGGER hide_topics AFTER UPDATE OF superseded ON public.messages FOR EACH ROW WHEN ((new.superseded AND (NOT old.superseded))) EXECUTE FUNCTION public.hide_topics();
CREATE TRIGGER take_topics AFTER DELETE ON public.messages REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.take_topics();
ALTER TABLE public.branches ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.conversation_changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.conversation_topics ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.conversations ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.counted_turns ENABLE ROW LEVEL SECURITY;
CREATE POLICY every ON public.branches TO membus_system USING (true);
CREATE POLICY every ON public.conversation_changes TO membus_system USING (true);
CREATE POLICY every ON public.conversation_topics TO membus_system USING (true);
CREATE POLICY every ON public.conversations TO membus_system USING (true);
CREATE POLICY every ON public.counted_turns TO membus_system USING (true);
CREATE POLICY every ON public.fact_claims TO membus_system USING (true);
CREATE POLICY every ON public.facts TO membus_system USING (true);
CREATE POLICY every ON public.forgotten TO membus_system USING (true);
CREATE POLICY every ON public.messages TO membus_system USING (true);
CREATE POLICY every ON public.preferences TO membus_system USING (true);
CREATE POLICY every ON public.topics TO membus_system USING (true);
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
CREATE POLICY own ON public.fact_claims TO membus_user USING ((user_id = current_setting('membus.user_id'::text, true)));
CREATE POLICY own ON public.facts TO membus_user USING ((user_id = current_setting('membus.user_id'::text, true)));
CREATE POLICY own ON public.forgotten TO membus_user USING ((user_id = current_setting('membus.user_id'::text, true)));
CREATE POLICY own ON public.messages TO membus_user USING ((user_id = current_setting('membus.user_id'::text, true)));
CREATE POLICY own ON public.preferences TO membus_user USING ((user_id = current_setting('membus.user_id'::text, true)));
CREATE POLICY own ON public.topics TO membus_user USING ((user_id = current_setting('membus.user_id'::text, true)));
CREATE POLICY own ON public.users TO membus_user USING ((user_id = current_setting('membus.user_id'::text, true)));
ALTER TABLE public.preferences ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.topics ENABLE ROW LEVEL SECURITY;
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
GRANT SELECT ON TABLE public.preferences TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.preferences TO membus_system;
GRANT SELECT ON TABLE public.system_memories TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.system_memories TO membus_system;
GRANT SELECT ON TABLE public.topics TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.topics TO membus_system;
GRANT SELECT ON TABLE public.users TO membus_user;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.users TO membus_system;
