-- Who may connect and who may not. Roles belong to the whole server, so several databases share them.
--   amarktai_web, amarktai_worker   the two logins; neither owns anything
--   amarktai_door                   owns the few functions that look across tenants (no login)
--   amarktai_auditor                owns the functions that write the audit trail (no login)
-- `amarktai migrate` gives the logins their passwords.
DO $$
DECLARE
    wanted record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('amarktai roles'));
    FOR wanted IN SELECT * FROM (VALUES ('amarktai_web', 'LOGIN'), ('amarktai_worker', 'LOGIN'),
                                        ('amarktai_door', 'NOLOGIN'), ('amarktai_auditor', 'NOLOGIN')) AS w (name, login)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I %s NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT', wanted.name, wanted.login);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;                             -- another database of this server was migrated at the same moment
            END;
        END IF;
    END LOOP;
    -- Giving a function to a role needs the right to become it.
    IF NOT pg_has_role(current_user, 'amarktai_door', 'SET') THEN
        EXECUTE format('GRANT amarktai_door TO %I WITH INHERIT FALSE, SET TRUE', current_user);
    END IF;
    IF NOT pg_has_role(current_user, 'amarktai_auditor', 'SET') THEN
        EXECUTE format('GRANT amarktai_auditor TO %I WITH INHERIT FALSE, SET TRUE', current_user);
    END IF;
END $$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO amarktai_web, amarktai_worker, amarktai_door, amarktai_auditor;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
