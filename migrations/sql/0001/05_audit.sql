-- The audit trail: written by statement-level triggers so that no code path can forget, with a column allow-list so that no
-- secret and no text gets in, append-only, without foreign keys, chained per workspace when the transaction commits.

CREATE TABLE audit_events (
    workspace_id uuid NOT NULL,
    id           bigint GENERATED ALWAYS AS IDENTITY,
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    login        text NOT NULL,
    what         text NOT NULL,                   -- table:operation
    body         text NOT NULL,                   -- JSON array of the changed rows, allowed columns only
    PRIMARY KEY (workspace_id, id)
);
CREATE TABLE audit_chain (
    workspace_id uuid NOT NULL,
    seq          bigint NOT NULL,
    event_id     bigint NOT NULL,
    hash         bytea NOT NULL,
    PRIMARY KEY (workspace_id, seq),
    UNIQUE (workspace_id, event_id)
);
CREATE TABLE audit_heads (
    workspace_id uuid PRIMARY KEY,
    seq          bigint NOT NULL,
    hash         bytea NOT NULL
);

CREATE FUNCTION audit_hash(prev bytea, workspace_id uuid, seq bigint, event_id bigint, at timestamptz, login text, what text, body text)
RETURNS bytea LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(prev || convert_to(concat_ws(E'\x1f', workspace_id, seq, event_id,
        (extract(epoch FROM at) * 1000000)::bigint, login, what, body), 'UTF8'))
$$;

-- A post writes an event for the moves only; its leases and timers are no news. Its moves are kept as rows, too, which the logins
-- can read and nobody else writes.
CREATE FUNCTION audit_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    WITH moved AS (
        SELECT n.workspace_id, n.id, n.number, n.step, o.state AS old, n.state AS new, n.event, n.actor, n.revision_n, n.slot, n.approval_id,
               n.fence, n.remote_id, n.step > o.step AS stepped
        FROM now_rows n JOIN was_rows o ON o.workspace_id = n.workspace_id AND o.id = n.id
        WHERE n.step > o.step OR n.slot <> o.slot
    ), kept AS (
        INSERT INTO transitions (workspace_id, post_id, step, event, old, new, actor)
        SELECT m.workspace_id, m.id, m.step, m.event, m.old, m.new, m.actor FROM moved m WHERE m.stepped
    )
    INSERT INTO audit_events (workspace_id, login, what, body)
    SELECT m.workspace_id, session_user, 'posts:move',
           -- A moved slot has no event of its own; who moved it stands in its decision.
           jsonb_agg(jsonb_build_object('id', m.id, 'number', m.number, 'step', m.step, 'old', m.old, 'new', m.new,
               'event', CASE WHEN m.stepped THEN m.event END, 'actor', CASE WHEN m.stepped THEN m.actor END,
               'revision', m.revision_n, 'slot', m.slot, 'approval', m.approval_id, 'fence', m.fence,
               'remote_id', m.remote_id))::text
    FROM moved m GROUP BY m.workspace_id;
    RETURN NULL;
END $$;

-- Runs once an event, deferred to the commit, so that a workspace's head is locked last and briefly.
CREATE FUNCTION audit_link() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    head   audit_heads%ROWTYPE;
    event  audit_events%ROWTYPE;
    events bigint[] := '{}';
    hashes bytea[] := '{}';
BEGIN
    IF EXISTS (SELECT FROM audit_chain c WHERE c.workspace_id = NEW.workspace_id AND c.event_id = NEW.id) THEN
        RETURN NULL;                              -- linked with an earlier event of this transaction
    END IF;
    SELECT * INTO head FROM audit_heads WHERE workspace_id = NEW.workspace_id FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO audit_heads VALUES (NEW.workspace_id, 0, '\x') ON CONFLICT DO NOTHING;
        SELECT * INTO STRICT head FROM audit_heads WHERE workspace_id = NEW.workspace_id FOR UPDATE;
    END IF;
    -- Every event that has no link is of this transaction: others commit theirs with it, or show nothing yet.
    FOR event IN SELECT * FROM audit_events e WHERE e.workspace_id = NEW.workspace_id AND e.id >= NEW.id
            AND NOT EXISTS (SELECT FROM audit_chain c WHERE c.workspace_id = e.workspace_id AND c.event_id = e.id) ORDER BY e.id LOOP
        head.seq := head.seq + 1;
        head.hash := audit_hash(head.hash, event.workspace_id, head.seq, event.id, event.at, event.login, event.what, event.body);
        events := events || event.id;
        hashes := hashes || head.hash;
    END LOOP;
    INSERT INTO audit_chain SELECT NEW.workspace_id, head.seq - cardinality(events) + l.n, l.event, l.hash
    FROM unnest(events, hashes) WITH ORDINALITY l (event, hash, n);
    UPDATE audit_heads SET seq = head.seq, hash = head.hash WHERE workspace_id = NEW.workspace_id;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audit_events_linked AFTER INSERT ON audit_events DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION audit_link();

CREATE TRIGGER audit_events_immutable BEFORE UPDATE OR DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_chain_immutable BEFORE UPDATE OR DELETE ON audit_chain FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_events_kept BEFORE TRUNCATE ON audit_events EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_chain_kept BEFORE TRUNCATE ON audit_chain EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_heads_immutable BEFORE DELETE ON audit_heads FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_heads_kept BEFORE TRUNCATE ON audit_heads EXECUTE FUNCTION refuse_change();

