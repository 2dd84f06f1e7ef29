"""Posts that fall due all through the storm, and people who approve them, change their minds, and answer questions truthfully.

The posts are put there by the product's own statements, without cards in a chat, which would take longer than a storm; every
answer goes through the one statement that decides, on a connection that may break before the verdict arrives.
"""

import asyncio
import contextlib
import hashlib
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import UUID

import psycopg
import redis
from psycopg.types.json import Jsonb
from psycopg_pool import PoolTimeout
from pydantic import SecretStr

from app.demo.people import BEN, CHIYO, MARA
from app.logins import url_of
from app.settings import Settings
from domain.decision import Decision
from domain.ids import uuid7
from domain.payload import Payload, Picture
from domain.platforms import Platform
from domain.roles import Role
from domain.settings import Setting
from pipeline import pauses, people
from storage import decisions
from storage.blobs import Media
from storage.keys import Keyring
from storage.pauses import Scope
from storage.session import Database
from tests.sandbox.samples import jpeg
from tests.storm.house import Stormy
from tests.storm.words import letters

T = TypeVar("T")
TEAM = "T0SANDBOX"
SHARES = {
    ("x", "member"): 60,
    ("linkedin", "organisation"): 50,
    ("linkedin", "member"): 50,
    ("facebook", "organisation"): 24,
    ("instagram", "organisation"): 32,
}
"""Posts a minute of storm, by kind of account: below what each platform takes in a day, retries included."""
CAP, OVER_THE_CAP = 10, 15
"""One account may have so many posts a day by its owner's wish, and gets so many in a storm."""
AWAY = (psycopg.Error, PoolTimeout, OSError, redis.RedisError)
"""The database or the broker is not there just now."""
PATIENCE = 90.0
SOWN = 0.85
"""The last posts come at this share of the storm, so that they, too, fall due in it."""


@dataclass(frozen=True)
class Account:
    id: UUID
    platform: Platform
    kind: str
    web_app: UUID
    capped: bool = False


