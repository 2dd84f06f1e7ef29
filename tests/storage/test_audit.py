"""The audit trail: nobody can forget to write it, no secret gets into it, and whoever bends it is found out."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from psycopg import errors

from domain.ids import uuid7
from storage.audit import BadRow, first_bad_row
from storage.session import Database
from tests.storage.conftest import Connection, House, connected

COPIED = {
    "workspaces": "workspace_id name plan budgets",
    "salts": "workspace_id",
    "members": "id",
    "role_periods": "id member_id role granted_at granted_by revoked_at revoked_by",
    "chat_identities": "id member_id surface team_ref user_ref",
    "installations": "id surface team_ref bot_user_ref scopes installed_by uninstalled_at",
    "web_apps": "id url zone batch_at deliver_at slot_times quorum removed_at",
    "accounts": "id platform kind remote_id state scopes expires_at connected_by posts_a_day",
    "secrets": "owner_table owner_id name purpose version key_id",
    "batches": "id web_app_id local_date",
    "posts": "id number batch_id account_id slot",
    "revisions": "post_id n sha256 drafted_from made_by length",
    "decisions": "id post_id revision_n member_id surface card_id decision outcome applied event_key",
    "approvals": "id post_id revision_n sha256 member_id at revoked_at revoked_by",
    "parts": "post_id n kind state fence sending remote_id",
    "attempts": "id post_id part fence account_id approval_id revision_n sha256 intent_at sent_at ended_at outcome price",
    "handed": "id post_id member_id revision_n surface",
    "late_results": "post_id part fence remote_id",
    "pauses": "id scope scope_id started_by started_at ended_by ended_at",
}
"""Written down once more by hand: the columns that may be copied."""
OPERATIONS = {
    "workspaces": "INSERT UPDATE DELETE", "salts": "INSERT DELETE", "members": "INSERT DELETE", "role_periods": "INSERT UPDATE",
    "chat_identities": "INSERT UPDATE DELETE", "installations": "INSERT UPDATE", "web_apps": "INSERT UPDATE",
    "accounts": "INSERT UPDATE", "secrets": "INSERT UPDATE DELETE", "batches": "INSERT", "posts": "INSERT UPDATE", "revisions": "INSERT",
    "decisions": "INSERT", "approvals": "INSERT UPDATE", "handed": "INSERT", "parts": "INSERT UPDATE", "attempts": "INSERT UPDATE", "late_results": "INSERT", "pauses": "INSERT UPDATE",
}  # fmt: skip
UNTOLD = {"schedules", "chats", "briefs", "cards", "card_faces", "prompts", "transitions", "measures", "charges"}
"""Tables that write no event: timers, drawings, and what another event tells already."""


def test_every_tenant_table_tells_of_its_changes_or_is_on_the_list_of_those_that_need_not(as_owner: Connection) -> None:
    rows = as_owner.execute(
        "SELECT c.relname, string_agg(DISTINCT upper(substr(t.tgname, 7)), ' ') FROM pg_class c JOIN pg_trigger t ON t.tgrelid = c.oid"
        " WHERE t.tgname IN ('audit_insert', 'audit_update', 'audit_delete') GROUP BY 1"
    ).fetchall()
    assert {name: set(operations.split()) for name, operations in rows} == {
        n: set(o.split()) for n, o in OPERATIONS.items()
    }
    tenants = as_owner.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id' AND a.attnum = 1"
        " WHERE c.relkind = 'r' AND c.relname NOT LIKE 'audit%'"
    ).fetchall()
    assert {name for (name,) in tenants} == set(OPERATIONS) | UNTOLD


def canaries(connection: Connection, table: str) -> dict[str, str]:
    """By column that can hold a text: an expression with a word in it that stands nowhere else."""
    rows = connection.execute(
        "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
        (table,),
    ).fetchall()
    forms = {"text": "'CNRY-{}'", "text[]": "ARRAY['CNRY-{}']", "jsonb": "'\"CNRY-{}\"'", "bytea": "sha256('CNRY-{}')"}
    return {name: forms[kind].format(f"{table}-{name}") for name, kind in rows if kind in forms}


def birds(body: str, table: str) -> set[str]:
    """The columns whose canaries sing in an event's body."""
    from hashlib import sha256

    def sings(column: str) -> bool:
        word = f"CNRY-{table}-{column}"
        return f'{word}"' in body or sha256(word.encode()).hexdigest() in body

    rows = json.loads(body)
    named = {key for row in rows for key in row}
    return named | {column for column in ALL_COLUMNS[table] if sings(column)}


