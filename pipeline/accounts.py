"""Accounts: keep their tokens fresh, by one refresh at a time; say so once when a person must connect again."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Protocol
from uuid import UUID

from domain.accounts import Connector, Grant, GrantRefused
from domain.card import NoticeView
from domain.lifetimes import EARLY, expiry_key, look_at, nudge, refresh_at, why_so_short
from domain.options import AskOptions
from domain.platforms import PLATFORMS, Platform
from domain.publishing import Account, AccountKind, PublishError, TokenRejected, TryLater
from domain.secret import Secret
from pipeline.chats import draw_soon
from pipeline.disconnect import end_grant
from pipeline.ports import Hint
from storage import accounts, notices, pauses, workspaces
from storage.accounts import Connection
from storage.pauses import Scope
from storage.session import Database, Transaction
from storage.vault import Vault

LEASE_SECONDS = 45.0
"""Longer than a token call may take, shorter than the minute within which a lost one must be noticed."""
AGAIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Connecting:
    """What the worker connects accounts and keeps their tokens fresh with. One a worker process."""

    database: Database
    vault: Vault
    connectors: Mapping[Platform, Connector]
    hint: Hint
    base_url: str
    """Where people reach the web process; platforms send their browsers back there."""
    options: Mapping[Platform, AskOptions] = field(default_factory=dict)
    """Who can be asked what an account leaves to choose from."""
    never_read: Callable[[str], Awaitable[None]] | None = None
    """Told of a profile that nobody could read before, as "platform:id": all that it may be read is left."""


class Refreshed(StrEnum):
    """What became of a look at an account."""

    FRESH = "fresh"
    """A new token is stored, by us or by somebody before us."""
    BUSY = "busy"
    """Somebody else is refreshing it now."""
    LATER = "later"
    """The platform did not answer; it is tried again."""
    LOST = "lost"
    """A person must connect it again; the owner is told."""
    NOTHING = "nothing"
    """Not connected, or not due."""


class OfAccount(Protocol):
    """A row that names the account it is about."""

    @property
    def account_id(self) -> UUID: ...

    @property
    def platform(self) -> Platform: ...

    @property
    def account_kind(self) -> AccountKind: ...

    @property
    def remote_account(self) -> str: ...

    @property
    def account_name(self) -> str: ...


def opened(workspace_id: UUID, row: OfAccount, token: Secret) -> Account:
    """The account of a row, with the token that opens it: what publishers are given."""
    name, kind = row.account_name, row.account_kind
    return Account(workspace_id, row.account_id, row.platform, kind, row.remote_account, name, token)


def how_to_connect(platform: Platform) -> str:
    """What an owner types for a link that connects an account. The link itself is theirs alone, so no notice carries it."""
    return f"An owner types “/amarktai connect {platform}” in Slack, or “/connect {platform}” to the bot in Telegram."


def redirect_uri(base_url: str, platform: Platform) -> str:
    """Where a platform sends the browser back to: an address of its own for each, so that answers are not mixed up."""
    return f"{base_url.rstrip('/')}/oauth/{platform}/callback"


async def connections(database: Database, workspace_id: UUID) -> list[Connection]:
    """The accounts of a workspace and how they are. Every member may ask."""
    async with database.transaction(workspace_id) as tx:
        return await accounts.connections(tx)


async def refresh_account(deps: Connecting, workspace_id: UUID, account_id: UUID) -> Refreshed:
    """Refresh a token whose time has come, or tell the owner in time that nobody can. A second hint finds nothing to do.

    The worker's login. An account that was removed meanwhile loses its grant here: the web's login cannot even see its tokens.
    """
    await end_grant(deps.database, deps.vault, deps.connectors, workspace_id, account_id)
    async with deps.database.transaction(workspace_id) as tx:
        account = await accounts.lock(tx, account_id)
        if account is None or account.state != "connected":
            return Refreshed.NOTHING
        if account.refresh_at is None or account.refresh_at > datetime.now(UTC):
            return Refreshed.NOTHING
        turn = None if await _has_time(tx, deps, account) else await _take_turn(tx, deps.vault, account)
    return await _refresh(turn, workspace_id, deps) if turn is not None else Refreshed.NOTHING


async def _has_time(tx: Transaction, deps: Connecting, account: Connection) -> bool:
    """Whether a token that nobody can renew still works for a while: then its owner is told how long, once an occasion."""
    now, ends = datetime.now(UTC), account.expires_at
    if ends is None or ends - now <= EARLY or await accounts.refresh_token(tx, deps.vault, account.id):
        return False
    notice = nudge(account.platform, account.name, now, account.connected_at, ends, how_to_connect(account.platform))
    if notice is not None:
        await notices.tell_owner(tx, f"{expiry_key(account.id)}{ends:%Y%m%d%H%M%S}:{notice.title}", notice)
        await draw_soon(tx, deps.hint)
    await accounts.look_again(tx, account.id, look_at(now, ends, renewable=False))
    return True


async def after_rejection(
    deps: Connecting, workspace_id: UUID, account: Account, error: TokenRejected, *, first: bool
) -> PublishError:
    """What it means that the platform did not take `account.token`. The worker's login; not inside a transaction.

    `TryLater` when there is a better token by now or may soon be one; it is refreshed here if nobody did so before.
    The error itself when a person must connect the account again: the owner has been told. Without `first` a fresh
    token was refused too, and no further one is asked for.
    """
    if not first:
        await lose_account(deps.database, deps.hint, workspace_id, account.id, error.sentence)
        return error
    async with deps.database.transaction(workspace_id) as tx:
        known = await accounts.lock(tx, account.id)
        if known is None or known.state != "connected":
            return error
        if await accounts.access_token(tx, deps.vault, account.id) != account.token:
            return TryLater("The token was renewed meanwhile.", datetime.now(UTC))
        turn = await _take_turn(tx, deps.vault, known)
    outcome = await _refresh(turn, workspace_id, deps) if turn else Refreshed.BUSY
    if outcome not in _TRY_AGAIN:
        return error
    sentence, wait = _TRY_AGAIN[outcome]
    return TryLater(sentence, datetime.now(UTC) + wait)


_TRY_AGAIN: dict[Refreshed, tuple[str, timedelta]] = {
    Refreshed.FRESH: ("The token was renewed.", timedelta(0)),
    Refreshed.BUSY: ("The token is being renewed.", timedelta(seconds=5)),
    Refreshed.LATER: ("The platform did not renew the token yet.", AGAIN),
}


async def lose_account(database: Database, hint: Hint, workspace_id: UUID, account_id: UUID, sentence: str) -> None:
    """The platform takes the account's token no more: hold its posts and ask the owner to reconnect, once."""
    async with database.transaction(workspace_id) as tx:
        await workspaces.lock(tx)
        account = await accounts.lock(tx, account_id)
        if account is not None:
            await _lose(tx, hint, account, sentence)


