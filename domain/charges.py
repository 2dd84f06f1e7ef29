"""What platforms count besides a post itself: reads and deletions that cost money, and the units of a day's quota.

Sources: X's prices and YouTube's quota page, 2026. What may have been counted is taken as counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.budget import FREE, Budget, Purse, month_after
from domain.payload import Payload
from domain.platforms import PLATFORMS, Platform
from domain.settings import Setting

READ_PRICES: dict[Platform, Decimal] = {Platform.X: Decimal("0.005")}
"""For each post that is read; reading it again on the same day of UTC costs nothing more."""
DELETE_PRICES: dict[Platform, Decimal] = {Platform.X: Decimal("0.010")}

POSTS_A_LOOK = 5
"""So many posts a look for a lost one is taken to have listed: those of an account within some minutes."""

MEASURING_SHARE = Decimal("0.9")
"""Figures are read until so much of a budget or quota is used; the rest is for posts."""


class Kind(StrEnum):
    """What was counted."""

    SEND = "send"
    READ = "read"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Charge:
    """One entry: US dollars besides the price of a send, and units of the quota."""

    kind: Kind
    price: Decimal = FREE
    units: int = 0

    @property
    def counts(self) -> bool:
        return bool(self.price or self.units)


@dataclass(frozen=True, slots=True)
class Units:
    """A platform whose calls cost units of a quota that an application has a day, and what they cost."""

    a_day: int
    zone: str
    """Whose midnight begins the day."""
    midnight: str
    """The same in words."""
    show: int
    """Making a post public, after everything is there."""
    picture: int
    comment: int
    looks: int
    """So many a post may take while the platform works on it."""
    read: int
    """A call for the figures of many posts."""
    find: int
    undo: int


UNITS: dict[Platform, Units] = {
    Platform.YOUTUBE: Units(10_000, "America/Los_Angeles", "midnight in California", 50, 50, 50, 20, 1, 10, 51)
}
"""YouTube: an update and a thumbnail 50 each, a list call 1. Uploads are counted apart, 100 a day (`WINDOWS`)."""

Quotas = Mapping[Platform, int]
"""Units a day, where an application was granted more than usual."""


def of_send(platform: Platform, payload: Payload) -> Charge:
    """What a post costs besides its price: each of its calls but the upload."""
    units = UNITS.get(platform)
    if units is None:
        return Charge(Kind.SEND)
    pictures = units.picture if payload.pictures else 0
    return Charge(Kind.SEND, units=units.show + units.looks + pictures)


def of_comment(platform: Platform) -> Charge:
    """What a comment under a post costs."""
    units = UNITS.get(platform)
    return Charge(Kind.SEND, units=units.comment if units else 0)


def of_read(platform: Platform, posts: int) -> Charge:
    """What it costs to read the figures of so many posts in one round."""
    units = UNITS.get(platform)
    return Charge(Kind.READ, READ_PRICES.get(platform, FREE) * posts, units.read if units else 0)


def of_look(platform: Platform) -> Charge:
    """What it costs to look for a post whose answer got lost."""
    units = UNITS.get(platform)
    return Charge(Kind.READ, READ_PRICES.get(platform, FREE) * POSTS_A_LOOK, units.find if units else 0)


def of_deletion(platform: Platform) -> Charge:
    """What it costs to withdraw a post."""
    units = UNITS.get(platform)
    return Charge(Kind.DELETE, DELETE_PRICES.get(platform, FREE), units.undo if units else 0)


def with_comment(platform: Platform, payload: Payload) -> int:
    """The units that a post needs in all, its first comment among them."""
    comment = of_comment(platform).units if payload.settings.get(Setting.FIRST_COMMENT) else 0
    return of_send(platform, payload).units + comment


def units_a_day(platform: Platform, quotas: Quotas) -> int:
    """How many units there are; 0 where calls cost none."""
    known = UNITS.get(platform)
    return quotas.get(platform, known.a_day) if known else 0


def day_of(platform: Platform, now: datetime) -> tuple[datetime, datetime]:
    """When the quota's day began and when the next begins (UTC)."""
    place = ZoneInfo(UNITS[platform].zone)
    today = now.astimezone(place).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    tomorrow = (today + timedelta(days=1)).replace(tzinfo=place)
    return today.astimezone(UTC), tomorrow.astimezone(UTC)


def figures_fit(purse: Purse, price: Decimal) -> bool:
    """Whether figures may be read for this much: a tenth of each budget is kept for posts."""
    return all(_fits(budget, price) for budget in (purse.workspace, purse.installation))


def _fits(budget: Budget, price: Decimal) -> bool:
    return budget.limit is None or budget.spent + price <= budget.limit * MEASURING_SHARE


def figures_rest(purse: Purse) -> str | None:
    """That figures are not read any more this month, as a sentence; None while they are, and where reading is free."""
    price = READ_PRICES.get(purse.platform)
    if price is None or figures_fit(purse, price):
        return None
    name, month = PLATFORMS[purse.platform].name, f"{month_after(purse.now):%B}"
    return f"Reading figures on {name} costs money, too: what is left of the budget is kept for posts until {month}."