ALL_COLUMNS: dict[str, set[str]] = {}


@pytest.mark.parametrize("table", COPIED)
def test_only_the_columns_on_the_list_get_into_the_trail_from(
    table: str, house: House, as_superuser: Connection
) -> None:
    """A row with a canary in every text is written by the superuser, with the checks of the table itself lifted."""
    texts = canaries(as_superuser, table)
    ALL_COLUMNS[table] = set(texts)
    for (check,) in as_superuser.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'f', 'u')", (table,)
    ).fetchall():
        as_superuser.execute(f"ALTER TABLE {table} DROP CONSTRAINT {check} CASCADE")
    if table == "posts":  # its own columns are guarded by other triggers
        texts = {name: text for name, text in texts.items() if name not in ("state", "event")}
    filled_in = as_superuser.execute(
        "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attnotnull AND NOT atthasdef",
        (table,),
    ).fetchall()
    defaults = {
        "uuid": "gen_random_uuid()",
        "integer": "7",
        "smallint": "7",
        "bigint": "7",
        "boolean": "true",
        "date": "now()",
    }
    columns = {name: defaults.get(kind, "now()") for name, kind in filled_in} | texts
    columns["workspace_id"] = "gen_random_uuid()" if table in ("workspaces", "salts") else f"'{house.id}'"
    before = as_superuser.execute("SELECT coalesce(max(id), 0) FROM audit_events").fetchall()[0][0]
    as_superuser.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(columns.values())})")
    events = as_superuser.execute("SELECT what, login, body FROM audit_events WHERE id > %s", (before,)).fetchall()
    assert [(what, login) for what, login, _ in events] == [(f"{table}:insert", "postgres")]
    assert birds(events[0][2], table) == set(COPIED[table].split())


def test_an_event_is_one_statement_and_names_the_login(house: House, as_web: Connection) -> None:
    before = house.one("SELECT max(id) FROM audit_events")
    house.run("UPDATE role_periods SET revoked_by = %(a)s", {"a": house.people["ann"]}, by=as_web)
    rows = house.run(
        "SELECT what, login, jsonb_array_length(body::jsonb) FROM audit_events WHERE id > %(b)s", {"b": before}
    )
    assert rows == [("role_periods:update", "amarktai_web", 5)]


def test_leases_and_timers_are_no_news(house: House) -> None:
    post = house.post("approved")
    before = house.one("SELECT max(id) FROM audit_events")
    house.run("UPDATE posts SET lease_by = 'w', lease_until = now(), next_at = now() WHERE id = %(p)s", {"p": post})
    assert house.one("SELECT max(id) FROM audit_events") == before


def test_a_moved_slot_is_told_without_the_last_event_and_its_actor(house: House) -> None:
    post = house.post("approved")
    house.run("UPDATE posts SET slot = slot + interval '1 hour' WHERE id = %(p)s", {"p": post})
    body = json.loads(house.one("SELECT body FROM audit_events ORDER BY id DESC LIMIT 1"))
    assert (body[0]["event"], body[0]["actor"], body[0]["old"], body[0]["new"]) == (None, None, "approved", "approved")


def test_what_is_rolled_back_leaves_no_event(house: House, as_worker: Connection) -> None:
    before = house.one("SELECT count(*) FROM audit_events")
    with pytest.raises(errors.DivisionByZero):
        house.run("WITH done AS (UPDATE web_apps SET quorum = 2 RETURNING 1) SELECT 1 / 0 FROM done")
    assert house.one("SELECT count(*) FROM audit_events") == before


async def verdict(database: Database, house: House) -> BadRow | None:
    async with database.transaction(house.id) as tx:
        return await first_bad_row(tx)


