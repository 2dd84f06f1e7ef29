"""One file on its way to X in pieces: what is kept of it, so that another worker goes on where this one was stopped."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from publishers.contract import Picture, Video

Read = Callable[[int, int], Awaitable[bytes]]
"""The file's bytes from a start up to an end (exclusive)."""

_ALL = "all"


@dataclass(frozen=True, slots=True)
class Upload:
    """A started upload: X's id for it, when X forgets it (unix seconds), how many pieces it has, whether it has them all
    and began to work on them."""

    media_id: str
    until: int
    pieces: int = 0
    finalized: bool = False

    def handle(self) -> str:
        """As it is kept: "id@until+pieces", the last being "all" once X has begun to work on them."""
        return f"{self.media_id}@{self.until}+{_ALL if self.finalized else self.pieces}"


def kept(handle: str) -> Upload | None:
    """The upload that a handle names; None when it names none."""
    media_id, _, rest = handle.partition("@")
    until, _, pieces = rest.partition("+")
    if not media_id or not until.isdigit():
        return None
    return Upload(media_id, int(until), int(pieces) if pieces.isdigit() else 0, pieces == _ALL)


def category(medium: Picture | Video) -> str:
    """X's media_category. It cannot be changed later, and X works on each in another way."""
    if isinstance(medium, Video):
        return "tweet_video"
    return "tweet_gif" if medium.content_type == "image/gif" else "tweet_image"


def name(medium: Picture | Video) -> str:
    """What people call it."""
    return "film" if isinstance(medium, Video) else "picture"


def progress(told: dict[str, Any]) -> tuple[str, float]:
    """X's word for how far it is, and the seconds it asks to wait. Without `processing_info` there is nothing to wait for."""
    info = told.get("processing_info")
    if not isinstance(info, dict):
        return "succeeded", 0
    stated = info.get("check_after_secs")
    return str(info.get("state")), float(stated) if isinstance(stated, int) else 1.0


def failure(told: dict[str, Any]) -> object:
    """Why X could not work on it, in its own words; None when it does not say."""
    info = told.get("processing_info")
    error = info.get("error") if isinstance(info, dict) else None
    return error.get("message") if isinstance(error, dict) else None
