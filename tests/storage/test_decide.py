"""The statement that decides: every outcome, every answer from every state, and three connections that want to be first."""

import hashlib
import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg import errors

from domain.decision import Decision, Outcome, answers_in
from domain.post import State
from tests.storage.conftest import Connection, House, connected, decided
from tests.storage.test_state_machine import OFFERED, drawn

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()
EDITED: dict[str, Any] = {
    "text": "second", "pictures": [], "settings": {}, "sha256": hashlib.sha256(b"second").hexdigest(), "length": 6,
    "warnings": ["long"], "objections": [],
}  # fmt: skip
BROUGHT: dict[str, dict[str, Any]] = {
    "edit": EDITED,
    "choose": EDITED | {"text": "first", "settings": {"privacy": "SELF_ONLY"}, "warnings": []},
    "move": {"slot": TOMORROW}, "now": {"slot": datetime.now(UTC).isoformat()}, "next": {"slot": TOMORROW},
    "media": {"files": [{"ref": "F1", "name": "a.jpg", "size": 3, "content_type": "image/jpeg"}], "description": "", "surface": "slack", "team": "T1"},
    "live": {"link": "https://x.example/1", "remote_id": "1"},
}  # fmt: skip


def press(house: House, web: Connection, post: UUID, decision: str, user: str = "bob", **more: Any) -> dict[str, Any]:
    return house.click(web, house.token(post), decision, user, detail=BROUGHT.get(decision), **more)


def approval(token: str, team: str | None, key: str) -> dict[str, Any]:
    """Bob approves in a dialog of Slack, which names no chat and no message."""
    return {
        "source": "slack", "event_key": key, "token": token, "surface": "slack", "team": team, "user": "bob",
        "decision": "approve",
    }  # fmt: skip


def column(house: House, post: UUID, name: str) -> Any:
    return house.one(f"SELECT {name} FROM posts WHERE id = %(p)s", {"p": post})


def recorded(house: House, post: UUID) -> list[tuple[str, str, bool]]:
    """What was decided about a post, in order."""
    return [
        (row[0], row[1], row[2])
        for row in house.run(
            "SELECT decision, outcome, applied FROM decisions WHERE post_id = %(p)s ORDER BY at", {"p": post}
        )
    ]


def test_an_approval_moves_the_post_binds_the_text_and_says_so(house: House, as_web: Connection) -> None:
    post = house.post()
    verdict = press(house, as_web, post, "approve")
    assert verdict | {"number": 0} == {
        "outcome": "applied", "number": 0, "state": "approved", "revision": 1, "decision": "approve", "approvals": 1, "quorum": 1,
        "workspace_id": str(house.id), "post_id": str(post),
    }  # fmt: skip
    bound = house.run(
        "SELECT v.sha256 = r.sha256, v.member_id, p.next_at = p.slot FROM posts p JOIN approvals v ON v.id = p.approval_id"
        " JOIN revisions r ON r.post_id = p.id AND r.n = p.revision_n WHERE p.id = %(p)s AND v.revoked_at IS NULL",
        {"p": post},
    )
    assert bound == [(True, house.people["bob"], True)]


@pytest.mark.parametrize("state", State)
def test_every_answer_from(state: State, house: House, as_web: Connection) -> None:
    """Those that the state offers are applied and lead where the drawing says; the others change nothing."""
    for decision in Decision:
        post = house.post(state)
        verdict = press(house, as_web, post, decision)
        if decision in OFFERED.get(state, {}):
            event = OFFERED[state][decision]
            assert verdict["outcome"] == "applied", decision
            assert house.state(post) == verdict["state"] == (drawn()[state, event][0] if event else state), decision
            assert recorded(house, post) == [(decision, "applied", True)]
        else:
            assert verdict["outcome"] == "not_possible", decision
            assert house.state(post) == verdict["state"] == state
            assert recorded(house, post) == [(decision, "not_possible", False)]


def test_a_card_offers_what_the_statement_accepts() -> None:
    assert {state: set(answers_in(state)) for state in State} == {state: set(OFFERED.get(state, {})) for state in State}


