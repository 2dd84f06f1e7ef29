"""Planting: workspaces made by the product's own steps, and any number of posts in review or approved, put there in bulk."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from benchmarks.stage import Scene
from domain.accounts import Grant, Identity
from domain.card import Surface
from domain.ids import uuid7
from domain.payload import Payload, Picture
from domain.plans import Plan
from domain.platforms import Platform
from domain.publishing import AccountKind
from domain.secret import Secret
from pipeline.chats import add_chat
from pipeline.web_apps import add_web_app
from pipeline.workspaces import SlackInstall, install_slack, set_plan
from storage import accounts

BATCH = 10
"""Posts of one web app and day, whose digest is drawn again whenever one of them changes."""

TEXT = (
    "Low tide at 6:40, high tide at 12:55: Tidewater reads the tables for your harbour and tells your crew when the ramp "
    "is dry. Free for one harbour, no account needed. {n} https://tidewater.example/?utm_source=x&utm_content=p{n}"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace on Business with an owner, a Slack channel, a web app and connected accounts."""

    workspace_id: UUID
    team: str
    user: str
    chat_ref: str
    owner: UUID
    channel: UUID
    web_app: UUID
    accounts: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Planted:
    """A post with its card: what a click on it needs to know."""

    place: Place
    post_id: UUID
    message: str
    token: str


def _quiet(_stage: str, _workspace_id: UUID | None, _ident: UUID | None) -> None:
    """Nobody needs to look: what was planted is not due."""


async def make_places(scene: Scene, count: int, *, accounts_each: int = 1) -> list[Place]:
    """So many workspaces, each with its own Slack team."""
    web, worker = scene.database("amarktai_web"), scene.database("amarktai_worker")
    await web.open()
    await worker.open()
    try:
        places = [await _place(scene, web, worker, n, accounts_each) for n in range(1, count + 1)]
    finally:
        await web.close()
        await worker.close()
    with scene.superuser() as connection:
        connection.execute("DELETE FROM schedules")  # no batch of the day comes in between
        connection.execute("UPDATE cards SET drawn = wanted")
    return places


async def _place(scene: Scene, web: Any, worker: Any, n: int, accounts_each: int) -> Place:
    team, user, chat = f"T{n:04}", f"U{n:04}", f"C{n:04}"
    install = SlackInstall(team, f"Team {n}", user, "Ann", f"UB{n}", f"B{n}", "A1", "chat:write", Secret(f"xoxb-{n}"))
    begun = await install_slack(web, scene.vault, _quiet, install)
    ws, owner = begun.workspace_id, begun.member_id
    assert owner is not None
    await set_plan(web, ws, Plan.BUSINESS)
    channel = await add_chat(
        web, ws, surface=Surface.SLACK, team_ref=team, chat_ref=chat, kind="channel", title="posts"
    )
    app = await add_web_app(web, _quiet, ws, owner, f"https://tidewater-{n}.example")
    grant = Grant(Secret("t0"), Secret("r0"), datetime.now(UTC) + timedelta(days=2), ("tweet.write",))
    connected = []
    async with worker.transaction(ws) as tx:
        for k in range(accounts_each):
            who = Identity(AccountKind.MEMBER, f"{n}{k:03}", f"@tide{n}_{k}")
            connected.append(await accounts.connect(tx, scene.vault, Platform.X, who, grant, refresh_at=None, by=owner))
    return Place(ws, team, user, chat, owner, channel.id, app.id, tuple(connected))


