"""Posts: the claims, the records and the look-ups that the steps of publishing need."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from domain.platforms import Platform
from domain.post import Event, State
from domain.publishing import AccountKind, Handles, Payload, Picture
from storage.session import Transaction

LEFT_BEHIND = "The worker stopped before it sent anything."
TOKEN_RENEWED = "The token was refused, and has been renewed since."  # noqa: S105 - a sentence
"""Details of attempts that the next sweep or claim of the post reads again."""


@dataclass(frozen=True, slots=True)
class DuePost:
    """A post locked by a claim, with everything that has to be checked at that moment. Times are UTC."""

    id: UUID
    number: int
    state: State
    slot: datetime
    fence: int
    tries: int
    revision_n: int
    sha256: bytes
    text: str
    pictures: list[dict[str, Any]]
    settings: dict[str, str]
    objections: list[str]
    handles: dict[str, str]
    account_id: UUID
    platform: Platform
    account_kind: AccountKind
    remote_account: str
    account_name: str
    account_state: str
    posts_a_day: int | None
    web_app_id: UUID
    approval_id: UUID | None
    approved_sha256: bytes | None
    approvers_may: bool
    """Whether everybody whose approval stands for this revision holds the right to approve now."""
    token_renewed: bool
    """Whether the last attempt ended with a refused token that was renewed since."""
    late_remote_id: str | None
    """The platform's id out of an answer that came too late: the post is out, whatever its state says."""
    late_permalink: str | None
    paused: bool
    stopped: bool
    now: datetime

    @property
    def payload(self) -> Payload:
        return Payload(self.text, tuple(Picture(**picture) for picture in self.pictures), self.settings)


async def lock_due(tx: Transaction, post_id: UUID) -> DuePost | None:
    """Lock an approved or waiting post whose time has come; None when somebody else has it or nothing is due."""
    return await tx.row(DuePost, _LOCK_DUE, {"id": post_id, "token_renewed": TOKEN_RENEWED})


async def claim(tx: Transaction, post: DuePost, *, worker: str, lease_seconds: float) -> None:
    """Move a locked post to publishing under a new fence; the caller has checked everything."""
    await tx.run(_CLAIM, {"id": post.id, "fence": post.fence + 1, "worker": worker, "lease": lease_seconds})


async def turn_away(tx: Transaction, post_id: UUID, event: Event, trouble: str | None) -> None:
    """Move a locked post elsewhere instead of claiming it: hold or miss. It waits for a person there."""
    await tx.run(_TURN_AWAY, {"id": post_id, "event": event, "trouble": trouble})


async def return_to_review(tx: Transaction, post_id: UUID, trouble: str, seconds: float) -> None:
    """Revoke a locked post. Its slot moves `seconds` ahead, so that there is time for the new answer."""
    await tx.run(_RETURN_TO_REVIEW, {"id": post_id, "trouble": trouble, "seconds": seconds})


async def put_off(tx: Transaction, post_id: UUID, next_at: datetime, trouble: str | None) -> None:
    """Leave the post where it is and look again at `next_at`."""
    await tx.run(_PUT_OFF, {"id": post_id, "next_at": next_at, "trouble": trouble})


async def save_handles(tx: Transaction, post_id: UUID, fence: int, handles: Handles, lease_seconds: float) -> bool:
    """Store handles and renew the lease under the fence. False when the claim is no longer ours."""
    values = {"id": post_id, "fence": fence, "handles": Jsonb(dict(handles)), "lease": lease_seconds}
    return await tx.run(_SAVE_HANDLES, values) == 1


async def mark_sending(tx: Transaction, post_id: UUID, fence: int) -> bool:
    """Commit to sending. False when the claim is no longer ours: then provably nothing was sent."""
    return await tx.run(_MARK_SENDING, {"id": post_id, "fence": fence}) == 1


async def confirm(
    tx: Transaction, post_id: UUID, fence: int, remote_id: str, permalink: str | None, first_reading: datetime | None
) -> bool:
    """Published. `fence` must be the current one; works from publishing, and where the outcome is not known yet."""
    values = {
        "id": post_id,
        "fence": fence,
        "remote_id": remote_id,
        "permalink": permalink,
        "first_reading": first_reading,
    }
    return await tx.run(_CONFIRM, values) == 1


