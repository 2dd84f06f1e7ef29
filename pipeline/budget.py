"""Budgets: what a workspace may spend a month where a platform charges for posts. Owners say it, the claim keeps it."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from domain.budget import PRICES, Budgets, Purse, amount_of, left_in_words, month_after, used_up
from domain.charges import figures_rest
from domain.errors import Refused
from domain.platforms import PLATFORMS, Platform
from domain.roles import Right
from pipeline.people import require
from pipeline.ports import Hint
from storage import attempts, budgets, workspaces
from storage.session import Database, Transaction

AGAIN = timedelta(minutes=10)
"""A post that cannot be paid for is looked at again so much later: somebody may have raised the budget."""


async def set_budget(
    database: Database, hint: Hint, workspace_id: UUID, by: UUID, platform: Platform, words: str
) -> Purse:
    """Set a month's budget to the dollars in `words`; "none" takes it away. Posts that it kept are looked at at once.

    Owners only. May run twice. Raises `NotAllowed`, or `Refused` for what is no amount or costs nothing.
    """
    amount = _amount(platform, words)
    async with database.transaction(workspace_id) as tx:
        await require(tx, by, Right.CONNECT)
        await workspaces.lock(tx)
        await budgets.put(tx, platform, amount)
        await budgets.wake(tx, platform)
        tx.after_commit(lambda: hint("due", None, None))
        return await budgets.purse(tx, platform, None)


def _amount(platform: Platform, words: str) -> Decimal | None:
    if platform not in PRICES:
        raise Refused(f"Posts on {PLATFORMS[platform].name} cost nothing, so there is no budget for them.")
    if words.strip().casefold() in ("none", "off", "no"):
        return None
    amount = amount_of(words)
    if amount is None:
        raise Refused(f"“{words.strip()[:20]}” is no amount. Write dollars a month: budget {platform} 20. Or: none.")
    return amount


async def what_is_left(database: Database, workspace_id: UUID, *, all_platforms: bool = False) -> tuple[str, ...]:
    """What is left of each budget of the workspace, a sentence each; `all_platforms`: also where none is set."""
    async with database.transaction(workspace_id) as tx:
        purses = [await budgets.purse(tx, platform, None) for platform in PRICES]
    return tuple(
        " ".join(filter(None, (left_in_words(one), figures_rest(one)))) for one in purses if all_platforms or one.exists
    )


async def cannot_pay(
    tx: Transaction, platform: Platform, price: Decimal, limits: Budgets
) -> tuple[datetime, str] | None:
    """When to look again at what cannot be paid for now, and why; None when it can be, or costs nothing.

    Whoever else wants to pay waits for the caller's commit: two claims never spend the same dollar.
    """
    if not price:
        return None
    purse = await budgets.purse(tx, platform, limits.get(platform))
    if not purse.exists:
        return None
    await attempts.lock_application(tx, platform)
    purse = await budgets.purse(tx, platform, limits.get(platform))
    sentence = used_up(purse, price)
    return (min(purse.now + AGAIN, month_after(purse.now)), sentence) if sentence else None
