"""Charges: what platforms count besides sends, for budgets and quotas. Written before the call: what may count does."""

from datetime import datetime

from domain.charges import Charge, day_of
from domain.ids import uuid7
from domain.platforms import Platform
from storage.session import Transaction


async def add(tx: Transaction, platform: Platform, charge: Charge) -> None:
    """Write down what a call is going to cost; nothing where it costs nothing."""
    if charge.counts:
        values = {
            "id": uuid7(),
            "platform": platform,
            "kind": charge.kind,
            "price": charge.price,
            "units": charge.units,
        }
        await tx.run(_ADD, values)


async def units_today(tx: Transaction, platform: Platform) -> tuple[int, datetime]:
    """The units that every workspace together has used of the quota's day, and when the next day begins (UTC)."""
    began, ends = day_of(platform, await tx.value(_NOW))
    used: int = await tx.value(_USED, {"platform": platform, "since": began})
    return used, ends


_NOW = "SELECT now()"
_ADD = """
INSERT INTO charges (workspace_id, id, platform, kind, price, units)
VALUES (%(workspace_id)s, %(id)s, %(platform)s, %(kind)s, %(price)s, %(units)s)
"""
_USED = "SELECT door_units(%(platform)s, %(since)s)"