@dataclass
class Crowd:
    """The people of the workspace, and what they did."""

    house: Stormy
    dice: random.Random
    web: Database
    worker: Database
    workspace_id: UUID
    members: dict[str, UUID]
    accounts: list[Account]
    chat: UUID
    media: Media
    planted: int = 0
    did: Counter[str] = field(default_factory=Counter)
    promised: set[UUID] = field(default_factory=set)
    """Posts whose approval somebody was told of."""
    news: Callable[[str], None] = lambda _: None
    _numbers: int = 0

    async def plant(self, seconds: float) -> None:
        """Posts for so many seconds, each with somebody who cares for it. Returns when all have been put there."""
        waiting = [account for account in self.accounts for _ in range(self._share(account, seconds))]
        self.dice.shuffle(waiting)
        begun = time.monotonic()
        async with asyncio.TaskGroup() as caring:
            for nth, account in enumerate(waiting):
                await asyncio.sleep(max(0.0, begun + SOWN * seconds * nth / len(waiting) - time.monotonic()))
                post = await self.persist(lambda account=account: self._put(account))
                self.planted += 1
                caring.create_task(self._care(post, random.Random(self.dice.random())))

    def _share(self, account: Account, seconds: float) -> int:
        if account.capped:
            return OVER_THE_CAP
        same = sum(
            1
            for one in self.accounts
            if (one.platform, one.kind) == (account.platform, account.kind) and not one.capped
        )
        most = SHARES.get((account.platform.value, account.kind), 0)
        return int(most * min(seconds / 60, 1.3) / same)

    async def persist(self, do: Callable[[], Awaitable[T]]) -> T:
        """Try until it works: whoever gets no answer asks again."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return await do()
            except AWAY:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.2)

    async def _put(self, account: Account) -> UUID:
        """A post in review whose slot comes in some seconds."""
        payload = await self._payload(account)
        post = uuid7()
        self._numbers += 1
        values: dict[str, Any] = {
            "id": post, "batch": uuid7(), "brief": uuid7(), "card": uuid7(), "app": account.web_app, "account": account.id,
            "channel": self.chat, "text": payload.text, "ahead": self.dice.uniform(1.5, 6.0),
            "settings": Jsonb(dict(payload.settings)),
            "pictures": Jsonb([asdict(picture) for picture in payload.pictures]), "hash": payload.sha256(account.id),
            "day": date(2001, 1, 1) + timedelta(days=2 * self._numbers),
        }  # fmt: skip
        async with self.worker.transaction(self.workspace_id) as tx:
            for statement in _POST:
                await tx.run(statement, values)
        return post

    async def _payload(self, account: Account) -> Payload:
        mark = f"{self.dice.getrandbits(40):010x}"
        text = (
            f"Storm {mark} over the harbour: the tide tables are free. https://tidewater.example/?utm_content=am-{mark}"
        )
        settings: dict[str, str] = {}
        if account.platform is Platform.X and self.dice.random() < 0.25:
            text += f"\n---\nSecond word {mark} of the thread."
        elif account.platform is Platform.FACEBOOK and self.dice.random() < 0.3:
            settings[Setting.FIRST_COMMENT] = f"First word {mark} under it."
        if account.platform not in (Platform.FACEBOOK, Platform.INSTAGRAM):
            return Payload(text, (), settings)
        content = jpeg(200, 200, size=20_000 + self.planted)
        await self.media.put(content)
        digest = hashlib.sha256(content).hexdigest()
        return Payload(text, (Picture(digest, "image/jpeg", 200, 200, len(content), "A harbour"),), settings)

    async def _care(self, post: UUID, dice: random.Random) -> None:
        """One reviewer's dealings with one post; then whatever the post asks."""
        who = dice.choice((MARA, BEN, CHIYO))
        match dice.choices(("approve", "reject", "nothing", "second thoughts", "two at once"), (70, 4, 3, 18, 5))[0]:
            case "approve":
                await self.answer(post, Decision.APPROVE, who)
            case "reject":
                await self.answer(post, Decision.REJECT, who)
            case "two at once":
                await asyncio.gather(
                    self.answer(post, Decision.APPROVE, BEN),
                    self.answer(post, dice.choice((Decision.REJECT, Decision.EDIT)), CHIYO),
                )
            case "second thoughts":
                await self.answer(post, Decision.APPROVE, who)
                await asyncio.sleep(dice.uniform(0.0, 6.0))
                await self.answer(post, dice.choice((Decision.EDIT, Decision.UNDO, Decision.REJECT)), who)
                if dice.random() < 0.7:
                    await self.answer(post, Decision.APPROVE, dice.choice((MARA, BEN, CHIYO)))

    async def answer(self, post: UUID, decision: Decision, user: str, detail: dict[str, Any] | None = None) -> str:
        """Press a button of the post's card, again with the same delivery until somebody answers. The verdict's outcome."""
        key = f"{self.dice.getrandbits(64):016x}"

        async def press() -> str:
            row = await self.post(post)
            token = await self._face(post, row["revision_n"])
            told = detail if detail is not None or decision is not Decision.EDIT else self._edit(row)
            params: dict[str, object] = {
                "source": "slack", "event_key": key, "token": token, "surface": "slack", "team": TEAM, "user": user,
                "chat": None, "message": None, "decision": decision, "reason": "No." if decision is Decision.REJECT else None,
            }  # fmt: skip
            return str((await decisions.decide(self.web, params, told))["outcome"])

        outcome = await self.persist(press)
        self.did[f"{decision}: {outcome}"] += 1
        if decision is Decision.APPROVE and outcome == "applied":
            self.promised.add(post)
        return outcome

    def _edit(self, row: dict[str, Any]) -> dict[str, Any]:
        text = (
            row["text"].replace("Storm", "Gale", 1)
            if "Storm" in row["text"]
            else row["text"].replace("Gale", "Storm", 1)
        )
        pictures = tuple(Picture(**picture) for picture in row["pictures"])
        payload = Payload(text, pictures, row["settings"])
        return {
            "text": text, "pictures": row["pictures"], "video": None, "document": None, "settings": row["settings"],
            "sha256": payload.sha256(row["account_id"]).hex(), "length": len(text), "warnings": [], "objections": [],
        }  # fmt: skip

    async def post(self, post: UUID) -> dict[str, Any]:
        async with self.worker.transaction(self.workspace_id) as tx:
            return (await tx.dicts(_ROW, {"id": post}))[0]

    async def _face(self, post: UUID, revision: int) -> str:
        async with self.worker.transaction(self.workspace_id) as tx:
            token: str = await tx.value(
                _FACE, {"id": post, "n": revision, "token": f"{self.dice.getrandbits(128):032x}"}
            )
        return token

    async def clear_up(self) -> None:
        """Whoever is asked whether a post is live looks at the account, and says what is there."""
        async with self.worker.transaction(self.workspace_id) as tx:
            asked = await tx.dicts(_ASKED)
        for row in asked:
            words = letters(row["text"].partition("---")[0])
            there = [
                one["rid"] for one in await self.house.twin.ledger(row["platform"])
                if one["effect"] == "post" and words in letters(one["payload"])
            ]  # fmt: skip
            if there:
                link = {"remote_id": there[0], "link": "https://x.com/i/status/1"}
                await self.answer(row["id"], Decision.LIVE, MARA, link)
            else:
                await self.answer(row["id"], Decision.AGAIN, MARA)

    async def revoke_and_grant(self, seconds: float) -> None:
        """A reviewer loses the right to decide, for a while."""
        name = self.dice.choice((BEN, CHIYO))
        member, owner = self.members[name], self.members[MARA]
        await self.persist(lambda: people.revoke(self.web, _no_hint, self.workspace_id, owner, member))
        try:
            await asyncio.sleep(seconds)
        finally:
            await self.persist(
                lambda: people.grant(self.web, _no_hint, self.workspace_id, owner, member, Role.REVIEWER)
            )

    async def pause_and_resume(self, seconds: float) -> None:
        """Publishing of one account, or of everything, rests for a while."""
        owner = self.members[MARA]
        scope, what = self.dice.choice(((Scope.WORKSPACE, None), (Scope.ACCOUNT, self.dice.choice(self.accounts).id)))
        await self.persist(lambda: pauses.pause(self.web, _no_hint, self.workspace_id, owner, scope, what))
        try:
            await asyncio.sleep(seconds)
        finally:
            await self.persist(lambda: pauses.resume(self.web, _no_hint, self.workspace_id, owner, scope, what))


