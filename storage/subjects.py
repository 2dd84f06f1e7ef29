"""What a card is about, found by where it lies: for buttons of cards that stand for no post, and for replies to cards."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.card import Surface
from storage.session import Transaction


@dataclass(frozen=True, slots=True)
class AppSubject:
    """The web app of a day."""

    id: UUID
    name: str


async def web_app_of_message(tx: Transaction, surface: Surface, chat_ref: str, message_ref: str) -> AppSubject | None:
    """The web app whose digest this message is; None for anything else."""
    values = {"surface": surface, "chat_ref": chat_ref, "message_ref": message_ref}
    return await tx.row(AppSubject, _WEB_APP_OF_MESSAGE, values)


@dataclass(frozen=True, slots=True)
class PostCard:
    """A post's card: the token of the face that was drawn last, and the message that it lies in."""

    token: str
    message_ref: str


async def card_of_message(
    tx: Transaction, surface: Surface, chat_ref: str, message_ref: str, picture_refs: Sequence[str]
) -> PostCard | None:
    """The post's card that this message is, or whose picture it shows; None for anything else."""
    values = {"surface": surface, "chat_ref": chat_ref, "message_ref": message_ref, "pictures": list(picture_refs)}
    return await tx.row(PostCard, _CARD_OF_MESSAGE, values)


_CARD_OF_MESSAGE = """
SELECT f.token, c.message_ref
FROM chats h
JOIN cards c ON c.workspace_id = h.workspace_id AND c.chat_id = h.id
JOIN card_faces f ON f.workspace_id = c.workspace_id AND f.card_id = c.id
WHERE h.workspace_id = %(workspace_id)s AND h.surface = %(surface)s AND h.chat_ref = %(chat_ref)s
  AND f.post_id IS NOT NULL AND c.message_ref IS NOT NULL
  AND (c.message_ref = %(message_ref)s OR c.picture_ref = ANY (%(pictures)s::text[]))
ORDER BY c.message_ref = %(message_ref)s DESC, f.revision_n DESC LIMIT 1
"""
_WEB_APP_OF_MESSAGE = """
SELECT w.id, w.name
FROM chats h
JOIN cards c ON c.workspace_id = h.workspace_id AND c.chat_id = h.id
JOIN batches b ON b.workspace_id = c.workspace_id AND b.id = c.batch_id
JOIN web_apps w ON w.workspace_id = b.workspace_id AND w.id = b.web_app_id
WHERE h.workspace_id = %(workspace_id)s AND h.surface = %(surface)s AND h.chat_ref = %(chat_ref)s
  AND c.message_ref = %(message_ref)s AND w.removed_at IS NULL
"""
