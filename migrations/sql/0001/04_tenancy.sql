-- Row-level security. One restrictive policy a table keeps tenants apart whatever other policies exist; without a tenant
-- reads give no rows and writes are refused. FORCE binds the owner too. The grants say which login may do what.

-- Its names are looked up here and now, not when it runs, and so it needs no search path of its own; with one it could not be
-- inlined, and every statement would pay for a call a table.
CREATE FUNCTION current_workspace() RETURNS uuid LANGUAGE sql STABLE
RETURN nullif(current_setting('app.workspace', true), '')::uuid;
GRANT EXECUTE ON FUNCTION current_workspace() TO amarktai_web, amarktai_worker, amarktai_door, amarktai_auditor;

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOR tenant_table IN
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id' AND a.attnum = 1
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY tenant ON %I AS RESTRICTIVE TO amarktai_web, amarktai_worker '
                       'USING (workspace_id = (SELECT current_workspace())) '
                       'WITH CHECK (workspace_id = (SELECT current_workspace()))', tenant_table);
        -- A secret's own policies, below, are by purpose.
        IF tenant_table <> 'secrets' THEN
            EXECUTE format('CREATE POLICY logins ON %I TO amarktai_web, amarktai_worker USING (true) WITH CHECK (true)', tenant_table);
        END IF;
    END LOOP;
END $$;

-- Chat tokens are for both logins. Platform tokens are the worker's: to the web's login they do not exist.
CREATE POLICY chat_secrets ON secrets TO amarktai_web USING (purpose = 'chat') WITH CHECK (purpose = 'chat');
CREATE POLICY all_secrets ON secrets TO amarktai_worker USING (true) WITH CHECK (true);

-- Both logins read everything of their tenant.
GRANT SELECT ON workspaces, salts, secrets, members, role_periods, chat_identities, installations, chats, web_apps, schedules,
    accounts, batches, briefs, posts, revisions, decisions, approvals, handed, cards, card_faces, prompts, parts, attempts, charges, late_results,
    transitions, pauses, measures TO amarktai_web, amarktai_worker;

-- What people do comes in through the web.
GRANT INSERT ON workspaces, salts, secrets, members, role_periods, chat_identities, installations, chats, web_apps, schedules,
    batches, revisions, decisions, approvals, handed, cards, card_faces, prompts, parts, pauses TO amarktai_web, amarktai_worker;
GRANT UPDATE ON workspaces, members, role_periods, chat_identities, installations, chats, web_apps, schedules, batches,
    approvals, handed, cards, card_faces, prompts, pauses TO amarktai_web, amarktai_worker;
GRANT UPDATE (version, key_id, sealed) ON secrets TO amarktai_web, amarktai_worker;
GRANT UPDATE (event, actor, slot, revision_n, approval_id, direction, next_at, tries, trouble, trouble_link, remote_id, permalink,
    published_at, withdraw_wanted, next_measure_at, reminded_at, auto_released, absent_seen) ON posts TO amarktai_web;
GRANT UPDATE (state, trouble, refresh_at) ON accounts TO amarktai_web;
GRANT DELETE ON secrets, prompts, chat_identities, chats TO amarktai_web, amarktai_worker;
GRANT DELETE ON salts TO amarktai_worker;         -- erases a workspace's secrets

-- Writing, publishing and measuring are the worker's.
GRANT INSERT ON accounts, briefs, posts, attempts, charges, late_results, measures TO amarktai_worker;
GRANT UPDATE ON accounts, posts, parts TO amarktai_worker;
GRANT UPDATE (sent_at, ended_at, outcome, detail, lease_until) ON attempts TO amarktai_worker;

-- Before any tenant.
GRANT SELECT ON installation, arrows, answers, inbox, chat_lookups, link_codes, oauth_states, platform_identities, heartbeats
    TO amarktai_web, amarktai_worker;
GRANT INSERT ON inbox, chat_lookups, link_codes, oauth_states, heartbeats TO amarktai_web, amarktai_worker;
GRANT UPDATE ON chat_lookups, link_codes, oauth_states, heartbeats TO amarktai_web, amarktai_worker;
GRANT DELETE ON inbox, chat_lookups, link_codes, oauth_states TO amarktai_web, amarktai_worker;
GRANT INSERT, UPDATE ON platform_identities TO amarktai_worker;
GRANT SELECT, INSERT, DELETE ON alarms TO amarktai_web, amarktai_worker;

-- The gate that claims go through, many at a time; whoever pauses or stops shuts it and so waits for those inside. One gate a
-- workspace, and one (null) for the whole system. After a pause was committed no attempt begins, whatever happened at the same moment.
CREATE FUNCTION gate(workspace uuid) RETURNS bigint LANGUAGE sql IMMUTABLE
RETURN hashtextextended('amarktai gate ' || coalesce(workspace::text, ''), 0);

-- Volatile plpgsql reads anew with each statement: what was committed while the gate was shut is seen behind it.
CREATE FUNCTION is_paused(workspace uuid, web_app uuid, account uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(gate(workspace));
    RETURN EXISTS (SELECT FROM pauses s WHERE s.workspace_id = workspace AND s.ended_at IS NULL
                   AND (s.scope = 'workspace' OR s.scope_id IN (web_app, account)));
END $$;
-- Which database of which server this is: a copy made by whatever tool has another name, but for one of the server's own files.
CREATE FUNCTION database_place() RETURNS text LANGUAGE sql STABLE
RETURN (SELECT (SELECT c.system_identifier FROM pg_control_system() c) || '/' || d.oid FROM pg_database d WHERE d.datname = current_database());

-- A copy of an earlier state, or of somebody else's: accepted by nobody yet.
CREATE FUNCTION is_copy() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT i.restored_at IS NOT NULL OR coalesce(i.place <> database_place(), false) FROM installation i
$$;

CREATE FUNCTION is_stopped() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(gate(NULL));
    RETURN (SELECT i.stopped_at IS NOT NULL OR is_copy() FROM installation i);
END $$;
GRANT EXECUTE ON FUNCTION gate(uuid), is_paused(uuid, uuid, uuid), is_stopped(), is_copy(), database_place() TO amarktai_web, amarktai_worker;
