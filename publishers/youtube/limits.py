"""What YouTube allows and when it allows it again. Source: YouTube's quota page, September 2026."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.publishing import Block, Reads, Window
from publishers.http import Answer
from publishers.refusals import telling

WINDOWS = (Window(100, 86_400, "app"),)
"""videos.insert: 100 a day for the whole Google project, whoever's channels they go to. Everything else that a post
costs (an update 50, a thumbnail 50, reads 1) fits into the 10,000 units a day."""

READS = Reads(100, 3_600, 40)
"""Each costs a unit of the project's 10,000 a day, which its channels share."""

CHUNK_BYTES = 16 * 262_144
"""Chunks are multiples of 262,144 bytes; one of these fits into 40 seconds at 1 Mbit/s."""

BITE_BYTES = 1_048_576
"""How much of a chunk is held in memory at once."""

SHORT_SECONDS = 180
IDS_A_CALL = 50
PAGE = 50
DEEPEST_PAGES = 4
"""How far back the list of uploads is looked through for a film whose upload got lost: 200 films."""

THUMBNAIL_BYTES = 50_000_000
THUMBNAIL_TYPES = ("image/jpeg", "image/png")
COMMENT_CHARACTERS = 10_000
COMMENTS_A_PAGE = 100
TITLE_CHARACTERS = 100
TAGS_CHARACTERS = 500

PACIFIC = ZoneInfo("America/Los_Angeles")
_DAY = re.compile(r"quotaExceeded|dailyLimitExceeded|per day")
_CHANNEL_DAY = re.compile(r"uploadLimitExceeded")
_LONGEST_WAIT = 26 * 3_600


def retry_at(answer: Answer, now: datetime) -> datetime | None:
    """Midnight in California for a day's quota, a day for the channel's own cap, else what Retry-After says (UTC)."""
    told = telling(answer)
    if _DAY.search(told):
        return midnight(now)
    if _CHANNEL_DAY.search(told):
        return now + timedelta(days=1)
    stated = answer.headers.get("retry-after", "")
    if stated.isascii() and stated.isdigit() and len(stated) <= 6 and 0 < int(stated) <= _LONGEST_WAIT:
        return now + timedelta(seconds=int(stated))
    return None


def blocks(answer: Answer, now: datetime) -> tuple[Block, ...]:
    """The day's quota is the whole project's, the cap of uploads the channel's."""
    told = telling(answer)
    if _DAY.search(told):
        return (Block(midnight(now), "app"),)
    return (Block(now + timedelta(days=1)),) if _CHANNEL_DAY.search(told) else ()


def midnight(now: datetime) -> datetime:
    """The next midnight in California, when the quotas begin anew (UTC)."""
    tomorrow = now.astimezone(PACIFIC).date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=PACIFIC).astimezone(UTC)
