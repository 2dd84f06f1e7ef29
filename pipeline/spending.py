"""Spending: what reads, deletions and the units of a quota cost is written down before, and stops figures before posts."""

from datetime import datetime, timedelta

from domain.budget import Budgets, month_after
from domain.charges import MEASURING_SHARE, Quotas, figures_fit, of_read, of_send, units_a_day, with_comment
from domain.platforms import PLATFORMS, Platform
from domain.publishing import Block
from storage import attempts, budgets, charges
from storage.posts import DuePost
from storage.session import Transaction

FIGURES_AGAIN = timedelta(hours=6)
"""Figures that are not read for want of money are looked at again so much later: somebody may have raised the budget."""


async def no_quota(tx: Transaction, post: DuePost, quotas: Quotas) -> tuple[datetime, str] | None:
    """When the application may publish there again, and why not now, where the day's units are used up; None when they are
    not. Then all of its posts there are kept back until the next day. The application is locked until the commit."""
    limit = units_a_day(post.platform, quotas)
    if not limit:
        return None
    await attempts.lock_application(tx, post.platform)
    used, ends = await charges.units_today(tx, post.platform)
    if used + with_comment(post.platform, post.payload) <= limit:
        return None
    await attempts.block(tx, post.platform, post.remote_account, (Block(ends, attempts.APP),))
    name = PLATFORMS[post.platform].name
    return (
        ends,
        f"{name}'s quota of the day is used up for this installation; this goes out when the next day begins there.",
    )


async def charge_send(tx: Transaction, post: DuePost) -> None:
    """What the calls of a claimed post take of the quota."""
    await charges.add(tx, post.platform, of_send(post.platform, post.payload))


async def no_figures(
    tx: Transaction, platform: Platform, posts: int, limits: Budgets, quotas: Quotas
) -> datetime | None:
    """Until when figures wait because the rest of a budget or of a quota is kept for posts. None: they may be read, and that
    is written down."""
    charge = of_read(platform, posts)
    if not charge.counts:
        return None
    if charge.price:
        purse = await budgets.purse(tx, platform, limits.get(platform))
        if not figures_fit(purse, charge.price):
            return min(purse.now + FIGURES_AGAIN, month_after(purse.now))
    if charge.units:
        used, ends = await charges.units_today(tx, platform)
        if used + charge.units > units_a_day(platform, quotas) * MEASURING_SHARE:
            return ends
    await charges.add(tx, platform, charge)
    return None
