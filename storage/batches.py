"""Batches: one web app's posts for one local date, from the plan to their cards. `storage.drafts` writes them."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.ids import uuid7
from storage.session import Transaction


async def plan(tx: Transaction, web_app_id: UUID, local_date: date, deliver_from: datetime) -> UUID | None:
    """The batch of a web app and local date, made if it is not there yet. Returns its id only when it is new."""
    values = {"id": uuid7(), "web_app_id": web_app_id, "local_date": local_date, "deliver_from": deliver_from}
    new: UUID | None = await tx.value(_PLAN, values)
    return new


async def of_day(tx: Transaction, web_app_id: UUID, local_date: date) -> "BatchState | None":
    return await tx.row(BatchState, _OF_DAY, {"web_app_id": web_app_id, "local_date": local_date})


@dataclass(frozen=True, slots=True)
class BatchState:
    """Where a batch stands."""

    id: UUID
    state: str
    problem: str | None


async def hurry(tx: Transaction, batch_id: UUID) -> None:
    """Somebody wants today's batch now: cards may come at once; one without a post (an unreadable page) is written again."""
    await tx.run(_HURRY, {"id": batch_id})


async def lock_deliverable(tx: Transaction, batch_id: UUID) -> bool:
    """Lock a batch whose cards may come now."""
    return bool(await tx.value(_LOCK_DELIVERABLE, {"id": batch_id}))


async def deliver(tx: Transaction, batch_id: UUID) -> list[UUID]:
    """Want a digest and a card a post in every reviewing chat, and open the review. Returns the chats."""
    digests = await tx.dicts(_WANT_DIGESTS, {"id": batch_id})
    await tx.run(_WANT_CARDS, {"id": batch_id})
    await tx.run(_DELIVER, {"id": batch_id})
    await tx.run(_DELIVERED, {"id": batch_id})
    return [row["chat_id"] for row in digests]


_PLAN = """
INSERT INTO batches (workspace_id, id, web_app_id, local_date, deliver_from, next_at)
VALUES (%(workspace_id)s, %(id)s, %(web_app_id)s, %(local_date)s, %(deliver_from)s, now())
ON CONFLICT (workspace_id, web_app_id, local_date) DO NOTHING RETURNING id
"""
_OF_DAY = """
SELECT id, state, problem FROM batches
WHERE workspace_id = %(workspace_id)s AND web_app_id = %(web_app_id)s AND local_date = %(local_date)s
"""
_HURRY = """
UPDATE batches b SET deliver_from = least(b.deliver_from, now()), tries = 0,
    next_at = CASE WHEN b.state = 'delivered' AND written.posts THEN NULL ELSE now() END,
    state = CASE WHEN b.state = 'unreadable' OR (b.state = 'delivered' AND NOT written.posts) THEN 'planned' ELSE b.state END
FROM (SELECT EXISTS (SELECT FROM posts p WHERE p.workspace_id = %(workspace_id)s AND p.batch_id = %(id)s) AS posts) written
WHERE b.workspace_id = %(workspace_id)s AND b.id = %(id)s
"""
_LOCK_DELIVERABLE = """
SELECT true FROM batches WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND state IN ('written', 'unreadable') AND next_at <= now()
FOR UPDATE SKIP LOCKED
"""
_WANT_DIGESTS = """
INSERT INTO cards (workspace_id, id, kind, chat_id, batch_id)
SELECT h.workspace_id, gen_random_uuid(), 'digest', h.id, %(id)s FROM chats h
WHERE h.workspace_id = %(workspace_id)s AND h.reviews AND h.gone_reason IS NULL
ON CONFLICT (workspace_id, chat_id, batch_id) WHERE batch_id IS NOT NULL DO UPDATE SET wanted = cards.wanted + 1, wanted_at = clock_timestamp() RETURNING chat_id
"""
_WANT_CARDS = """
INSERT INTO cards (workspace_id, id, kind, chat_id, post_id)
SELECT h.workspace_id, gen_random_uuid(), 'post', h.id, p.id
FROM chats h JOIN posts p ON p.workspace_id = h.workspace_id
WHERE h.workspace_id = %(workspace_id)s AND h.reviews AND h.gone_reason IS NULL AND p.batch_id = %(id)s AND p.state = 'drafted'
ON CONFLICT (workspace_id, chat_id, post_id) WHERE post_id IS NOT NULL DO NOTHING
"""
_DELIVER = """
UPDATE posts SET event = 'deliver', actor = NULL, next_at = review_at(slot)
WHERE workspace_id = %(workspace_id)s AND batch_id = %(id)s AND state = 'drafted'
"""
_DELIVERED = """
UPDATE batches SET state = CASE WHEN state = 'written' THEN 'delivered' ELSE state END, next_at = NULL, lease_by = NULL, lease_until = NULL, tries = 0
WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""
