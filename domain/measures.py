"""What a post did: the metrics we keep, and when to look again."""

from datetime import datetime, timedelta
from enum import StrEnum


class Metric(StrEnum):
    """One word for the same thing on every platform. A platform that does not tell one yields None, not zero."""

    IMPRESSIONS = "impressions"
    LIKES = "likes"
    COMMENTS = "comments"
    SHARES = "shares"
    CLICKS = "clicks"
    SAVES = "saves"


READINGS_AFTER: tuple[timedelta, ...] = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=2),
    timedelta(days=4),
    timedelta(days=7),
    timedelta(days=14),
    timedelta(days=29),
)
"""Ages at which a post is read. They thin out; the last one is inside X's 30 days for private metrics."""


def next_reading(published_at: datetime, now: datetime, scale: float = 1.0) -> datetime | None:
    """The next instant (UTC) to read a post published at `published_at`, or None when it is old enough to rest."""
    for age in READINGS_AFTER:
        due = published_at + age * scale
        if due > now:
            return due
    return None
