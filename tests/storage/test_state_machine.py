"""The life of a post, drawn once more by hand from the plan of the house, and walked: every event from every state."""

from itertools import product
from typing import Any

import pytest
from psycopg import errors

from domain.decision import ANSWERS, Decision
from domain.post import ARROWS, FINAL, Event, State, target
from tests.storage.conftest import WAYS, Connection, House

# Not made from ARROWS, which it judges. A star marks what only a worker may do.
DRAWN = """
    planned     --write*------> drafted
    planned     --restore*----> in_review
    planned     --drop*-------> dropped
    drafted     --deliver*----> in_review
    drafted     --drop*-------> dropped
    in_review   --approve-----> approved
    in_review   --revise------> in_review
    in_review   --regenerate--> planned
    in_review   --reject------> rejected
    in_review   --expire*-----> expired
    approved    --revise------> in_review
    approved    --revoke------> in_review
    approved    --stop--------> rejected
    approved    --claim*------> publishing
    approved    --miss*-------> missed
    approved    --hold--------> held
    retry_wait  --revise------> in_review
    retry_wait  --revoke------> in_review
    retry_wait  --stop--------> rejected
    retry_wait  --claim*------> publishing
    retry_wait  --miss*-------> missed
    retry_wait  --hold--------> held
    publishing  --confirm*----> published
    publishing  --refuse*-----> failed
    publishing  --release*----> retry_wait
    publishing  --hold*-------> held
    publishing  --lose*-------> unknown
    unknown     --confirm*----> published
    unknown     --release*----> retry_wait
    unknown     --refuse*-----> failed
    unknown     --ask*--------> needs_human
    needs_human --confirm-----> published
    needs_human --release-----> retry_wait
    needs_human --drop--------> dropped
    missed      --reschedule--> approved
    missed      --drop--------> dropped
    held        --resume------> approved
    held        --revise------> in_review
    held        --drop--------> dropped
    failed      --revise------> in_review
    failed      --drop--------> dropped
    rejected    --reopen------> in_review
    expired     --reopen------> in_review
    published   --withdraw*---> withdrawn
"""
OFFERED: dict[str, dict[str, str | None]] = {
    "in_review": {
        "approve": "approve",
        "edit": "revise",
        "choose": "revise",
        "regenerate": "regenerate",
        "reject": "reject",
        "media": None,
        "move": None,
    },
    "approved": {
        "undo": "revoke",
        "edit": "revise",
        "choose": "revise",
        "media": "revoke",
        "reject": "stop",
        "move": None,
    },
    "retry_wait": {"undo": "revoke", "edit": "revise", "choose": "revise", "media": "revoke", "reject": "stop"},
    "held": {"edit": "revise", "choose": "revise", "media": None, "drop": "drop"},
    "failed": {"edit": "revise", "choose": "revise", "media": None, "drop": "drop"},
    "rejected": {"undo": "reopen"},
    "expired": {"undo": "reopen"},
    "needs_human": {"live": "confirm", "again": "release", "drop": "drop"},
    "missed": {"now": "reschedule", "next": "reschedule", "drop": "drop"},
    "published": {"withdraw": None},
}
ENDS = {"withdrawn", "dropped"}


def drawn() -> dict[tuple[str, str], tuple[str, bool]]:
    arrows = {}
    for line in DRAWN.split("\n"):
        if line.strip():
            source, middle, end = line.split()
            event = middle.strip("->")
            arrows[source, event.rstrip("*-")] = (end, "*" in event)
    return arrows


def test_the_rules_are_the_drawing() -> None:
    assert {(a.source, a.event): (a.target, a.worker_only) for a in ARROWS} == drawn()
    assert len(ARROWS) == len(drawn()) == 44


def test_the_database_is_the_drawing(as_web: Connection) -> None:
    rows = as_web.execute("SELECT source, event, target, worker_only FROM arrows").fetchall()
    assert {(source, event): (end, worker) for source, event, end, worker in rows} == drawn()


