"""What follows a post once it is out: the further parts of a thread, and our own first comment under it.

A text is a thread where a line of three dashes divides it. The first part is the post itself; each further one is sent by a
step of its own after the one before it is out, and so is a comment.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from domain.payload import Payload
from domain.settings import Setting

DIVIDER = "---"
"""Alone on its line it divides a text into the parts of a thread."""

MOST_PARTS = 25
"""Our own limit for a thread; X names none."""

_DIVIDER_LINE = re.compile(rf"^[ \t]*{DIVIDER}[ \t]*$", re.MULTILINE)


class PartKind(StrEnum):
    """How a part hangs on the post."""

    REPLY = "reply"
    """The next part of a thread: it answers the part before it."""
    COMMENT = "comment"
    """Our own first comment under the post."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to send after the post is out. `n` counts from 2: the post itself is part 1."""

    n: int
    kind: PartKind
    text: str


def divided(text: str) -> tuple[str, ...]:
    """The parts of a text, without blank ends. A text without a divider is one part."""
    return tuple(part.strip() for part in _DIVIDER_LINE.split(text))


def opening(payload: Payload) -> str:
    """The text of the post itself: the first part of a thread, or all of it."""
    return divided(payload.text)[0]


def following(payload: Payload) -> tuple[Part, ...]:
    """What is sent after the post, in order: the rest of the thread, then the first comment."""
    texts = divided(payload.text)[1:]
    parts = [Part(n, PartKind.REPLY, text) for n, text in enumerate(texts, 2)]
    comment = payload.settings.get(Setting.FIRST_COMMENT, "")
    if comment:
        parts.append(Part(len(parts) + 2, PartKind.COMMENT, comment))
    return tuple(parts)


def no_thread(payload: Payload, platform: str) -> list[str]:
    """The sentence for a platform that has no threads, where the text is divided into parts."""
    if len(divided(payload.text)) == 1:
        return []
    return [f"{platform} has no threads. Edit the post: take out the lines of three dashes."]


def comment_problems(
    payload: Payload, platform: str, *, longest: int, measure: Callable[[str], int] = len
) -> list[str]:
    """What is wrong with the first comment, in a sentence for the reviewer; `longest` by the platform's own `measure`."""
    over = measure(payload.settings.get(Setting.FIRST_COMMENT, "")) - longest
    return [f"The first comment is {over} characters too long for {platform}. Shorten it."] if over > 0 else []
