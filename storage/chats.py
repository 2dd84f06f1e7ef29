"""Chats: where cards go, and which of them are gone."""

from dataclasses import dataclass
from uuid import UUID

from domain.card import Surface
from domain.ids import uuid7
from storage.session import Transaction


@dataclass(frozen=True, slots=True)
class Chat:
    """A channel, a group or a private chat. `gone_reason` is set while it takes none of our messages."""

    id: UUID
    surface: Surface
    team_ref: str
    chat_ref: str
    kind: str
    title: str
    reviews: bool
    gone_reason: str | None


async def put(
    tx: Transaction, surface: Surface, team_ref: str, chat_ref: str, kind: str, title: str, *, reviews: bool
) -> Chat:
    """The chat, made or renewed; one that was gone is back. A reviewing chat wants the cards that are still open elsewhere."""
    values = {
        "id": uuid7(),
        "surface": surface,
        "team_ref": team_ref,
        "chat_ref": chat_ref,
        "kind": kind,
        "title": title,
        "reviews": reviews,
    }
    (chat,) = await tx.rows(Chat, _PUT, values)
    if reviews:
        await tx.run(_WANT_OPEN_DIGESTS, {"chat_id": chat.id})
        await tx.run(_WANT_OPEN_CARDS, {"chat_id": chat.id})
    return chat


async def chats(tx: Transaction) -> list[Chat]:
    return await tx.rows(Chat, _CHATS)


async def find(tx: Transaction, surface: Surface, chat_ref: str) -> Chat | None:
    return await tx.row(Chat, _FIND, {"surface": surface, "chat_ref": chat_ref})


async def get(tx: Transaction, chat_id: UUID) -> Chat | None:
    return await tx.row(Chat, _GET, {"id": chat_id})


async def mark_gone(tx: Transaction, chat_id: UUID, reason: str) -> Chat | None:
    """The chat if it is gone by this call; None if it was gone already."""
    return await tx.row(Chat, _MARK_GONE, {"id": chat_id, "reason": reason})


async def mark_back(tx: Transaction, chat_id: UUID) -> None:
    """It takes messages again: what it missed is drawn now."""
    await tx.run(_MARK_BACK, {"id": chat_id})
    await tx.run(_TRY_NOW, {"id": chat_id})


async def team_chats(tx: Transaction, surface: Surface, team_ref: str) -> list[Chat]:
    """Every chat of a Slack team."""
    return await tx.rows(Chat, _TEAM_CHATS, {"surface": surface, "team_ref": team_ref})


async def move(tx: Transaction, chat_id: UUID, surface: Surface, new_ref: str) -> None:
    """Give a chat its new id. Messages of the old one cannot be edited: cards that still matter are drawn anew."""
    await tx.run(_DROP_DOUBLE, {"id": chat_id, "surface": surface, "new_ref": new_ref})
    await tx.run(_FORGET_PROMPTS, {"id": chat_id})
    await tx.run(_MOVE, {"id": chat_id, "new_ref": new_ref})
    await tx.run(_DRAW_ANEW, {"id": chat_id})


async def undrawn(tx: Transaction) -> list[UUID]:
    """The chats that have a card to draw."""
    return [row["id"] for row in await tx.dicts(_UNDRAWN)]


