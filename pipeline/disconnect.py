"""Disconnecting: an owner takes an account away; the worker ends its grant at the platform and deletes its tokens."""

from collections.abc import Mapping
from uuid import UUID

import structlog

from domain.accounts import Connector
from domain.card import NoticeView
from domain.errors import Refused
from domain.lifetimes import expiry_key
from domain.platforms import Platform
from domain.publishing import PublishError
from domain.roles import Right
from domain.secret import Secret
from pipeline.chats import draw_soon
from pipeline.people import require
from pipeline.ports import Hint
from storage import accounts, notices, pauses, workspaces
from storage.pauses import Scope
from storage.people import Member
from storage.session import Database, Transaction
from storage.vault import Vault

log = structlog.get_logger(__name__)

Connectors = Mapping[Platform, Connector]


async def disconnect(database: Database, hint: Hint, workspace_id: UUID, by: UUID, account_id: UUID) -> list[UUID]:
    """Take an account away; its approved posts are held. Returns those posts. Owners only. May run twice.

    Its grant is ended by the worker, which is told at once; `forget_removed` finds what a lost hint left.
    """
    async with database.transaction(workspace_id) as tx:
        member = await require(tx, by, Right.CONNECT)
        await workspaces.lock(tx)
        return await take_away(tx, hint, member, account_id)


async def take_away(tx: Transaction, hint: Hint, member: Member, account_id: UUID) -> list[UUID]:
    """As `disconnect`, within a transaction that has checked the member's right and locked the workspace."""
    account = await accounts.lock(tx, account_id)
    if account is None:
        raise Refused("There is no such account here. `apps` lists those there are.")
    trouble = f"{member.name} disconnected {account.name}. Connect it again and this goes on, or drop it."
    held = await pauses.hold(tx, Scope.ACCOUNT, account_id, member.id, trouble)
    await accounts.set_state(tx, account_id, "removed", None)
    over = NoticeView(title=f"{account.name} is disconnected", text="There is nothing to renew any more.", good=True)
    await notices.amend(tx, expiry_key(account_id), over)
    tx.after_commit(lambda: hint("refresh", tx.workspace_id, account_id))
    await draw_soon(tx, hint)
    return held


async def end_grant(
    database: Database, vault: Vault, connectors: Connectors, workspace_id: UUID, account_id: UUID
) -> None:
    """End a removed account's grant, as far as the platform answers, and delete its tokens. May run twice.

    The worker's login; not inside a transaction. A grant that another account of the workspace speaks by goes on.
    """
    async with database.transaction(workspace_id) as tx:
        account = await accounts.lock(tx, account_id)
        if account is None or account.state != "removed":
            return
        ended = await _tokens(tx, vault, account_id)
        for other in await accounts.connections(tx):
            if other.platform is account.platform and set(ended) & set(await _tokens(tx, vault, other.id)):
                ended = ()
    await _revoke(connectors.get(account.platform), ended)
    async with database.transaction(workspace_id) as tx:
        account = await accounts.lock(tx, account_id)
        if account is not None and account.state == "removed":  # not connected again meanwhile
            await vault.forget(tx, account_id)


async def _tokens(tx: Transaction, vault: Vault, account_id: UUID) -> tuple[Secret, ...]:
    """The refresh token first: with it the whole grant ends."""
    found = (await accounts.refresh_token(tx, vault, account_id), await accounts.access_token(tx, vault, account_id))
    return tuple(token for token in found if token)


async def _revoke(connector: Connector | None, tokens: tuple[Secret, ...]) -> None:
    """What the platform does not take is over for us all the same: the tokens are deleted either way."""
    if connector is None:
        return
    for token in tokens:
        try:
            await connector.revoke(token)
        except PublishError as error:
            log.warning("a grant was not ended at its platform", platform=connector.platform, why=error.sentence)


async def forget_removed(database: Database, vault: Vault, connectors: Connectors, workspace_id: UUID) -> int:
    """End what removed accounts still have; how many had something. The worker's login, from a daily sweep."""
    async with database.transaction(workspace_id) as tx:
        leftover = await accounts.with_leftover_tokens(tx)
    for account_id in leftover:
        await end_grant(database, vault, connectors, workspace_id, account_id)
    return len(leftover)