async def test_the_chain_holds_after_many_wrote_at_once_in_one_workspace_and_in_several(
    house: House, other: House, logins: dict[str, str], worker: Database
) -> None:
    posts = {each.id: [each.post() for _ in range(20)] for each in (house, other)}
    tokens = {each.id: [each.token(post) for post in posts[each.id]] for each in (house, other)}

    def press(each: House, name: str) -> None:
        with connected(logins["amarktai_web"]) as connection:
            for n, token in enumerate(tokens[each.id]):
                each.click(connection, token, ("approve", "undo", "reject")[n % 3], name)
                each.run("UPDATE web_apps SET quorum = 1 + quorum %% 2", by=connection)

    crowd = [
        threading.Thread(target=press, args=(each, name)) for each in (house, other) for name in ("ann", "bob", "cy")
    ]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    for each in (house, other):
        assert await verdict(worker, each) is None
        rows = each.run("SELECT count(*), count(DISTINCT event_id), min(seq), max(seq) FROM audit_chain")
        assert each.run("SELECT count(*), count(*), 1, count(*) FROM audit_events") == rows
        assert rows[0][0] > 180


@pytest.fixture
def trail(house: House, as_web: Connection, as_superuser: Connection) -> Iterator[House]:
    """A workspace with some history; the guards against the superuser are lifted, as a superuser can."""
    for decision in ("approve", "reject"):
        house.click(as_web, house.token(house.post()), decision, "bob")
    for table in ("audit_events", "audit_chain", "audit_heads"):
        as_superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield house
    for table in ("audit_events", "audit_chain", "audit_heads"):
        as_superuser.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


NTH = "(SELECT event_id FROM audit_chain WHERE seq = {})"
REHASH = """
DO $$ DECLARE link record; prev bytea; n bigint := 0;
BEGIN
    SELECT hash INTO prev FROM audit_chain WHERE seq = {start} - 1;
    FOR link IN SELECT c.seq, e.* FROM audit_chain c JOIN audit_events e ON e.id = c.event_id WHERE c.seq >= {start} ORDER BY c.seq LOOP
        prev := audit_hash(prev, link.workspace_id, link.seq, link.id, link.at, link.login, link.what, link.body);
        UPDATE audit_chain SET hash = prev WHERE seq = link.seq;
        n := link.seq;
    END LOOP;
    {heads}
END $$"""
TAMPERS: dict[str, tuple[str, str]] = {
    "a field is edited": (f"UPDATE audit_events SET body = '[]' WHERE id = {NTH.format(5)}", "the event was changed"),
    "another login is blamed": (f"UPDATE audit_events SET login = 'x' WHERE id = {NTH.format(5)}", "the event was changed"),
    "another time is written": (f"UPDATE audit_events SET at = 'infinity' WHERE id = {NTH.format(5)}", "the event was changed"),
    "an event in the middle is deleted": (f"DELETE FROM audit_events WHERE id = {NTH.format(5)}", "event of this link was deleted"),
    "an event is deleted with its link": (
        f"DELETE FROM audit_events WHERE id = {NTH.format(5)}; DELETE FROM audit_chain WHERE seq = 5", "links are missing before this one",
    ),
    "the end is cut": (
        f"DELETE FROM audit_events WHERE id >= {NTH.format(15)}; DELETE FROM audit_chain WHERE seq >= 15", "its tail was cut",
    ),
    "an event is put in": (
        "INSERT INTO audit_events (workspace_id, login, what, body) SELECT workspace_id, login, what, body FROM audit_events LIMIT 1",
        "put in afterwards",
    ),
    "two are swapped": (
        "UPDATE audit_chain c SET event_id = -o.event_id FROM audit_chain o WHERE (c.seq, o.seq) IN ((5, 6), (6, 5));"
        " UPDATE audit_chain SET event_id = -event_id WHERE event_id < 0", "the event was changed",
    ),
    "one is edited and all from there hashed anew": (
        f"UPDATE audit_events SET login = 'x' WHERE id = {NTH.format(5)};" + REHASH.format(start=5, heads=""), "its tail was cut",
    ),
    "everything is truncated": ("TRUNCATE audit_events, audit_chain, audit_heads", "head of the chain is gone"),
    "the end is cut and the head forgotten": (
        f"DELETE FROM audit_events WHERE id >= {NTH.format(15)}; DELETE FROM audit_chain WHERE seq >= 15; DELETE FROM audit_heads",
        "head of the chain is gone",
    ),
    "the head is set back": (
        "UPDATE audit_heads h SET seq = c.seq, hash = c.hash FROM audit_chain c WHERE c.seq = 15", "goes on after its recorded head",
    ),
    "an older copy of all three is put in its place": (
        f"DELETE FROM audit_events WHERE id >= {NTH.format(15)}; DELETE FROM audit_chain WHERE seq >= 15;"
        " UPDATE audit_heads h SET seq = c.seq, hash = c.hash FROM audit_chain c WHERE c.seq = 14", "is not in the trail",
    ),
}  # fmt: skip
PLACES = {"the event was changed": 5, "event of this link was deleted": 5, "links are missing before this one": 6}


