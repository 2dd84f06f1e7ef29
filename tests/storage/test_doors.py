"""The doors across tenants: they answer ids, counts and times, and cannot be tricked into reading what their caller made."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from psycopg import errors

from domain.ids import uuid7
from tests.storage.conftest import Connection, House


def test_a_token_names_its_workspace_without_a_tenant(house: House, as_web: Connection) -> None:
    post = house.post()
    token = house.token(post)
    row = as_web.execute(
        "SELECT workspace_id, post_id, revision_n, shown_whole FROM door_face(%s)", (token,)
    ).fetchone()
    assert row == (house.id, post, 1, True)
    assert as_web.execute("SELECT * FROM door_face('another')").fetchone() == (None,) * 5


def test_workspaces_come_a_page_at_a_time(house: House, other: House, as_web: Connection) -> None:
    ids = sorted([house.id, other.id])
    assert as_web.execute("SELECT door_workspaces(NULL, 1)").fetchall() == [(ids[0],)]
    assert as_web.execute("SELECT door_workspaces(%s, 9)", (ids[0],)).fetchall() == [(ids[1],)]


def test_what_is_due_comes_from_every_workspace_and_what_is_leased_does_not(
    house: House, other: House, as_worker: Connection
) -> None:
    mine, theirs = house.post("approved"), other.post("approved")
    for each, post, lease in ((house, mine, None), (other, theirs, "1 hour")):
        each.run(
            "UPDATE posts SET next_at = now() - interval '1 s', lease_until = now() + %(lease)s::interval WHERE workspace_id = %(ws)s AND id = %(p)s",
            {"p": post, "lease": lease},
        )
    due = "SELECT workspace_id, id FROM door_due(%s, 100) WHERE stage = 'approved'"
    now = datetime.now(UTC)
    assert as_worker.execute(due, (now,)).fetchall() == [(house.id, mine)]
    later = as_worker.execute(due, (now + timedelta(hours=2),)).fetchall()
    assert sorted(later) == sorted([(house.id, mine), (other.id, theirs)])


def test_whoever_has_many_due_keeps_nobody_waiting(house: House, other: House, as_worker: Connection) -> None:
    """Forty of one workspace are older than the only one of another, which is among the first two all the same."""
    for column, stage in (("next_at", "approved"), ("next_measure_at", "measure")):
        for each, count, age in ((house, 40, "1 hour"), (other, 1, "1 second")):
            for _ in range(count):
                each.run(
                    f"UPDATE posts SET {column} = now() - %(age)s::interval WHERE workspace_id = %(ws)s AND id = %(p)s",
                    {"p": each.post("approved"), "age": age},
                )
        due = "SELECT workspace_id FROM door_due(now(), 2) WHERE stage = %s"
        assert {row[0] for row in as_worker.execute(due, (stage,))} == {house.id, other.id}
        all_due = "SELECT count(*) FROM door_due(now(), 100) WHERE stage = %s"
        assert as_worker.execute(all_due, (stage,)).fetchone() >= (41,)


def test_sends_are_counted_by_profile_whoever_made_them(house: House, other: House, as_worker: Connection) -> None:
    for each, outcome in ((house, "ok"), (other, "unknown"), (other, "not_sent")):
        each.run(
            "INSERT INTO attempts (workspace_id, id, post_id, fence, account_id, platform, remote_account, approval_id, revision_n, sha256,"
            " worker, intent_at, lease_until, outcome) VALUES (%(ws)s, %(id)s, %(post)s, 1, %(account)s, 'x', '42', %(id)s, 1, '\\x', 'w',"
            " now(), now(), %(outcome)s)",
            {"id": uuid7(), "post": each.post("approved"), "account": each.account, "outcome": outcome},
        )
    row = as_worker.execute("SELECT sends, oldest_leaves_at > now() FROM door_sends('x', '42', 3600)").fetchone()
    assert row == (2, True)
    assert as_worker.execute("SELECT sends FROM door_sends('x', '43', 3600)").fetchone() == (0,)


def test_sends_of_the_whole_application_are_counted_over_its_profiles(
    house: House, other: House, as_worker: Connection
) -> None:
    for each, profile in ((house, "42"), (other, "43")):
        each.run(
            "INSERT INTO attempts (workspace_id, id, post_id, fence, account_id, platform, remote_account, approval_id, revision_n, sha256,"
            " worker, intent_at, lease_until, outcome) VALUES (%(ws)s, %(id)s, %(post)s, 1, %(account)s, 'x', %(profile)s, %(id)s, 1, '\\x', 'w',"
            " now(), now(), 'ok')",
            {"id": uuid7(), "post": each.post("approved"), "account": each.account, "profile": profile},
        )
    assert as_worker.execute("SELECT sends FROM door_sends('x', NULL, 3600)").fetchone() == (2,)
    assert as_worker.execute("SELECT sends FROM door_sends('linkedin', NULL, 3600)").fetchone() == (0,)


def test_what_every_workspace_may_have_paid_since_an_instant_is_added_up(
    house: House, other: House, as_worker: Connection
) -> None:
    """Unknown, or not answered yet, counts as paid; refused, not sent, or at its end before the instant does not."""
    outcomes = {"ok": "0.20", "unknown": "0.015", None: "0.20", "refused": "0.20", "not_sent": "0.20"}
    for each in (house, other):
        for outcome, price in outcomes.items():
            each.run(
                _PAID,
                {
                    "id": uuid7(),
                    "post": each.post("approved"),
                    "account": each.account,
                    "outcome": outcome,
                    "price": price,
                },
            )
    spent = "SELECT door_spent('x', now() - %s::interval)"
    assert as_worker.execute(spent, ("1 hour",)).fetchone() == (Decimal("0.83"),)
    assert as_worker.execute(spent, ("-1 hour",)).fetchone() == (0,)
    assert as_worker.execute("SELECT door_spent('linkedin', now() - interval '1 hour')").fetchone() == (0,)


_PAID = """
INSERT INTO attempts (workspace_id, id, post_id, fence, account_id, platform, remote_account, approval_id, revision_n, sha256, worker,
    intent_at, lease_until, outcome, price)