_PUT = """
INSERT INTO chats (workspace_id, id, surface, team_ref, chat_ref, kind, title, reviews)
VALUES (%(workspace_id)s, %(id)s, %(surface)s, %(team_ref)s, %(chat_ref)s, %(kind)s, %(title)s, %(reviews)s)
ON CONFLICT (workspace_id, surface, chat_ref) DO UPDATE SET
    kind = excluded.kind, title = excluded.title, reviews = excluded.reviews, gone_reason = NULL, parked_until = NULL
RETURNING id, surface, team_ref, chat_ref, kind, title, reviews, gone_reason
"""
_CHATS = """
SELECT id, surface, team_ref, chat_ref, kind, title, reviews, gone_reason
FROM chats WHERE workspace_id = %(workspace_id)s ORDER BY created_at, id
"""
_FIND = """
SELECT id, surface, team_ref, chat_ref, kind, title, reviews, gone_reason
FROM chats WHERE workspace_id = %(workspace_id)s AND surface = %(surface)s AND chat_ref = %(chat_ref)s
"""
_GET = """
SELECT id, surface, team_ref, chat_ref, kind, title, reviews, gone_reason
FROM chats WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""
_MARK_GONE = """
UPDATE chats SET gone_reason = %(reason)s
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND gone_reason IS NULL
RETURNING id, surface, team_ref, chat_ref, kind, title, reviews, gone_reason
"""
_MARK_BACK = """
UPDATE chats SET gone_reason = NULL, parked_until = NULL WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""
_TRY_NOW = """
UPDATE cards SET next_try_at = '-infinity', tries = 0, last_error = NULL
WHERE workspace_id = %(workspace_id)s AND chat_id = %(id)s AND undrawn
"""
_TEAM_CHATS = """
SELECT id, surface, team_ref, chat_ref, kind, title, reviews, gone_reason FROM chats
WHERE workspace_id = %(workspace_id)s AND surface = %(surface)s AND team_ref = %(team_ref)s ORDER BY created_at, id
"""
_DROP_DOUBLE = """
DELETE FROM chats
WHERE workspace_id = %(workspace_id)s AND surface = %(surface)s AND chat_ref = %(new_ref)s AND id <> %(id)s
"""
_FORGET_PROMPTS = """
DELETE FROM prompts WHERE workspace_id = %(workspace_id)s AND chat_ref =
    (SELECT h.chat_ref FROM chats h WHERE h.workspace_id = %(workspace_id)s AND h.id = %(id)s)
"""
_MOVE = """
UPDATE chats SET chat_ref = %(new_ref)s, gone_reason = NULL, parked_until = NULL
WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""
_DRAW_ANEW = """
UPDATE cards c SET message_ref = NULL, picture_ref = NULL, picture_of = NULL, next_try_at = '-infinity', tries = 0,
    drawn = CASE WHEN c.created_at > now() - interval '2 days' OR EXISTS (
        SELECT FROM posts p WHERE p.workspace_id = c.workspace_id AND p.id = c.post_id
        AND p.state NOT IN ('published', 'withdrawn', 'dropped', 'rejected', 'expired')) THEN 0 ELSE c.wanted END
WHERE c.workspace_id = %(workspace_id)s AND c.chat_id = %(id)s
"""
_UNDRAWN = """
SELECT DISTINCT h.id FROM cards c JOIN chats h ON h.workspace_id = c.workspace_id AND h.id = c.chat_id
WHERE c.workspace_id = %(workspace_id)s AND c.undrawn AND h.gone_reason IS NULL
"""
_WANT_OPEN_CARDS = """
INSERT INTO cards (workspace_id, id, kind, chat_id, post_id)
SELECT p.workspace_id, gen_random_uuid(), 'post', %(chat_id)s, p.id FROM posts p
WHERE p.workspace_id = %(workspace_id)s AND p.state NOT IN ('planned', 'drafted', 'published', 'withdrawn', 'dropped', 'rejected', 'expired')
ON CONFLICT (workspace_id, chat_id, post_id) WHERE post_id IS NOT NULL DO NOTHING
"""
_WANT_OPEN_DIGESTS = """
INSERT INTO cards (workspace_id, id, kind, chat_id, batch_id)
SELECT b.workspace_id, gen_random_uuid(), 'digest', %(chat_id)s, b.id FROM batches b
WHERE b.workspace_id = %(workspace_id)s AND b.state IN ('delivered', 'unreadable') AND EXISTS (SELECT FROM posts p
    WHERE p.workspace_id = b.workspace_id AND p.batch_id = b.id
      AND p.state NOT IN ('planned', 'drafted', 'published', 'withdrawn', 'dropped', 'rejected', 'expired'))
ON CONFLICT (workspace_id, chat_id, batch_id) WHERE batch_id IS NOT NULL DO NOTHING
"""
