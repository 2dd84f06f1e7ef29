"""What LinkedIn allows and when it allows it again. Source: LinkedIn's "Share on LinkedIn" page, 2026."""

from datetime import UTC, datetime, timedelta

from domain.publishing import Block, Reads, Window
from publishers.http import Answer
from publishers.refusals import telling

WINDOWS = (Window(100, 86_400), Window(100_000, 86_400, "app"))
"""150 requests a member and day, uploads included: a post with one picture takes two, one with twenty pictures 21.
A rolling day of 100 keeps most of it clear; a 429 at an upload waits for LinkedIn's new day, and nothing was sent."""

READS = Reads(100, 3_600, 40)
"""LinkedIn tells no number but in its portal, an application each: what stays far below the usual ones."""

PAGE = 100
DEEPEST_PAGES = 20
IDS_A_CALL = 20
MOST_PIXELS = 36_152_320
COMMENT_UNITS = 1_250
"""Of a comment, as LinkedIn's own box counts."""
_LONGEST_WAIT = 26 * 3_600


def retry_at(answer: Answer, now: datetime) -> datetime:
    """After Retry-After when LinkedIn sends one, otherwise the next midnight UTC, when the day's allowance is new."""
    stated = _stated(answer, now)
    if stated is not None:
        return stated
    tomorrow = now.astimezone(UTC).date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=UTC)


def comment_retry_at(answer: Answer, now: datetime) -> datetime:
    """Making comments has a throttle of its own, of one minute; only a day that is used up waits for the next one."""
    if "DAY limit" in telling(answer):
        return retry_at(answer, now)
    return _stated(answer, now) or now + timedelta(minutes=1)


def _stated(answer: Answer, now: datetime) -> datetime | None:
    stated = answer.headers.get("retry-after", "")
    if stated.isascii() and stated.isdigit() and len(stated) <= 6 and 0 < int(stated) <= _LONGEST_WAIT:
        return now + timedelta(seconds=int(stated))
    return None


def blocks(answer: Answer, now: datetime) -> tuple[Block, ...]:
    """A 429 is about the member's day, or, where it says so, about that of the whole application."""
    if answer.status != 429:
        return ()
    return (Block(retry_at(answer, now), "app" if "APPLICATION" in telling(answer) else "account"),)
