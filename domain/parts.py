"""What follows a post once it is out: the further parts of a thread, and our own first comment under it.

Where a platform has threads, a line of three dashes divides a text. The first part is the post itself; each further one is
sent by a step of its own after the one before it is out, and so is a comment.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.payload import Payload
from domain.platforms import Platform
from domain.settings import Setting
from domain.text import length

DIVIDER = "---"
"""Alone on its line it divides a text into the parts of a thread. The SQL function `part_kinds` knows it too."""

THREADS = frozenset({Platform.X})
"""Platforms that have threads. Elsewhere three dashes are three dashes."""

MOST_PARTS = 25
"""Our own limit for a thread; X names none."""

_DIVIDER_LINE = re.compile(rf"^[ \t]*{DIVIDER}[ \t]*$", re.MULTILINE)


class PartKind(StrEnum):
    """How a part hangs on the post."""

    REPLY = "reply"
    """The next part of a thread: it answers the part before it."""
    COMMENT = "comment"
    """Our own first comment under the post."""


class PartState(StrEnum):
    """Where a part stands. `out` and what stands below it is final."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    UNKNOWN = "unknown"
    """Sent without an answer; it is looked for."""
    OUT = "out"
    REFUSED = "refused"
    UNCLEAR = "unclear"
    """Sent, and nobody could find out whether it arrived. Never sent again by itself."""
    DROPPED = "dropped"
    """Not sent: a part before it did not arrive, or the post was withdrawn."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to send after the post is out. `n` counts from 2: the post itself is part 1."""

    n: int
    kind: PartKind
    text: str


def divided(platform: Platform, text: str) -> tuple[str, ...]:
    """The parts of a text, without blank ends. Without a divider, or where there are no threads, it is one part."""
    if platform not in THREADS:
        return (text,)
    parts = tuple(part.strip() for part in _DIVIDER_LINE.split(text))
    return parts if len(parts) > 1 else (text,)


def opening(platform: Platform, payload: Payload) -> Payload:
    """What the post itself is made of: the first part of a thread, or all of it."""
    return replace(payload, text=divided(platform, payload.text)[0])


def following(platform: Platform, text: str, settings: Mapping[str, str]) -> tuple[Part, ...]:
    """What is sent after the post, in order: the rest of the thread, then the first comment."""
    texts = divided(platform, text)[1:]
    parts = [Part(n, PartKind.REPLY, part) for n, part in enumerate(texts, 2)]
    comment = settings.get(Setting.FIRST_COMMENT, "")
    if comment:
        parts.append(Part(len(parts) + 2, PartKind.COMMENT, comment))
    return tuple(parts)


def longest(platform: Platform, text: str) -> int:
    """The length of the longest part, as the platform counts it."""
    return max(length(platform, part) for part in divided(platform, text))


def thread_problems(platform: Platform, text: str, limit: int) -> list[str]:
    """What is wrong with the parts of a thread, in sentences for the reviewer; nothing for a text of one part."""
    parts = divided(platform, text)
    if len(parts) == 1:
        return []
    found = [f"Part {n} of the thread is empty." for n, part in enumerate(parts, 1) if not part]
    for n, part in enumerate(parts, 1):
        over = length(platform, part) - limit
        if over > 0:
            found.append(f"Part {n} of the thread is too long. Shorten it by {over}.")
    if len(parts) > MOST_PARTS:
        found.append(f"A thread has at most {MOST_PARTS} parts; this one has {len(parts)}.")
    return found


def comment_problems(
    payload: Payload, platform: str, *, longest: int, measure: Callable[[str], int] = len
) -> list[str]:
    """What is wrong with the first comment, in a sentence for the reviewer; `longest` by the platform's own `measure`."""
    over = measure(payload.settings.get(Setting.FIRST_COMMENT, "")) - longest
    return [f"The first comment is too long for {platform}. Shorten it by {over}."] if over > 0 else []
