"""Money: what a post costs where a platform charges for it, and what a month's budget still allows.

Amounts are US dollars, exact; a month is a calendar month in UTC. Source: X's prices since February 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from domain.parts import divided
from domain.platforms import PLATFORMS, Platform
from domain.text import x_links

FREE = Decimal(0)
LARGEST = Decimal(1_000_000)

Budgets = Mapping[Platform, Decimal]
"""What the whole installation may spend a month, by platform. A platform that is not named has no budget."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one post costs, without and with a link in it."""

    plain: Decimal
    with_link: Decimal


PRICES: dict[Platform, Price] = {Platform.X: Price(Decimal("0.015"), Decimal("0.20"))}
"""Platforms that charge for posts. A link is what the platform would make one of, and, to be on the safe side, all else
that begins like one."""


def price_of(platform: Platform, text: str) -> Decimal:
    """What it costs to send this text there as one post; `FREE` where nothing is charged."""
    price = PRICES.get(platform)
    if price is None:
        return FREE
    return price.with_link if "://" in text or any(x_links(text)) else price.plain


def cost_of(platform: Platform, text: str) -> Decimal:
    """What all of a text costs: each part of a thread is paid for like a post."""
    return sum((price_of(platform, part) for part in divided(platform, text)), FREE)


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be spent on a platform in a month, and what was (unknown outcomes included). `limit` None: no budget."""

    limit: Decimal | None
    spent: Decimal = FREE

    @property
    def left(self) -> Decimal:
        """Never below zero; without a limit there is nothing to be left."""
        return max((self.limit or FREE) - self.spent, FREE)

    def allows(self, price: Decimal) -> bool:
        return self.limit is None or self.spent + price <= self.limit


@dataclass(frozen=True, slots=True)
class Purse:
    """The two budgets that a post is paid from, both of them, at one instant (UTC)."""

    platform: Platform
    workspace: Budget
    installation: Budget
    now: datetime

    @property
    def exists(self) -> bool:
        """Whether there is any budget at all."""
        return self.workspace.limit is not None or self.installation.limit is not None


def used_up(purse: Purse, price: Decimal) -> str | None:
    """Why a post of this price cannot be paid for this month, and what to do about it; None when it can be."""
    name, month, next_month = PLATFORMS[purse.platform].name, f"{purse.now:%B}", f"{month_after(purse.now):%B}"
    own, whole = purse.workspace, purse.installation
    wait = f"Otherwise it can go out in {next_month}."
    if own.limit is not None and not own.allows(price):
        rest = f"{dollars(own.left)} is left, this post costs {dollars(price)}"
        raise_it = f"An owner raises it with “budget {purse.platform} {dollars(_more(own, price))[1:]}”."
        return f"{name}'s budget of {dollars(own.limit)} for {month} is used up: {rest}. {raise_it} {wait}"
    if whole.limit is not None and not whole.allows(price):
        raise_it = f"Whoever runs it raises {purse.platform.upper()}_BUDGET."
        return f"What this installation may spend on {name} in {month} is used up. {raise_it} {wait}"
    return None


def left_in_words(purse: Purse) -> str:
    """What is left of the workspace's budget, in one sentence for people."""
    name, own = PLATFORMS[purse.platform].name, purse.workspace
    if own.limit is None:
        return f"{name}: no budget is set; {dollars(own.spent)} was spent in {purse.now:%B}."
    return f"{name}: {dollars(own.left)} of {dollars(own.limit)} is left for {purse.now:%B}."


def month_of(now: datetime) -> datetime:
    """When the month of an instant began."""
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def month_after(now: datetime) -> datetime:
    """When the next month begins."""
    begun = month_of(now)
    return begun.replace(year=begun.year + begun.month // 12, month=begun.month % 12 + 1)


def dollars(amount: Decimal) -> str:
    """As people write it: $20, $0.20, $0.015, $1,250."""
    exact = amount.normalize()
    places = max(-int(exact.as_tuple().exponent), 0)
    return f"${exact:,.{max(places, 2) if places else 0}f}"


def amount_of(words: str) -> Decimal | None:
    """The dollars that somebody typed: "20", "$20", "20.50"; None when that is no amount of at most a million."""
    typed = words.strip().removeprefix("$").strip()
    if not (typed.isascii() and typed.replace(".", "", 1).isdigit()):
        return None
    try:
        amount = Decimal(typed)
    except InvalidOperation:
        return None
    return amount if amount <= LARGEST and amount == amount.quantize(Decimal("0.01")) else None


def _more(own: Budget, price: Decimal) -> Decimal:
    """An amount that would do: twice the budget, in whole dollars, and at least what this post needs."""
    return max((own.limit or FREE) * 2, own.spent + price).to_integral_value(rounding="ROUND_CEILING")
