"""Accounts: connected profiles, their tokens' lives, and the lease of the one refresh under way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from domain.accounts import Grant, Identity
from domain.ids import uuid7
from domain.platforms import Platform
from domain.publishing import AccountKind
from domain.secret import Secret
from storage.keys import Purpose
from storage.session import Transaction
from storage.vault import Vault

_TABLE, _ACCESS, _REFRESH = "accounts", "access_token", "refresh_token"


@dataclass(frozen=True, slots=True)
class Connection:
    """A profile as it stands with us: `state` "connected", "disconnected" or "removed". Instants are UTC."""

    id: UUID
    platform: Platform
    kind: AccountKind
    remote_id: str
    name: str
    link: str | None
    state: str
    trouble: str | None
    expires_at: datetime | None
    refresh_at: datetime | None
    connected_at: datetime


async def connections(tx: Transaction) -> list[Connection]:
    """All but the removed ones, oldest first."""
    return await tx.rows(Connection, _CONNECTIONS)


async def lock(tx: Transaction, account_id: UUID) -> Connection | None:
    return await tx.row(Connection, _LOCK, {"id": account_id})


async def state_of(tx: Transaction, platform: Platform, remote_id: str) -> str | None:
    """How a profile stands here: "connected", "disconnected" or "removed"; None for one that never was."""
    state: str | None = await tx.value(_STATE_OF, {"platform": platform, "remote_id": remote_id})
    return state


async def platforms(tx: Transaction) -> set[Platform]:
    """The platforms that count against the plan."""
    return {Platform(row["platform"]) for row in await tx.dicts(_PLATFORMS)}


async def connect(
    tx: Transaction,
    vault: Vault,
    platform: Platform,
    identity: Identity,
    grant: Grant,
    *,
    refresh_at: datetime | None,
    by: UUID,
) -> UUID:
    """Store a profile and its tokens, new or again. The worker's login only."""
    values = {
        "id": uuid7(),
        "platform": platform,
        "kind": identity.kind,
        "remote_id": identity.remote_id,
        "name": identity.name,
        "link": identity.link,
        "scopes": list(grant.scopes),
        "expires_at": grant.expires_at,
        "refresh_at": refresh_at,
        "by": by,
    }
    account_id: UUID = await tx.value(_CONNECT, values)
    await tx.run(_KNOW_PROFILE, {"platform": platform, "remote_id": identity.remote_id})
    await put_tokens(tx, vault, account_id, grant)
    return account_id


async def put_tokens(tx: Transaction, vault: Vault, account_id: UUID, grant: Grant) -> None:
    """Replace an account's tokens by those of `grant`. The worker's login only."""
    await vault.put(tx, Purpose.PLATFORM, _TABLE, account_id, _ACCESS, grant.access_token)
    if grant.refresh_token:
        await vault.put(tx, Purpose.PLATFORM, _TABLE, account_id, _REFRESH, grant.refresh_token)
    else:
        await tx.run(_FORGET_REFRESH, {"id": account_id})


async def access_token(tx: Transaction, vault: Vault, account_id: UUID) -> Secret | None:
    """The worker's login only: to the web's it does not exist."""
    return await vault.get(tx, account_id, _ACCESS)


async def refresh_token(tx: Transaction, vault: Vault, account_id: UUID) -> Secret | None:
    """The worker's login only."""
    return await vault.get(tx, account_id, _REFRESH)


async def lease_refresh(tx: Transaction, account_id: UUID, seconds: float) -> datetime | None:
    """Take the one refresh of a connected account; the lease's name, or None while another has it."""
    lease: datetime | None = await tx.value(_LEASE_REFRESH, {"id": account_id, "seconds": seconds})
    return lease


async def holds_lease(tx: Transaction, account_id: UUID, lease: datetime) -> bool:
    """Whether the refresh is still ours; locks the account until the commit."""
    return await tx.value(_HOLDS_LEASE, {"id": account_id, "lease": lease}) is not None


async def refreshed(
    tx: Transaction, account_id: UUID, *, expires_at: datetime | None, refresh_at: datetime | None, scopes: list[str]
) -> None:
    """The refresh is over, well or not: the lease is given back."""
    values = {"id": account_id, "expires_at": expires_at, "refresh_at": refresh_at, "scopes": scopes}
    await tx.run(_REFRESHED, values)


async def refresh_later(tx: Transaction, account_id: UUID, lease: datetime, at: datetime) -> None:
    await tx.run(_REFRESH_LATER, {"id": account_id, "lease": lease, "at": at})


async def look_again(tx: Transaction, account_id: UUID, at: datetime | None) -> None:
    """When its token wants looking at next, whoever does not refresh it now. The worker's login only."""
    await tx.run(_LOOK_AGAIN, {"id": account_id, "at": at})


async def take_asking(tx: Transaction, account_id: UUID, seconds: float) -> bool:
    """Take the turn to ask what a connected account leaves to choose. False within `seconds` of the last. The worker's login only."""
    return await tx.run(_TAKE_ASKING, {"id": account_id, "seconds": seconds}) == 1


async def ask_anew(tx: Transaction, account_id: UUID) -> None:
    """What it leaves to choose is to be asked again, whenever that was done last. The worker's login only."""
    await tx.run(_ASK_ANEW, {"id": account_id})