def test_the_answers_are_the_same_in_the_rules_and_in_the_database(as_web: Connection) -> None:
    offered = {(state, answer): event for state, answers in OFFERED.items() for answer, event in answers.items()}
    assert {(a.state, a.decision): a.event for a in ANSWERS} == offered
    rows = as_web.execute("SELECT state, decision, event FROM answers").fetchall()
    assert {(state, answer): event for state, answer, event in rows} == offered


def test_every_answer_that_moves_a_post_has_its_arrow_and_every_decision_an_answer() -> None:
    assert all(answer.event is None or target(answer.state, answer.event) for answer in ANSWERS)
    assert {answer.decision for answer in ANSWERS} == set(Decision)


def test_what_nothing_leaves_is_what_the_rules_call_final() -> None:
    assert FINAL == ENDS == set(State) - {source for source, _ in drawn()}


def test_the_rules_answer_every_pair_as_drawn() -> None:
    for state, event in product(State, Event):
        assert target(state, event) == drawn().get((state, event), (None,))[0], (state, event)


@pytest.mark.parametrize("state", State)
def test_the_database_answers_every_event_as_drawn_from(
    state: State, house: House, as_web: Connection, as_worker: Connection
) -> None:
    """Each event is tried as either login and taken back, so that one post stands for all."""
    post = house.post(state)
    assert house.state(post) == state
    for (login, connection), event in product((("web", as_web), ("worker", as_worker)), Event):
        wanted: Any = drawn().get((state, event), ("no arrow", False))
        expected = "worker only" if wanted[1] and login == "web" else wanted[0]
        assert tried(connection, house, post, event) == expected, (login, state, event)


def tried(connection: Connection, house: House, post: Any, event: Event) -> str:
    try:
        with connection.transaction(force_rollback=True):
            connection.execute("SELECT set_config('app.workspace', %s, true)", (str(house.id),))
            row = connection.execute(
                "UPDATE posts SET event = %s WHERE id = %s RETURNING state", (event, post)
            ).fetchone()
            return str(row[0]) if row else "nothing"
    except errors.CheckViolation as error:
        return "no arrow" if "no arrow leaves" in str(error) else str(error)
    except errors.InsufficientPrivilege as error:
        return "worker only" if "only a worker may" in str(error) else str(error)


@pytest.mark.parametrize(
    "assignment",
    [
        "state = 'approved'",
        "state = 'published', event = 'approve'",
        "state = 'approved', event = 'approve'",
        "step = 7",
        "event = NULL",
        "event = 'teleport'",
        "event = 'confirm'",
    ],
)
def test_not_even_a_worker_gets_past_the_arrows_by(assignment: str, house: House) -> None:
    post = house.post("in_review")
    with pytest.raises(errors.CheckViolation):
        house.run(f"UPDATE posts SET {assignment} WHERE id = %(p)s", {"p": post})
    assert house.state(post) == "in_review"


@pytest.mark.parametrize("born", ["state = 'approved'", "step = 3", "event = 'approve'"])
def test_a_post_is_born_planned(born: str, house: House) -> None:
    column, value = born.split(" = ")
    old = house.post()
    with pytest.raises(errors.CheckViolation, match="born planned"):
        house.run(
            f"INSERT INTO posts (workspace_id, id, number, batch_id, brief_id, web_app_id, account_id, slot, {column})"
            f" SELECT workspace_id, gen_random_uuid(), 9999, batch_id, brief_id, web_app_id, account_id, slot, {value} FROM posts WHERE id = %(p)s",
            {"p": old},
        )


