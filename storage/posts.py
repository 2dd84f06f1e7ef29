"""Posts on their way out: the claim, what is recorded under its fence, and where a post goes that was not confirmed."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from domain.payload import Payload
from domain.platforms import Platform
from domain.post import Event, State
from domain.publishing import AccountKind, Handles
from storage.session import Transaction

TOKEN_RENEWED = "The token was refused, and has been renewed since."  # noqa: S105 - a sentence
"""The detail of an attempt that the next claim of the post reads again."""


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
    video: dict[str, Any] | None
    document: dict[str, Any] | None
    settings: dict[str, str]
    objections: list[str]
    handles: dict[str, str]
    account_id: UUID
    platform: Platform
    account_kind: AccountKind
    remote_account: str
    account_name: str
    account_state: str
    options: dict[str, Any]
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
        return Payload.of_row(self.text, self.pictures, self.settings, self.video, self.document)


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


async def renew(tx: Transaction, post_id: UUID, fence: int, lease_seconds: float) -> bool:
    """Renew the lease alone. False when the claim is no longer ours."""
    return await tx.run(_RENEW, {"id": post_id, "fence": fence, "lease": lease_seconds}) == 1


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
    more_handles: Handles = field(default_factory=dict)
    """What the send brought to know."""


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
        "more_handles": Jsonb(dict(fate.more_handles)),
        "asked": fate.event is Event.ASK,
    }
    return await tx.run(_RECORD_FATE, values) == 1


async def keep_for_the_look(tx: Transaction, post_id: UUID, fence: int, handles: Handles) -> None:
    """Handles of an answer that came when the claim was gone: kept while the same attempt is still being looked for."""
    await tx.run(_KEEP_FOR_THE_LOOK, {"id": post_id, "fence": fence, "handles": Jsonb(dict(handles))})


_LOCK_DUE = """
SELECT p.id, p.number, p.state, p.slot, p.fence, p.tries, p.revision_n, p.handles, p.web_app_id, p.approval_id, p.account_id,
       r.sha256, r.text, r.pictures, r.video, r.document, r.settings, r.objections,
       a.platform, a.kind AS account_kind, a.remote_id AS remote_account, a.name AS account_name, a.state AS account_state, a.options, a.posts_a_day,
       (SELECT v.sha256 FROM approvals v WHERE v.workspace_id = p.workspace_id AND v.id = p.approval_id
           AND v.revoked_at IS NULL AND v.post_id = p.id AND v.revision_n = p.revision_n) AS approved_sha256,
       NOT EXISTS (SELECT FROM approvals v WHERE v.workspace_id = p.workspace_id AND v.post_id = p.id AND v.revision_n = p.revision_n
           AND v.revoked_at IS NULL AND NOT EXISTS (SELECT FROM role_periods o WHERE o.workspace_id = v.workspace_id
               AND o.member_id = v.member_id AND o.revoked_at IS NULL AND o.role IN ('owner', 'reviewer'))) AS approvers_may,
       EXISTS (SELECT FROM attempts t WHERE t.workspace_id = p.workspace_id AND t.post_id = p.id AND t.part = 1 AND t.fence = p.fence
           AND t.detail = %(token_renewed)s) AS token_renewed,
       l.remote_id AS late_remote_id, l.permalink AS late_permalink,
       is_paused(p.workspace_id, p.web_app_id, p.account_id) AS paused,
       is_stopped() AS stopped,
       now() AS now
FROM posts p
JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n
JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
LEFT JOIN LATERAL (SELECT remote_id, permalink FROM late_results l WHERE l.workspace_id = p.workspace_id AND l.post_id = p.id AND l.part = 1
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
_RENEW = """
UPDATE posts SET lease_until = now() + make_interval(secs => %(lease)s), next_at = now() + make_interval(secs => %(lease)s)
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
_KEEP_FOR_THE_LOOK = """
UPDATE posts SET handles = handles || %(handles)s
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND fence = %(fence)s AND state IN ('unknown', 'needs_human')
"""
_RECORD_FATE = """
UPDATE posts SET event = %(event)s, actor = NULL, trouble = %(trouble)s, trouble_link = coalesce(%(trouble_link)s, trouble_link),
    next_at = coalesce(%(next_at)s::timestamptz, now() + make_interval(secs => %(next_in)s::double precision)), tries = %(tries)s,
    lease_by = NULL, lease_until = NULL, sending = false,
    handles = CASE WHEN %(keep_handles)s THEN handles || %(more_handles)s ELSE '{}' END,
    asked_at = CASE WHEN %(asked)s THEN now() ELSE asked_at END
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND fence = %(fence)s AND state = %(source)s
"""
