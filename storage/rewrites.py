"""Rewrites: a post that a reviewer wants written anew, and the revision that came of it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from domain.platforms import Platform
from domain.publishing import AccountKind
from storage.drafts import NewPost, add_revisions
from storage.session import Transaction


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A post that a reviewer wants written anew, with what the writer needs. `n` is the revision that stands so far."""

    id: UUID
    batch_id: UUID
    local_date: date
    brief_id: UUID
    slot_index: int
    facts: dict[str, Any]
    page: dict[str, Any]
    n: int
    slot: datetime
    direction: str | None
    tries: int
    now: datetime
    account_id: UUID
    platform: Platform
    kind: AccountKind
    account_name: str
    web_app_id: UUID
    name: str
    url: str
    banned_words: list[str]
    settings: dict[str, str]
    handed: dict[str, Any] | None
    """What the post shows, where a member handed it over: it stays with the new words."""
    """What the last revision's people chose, and what it began with."""


async def lease(tx: Transaction, post_id: UUID, *, worker: str, seconds: float) -> Rewrite | None:
    """Take a post that is to be written anew; None when somebody has it or nothing is to be done."""
    if await tx.run(_LEASE, {"id": post_id, "worker": worker, "seconds": seconds}) != 1:
        return None
    return await tx.row(Rewrite, _REWRITE, {"id": post_id})


async def keep(tx: Transaction, post_id: UUID, *, worker: str, seconds: float) -> None:
    """Renew the lease of a post that is being rewritten, if it is still ours."""
    await tx.run(_KEEP, {"id": post_id, "worker": worker, "seconds": seconds})


async def record(tx: Transaction, worker: str, post: NewPost, n: int) -> bool:
    """The new revision is there and goes to review, at the slot of `post`. False when the lease was lost."""
    if await tx.run(_REWRITTEN, {"id": post.id, "worker": worker, "n": n}) != 1:
        return False
    await add_revisions(tx, [post], n)
    await tx.run(_DELIVER, {"id": post.id, "slot": post.slot})
    return True


async def restore(tx: Transaction, post_id: UUID, worker: str, trouble: str, slot: datetime) -> bool:
    """Writing anew failed: the old revision stands again, at `slot`, and the card says why."""
    return await tx.run(_RESTORE, {"id": post_id, "worker": worker, "trouble": trouble, "slot": slot}) == 1


_LEASE = """
UPDATE posts SET lease_by = %(worker)s, lease_until = now() + make_interval(secs => %(seconds)s), tries = tries + 1
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND state = 'planned' AND next_at <= now() AND (lease_until IS NULL OR lease_until < now())
"""
_KEEP = """
UPDATE posts SET lease_until = now() + make_interval(secs => %(seconds)s)
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND lease_by = %(worker)s AND state = 'planned'
"""
_REWRITE = """
SELECT p.id, p.batch_id, b.local_date, p.brief_id, f.n AS slot_index, jsonb_build_object('angle', f.angle, 'facts', f.facts) AS facts, b.page,
       p.revision_n AS n, p.slot, p.direction, p.tries, now() AS now, p.account_id, a.platform, a.kind, a.name AS account_name, p.web_app_id, w.name, w.url,
       w.banned_words, r.settings,
       (SELECT jsonb_build_object('pictures', m.pictures, 'video', m.video, 'document', m.document) FROM revisions m
           WHERE m.workspace_id = r.workspace_id AND m.post_id = r.post_id AND m.drafted_from = 'media' AND m.pictures = r.pictures
             AND m.video IS NOT DISTINCT FROM r.video AND m.document IS NOT DISTINCT FROM r.document LIMIT 1) AS handed
FROM posts p
JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n
JOIN batches b ON b.workspace_id = p.workspace_id AND b.id = p.batch_id
JOIN briefs f ON f.workspace_id = p.workspace_id AND f.id = p.brief_id
JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
JOIN web_apps w ON w.workspace_id = p.workspace_id AND w.id = p.web_app_id
WHERE p.workspace_id = %(workspace_id)s AND p.id = %(id)s
"""
_REWRITTEN = """
UPDATE posts SET event = 'write', actor = NULL, revision_n = %(n)s, direction = NULL, trouble = NULL, lease_by = NULL, lease_until = NULL, tries = 0
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND state = 'planned' AND lease_by = %(worker)s AND lease_until > now()
"""
_DELIVER = """
UPDATE posts SET event = 'deliver', actor = NULL, slot = %(slot)s, next_at = review_at(%(slot)s), reminded_at = NULL
WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""
_RESTORE = """
UPDATE posts SET event = 'restore', actor = NULL, trouble = %(trouble)s, direction = NULL, slot = %(slot)s, next_at = review_at(%(slot)s),
    lease_by = NULL, lease_until = NULL, tries = 0
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND state = 'planned' AND lease_by = %(worker)s
"""