def test_the_second_to_answer_is_told_who_was_first_when_and_why(house: House, as_web: Connection) -> None:
    post = house.post()
    assert press(house, as_web, post, "reject", "ann", reason="too loud")["outcome"] == "applied"
    verdict = press(house, as_web, post, "approve", "bob")
    assert (verdict["outcome"], verdict["state"], verdict["first_by"]) == ("already_decided", "rejected", "Ann")
    assert (verdict["first_decision"], verdict["reason"]) == ("reject", "too loud")
    assert datetime.fromisoformat(verdict["first_at"]).tzinfo is not None
    assert recorded(house, post) == [("reject", "applied", True), ("approve", "already_decided", False)]


def test_a_button_of_an_older_revision_decides_nothing_and_names_who_changed_the_text(
    house: House, as_web: Connection
) -> None:
    post = house.post()
    old = house.token(post)
    assert press(house, as_web, post, "edit", "ann")["revision"] == 2
    verdict = house.click(as_web, old, "approve", "bob")
    assert (verdict["outcome"], verdict["revision"], verdict["first_by"]) == ("stale_revision", 2, "Ann")
    assert house.state(post) == "in_review"
    assert press(house, as_web, post, "approve")["outcome"] == "applied"


@pytest.mark.parametrize("user", ["vic", "rex"])
def test_a_member_without_the_right_is_refused_and_recorded(user: str, house: House, as_web: Connection) -> None:
    post = house.post()
    for decision in Decision:
        assert press(house, as_web, post, decision, user)["outcome"] == "not_allowed"
    assert (
        house.state(post),
        column(house, post, "revision_n"),
        column(house, post, "slot > now() + interval '4 h'"),
    ) == ("in_review", 1, False)
    assert {row[1:] for row in recorded(house, post)} == {("not_allowed", False)}


def test_a_reviewer_whose_right_was_taken_a_moment_ago_is_refused(house: House, as_web: Connection) -> None:
    post = house.post()
    house.revoke("bob")
    assert press(house, as_web, post, "approve", "bob")["outcome"] == "not_allowed"


def test_a_stranger_is_refused(house: House, other: House, as_web: Connection) -> None:
    other.hire("eve", "owner")
    post = house.post()
    assert press(house, as_web, post, "approve", "nobody")["outcome"] == "stranger"
    assert press(house, as_web, post, "approve", "eve")["outcome"] == "stranger"
    assert house.state(post) == "in_review"


def test_a_person_is_who_they_are_in_the_chat_that_they_clicked_in(house: House, as_web: Connection) -> None:
    post = house.post()
    house.run("DELETE FROM chat_identities WHERE user_ref = 'bob' AND surface = 'telegram'")
    verdict = house.click(as_web, house.token(post, "telegram"), "approve", "bob", surface="telegram")
    assert verdict["outcome"] == "stranger"
    assert (
        house.click(as_web, house.token(post, "telegram"), "approve", "cy", surface="telegram")["outcome"] == "applied"
    )


@pytest.mark.parametrize(
    "where",
    [{"surface": "telegram"}, {"at": "T-other"}, {"at": ""}, {"chat": "C-other"}, {"chat": ""}, {"message": "m2"}],
)
def test_a_button_that_was_carried_elsewhere_is_refused(
    where: dict[str, str], house: House, as_web: Connection
) -> None:
    post = house.post()
    assert house.click(as_web, house.token(post), "approve", "bob", **where)["outcome"] == "wrong_place"
    assert house.state(post) == "in_review"
    assert recorded(house, post) == []


def test_a_click_without_its_message_is_refused(house: House, as_web: Connection) -> None:
    click = approval(house.token(house.post()), house.team, "k") | {"chat": house.channel}
    assert decided(as_web, click) == [{"outcome": "wrong_place"}]


def test_an_answer_from_a_dialog_names_no_message_but_its_team_all_the_same(house: House, as_web: Connection) -> None:
    token = house.token(house.post())
    came = [decided(as_web, approval(token, team, str(team)))[0] for team in ("T-other", None, house.team)]
    assert [verdict["outcome"] for verdict in came] == ["wrong_place", "wrong_place", "applied"]