-- Which columns of which table, for which operations. What is not named is not copied. Each gets a function of its own: one for
-- all would have to take every row apart by name, which cost a click more than its decision.
DO $$
DECLARE
    rule record;
    operation text;
    copied text;
    name text;
BEGIN
    FOR rule IN SELECT * FROM (VALUES
        ('workspaces', 'INSERT UPDATE DELETE', 'workspace_id name plan budgets'),
        ('salts', 'INSERT DELETE', 'workspace_id'),
        ('members', 'INSERT DELETE', 'id'),
        ('role_periods', 'INSERT UPDATE', 'id member_id role granted_at granted_by revoked_at revoked_by'),
        ('chat_identities', 'INSERT UPDATE DELETE', 'id member_id surface team_ref user_ref'),
        ('installations', 'INSERT UPDATE', 'id surface team_ref bot_user_ref scopes installed_by uninstalled_at'),
        ('web_apps', 'INSERT UPDATE', 'id url zone batch_at deliver_at slot_times quorum removed_at'),
        ('accounts', 'INSERT UPDATE', 'id platform kind remote_id state scopes expires_at connected_by posts_a_day'),
        ('secrets', 'INSERT UPDATE DELETE', 'owner_table owner_id name purpose version key_id'),
        ('batches', 'INSERT', 'id web_app_id local_date'),
        ('posts', 'INSERT', 'id number batch_id account_id slot'),
        ('revisions', 'INSERT', 'post_id n sha256 drafted_from made_by length'),
        ('decisions', 'INSERT', 'id post_id revision_n member_id surface card_id decision outcome applied event_key'),
        ('approvals', 'INSERT UPDATE', 'id post_id revision_n sha256 member_id at revoked_at revoked_by'),
        ('parts', 'INSERT UPDATE', 'post_id n kind state fence sending remote_id'),
        ('handed', 'INSERT', 'id post_id member_id revision_n surface'),
        ('attempts', 'INSERT UPDATE', 'id post_id part fence account_id approval_id revision_n sha256 intent_at sent_at ended_at outcome price'),
        ('late_results', 'INSERT', 'post_id part fence remote_id'),
        ('pauses', 'INSERT UPDATE', 'id scope scope_id started_by started_at ended_by ended_at')
    ) AS r (table_name, operations, columns)
    LOOP
        SELECT string_agg(format('%L, r.%I', c, c), ', ') INTO copied FROM regexp_split_to_table(rule.columns, ' ') c;
        FOREACH operation IN ARRAY string_to_array(rule.operations, ' ') LOOP
            name := format('audit_%s_%s', rule.table_name, lower(operation));
            EXECUTE format($body$
                CREATE FUNCTION %I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $trigger$
                BEGIN
                    INSERT INTO audit_events (workspace_id, login, what, body)
                    SELECT r.workspace_id, session_user, %L, jsonb_agg(jsonb_build_object(%s))::text FROM told_rows r GROUP BY r.workspace_id;
                    RETURN NULL;
                END $trigger$ $body$, name, rule.table_name || ':' || lower(operation), copied);
            EXECUTE format('CREATE TRIGGER %I AFTER %s ON %I REFERENCING %s TABLE AS told_rows FOR EACH STATEMENT EXECUTE FUNCTION %I()',
                'audit_' || lower(operation), operation, rule.table_name, CASE operation WHEN 'DELETE' THEN 'OLD' ELSE 'NEW' END, name);
        END LOOP;
    END LOOP;
END $$;
CREATE TRIGGER audit_update AFTER UPDATE ON posts REFERENCING OLD TABLE AS was_rows NEW TABLE AS now_rows
    FOR EACH STATEMENT EXECUTE FUNCTION audit_moves();

-- The auditor writes, nobody else; tenants read their own.
DO $$
DECLARE
    audit_table text;
BEGIN
    FOREACH audit_table IN ARRAY ARRAY['audit_events', 'audit_chain', 'audit_heads'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', audit_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', audit_table);
        EXECUTE format('CREATE POLICY tenant ON %I AS RESTRICTIVE TO amarktai_web, amarktai_worker '
                       'USING (workspace_id = (SELECT current_workspace()))', audit_table);
        EXECUTE format('CREATE POLICY logins ON %I FOR SELECT TO amarktai_web, amarktai_worker USING (true)', audit_table);
        EXECUTE format('CREATE POLICY auditor ON %I TO amarktai_auditor USING (true) WITH CHECK (true)', audit_table);
        EXECUTE format('GRANT SELECT ON %I TO amarktai_web, amarktai_worker, amarktai_auditor', audit_table);
    END LOOP;
END $$;
GRANT INSERT ON audit_events, audit_chain, audit_heads TO amarktai_auditor;
GRANT UPDATE ON audit_heads TO amarktai_auditor;
GRANT INSERT ON transitions TO amarktai_auditor;
CREATE POLICY auditor ON transitions FOR INSERT TO amarktai_auditor WITH CHECK (true);
GRANT EXECUTE ON FUNCTION audit_hash TO amarktai_web, amarktai_worker, amarktai_auditor;

GRANT CREATE ON SCHEMA public TO amarktai_auditor;
DO $$
DECLARE
    auditing regprocedure;
BEGIN
    FOR auditing IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
        AND p.proname LIKE 'audit\_%'
    LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO amarktai_auditor', auditing);
    END LOOP;
END $$;
REVOKE CREATE ON SCHEMA public FROM amarktai_auditor;
