"""Reads pg_catalog: whoever adds a table, a view, a key, a function or a grant that lets tenants mix finds out here."""

import psycopg
import pytest

from tests.storage.conftest import Connection

BEFORE_TENANTS = {
    "alarms", "alembic_version", "answers", "arrows", "chat_lookups", "heartbeats", "inbox", "installation", "link_codes", "oauth_states",
    "platform_identities",
}  # fmt: skip
TENANTS = {
    "accounts", "approvals", "attempts", "audit_chain", "audit_events", "audit_heads", "batches", "briefs", "card_faces", "cards", "charges",
    "chat_identities", "chats", "decisions", "handed", "installations", "late_results", "measures", "members", "parts", "pauses", "posts", "prompts",
    "revisions", "role_periods", "salts", "schedules", "secrets", "transitions", "web_apps", "workspaces",
}  # fmt: skip
RANDOM_IDS = {"card_faces_token_key"}
"""Unique keys that may do without the workspace, because they are random and were made by us."""
DEFINERS = {
    "door_face": "amarktai_door", "door_workspaces": "amarktai_door", "door_keys": "amarktai_door", "door_heads": "amarktai_door", "door_sends": "amarktai_door",
    "door_spent": "amarktai_door", "door_sent": "amarktai_door", "door_waiting": "amarktai_door", "door_units": "amarktai_door", "door_due": "amarktai_door",
    "door_late": "amarktai_door", "door_overdue": "amarktai_door", "door_figures": "amarktai_door",
}  # fmt: skip
PERMISSIVE = {
    "logins": {"amarktai_web", "amarktai_worker"}, "chat_secrets": {"amarktai_web"}, "all_secrets": {"amarktai_worker"},
    "auditor": {"amarktai_auditor"}, "door": {"amarktai_door"},
}  # fmt: skip
OURS = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'"
LOGINS = "ARRAY['amarktai_web', 'amarktai_worker']"

