"""Chats: where cards go. A chat that is gone is told to the owner in another one; one that moved keeps its cards."""

from uuid import UUID

from domain.card import NoticeView, Surface
from domain.errors import Refused
from pipeline.ports import Hint
from storage import chats, notices, workspaces
from storage.chats import Chat
from storage.session import Database, Transaction


async def draw_soon(tx: Transaction, hint: Hint) -> None:
    """Once this transaction has committed, hint at every chat that has something to draw."""
    workspace_id, waiting = tx.workspace_id, await chats.undrawn(tx)
    for chat_id in waiting:
        tx.after_commit(lambda chat_id=chat_id: hint("draw", workspace_id, chat_id))  # type: ignore[misc]


async def add_chat(
    database: Database,
    workspace_id: UUID,
    *,
    surface: Surface,
    chat_ref: str,
    kind: str,
    title: str,
    team_ref: str = "",
    reviews: bool = True,
) -> Chat:
    """The chat as one of this workspace's, new or again; `kind` is "channel", "group" or "private". May run twice.

    The caller has checked who asks (a member, a one-time code). `reviews` chats get digests and posts, others notices
    only. A private chat that served another workspace serves this one from now on; a group does not: `Refused`.
    """
    async with database.transaction(workspace_id) as tx:
        await bind_chat(tx, surface, chat_ref, kind)
        return await chats.put(tx, surface, team_ref, chat_ref, kind, title, reviews=reviews)


async def bind_chat(tx: Transaction, surface: Surface, chat_ref: str, kind: str) -> None:
    """Let what is said in a Telegram chat belong to this workspace. Slack is bound by its team."""
    if surface is not Surface.TELEGRAM:
        return
    if kind == "private":
        await workspaces.rebind(tx, surface, chat_ref)
    elif await workspaces.bind(tx, surface, chat_ref) != tx.workspace_id:
        raise Refused("This group already belongs to another workspace. Use another one.")


async def chat_of(database: Database, workspace_id: UUID, surface: Surface, chat_ref: str) -> Chat | None:
    """The chat by its own id; None when it is not one of this workspace's."""
    async with database.transaction(workspace_id) as tx:
        return await chats.find(tx, surface, chat_ref)


async def chat_gone(database: Database, hint: Hint, workspace_id: UUID, chat_id: UUID, reason: str) -> None:
    """The chat takes our messages no more: stop drawing there and tell the owner elsewhere, once. May run twice."""
    async with database.transaction(workspace_id) as tx:
        lost = await chats.mark_gone(tx, chat_id, reason)
        if lost is None:
            return
        await tell_loss(tx, lost, reason)
        await draw_soon(tx, hint)


async def tell_loss(tx: Transaction, chat: Chat, reason: str) -> None:
    text = f"{reason} No cards are shown there until the bot is back. What waits for an answer is in the other chats."
    notice = NoticeView(title=f"I lost “{chat.title}” in {chat.surface.title()}", text=text)
    when = await tx.value("SELECT extract(epoch FROM clock_timestamp())::bigint")
    await notices.tell_owner(tx, f"chat-gone:{chat.id}:{when}", notice, but_not=chat.id)


async def chat_back(database: Database, hint: Hint, workspace_id: UUID, chat_id: UUID) -> None:
    """The chat takes messages again: draw what it missed. May run twice."""
    async with database.transaction(workspace_id) as tx:
        found = await chats.get(tx, chat_id)
        if found is None or found.gone_reason is None:
            return
        await welcome_back(tx, found)
        await draw_soon(tx, hint)


async def welcome_back(tx: Transaction, chat: Chat) -> None:
    """The chat gets what it missed, and the notice that told of its loss says that it is back."""
    await chats.mark_back(tx, chat.id)
    notice = NoticeView(title=f"“{chat.title}” is back", text="Cards are shown there again.", good=True)
    await notices.amend(tx, f"chat-gone:{chat.id}:", notice)


async def migrate_chat(database: Database, hint: Hint, old_ref: str, new_ref: str) -> UUID | None:
    """A Telegram group became a supergroup: same chat, new id, all messages unreachable. Returns whose it is.

    Told by Telegram in two ways and in any order, so it may run twice; the second time nothing is left to move.
    """
    surface = Surface.TELEGRAM
    async with database.transaction() as tx:
        workspace_id = await workspaces.workspace_of(tx, surface, old_ref)
        if workspace_id is None:
            return await workspaces.workspace_of(tx, surface, new_ref)
    async with database.transaction(workspace_id) as tx:
        await workspaces.lock(tx)
        found = await chats.find(tx, surface, old_ref)
        await workspaces.rebind(tx, surface, new_ref)
        await workspaces.unbind(tx, surface, old_ref)
        if found is not None:
            await chats.move(tx, found.id, surface, new_ref)
        await draw_soon(tx, hint)
    return workspace_id
