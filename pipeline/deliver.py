"""Delivery: want cards for a written batch in every reviewing chat. `pipeline.draw` draws them."""

from uuid import UUID

from pipeline.chats import draw_soon
from pipeline.ports import Hint
from storage import batches
from storage.session import Database, Transaction


async def deliver_batch(database: Database, hint: Hint, workspace_id: UUID, batch_id: UUID) -> None:
    """Open the review of a written batch: a digest and a card a post wanted in every reviewing chat, in one transaction."""
    async with database.transaction(workspace_id) as tx:
        if not await batches.lock_deliverable(tx, batch_id):
            return
        for chat_id in await batches.deliver(tx, batch_id):
            _hint_after(tx, hint, workspace_id, chat_id)
        tx.after_commit(lambda: hint("due", None, None))


async def redraw(database: Database, hint: Hint, workspace_id: UUID) -> None:
    """Hint at every chat of the workspace that has something to draw."""
    async with database.transaction(workspace_id) as tx:
        await draw_soon(tx, hint)


def _hint_after(tx: Transaction, hint: Hint, workspace_id: UUID, chat_id: UUID) -> None:
    tx.after_commit(lambda: hint("draw", workspace_id, chat_id))
