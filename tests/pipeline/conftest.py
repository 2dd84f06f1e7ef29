"""A workspace in a real database, seen through the two real logins; posts in it; and a platform's token endpoint."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import pytest
from psycopg import sql

from domain.accounts import Grant, GrantRefused, Identity
from domain.card import Surface
from domain.ids import uuid7
from domain.plans import Plan
from domain.platforms import Platform
from domain.publishing import AccountKind
from domain.roles import Role
from domain.secret import Secret
from pipeline.accounts import Connecting
from pipeline.chats import add_chat
from pipeline.people import add_person
from pipeline.web_apps import add_web_app
from pipeline.workspaces import SlackInstall, install_slack, set_plan
from storage import accounts
from storage.keys import Keyring, Purpose, new_key
from storage.session import Database
from storage.vault import Vault
from tests.conftest import Cluster
from tests.pipeline.no_network import refuse_network_in_transactions

PASSWORD = "of the tests"


@dataclass
class Hints:
    """Keeps what was hinted at."""

    given: list[tuple[str, UUID | None, UUID | None]] = field(default_factory=list)

    def __call__(self, stage: str, workspace_id: UUID | None, ident: UUID | None) -> None:
        self.given.append((stage, workspace_id, ident))

    def stages(self) -> set[str]:
        return {stage for stage, _, _ in self.given}


@pytest.fixture
def hint() -> Hints:
    return Hints()


def login_url(owner_url: str, login: str) -> str:
    parts = urlsplit(owner_url)
    netloc = f"{login}:{PASSWORD.replace(' ', '%20')}@{parts.netloc.rpartition('@')[2]}"
    return urlunsplit(parts._replace(netloc=netloc))


@pytest.fixture
def logins(cluster: Cluster, database_url: str) -> dict[str, str]:
    """The addresses of the two logins. A test may have taken their passwords away: they are of the whole server."""
    names = ("amarktai_web", "amarktai_worker")
    for name in names:
        words = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(name), sql.Literal(PASSWORD))
        cluster.superuser.execute(words)
    return {name: login_url(database_url, name) for name in names}


@pytest.fixture
async def web(logins: dict[str, str]) -> AsyncIterator[Database]:
    """The database as the web process sees it."""
    database = Database(logins["amarktai_web"], size=4)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def worker(logins: dict[str, str]) -> AsyncIterator[Database]:
    """The database as a worker sees it."""
    database = Database(logins["amarktai_worker"], size=8)
    await database.open()
    yield database
    await database.close()


@pytest.fixture(scope="session")
def vault() -> Vault:
    return Vault(Keyring.parse(",".join(new_key(purpose) for purpose in Purpose)))


INSTALL = SlackInstall("T1", "Tidewater", "U1", "Ann", "UB", "B1", "A1", "chat:write", Secret("xoxb-1"))


@dataclass
class Team:
    """A workspace on Business with an owner, a reviewer, a Slack channel, a Telegram group and a web app."""

    workspace_id: UUID
    owner: UUID
    reviewer: UUID
    channel: UUID
    group: UUID
    web_app: UUID
    worker: Database
    vault: Vault

    async def account(self, *, refresh: str | None = "r0", name: str = "@tide", life: timedelta | None = None) -> UUID:
        """A connected X account whose access token is "t0" and is due; one that cannot be renewed is at its end."""
        now = datetime.now(UTC)
        life = life or (timedelta(hours=2) if refresh else timedelta(minutes=5))
        grant = Grant(Secret("t0"), Secret(refresh) if refresh else None, now + life, ("tweet.write",))
        who = Identity(AccountKind.MEMBER, name, name)
        async with self.worker.transaction(self.workspace_id) as tx:
            return await accounts.connect(
                tx, self.vault, Platform.X, who, grant, refresh_at=now - timedelta(seconds=1), by=self.owner
            )

    async def post(self, account_id: UUID, *, state: str = "approved", by: UUID | None = None) -> UUID:
        """A post in `in_review` or `approved` by `by` (the reviewer), with a card in the Slack channel."""
        post_id, batch, brief, approval = uuid7(), uuid7(), uuid7(), uuid7()
        digest = hashlib.sha256(post_id.bytes).digest()
        values = {
            "id": post_id, "batch": batch, "brief": brief, "app": self.web_app, "account": account_id,
            "hash": digest, "approval": approval, "by": by or self.reviewer, "chat": self.channel, "card": uuid7(),
            "day": datetime.now(UTC).date() + timedelta(days=int.from_bytes(batch.bytes[-2:], "big")),
        }  # fmt: skip
        async with self.worker.transaction(self.workspace_id) as tx:
            for statement in POST if state == "in_review" else POST + APPROVED:
                await tx.run(statement, values)
        return post_id

    async def value(self, statement: str, **values: object) -> object:
        async with self.worker.transaction(self.workspace_id) as tx:
            return await tx.value(statement, values)

    async def state(self, post_id: UUID) -> object:
        return await self.value(STATE, id=post_id)


STATE = "SELECT state FROM posts WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
POST = (
    """INSERT INTO batches (workspace_id, id, web_app_id, local_date, deliver_from)
       VALUES (%(workspace_id)s, %(batch)s, %(app)s, %(day)s, now())""",
    """INSERT INTO briefs (workspace_id, id, batch_id, n, angle, facts)
       VALUES (%(workspace_id)s, %(brief)s, %(batch)s, 1, 'a', '[]')""",
    """INSERT INTO posts (workspace_id, id, number, batch_id, brief_id, web_app_id, account_id, slot, revision_n)
       SELECT %(workspace_id)s, %(id)s, coalesce(max(number), 1000) + 1, %(batch)s, %(brief)s, %(app)s, %(account)s,
              now() + interval '1 hour', 1 FROM posts WHERE workspace_id = %(workspace_id)s""",
    """INSERT INTO revisions (workspace_id, post_id, n, text, sha256, drafted_from, length)
       VALUES (%(workspace_id)s, %(id)s, 1, 'text', %(hash)s, 'templates', 4)""",
    """INSERT INTO cards (workspace_id, id, kind, chat_id, post_id, drawn)
       VALUES (%(workspace_id)s, %(card)s, 'post', %(chat)s, %(id)s, 1)""",
    "UPDATE posts SET event = 'write' WHERE workspace_id = %(workspace_id)s AND id = %(id)s",
    "UPDATE posts SET event = 'deliver', next_at = slot WHERE workspace_id = %(workspace_id)s AND id = %(id)s",
)
APPROVED = (
    """INSERT INTO approvals (workspace_id, id, post_id, revision_n, sha256, member_id)
       VALUES (%(workspace_id)s, %(approval)s, %(id)s, 1, %(hash)s, %(by)s)""",
    """UPDATE posts SET event = 'approve', actor = %(by)s, approval_id = %(approval)s
       WHERE workspace_id = %(workspace_id)s AND id = %(id)s""",
)


@pytest.fixture
async def team(web: Database, worker: Database, vault: Vault) -> Team:
    quiet = Hints()
    begun = await install_slack(web, vault, quiet, INSTALL)
    ws, owner = begun.workspace_id, begun.member_id
    assert owner is not None
    await set_plan(web, ws, Plan.BUSINESS)
    reviewer = await add_person(
        web, ws, owner, surface=Surface.SLACK, team_ref="T1", user_ref="U2", name="Bob", role=Role.REVIEWER
    )
    channel = await add_chat(
        web, ws, surface=Surface.SLACK, team_ref="T1", chat_ref="C1", kind="channel", title="posts"
    )
    group = await add_chat(web, ws, surface=Surface.TELEGRAM, chat_ref="-100", kind="group", title="Team")
    app = await add_web_app(web, quiet, ws, owner, "https://tidewater.example")
    return Team(ws, owner, reviewer.id, channel.id, group.id, app.id, worker, vault)


@dataclass
class TokenEndpoint:
    """A platform as its token endpoint behaves: codes work once, refresh tokens rotate, re-use revokes the family."""

    platform: Platform = Platform.X
    scopes: tuple[str, ...] = ("tweet.write",)
    profiles: tuple[Identity, ...] = (Identity(AccountKind.MEMBER, "42", "@tide", "https://x.example/tide"),)
    codes: dict[str, str] = field(default_factory=dict)
    """By code: the verifier it wants."""
    live: str | None = "r0"
    given: int = 0
    calls: int = 0
    failures: list[Exception] = field(default_factory=list)
    exchanged_for: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    pause: asyncio.Event | None = None

    def authorize_url(self, *, state: str, verifier: str, redirect_uri: str) -> str:
        raise NotImplementedError

    async def exchange(self, *, code: str, verifier: str, redirect_uri: str) -> Grant:
        self.exchanged_for.append(redirect_uri)
        if self.failures:
            raise self.failures.pop(0)
        await asyncio.sleep(0)
        if self.codes.pop(code, None) != verifier:
            raise GrantRefused("X no longer accepts this connection. Connect the account again.")
        return self._new()

    async def refresh(self, refresh_token: Secret) -> Grant:
        self.calls += 1
        if self.pause is not None:
            await self.pause.wait()
        if self.failures:
            raise self.failures.pop(0)
        await asyncio.sleep(0.01)
        if refresh_token.reveal() != self.live:
            self.live = None
            raise GrantRefused("X no longer accepts this connection. Connect the account again.")
        return self._new()

    def _new(self) -> Grant:
        self.given += 1
        self.live = f"r{self.given}"
        return Grant(Secret(f"t{self.given}"), Secret(self.live), datetime.now(UTC) + timedelta(hours=2), self.scopes)

    async def identities(self, grant: Grant) -> tuple[Identity, ...]:
        return self.profiles

    async def revoke(self, token: Secret) -> None:
        self.revoked.append(token.reveal())
        if self.failures:
            raise self.failures.pop(0)


@pytest.fixture
def endpoint() -> TokenEndpoint:
    return TokenEndpoint()


@pytest.fixture
def connecting(worker: Database, vault: Vault, endpoint: TokenEndpoint, hint: Hints) -> Connecting:
    return Connecting(worker, vault, {endpoint.platform: endpoint}, hint, "https://app.example/")


@pytest.fixture(autouse=True)
def no_network_inside_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request of httpx or aiohttp fails while a transaction of ours is open."""
    refuse_network_in_transactions(monkeypatch)


@pytest.fixture
async def house(team: Team, tmp_path: Path) -> AsyncIterator[Any]:
    """The team with a sandbox of its own and a worker: a `tests.pipeline.house.House`."""
    from tests.pipeline.house import open_house
    from tests.pipeline.lanes import open_lanes

    with open_lanes(tmp_path / "sandbox", 1) as [lane]:
        async with open_house(team, lane) as opened:
            yield opened
