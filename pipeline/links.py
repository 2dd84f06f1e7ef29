"""One-time codes: how somebody whom one chat knows becomes known in another, and how a group joins a workspace."""

import secrets
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.card import Surface
from domain.errors import Refused
from domain.roles import Right
from pipeline.chats import bind_chat, draw_soon
from pipeline.people import link_identity, require
from pipeline.ports import Hint
from storage import chats, links, notices, workspaces
from storage.chats import Chat
from storage.links import LinkCode
from storage.people import Member
from storage.session import Database, Transaction

SPENT = "This code was used already, or is older than ten minutes. Ask for a new one where you got it."


class Purpose(StrEnum):
    """What a code does: link a person, add a chat, open the connect page, or that of one post's settings."""

    PERSON = "person"
    CHAT = "chat"
    CONNECT = "connect"
    SETTINGS = "settings"


_RIGHTS = {
    Purpose.PERSON: Right.LOOK,
    Purpose.CHAT: Right.CONNECT,
    Purpose.CONNECT: Right.CONNECT,
    Purpose.SETTINGS: Right.DECIDE,
}
_BELONGS: dict[str, str] = {
    Purpose.PERSON: "This code links one person. Ask for a new one, and send it to the bot in a private chat.",
    Purpose.CHAT: "This code adds a group. Add the bot to the group and send it there; it still works.",
    Purpose.CONNECT: "This code belongs to a link that connects something. Open that link in your browser; it still works.",
    Purpose.SETTINGS: "This code belongs to a link to a post's settings. Open that link in your browser; it still works.",
}
"""Where a code belongs that was brought to the wrong place."""


async def make_link_code(
    database: Database, workspace_id: UUID, member_id: UUID, purpose: Purpose, detail: dict[str, str] | None = None
) -> str:
    """A code of 128 random bits for a member who is known already, good once and for ten minutes. Raises `NotAllowed`.

    To be shown to that member only. It fits behind Telegram's /start.
    """
    code = secrets.token_urlsafe(16)
    async with database.transaction(workspace_id) as tx:
        await require(tx, member_id, _RIGHTS[purpose])
        await links.store_code(tx, code, purpose, member_id, detail or {})
    return code


@dataclass(frozen=True, slots=True)
class Invitation:
    """Whose workspace a Slack workspace is about to join, and who asked for it."""

    workspace_id: UUID
    member_id: UUID
    workspace: str
    by: str


async def slack_invitation(database: Database, code: str) -> Invitation:
    """What a code for adding Slack stands for; it stays unused. Raises `Refused`. Anybody may look."""
    async with database.transaction() as tx:
        found = await links.peek_code(tx, Purpose.CONNECT, code)
        refusal = SPENT if found else await why_not(tx, code)
    if found is None or found.member_id is None or found.detail.get("chat") != Surface.SLACK:
        raise Refused(refusal)
    async with database.transaction(found.workspace_id) as tx:
        member = await require(tx, found.member_id, Right.CONNECT)
        workspace = await workspaces.get(tx)
    return Invitation(found.workspace_id, member.id, workspace.name if workspace else "this workspace", member.name)


async def use_link_code(database: Database, purpose: Purpose, code: str) -> LinkCode:
    """What the code stands for; it is used up. Raises `Refused`. Anybody may try."""
    async with database.transaction() as tx:
        found = await links.use_code(tx, purpose, code)
        refusal = None if found else await why_not(tx, code)
    if found is None:
        raise Refused(refusal or SPENT)
    return found


async def why_not(tx: Transaction, code: str) -> str:
    """Why a code did not work here: it is spent, or belongs elsewhere."""
    return _BELONGS.get(await links.purpose_of(tx, code) or "", SPENT)


async def link_telegram_person(
    database: Database, hint: Hint, code: str, *, user_ref: str, display_name: str, chat_ref: str
) -> tuple[UUID, Member]:
    """`/start CODE` in a private chat: this user is the member who asked for the code, and gets cards in this chat.

    Returns the workspace and the member, whose name is to be said. The member is told in the other chats, in case it
    was not them. Raises `Refused`; the code is used up only if it worked.
    """
    workspace_id, member_id = await _stands_for(database, Purpose.PERSON, code)
    async with database.transaction(workspace_id) as tx:
        if await links.use_code(tx, Purpose.PERSON, code) is None:
            raise Refused(SPENT)
        member, notice = await link_identity(tx, member_id, Surface.TELEGRAM, user_ref, display_name)
        await bind_chat(tx, Surface.TELEGRAM, chat_ref, "private")
        chat = await chats.put(tx, Surface.TELEGRAM, "", chat_ref, "private", display_name, reviews=True)
        await notices.tell_owner(tx, f"linked:{user_ref}:{links.fingerprint(code).hex()[:16]}", notice, but_not=chat.id)
        await draw_soon(tx, hint)
    return workspace_id, member


async def link_telegram_group(database: Database, hint: Hint, code: str, *, chat_ref: str, title: str) -> Chat:
    """`/link CODE` in a group: the group becomes a review chat of the code's workspace. Raises `Refused`."""
    workspace_id, _ = await _stands_for(database, Purpose.CHAT, code)
    async with database.transaction(workspace_id) as tx:
        if await links.use_code(tx, Purpose.CHAT, code) is None:
            raise Refused(SPENT)
        await bind_chat(tx, Surface.TELEGRAM, chat_ref, "group")
        chat = await chats.put(tx, Surface.TELEGRAM, "", chat_ref, "group", title, reviews=True)
        await draw_soon(tx, hint)
    return chat


async def _stands_for(database: Database, purpose: Purpose, code: str) -> tuple[UUID, UUID]:
    async with database.transaction() as tx:
        found = await links.peek_code(tx, purpose, code)
        refusal = SPENT if found else await why_not(tx, code)
        if found is None and purpose is Purpose.CHAT:
            await links.use_code(tx, Purpose.PERSON, code)  # everybody in the group can read it
    if found is None or found.member_id is None:
        raise Refused(refusal)
    return found.workspace_id, found.member_id
