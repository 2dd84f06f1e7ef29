"""How long permissions last: when to look at one again, and what its owner is told before it ends."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.card import NoticeView
from domain.platforms import PLATFORMS, Platform

EARLY = timedelta(minutes=10)
WEEK, DAY = timedelta(days=7), timedelta(days=1)

_NUDGES: dict[timedelta, str] = {WEEK: "Connect {name} again within a week", DAY: "Connect {name} again within a day"}
"""So long before the end of a permission that nobody can renew its owner is told, with which words. Longest first."""

_SHORTEST = timedelta(days=8)


def refresh_at(now: datetime, expires_at: datetime | None) -> datetime | None:
    """When to refresh: ten minutes before the end, or a fifth of a life that is short. None: it does not expire."""
    if expires_at is None:
        return None
    return expires_at - min(EARLY, max(expires_at - now, timedelta(0)) / 5)


def look_at(now: datetime, expires_at: datetime | None, *, renewable: bool) -> datetime | None:
    """When to look at a permission next: to refresh it, or to tell its owner that only they can renew it. None: never."""
    if expires_at is not None and not renewable:
        for before in _NUDGES:
            if expires_at - before > now:
                return expires_at - before
    return refresh_at(now, expires_at)


def nudge(
    platform: Platform, name: str, now: datetime, connected_at: datetime, expires_at: datetime, how: str
) -> NoticeView | None:
    """What the owner of a permission that nobody else can renew is told now; None when it is too early for words.

    Nobody is told of an occasion that was past when they connected: a permission that short has no week to speak of.
    """
    passed = [before for before in _NUDGES if connected_at < expires_at - before <= now]
    if not passed:
        return None
    return replace(ending(platform, name, expires_at, how), title=_NUDGES[min(passed)].format(name=name))


def ending(platform: Platform, name: str, expires_at: datetime, how: str) -> NoticeView:
    """That a permission ends, and what to do about it, at any time before."""
    ends = f"{expires_at:%-d %B %Y, %H:%M} UTC"
    return NoticeView(
        title=f"{name} is connected until {expires_at:%-d %B}",
        text=f"{PLATFORMS[platform].name}'s permission for {name} ends on {ends}, and only a person can renew it."
        f" Connect it again before, and nothing stops. {how}",
        reconnects=platform.value,
    )


def expiry_key(account_id: UUID) -> str:
    """How the keys of all notices begin that an account's permission comes to its end."""
    return f"expiry:{account_id}:"


def why_so_short(platform: Platform, lived: timedelta) -> str:
    """Why a permission that lived no longer than this may be over already; "" where there is nothing to explain."""
    return PLATFORMS[platform].why_so_short if lived < _SHORTEST else ""