@dataclass(frozen=True, slots=True)
class Fate:
    """Where a post goes that was not confirmed. `next_at` None: it waits for a person."""

    event: Event
    trouble: str | None
    next_in: float | None = None
    """Seconds from now on the database's clock."""
    next_at: datetime | None = None
    trouble_link: str | None = None
    tries: int = 0
    keep_handles: bool = True


async def record_fate(
    tx: Transaction, post_id: UUID, fence: int, fate: Fate, *, source: State = State.PUBLISHING
) -> bool:
    """Move a post on from `source`, under its fence. False when the claim is no longer ours."""
    values = {
        "source": source,
        "id": post_id,
        "fence": fence,
        "event": fate.event,
        "trouble": fate.trouble,
        "trouble_link": fate.trouble_link,
        "next_in": fate.next_in,
        "next_at": fate.next_at,
        "tries": fate.tries,
        "keep_handles": fate.keep_handles,
        "asked": fate.event is Event.ASK,
    }
    return await tx.run(_RECORD_FATE, values) == 1


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
    auto_released: bool
    absent_seen: int
    last_absent_at: datetime | None
    trouble_link: str | None
    late_remote_id: str | None
    late_permalink: str | None
    now: datetime

    @property
    def payload(self) -> Payload:
        return Payload(self.text, tuple(Picture(**picture) for picture in self.pictures), self.settings)


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
    """Those of `remote_ids` that another post of the account already holds."""
    rows = await tx.dicts(_KNOWN_REMOTE_IDS, {"account_id": account_id, "remote_ids": remote_ids})
    return {row["remote_id"] for row in rows}