def test_a_token_that_nobody_made_is_unknown_and_so_is_a_digests(house: House, as_web: Connection) -> None:
    assert house.click(as_web, "nothing", "approve", "bob") == {"outcome": "unknown_card"}
    house.run(
        "INSERT INTO card_faces (workspace_id, token, card_id, revision_n) SELECT workspace_id, 'digest', id, 0 FROM cards WHERE batch_id IS NOT NULL"
    )
    assert house.click(as_web, "digest", "approve", "bob") == {"outcome": "unknown_card"}


def test_a_genuine_click_delivered_again_has_one_effect(house: House, as_web: Connection) -> None:
    post = house.post()
    assert press(house, as_web, post, "approve", key="click-1")["outcome"] == "applied"
    assert press(house, as_web, post, "undo", key="click-2")["outcome"] == "applied"
    assert press(house, as_web, post, "approve", key="click-1") == {"outcome": "replay"}
    assert house.state(post) == "in_review"


def test_what_fails_midway_may_be_delivered_again(house: House, as_web: Connection) -> None:
    post = house.post()
    with pytest.raises(errors.NotNullViolation):
        house.click(as_web, house.token(post), "edit", "bob", key="k", detail={})
    assert press(house, as_web, post, "edit", key="k")["outcome"] == "applied"


def test_a_text_that_was_not_shown_whole_cannot_be_approved_and_can_be_rejected(
    house: House, as_web: Connection
) -> None:
    post = house.post()
    token = house.token(post, whole=False)
    assert house.click(as_web, token, "approve", "bob")["outcome"] == "not_approvable"
    assert house.state(post) == "in_review"
    assert house.click(as_web, token, "reject", "bob")["outcome"] == "applied"


def test_a_text_that_the_platform_would_refuse_cannot_be_approved(house: House, as_web: Connection) -> None:
    post = house.post()
    detail = BROUGHT["edit"] | {"objections": ["Too long for X."]}
    house.click(as_web, house.token(post), "edit", "bob", detail=detail)
    assert press(house, as_web, post, "approve")["outcome"] == "not_approvable"


def quorum(house: House, wanted: int) -> None:
    house.run("UPDATE web_apps SET quorum = %(q)s", {"q": wanted})


def test_two_must_agree_where_the_policy_says_two(house: House, as_web: Connection) -> None:
    quorum(house, 2)
    post = house.post()
    first = press(house, as_web, post, "approve", "bob")
    assert (first["outcome"], first["approvals"], first["quorum"], first["state"]) == ("counted", 1, 2, "in_review")
    again = press(house, as_web, post, "approve", "bob")
    assert (again["outcome"], again["approvals"]) == ("counted", 1)
    second = press(house, as_web, post, "approve", "cy")
    assert (second["outcome"], second["approvals"], second["state"]) == ("applied", 2, "approved")


def test_an_edit_lets_fall_what_was_agreed_so_far(house: House, as_web: Connection) -> None:
    quorum(house, 2)
    post = house.post()
    press(house, as_web, post, "approve", "bob")
    press(house, as_web, post, "edit", "ann")
    assert press(house, as_web, post, "approve", "cy")["outcome"] == "counted"
    assert house.state(post) == "in_review"


@pytest.mark.parametrize("role", [None, "viewer"])
def test_the_agreement_of_someone_who_lost_the_right_does_not_count(
    role: str | None, house: House, as_web: Connection
) -> None:
    quorum(house, 2)
    post = house.post()
    press(house, as_web, post, "approve", "bob")
    house.grant("bob", role)
    verdict = press(house, as_web, post, "approve", "cy")
    assert (verdict["outcome"], verdict["approvals"]) == ("counted", 1)


def test_a_counted_approval_shows_on_every_card(house: House, as_web: Connection) -> None:
    quorum(house, 2)
    post = house.post()
    wanted = "SELECT array_agg(wanted ORDER BY wanted) FROM cards WHERE post_id = %(p)s"
    before = house.one(wanted, {"p": post})
    press(house, as_web, post, "approve", "bob")
    assert house.one(wanted, {"p": post}) == [n + 1 for n in before]


