"""What X allows and when it allows it again. Source: X's rate-limit page and OpenAPI, August 2026."""

from datetime import UTC, datetime

from domain.publishing import Block, Reads, Window
from publishers.http import Answer

WINDOWS = (Window(100, 900), Window(10_000, 86_400, "app"))
"""POST /2/tweets: 100 in 15 minutes per user, 10,000 in 24 hours per app."""

READS = Reads(900, 900, 60)
"""Reads of a user in 15 minutes: the fewest that an endpoint of ours allows (timeline and look-up)."""

PAGE = 100
DEEPEST_PAGES = 32
"""A timeline reaches 3,200 posts back."""

IDS_A_CALL = 100
ONE_SHOT_BYTES = 1_000_000
SEGMENT_BYTES = 1_000_000
"""At most 999 segments a file: the largest film needs 512. An upload in progress counts in them, so it stays as it is."""

GIF_SIDES = (1280, 1080)
"""A moving picture's width and height at most. Its 350 frames and 300 megapixels in all X finds by itself."""

MEDIA_SECONDS = 86_400
"""How long an upload can be attached, when X does not say (`expires_after_secs`)."""

PRIVATE_METRICS_DAYS = 30
_ALLOWANCES = {"x-rate-limit": "account", "x-app-limit-24hour": "app", "x-user-limit-24hour": "account"}
"""By the beginning of its headers: whose allowance it is."""
_LONGEST_WAIT = 26 * 3_600
_SNOWFLAKE_EPOCH_MS = 1_288_834_974_657


def retry_at(answer: Answer, now: datetime) -> datetime | None:
    """When the used-up allowances are full again (UTC); None when X does not say, or says nothing credible."""
    used_up = [name for name in _ALLOWANCES if answer.headers.get(f"{name}-remaining", "0") == "0"]
    latest = max((_reset(answer, name) for name in used_up), default=0)
    return datetime.fromtimestamp(latest, UTC) if _credible(latest, now) else None


def blocks(answer: Answer, now: datetime) -> tuple[Block, ...]:
    """What an answer, a good one too, says is used up: a post before the reset would only be refused."""
    used_up = [name for name in _ALLOWANCES if answer.headers.get(f"{name}-remaining") == "0"]
    resets = {name: _reset(answer, name) for name in used_up}
    return tuple(
        Block(datetime.fromtimestamp(reset, UTC), _ALLOWANCES[name])
        for name, reset in resets.items()
        if _credible(reset, now)
    )


def refused_blocks(answer: Answer, now: datetime) -> tuple[Block, ...]:
    """The same of a refusal for too many posts, which may name the reset only."""
    if answer.status != 429:
        return ()
    resets = {name: _reset(answer, name) for name in _ALLOWANCES if answer.headers.get(f"{name}-remaining", "0") == "0"}
    return tuple(
        Block(datetime.fromtimestamp(reset, UTC), _ALLOWANCES[name])
        for name, reset in resets.items()
        if _credible(reset, now)
    )


def _reset(answer: Answer, name: str) -> int:
    """Unix seconds; 0 when X does not say."""
    stated = answer.headers.get(f"{name}-reset", "")
    return int(stated) if stated.isascii() and stated.isdigit() and len(stated) <= 11 else 0


def _credible(reset: int, now: datetime) -> bool:
    return now.timestamp() < reset <= now.timestamp() + _LONGEST_WAIT


def born(post_id: str) -> datetime:
    """When X made the id (UTC, milliseconds): ids are snowflakes."""
    return datetime.fromtimestamp(((int(post_id) >> 22) + _SNOWFLAKE_EPOCH_MS) / 1000, UTC)
