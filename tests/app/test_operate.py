"""What an operator types: keys turned, the trail verified, a restored copy put under question."""

import os
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.migrate import migrate
from app.operate import NotDone, accept_restore, open_database, rotate_keys, set_plan, verify_audit
from app.settings import Settings, load
from domain.ids import uuid7
from domain.secret import Secret
from storage.anchors import Why, read
from storage.keys import SEALING, Keyring, Purpose, new_key
from tests.storage.conftest import Connection, House

KEYS = {purpose: new_key(purpose) for purpose in Purpose}
RING = Keyring.parse(",".join(KEYS.values()))


@pytest.fixture
def keys(
    house: House, other: House, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> pytest.MonkeyPatch:
    """The environment of an operator's shell. The fixtures' connections stay open; only new ones need the new passwords."""
    for name in os.environ:
        if name.lower() in Settings.model_fields:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("AMARKTAI_KEYS", ",".join(KEYS.values()))
    migrate(Settings(database_url=database_url), RING)  # type: ignore[arg-type]
    return monkeypatch


async def test_a_whole_trail_is_silent_and_a_bent_one_names_workspace_link_and_reason(
    keys: pytest.MonkeyPatch, house: House, as_superuser: Connection
) -> None:
    assert await verify_audit() is None
    as_superuser.execute("ALTER TABLE audit_events DISABLE TRIGGER USER")
    as_superuser.execute(
        "UPDATE audit_events SET body = '[]' WHERE id = (SELECT event_id FROM audit_chain WHERE seq = 4 AND workspace_id = %s)",
        (house.id,),
    )
    said = await verify_audit()
    assert said is not None and f"Workspace {house.id}, link 4, event " in said and "the event was changed" in said


async def test_a_trail_that_is_gone_altogether_is_said_in_a_sentence_too(
    keys: pytest.MonkeyPatch, house: House, as_superuser: Connection
) -> None:
    for table in ("audit_events", "audit_chain", "audit_heads"):
        as_superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    as_superuser.execute("TRUNCATE audit_events, audit_chain, audit_heads")
    said = await verify_audit()
    assert said is not None and said.endswith(", the whole trail: the recorded head of the chain is gone.")


def test_the_command_ends_with_0_or_with_1(keys: pytest.MonkeyPatch, house: House, as_superuser: Connection) -> None:
    runner = CliRunner()
    assert runner.invoke(cli, ["audit", "verify"]).exit_code == 0
    as_superuser.execute("ALTER TABLE audit_chain DISABLE TRIGGER USER")
    as_superuser.execute("DELETE FROM audit_chain WHERE seq = 3 AND workspace_id = %s", (house.id,))
    bad = runner.invoke(cli, ["audit", "verify"])
    assert bad.exit_code == 1 and str(house.id) in bad.output


async def test_rotating_moves_the_secrets_of_every_workspace_and_the_old_keys_may_be_taken_out(
    keys: pytest.MonkeyPatch, house: House, other: House
) -> None:
    owners = {}
    for each, purpose in product((house, other), SEALING):
        owners[each.id, purpose] = uuid7()
        async with open_database(load()) as (database, vault), database.transaction(each.id) as tx:
            await vault.put(tx, purpose, "accounts", owners[each.id, purpose], "token", Secret(f"{each.id} {purpose}"))
    newer = [new_key(purpose) for purpose in Purpose]
    both = ",".join([*newer, *KEYS.values()])
    keys.setenv("AMARKTAI_KEYS", both)
    migrate(load(), Keyring.parse(both))
    assert (await rotate_keys()).startswith("4 secrets")
    assert (await rotate_keys()).startswith("0 secrets")
    keys.setenv("AMARKTAI_KEYS", ",".join(newer))
    migrate(load(), Keyring.parse(",".join(newer)))
    for (workspace_id, purpose), owner in owners.items():
        async with open_database(load()) as (database, vault), database.transaction(workspace_id) as tx:
            secret = await vault.get(tx, owner, "token")
        assert secret is not None and secret.reveal() == f"{workspace_id} {purpose}"


def test_after_a_restore_what_may_have_gone_out_since_is_put_under_question(
    keys: pytest.MonkeyPatch, house: House, as_owner: Connection
) -> None:
    passed, tried, coming, going = (
        house.post("approved"),
        house.post("retry_wait"),
        house.post("approved"),
        house.post("publishing"),
    )
    house.run("UPDATE posts SET slot = now() - interval '1 minute' WHERE id = %(p)s", {"p": passed})
    house.run("UPDATE posts SET fence = 1 WHERE id = ANY (%(p)s)", {"p": [tried, going]})
    as_owner.execute("UPDATE installation SET restored_at = now()")
    before = as_owner.execute("SELECT environment_id FROM installation").fetchone()
    assert accept_restore().startswith("3 posts are under question")
    assert [house.state(post) for post in (passed, tried, coming, going)] == ["missed", "missed", "approved", "unknown"]
    restored, checks = as_owner.execute("SELECT restored_at, key_checks FROM installation").fetchone() or ("", {})
    assert restored is None and len(checks) == len(KEYS)
    assert as_owner.execute("SELECT environment_id FROM installation").fetchone() != before


def test_a_database_that_was_not_restored_is_not_accepted(
    keys: pytest.MonkeyPatch, house: House, as_owner: Connection
) -> None:
    going = house.post("publishing")
    with pytest.raises(NotDone, match="did not come back from `amarktai restore`"):
        accept_restore()
    assert house.state(going) == "publishing"
    assert accept_restore(by_other_tools=True).startswith("1 post is under question")
    assert house.state(going) == "unknown"


def test_a_restore_is_accepted_on_a_server_that_knows_no_passwords_of_our_logins_yet(
    keys: pytest.MonkeyPatch, house: House, as_owner: Connection
) -> None:
    going = house.post("publishing")
    as_owner.execute("UPDATE installation SET restored_at = now()")
    for login in ("amarktai_web", "amarktai_worker"):
        as_owner.execute(f"ALTER ROLE {login} PASSWORD NULL")
    assert "Publishing goes on" in accept_restore()
    assert house.state(going) == "unknown"


async def test_a_plan_is_set_for_the_workspace_of_a_chat_and_refused_in_words(
    keys: pytest.MonkeyPatch, house: House, as_owner: Connection
) -> None:
    as_owner.execute("INSERT INTO chat_lookups VALUES ('slack', %s, %s)", (house.team, house.id))
    assert await set_plan("free", house.team, "") == "The workspace is on Free."
    assert house.one("SELECT plan FROM workspaces") == "free"
    with pytest.raises(NotDone, match="no plan"):
        await set_plan("gold", house.team, "")
    with pytest.raises(NotDone, match="No workspace belongs to telegram"):
        await set_plan("pro", "", "-1")


def test_of_a_thread_that_came_back_what_was_going_out_is_looked_for_and_what_was_next_is_left_out(
    keys: pytest.MonkeyPatch, house: House, as_owner: Connection
) -> None:
    going, next_up = house.post("published"), house.post("published")
    parts = (
        "INSERT INTO parts (workspace_id, post_id, n, kind, state, next_at, fence)"
        " VALUES (%(ws)s, %(p)s, %(n)s, 'reply', %(s)s, %(at)s, 1)"
    )
    for post, n, state, due in (
        (going, 2, "claimed", True), (going, 3, "waiting", False),
        (next_up, 2, "out", False), (next_up, 3, "waiting", True), (next_up, 4, "waiting", False),
    ):  # fmt: skip
        house.run(parts, {"p": post, "n": n, "s": state, "at": datetime.now(UTC) if due else None})
    as_owner.execute("UPDATE installation SET restored_at = now()")
    accept_restore()
    rows = house.run("SELECT post_id, n, state, sending, next_at IS NOT NULL FROM parts ORDER BY n")
    assert {(post == going, n): tuple(rest) for post, n, *rest in rows} == {
        (True, 2): ("claimed", True, True), (True, 3): ("dropped", False, False), (False, 2): ("out", False, False),
        (False, 3): ("unclear", False, False), (False, 4): ("dropped", False, False),
    }  # fmt: skip


def test_an_attempt_that_had_sent_nothing_by_the_time_of_the_backup_may_have_sent_since(
    keys: pytest.MonkeyPatch, house: House, as_owner: Connection
) -> None:
    post = house.post("publishing")
    house.run(
        "INSERT INTO attempts (workspace_id, id, post_id, fence, account_id, platform, remote_account, approval_id, revision_n,"
        " sha256, worker, intent_at, lease_until)"
        " VALUES (%(ws)s, %(id)s, %(p)s, 1, %(a)s, 'x', '1', %(id)s, 1, '\\x', 'w', now(), now())",
        {"id": uuid7(), "p": post, "a": house.account},
    )
    as_owner.execute("UPDATE installation SET restored_at = now()")
    accept_restore()
    assert house.run("SELECT sent_at = intent_at FROM attempts") == [(True,)]


def test_a_copy_elsewhere_is_known_for_one_and_is_not_at_home_there_by_migrating(
    keys: pytest.MonkeyPatch, house: House, as_owner: Connection, as_worker: Connection, database_url: str
) -> None:
    copied = "SELECT is_copy(), is_stopped()"
    assert as_worker.execute(copied).fetchone() == (False, False)
    as_owner.execute("UPDATE installation SET place = 'another server/1'")
    migrate(Settings(database_url=database_url), RING)  # type: ignore[arg-type]
    assert as_worker.execute(copied).fetchone() == (True, True)
    assert "Publishing goes on" in accept_restore()
    assert as_worker.execute(copied).fetchone() == (False, False)


async def test_an_accepted_restore_is_written_down_among_the_anchors(
    keys: pytest.MonkeyPatch, house: House, as_owner: Connection
) -> None:
    as_owner.execute("UPDATE installation SET restored_at = now()")
    accept_restore()
    [line] = read(load().anchors, RING)
    assert (line.why, len(line.heads)) == (Why.RESTORE, 2)
    assert await verify_audit() is None


async def test_a_seal_from_a_chat_is_looked_up_and_what_is_none_is_said(keys: pytest.MonkeyPatch, house: House) -> None:
    seq, digest = house.run("SELECT seq, encode(hash, 'hex') FROM audit_chain ORDER BY seq DESC LIMIT 1")[0]
    assert await verify_audit(f"{seq}:{digest[:16]}") is None
    said = await verify_audit(f"{seq}:{'0' * 16}")
    assert said is not None and "No trail has the seal" in said
    with pytest.raises(NotDone, match="is no seal"):
        await verify_audit("214")
