"""YouTube's addresses: where its calls go, and where people see a film."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from domain.payload import Video
from domain.publishing import Receipt
from domain.secret import Secret
from publishers.http import Wire, is_there
from publishers.oauth import Now
from publishers.refusals import Refusals
from publishers.youtube.limits import SHORT_SECONDS

_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_COMMENT = re.compile(r"[A-Za-z0-9_.-]{10,80}")
_CHANNEL = re.compile(r"UC[A-Za-z0-9_-]{6,62}")
_GOOGLE = re.compile(r"[a-z0-9-]+\.googleapis\.com")


@dataclass(frozen=True, slots=True)
class Api:
    """Everything the parts of this folder share. `base` and `site` have no slash at the end."""

    wire: Wire
    base: str
    site: str
    refusals: Refusals
    now: Now

    def request(self, method: str, path: str, token: Secret, **more: Any) -> httpx.Request:
        return self.wire.request(method, self.base + path, token=token, **more)

    def watch(self, video_id: str) -> str:
        """Works for every film, upright ones too."""
        return f"{self.site}/watch?v={video_id}"

    def receipt(self, video_id: str, film: Video | None) -> Receipt:
        """With the link under which people see it: a short upright or square film is a Short by itself."""
        short = film is not None and film.height >= film.width and film.seconds <= SHORT_SECONDS
        return Receipt(video_id, f"{self.site}/shorts/{video_id}" if short else self.watch(video_id))

    def channel(self, channel_id: str) -> str:
        return f"{self.site}/channel/{channel_id}"

    def is_session(self, url: object) -> bool:
        """Whether an upload may go there: it carries our token, so only to the API itself or to Google's."""
        by_google = _GOOGLE.fullmatch(urlsplit(self.base).netloc) is not None
        return is_there(url, self.base, lambda host: by_google and _GOOGLE.fullmatch(host) is not None)


def is_id(value: object) -> bool:
    """YouTube's video ids have eleven signs; nothing else may stand in a request."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def is_comment(value: object) -> bool:
    return isinstance(value, str) and _COMMENT.fullmatch(value) is not None


def is_channel(value: object) -> bool:
    return isinstance(value, str) and _CHANNEL.fullmatch(value) is not None
