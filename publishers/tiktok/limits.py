"""What TikTok allows, and when it allows it again. Source: TikTok's Content Posting pages as read in October 2026."""

from datetime import datetime, timedelta

from domain.publishing import Block, Reads, Window
from publishers.http import Answer
from publishers.refusals import telling

WINDOWS = (Window(6, 60), Window(15, 86_400))
"""Six starts a minute for a token; about 15 posts a day for a creator, those of other applications included."""

READS = Reads(50, 60, 25)
"""A token may make 30 looks at a status and 600 listings a minute; of a round of 25 reads 15 are looks (`STATUS_CALLS`)."""

SMALLEST_CHUNK = 5 * 1024**2
"""Whether TikTok's 5 MB are of 1000s or of 1024s is not said: this holds in both readings."""

URL_SECONDS = 3_600
"""How long an upload address takes bytes."""

IDS_A_CALL = 20
STATUS_CALLS = 15
"""How many posts are asked for their status in one round of figures: half of what TikTok allows a minute."""

PAGE = 20
DEEPEST_PAGES = 10
PHOTO_SIDES = (1_080, 1_920)
"""A photo's shorter and longer side in pixels: "1080p", read strictly."""

FILM_SIDES = (360, 4_096)

_MINUTE = timedelta(minutes=1)
_DAY_IS_USED_UP = timedelta(minutes=30)
_WAITS = {
    "rate_limit_exceeded": _MINUTE,
    # No header tells when a place of the sliding day becomes free, so we ask again now and then.
    "spam_risk_too_many_posts": _DAY_IS_USED_UP,
    "reached_active_user_cap": _DAY_IS_USED_UP,
    "url_ownership_unverified": _DAY_IS_USED_UP,
}
_WHOSE = {"rate_limit_exceeded": "account", "spam_risk_too_many_posts": "account", "reached_active_user_cap": "app"}


def retry_at(answer: Answer, now: datetime) -> datetime | None:
    """When to come back (UTC), by the code in the body; None when nothing is known about it."""
    told = telling(answer)
    return next((now + wait for code, wait in _WAITS.items() if code in told), None)


def blocks(answer: Answer, now: datetime) -> tuple[Block, ...]:
    """What a refusal says of the account's other posts, or of the application's: the address of photos is no limit."""
    told = telling(answer)
    return tuple(Block(now + _WAITS[code], per) for code, per in _WHOSE.items() if code in told)
