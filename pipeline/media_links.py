"""Signed addresses of media: a platform that fetches for itself, or a person who wants to watch, gets one for a while.

Both processes make them and only the web takes them; nothing is stored. A mark is an HMAC that only we can make, over what is
shown and until when, so an address can be neither guessed nor prolonged.
"""

import hmac
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from storage.vault import Vault

ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "application/pdf": "pdf",
}
"""What is served, and how its address ends: some platforms look at that first."""
TYPES = {ending: content_type for content_type, ending in ENDINGS.items()}

FETCH_SECONDS = 3_600
"""How long a platform may take to fetch. TikTok wants an address to stay up for an hour."""
WATCH_SECONDS = 7 * 86_400
"""How long a card's link to its film works."""
_GRAIN = 3_600
"""Ends are rounded up to this, so that a card that is drawn again has the same address."""


@dataclass(frozen=True, slots=True)
class MediaLinks:
    """Makes and checks addresses under `base_url`, where the web process is reached."""

    vault: Vault
    base_url: str
    reachable: bool
    """Whether platforms can fetch from there: https, or everything on this machine."""

    def for_platform(self, digest: str, content_type: str) -> str | None:
        """An address that a platform can fetch within the hour; None when it cannot reach us."""
        return self._address(digest, content_type, FETCH_SECONDS) if self.reachable else None

    def for_people(self, digest: str, content_type: str) -> str:
        """An address that works for a week."""
        return self._address(digest, content_type, WATCH_SECONDS)

    def holds(self, digest: str, content_type: str, until: int, mark: str) -> bool:
        """Whether we made this address and it still works."""
        return until >= time.time() and hmac.compare_digest(mark, self._mark(digest, content_type, until))

    def _address(self, digest: str, content_type: str, seconds: int) -> str:
        until = -int(-(time.time() + seconds) // _GRAIN) * _GRAIN
        mark = self._mark(digest, content_type, until)
        return f"{self.base_url.rstrip('/')}/media/{until}/{mark}/{digest}.{ENDINGS[content_type]}"

    def _mark(self, digest: str, content_type: str, until: int) -> str:
        return self.vault.mark("media", f"{digest} {content_type} {until}")


def is_reachable(base_url: str, platform_url: str) -> bool:
    """Whether a platform at `platform_url` can fetch from `base_url`: over https, or when both are on this machine."""
    ours, theirs = urlsplit(base_url), urlsplit(platform_url)
    return ours.scheme == "https" or (ours.hostname == theirs.hostname and ours.hostname in ("127.0.0.1", "localhost"))
