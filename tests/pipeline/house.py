"""What the tests of publishing play with: accounts on the sandbox's twins, posts that are due, and a worker's steps."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
from psycopg.types.json import Jsonb

from domain.accounts import Grant
from domain.card import Surface
from domain.decision import Decision
from domain.ids import uuid7
from domain.lifetimes import refresh_at
from domain.payload import Payload, Picture
from domain.plans import Plan
from domain.platforms import Platform
from domain.post import PostRef
from domain.publishing import AccountKind
from domain.roles import Role
from domain.secret import Secret
from pipeline.accounts import Connecting
from pipeline.chats import add_chat
from pipeline.people import add_person
from pipeline.publish import Patience, Publishing, publish
from pipeline.reconcile import reconcile, sweep
from pipeline.web_apps import add_web_app
from pipeline.withdraw import withdraw
from pipeline.workspaces import install_slack, set_plan
from publishers.http import open_client
from publishers.pictures import PublicUrl, no_url
from publishers.registry import PlatformSettings, Registry, build
from storage import accounts, decisions
from storage.session import Database
from storage.vault import Vault
from tests.pipeline.conftest import INSTALL, Hints, Team
from tests.pipeline.lanes import Lane
from tests.publishers.stage import MediaStore, no_pause

BACK = "http://127.0.0.1:4000/connect/back"
QUICK = Patience(lease=1.6, send=0.8, margin=0.1, settle=0.8, grace=600.0, answer=600.0, review=600.0)
"""Seconds instead of minutes; the proportions are those of the real ones, nearly."""


Entry = dict[str, Any]


def posted(entry: Entry) -> bool:
    return bool(entry["effect"] == "post")


@dataclass(frozen=True)
class Kind:
    """One row of the tests: a platform, who speaks, the twin's target for faults, and what its ledger calls a post."""

    name: str
    platform: Platform
    who: AccountKind
    posts: str
    is_out: Callable[[Entry], bool] = posted


KINDS = (
    Kind("x", Platform.X, AccountKind.MEMBER, "x.posts"),
    Kind("linkedin organisation", Platform.LINKEDIN, AccountKind.ORGANISATION, "linkedin.posts"),
    Kind("linkedin member", Platform.LINKEDIN, AccountKind.MEMBER, "linkedin.posts"),
)
BY_NAME = {kind.name: kind for kind in KINDS}


def platform_settings(lane: Lane) -> PlatformSettings:
    known, base = lane.world.secrets, lane.base_url
    return PlatformSettings(
        x_client_id=known.x_client_id,
        x_client_secret=Secret(known.x_client_secret),
        linkedin_client_id=known.linkedin_client_id,
        linkedin_client_secret=Secret(known.linkedin_client_secret),
        x_api_url=f"{base}/x",
        x_authorize_url=f"{base}/x/i/oauth2/authorize",
        linkedin_api_url=f"{base}/linkedin",
        linkedin_oauth_url=f"{base}/linkedin/oauth/v2",
        facebook_client_id=known.facebook_client_id,
        facebook_client_secret=Secret(known.facebook_client_secret),
        facebook_api_url=f"{base}/facebook/v26.0",
        facebook_authorize_url=f"{base}/facebook/v26.0/dialog/oauth",
        tiktok_client_key=known.tiktok_client_key,
        tiktok_client_secret=Secret(known.tiktok_client_secret),
        tiktok_api_url=f"{base}/tiktok",
        tiktok_authorize_url=f"{base}/tiktok/v2/auth/authorize/",
        google_client_id=known.google_client_id,
        google_client_secret=Secret(known.google_client_secret),
        google_oauth_url=f"{base}/google",
        youtube_api_url=f"{base}/google",
    )


def publishing_with(
    settings: PlatformSettings, database: Database, vault: Vault, client: httpx.AsyncClient, media: MediaStore,
    hint: Callable[..., None], worker: str, patience: Patience, public_url: PublicUrl = no_url,
) -> tuple[Registry, Publishing]:  # fmt: skip
    """A worker's own."""
    registry = build(settings, client, media, pause=no_pause, public_url=public_url)
    connecting = Connecting(database, vault, registry.connectors, hint, "http://127.0.0.1:4000/")
    many = {Platform.YOUTUBE: 1_000_000}  # the crash points make more posts in a minute than a project may in a day
    return registry, Publishing(database, vault, registry.publishers, hint, connecting, worker, patience, quotas=many)


