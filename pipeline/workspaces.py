"""Workspaces: they begin with a Slack install or a Telegram /start, and their secrets can be destroyed for good."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

from domain.card import Surface
from domain.errors import Refused
from domain.ids import uuid7
from domain.plans import Plan
from domain.roles import Right, Role
from domain.secret import Secret
from pipeline.chats import draw_soon, tell_loss, welcome_back
from pipeline.people import require
from pipeline.ports import Hint
from storage import chats, links, people, workspaces
from storage.keys import Purpose
from storage.session import Database, Transaction
from storage.vault import Vault
from storage.workspaces import Installation

BOT_TOKEN = "bot_token"  # noqa: S105 - the secret's name
UNINSTALLED = "Slack's owner removed the app from the team."


@dataclass(frozen=True, slots=True)
class SlackInstall:
    """What Slack's OAuth answered. `team_ref` is the team's id (the organisation's for an install across one)."""

    team_ref: str
    team_name: str
    user_ref: str
    user_name: str
    bot_user_ref: str
    bot_ref: str
    app_ref: str
    scopes: str
    bot_token: Secret = field(repr=False)


@dataclass(frozen=True, slots=True)
class Begun:
    """Where an install or a /start led. `member_id` is None when whoever came is nobody here (yet)."""

    workspace_id: UUID
    member_id: UUID | None
    is_new: bool


async def begin_slack_install(database: Database, browser: str, *, into: tuple[UUID, UUID] | None = None) -> str:
    """A state of 128 random bits for one trip to Slack, good for ten minutes and for this browser's cookie only.

    Anybody may begin; `into` (workspace, member) adds the team to a workspace, which owners alone may: `NotAllowed`.
    """
    state = secrets.token_urlsafe(16)
    workspace_id, member_id = into or (None, None)
    async with database.transaction(workspace_id) as tx:
        if member_id is not None:
            await require(tx, member_id, Right.CONNECT)
        await links.store_state(tx, state, "slack", member_id=member_id, platform=None, browser=browser)
    return state


async def use_slack_state(database: Database, state: str, browser: str) -> tuple[UUID, UUID] | None:
    """Slack sent the browser back: use the state up; returns `into` of `install_slack`. Raises `Refused`."""
    async with database.transaction() as tx:
        found = await links.state(tx, state, browser)
        if found is None or found.purpose != "slack" or not found.same_browser:
            raise Refused("This did not begin in this browser. Begin again from here.")
        if found.used or found.expired:
            raise Refused("This install was used already, or is older than ten minutes.")
        await links.use_state(tx, state, code=None, result="used")
    if found.workspace_id is None or found.member_id is None:
        return None
    return found.workspace_id, found.member_id


async def install_slack(
    database: Database, vault: Vault, hint: Hint, install: SlackInstall, *, into: tuple[UUID, UUID] | None = None
) -> Begun:
    """Slack said yes: renew the token of a team that is known, or begin a workspace owned by whoever installed.

    `into` (workspace, member) adds a new team to a workspace that exists; the member is who began the install there.
    May run twice and at once: one team leads to one workspace. The caller has used the state up.
    """

    async def fill(tx: Transaction, is_new: bool) -> UUID | None:
        if into is not None and tx.workspace_id == into[0]:
            user = (Surface.SLACK, install.team_ref, install.user_ref, install.user_name)
            await people.add_identity(tx, into[1], *user)
        member_id = await _installer(tx, install, is_new=is_new)
        await _store_installation(tx, vault, install, member_id)
        await _welcome_back(tx, install.team_ref)
        await draw_soon(tx, hint)
        return member_id

    return await _begin(database, Surface.SLACK, install.team_ref, install.team_name, fill, into[0] if into else None)


async def begin_telegram_workspace(
    database: Database, *, user_ref: str, user_name: str, chat_ref: str, title: str
) -> Begun:
    """`/start` in a private chat: the workspace that the chat leads to, or a new one owned by this user.

    May run twice and at once. Anybody may begin a workspace of their own.
    """

    async def fill(tx: Transaction, is_new: bool) -> UUID | None:
        if not is_new:
            known = await people.member_of(tx, Surface.TELEGRAM, "", user_ref)
            return known.id if known else None
        member_id = await _owner(tx, Surface.TELEGRAM, "", user_ref, user_name)
        await chats.put(tx, Surface.TELEGRAM, "", chat_ref, "private", title, reviews=True)
        return member_id

    return await _begin(database, Surface.TELEGRAM, chat_ref, user_name, fill, None)


async def uninstall_slack(
    database: Database, vault: Vault, hint: Hint, team_ref: str, dead: Secret | None = None
) -> UUID | None:
    """The app was removed from a team: forget its token and stop drawing there. Needs no API: the token is dead.

    With `dead` only as long as that is its token. Slack tells it by two events in any order, so it may run twice. The look-up
    stays, so that a new install finds the workspace again. Returns whose team it was.
    """
    workspace_id = await workspace_of(database, Surface.SLACK, team_ref)
    if workspace_id is None:
        return None
    async with database.transaction(workspace_id) as tx:
        installed = await workspaces.lock_installation(tx, Surface.SLACK, team_ref)
        if dead is not None and installed and await vault.get(tx, installed.id, BOT_TOKEN) != dead:
            return workspace_id  # installed anew meanwhile
        gone = await workspaces.uninstalled(tx, Surface.SLACK, team_ref)
        if gone is None:
            return workspace_id
        await vault.forget(tx, gone)
        lost = [await chats.mark_gone(tx, chat.id, UNINSTALLED) for chat in await _team(tx, team_ref)]
        for chat in lost:
            if chat is not None:
                await tell_loss(tx, chat, UNINSTALLED)
        await draw_soon(tx, hint)
    return workspace_id


async def workspace_of(database: Database, surface: Surface, ref: str) -> UUID | None:
    """Whose Slack team or Telegram chat it is; None when it is nobody's."""
    async with database.transaction() as tx:
        return await workspaces.workspace_of(tx, surface, ref)


async def set_plan(database: Database, workspace_id: UUID, plan: Plan) -> None:
    """Put a workspace on a plan. The operator's command, and payment's."""
    async with database.transaction(workspace_id) as tx:
        await workspaces.set_plan(tx, plan)


async def bot_token(database: Database, vault: Vault, workspace_id: UUID, team_ref: str) -> Secret | None:
    """Our bot's token in a Slack team; None when it is not installed there (any more)."""
    async with database.transaction(workspace_id) as tx:
        found = await workspaces.installation(tx, Surface.SLACK, team_ref)
        return await vault.get(tx, found.id, BOT_TOKEN) if found else None


Fill = Callable[[Transaction, bool], Awaitable[UUID | None]]


async def _begin(database: Database, surface: Surface, ref: str, name: str, fill: Fill, into: UUID | None) -> Begun:
    """Find or make the workspace of `ref` and fill it, in one transaction. Of two that begin at once one makes it."""
    known = await workspace_of(database, surface, ref)
    workspace_id = known or into or uuid7()
    while True:
        async with database.transaction(workspace_id) as tx:
            owner = await workspaces.bind(tx, surface, ref)
            if owner == workspace_id:
                is_new = await workspaces.create(tx, name)
                await workspaces.lock(tx)
                return Begun(workspace_id, await fill(tx, is_new), is_new)
        workspace_id = owner


async def _installer(tx: Transaction, install: SlackInstall, *, is_new: bool) -> UUID | None:
    """Whoever begins a workspace owns it; whoever installs anew is who they were, unless nobody owns it any more."""
    known = await people.member_of(tx, Surface.SLACK, install.team_ref, install.user_ref)
    if is_new or not any(member.role is Role.OWNER for member in await people.people(tx)):
        if known is None:
            return await _owner(tx, Surface.SLACK, install.team_ref, install.user_ref, install.user_name)
        await people.close_role(tx, known.id, None)
        await people.open_role(tx, known.id, Role.OWNER, None)
    return known.id if known else None


async def _owner(tx: Transaction, surface: Surface, team_ref: str, user_ref: str, name: str) -> UUID:
    member_id = await people.add_member(tx, name)
    await people.add_identity(tx, member_id, surface, team_ref, user_ref, name)
    await people.open_role(tx, member_id, Role.OWNER, None)
    return member_id


async def _store_installation(tx: Transaction, vault: Vault, install: SlackInstall, by: UUID | None) -> None:
    row = Installation(
        id=uuid7(),
        team_ref=install.team_ref,
        team_name=install.team_name,
        bot_user_ref=install.bot_user_ref,
        bot_ref=install.bot_ref,
        app_ref=install.app_ref,
        scopes=install.scopes,
    )
    stands = await workspaces.put_installation(tx, row, Surface.SLACK, by)
    await vault.put(tx, Purpose.CHAT, "installations", stands, BOT_TOKEN, install.bot_token)


async def _team(tx: Transaction, team_ref: str) -> list[chats.Chat]:
    return await chats.team_chats(tx, Surface.SLACK, team_ref)


async def _welcome_back(tx: Transaction, team_ref: str) -> None:
    """Channels that were lost by the uninstall are tried again; one that the bot is not in any more says so itself."""
    for chat in await _team(tx, team_ref):
        if chat.gone_reason == UNINSTALLED:
            await welcome_back(tx, chat)
