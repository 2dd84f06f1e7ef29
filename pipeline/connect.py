"""Connecting a profile: a person goes to the platform with a one-time state and comes back with a code for the worker.

The web makes the state and takes the answer; it never sees a token. The code waits, sealed, in the state's row; the
worker exchanges it and stores the accounts. The state is bound to a person, a workspace, a platform and a browser.
"""

import asyncio
import json
import secrets
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from domain.accounts import Connector, Grant, GrantRefused, Identity
from domain.errors import NotAllowed, PlanLimit, Refused
from domain.lifetimes import look_at
from domain.plans import PLANS, Limit, wall
from domain.platforms import PLATFORMS, Platform
from domain.publishing import PublishError, TryLater
from domain.roles import Right
from pipeline.accounts import Connecting, reconnected, redirect_uri
from pipeline.connected import CONNECTED, EXPIRED, UNKNOWN, Before, Opened, offer
from pipeline.people import require
from pipeline.ports import Hint
from storage import accounts, links, workspaces
from storage.links import OAuthState, Waiting
from storage.session import Database, Transaction
from storage.vault import Vault

LEASE_SECONDS = 45.0
AGAIN_SECONDS = 2.0
PATIENCE_SECONDS = 60.0
"""X's codes live for 30 seconds: longer than this nobody need try."""
_LOOKS = 3


async def begin_connect(
    database: Database, workspace_id: UUID, member_id: UUID, platform: Platform, browser: str
) -> str:
    """A state of 128 random bits for one trip to `platform`, good for ten minutes. Owners only; raises `NotAllowed`.

    `browser` is the random cookie of the browser that goes; the same one must come back.
    """
    state = secrets.token_urlsafe(16)
    async with database.transaction(workspace_id) as tx:
        await require(tx, member_id, Right.CONNECT)
        await links.store_state(tx, state, "platform", member_id=member_id, platform=platform, browser=browser)
    return state


def verifier_of(vault: Vault, state: str) -> str:
    """The PKCE verifier of a trip: 43 characters that only we can make from its state, so nobody has to keep them."""
    return vault.mark("pkce", state)


async def came_back(
    database: Database,
    vault: Vault,
    hint: Hint,
    *,
    platform: Platform,
    state: str,
    browser: str,
    code: str | None,
    error: str | None = None,
) -> None:
    """The browser is back on the platform's own address, with a code or an error. Uses the state up.

    Raises `Refused` for a state that is unknown, spent, expired, or of another browser or platform; nothing happened.
    """
    async with database.transaction() as tx:
        found = await links.state(tx, state, browser)
        refusal = _unfit(found, platform)
        if refusal is not None or found is None:
            raise Refused(refusal or UNKNOWN)
        if error is not None or not code:
            await links.use_state(tx, state, code=None, result=_no(platform, error))
            return
        sealed = vault.seal_once(_label(links.fingerprint(state)), json.dumps({"state": state, "code": code}))
        await links.use_state(tx, state, code=sealed, result=None)
        workspace_id = found.workspace_id
        tx.after_commit(lambda: hint("connect", workspace_id, None))


async def exchange_pending(deps: Connecting) -> int:
    """Exchange every code that waits; how many were finished. The worker's login; any number may run at once."""
    finished = 0
    while True:
        async with deps.database.transaction() as tx:
            waiting = await links.lease_waiting(tx, LEASE_SECONDS)
        if waiting is None:
            return finished
        finished += await _exchange(waiting, deps)


async def _exchange(waiting: Waiting, deps: Connecting) -> bool:
    title = PLATFORMS[waiting.platform].name
    connector = deps.connectors.get(waiting.platform)
    if connector is None:
        return await _finish(
            waiting, f"{title} is not set up on this server. The operator has to enter its keys.", deps
        )
    try:  # no transaction is open in here
        grant = await _grant(waiting, connector, deps)
        profiles = await _profiles(grant, connector)
    except TryLater as error:
        if (waiting.now - waiting.came_back_at).total_seconds() < PATIENCE_SECONDS:
            return await _put_off(waiting, deps)
        return await _finish(waiting, f"{error.sentence} Nothing was connected; please connect again.", deps)
    except (GrantRefused, PublishError) as error:
        return await _finish(waiting, error.sentence, deps)
    try:
        return await _store(waiting, grant, profiles, deps)
    except (NotAllowed, PlanLimit) as refusal:
        return await _finish(waiting, refusal.sentence, deps)


