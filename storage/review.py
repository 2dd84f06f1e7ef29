"""Deadlines of the review."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.post import Event
from storage.session import Transaction


async def expire(tx: Transaction, post_id: UUID, event: Event, state: str, trouble: str | None) -> bool:
    """Fire `event` on a post that is in `state` and whose time has come. The condition and the move are one statement."""
    values = {"id": post_id, "event": event, "state": state, "trouble": trouble}
    return await tx.run(_EXPIRE, values) == 1


@dataclass(frozen=True, slots=True)
class Waiting:
    """A post that waits for an answer shortly before its slot (UTC)."""

    batch_id: UUID
    number: int
    slot: datetime
    zone: str
    web_app: str


async def remind(tx: Transaction, post_id: UUID) -> Waiting | None:
    """Note that the reminder of a post is due and wait for its slot from now on. None when it is not due."""
    return await tx.row(Waiting, _REMIND, {"id": post_id})


_EXPIRE = """
UPDATE posts SET event = %(event)s, actor = NULL, trouble = coalesce(%(trouble)s, trouble), next_at = NULL
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND state = %(state)s AND next_at <= now() AND (state <> 'in_review' OR slot <= now())
"""
_REMIND = """
UPDATE posts p SET reminded_at = now(), next_at = p.slot
FROM web_apps w
WHERE p.workspace_id = %(workspace_id)s AND p.id = %(id)s AND p.state = 'in_review' AND p.next_at <= now() AND p.slot > now()
  AND w.workspace_id = p.workspace_id AND w.id = p.web_app_id
RETURNING p.batch_id, p.number, p.slot, w.zone, w.name AS web_app
"""
