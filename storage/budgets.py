"""Budgets: what a workspace may spend on a platform a month, and what its posts, reads and deletions there have cost."""

from decimal import Decimal

from domain.budget import Budget, Purse, month_of
from domain.platforms import Platform
from storage.session import Transaction


async def purse(tx: Transaction, platform: Platform, installation: Decimal | None) -> Purse:
    """Both budgets with what was spent this month on the database's clock. `installation`: what all workspaces share.

    What all of them spent is only added up where there is a limit to hold it against.
    """
    [row] = await tx.dicts(_OWN, {"platform": platform})
    since = {"platform": platform, "since": month_of(row["now"])}
    own = Budget(row["budget"], await tx.value(_SPENT, since))
    whole = Budget(installation, await tx.value(_SPENT_IN_ALL, since)) if installation is not None else Budget(None)
    return Purse(platform, own, whole, row["now"])


async def put(tx: Transaction, platform: Platform, amount: Decimal | None) -> None:
    """Set the workspace's budget; None takes it away."""
    await tx.run(_PUT, {"platform": platform, "amount": None if amount is None else str(amount)})


async def wake(tx: Transaction, platform: Platform) -> int:
    """Have approved posts there whose slot has passed looked at now: the budget may have kept them. Returns how many."""
    return await tx.run(_WAKE, {"platform": platform})


_OWN = """
SELECT (SELECT (w.budgets ->> %(platform)s)::numeric FROM workspaces w WHERE w.workspace_id = %(workspace_id)s) AS budget, now() AS now
"""
_SPENT = """
SELECT coalesce(sum(a.price), 0) + (SELECT coalesce(sum(c.price), 0) FROM charges c
         WHERE c.workspace_id = %(workspace_id)s AND c.platform = %(platform)s AND c.at >= %(since)s)
FROM attempts a
WHERE a.workspace_id = %(workspace_id)s AND a.platform = %(platform)s AND a.price > 0
  AND (a.outcome IS NULL OR a.outcome IN ('ok', 'unknown'))
  AND a.intent_at > %(since)s::timestamptz - interval '1 day' AND coalesce(a.ended_at, a.lease_until) >= %(since)s
"""
_SPENT_IN_ALL = "SELECT door_spent(%(platform)s, %(since)s)"
_PUT = """
UPDATE workspaces SET budgets = jsonb_strip_nulls(budgets || jsonb_build_object(%(platform)s::text, %(amount)s::text))
WHERE workspace_id = %(workspace_id)s
"""
_WAKE = """
UPDATE posts p SET next_at = now() FROM accounts a
WHERE p.workspace_id = %(workspace_id)s AND a.workspace_id = p.workspace_id AND a.id = p.account_id AND a.platform = %(platform)s
  AND p.state = 'approved' AND p.slot <= now() AND p.next_at > now()
"""
