"""Losses: posts whose worker or whose platform fell silent, locked for a look at what became of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.payload import Payload
from domain.platforms import Platform
from domain.publishing import AccountKind
from storage.session import Transaction

LEFT_BEHIND = "The worker stopped before it sent anything."
"""The detail of an attempt that the next sweep of the post counts."""


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A publishing post whose lease ran out. `crashes` counts its attempts that ended so before, with nothing sent."""

    id: UUID
    fence: int
    sending: bool
    tries: int
    crashes: int


async def lock_left_behind(tx: Transaction, post_id: UUID) -> LeftBehind | None:
    return await tx.row(LeftBehind, _LOCK_LEFT_BEHIND, {"id": post_id, "left_behind": LEFT_BEHIND})


@dataclass(frozen=True, slots=True)
class Lost:
    """A post whose last attempt has no answer, with what a look-up needs. Times are UTC."""

    id: UUID
    fence: int
    text: str
    pictures: list[dict[str, Any]]
    video: dict[str, Any] | None
    document: dict[str, Any] | None
    settings: dict[str, str]
    handles: dict[str, str]
    account_id: UUID
    platform: Platform
    account_kind: AccountKind
    remote_account: str
    account_name: str
    account_link: str | None
    intent_at: datetime
    sent_at: datetime | None
    """When the attempt committed to sending; None proves that it sent nothing."""
    ended_at: datetime
    detail: str | None
    """What was heard of it, in a sentence."""
    auto_released: bool
    absent_seen: int
    last_absent_at: datetime | None
    trouble_link: str | None
    late_remote_id: str | None
    late_permalink: str | None
    now: datetime

    @property
    def payload(self) -> Payload:
        return Payload.of_row(self.text, self.pictures, self.settings, self.video, self.document)


async def lock_lost(tx: Transaction, post_id: UUID, *, worker: str, lease_seconds: float) -> Lost | None:
    """Take the lease of an unknown post that is due for a look."""
    values = {"id": post_id, "worker": worker, "lease": lease_seconds}
    if await tx.run(_LEASE_LOST, values) != 1:
        return None
    return await tx.row(Lost, _LOST, {"id": post_id})


async def count_absent(
    tx: Transaction, post_id: UUID, fence: int, *, worker: str, counts: bool, next_at: datetime
) -> None:
    """Remember that a look found nothing; `counts` when the look was late enough to mean something.

    Nothing is counted when the lease of the look is another worker's by now: its own look counts.
    """
    values = {"id": post_id, "fence": fence, "worker": worker, "counts": counts, "next_at": next_at}
    await tx.run(_COUNT_ABSENT, values)


async def release_once(tx: Transaction, post_id: UUID, fence: int) -> bool:
    """Let a post that is conclusively absent try again, now; at most once in its life without a person."""
    return await tx.run(_RELEASE_ONCE, {"id": post_id, "fence": fence}) == 1


async def known_remote_ids(tx: Transaction, account_id: UUID, remote_ids: list[str]) -> set[str]:
    """Those of `remote_ids` that another post of the account already holds, or a part of one."""
    rows = await tx.dicts(_KNOWN_REMOTE_IDS, {"account_id": account_id, "remote_ids": remote_ids})
    return {row["remote_id"] for row in rows}


_LOCK_LEFT_BEHIND = """
SELECT p.id, p.fence, p.sending, p.tries,
       (SELECT count(*) FROM attempts t WHERE t.workspace_id = p.workspace_id AND t.post_id = p.id AND t.part = 1 AND t.detail = %(left_behind)s)::integer AS crashes
FROM posts p
WHERE p.workspace_id = %(workspace_id)s AND p.id = %(id)s AND p.state = 'publishing' AND p.lease_until < now()
FOR UPDATE OF p SKIP LOCKED
"""
_LEASE_LOST = """
UPDATE posts SET lease_by = %(worker)s, lease_until = now() + make_interval(secs => %(lease)s)
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND state = 'unknown' AND next_at <= now() AND (lease_until IS NULL OR lease_until < now())
"""
_LOST = """
SELECT p.id, p.fence, r.text, r.pictures, r.video, r.document, r.settings, p.handles, p.account_id, a.platform, a.kind AS account_kind, a.remote_id AS remote_account,
       a.name AS account_name, a.link AS account_link, t.intent_at, t.sent_at, coalesce(t.ended_at, t.lease_until) AS ended_at, t.detail, p.auto_released,
       p.absent_seen, p.last_absent_at, p.trouble_link, l.remote_id AS late_remote_id, l.permalink AS late_permalink, now() AS now
FROM posts p
JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
JOIN attempts t ON t.workspace_id = p.workspace_id AND t.post_id = p.id AND t.part = 1 AND t.fence = p.fence
JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = t.revision_n
LEFT JOIN LATERAL (SELECT remote_id, permalink FROM late_results l WHERE l.workspace_id = p.workspace_id AND l.post_id = p.id AND l.part = 1
                   ORDER BY l.fence DESC LIMIT 1) l ON true
WHERE p.workspace_id = %(workspace_id)s AND p.id = %(id)s
"""
_COUNT_ABSENT = """
UPDATE posts SET absent_seen = absent_seen + CASE WHEN %(counts)s THEN 1 ELSE 0 END,
    last_absent_at = CASE WHEN %(counts)s THEN now() ELSE last_absent_at END,
    next_at = %(next_at)s, lease_by = NULL, lease_until = NULL
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND fence = %(fence)s AND state = 'unknown' AND lease_by = %(worker)s
"""
_RELEASE_ONCE = """
UPDATE posts SET event = 'release', actor = NULL, auto_released = true, absent_seen = 0, next_at = now(), lease_by = NULL, lease_until = NULL,
    trouble = NULL, trouble_link = NULL
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND fence = %(fence)s AND state = 'unknown' AND NOT auto_released
"""
_KNOWN_REMOTE_IDS = """
SELECT p.remote_id FROM posts p WHERE p.workspace_id = %(workspace_id)s AND p.account_id = %(account_id)s AND p.remote_id = ANY (%(remote_ids)s)
UNION
SELECT q.remote_id FROM parts q JOIN posts p ON p.workspace_id = q.workspace_id AND p.id = q.post_id
WHERE q.workspace_id = %(workspace_id)s AND p.account_id = %(account_id)s AND q.remote_id = ANY (%(remote_ids)s)
"""