@dataclass
class House:
    """A team, one sandbox, and a worker."""

    team: Team
    lane: Lane
    registry: Registry
    publishing: Publishing
    media: MediaStore
    hint: Hints
    known: dict[UUID, Kind] = field(default_factory=dict)

    @property
    def workspace_id(self) -> UUID:
        return self.team.workspace_id

    def ref(self, post_id: UUID) -> PostRef:
        return PostRef(self.workspace_id, post_id)

    def worker(self, name: str, **patience: float) -> Publishing:
        """Another worker of the same kind."""
        return replace(self.publishing, worker=name, patience=replace(self.publishing.patience, **patience))

    async def connect(self, kind: Kind, who: str = "yes") -> UUID:
        """An account, connected as a person connects it: consent page, code, grant, identities."""
        connector = self.registry.connectors[kind.platform]
        url = connector.authorize_url(state="s" * 40, verifier="v" * 64, redirect_uri=BACK)
        async with httpx.AsyncClient(trust_env=False) as person:
            sent_back = await person.get(f"{url}&_auto={who}")
        code = parse_qs(urlsplit(sent_back.headers["location"]).query)["code"][0]
        grant = await connector.exchange(code=code, verifier="v" * 64, redirect_uri=BACK)
        identity = next(one for one in await connector.identities(grant) if one.kind is kind.who)
        if identity.token is not None:  # a Page's own
            grant = Grant(identity.token, None, None, grant.scopes)
        due = refresh_at(datetime.now(UTC), grant.expires_at)
        async with self.team.worker.transaction(self.workspace_id) as tx:
            account_id = await accounts.connect(
                tx, self.team.vault, kind.platform, identity, grant, refresh_at=due, by=self.team.owner
            )
        self.known[account_id] = kind
        return account_id

    async def post(
        self, account_id: UUID, text: str | None = None, *pictures: Picture, late: float = 1.0, quorum: int = 1
    ) -> PostRef:
        """An approved post whose slot came `late` seconds ago, with a card in the channel that shows it."""
        return await self.post_of(account_id, Payload(text or some_text(), pictures), late=late, quorum=quorum)

    async def post_of(self, account_id: UUID, payload: Payload, late: float = 1.0, quorum: int = 1) -> PostRef:
        """The same of any content."""
        post_id, token = uuid7(), secrets.token_urlsafe(16)
        values: dict[str, Any] = {
            "id": post_id, "batch": uuid7(), "brief": uuid7(), "card": uuid7(), "approval": uuid7(), "app": self.team.web_app,
            "account": account_id, "channel": self.team.channel, "text": payload.text, "late": late,
            "token": token, "pictures": Jsonb([asdict(picture) for picture in payload.pictures]),
            "settings": Jsonb(dict(payload.settings)), "hash": payload.sha256(account_id),
            "video": Jsonb(asdict(payload.video)) if payload.video else None,
            "day": datetime(2000, 1, 1, tzinfo=UTC).date() + timedelta(days=secrets.randbelow(2_000_000)),
        }  # fmt: skip
        approvers = [self.team.reviewer, self.team.owner][:quorum]
        async with self.team.worker.transaction(self.workspace_id) as tx:
            for statement in _POST:
                await tx.run(statement, values)
            for approver in approvers:
                await tx.run(_APPROVAL, {**values, "approval": uuid7(), "by": approver})
            await tx.run(_APPROVE, {**values, "by": approvers[0]})
        return PostRef(self.workspace_id, post_id)

    async def row(self, ref: PostRef) -> dict[str, Any]:
        async with self.team.worker.transaction(self.workspace_id) as tx:
            return (await tx.dicts(_ROW, {"id": ref.post_id}))[0]

    async def state(self, ref: PostRef) -> str:
        return str((await self.row(ref))["state"])

    async def attempts(self, ref: PostRef) -> list[dict[str, Any]]:
        async with self.team.worker.transaction(self.workspace_id) as tx:
            return await tx.dicts(_ATTEMPTS, {"id": ref.post_id})

    async def run(self, statement: str, **values: object) -> int:
        async with self.team.worker.transaction(self.workspace_id) as tx:
            return await tx.run(statement, values)

    async def now_due(self, ref: PostRef) -> None:
        """Nobody waits for a back-off here."""
        await self.run(
            "UPDATE posts SET next_at = now() WHERE workspace_id = %(workspace_id)s AND id = %(id)s", id=ref.post_id
        )

    async def accepted(self, ref: PostRef) -> list[dict[str, Any]]:
        """What the twin has of a post, by its words."""
        row = await self.row(ref)
        kind, words = self.known[row["account_id"]], _letters(row["text"].split("http", maxsplit=1)[0])
        entries = self.lane.world.ledger.entries(kind.platform)
        ours = {one["rid"] for one in entries if words in _letters(str(one["payload"]))}
        return [one for one in entries if one["rid"] in ours and kind.is_out(one)]

    async def answer(
        self, ref: PostRef, decision: Decision, detail: dict[str, Any] | None = None, user: str = "U2"
    ) -> str:
        """A reviewer presses a button of the card; the verdict's outcome."""
        row = await self.row(ref)
        async with self.team.worker.transaction(self.workspace_id) as tx:
            slack = await tx.value(
                "SELECT team_ref FROM chats WHERE workspace_id = %(workspace_id)s AND surface = 'slack'"
            )
            token = await tx.value(
                _FACE, {"id": ref.post_id, "n": row["revision_n"], "token": secrets.token_urlsafe(16)}
            )
        params: dict[str, object] = {
            "source": "slack", "event_key": secrets.token_hex(8), "token": token, "surface": "slack", "team": slack,
            "user": user, "chat": None, "message": None, "decision": decision, "reason": None,
        }  # fmt: skip
        verdict = await decisions.decide(self.team.worker, params, detail)
        return str(verdict["outcome"])

    async def truth(self, ref: PostRef) -> str:
        """A person looks at the account, and says what is there."""
        there = await self.accepted(ref)
        if there:
            return await self.answer(
                ref, Decision.LIVE, {"remote_id": there[0]["rid"], "link": "https://x.com/i/status/1"}
            )
        return await self.answer(ref, Decision.AGAIN)

    async def step(self, ref: PostRef, deps: Publishing | None = None) -> None:
        """What a worker does with the post now, whatever its state."""
        deps = deps or self.publishing
        match await self.state(ref):
            case "approved" | "retry_wait":
                await publish(ref, deps)
            case "publishing":
                await sweep(ref, deps)
            case "unknown":
                await reconcile(ref, deps)
            case "published":
                await withdraw(ref, deps)

    async def settle(self, ref: PostRef, deps: Publishing | None = None, until: tuple[str, ...] = ()) -> list[str]:
        """Look at the post whenever it is due, as the clock has it done, until nothing is due. Returns the states seen."""
        seen: list[str] = []
        async with asyncio.timeout(90):
            while True:
                row = await self.row(ref)
                if not seen or seen[-1] != row["state"]:
                    seen.append(row["state"])
                if row["state"] not in ("approved", "retry_wait", "publishing", "unknown") or row["state"] in until:
                    return seen
                if row["state"] == "retry_wait":
                    await self.now_due(ref)
                else:
                    await asyncio.sleep(max(row["in_seconds"], 0.0) + 0.005)
                await self.step(ref, deps)