def test_an_edit_makes_the_next_revision_and_leaves_the_old_one(house: House, as_web: Connection) -> None:
    post = house.post("approved")
    press(house, as_web, post, "edit", "ann")
    rows = house.run(
        "SELECT n, text, made_by, drafted_from, warnings FROM revisions WHERE post_id = %(p)s ORDER BY n", {"p": post}
    )
    assert rows == [(1, "first", None, "templates", []), (2, "second", house.people["ann"], "edit", ["long"])]
    assert (column(house, post, "approval_id"), column(house, post, "revision_n")) == (None, 2)
    assert house.one("SELECT count(*) FROM approvals WHERE post_id = %(p)s AND revoked_at IS NULL", {"p": post}) == 0


@pytest.mark.parametrize(
    ("state", "decision"), [("approved", "undo"), ("approved", "reject"), ("in_review", "regenerate"), ("held", "edit")]
)
def test_no_approval_outlives(state: str, decision: str, house: House, as_web: Connection) -> None:
    post = house.post(state)
    assert press(house, as_web, post, decision)["outcome"] == "applied"
    assert house.one("SELECT count(*) FROM approvals WHERE post_id = %(p)s AND revoked_at IS NULL", {"p": post}) == 0
    assert column(house, post, "approval_id") is None


def test_nothing_can_be_approved_while_the_text_is_being_written_anew(house: House, as_web: Connection) -> None:
    post = house.post()
    assert press(house, as_web, post, "regenerate", "ann", reason="shorter")["state"] == "planned"
    assert column(house, post, "direction") == "shorter"
    assert press(house, as_web, post, "approve")["outcome"] == "already_decided"
    house.fire(post, "restore")
    assert press(house, as_web, post, "approve")["outcome"] == "applied"


def test_a_moved_post_keeps_its_state_its_approval_and_its_text(house: House, as_web: Connection) -> None:
    for state in ("in_review", "approved"):
        post = house.post(state)
        approval = column(house, post, "approval_id")
        assert press(house, as_web, post, "move")["state"] == state
        assert column(house, post, "slot") == datetime.fromisoformat(TOMORROW)
        assert column(house, post, "approval_id") == approval
        assert column(house, post, "next_at <= slot")


def test_who_moved_a_post_is_not_named_as_who_decided_it(house: House, as_web: Connection) -> None:
    post = house.post()
    press(house, as_web, post, "approve", "ann")
    press(house, as_web, post, "move", "cy")
    assert press(house, as_web, post, "approve", "bob")["first_by"] == "Ann"


def test_a_deletion_is_asked_for_once(house: House, as_web: Connection) -> None:
    post = house.post("published")
    assert press(house, as_web, post, "withdraw", "ann")["outcome"] == "applied"
    wanted = column(house, post, "withdraw_wanted")
    verdict = press(house, as_web, post, "withdraw", "bob")
    assert (verdict["outcome"], verdict["first_by"], verdict["first_decision"]) == (
        "already_decided",
        "Ann",
        "withdraw",
    )
    assert column(house, post, "withdraw_wanted") == wanted


def test_a_post_said_to_be_live_is_measured_by_what_its_link_names(house: House, as_web: Connection) -> None:
    post = house.post("needs_human")
    press(house, as_web, post, "live")
    named = "ROW(remote_id, permalink, published_at IS NOT NULL, next_measure_at IS NOT NULL, next_at IS NULL)::text"
    assert column(house, post, named) == "(1,https://x.example/1,t,t,t)"


def test_a_post_sent_again_by_a_person_is_never_released_by_itself_once_more(house: House, as_web: Connection) -> None:
    post = house.post("needs_human")
    press(house, as_web, post, "again")
    assert (
        column(house, post, "ROW(auto_released, slot <= now(), next_at <= now(), approval_id IS NOT NULL)::text")
        == "(t,t,t,t)"
    )


def test_a_decision_stands_with_its_audit_event_and_a_refusal_too(house: House, as_web: Connection) -> None:
    post = house.post()
    press(house, as_web, post, "approve", "vic")
    press(house, as_web, post, "approve", "bob")
    bodies = house.run(
        "SELECT body::jsonb -> 0 ->> 'outcome' FROM audit_events WHERE what = 'decisions:insert' ORDER BY id"
    )
    assert [row[0] for row in bodies] == ["not_allowed", "applied"]


def test_every_outcome_that_the_rules_know_is_fired_by_a_test_of_this_file() -> None:
    with open(__file__, encoding="utf-8") as file:
        written = file.read()
    assert [outcome for outcome in Outcome if f'"{outcome}"' not in written] == []


