"""The schema goes up, down to nothing, and up again to the same; twice at once too."""

import threading
from pathlib import Path

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

import migrations
from tests.storage.conftest import Connection, connected

CATALOGUE = {
    "columns": """SELECT c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
        a.attacl::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum) WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1, 2""",
    "relations": """SELECT relname, relkind::text, relacl::text, relrowsecurity, relforcerowsecurity, relowner::regrole::text FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'pg\\_toast%' ORDER BY 1""",
    "keys": """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2""",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    "functions": """SELECT oid::regprocedure::text, pg_get_functiondef(oid), proacl::text, proowner::regrole::text FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace ORDER BY 1""",
    "triggers": """SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2""",
    "policies": "SELECT * FROM pg_policies ORDER BY tablename, policyname",
    "types": "SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype <> 'c' AND typelem = 0 ORDER BY 1",
    "schemas": "SELECT nspname, nspacl::text FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' ORDER BY 1",
    "defaults": "SELECT defaclobjtype::text, defaclacl::text FROM pg_default_acl ORDER BY 1, 2",
    "the machine": "SELECT * FROM arrows ORDER BY 1, 2",
}


def catalogue(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    return {name: connection.execute(query).fetchall() for name, query in CATALOGUE.items()}


def test_up_down_and_up_again_gives_the_same_schema(empty_database_url: str) -> None:
    migrations.upgrade(empty_database_url)
    with connected(empty_database_url) as connection:
        first = catalogue(connection)
    migrations.downgrade(empty_database_url)
    migrations.upgrade(empty_database_url)
    with connected(empty_database_url) as connection:
        assert catalogue(connection) == first
    assert [name for name in CATALOGUE if not first[name]] == ["types"]


def test_down_leaves_nothing_of_ours(empty_database_url: str) -> None:
    migrations.upgrade(empty_database_url)
    migrations.downgrade(empty_database_url)
    left = """
        SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT typname::text FROM pg_type WHERE typnamespace = 'public'::regnamespace
        UNION ALL SELECT nspname::text FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', 'public')
        UNION ALL SELECT 'default rights' FROM pg_default_acl
        UNION ALL SELECT refclassid::regclass::text FROM pg_shdepend WHERE deptype IN ('a', 'o', 'r')
            AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND refobjid IN (SELECT oid FROM pg_roles WHERE rolname ~ '^amarktai_(web|worker|door|auditor)$')"""
    with connected(empty_database_url) as connection:
        assert connection.execute(left).fetchall() == []


def test_down_from_a_database_in_use_takes_the_rows_along(database_url: str) -> None:
    with connected(database_url) as connection:
        connection.execute("INSERT INTO inbox (source, event_key) VALUES ('slack', '1')")
    migrations.downgrade(database_url)
    migrations.downgrade(database_url)
    migrations.upgrade(database_url)
    with connected(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM inbox").fetchone() == (0,)


def test_upgrades_at_the_same_time_wait_for_each_other(empty_database_url: str) -> None:
    failures: list[BaseException] = []
    start = threading.Barrier(3)

    def upgrade() -> None:
        start.wait()
        try:
            migrations.upgrade(empty_database_url)
        except BaseException as error:  # noqa: BLE001 - a thread's failure is judged by the test
            failures.append(error)

    threads = [threading.Thread(target=upgrade) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with connected(empty_database_url) as connection:
        assert connection.execute("SELECT count(*) FROM installation").fetchone() == (1,)


def test_a_second_upgrade_changes_nothing(database_url: str) -> None:
    with connected(database_url) as connection:
        before = catalogue(connection)
        migrations.upgrade(database_url)
        assert catalogue(connection) == before


def test_an_upgrade_that_fails_leaves_nothing_behind(empty_database_url: str) -> None:
    with connected(empty_database_url) as connection:
        connection.execute("CREATE TABLE measures (mine int)")
        with pytest.raises(Exception, match="already exists"):
            migrations.upgrade(empty_database_url)
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        assert {name for (name,) in tables} - {"alembic_version"} == {"measures"}
        connection.execute("DROP TABLE measures")
    migrations.upgrade(empty_database_url)


def test_the_short_form_of_the_address_works_too(empty_database_url: str) -> None:
    migrations.upgrade(empty_database_url.replace("postgresql://", "postgres://"))
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (migrations.REVISIONS[-1],)


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    return ScriptDirectory.from_config(config)


def test_the_revisions_that_the_code_knows_are_those_there_are_one_after_the_other() -> None:
    found = [script.revision for script in reversed(list(scripts().walk_revisions()))]
    assert tuple(found) == migrations.REVISIONS == tuple(sorted(migrations.REVISIONS))
    assert scripts().get_heads() == [migrations.REVISIONS[-1]]


def test_every_revision_has_its_sql_and_goes_both_ways() -> None:
    for revision in migrations.REVISIONS:
        folder = Path(migrations.__file__).parent / "sql" / revision
        assert (folder / "down.sql").exists()
        assert list(folder.glob("[0-9]*.sql"))