_LOCK_DUE = """
SELECT p.id, p.number, p.state, p.slot, p.fence, p.tries, p.revision_n, p.handles, p.web_app_id, p.approval_id, p.account_id,
       r.sha256, r.text, r.pictures, r.settings, r.objections,
       a.platform, a.kind AS account_kind, a.remote_id AS remote_account, a.name AS account_name, a.state AS account_state, a.posts_a_day,
       (SELECT v.sha256 FROM approvals v WHERE v.workspace_id = p.workspace_id AND v.id = p.approval_id
           AND v.revoked_at IS NULL AND v.post_id = p.id AND v.revision_n = p.revision_n) AS approved_sha256,
       NOT EXISTS (SELECT FROM approvals v WHERE v.workspace_id = p.workspace_id AND v.post_id = p.id AND v.revision_n = p.revision_n
           AND v.revoked_at IS NULL AND NOT EXISTS (SELECT FROM role_periods o WHERE o.workspace_id = v.workspace_id
               AND o.member_id = v.member_id AND o.revoked_at IS NULL AND o.role IN ('owner', 'reviewer'))) AS approvers_may,
       EXISTS (SELECT FROM attempts t WHERE t.workspace_id = p.workspace_id AND t.post_id = p.id AND t.fence = p.fence
           AND t.detail = %(token_renewed)s) AS token_renewed,
       l.remote_id AS late_remote_id, l.permalink AS late_permalink,
       EXISTS (SELECT FROM pauses s WHERE s.workspace_id = p.workspace_id AND s.ended_at IS NULL
           AND (s.scope = 'workspace' OR s.scope_id IN (p.web_app_id, p.account_id))) AS paused,
       (SELECT i.stopped_at IS NOT NULL OR i.restored_at IS NOT NULL FROM installation i) AS stopped,
       now() AS now
FROM posts p
JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n
JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
LEFT JOIN LATERAL (SELECT remote_id, permalink FROM late_results l WHERE l.workspace_id = p.workspace_id AND l.post_id = p.id
                   ORDER BY l.fence DESC LIMIT 1) l ON true
WHERE p.workspace_id = %(workspace_id)s AND p.id = %(id)s AND p.state IN ('approved', 'retry_wait') AND p.next_at <= now()
FOR UPDATE OF p SKIP LOCKED
"""
_CLAIM = """
UPDATE posts SET event = 'claim', actor = NULL, fence = %(fence)s, lease_by = %(worker)s, sending = false, trouble = NULL,
    lease_until = now() + make_interval(secs => %(lease)s), next_at = now() + make_interval(secs => %(lease)s)
WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""
_TURN_AWAY = """
UPDATE posts SET event = %(event)s, actor = NULL, trouble = %(trouble)s, next_at = NULL WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""
_RETURN_TO_REVIEW = """
UPDATE posts SET event = 'revoke', actor = NULL, approval_id = NULL, trouble = %(trouble)s, reminded_at = NULL,
    slot = greatest(slot, now() + make_interval(secs => %(seconds)s)),
    next_at = review_at(greatest(slot, now() + make_interval(secs => %(seconds)s)))
WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""
_PUT_OFF = """
UPDATE posts SET next_at = %(next_at)s, trouble = %(trouble)s WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""
_SAVE_HANDLES = """
UPDATE posts SET handles = %(handles)s, lease_until = now() + make_interval(secs => %(lease)s), next_at = now() + make_interval(secs => %(lease)s)
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND fence = %(fence)s AND state = 'publishing' AND NOT sending AND lease_until > now()
"""
_MARK_SENDING = """
UPDATE posts SET sending = true
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND fence = %(fence)s AND state = 'publishing' AND NOT sending AND lease_until > now()
"""
_CONFIRM = """
UPDATE posts SET event = 'confirm', actor = NULL, remote_id = %(remote_id)s, permalink = %(permalink)s, published_at = now(),
    next_at = NULL, lease_by = NULL, lease_until = NULL, sending = false, trouble = NULL, trouble_link = NULL, tries = 0,
    next_measure_at = %(first_reading)s
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND fence = %(fence)s AND state IN ('publishing', 'unknown', 'needs_human')
"""
_RECORD_FATE = """
UPDATE posts SET event = %(event)s, actor = NULL, trouble = %(trouble)s, trouble_link = coalesce(%(trouble_link)s, trouble_link),
    next_at = coalesce(%(next_at)s::timestamptz, now() + make_interval(secs => %(next_in)s::double precision)), tries = %(tries)s,
    lease_by = NULL, lease_until = NULL, sending = false, handles = CASE WHEN %(keep_handles)s THEN handles ELSE '{}' END,
    asked_at = CASE WHEN %(asked)s THEN now() ELSE asked_at END
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND fence = %(fence)s AND state = %(source)s
"""
_LOCK_LEFT_BEHIND = """
SELECT p.id, p.fence, p.sending, p.tries,
       (SELECT count(*) FROM attempts t WHERE t.workspace_id = p.workspace_id AND t.post_id = p.id AND t.detail = %(left_behind)s)::integer AS crashes
FROM posts p
WHERE p.workspace_id = %(workspace_id)s AND p.id = %(id)s AND p.state = 'publishing' AND p.lease_until < now()
FOR UPDATE OF p SKIP LOCKED
"""
_LEASE_LOST = """
UPDATE posts SET lease_by = %(worker)s, lease_until = now() + make_interval(secs => %(lease)s)
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND state = 'unknown' AND next_at <= now() AND (lease_until IS NULL OR lease_until < now())
"""
_LOST = """
SELECT p.id, p.fence, r.text, r.pictures, r.settings, p.handles, p.account_id, a.platform, a.kind AS account_kind, a.remote_id AS remote_account,
       a.name AS account_name, a.link AS account_link, t.intent_at, t.sent_at, coalesce(t.ended_at, t.lease_until) AS ended_at, p.auto_released,
       p.absent_seen, p.last_absent_at, p.trouble_link, l.remote_id AS late_remote_id, l.permalink AS late_permalink, now() AS now
FROM posts p
JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
JOIN attempts t ON t.workspace_id = p.workspace_id AND t.post_id = p.id AND t.fence = p.fence
JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = t.revision_n
LEFT JOIN LATERAL (SELECT remote_id, permalink FROM late_results l WHERE l.workspace_id = p.workspace_id AND l.post_id = p.id
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
SELECT remote_id FROM posts WHERE workspace_id = %(workspace_id)s AND account_id = %(account_id)s AND remote_id = ANY (%(remote_ids)s)
"""
