"""Two workspaces in one database: whatever one login does under one of them, the other neither sees nor suffers it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import product
from uuid import UUID

import psycopg
import pytest
from psycopg import errors, sql
from psycopg.types.json import Jsonb

from domain.ids import uuid7
from storage.session import Database, Transaction
from tests.sharing import TABLE
from tests.storage.conftest import Connection, House

FILLED = """
    INSERT INTO secrets VALUES (%(ws)s, 'accounts', %(id)s, 'access', 'platform', 1, 'p1', '\\x01');
    INSERT INTO secrets VALUES (%(ws)s, 'installations', %(id)s, 'bot', 'chat', 1, 'c1', '\\x01');
    INSERT INTO installations (workspace_id, id, surface, team_ref, team_name, bot_user_ref, scopes) VALUES (%(ws)s, %(id)s, 'slack', 'T', 'T', 'U', '');
    INSERT INTO schedules VALUES (%(ws)s, %(id)s, %(app)s, 'batch', now());
    INSERT INTO prompts VALUES (%(ws)s, '1', '1', 'x', 'edit', 'u', now());
    INSERT INTO pauses (workspace_id, id, scope) VALUES (%(ws)s, %(id)s, 'workspace');
    INSERT INTO decisions (workspace_id, id, post_id, revision_n, member_id, surface, decision, outcome, applied, event_key)
        VALUES (%(ws)s, %(id)s, %(post)s, 1, %(ann)s, 'slack', 'approve', 'applied', true, 'k');
    INSERT INTO handed (workspace_id, id, post_id, member_id, revision_n, step, surface, team_ref, files, description, next_at)
        VALUES (%(ws)s, %(id)s, %(post)s, %(ann)s, 1, 3, 'slack', 'T1', '[]', '', now());
    INSERT INTO attempts (workspace_id, id, post_id, fence, account_id, platform, remote_account, approval_id, revision_n, sha256, worker, intent_at, lease_until)
        VALUES (%(ws)s, %(id)s, %(post)s, 1, %(account)s, 'x', '1', %(id)s, 1, '\\x', 'w', now(), now());
    INSERT INTO parts (workspace_id, post_id, n, kind) VALUES (%(ws)s, %(post)s, 2, 'reply');
    INSERT INTO late_results (workspace_id, post_id, fence, remote_id) VALUES (%(ws)s, %(post)s, 1, '1');
    INSERT INTO charges (workspace_id, id, platform, kind) VALUES (%(ws)s, %(id)s, 'x', 'read');
    INSERT INTO measures (workspace_id, post_id) VALUES (%(ws)s, %(post)s)