async def reconnected(tx: Transaction, hint: Hint, account_id: UUID, name: str) -> list[UUID]:
    """An account has a good token again: its held posts go on, and the notice that asked for it says so."""
    released = await pauses.release(tx, Scope.ACCOUNT, account_id, None)
    title = f"{name} is connected"
    await notices.amend(
        tx, f"reconnect:{account_id}:", NoticeView(title=title, text="What was held for it goes on.", good=True)
    )
    await notices.amend(
        tx, expiry_key(account_id), NoticeView(title=title, text="Its permission begins anew.", good=True)
    )
    tx.after_commit(lambda: hint("due", None, None))
    await draw_soon(tx, hint)
    return released


@dataclass(frozen=True, slots=True)
class _Turn:
    """Our turn to refresh: nobody else does while `lease` stands in the account's row."""

    account: Connection
    lease: datetime
    refresh_token: Secret | None


async def _take_turn(tx: Transaction, vault: Vault, account: Connection) -> _Turn | None:
    """None while another has it. The token is read after the lease was taken, so it is the newest there is."""
    lease = await accounts.lease_refresh(tx, account.id, LEASE_SECONDS)
    if lease is None:
        return None
    return _Turn(account, lease, await accounts.refresh_token(tx, vault, account.id))


async def _refresh(turn: _Turn, workspace_id: UUID, deps: Connecting) -> Refreshed:
    """Ask the platform, with no transaction open, and store the answer before anybody uses it."""
    account, connector = turn.account, deps.connectors.get(turn.account.platform)
    title = PLATFORMS[account.platform].name
    if turn.refresh_token is None:
        return await _give_up(turn, workspace_id, f"{title}'s permission for {account.name} has ended.", deps)
    if connector is None:
        return await _later(turn, workspace_id, None, deps)
    try:
        grant = await connector.refresh(turn.refresh_token)
    except GrantRefused as error:
        return await _give_up(turn, workspace_id, error.sentence, deps)
    except PublishError as error:  # TryLater and its kin: it may pass
        return await _later(turn, workspace_id, getattr(error, "at", None), deps)
    return await _keep(turn, workspace_id, grant, deps)


