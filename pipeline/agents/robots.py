"""What a site's robots.txt allows us. Asked for each read: a web app is read about once a day."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from domain.page import Unreadable
from pipeline.agents.fetch import Fetcher

_LONGEST = 500_000


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one site; `rules` is None where there are none."""

    rules: Any
    user_agent: str

    def check(self, url: str) -> None:
        """Raises Unreadable when the site asks programs to stay away from this page."""
        if self.rules is not None and not self.rules.can_fetch(url, self.user_agent):
            raise Unreadable("robots", url)


async def robots_of(url: str, fetcher: Fetcher) -> Robots:
    """The rules of the site that `url` belongs to (RFC 9309): 4xx means none, 5xx means wait, unreachable means wait.

    Raises Unreadable ("robots_wait", or why the site cannot be reached at all).
    """
    parts = urlsplit(url)
    try:
        answer = await fetcher.get(f"{parts.scheme}://{parts.netloc}/robots.txt", accept=None, limit=_LONGEST)
    except Unreadable as refusal:
        if refusal.reason in ("redirect_loop", "unparsable"):  # RFC 9309 2.3.1.2: may be taken as none
            return Robots(None, fetcher.guard.user_agent)
        if refusal.reason == "too_large":
            raise Unreadable("robots_wait", url, "it is too large") from refusal
        raise
    if answer.status >= 500:
        raise Unreadable("robots_wait", url, f"answer {answer.status}")
    if answer.status >= 300:
        return Robots(None, fetcher.guard.user_agent)
    return Robots(_parsed(answer.body), fetcher.guard.user_agent)


def _parsed(body: bytes) -> Any:
    from protego import Protego

    return Protego.parse(body.decode("utf-8", "replace"))