@dataclass
class Planter:
    """Puts posts there as they are after writing and delivering, without going that way: triggers are off meanwhile."""

    scene: Scene
    _days: int = 0
    _numbers: int = 100_000
    _rows: dict[str, list[tuple[object, ...]]] = field(default_factory=dict)

    def in_review(self, place: Place, count: int) -> list[Planted]:
        """Posts whose cards wait for an answer; their slots are a day away."""
        slot = datetime.now(UTC) + timedelta(days=1)
        planted = [self._post(place, place.accounts[0], slot, "in_review") for _ in range(count)]
        self._flush()
        return planted

    def approved(self, place: Place, account: UUID, slots: Iterable[datetime]) -> list[UUID]:
        """Approved posts that go out at `slots`."""
        planted = [self._post(place, account, slot, "approved").post_id for slot in slots]
        self._flush()
        return planted

    def all_at_once(self, places: Iterable[Place], count: int, slot: datetime, *pictures: Picture) -> None:
        """Approved posts that all go out at `slot`, with the same pictures: so many for every account of every place."""
        for place in places:
            for account in place.accounts:
                for _ in range(count):
                    self._post(place, account, slot, "approved", pictures)
        self._flush()

    def _post(
        self, place: Place, account: UUID, slot: datetime, state: str, pictures: tuple[Picture, ...] = ()
    ) -> Planted:
        self._numbers += 1
        n, ws, post, brief, card = self._numbers, place.workspace_id, uuid7(), uuid7(), uuid7()
        batch = self._batch(place, n)
        text, token, message = TEXT.format(n=n), os.urandom(16).hex(), f"1700000000.{n:06}"
        digest = Payload(text, pictures).sha256(account)
        approval = uuid7() if state == "approved" else None
        self._add("briefs", (ws, brief, batch, n % 30_000, "a", "[]"))
        self._add(
            "posts",
            (ws, post, n, batch, brief, place.web_app, account, state, "deliver", 2, slot, 1, approval, slot),
        )
        shown = Jsonb([asdict(picture) for picture in pictures])
        self._add("revisions", (ws, post, 1, text, shown, digest, "templates", 200))
        self._add("cards", (ws, card, "post", place.channel, None, post, message, 1, 1))
        self._add("card_faces", (ws, token, card, post, 1))
        if approval is not None:
            self._add("approvals", (ws, approval, post, 1, digest, place.owner))
        return Planted(place, post, message, token)

    def _batch(self, place: Place, n: int) -> UUID:
        rows = self._rows.setdefault("batches", [])
        mine = [row for row in rows[-1:] if row[0] == place.workspace_id]
        if mine and n % BATCH:
            batch: UUID = mine[0][1]  # type: ignore[assignment]
            return batch
        self._days += 1
        batch = uuid7()
        day = date(2000, 1, 1) + timedelta(days=self._days)
        rows.append((place.workspace_id, batch, place.web_app, day, "delivered", datetime.now(UTC)))
        message = f"1600000000.{self._days:06}"
        self._add("cards", (place.workspace_id, uuid7(), "digest", place.channel, batch, None, message, 1, 1))
        return batch

    def _add(self, table: str, row: tuple[object, ...]) -> None:
        self._rows.setdefault(table, []).append(row)

    def _flush(self) -> None:
        with self.scene.superuser() as connection, connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")
            for table, columns in COLUMNS.items():
                _copy(connection, table, columns, self._rows.get(table, []))
        with self.scene.superuser() as connection:
            connection.execute("ANALYZE posts, revisions, cards, card_faces, batches, briefs")
        self._rows = {}


COLUMNS = {
    "batches": "workspace_id, id, web_app_id, local_date, state, deliver_from",
    "briefs": "workspace_id, id, batch_id, n, angle, facts",
    "posts": (
        "workspace_id, id, number, batch_id, brief_id, web_app_id, account_id, state, event, step, slot, revision_n, "
        "approval_id, next_at"
    ),
    "revisions": "workspace_id, post_id, n, text, pictures, sha256, drafted_from, length",
    "approvals": "workspace_id, id, post_id, revision_n, sha256, member_id",
    "cards": "workspace_id, id, kind, chat_id, batch_id, post_id, message_ref, wanted, drawn",
    "card_faces": "workspace_id, token, card_id, post_id, revision_n",
}


def _copy(connection: psycopg.Connection[Any], table: str, columns: str, rows: list[tuple[object, ...]]) -> None:
    with connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def event_key(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]