"""


@pytest.fixture
def two(house: House, other: House) -> tuple[House, House]:
    """Both with at least one row in every tenant table."""
    for each in (house, other):
        post = each.post("approved")
        each.token(post)
        values = {"id": uuid7(), "post": post, "app": each.app, "ann": each.people["ann"], "account": each.account}
        for statement in FILLED.split(";"):
            each.run(statement, values)
    return house, other


PRIMARY = """
SELECT c.relname, array_agg(a.attname::text) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey) WHERE i.indisprimary AND c.relnamespace = 'public'::regnamespace GROUP BY 1
"""


@pytest.fixture
def tables(as_owner: Connection) -> list[str]:
    rows = as_owner.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id' AND a.attnum = 1"
        " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY 1"
    )
    return [row[0] for row in rows.fetchall()]


def under(connection: Connection, workspace_id: UUID | None) -> None:
    connection.execute("SELECT set_config('app.workspace', %s, true)", (str(workspace_id) if workspace_id else "",))


def touched(
    connection: Connection, tenant: UUID | None, statement: sql.Composed, values: dict[str, object]
) -> int | str:
    """How many rows a statement touched under a tenant, or why it was refused. Nothing stays of it."""
    try:
        with connection.transaction(force_rollback=True):
            under(connection, tenant)
            if statement.as_string(connection).startswith("COPY"):
                return copied(connection, statement)
            return connection.execute(statement, values).rowcount
    except psycopg.Error as error:
        return type(error).__name__


def copied(connection: Connection, statement: sql.Composed) -> int:
    """How many lines COPY gave out."""
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        return sum(1 for _ in copy) if "TO STDOUT" in statement.as_string(connection) else 1


def shape(table: str, theirs: UUID) -> dict[str, sql.Composed]:
    name = sql.Identifier(table)
    return {
        "select": sql.SQL("SELECT 1 FROM {} WHERE workspace_id = %(theirs)s").format(name),
        "update": sql.SQL("UPDATE {} SET workspace_id = workspace_id WHERE workspace_id = %(theirs)s").format(name),
        "take": sql.SQL("UPDATE {} SET workspace_id = %(mine)s WHERE workspace_id = %(theirs)s").format(name),
        "give": sql.SQL("UPDATE {} SET workspace_id = %(theirs)s WHERE workspace_id = %(mine)s").format(name),
        "delete": sql.SQL("DELETE FROM {} WHERE workspace_id = %(theirs)s").format(name),
        "insert": sql.SQL("INSERT INTO {0} OVERRIDING USER VALUE SELECT (jsonb_populate_record(NULL::{0}, %(row)s)).*").format(name),
        "conflict": sql.SQL(
            "INSERT INTO {0} OVERRIDING USER VALUE SELECT (jsonb_populate_record(NULL::{0}, %(row)s)).*"
            " ON CONFLICT DO NOTHING RETURNING workspace_id"
        ).format(name),
        "merge": sql.SQL("MERGE INTO {} t USING (SELECT %(theirs)s::uuid w) s ON t.workspace_id = s.w WHEN MATCHED THEN DELETE").format(name),
        "truncate": sql.SQL("TRUNCATE {}").format(name),
        "returning": sql.SQL("UPDATE {} SET workspace_id = workspace_id WHERE workspace_id = %(theirs)s RETURNING *").format(name),
        "delete returning": sql.SQL("DELETE FROM {} WHERE workspace_id = %(theirs)s RETURNING *").format(name),
        "over": sql.SQL(
            "INSERT INTO {0} OVERRIDING USER VALUE SELECT (jsonb_populate_record(NULL::{0}, %(row)s)).*"
            " ON CONFLICT ({1}) DO UPDATE SET workspace_id = excluded.workspace_id RETURNING *"
        ).format(name, KEYS[table]),
        "copy out": sql.SQL("COPY (SELECT * FROM {} WHERE workspace_id = {}) TO STDOUT").format(name, sql.Literal(str(theirs))),
        "copy in": sql.SQL("COPY {} FROM STDIN").format(name),
    }  # fmt: skip


KEYS: dict[str, sql.Composable] = {}
"""The columns of each table's primary key, filled in by the test."""
NOTHING = {0, "InsufficientPrivilege", "CheckViolation", "FeatureNotSupported"}
"""What a statement may come to: no row, or a refusal. COPY into a table with policies is not supported at all."""