@pytest.mark.parametrize("tamper", TAMPERS)
async def test_it_is_found_when(tamper: str, trail: House, worker: Database, as_superuser: Connection) -> None:
    assert await verdict(worker, trail) is None
    statement, reason = TAMPERS[tamper]
    for part in [statement] if "DO $$" not in statement else statement.split(";", 1):
        as_superuser.execute(part)
    bad = await verdict(worker, trail)
    assert bad is not None and reason in bad.reason
    assert bad.seq == PLACES.get(reason, bad.seq)


async def test_who_rewrites_the_trail_its_head_and_the_rows_alike_is_found_only_by_a_copy_elsewhere(
    trail: House, worker: Database, as_superuser: Connection
) -> None:
    """What the verifier cannot see alone, so that nobody believes it does: heads must be kept outside the database too."""
    kept = as_superuser.execute("SELECT seq, hash FROM audit_heads WHERE workspace_id = %s", (trail.id,)).fetchone()
    as_superuser.execute(f"UPDATE audit_events SET login = 'x' WHERE id = {NTH.format(5)}")
    as_superuser.execute(REHASH.format(start=5, heads="UPDATE audit_heads SET seq = n, hash = prev;"))
    assert await verdict(worker, trail) is None
    assert (
        as_superuser.execute("SELECT seq, hash FROM audit_heads WHERE workspace_id = %s", (trail.id,)).fetchone()
        != kept
    )


async def test_another_workspaces_trouble_is_not_ours(
    trail: House, other: House, worker: Database, as_superuser: Connection
) -> None:
    as_superuser.execute("UPDATE audit_events SET login = 'x' WHERE workspace_id = %s", (other.id,))
    assert await verdict(worker, trail) is None
    assert await verdict(worker, other) is not None


async def test_the_chain_stays_whole_when_people_and_whole_workspaces_are_erased(
    house: House, other: House, as_web: Connection, as_superuser: Connection, worker: Database
) -> None:
    for each in (house, other):
        post = each.post("published")
        each.click(as_web, each.token(post), "withdraw", "ann")
        each.run(
            "INSERT INTO attempts (workspace_id, id, post_id, fence, account_id, platform, remote_account, approval_id, revision_n, sha256, worker,"
            " intent_at, lease_until) VALUES (%(ws)s, %(id)s, %(p)s, 1, %(a)s, 'x', '1', %(id)s, 1, '\\x', 'w', now(), now())",
            {"id": uuid7(), "p": post, "a": each.account},
        )
    as_superuser.execute("DELETE FROM members WHERE workspace_id = %s AND id = %s", (house.id, house.people["ann"]))
    assert await verdict(worker, house) is None
    as_superuser.execute("DELETE FROM workspaces WHERE workspace_id = %s", (other.id,))
    left: list[Any] = as_superuser.execute(
        "SELECT (SELECT count(*) FROM posts WHERE workspace_id = %(o)s), (SELECT count(*) FROM salts WHERE workspace_id = %(o)s)",
        {"o": other.id},
    ).fetchall()
    assert left == [(0, 0)]
    assert await verdict(worker, other) is None