VALUES (%(ws)s, %(id)s, %(post)s, 1, %(account)s, 'x', '42', %(id)s, 1, '\\x', 'w', now() - interval '2 minutes', now(), %(outcome)s, %(price)s)
"""


def test_sends_are_told_one_by_one_and_one_under_way_arrives_now(
    house: House, other: House, as_worker: Connection
) -> None:
    for each, kind, ended in ((house, "post", "-5 min"), (other, "reply", None), (other, "comment", None)):
        each.run(
            "INSERT INTO attempts (workspace_id, id, post_id, kind, fence, account_id, platform, remote_account, approval_id, revision_n,"
            " sha256, worker, intent_at, lease_until, ended_at) VALUES (%(ws)s, %(id)s, %(post)s, %(kind)s, 1, %(account)s, 'x', '42', %(id)s, 1,"
            " '\\x', 'w', now(), now() + interval '1 min', now() + %(ended)s::interval)",
            {"id": uuid7(), "post": each.post("approved"), "account": each.account, "kind": kind, "ended": ended},
        )
    told = "SELECT whole, extract(epoch FROM now() - at)::integer FROM door_sent('x', %s, 3600) ORDER BY at"
    [(first, ago), (second, none)] = as_worker.execute(told, ("42",)).fetchall()
    assert (first, second, none) == (True, False, 0) and 299 <= ago <= 320
    assert len(as_worker.execute(told, (None,)).fetchall()) == 2 and as_worker.execute(told, ("43",)).fetchall() == []


def test_who_waits_for_a_profile_is_told_in_the_order_of_the_slots(
    house: House, other: House, as_worker: Connection
) -> None:
    posts = [(house, house.post("approved")), (other, other.post("approved")), (house, house.post())]
    for n, (each, post) in enumerate(posts):
        each.run(
            "UPDATE posts SET slot = now() - %(by)s * interval '1 h', next_at = now() WHERE workspace_id = %(ws)s AND id = %(p)s",
            {"p": post, "by": n},
        )
    for each in (house, other):
        each.run(
            "UPDATE accounts SET remote_id = '42' WHERE workspace_id = %(ws)s AND id = %(account)s",
            {"account": each.account},
        )
    waiting = "SELECT id FROM door_waiting('x', %s, %s)"
    assert [row[0] for row in as_worker.execute(waiting, ("42", 9))] == [posts[1][1], posts[0][1]]
    assert [row[0] for row in as_worker.execute(waiting, (None, 1))] == [posts[1][1]]
    assert as_worker.execute(waiting, ("43", 9)).fetchall() == []


def test_units_and_charges_of_every_workspace_are_added_up(house: House, other: House, as_worker: Connection) -> None:
    for each in (house, other):
        for ago, price, units in (("1 h", "0.005", 7), ("3 h", "0.010", 50)):
            each.run(
                "INSERT INTO charges (workspace_id, id, platform, kind, at, price, units)"
                " VALUES (%(ws)s, %(id)s, 'x', 'read', now() - %(ago)s::interval, %(price)s, %(units)s)",
                {"id": uuid7(), "ago": ago, "price": price, "units": units},
            )
    since = datetime.now(UTC) - timedelta(hours=2)
    assert as_worker.execute("SELECT door_units('x', %s), door_spent('x', %s)", (since, since)).fetchone() == (
        14,
        Decimal("0.010"),
    )
    assert as_worker.execute("SELECT door_units('youtube', %s)", (since,)).fetchone() == (0,)


def test_a_temporary_table_does_not_stand_in_for_the_real_one(house: House, as_web: Connection) -> None:
    token = house.token(house.post())
    as_web.execute("CREATE TEMP TABLE card_faces AS SELECT * FROM public.card_faces")
    as_web.execute(
        "INSERT INTO pg_temp.card_faces (workspace_id, token, card_id, revision_n) VALUES (gen_random_uuid(), 'mine', gen_random_uuid(), 1)"
    )
    as_web.execute("SET search_path = pg_temp, public")
    assert as_web.execute("SELECT * FROM public.door_face('mine')").fetchone() == (None,) * 5
    row = as_web.execute("SELECT workspace_id FROM public.door_face(%s)", (token,)).fetchone()
    assert row == (house.id,)


def test_a_temporary_table_does_not_change_what_may_follow(house: House, as_web: Connection) -> None:
    post = house.post()
    as_web.execute(
        "CREATE TEMP TABLE arrows AS SELECT 'in_review' AS source, 'claim' AS event, 'publishing' AS target, false AS worker_only"
    )
    as_web.execute("SET search_path = pg_temp, public")
    with pytest.raises(errors.CheckViolation, match="no arrow"):
        house.fire(post, "claim", by=as_web)
    assert house.state(post) == "in_review"


def test_a_callers_function_and_operator_do_not_run_with_the_doors_rights(house: House, as_web: Connection) -> None:
    as_web.execute(
        "CREATE FUNCTION pg_temp.count(anyelement) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ran as %', current_user; END $$"
    )
    as_web.execute(
        "CREATE FUNCTION pg_temp.shadow(a text, b text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ran as %', current_user; END $$"
    )
    as_web.execute("CREATE OPERATOR pg_temp.= (FUNCTION = pg_temp.shadow, LEFTARG = text, RIGHTARG = text)")
    as_web.execute("SET search_path = pg_temp, public, pg_catalog")
    assert as_web.execute("SELECT * FROM public.door_keys()").fetchall() == []
    assert as_web.execute("SELECT * FROM public.door_face('x')").fetchone() == (None,) * 5
    house.run("UPDATE public.members SET name = 'x'", by=as_web)
    house.run("UPDATE public.web_apps SET quorum = 2", by=as_web)


def test_nobody_else_may_go_through_a_door(as_owner: Connection, as_superuser: Connection, house: House) -> None:
    as_superuser.execute("CREATE ROLE passer_by")
    try:
        with as_superuser.transaction():
            as_superuser.execute("SET LOCAL ROLE passer_by")
            with pytest.raises(errors.InsufficientPrivilege), as_superuser.transaction():
                as_superuser.execute("SELECT public.door_workspaces(NULL, 1)")
    finally:
        as_superuser.execute("DROP ROLE passer_by")
