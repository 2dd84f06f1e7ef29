"""Decisions: the one statement that decides, and what has to be known before an edit can be offered to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

import orjson
from psycopg.types.json import Jsonb

from storage.session import Database, Transaction

DECIDE = "SELECT decide(%(clicks)s, %(patience)s)"
TOGETHER, ALONE = "200ms", "0"
"""How long clicks wait for a lock: those that share a transaction must not hold each other up, one alone waits its turn."""


async def decide(database: Database, params: dict[str, object], detail: dict[str, Any] | None) -> dict[str, Any]:
    """One round trip: inbox, rights, policy, arrow, decision, audit. Returns the verdict as the function reports it.

    Clicks that come while others are being decided share their next round trip and its commit.
    """
    verdict: dict[str, Any] = await database.shared(_decide_all, {**params, "detail": detail or None})
    return verdict


async def _decide_all(database: Database, clicks: Sequence[dict[str, Any]], patient: bool) -> list[dict[str, Any]]:
    verdicts: list[dict[str, Any]] = await database.call(
        DECIDE, {"clicks": Jsonb(clicks, dumps=orjson.dumps), "patience": ALONE if patient else TOGETHER}
    )
    return verdicts


@dataclass(frozen=True, slots=True)
class Subject:
    """The post behind a button, as far as an answer that carries something needs it. Instants are UTC."""

    post_id: UUID
    number: int
    revision_n: int
    face_revision: int
    state: str
    slot: datetime
    platform: str
    account_id: UUID
    remote_account: str
    account_name: str
    posts_a_day: int | None
    options: dict[str, Any]
    options_age: float | None
    """Seconds since its platform was asked what the account leaves to choose; None: it never was."""
    scopes: list[str]
    text: str
    pictures: list[dict[str, Any]]
    video: dict[str, Any] | None
    document: dict[str, Any] | None
    settings: dict[str, str]
    warnings: list[str]
    zone: str
    slot_times: list[time]
    banned_words: list[str]
    now: datetime


async def workspace_of_token(database: Database, token: str) -> tuple[UUID, UUID] | None:
    """The workspace and post that a button's token names, through the door. None: nobody knows the token."""
    async with database.transaction() as tx:
        rows = await tx.dicts(
            "SELECT workspace_id, post_id FROM door_face(%(token)s) WHERE post_id IS NOT NULL", {"token": token}
        )
    return (rows[0]["workspace_id"], rows[0]["post_id"]) if rows else None


async def subject(tx: Transaction, token: str) -> Subject | None:
    return await tx.row(Subject, _SUBJECT, {"token": token})


async def subject_of(tx: Transaction, post_id: UUID) -> Subject | None:
    """The same without a button: a post as it stands."""
    return await tx.row(Subject, _SUBJECT_OF, {"id": post_id})


async def holder(tx: Transaction, post_id: UUID, platform: str, remote_id: str) -> int | None:
    """The number of another post that the platform knows by `remote_id`."""
    rows = await tx.dicts(_HOLDER, {"post_id": post_id, "platform": platform, "remote_id": remote_id})
    return rows[0]["number"] if rows else None


async def taken_slots(tx: Transaction, account_id: UUID) -> list[datetime]:
    """Instants (UTC) at which posts of an account that are still to go out have their slots."""
    return [row["slot"] for row in await tx.dicts(_TAKEN_SLOTS, {"account_id": account_id})]


_SUBJECT = """
SELECT p.id AS post_id, p.number, p.revision_n, f.revision_n AS face_revision, p.state, p.slot, a.platform, p.account_id,
       a.remote_id AS remote_account, a.name AS account_name, a.posts_a_day, a.options, a.scopes, extract(epoch FROM now() - (a.options ->> 'asked_at')::timestamptz)::float8 AS options_age, r.text, r.pictures, r.video, r.document, r.settings, r.warnings,
       w.zone, w.slot_times, w.banned_words, now() AS now
FROM card_faces f
JOIN posts p ON p.workspace_id = f.workspace_id AND p.id = f.post_id
JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n
JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
JOIN web_apps w ON w.workspace_id = p.workspace_id AND w.id = p.web_app_id
WHERE f.workspace_id = %(workspace_id)s AND f.token = %(token)s
"""
_SUBJECT_OF = """
SELECT p.id AS post_id, p.number, p.revision_n, p.revision_n AS face_revision, p.state, p.slot, a.platform, p.account_id,
       a.remote_id AS remote_account, a.name AS account_name, a.posts_a_day, a.options, a.scopes, extract(epoch FROM now() - (a.options ->> 'asked_at')::timestamptz)::float8 AS options_age, r.text, r.pictures, r.video, r.document, r.settings, r.warnings,
       w.zone, w.slot_times, w.banned_words, now() AS now
FROM posts p
JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n
JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
JOIN web_apps w ON w.workspace_id = p.workspace_id AND w.id = p.web_app_id
WHERE p.workspace_id = %(workspace_id)s AND p.id = %(id)s
"""
_HOLDER = """
SELECT p.number FROM posts p JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
WHERE p.workspace_id = %(workspace_id)s AND p.id <> %(post_id)s AND p.remote_id = %(remote_id)s AND a.platform = %(platform)s
"""
_TAKEN_SLOTS = """
SELECT slot FROM posts WHERE workspace_id = %(workspace_id)s AND account_id = %(account_id)s AND slot > now()
AND state IN ('planned', 'drafted', 'in_review', 'approved', 'retry_wait', 'held')
"""