@pytest.mark.parametrize("login", ["as_web", "as_worker"])
def test_a_login_reaches_no_row_of_another_workspace_in_any_table_in_any_way(
    login: str, two: tuple[House, House], tables: list[str], as_superuser: Connection, request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:  # fmt: skip
    connection: Connection = request.getfixturevalue(login)
    mine, theirs = two
    assert len(tables) == 31
    # A whole row cannot be inserted over a computed column; without it, only the policies are left to refuse.
    as_superuser.execute("ALTER TABLE cards ALTER COLUMN undrawn DROP EXPRESSION")
    for table, columns in as_superuser.execute(PRIMARY).fetchall():
        KEYS[table] = sql.SQL(", ").join(map(sql.Identifier, columns))
    tried, reached = 0, set()
    for table, tenant in product(tables, (None, mine.id, theirs.id)):
        row = as_superuser.execute(
            sql.SQL("SELECT to_jsonb(t) FROM {} t WHERE workspace_id = %s LIMIT 1").format(sql.Identifier(table)),
            (theirs.id,),
        ).fetchone()
        assert row is not None, f"{table} is empty: the test would prove nothing"
        values: dict[str, object] = {"mine": mine.id, "theirs": theirs.id, "row": psycopg.types.json.Jsonb(row[0])}
        for way, statement in shape(table, theirs.id).items():
            came = touched(connection, tenant, statement, values)
            tried += 1
            if tenant == theirs.id:
                reached |= {way} if came not in NOTHING else set()
            else:
                assert came in NOTHING, f"{way} {table}: {came}"
    # The control: under their own tenant the same statements find what they look for.
    assert {"select", "update", "returning", "delete", "copy out"} <= reached
    record_property(
        TABLE,
        f"Isolation, {login}: {len(tables)} tables, {tried} statements with tenant unset, ours and theirs: 0 foreign rows",
    )


def test_each_workspace_sees_its_own_rows_of_every_table(
    two: tuple[House, House], tables: list[str], as_worker: Connection
) -> None:
    for table, house in product(tables, two):
        query = sql.SQL("SELECT DISTINCT workspace_id FROM {}").format(sql.Identifier(table))
        with as_worker.transaction():
            under(as_worker, house.id)
            assert as_worker.execute(query).fetchall() == [(house.id,)], table


def test_without_a_tenant_nothing_is_seen_by_a_login_and_by_the_owner(
    two: tuple[House, House], tables: list[str], as_web: Connection, as_owner: Connection
) -> None:
    for table, connection in product(tables, (as_web, as_owner)):
        assert connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchall() == [(0,)]


def test_a_row_cannot_point_into_another_workspace(house: House, other: House) -> None:
    with pytest.raises(errors.ForeignKeyViolation):
        house.run(
            "INSERT INTO schedules VALUES (%(ws)s, %(id)s, %(app)s, 'batch', now())", {"id": uuid7(), "app": other.app}
        )


@pytest.fixture
async def one_connection(logins: dict[str, str]) -> AsyncIterator[Database]:
    database = Database(logins["amarktai_worker"], size=1)
    await database.open()
    yield database
    await database.close()


async def seen(database: Database, tenant: UUID | None) -> list[UUID]:
    async with database.transaction(tenant) as tx:
        return [row["workspace_id"] for row in await tx.dicts("SELECT workspace_id FROM workspaces")]


async def test_a_connection_that_changes_hands_never_brings_the_last_tenant_along(
    one_connection: Database, house: House, other: House
) -> None:
    database = one_connection
    for turn in range(1_000):
        mine = (house, other)[turn % 2].id
        assert await seen(database, mine) == [mine]
        if turn % 3 == 0:
            with pytest.raises(errors.DivisionByZero):
                async with database.transaction(mine) as tx:
                    await tx.value("SELECT 1 / 0")
        if turn % 25 == 0:
            await cancelled(database, mine)
        assert await seen(database, None) == []
        click = Jsonb([{"source": "slack", "event_key": str(turn), "token": "nobody"}])
        verdict = await database.call("SELECT decide(%(clicks)s, '0')", {"clicks": click})
        assert verdict == [{"outcome": "unknown_card"}]


async def cancelled(database: Database, tenant: UUID) -> None:
    """A task that ends while its statement runs."""
    begun = asyncio.Event()

    async def slow() -> None:
        async with database.transaction(tenant) as tx:
            begun.set()
            await tx.value("SELECT pg_sleep(60)")

    task = asyncio.create_task(slow())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_with_set_instead_of_set_local_the_next_one_sees_the_last_ones_rows(
    logins: dict[str, str], house: House, other: House
) -> None:
    """The control: a session that says `SET` where ours says `SET LOCAL` leaks, and the look above sees it."""

    class Careless(Database):
        @asynccontextmanager
        async def transaction(self, workspace_id: UUID | None = None) -> AsyncIterator[Transaction]:
            async with self._pool.connection() as connection, connection.transaction():
                if workspace_id is not None:
                    await connection.execute("SELECT set_config('app.workspace', %s, false)", (str(workspace_id),))
                yield Transaction(connection, workspace_id)

    database = Careless(logins["amarktai_worker"], size=1)
    await database.open()
    try:
        assert await seen(database, None) == []
        assert await seen(database, house.id) == [house.id]
        assert await seen(database, None) == [house.id], "nobody's transaction saw somebody's rows"
        assert await seen(database, other.id) == [other.id]
    finally:
        await database.close()


async def test_a_session_wide_tenant_would_be_brought_along_so_the_test_above_can_fail(
    one_connection: Database, house: House
) -> None:
    database = one_connection
    async with database.transaction() as tx:
        await tx.run("SELECT set_config('app.workspace', %(of)s, false)", {"of": str(house.id)})
    assert await seen(database, None) == [house.id]


def test_a_decision_leaves_no_tenant_behind(house: House, as_web: Connection) -> None:
    assert house.click(as_web, house.token(house.post()), "approve", "bob")["outcome"] == "applied"
    assert as_web.execute("SELECT current_workspace(), (SELECT count(*) FROM posts)").fetchone() == (None, 0)


def test_to_the_webs_login_platform_secrets_do_not_exist(two: tuple[House, House], as_web: Connection) -> None:
    mine = two[0]
    assert mine.run("SELECT DISTINCT purpose FROM secrets", by=as_web) == [("chat",)]
    assert mine.run("UPDATE secrets SET version = 9 RETURNING purpose", by=as_web) == [("chat",)]
    assert mine.run("DELETE FROM secrets RETURNING purpose", by=as_web) == [("chat",)]
    assert mine.run("SELECT purpose FROM secrets") == [("platform",)]
    for owner in (uuid7(), mine.run("SELECT owner_id FROM secrets")[0][0]):
        with pytest.raises(errors.InsufficientPrivilege):
            mine.run(
                "INSERT INTO secrets VALUES (%(ws)s, 'accounts', %(id)s, 'access', 'platform', 1, 'p1', '\\x02')"
                " ON CONFLICT (workspace_id, owner_id, name) DO UPDATE SET sealed = excluded.sealed",
                {"id": owner},
                by=as_web,
            )


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO accounts (workspace_id, id, platform, kind, remote_id, name) VALUES (%(ws)s, gen_random_uuid(), 'x', 'member', '1', 'n')",
        "INSERT INTO posts SELECT * FROM posts",
        "INSERT INTO attempts SELECT * FROM attempts",
        "INSERT INTO transitions SELECT * FROM transitions",
        "INSERT INTO audit_events (workspace_id, login, what, body) VALUES (%(ws)s, 'me', 'x', '[]')",
        "UPDATE audit_heads SET seq = 0",
        "UPDATE posts SET fence = fence + 1",
        "UPDATE posts SET sending = false",
        "UPDATE accounts SET remote_id = 'mine'",
        "UPDATE decisions SET applied = true",
        "UPDATE revisions SET text = 'x'",
        "UPDATE transitions SET event = 'x'",
        "DELETE FROM decisions",
        "DELETE FROM role_periods",
        "DELETE FROM salts",
        "UPDATE arrows SET worker_only = false",
        "UPDATE installation SET stopped_at = NULL",
        "SET SESSION AUTHORIZATION amarktai_worker",
        "SET ROLE amarktai_door",
        "SET ROLE amarktai_worker",
        "ALTER TABLE posts DISABLE TRIGGER ALL",
        "ALTER TABLE posts DISABLE ROW LEVEL SECURITY",
        "SET session_replication_role = replica",
        "CREATE TABLE public.mine (a int)",
        "COPY posts TO PROGRAM 'cat'",
    ],
)
def test_the_webs_login_may_not(statement: str, two: tuple[House, House], as_web: Connection) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        two[0].run(statement, by=as_web)