def test_of_three_who_answer_at_once_one_decides_and_the_others_are_told_who(
    house: House, logins: dict[str, str]
) -> None:
    posts = house.posts(200)
    for event in ("write", "deliver"):
        house.run("UPDATE posts SET event = %(e)s WHERE id = ANY (%(ids)s)", {"e": event, "ids": posts})
    house.run(
        "INSERT INTO card_faces (workspace_id, token, card_id, post_id, revision_n)"
        " SELECT c.workspace_id, c.post_id::text || h.surface, c.id, c.post_id, 1 FROM cards c JOIN chats h ON h.id = c.chat_id WHERE c.post_id IS NOT NULL"
    )
    answers = {"ann": ("slack", "approve"), "bob": ("telegram", "reject"), "cy": ("slack", "reject")}
    start = threading.Barrier(len(answers))
    verdicts: dict[str, list[dict[str, Any]]] = {}

    def answer(name: str, surface: str, decision: str) -> None:
        with connected(logins["amarktai_web"]) as connection:
            start.wait()
            verdicts[name] = [
                house.click(connection, f"{post}{surface}", decision, name, surface=surface, reason=name)
                for post in posts
            ]

    threads = [threading.Thread(target=answer, args=(name, *what)) for name, what in answers.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for n in range(len(posts)):
        said = {name: verdicts[name][n] for name in answers}
        # A reject also stops what was approved a moment before; so one of the two rejects stands, and Ann was first or is told.
        assert sorted(said[name]["outcome"] for name in ("bob", "cy")) == ["already_decided", "applied"]
        assert said["ann"]["outcome"] in {"applied", "already_decided"}
        winner = "Bob" if said["bob"]["outcome"] == "applied" else "Cy"
        losers = [verdict for verdict in said.values() if verdict["outcome"] == "already_decided"]
        assert all(
            (verdict["first_by"], verdict["first_decision"]) == (winner, "reject") and verdict["first_at"]
            for verdict in losers
        )
    assert house.run("SELECT state, count(*) FROM posts GROUP BY state") == [("rejected", 200)]
    assert house.one("SELECT count(*) FROM decisions") == 600
    assert house.one("SELECT count(*) FROM decisions WHERE applied") == house.one(
        "SELECT count(*) FROM transitions WHERE step > 2"
    )
    ways = house.run("SELECT DISTINCT array_agg(event ORDER BY step) FROM transitions WHERE step > 2 GROUP BY post_id")
    assert {tuple(way) for (way,) in ways} <= {("reject",), ("approve", "stop")}


def test_of_two_who_cannot_both_be_first_exactly_one_is(house: House, logins: dict[str, str]) -> None:
    """Reject and drop have no second half: whoever comes second is told."""
    posts = [house.post() for _ in range(40)]
    tokens = [house.token(post) for post in posts]
    start = threading.Barrier(3)
    outcomes: dict[str, list[str]] = {}

    def reject(name: str) -> None:
        with connected(logins["amarktai_web"]) as connection:
            start.wait()
            outcomes[name] = [house.click(connection, token, "reject", name)["outcome"] for token in tokens]

    threads = [threading.Thread(target=reject, args=(name,)) for name in ("ann", "bob", "cy")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for trio in zip(*outcomes.values(), strict=True):
        assert sorted(trio) == ["already_decided", "already_decided", "applied"]


def test_the_same_click_delivered_twice_at_once_has_one_effect(house: House, logins: dict[str, str]) -> None:
    token = house.token(house.post())
    start = threading.Barrier(4)
    outcomes: list[str] = []

    def deliver() -> None:
        with connected(logins["amarktai_web"]) as connection:
            start.wait()
            outcomes.append(house.click(connection, token, "approve", "bob", key="once")["outcome"])

    threads = [threading.Thread(target=deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["applied", "replay", "replay", "replay"]


def test_a_post_of_another_workspace_with_the_same_number_is_not_touched(
    house: House, other: House, as_web: Connection
) -> None:
    mine, theirs = house.post(), other.post()
    assert column(house, mine, "number") == column(other, theirs, "number")
    press(house, as_web, mine, "reject")
    assert other.state(theirs) == "in_review"
