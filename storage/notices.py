"""Notices: what someone must know or do, as a card; one `key` is said once in a chat."""

from dataclasses import asdict
from uuid import UUID

from psycopg.types.json import Jsonb

from domain.card import NoticeView
from domain.ids import uuid7
from storage.session import Transaction


async def tell_everyone(tx: Transaction, key: str, notice: NoticeView) -> None:
    """A notice in every chat that takes our messages."""
    await tx.run(_TELL_EVERYONE, {"key": key, "notice": Jsonb(asdict(notice))})


async def tell_reviewers(tx: Transaction, key: str, notice: NoticeView) -> None:
    """A notice in every chat in which reviews are held."""
    await tx.run(_TELL_REVIEWERS, {"key": key, "notice": Jsonb(asdict(notice))})


async def tell_owner(tx: Transaction, key: str, notice: NoticeView, *, but_not: UUID | None = None) -> list[UUID]:
    """Tell the owner, in one chat of each surface other than `but_not`, once for each `key`. Returns the chats.

    A living chat comes before one that is gone, and an owner's private chat before the one in which reviews are held.
    Where all are gone, one of them shows the notice when it is back.
    """
    targets = [row["id"] for row in await tx.dicts(_WHERE_THE_OWNER_IS, {"but_not": but_not})]
    for chat_id in targets:
        values = {"id": uuid7(), "chat_id": chat_id, "key": key, "notice": Jsonb(asdict(notice))}
        await tx.run(_NOTIFY, values)
    return targets


async def amend(tx: Transaction, key_prefix: str, notice: NoticeView) -> None:
    """Rewrite the notices whose key begins so: what they asked for has been done. Those that say so already stay."""
    await tx.run(_AMEND, {"prefix": key_prefix, "notice": Jsonb(asdict(notice))})


_WHERE_THE_OWNER_IS = """
SELECT DISTINCT ON (h.surface) h.id FROM chats h
WHERE h.workspace_id = %(workspace_id)s AND h.id IS DISTINCT FROM %(but_not)s::uuid
ORDER BY h.surface, h.gone_reason IS NOT NULL, h.kind = 'private' AND EXISTS (
    SELECT FROM chat_identities i JOIN role_periods r ON r.workspace_id = i.workspace_id AND r.member_id = i.member_id
    WHERE i.workspace_id = h.workspace_id AND i.surface = h.surface AND i.user_ref = h.chat_ref
      AND r.role = 'owner' AND r.revoked_at IS NULL) DESC, h.reviews DESC, h.created_at, h.id
"""
_NOTIFY = """
INSERT INTO cards (workspace_id, id, kind, chat_id, notice_key, notice)
VALUES (%(workspace_id)s, %(id)s, 'notice', %(chat_id)s, %(key)s, %(notice)s)
ON CONFLICT (workspace_id, chat_id, notice_key) WHERE notice_key IS NOT NULL DO NOTHING
"""
_AMEND = """
UPDATE cards SET notice = %(notice)s, wanted = wanted + 1, wanted_at = clock_timestamp()
WHERE workspace_id = %(workspace_id)s AND starts_with(notice_key, %(prefix)s) AND notice IS DISTINCT FROM %(notice)s
"""
_TELL_EVERYONE = """
INSERT INTO cards (workspace_id, id, kind, chat_id, notice_key, notice)
SELECT h.workspace_id, gen_random_uuid(), 'notice', h.id, %(key)s, %(notice)s FROM chats h
WHERE h.workspace_id = %(workspace_id)s AND h.gone_reason IS NULL
ON CONFLICT (workspace_id, chat_id, notice_key) WHERE notice_key IS NOT NULL DO NOTHING
"""
_TELL_REVIEWERS = """
INSERT INTO cards (workspace_id, id, kind, chat_id, notice_key, notice)
SELECT h.workspace_id, gen_random_uuid(), 'notice', h.id, %(key)s, %(notice)s FROM chats h
WHERE h.workspace_id = %(workspace_id)s AND h.gone_reason IS NULL AND h.reviews
ON CONFLICT (workspace_id, chat_id, notice_key) WHERE notice_key IS NOT NULL DO NOTHING
"""
