"""The platforms: whether they can be reached, where they send people back to, and what may be spent there."""

import asyncio
from dataclasses import replace

import httpx

from app.doctor.findings import Finding, broken, good, note
from app.doctor.stores import PATIENCE, Opened
from app.operate import every_workspace
from app.settings import HOW, Place, Settings, places
from app.wiring.shared import budgets_of, quotas_of
from domain.budget import PRICES, Purse, left_in_words
from domain.charges import UNITS
from domain.platforms import PLATFORMS, Platform
from pipeline.accounts import redirect_uri
from publishers.http import open_client
from storage import charges, workspaces
from storage.budgets import purse
from storage.session import Transaction

MOST = 50
"""Budgets to name one by one."""


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
    async with opened.database.transaction() as tx:
        found += [await _units(tx, platform, limit) for platform, limit in quotas_of(settings).items()]
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


async def _units(tx: Transaction, platform: Platform, limit: int) -> Finding:
    """What is left of a quota that the whole application has a day. Without room for a post it is a note."""
    used, _ = await charges.units_today(tx, platform)
    known, left = UNITS[platform], max(limit - used, 0)
    what = f"{PLATFORMS[platform].name}: {left:,} of {limit:,} units are left until {known.midnight}"
    remedy = f"Posts wait until then. If the platform granted more, enter {platform.upper()}_UNITS_A_DAY."
    a_post = known.show + known.picture + known.comment + known.looks
    return good("Quotas", what) if left >= a_post else note("Quotas", what, remedy)


def _budget(known: Purse, whose: str, remedy: str) -> Finding:
    """A budget that has no room for the dearest post is a note."""
    what = f"{whose}: {left_in_words(known)}"
    dearest = PRICES[known.platform].with_link
    return good("Budgets", what) if known.workspace.allows(dearest) else note("Budgets", what, remedy)