def some_text() -> str:
    """Words that no other post has, with a link."""
    return f"Good morning {secrets.token_hex(4)} https://tidewater.example/?utm_content=am-{secrets.token_hex(4)}"


def _letters(text: str) -> str:
    """Letters and digits: what every twin keeps as it was."""
    return "".join(char for char in text if char.isalnum())


async def another_team(web: Database, worker: Database, vault: Vault, ref: str) -> Team:
    """A workspace of its own, as the fixture `team` makes one, in the Slack team `ref`."""
    quiet = Hints()
    begun = await install_slack(web, vault, quiet, replace(INSTALL, team_ref=ref))
    ws, owner = begun.workspace_id, begun.member_id
    assert owner is not None
    await set_plan(web, ws, Plan.BUSINESS)
    reviewer = await add_person(
        web, ws, owner, surface=Surface.SLACK, team_ref=ref, user_ref="U2", name="Bob", role=Role.REVIEWER
    )
    channel = await add_chat(web, ws, surface=Surface.SLACK, team_ref=ref, chat_ref="C1", kind="channel", title="posts")
    app = await add_web_app(web, quiet, ws, owner, "https://tidewater.example")
    return Team(ws, owner, reviewer.id, channel.id, channel.id, app.id, worker, vault)


@asynccontextmanager
async def open_house(
    team: Team, lane: Lane, patience: Patience = QUICK, worker: str = "w1", public_url: PublicUrl = no_url
) -> AsyncIterator[House]:
    hint, media = Hints(), MediaStore()
    async with open_client() as client:
        registry, publishing = publishing_with(
            platform_settings(lane), team.worker, team.vault, client, media, hint, worker, patience, public_url
        )
        yield House(team, lane, registry, publishing, media, hint)