def test_every_move_is_recorded_once_with_its_step_and_who_made_it(house: House) -> None:
    post = house.post("in_review")
    house.run(
        "UPDATE posts SET event = 'reject', actor = %(a)s WHERE id = %(p)s", {"p": post, "a": house.people["ann"]}
    )
    house.run("UPDATE posts SET trouble = 'not a move' WHERE id = %(p)s", {"p": post})
    rows = house.run(
        "SELECT step, old, event, new, actor FROM transitions WHERE post_id = %(p)s ORDER BY step", {"p": post}
    )
    assert rows == [
        (1, "planned", "write", "drafted", None),
        (2, "drafted", "deliver", "in_review", None),
        (3, "in_review", "reject", "rejected", house.people["ann"]),
    ]


def test_the_steps_of_every_way_join_up(house: House, as_superuser: Connection) -> None:
    for state in WAYS:
        house.post(state)
    broken = as_superuser.execute(
        """SELECT t.post_id, t.step FROM transitions t LEFT JOIN arrows a ON (a.source, a.event, a.target) = (t.old, t.event, t.new)
           LEFT JOIN transitions b ON (b.workspace_id, b.post_id, b.step) = (t.workspace_id, t.post_id, t.step - 1)
           WHERE a.source IS NULL OR t.old <> coalesce(b.new, 'planned') OR (t.step > 1 AND b.step IS NULL)"""
    ).fetchall()
    ends = as_superuser.execute(
        "SELECT p.state, max(t.step) FROM posts p LEFT JOIN transitions t ON t.post_id = p.id GROUP BY p.workspace_id, p.id"
    ).fetchall()
    assert broken == []
    assert {state: steps or 0 for state, steps in ends} == {state: len(way.split()) for state, way in WAYS.items()}


def test_one_statement_moves_many_and_records_each(house: House) -> None:
    posts = house.posts(30)
    house.run("UPDATE posts SET event = 'write' WHERE id = ANY (%(ids)s)", {"ids": posts})
    assert house.one("SELECT count(*) FROM transitions WHERE event = 'write'") == 30


def wanted(house: House, post: Any) -> tuple[list[int], int]:
    """What each card of the post wants, and its digest."""
    cards = house.run("SELECT wanted FROM cards WHERE post_id = %(p)s ORDER BY wanted", {"p": post})
    return [row[0] for row in cards], int(house.one("SELECT wanted FROM cards WHERE batch_id IS NOT NULL"))


@pytest.mark.parametrize(
    ("change", "cards", "digest"),
    [
        ("event = 'approve'", 1, 1),
        ("event = 'revise'", 1, 0),
        ("slot = slot + interval '1 hour'", 1, 0),
        ("trouble = 'X said no'", 1, 0),
        ("withdraw_wanted = now()", 1, 0),
        ("reminded_at = now()", 1, 0),
        ("lease_until = now(), lease_by = 'w', next_at = now()", 0, 0),
        ("trouble = NULL", 0, 0),
    ],
)
def test_cards_want_redrawing_after(change: str, cards: int, digest: int, house: House) -> None:
    post, beside = house.post(), house.post()
    before, others = wanted(house, post), wanted(house, beside)
    house.run(f"UPDATE posts SET {change} WHERE id = %(p)s", {"p": post})
    after = wanted(house, post)
    assert after[0] == [n + cards for n in before[0]]
    assert after[1] == before[1] + digest
    assert wanted(house, beside)[0] == others[0]


@pytest.mark.parametrize("table", ["revisions", "transitions", "decisions", "measures", "audit_events", "audit_chain"])
def test_what_is_written_once_is_not_rewritten_even_by_a_superuser_without_more_ado(
    table: str, house: House, as_web: Connection, as_superuser: Connection
) -> None:
    post = house.post()
    house.click(as_web, house.token(post), "approve", "bob")
    house.run("INSERT INTO measures (workspace_id, post_id) VALUES (%(ws)s, %(p)s)", {"p": post})
    with pytest.raises(errors.InsufficientPrivilege, match="append-only"):
        as_superuser.execute(f"UPDATE {table} SET workspace_id = workspace_id")