async def keep_options(tx: Transaction, account_id: UUID, options: Mapping[str, object]) -> bool:
    """Keep what it leaves to choose; whether that is something new: then cards of its waiting posts are drawn again."""
    changed = await tx.run(_KEEP_OPTIONS, {"id": account_id, "options": Jsonb(dict(options))}) == 1
    if changed:
        await tx.run(_REDRAW_WAITING, {"id": account_id})
    return changed


async def set_state(tx: Transaction, account_id: UUID, state: str, trouble: str | None) -> bool:
    """Disconnect or remove. False when it was so already."""
    return await tx.run(_SET_STATE, {"id": account_id, "state": state, "trouble": trouble}) == 1


async def end_lease(tx: Transaction, account_id: UUID) -> None:
    """The worker's login only."""
    await tx.run(_END_LEASE, {"id": account_id})


async def with_leftover_tokens(tx: Transaction) -> list[UUID]:
    """Removed accounts whose tokens are still there. The worker's login only."""
    return [row["id"] for row in await tx.dicts(_LEFTOVER)]


_CONNECTIONS = """
SELECT id, platform, kind, remote_id, name, link, state, trouble, expires_at, refresh_at, connected_at
FROM accounts WHERE workspace_id = %(workspace_id)s AND state <> 'removed' ORDER BY connected_at, id
"""
_LOCK = """
SELECT id, platform, kind, remote_id, name, link, state, trouble, expires_at, refresh_at, connected_at
FROM accounts WHERE workspace_id = %(workspace_id)s AND id = %(id)s FOR UPDATE
"""
_STATE_OF = """
SELECT state FROM accounts
WHERE workspace_id = %(workspace_id)s AND platform = %(platform)s AND remote_id = %(remote_id)s
"""
_PLATFORMS = "SELECT DISTINCT platform FROM accounts WHERE workspace_id = %(workspace_id)s AND state <> 'removed'"
_CONNECT = """
INSERT INTO accounts
    (workspace_id, id, platform, kind, remote_id, name, link, scopes, expires_at, refresh_at, connected_by)
VALUES (%(workspace_id)s, %(id)s, %(platform)s, %(kind)s, %(remote_id)s, %(name)s, %(link)s, %(scopes)s, %(expires_at)s,
        %(refresh_at)s, %(by)s)
ON CONFLICT (workspace_id, platform, remote_id) DO UPDATE SET
    kind = excluded.kind, name = excluded.name, link = excluded.link, state = 'connected', trouble = NULL,
    scopes = excluded.scopes, expires_at = excluded.expires_at, refresh_at = excluded.refresh_at, refresh_until = NULL,
    options = accounts.options - 'asked_at', connected_by = excluded.connected_by, connected_at = now()
RETURNING id
"""
_KNOW_PROFILE = """
INSERT INTO platform_identities (platform, remote_id) VALUES (%(platform)s, %(remote_id)s) ON CONFLICT DO NOTHING
"""
_FORGET_REFRESH = """
DELETE FROM secrets WHERE workspace_id = %(workspace_id)s AND owner_id = %(id)s AND name = 'refresh_token'
"""
_LEASE_REFRESH = """
UPDATE accounts SET refresh_until = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND state = 'connected'
  AND (refresh_until IS NULL OR refresh_until <= now())
RETURNING refresh_until
"""
_HOLDS_LEASE = """
SELECT id FROM accounts
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND state = 'connected' AND refresh_until = %(lease)s FOR UPDATE
"""
_REFRESHED = """
UPDATE accounts SET refresh_until = NULL, expires_at = %(expires_at)s, refresh_at = %(refresh_at)s, trouble = NULL,
    scopes = CASE WHEN %(scopes)s::text[] = '{}' THEN scopes ELSE %(scopes)s::text[] END
WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""
_REFRESH_LATER = """
UPDATE accounts SET refresh_until = NULL, refresh_at = %(at)s
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND refresh_until = %(lease)s AND state = 'connected'
"""
_LOOK_AGAIN = "UPDATE accounts SET refresh_at = %(at)s WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
_TAKE_ASKING = """
UPDATE accounts SET options = options || jsonb_build_object('asked_at', clock_timestamp())
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND state = 'connected'
  AND coalesce((options ->> 'asked_at')::timestamptz <= now() - make_interval(secs => %(seconds)s), true)
"""
_ASK_ANEW = "UPDATE accounts SET options = options - 'asked_at' WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
_KEEP_OPTIONS = """
UPDATE accounts SET options = %(options)s::jsonb || jsonb_build_object('asked_at', options -> 'asked_at')
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND options - 'asked_at' <> %(options)s::jsonb
"""
_REDRAW_WAITING = """
UPDATE cards c SET wanted = c.wanted + 1, wanted_at = clock_timestamp() FROM posts p
WHERE c.workspace_id = %(workspace_id)s AND c.post_id = p.id AND p.workspace_id = c.workspace_id AND p.account_id = %(id)s
  AND p.state IN ('in_review', 'approved', 'retry_wait', 'held', 'failed')
"""
_SET_STATE = """
UPDATE accounts SET state = %(state)s, trouble = %(trouble)s, refresh_at = NULL
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND state NOT IN (%(state)s, 'removed')
"""
_END_LEASE = "UPDATE accounts SET refresh_until = NULL WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
_LEFTOVER = """
SELECT a.id FROM accounts a WHERE a.workspace_id = %(workspace_id)s AND a.state = 'removed' AND EXISTS (
    SELECT FROM secrets s WHERE s.workspace_id = a.workspace_id AND s.owner_id = a.id)
"""