RULES = {
    "a tenant table without forced row-level security": f"""
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id' AND a.attnum = 1
        WHERE {OURS} AND c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)""",
    "a tenant table without exactly one restrictive policy for the two logins": f"""
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id' AND a.attnum = 1
        WHERE {OURS} AND c.relkind IN ('r', 'p') AND 1 <> (
            SELECT count(*) FROM pg_policies p WHERE p.schemaname = n.nspname AND p.tablename = c.relname AND p.permissive = 'RESTRICTIVE'
            AND p.roles @> {LOGINS}::name[] AND cardinality(p.roles) = 2 AND p.cmd = 'ALL'
            AND p.qual ~ '^\\(workspace_id = \\( SELECT current_workspace\\(\\) AS current_workspace\\)\\)$'
            AND coalesce(p.with_check, p.qual) = p.qual)""",
    "a policy for everybody": "SELECT tablename || '.' || policyname FROM pg_policies WHERE 'public' = ANY (roles)",
    "a key that does not begin with the workspace": f"""
        SELECT i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id' AND a.attnum = 1
        WHERE {OURS} AND (x.indisunique OR x.indisprimary) AND x.indkey[0] <> a.attnum""",
    "a tenant table without a primary key": f"""
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id' AND a.attnum = 1 WHERE {OURS} AND c.relkind IN ('r', 'p')
        AND NOT EXISTS (SELECT FROM pg_index x WHERE x.indrelid = c.oid AND x.indisprimary)""",
    "a foreign key that does not take the workspace to the workspace": f"""
        SELECT k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
        JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
        WHERE {OURS} AND k.contype = 'f' AND (a.attname, b.attname) <> ('workspace_id', 'workspace_id')""",
    "a foreign key that would keep a workspace from being deleted": f"""
        SELECT k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {OURS} AND k.contype = 'f' AND k.confdeltype <> 'c'""",
    "an audit table with a foreign key": """
        SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text LIKE 'audit\\_%'""",
    "a workspace that may be null": f"""
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id' AND a.attnum = 1
        WHERE {OURS} AND c.relkind IN ('r', 'p') AND NOT a.attnotnull""",
    "a grant that outflanks the policies": f"""
        SELECT c.relname || ' ' || g.privilege_type || ' ' || g.grantee::regrole FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
        aclexplode(c.relacl) g WHERE {OURS} AND c.relkind <> 'S' AND g.grantee <> c.relowner
        AND g.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')""",
    "a grant to everybody": f"""
        SELECT c.relname || ' ' || g.privilege_type FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) g
        WHERE {OURS} AND g.grantee = 0""",
    "a grant that may be handed on": f"""
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) g
        WHERE {OURS} AND g.is_grantable AND g.grantee <> c.relowner""",
    "a view that reads with its owner's eyes": f"""
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS} AND c.relkind = 'v'
        AND NOT coalesce(c.reloptions, '{{}}') && ARRAY['security_invoker=true', 'security_invoker=on']""",
    "a materialised view, a partition or a foreign table": f"""
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {OURS} AND (c.relkind IN ('m', 'f') OR c.relispartition)""",
    "a rule": "SELECT rulename FROM pg_rules WHERE schemaname = 'public'",
    "a function that everybody may call": f"""
        SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE {OURS} AND has_function_privilege('public', p.oid, 'execute')""",
    "a function with another's rights that looks names up where its caller says": f"""
        SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE {OURS} AND p.prosecdef AND NOT coalesce('search_path=public, pg_temp' = ANY (p.proconfig), false)""",
    "a function whose last place to look is not pg_temp": f"""
        SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace, unnest(p.proconfig) s
        WHERE {OURS} AND s LIKE 'search\\_path=%' AND s NOT LIKE '%, pg\\_temp'""",
    "something that a role of ours owns, functions with its rights aside": """
        SELECT c.relname::text FROM pg_class c WHERE c.relowner::regrole::text IN
            ('amarktai_web', 'amarktai_worker', 'amarktai_door', 'amarktai_auditor')
        UNION ALL SELECT p.proname FROM pg_proc p WHERE NOT p.prosecdef AND p.proowner::regrole::text IN
            ('amarktai_web', 'amarktai_worker', 'amarktai_door', 'amarktai_auditor')""",
    "a role of ours with too much power": """
        SELECT rolname FROM pg_roles WHERE rolname IN ('amarktai_web', 'amarktai_worker', 'amarktai_door', 'amarktai_auditor')
        AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication
             OR rolcanlogin <> (rolname IN ('amarktai_web', 'amarktai_worker')))""",
    "a login that may become somebody else": f"""
        SELECT m.member::regrole || ' in ' || m.roleid::regrole FROM pg_auth_members m
        WHERE m.member::regrole::text = ANY ({LOGINS} || ARRAY['amarktai_door', 'amarktai_auditor'])""",
    "a role that may make things in our schema": """
        SELECT r FROM unnest(ARRAY['public', 'amarktai_web', 'amarktai_worker', 'amarktai_door', 'amarktai_auditor']) r
        WHERE has_schema_privilege(r, 'public', 'create')""",
}  # fmt: skip


def found(connection: Connection, rule: str) -> set[str]:
    return {str(row[0]) for row in connection.execute(psycopg.sql.SQL(RULES[rule])).fetchall()}


@pytest.mark.parametrize("rule", RULES)
def test_the_schema_has_no(rule: str, as_owner: Connection) -> None:
    assert found(as_owner, rule) - RANDOM_IDS == set()


def test_the_tables_are_exactly_those_that_somebody_wrote_down(as_owner: Connection) -> None:
    rows = as_owner.execute(
        "SELECT c.relname, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'workspace_id' AND a.attnum = 1)"
        " FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
    ).fetchall()
    assert {name for name, tenant in rows if tenant} == TENANTS
    assert {name for name, tenant in rows if not tenant} == BEFORE_TENANTS


