"""The platforms: whether they can be reached, and how the accounts that people connected are."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx

from app.doctor.findings import Finding, broken, good, note
from app.doctor.stores import PATIENCE, Opened
from app.operate import every_workspace
from app.settings import HOW, Place, Settings, places
from app.wiring.shared import budgets_of
from domain.budget import PRICES, Purse, left_in_words
from domain.platforms import PLATFORMS, Platform
from domain.publishing import AccountKind
from pipeline.accounts import redirect_uri
from publishers.http import open_client
from publishers.linkedin.connect import MEMBER_SCOPES, PAGE_SCOPES
from publishers.x.connect import SCOPES
from storage import workspaces
from storage.budgets import purse

MOST = 50
"""Accounts to name one by one; of the rest only those that need somebody, and how many there are."""

NEEDED: dict[tuple[Platform, AccountKind], tuple[str, ...]] = {
    (Platform.X, AccountKind.MEMBER): SCOPES,
    (Platform.LINKEDIN, AccountKind.MEMBER): MEMBER_SCOPES,
    (Platform.LINKEDIN, AccountKind.ORGANISATION): PAGE_SCOPES,
}

_ACCOUNTS = """
SELECT a.platform, a.kind, a.name, a.state, a.trouble, a.scopes, a.expires_at, w.name AS workspace,
       (SELECT max(t.ended_at) FROM attempts t
         WHERE t.workspace_id = a.workspace_id AND t.account_id = a.id AND t.outcome = 'ok') AS last_success
FROM accounts a JOIN workspaces w ON w.workspace_id = a.workspace_id
WHERE a.workspace_id = %(workspace_id)s AND a.state <> 'removed' ORDER BY a.connected_at, a.id
"""


async def platforms(settings: Settings) -> list[Finding]:
    """Any answer shows that a platform can be reached; nothing is asked of it."""
    client = open_client()
    try:
        looks = (_platform(client, settings, platform, place) for platform, place in places(settings).items())
        found = await asyncio.gather(*looks)
    finally:
        await client.aclose()
    return list(found)


async def _platform(client: httpx.AsyncClient, settings: Settings, platform: Platform, place: Place) -> Finding:
    name, setting, url = PLATFORMS[platform].name, place.setting, place.api_url
    back = redirect_uri(settings.amarktai_base_url or "https://your-address", platform)
    if not place.client:
        return note(name, "Not configured", f"{setting}: {HOW[setting]} Its redirect address is {back}.")
    try:
        await client.get(url, timeout=PATIENCE)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        remedy = f"Check {setting.replace('CLIENT_ID', 'API_URL')} and this machine's way to the internet."
        return broken(name, f"{url} does not answer: {type(error).__name__}", remedy)
    return good(name, f"{url} can be reached; people come back to {back}")


async def accounts(opened: Opened | None) -> list[Finding]:
    """Every connected account: what it may do, until when, how it is, and when it last published."""
    if opened is None:
        return []
    found: list[Finding] = []
    total = 0
    now = datetime.now(UTC)
    async for workspace_id in every_workspace(opened.database):
        for row in await _rows(opened, workspace_id):
            total += 1
            finding = _account(row, now)
            if total <= MOST or finding.remedy:
                found.append(finding)
    if total > len(found):
        found.append(note("Accounts", f"{total - len(found)} more accounts are well"))
    return found or [note("Accounts", "No account is connected yet", "An owner types /amarktai connect or /connect.")]


async def budgets(settings: Settings, opened: Opened | None) -> list[Finding]:
    """What is left this month of what posts may cost: of the installation's budget, and of each workspace's own."""
    found: list[Finding] = []
    if opened is None:
        return found
    for platform, limit in budgets_of(settings).items():
        async with opened.database.transaction() as tx:
            whole = await purse(tx, platform, limit)
        setting = f"{platform.upper()}_BUDGET"
        found.append(_budget(replace(whole, workspace=whole.installation), setting, f"Raise {setting}."))
    async for workspace_id in every_workspace(opened.database):
        async with opened.database.transaction(workspace_id) as tx:
            own = [await purse(tx, platform, None) for platform in PRICES]
            known = await workspaces.get(tx)
        found += [
            _budget(one, known.name if known else "", f"An owner raises it: /amarktai budget {one.platform} …")
            for one in own
            if one.exists
        ]
    return found[:MOST]


def _budget(known: Purse, whose: str, remedy: str) -> Finding:
    """A budget that has no room for the dearest post is a note."""
    what = f"{whose}: {left_in_words(known)}"
    dearest = PRICES[known.platform].with_link
    return good("Budgets", what) if known.workspace.allows(dearest) else note("Budgets", what, remedy)


async def _rows(opened: Opened, workspace_id: UUID) -> list[dict[str, Any]]:
    async with opened.database.transaction(workspace_id) as tx:
        return await tx.dicts(_ACCOUNTS)


def _account(row: dict[str, Any], now: datetime) -> Finding:
    """A person's account that needs its person is a note: the installation itself is not broken."""
    platform = Platform(row["platform"])
    again = f"An owner of {row['workspace']} connects it again: /amarktai connect, or /connect in Telegram."
    name = f"{row['workspace']}: {PLATFORMS[platform].name} {row['name']} ({row['kind']})"
    if row["state"] != "connected":
        return note("Accounts", f"{name} is disconnected. {row['trouble'] or ''}".rstrip(), again)
    missing = [scope for scope in NEEDED.get((platform, AccountKind(row["kind"])), ()) if scope not in row["scopes"]]
    if row["scopes"] and missing:
        return note("Accounts", f"{name} lacks {', '.join(missing)}", again)
    expires = row["expires_at"]
    if expires is not None and expires <= now:
        what = f"{name}: the token expired {expires:%Y-%m-%d %H:%M} UTC and was not renewed"
        return note("Accounts", what, "See that `amarktai worker` and `amarktai clock` run.")
    until = f"token until {expires:%Y-%m-%d %H:%M} UTC" if expires else "token without an end"
    last = (
        f"last published {row['last_success']:%Y-%m-%d %H:%M} UTC" if row["last_success"] else "published nothing yet"
    )
    return good("Accounts", f"{name}: connected, {until}, {last}, scopes {' '.join(row['scopes']) or 'not told'}")
