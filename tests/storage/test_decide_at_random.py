"""Random days: people of two workspaces press what they find, old buttons and delivered clicks too, and a small model says who may win."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from domain.decision import Decision, Outcome
from domain.ids import uuid7
from tests.storage.conftest import PEOPLE, Connection, House
from tests.storage.test_decide import BROUGHT
from tests.storage.test_state_machine import ENDS, OFFERED, drawn

# Each must find nothing. I5-I8, I10, I13 to I15 of the reliability standard in the words of our tables.
INVARIANTS = {
    "a post stands approved without a live approval of its very revision and text": """
        SELECT p.id FROM posts p WHERE p.state IN ('approved', 'retry_wait', 'publishing', 'unknown', 'missed') AND NOT EXISTS (
            SELECT FROM approvals v JOIN revisions r ON (r.workspace_id, r.post_id, r.n) = (v.workspace_id, v.post_id, v.revision_n)
            WHERE (v.workspace_id, v.id, v.post_id, v.revision_n) = (p.workspace_id, p.approval_id, p.id, p.revision_n)
              AND v.sha256 = r.sha256 AND v.revoked_at IS NULL)""",
    "somebody approved who did not hold the right at that moment": """
        SELECT v.id FROM approvals v WHERE NOT EXISTS (
            SELECT FROM role_periods o WHERE (o.workspace_id, o.member_id) = (v.workspace_id, v.member_id)
              AND o.role IN ('owner', 'reviewer') AND o.granted_at <= v.at AND coalesce(o.revoked_at, 'infinity') > v.at)""",
    "one person holds two live approvals of one revision": """
        SELECT post_id FROM approvals WHERE revoked_at IS NULL GROUP BY workspace_id, post_id, revision_n, member_id HAVING count(*) > 1""",
    "an approval of an older revision is live": """
        SELECT v.id FROM approvals v JOIN posts p ON (p.workspace_id, p.id) = (v.workspace_id, v.post_id)
        WHERE v.revoked_at IS NULL AND v.revision_n <> p.revision_n""",
    "a decision was applied through a card of another post, revision or workspace": """
        SELECT d.id FROM decisions d WHERE d.applied AND NOT EXISTS (
            SELECT FROM card_faces f WHERE (f.workspace_id, f.card_id, f.post_id, f.revision_n) = (d.workspace_id, d.card_id, d.post_id, d.revision_n))""",
    "one delivery decided twice": "SELECT event_key FROM decisions GROUP BY surface, event_key HAVING count(*) > 1",
    "a move that is no arrow, or that nothing led to": """
        SELECT t.post_id FROM transitions t LEFT JOIN arrows a ON (a.source, a.event, a.target) = (t.old, t.event, t.new) WHERE a.source IS NULL""",
    "a post stands elsewhere than its last move left it": """
        SELECT p.id FROM posts p JOIN transitions t ON (t.workspace_id, t.post_id, t.step) = (p.workspace_id, p.id, p.step) WHERE t.new <> p.state""",
    "a member of another workspace decided": """
        SELECT d.id FROM decisions d LEFT JOIN members m ON (m.workspace_id, m.id) = (d.workspace_id, d.member_id) WHERE m.id IS NULL""",
    "a move or a decision that the audit trail does not tell": """
        SELECT t.post_id FROM transitions t WHERE NOT EXISTS (SELECT FROM audit_events e, jsonb_array_elements(e.body::jsonb) x
            WHERE e.workspace_id = t.workspace_id AND e.what = 'posts:move' AND x ->> 'id' = t.post_id::text AND (x ->> 'step')::int = t.step)""",
}


DICE = strategies.randoms(use_true_random=True)
"""Hypothesis draws their seeds and tells them when a day goes wrong."""

SEEN: Counter[str] = Counter()
"""What clicks came to, over all days."""


@dataclass
class Modelled:
    """What the model knows of a post."""

    house: int
    id: UUID
    state: str = "in_review"
    revision: int = 1
    agreed: set[str] = field(default_factory=set)
    touched: bool = False
    withdrawing: bool = False
    tokens: list[tuple[str, str, int]] = field(default_factory=list)
    """Every button that was ever drawn: chat, token, revision."""


class Days(RuleBasedStateMachine):
    """`houses`, `web` and `root` are set by the test that runs the machine."""

    houses: tuple[House, House]
    web: Connection
    root: Connection

    def __init__(self) -> None:
        super().__init__()
        self.posts: list[Modelled] = []
        self.roles = [dict(PEOPLE), dict(PEOPLE)]
        self.quorum = [1, 1]
        self.clicks: list[tuple[House, tuple[Any, ...], dict[str, Any]]] = []

    @initialize(quorum=strategies.tuples(*[strategies.integers(1, 2)] * 2))
    def begin(self, quorum: tuple[int, int]) -> None:
        for n, house in enumerate(self.houses):
            self.quorum[n] = quorum[n]
            house.run("UPDATE web_apps SET quorum = %(q)s", {"q": quorum[n]})
            for name, role in PEOPLE.items():
                self._grant(n, name, role)
            self.posts += [self._new(n) for _ in range(2)]

    def _new(self, n: int) -> Modelled:
        post = Modelled(n, self.houses[n].post())
        self._draw(post)
        return post

    def _draw(self, post: Modelled) -> None:
        house = self.houses[post.house]
        for chat in ("slack", "telegram"):
            post.tokens.append((chat, house.token(post.id, chat, revision=post.revision), post.revision))

    def _grant(self, n: int, name: str, role: str | None) -> None:
        self.houses[n].grant(name, role)
        self.roles[n][name] = role

    @rule(dice=DICE)
    def an_hour_passes(self, dice: Random) -> None:
        happenings = (self.press, self.work_goes_on, self.a_click_is_delivered_again, self.a_right_changes)
        for _ in range(6):
            dice.choices(happenings, [14, 3, 2, 1])[0](dice)

    def press(self, dice: Random) -> None:
        """Mostly a sensible answer by somebody who may give it, on a button of now; often enough anything by anybody."""
        post = dice.choice(self.posts)
        user = dice.choices([*PEOPLE, "nobody"], [6, 6, 6, 1, 1, 1])[0]
        sensible = [*OFFERED.get(post.state, {})]
        decision = dice.choice(sensible if sensible and dice.random() < 0.7 else [*Decision])
        surface, token, revision = dice.choice(post.tokens[-2:] if dice.random() < 0.7 else post.tokens)
        carried = dice.random() < 0.05
        self._click(post, user, decision, surface, token, revision, carried)

    def _click(
        self, post: Modelled, user: str, decision: str, surface: str, token: str, revision: int, carried: bool
    ) -> None:
        clicker = self.houses[1 - post.house if carried else post.house]
        arguments = (token, decision, user)
        more: dict[str, Any] = {
            "surface": surface,
            "key": uuid7().hex,
            "detail": BROUGHT.get(decision),
        }
        expected = "wrong_place" if carried else self._expected(post, user, decision, revision)
        verdict = clicker.click(self.web, *arguments, **more)
        assert verdict["outcome"] == expected, (post, user, decision, revision, verdict)
        SEEN[expected] += 1
        self.clicks.append((clicker, arguments, more))
        if expected in ("applied", "counted"):
            self._apply(post, user, decision, expected)
        assert self.houses[post.house].state(post.id) == post.state

    def _expected(self, post: Modelled, user: str, decision: str, revision: int) -> str:
        """Who may win, in sixty words."""
        if user not in PEOPLE:
            return "stranger"
        if self.roles[post.house][user] not in ("owner", "reviewer"):
            return "not_allowed"
        if revision != post.revision:
            return "stale_revision"
        if decision not in OFFERED.get(post.state, {}) or (decision == "withdraw" and post.withdrawing):
            return "already_decided" if post.touched else "not_possible"
        if decision == "approve":
            entitled = {name for name in post.agreed | {user} if self.roles[post.house][name] in ("owner", "reviewer")}
            return "applied" if len(entitled) >= self.quorum[post.house] else "counted"
        return "applied"

    def _apply(self, post: Modelled, user: str, decision: str, outcome: str) -> None:
        if decision == "approve":
            post.agreed.add(user)
            if outcome == "counted":
                return
        event = OFFERED[post.state][decision]
        if event is None:
            post.withdrawing = decision == "withdraw" or post.withdrawing
            post.touched = decision == "withdraw" or post.touched
            return
        post.state = drawn()[post.state, event][0]
        post.touched = True
        if event in ("revise", "regenerate", "reject", "revoke", "stop"):
            post.agreed.clear()
        if event == "revise":
            post.revision += 1
            self._draw(post)

    def work_goes_on(self, dice: Random) -> None:
        """The worker's side of the life of a post; posts that have come to their end make room for new ones."""
        post = dice.choice(self.posts)
        events = sorted(event for (state, event), (_, worker) in drawn().items() if state == post.state and worker)
        if post.state in ENDS:
            self.posts[self.posts.index(post)] = self._new(post.house)
        elif events:
            event = dice.choice(events)
            self.houses[post.house].run(
                "UPDATE posts SET event = %(e)s, actor = NULL WHERE id = %(p)s", {"e": event, "p": post.id}
            )
            post.state, post.touched = drawn()[post.state, event][0], False

    def a_click_is_delivered_again(self, dice: Random) -> None:
        if self.clicks:
            house, arguments, more = dice.choice(self.clicks)
            assert house.click(self.web, *arguments, **more) == {"outcome": "replay"}
            SEEN["replay"] += 1

    def a_right_changes(self, dice: Random) -> None:
        """Somebody else holds another role from now on; now and then everybody is what they were."""
        n = dice.randrange(2)
        if dice.random() < 0.5:
            self._grant(n, dice.choice([*PEOPLE]), dice.choice(["owner", "reviewer", "viewer", None]))
        else:
            for name, role in PEOPLE.items():
                self._grant(n, name, role)

    @invariant()
    def nothing_is_broken(self) -> None:
        found = "; ".join(f"found: {name}" for name, query in INVARIANTS.items() if self.root.execute(query).fetchone())
        assert not found