def test_functions_with_anothers_rights_are_the_doors_and_the_auditors(as_owner: Connection) -> None:
    rows = as_owner.execute(
        "SELECT proname, proowner::regrole::text FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    )
    found_ones = dict(rows.fetchall())
    auditing = {name for name in found_ones if name.startswith("audit_")}
    assert {found_ones.pop(name) for name in auditing} == {"amarktai_auditor"}
    assert found_ones == DEFINERS


def test_permissive_policies_are_the_few_that_somebody_wrote_down(as_owner: Connection) -> None:
    rows = as_owner.execute(
        "SELECT DISTINCT policyname, roles FROM pg_policies WHERE permissive = 'PERMISSIVE'"
    ).fetchall()
    assert {name: set(roles) for name, roles in rows} == PERMISSIVE


def test_nobody_but_the_owner_writes_what_the_machine_is_made_of(as_owner: Connection) -> None:
    rows = as_owner.execute(
        "SELECT c.relname, g.privilege_type FROM pg_class c, aclexplode(c.relacl) g WHERE g.grantee <> c.relowner"
        " AND c.relname IN ('arrows', 'answers', 'installation', 'alembic_version')"
    ).fetchall()
    assert {privilege for _, privilege in rows} == {"SELECT"}


def test_doors_read_no_column_that_could_tell_what_somebody_wrote(as_owner: Connection) -> None:
    rows = as_owner.execute(
        "SELECT c.relname || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) g"
        " WHERE g.grantee = 'amarktai_door'::regrole AND format_type(a.atttypid, NULL) IN ('text', 'jsonb', 'bytea', 'text[]')"
    ).fetchall()
    assert {row[0] for row in rows} == {
        "card_faces.token", "posts.state", "chats.gone_reason", "accounts.state", "attempts.platform", "attempts.remote_account",
        "attempts.outcome", "attempts.kind", "accounts.platform", "accounts.remote_id", "charges.platform", "oauth_states.result", "oauth_states.state_hash", "oauth_states.code", "secrets.key_id", "secrets.purpose",
        "audit_heads.hash",
    }  # fmt: skip
    assert not as_owner.execute(
        "SELECT c.relname FROM pg_class c, aclexplode(c.relacl) g WHERE g.grantee = 'amarktai_door'::regrole"
    ).fetchall()


MISTAKES = {
    "a tenant table without forced row-level security": "ALTER TABLE measures NO FORCE ROW LEVEL SECURITY",
    "a tenant table without exactly one restrictive policy for the two logins": "DROP POLICY tenant ON pauses",
    "a policy for everybody": "CREATE POLICY system_inserts ON posts FOR INSERT WITH CHECK (true)",
    "a key that does not begin with the workspace": "CREATE UNIQUE INDEX one_url ON web_apps (url)",
    "a tenant table without a primary key": "ALTER TABLE measures DROP CONSTRAINT measures_pkey",
    "a foreign key that does not take the workspace to the workspace": (
        "ALTER TABLE members ADD UNIQUE (id); ALTER TABLE pauses ADD FOREIGN KEY (started_by) REFERENCES members (id)"
    ),
    "a foreign key that would keep a workspace from being deleted": (
        "ALTER TABLE prompts ADD FOREIGN KEY (workspace_id, token) REFERENCES card_faces (workspace_id, token)"
    ),
    "a grant that outflanks the policies": "GRANT TRUNCATE ON posts TO amarktai_worker",
    "a grant to everybody": "GRANT SELECT ON inbox TO PUBLIC",
    "a view that reads with its owner's eyes": "CREATE VIEW all_posts AS SELECT * FROM posts",
    "a materialised view, a partition or a foreign table": "CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM posts",
    "a function that everybody may call": (
        "ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"
    ),
    "a function with another's rights that looks names up where its caller says": (
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'"
    ),
    "a role that may make things in our schema": "GRANT CREATE ON SCHEMA public TO amarktai_web",
}


@pytest.mark.parametrize("rule", MISTAKES)
def test_a_mistake_of_this_kind_is_found(rule: str, as_owner: Connection) -> None:
    as_owner.execute(MISTAKES[rule])
    assert found(as_owner, rule) - RANDOM_IDS != set()
