"""Workspaces built with plain SQL, so that the database is judged by itself: people, chats, posts in any state, buttons."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from domain.ids import uuid7
from tests.conftest import Cluster
from tests.pipeline.conftest import login_url, logins, team, vault, web, worker  # noqa: F401 - fixtures

Connection = psycopg.Connection[Any]

WAYS: dict[str, str] = {
    "planned": "",
    "drafted": "write",
    "in_review": "write deliver",
    "approved": "write deliver approve",
    "publishing": "write deliver approve claim",
    "published": "write deliver approve claim confirm",
    "withdrawn": "write deliver approve claim confirm withdraw",
    "rejected": "write deliver reject",
    "expired": "write deliver expire",
    "dropped": "drop",
    "retry_wait": "write deliver approve claim release",
    "unknown": "write deliver approve claim lose",
    "needs_human": "write deliver approve claim lose ask",
    "missed": "write deliver approve miss",
    "held": "write deliver approve hold",
    "failed": "write deliver approve claim refuse",
}
"""By state: the events that lead there from a newborn post."""

PEOPLE = {"ann": "owner", "bob": "reviewer", "cy": "reviewer", "vic": "viewer", "rex": None}
"""Rex held a role once; it was revoked."""


@dataclass
class House:
    """One workspace. `run` works under its tenant, as the worker's login unless another connection is given."""

    connection: Connection
    id: UUID = field(default_factory=uuid7)
    people: dict[str, UUID] = field(default_factory=dict)
    app: UUID = field(default_factory=uuid7)
    account: UUID = field(default_factory=uuid7)
    batch: UUID = field(default_factory=uuid7)
    slack: UUID = field(default_factory=uuid7)
    telegram: UUID = field(default_factory=uuid7)
    team: str = ""
    channel: str = ""
    group: str = ""
    made: int = 0

    def run(
        self, statement: str, values: dict[str, Any] | None = None, *, by: Connection | None = None
    ) -> list[tuple[Any, ...]]:
        """One transaction of this workspace; its rows, if it has any."""
        connection = by or self.connection
        with connection.transaction():
            connection.execute("SELECT set_config('app.workspace', %s, true)", (str(self.id),))
            cursor = connection.execute(statement, {"ws": self.id, **(values or {})})
            return cursor.fetchall() if cursor.description else []

    def one(self, statement: str, values: dict[str, Any] | None = None) -> Any:
        return self.run(statement, values)[0][0]

    def furnish(self) -> "House":
        self.team, self.channel, self.group = f"T{self.id.hex}", f"C{self.id.hex}", f"-{self.id.int % 10**12}"
        self.run("INSERT INTO workspaces (workspace_id, name, plan) VALUES (%(ws)s, 'Tidewater', 'business')")
        self.run("INSERT INTO salts VALUES (%(ws)s, sha256(%(ws)s::text::bytea))")
        for name, role in PEOPLE.items():
            self.hire(name, role)
        self.run(
            "INSERT INTO chats (workspace_id, id, surface, team_ref, chat_ref, kind, title)"
            " VALUES (%(ws)s, %(slack)s, 'slack', %(team)s, %(channel)s, 'channel', 'posts'),"
            " (%(ws)s, %(telegram)s, 'telegram', '', %(group)s, 'group', 'Team')",
            {
                "slack": self.slack,
                "telegram": self.telegram,
                "team": self.team,
                "channel": self.channel,
                "group": self.group,
            },
        )
        self.run(
            "INSERT INTO web_apps (workspace_id, id, name, url) VALUES (%(ws)s, %(app)s, 'T', 'https://t.example')",
            {"app": self.app},
        )
        self.run(
            "INSERT INTO accounts (workspace_id, id, platform, kind, remote_id, name)"
            " VALUES (%(ws)s, %(id)s, 'x', 'member', %(remote)s, '@t')",
            {"id": self.account, "remote": self.id.hex},
        )
        self.run(
            "INSERT INTO batches (workspace_id, id, web_app_id, local_date, deliver_from)"
            " VALUES (%(ws)s, %(batch)s, %(app)s, '2026-01-01', now())",
            {"batch": self.batch, "app": self.app},
        )
        self.run(
            "INSERT INTO cards (workspace_id, id, kind, chat_id, batch_id) VALUES (%(ws)s, %(id)s, 'digest', %(chat)s, %(batch)s)",
            {"id": uuid7(), "chat": self.slack, "batch": self.batch},
        )
        return self

    def hire(self, name: str, role: str | None) -> UUID:
        """A person of both chats, called the same everywhere."""
        member = self.people[name] = uuid7()
        values = {
            "m": member,
            "name": name.title(),
            "role": role or "reviewer",
            "user": name,
            "team": self.team,
            "p": uuid7(),
        }
        self.run("INSERT INTO members (workspace_id, id, name) VALUES (%(ws)s, %(m)s, %(name)s)", values)
        self.run(
            "INSERT INTO role_periods (workspace_id, id, member_id, role) VALUES (%(ws)s, %(p)s, %(m)s, %(role)s)",
            values,
        )
        if role is None:
            self.revoke(name)
        for surface, team_ref in (("slack", self.team), ("telegram", "")):
            self.run(
                "INSERT INTO chat_identities (workspace_id, id, member_id, surface, team_ref, user_ref, display_name)"
                " VALUES (%(ws)s, %(i)s, %(m)s, %(surface)s, %(team)s, %(user)s, %(name)s)",
                {**values, "i": uuid7(), "surface": surface, "team": team_ref},
            )
        return member

    def revoke(self, name: str) -> None:
        self.run(
            "UPDATE role_periods SET revoked_at = clock_timestamp() WHERE workspace_id = %(ws)s AND member_id = %(m)s AND revoked_at IS NULL",
            {"m": self.people[name]},
        )

    def grant(self, name: str, role: str | None) -> None:
        """From now on this role and no other."""
        self.revoke(name)
        if role:
            self.run(
                "INSERT INTO role_periods (workspace_id, id, member_id, role) VALUES (%(ws)s, %(id)s, %(m)s, %(r)s)",
                {"id": uuid7(), "m": self.people[name], "r": role},
            )

    def posts(self, count: int) -> list[UUID]:
        """Newborn posts with a first revision and a card in either chat, whose buttons `token` knows."""
        ids = [uuid7() for _ in range(count)]
        values = {
            "ids": ids,
            "briefs": [uuid7() for _ in ids],
            "n": self.made,
            "app": self.app,
            "account": self.account,
        }
        values |= {"batch": self.batch, "slack": self.slack, "telegram": self.telegram}
        for statement in NEWBORN:
            self.run(statement, values)
        self.made += count
        return ids

    def post(self, state: str = "in_review") -> UUID:
        """A post led to `state` by hand, approved by Bob where the way leads through an approval."""
        post = self.posts(1)[0]
        for event in WAYS[state].split():
            self.fire(post, event)
        return post

    def fire(self, post: UUID, event: str, *, by: Connection | None = None) -> None:
        if event == "approve":
            self.run(APPROVED, {"p": post, "m": self.people["bob"], "a": uuid7()}, by=by)
        self.run(
            "UPDATE posts SET event = %(e)s WHERE workspace_id = %(ws)s AND id = %(p)s", {"e": event, "p": post}, by=by
        )

    def state(self, post: UUID) -> str:
        return str(self.one("SELECT state FROM posts WHERE workspace_id = %(ws)s AND id = %(p)s", {"p": post}))

    def token(self, post: UUID, surface: str = "slack", *, revision: int | None = None, whole: bool = True) -> str:
        """The button of a post's newest (or given) revision in a chat, drawn if it was not."""
        chat = self.slack if surface == "slack" else self.telegram
        values = {"p": post, "chat": chat, "token": uuid7().hex, "whole": whole, "n": revision}
        self.run(FACE, values)
        return str(
            self.one(
                "SELECT f.token FROM card_faces f JOIN cards c ON c.workspace_id = f.workspace_id AND c.id = f.card_id"
                " JOIN posts p ON p.workspace_id = f.workspace_id AND p.id = f.post_id WHERE f.workspace_id = %(ws)s"
                " AND f.post_id = %(p)s AND c.chat_id = %(chat)s AND f.revision_n = coalesce(%(n)s, p.revision_n)",
                values,
            )
        )

    def pressed(
        self, token: str, decision: str, user: str, *, surface: str = "slack", key: str | None = None,
        chat: str | None = None, message: str | None = None, at: str | None = None, reason: str | None = None,
        detail: dict[str, Any] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """A pressed button as the chat of this workspace would deliver it. `at`: in another team."""
        home = (self.team, self.channel) if surface == "slack" else ("", self.group)
        return {
            "source": surface, "event_key": key or uuid7().hex, "token": token, "surface": surface, "user": user,
            "team": home[0] if at is None else at, "chat": home[1] if chat is None else chat, "message": message or "m1",
            "decision": decision, "reason": reason, "detail": detail,
        }  # fmt: skip

    def click(self, by: Connection, token: str, decision: str, user: str, **more: Any) -> dict[str, Any]:
        """Press a button, alone. `by` is the web's login."""
        return decided(by, self.pressed(token, decision, user, **more))[0]


def decided(by: Connection, *clicks: dict[str, Any]) -> list[dict[str, Any]]:
    """The verdicts on clicks that came together. Whoever waits, waits as long as it takes."""
    row = by.execute("SELECT decide(%s, '0')", (Jsonb(clicks),)).fetchone()
    assert row is not None
    verdicts: list[dict[str, Any]] = row[0]
    return verdicts


NEWBORN = (
    "INSERT INTO briefs (workspace_id, id, batch_id, n, angle, facts)"
    " SELECT %(ws)s, b, %(batch)s, %(n)s + i, 'a', '[]' FROM unnest(%(briefs)s::uuid[]) WITH ORDINALITY AS u (b, i)",
    "INSERT INTO posts (workspace_id, id, number, batch_id, brief_id, web_app_id, account_id, slot, revision_n)"
    " SELECT %(ws)s, p, 1000 + %(n)s + i, %(batch)s, b, %(app)s, %(account)s, now() + interval '3 hours', 1"
    " FROM unnest(%(ids)s::uuid[], %(briefs)s::uuid[]) WITH ORDINALITY AS u (p, b, i)",
    "INSERT INTO revisions (workspace_id, post_id, n, text, sha256, drafted_from, length)"
    " SELECT %(ws)s, p, 1, 'first', sha256(p::text::bytea), 'templates', 5 FROM unnest(%(ids)s::uuid[]) p",
    "INSERT INTO cards (workspace_id, id, kind, chat_id, post_id, message_ref)"
    " SELECT %(ws)s, gen_random_uuid(), 'post', c, p, 'm1' FROM unnest(%(ids)s::uuid[]) p,"
    " unnest(ARRAY[%(slack)s, %(telegram)s]::uuid[]) c",
)
APPROVED = """
WITH given AS (
    INSERT INTO approvals (workspace_id, id, post_id, revision_n, sha256, member_id)
    SELECT p.workspace_id, %(a)s, p.id, p.revision_n, r.sha256, %(m)s FROM posts p
    JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n
    WHERE p.workspace_id = %(ws)s AND p.id = %(p)s AND p.state = 'in_review' ON CONFLICT DO NOTHING RETURNING id)
UPDATE posts SET approval_id = given.id FROM given WHERE posts.workspace_id = %(ws)s AND posts.id = %(p)s
"""
FACE = """
INSERT INTO card_faces (workspace_id, token, card_id, post_id, revision_n, shown_whole)
SELECT c.workspace_id, %(token)s, c.id, p.id, coalesce(%(n)s, p.revision_n), %(whole)s
FROM cards c JOIN posts p ON p.workspace_id = c.workspace_id AND p.id = c.post_id
WHERE c.workspace_id = %(ws)s AND c.post_id = %(p)s AND c.chat_id = %(chat)s ON CONFLICT DO NOTHING
"""


def connected(url: str) -> Connection:
    return psycopg.connect(url, autocommit=True)


@pytest.fixture
def as_web(logins: dict[str, str]) -> Iterator[Connection]:  # noqa: F811 - a fixture of that name
    with connected(logins["amarktai_web"]) as connection:
        yield connection


@pytest.fixture
def as_worker(logins: dict[str, str]) -> Iterator[Connection]:  # noqa: F811
    with connected(logins["amarktai_worker"]) as connection:
        yield connection


@pytest.fixture
def as_owner(database_url: str) -> Iterator[Connection]:
    with connected(database_url) as connection:
        yield connection


@pytest.fixture
def as_superuser(cluster: Cluster, database_url: str) -> Iterator[Connection]:
    """Who may do anything, row-level security or not: sees what there is, and tampers with it."""
    url = urlunsplit(urlsplit(cluster.superuser_url)._replace(path=urlsplit(database_url).path))
    with connected(url) as connection:
        yield connection


@pytest.fixture
def house(as_worker: Connection) -> House:
    return House(as_worker).furnish()


@pytest.fixture
def other(as_worker: Connection) -> House:
    """A second workspace in the same database."""
    return House(as_worker).furnish()