@pytest.fixture
def days(house: House, other: House, as_web: Connection, as_superuser: Connection) -> Iterator[type[Days]]:
    Days.houses, Days.web, Days.root = (house, other), as_web, as_superuser
    yield Days


def test_whatever_people_press_the_model_and_the_invariants_hold(days: type[Days]) -> None:
    run_state_machine_as_test(
        days,
        settings=settings(
            max_examples=15, stateful_step_count=20, deadline=None, database=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    rare = {outcome: SEEN[outcome] for outcome in Outcome if SEEN[outcome] < 10}
    assert rare.keys() <= {"unknown_card", "not_approvable"}, f"these days were too dull to prove anything: {SEEN}"


SABOTAGE = {
    "a post stands approved without a live approval of its very revision and text": "UPDATE approvals SET revoked_at = now()",
    "somebody approved who did not hold the right at that moment": "UPDATE approvals SET at = '2001-01-01'",
    "an approval of an older revision is live": "UPDATE posts SET revision_n = 2",
    "a decision was applied through a card of another post, revision or workspace": "DELETE FROM card_faces",
    "one delivery decided twice": "INSERT INTO decisions SELECT workspace_id, gen_random_uuid(), post_id, revision_n, member_id, surface, card_id,"
    " decision, outcome, applied, reason, event_key, at FROM decisions",
    "a move that is no arrow, or that nothing led to": "INSERT INTO transitions SELECT workspace_id, post_id, 99, 'claim', 'planned', 'published' FROM transitions LIMIT 1",
    "a move or a decision that the audit trail does not tell": "INSERT INTO transitions SELECT workspace_id, post_id, 99, event, old, new FROM transitions LIMIT 1",
}  # fmt: skip


@pytest.mark.parametrize("name", SABOTAGE)
def test_the_invariant_finds_that(name: str, house: House, as_web: Connection, as_superuser: Connection) -> None:
    house.click(as_web, house.token(house.post()), "approve", "bob")
    assert not as_superuser.execute(INVARIANTS[name]).fetchall()
    as_superuser.execute(SABOTAGE[name])
    assert as_superuser.execute(INVARIANTS[name]).fetchall()