def _no_hint(_stage: str, _workspace_id: UUID | None, _ident: UUID | None) -> None:
    """The web process would tell the clock; here its scan finds it."""


@contextlib.asynccontextmanager
async def gathered(house: Stormy, seed: int) -> Any:
    """The crowd of a house that is set up."""
    keyring = Keyring.parse(house.plan.keys)
    settings = Settings.model_construct(
        database_url=SecretStr(house.servers.database_url), database_app_url=SecretStr("")
    )
    web, worker = (Database(url_of(login, settings, keyring), size=6) for login in ("amarktai_web", "amarktai_worker"))
    await web.open()
    await worker.open()
    with psycopg.connect(house.superuser_url, autocommit=True) as connection:
        [(workspace_id,)] = connection.execute("SELECT workspace_id FROM workspaces").fetchall()
        members = dict(
            connection.execute("SELECT user_ref, member_id FROM chat_identities WHERE surface = 'slack'").fetchall()
        )
        [(web_app,)] = connection.execute("SELECT id FROM web_apps").fetchall()
        found = connection.execute(
            "SELECT id, platform, kind FROM accounts WHERE state = 'connected' ORDER BY platform, kind, name"
        ).fetchall()
        accounts = [Account(ident, Platform(platform), kind, web_app) for ident, platform, kind in found]
        accounts = _capped(accounts)
        for account in accounts:
            if account.capped:
                connection.execute("UPDATE accounts SET posts_a_day = %s WHERE id = %s", (CAP, account.id))
        chat = uuid7()
        connection.execute(_CHAT, {"workspace_id": workspace_id, "id": chat, "team": TEAM})
    crowd = Crowd(
        house,
        random.Random(f"{seed} crowd"),
        web,
        worker,
        workspace_id,
        members,
        accounts,
        chat,
        Media.at("", house.plan.home),
    )
    try:
        yield crowd
    finally:
        await web.close()
        await worker.close()


