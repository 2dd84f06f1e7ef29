-- Back to empty. The roles belong to the server and stay while another database uses them.
DROP FUNCTION IF EXISTS decide, decide_here, record_decisions, judge, apply_answer, want_files, add_revision, count_approvals, first_answer CASCADE;
DROP TYPE IF EXISTS click, answered;
DROP TABLE IF EXISTS audit_heads, audit_chain, audit_events, measures, pauses, transitions, late_results, charges, attempts, parts, prompts, card_faces,
    cards, handed, approvals, decisions, revisions, posts, briefs, batches, accounts, schedules, web_apps, chats, installations,
    chat_identities, role_periods, members, secrets, salts, workspaces, alarms, heartbeats, platform_identities, oauth_states, link_codes,
    chat_lookups, inbox, answers, arrows, installation CASCADE;
DO $$
DECLARE
    ours regprocedure;
BEGIN
    FOR ours IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.proname LIKE 'audit\_%' LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', ours);
    END LOOP;
END $$;
DROP FUNCTION IF EXISTS door_face, door_workspaces, door_keys, door_sends, door_sent, door_waiting, door_spent, door_units, door_due, door_heads, door_late, door_overdue, door_figures, refuse_change, posts_want_redrawing, part_wants_redrawing, post_brings_parts, part_kinds,
    post_advances, post_refuses_assignment, post_is_born, review_at, current_workspace, is_paused, is_stopped, is_copy, database_place, gate CASCADE;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
GRANT USAGE ON SCHEMA public TO PUBLIC;
REVOKE ALL ON SCHEMA public FROM amarktai_web, amarktai_worker, amarktai_door, amarktai_auditor;
REVOKE ALL ON alembic_version FROM amarktai_web, amarktai_worker;
DO $$
DECLARE
    leaving text;
BEGIN
    FOREACH leaving IN ARRAY ARRAY['amarktai_web', 'amarktai_worker', 'amarktai_door', 'amarktai_auditor'] LOOP
        BEGIN
            EXECUTE format('DROP ROLE IF EXISTS %I', leaving);
        EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN
            RAISE NOTICE 'role % stays: another database uses it', leaving;
        END;
    END LOOP;
END $$;