async def _grant(waiting: Waiting, connector: Connector, deps: Connecting) -> Grant:
    sealed = json.loads(deps.vault.open_once(_label(waiting.state_hash), waiting.code))
    verifier = verifier_of(deps.vault, sealed["state"])
    back = redirect_uri(deps.base_url, waiting.platform)
    return await connector.exchange(code=sealed["code"], verifier=verifier, redirect_uri=back)


async def _profiles(grant: Grant, connector: Connector) -> tuple[Identity, ...]:
    """Whose the grant is. Asked a few times, because the code that led to it cannot be used again."""
    for look in range(_LOOKS):
        try:
            found = await connector.identities(grant)
            break
        except TryLater as error:
            if look == _LOOKS - 1:
                raise GrantRefused(f"{error.sentence} Nothing was connected; please connect again.") from error
            await asyncio.sleep(0.5 * (look + 1))
    if not found:
        raise GrantRefused("There is no profile behind this permission that could publish. Connect with another one.")
    return found


async def _store(waiting: Waiting, grant: Grant, profiles: tuple[Identity, ...], deps: Connecting) -> bool:
    """The accounts, their tokens and the result, in one transaction: either all of it or nothing."""
    async with deps.database.transaction(waiting.workspace_id) as tx:
        await require(tx, waiting.member_id, Right.CONNECT)
        await _within_plan(tx, waiting.platform)
        if not await links.finish(tx, waiting, CONNECTED):
            return False
        opened = [await _connect(tx, waiting, grant, profile, deps) for profile in profiles]
        await offer(tx, deps.hint, waiting, opened)
    for profile, one in zip(profiles, opened, strict=True):
        if deps.never_read is not None and one.before is Before.NEW:
            await deps.never_read(f"{waiting.platform}:{profile.remote_id}")
    return True


async def _connect(tx: Transaction, waiting: Waiting, grant: Grant, profile: Identity, deps: Connecting) -> Opened:
    own = grant if profile.token is None else Grant(profile.token, None, None, grant.scopes)
    due = look_at(datetime.now(UTC), own.expires_at, renewable=own.refresh_token is not None)
    before = await accounts.state_of(tx, waiting.platform, profile.remote_id)
    account_id = await accounts.connect(
        tx, deps.vault, waiting.platform, profile, own, refresh_at=due, by=waiting.member_id
    )
    await reconnected(tx, deps.hint, account_id, profile.name)
    if waiting.platform in deps.options:
        tx.after_commit(partial(deps.hint, "refresh", waiting.workspace_id, account_id))
    return Opened(account_id, profile.name, profile.kind, Before.of(before), grant.scopes)


async def _within_plan(tx: Transaction, platform: Platform) -> None:
    plan = (await workspaces.lock(tx)).plan
    wanted = await accounts.platforms(tx) | {platform}
    if not PLANS[plan].allows(Limit.PLATFORMS, len(wanted)):
        raise PlanLimit(wall(plan, Limit.PLATFORMS))


async def _put_off(waiting: Waiting, deps: Connecting) -> bool:
    async with deps.database.transaction() as tx:
        await links.put_off(tx, waiting, AGAIN_SECONDS)
        tx.after_commit(lambda: deps.hint("due", None, None))
    return False


async def _finish(waiting: Waiting, sentence: str, deps: Connecting) -> bool:
    async with deps.database.transaction() as tx:
        return await links.finish(tx, waiting, sentence)


_SPENT = "This answer was used already. Start again with the connect link."


def _unfit(found: OAuthState | None, platform: Platform) -> str | None:
    """Why this state does not fit this answer. A stranger's browser learns nothing about it."""
    if found is None or found.purpose != "platform" or not found.same_browser or found.platform != platform:
        return UNKNOWN
    if found.used:
        return _SPENT
    return EXPIRED if found.expired else None


def _no(platform: Platform, error: str | None) -> str:
    """What the platform's error means. Its own words come from an address that anybody can type: they are not shown."""
    title = PLATFORMS[platform].name
    if error in ("access_denied", "user_cancelled_login", "user_cancelled_authorize"):
        return f"You did not allow it at {title}. Nothing was connected."
    return f"{title} sent you back without a permission. Nothing was connected; please try again."


def _label(state_hash: bytes) -> str:
    return f"oauth code {state_hash.hex()}"