def _capped(accounts: list[Account]) -> list[Account]:
    """The last organisation on LinkedIn keeps a limit of its own."""
    last = [one for one in accounts if (one.platform, one.kind) == (Platform.LINKEDIN, "organisation")][-1:]
    return [replace(one, capped=one in last) for one in accounts]


_CHAT = """
INSERT INTO chats (workspace_id, id, surface, team_ref, chat_ref, kind, title, reviews, gone_reason)
VALUES (%(workspace_id)s, %(id)s, 'slack', %(team)s, 'C0STORM', 'channel', 'nobody draws here', false, 'not drawn in a storm')
"""
_POST = (
    """INSERT INTO batches (workspace_id, id, web_app_id, local_date, deliver_from, state)
       VALUES (%(workspace_id)s, %(batch)s, %(app)s, %(day)s, now(), 'delivered')""",
    """INSERT INTO briefs (workspace_id, id, batch_id, n, angle, facts)
       VALUES (%(workspace_id)s, %(brief)s, %(batch)s, 1, 'a', '[]')""",
    """WITH numbered AS (UPDATE workspaces SET next_number = next_number + 1 WHERE workspace_id = %(workspace_id)s
                         RETURNING next_number - 1 AS n)
       INSERT INTO posts (workspace_id, id, number, batch_id, brief_id, web_app_id, account_id, slot, revision_n)
       SELECT %(workspace_id)s, %(id)s, n, %(batch)s, %(brief)s, %(app)s, %(account)s,
              now() + make_interval(secs => %(ahead)s), 1 FROM numbered""",
    """INSERT INTO revisions (workspace_id, post_id, n, text, pictures, sha256, drafted_from, length, settings)
       VALUES (%(workspace_id)s, %(id)s, 1, %(text)s, %(pictures)s, %(hash)s, 'templates', 4, %(settings)s)""",
    """INSERT INTO cards (workspace_id, id, kind, chat_id, post_id, drawn)
       VALUES (%(workspace_id)s, %(card)s, 'post', %(channel)s, %(id)s, 1)""",
    "UPDATE posts SET event = 'write' WHERE workspace_id = %(workspace_id)s AND id = %(id)s",
    "UPDATE posts SET event = 'deliver', next_at = review_at(slot) WHERE workspace_id = %(workspace_id)s AND id = %(id)s",
)
_FACE = """
INSERT INTO card_faces (workspace_id, token, card_id, post_id, revision_n)
SELECT c.workspace_id, %(token)s, c.id, c.post_id, %(n)s
FROM cards c JOIN chats h ON h.workspace_id = c.workspace_id AND h.id = c.chat_id AND h.surface = 'slack'
WHERE c.workspace_id = %(workspace_id)s AND c.post_id = %(id)s LIMIT 1
ON CONFLICT (workspace_id, card_id, revision_n) DO UPDATE SET post_id = excluded.post_id RETURNING token
"""
_ROW = """
SELECT p.id, p.number, p.state, p.revision_n, p.account_id, r.text, r.pictures, r.settings FROM posts p
JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n
WHERE p.workspace_id = %(workspace_id)s AND p.id = %(id)s
"""
_ASKED = """
SELECT p.id, a.platform, r.text FROM posts p
JOIN attempts t ON t.workspace_id = p.workspace_id AND t.post_id = p.id AND t.part = 1 AND t.fence = p.fence
JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = t.revision_n
JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
WHERE p.workspace_id = %(workspace_id)s AND p.state = 'needs_human'
"""