_POST = (
    """INSERT INTO batches (workspace_id, id, web_app_id, local_date, deliver_from, state)
       VALUES (%(workspace_id)s, %(batch)s, %(app)s, %(day)s, now(), 'delivered')""",
    """INSERT INTO briefs (workspace_id, id, batch_id, n, angle, facts)
       VALUES (%(workspace_id)s, %(brief)s, %(batch)s, 1, 'a', '[]')""",
    """WITH numbered AS (UPDATE workspaces SET next_number = next_number + 1 WHERE workspace_id = %(workspace_id)s
                         RETURNING next_number - 1 AS n)
       INSERT INTO posts (workspace_id, id, number, batch_id, brief_id, web_app_id, account_id, slot, revision_n)
       SELECT %(workspace_id)s, %(id)s, n, %(batch)s, %(brief)s, %(app)s, %(account)s,
              now() - make_interval(secs => %(late)s), 1 FROM numbered""",
    """INSERT INTO revisions (workspace_id, post_id, n, text, pictures, sha256, drafted_from, length, settings, video)
       VALUES (%(workspace_id)s, %(id)s, 1, %(text)s, %(pictures)s, %(hash)s, 'templates', 4, %(settings)s, %(video)s)""",
    """INSERT INTO cards (workspace_id, id, kind, chat_id, post_id)
       VALUES (%(workspace_id)s, %(card)s, 'post', %(channel)s, %(id)s)""",
    "UPDATE posts SET event = 'write' WHERE workspace_id = %(workspace_id)s AND id = %(id)s",
    "UPDATE posts SET event = 'deliver', next_at = slot WHERE workspace_id = %(workspace_id)s AND id = %(id)s",
)
_APPROVAL = """
INSERT INTO approvals (workspace_id, id, post_id, revision_n, sha256, member_id)
VALUES (%(workspace_id)s, %(approval)s, %(id)s, 1, %(hash)s, %(by)s)
"""
_APPROVE = """
UPDATE posts SET event = 'approve', actor = %(by)s, next_at = slot,
    approval_id = (SELECT id FROM approvals WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s AND member_id = %(by)s)
WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""
_FACE = """
INSERT INTO card_faces (workspace_id, token, card_id, post_id, revision_n)
SELECT c.workspace_id, %(token)s, c.id, c.post_id, %(n)s
FROM cards c JOIN chats h ON h.workspace_id = c.workspace_id AND h.id = c.chat_id AND h.surface = 'slack'
WHERE c.workspace_id = %(workspace_id)s AND c.post_id = %(id)s
ON CONFLICT (workspace_id, card_id, revision_n) DO UPDATE SET post_id = excluded.post_id RETURNING token
"""
_ROW = """
SELECT p.*, r.text, a.platform, a.state AS account_state, extract(epoch FROM p.next_at - now())::float8 AS in_seconds,
       extract(epoch FROM p.slot - now())::float8 AS slot_in
FROM posts p JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n
JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
WHERE p.workspace_id = %(workspace_id)s AND p.id = %(id)s
"""
_ATTEMPTS = """
SELECT fence, outcome, detail, worker, sent_at, ended_at, intent_at, revision_n FROM attempts
WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s ORDER BY fence
"""