async def _keep(turn: _Turn, workspace_id: UUID, grant: Grant, deps: Connecting) -> Refreshed:
    account_id = turn.account.id
    kept = Grant(grant.access_token, grant.refresh_token or turn.refresh_token, grant.expires_at, grant.scopes)
    async with deps.database.transaction(workspace_id) as tx:
        if not await accounts.holds_lease(tx, account_id, turn.lease):
            return Refreshed.NOTHING
        due = refresh_at(datetime.now(UTC), grant.expires_at)
        await accounts.put_tokens(tx, deps.vault, account_id, kept)
        scopes = list(grant.scopes)
        await accounts.refreshed(tx, account_id, expires_at=grant.expires_at, refresh_at=due, scopes=scopes)
        if turn.account.platform in deps.options:  # whoever asked for the new token may not know what else to ask
            await accounts.ask_anew(tx, account_id)
            tx.after_commit(partial(deps.hint, "refresh", workspace_id, account_id))
        tx.after_commit(lambda: deps.hint("due", None, None))
    return Refreshed.FRESH


async def _later(turn: _Turn, workspace_id: UUID, at: datetime | None, deps: Connecting) -> Refreshed:
    async with deps.database.transaction(workspace_id) as tx:
        await accounts.refresh_later(tx, turn.account.id, turn.lease, at or datetime.now(UTC) + AGAIN)
    return Refreshed.LATER


async def _give_up(turn: _Turn, workspace_id: UUID, sentence: str, deps: Connecting) -> Refreshed:
    async with deps.database.transaction(workspace_id) as tx:
        await workspaces.lock(tx)
        if not await accounts.holds_lease(tx, turn.account.id, turn.lease):
            return Refreshed.NOTHING  # reconnected or removed meanwhile
        await accounts.end_lease(tx, turn.account.id)
        lived = datetime.now(UTC) - turn.account.connected_at
        await _lose(tx, deps.hint, turn.account, sentence + why_so_short(turn.account.platform, lived))
    return Refreshed.LOST


async def _lose(tx: Transaction, hint: Hint, account: Connection, sentence: str) -> None:
    if not await accounts.set_state(tx, account.id, "disconnected", sentence):
        return
    title = PLATFORMS[account.platform].name
    trouble = f"{account.name} has to be connected with {title} again. Then this goes on."
    await pauses.hold(tx, Scope.ACCOUNT, account.id, None, trouble)
    notice = NoticeView(
        title=f"Connect {account.name} again",
        text=f"{sentence} Until then nothing goes out there. {how_to_connect(account.platform)}",
        reconnects=account.platform.value,
    )
    await notices.tell_owner(tx, f"reconnect:{account.id}:{account.connected_at:%Y%m%d%H%M%S%f}", notice)
    await draw_soon(tx, hint)
