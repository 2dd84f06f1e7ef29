"""Clicks that share a call: each is decided as if it had come alone, nobody sees another's workspace, and nobody is left half done."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any
from uuid import UUID

import pytest
from psycopg import errors
from psycopg.types.json import Jsonb

from domain.decision import Decision
from tests.storage.conftest import PEOPLE, Connection, House, connected, decided
from tests.storage.test_decide import BROUGHT, recorded

WATCH = """
CREATE TABLE watched (tenant text, seen uuid[], member uuid);
GRANT INSERT ON watched TO amarktai_web;
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO watched SELECT current_setting('app.workspace'), ARRAY(SELECT w.workspace_id FROM workspaces w), NEW.member_id;
    RETURN NULL;
END $$;
CREATE TRIGGER watch AFTER INSERT ON decisions FOR EACH ROW EXECUTE FUNCTION watch()
"""
"""Notes, with the rights of whoever decides, which workspaces are visible while a decision is written."""


def outcomes(verdicts: list[dict[str, Any]]) -> list[str]:
    return [verdict["outcome"] for verdict in verdicts]


def test_of_two_on_one_post_the_first_wins_and_the_second_is_told_who_was_first(
    house: House, as_web: Connection
) -> None:
    post, between = house.post(), house.post()
    first, second = decided(
        as_web,
        house.pressed(house.token(post), "reject", "ann", reason="too loud"),
        house.pressed(house.token(between), "approve", "cy"),
        house.pressed(house.token(post, "telegram"), "approve", "bob", surface="telegram"),
    )[::2]
    assert (first["outcome"], first["state"]) == ("applied", "rejected")
    assert (second["outcome"], second["first_by"], second["reason"]) == ("already_decided", "Ann", "too loud")
    assert recorded(house, post) == [("reject", "applied", True), ("approve", "already_decided", False)]
    assert house.state(between) == "approved"


def test_two_who_agree_at_once_satisfy_a_policy_of_two(house: House, as_web: Connection) -> None:
    house.run("UPDATE web_apps SET quorum = 2")
    post = house.post()
    token = house.token(post)
    first, second = decided(as_web, house.pressed(token, "approve", "bob"), house.pressed(token, "approve", "cy"))
    assert (first["outcome"], first["approvals"], first["state"]) == ("counted", 1, "in_review")
    assert (second["outcome"], second["approvals"], second["state"]) == ("applied", 2, "approved")


def test_a_delivery_has_one_effect_also_among_others(house: House, as_web: Connection) -> None:
    post = house.post()
    approve = house.pressed(house.token(post), "approve", "bob", key="a")
    undo = house.pressed(house.token(post), "undo", "bob", key="u")
    assert outcomes(decided(as_web, approve, undo, approve)) == ["applied", "applied", "replay"]
    assert outcomes(decided(as_web, undo, approve)) == ["replay", "replay"]
    assert house.state(post) == "in_review"


def test_what_is_wrong_with_one_is_not_wrong_with_the_others(house: House, other: House, as_web: Connection) -> None:
    posts = [house.post() for _ in range(5)]
    tokens = [house.token(post) for post in posts]
    came = decided(
        as_web,
        house.pressed(tokens[0], "approve", "nobody"),
        house.pressed(tokens[1], "approve", "vic"),
        house.pressed(tokens[2], "approve", "bob", chat="C-elsewhere"),
        house.pressed("nothing", "approve", "bob"),
        house.pressed(tokens[3], "undo", "bob"),
        house.pressed(tokens[4], "approve", "bob"),
    )
    assert outcomes(came) == ["stranger", "not_allowed", "wrong_place", "unknown_card", "not_possible", "applied"]
    assert [house.state(post) for post in posts] == [*["in_review"] * 4, "approved"]
    assert came[0] == {"outcome": "stranger"} and came[2] == {"outcome": "wrong_place"}


def test_an_error_in_one_leaves_nothing_of_any(house: House, as_web: Connection) -> None:
    good, bad = house.post(), house.post()
    clicks = [
        house.pressed(house.token(good), "approve", "bob", key="good"),
        house.pressed(house.token(bad), "edit", "bob", key="bad", detail={}),
    ]
    with pytest.raises(errors.NotNullViolation):
        decided(as_web, *clicks)
    assert (house.state(good), recorded(house, good)) == ("in_review", [])
    assert outcomes(decided(as_web, clicks[0])) == ["applied"]


def test_workspaces_that_share_a_call_see_nothing_of_each_other(
    house: House, other: House, as_web: Connection, as_superuser: Connection
) -> None:
    as_superuser.execute(WATCH)
    homes = [house, other, other, house, other, house]
    posts = [home.post() for home in homes]
    clicks = [home.pressed(home.token(post), "approve", "bob") for home, post in zip(homes, posts, strict=True)]
    carried = other.pressed(house.token(house.post()), "approve", "bob")  # somebody of the other presses a card of ours
    assert outcomes(decided(as_web, *clicks, carried)) == ["applied"] * 6 + ["wrong_place"]
    watched = as_superuser.execute("SELECT tenant, seen, member FROM watched").fetchall()
    expected = [(str(home.id), [home.id], home.people["bob"]) for home in homes]
    assert sorted(map(str, watched)) == sorted(map(str, expected))
    for home in (house, other):
        told = home.one("SELECT count(*) FROM audit_events WHERE what = 'decisions:insert'")
        assert told == home.one(
            "SELECT count(*) FROM audit_events WHERE what = 'posts:move' AND body LIKE '%%approve%%'"
        )
        assert home.one("SELECT count(*) FROM audit_chain") == home.one("SELECT count(*) FROM audit_events")


def a_crowd(house: House, posts: list[UUID], dice: Random) -> list[dict[str, Any]]:
    """Anybody, on any of the posts, by any button; the same dice give the same crowd."""
    surfaces = {post: {name: house.token(post, name) for name in ("slack", "telegram")} for post in posts}
    clicks = []
    for n in range(24):
        post, surface = dice.choice(posts), dice.choice(["slack", "telegram"])
        decision, user = (
            dice.choice([*Decision, *["approve"] * 12]),
            dice.choices([*PEOPLE, "nobody"], [5, 5, 5, 1, 1, 1])[0],
        )
        more: dict[str, Any] = {"surface": surface, "key": f"{house.id}-{n}", "detail": BROUGHT.get(decision)}
        clicks.append(house.pressed(surfaces[post][surface], decision, user, **more))
    return clicks


def told(verdict: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value for key, value in verdict.items() if key not in ("workspace_id", "post_id", "first_at", "number")
    }


@pytest.mark.parametrize("seed", range(6))
def test_together_they_come_to_what_they_come_to_one_by_one(
    seed: int, house: House, other: House, as_web: Connection
) -> None:
    states = ["in_review"] * 5 + ["approved", "held", "rejected", "needs_human"]
    here, there = [house.post(state) for state in states], [other.post(state) for state in states]
    for home in (house, other):
        home.run("UPDATE web_apps SET quorum = %(q)s", {"q": 1 + seed % 2})
    together = decided(as_web, *a_crowd(house, here, Random(seed)))
    alone = [decided(as_web, click)[0] for click in a_crowd(other, there, Random(seed))]
    assert [told(verdict) for verdict in together] == [told(verdict) for verdict in alone]
    assert [house.state(post) for post in here] == [other.state(post) for post in there]


BLOCKED = """
SELECT count(DISTINCT l.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND a.datname = current_database()
"""


def crosswise(
    url: str, ours: list[dict[str, Any]], theirs: list[dict[str, Any]], blocked: Callable[[], None]
) -> list[str]:
    """What comes of two calls at once; `blocked` returns when both wait, and whatever they wait for goes on when it has."""

    def process(clicks: list[dict[str, Any]]) -> list[str]:
        with connected(url) as connection:
            return outcomes(decided(connection, *clicks))

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(process, clicks) for clicks in (ours, theirs)]
        blocked()
        return [outcome for future in both for outcome in future.result()]


def when_both_wait(watching: Connection, let_go: Callable[[], None]) -> Callable[[], None]:
    def wait() -> None:
        while watching.execute(BLOCKED).fetchone() != (2,):
            time.sleep(0.005)
        let_go()

    return wait


def test_two_processes_that_decide_on_the_same_posts_never_block_each_other(
    house: House, other: House, as_worker: Connection, as_superuser: Connection, logins: dict[str, str]
) -> None:
    posts = [(home, post) for home in (house, other) for post in (home.post() for _ in range(4))]
    ours = [home.pressed(home.token(post), "approve", "bob") for home, post in posts]
    theirs = [home.pressed(home.token(post), "approve", "cy") for home, post in reversed(posts)]
    as_superuser.execute("BEGIN")
    as_superuser.execute("SELECT FROM posts WHERE id = ANY (%s) FOR UPDATE", ([posts[1][1], posts[5][1]],))
    blocked = when_both_wait(as_worker, as_superuser.commit)
    came = crosswise(logins["amarktai_web"], ours, theirs, blocked)
    assert (came.count("applied"), came.count("already_decided")) == (8, 8)


def test_two_processes_that_got_the_same_deliveries_never_block_each_other(
    house: House, as_worker: Connection, as_superuser: Connection, logins: dict[str, str]
) -> None:
    clicks = [
        house.pressed(house.token(post), "approve", "bob", key=f"k{n}")
        for n, post in enumerate([house.post() for _ in range(4)])
    ]
    as_superuser.execute("BEGIN")
    as_superuser.execute("INSERT INTO inbox VALUES ('slack', 'k1')")
    blocked = when_both_wait(as_worker, as_superuser.rollback)
    came = crosswise(logins["amarktai_web"], clicks, clicks[::-1], blocked)
    assert (came.count("applied"), came.count("replay")) == (4, 4)


def test_who_shares_a_call_does_not_wait_for_long(house: House, as_web: Connection, as_worker: Connection) -> None:
    free, held = house.post(), house.post()
    clicks = [house.pressed(house.token(post), "approve", "bob") for post in (free, held)]
    with as_worker.transaction():
        as_worker.execute("SELECT set_config('app.workspace', %s, true)", (str(house.id),))
        as_worker.execute("SELECT FROM posts WHERE id = %s FOR UPDATE", (held,))
        with pytest.raises(errors.LockNotAvailable):
            as_web.execute("SELECT decide(%s, '20ms')", (Jsonb(clicks),))
    assert outcomes(decided(as_web, *clicks)) == ["applied", "applied"]
