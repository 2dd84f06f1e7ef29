"""What a card is about, found by where it lies: for buttons of cards that stand for no post."""

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


_WEB_APP_OF_MESSAGE = """
SELECT w.id, w.name
FROM chats h
JOIN cards c ON c.workspace_id = h.workspace_id AND c.chat_id = h.id
JOIN batches b ON b.workspace_id = c.workspace_id AND b.id = c.batch_id
JOIN web_apps w ON w.workspace_id = b.workspace_id AND w.id = b.web_app_id
WHERE h.workspace_id = %(workspace_id)s AND h.surface = %(surface)s AND h.chat_ref = %(chat_ref)s
  AND c.message_ref = %(message_ref)s AND w.removed_at IS NULL
"""
