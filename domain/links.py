"""What a link to a post names: people paste one when they say "it is live"."""

import re
from urllib.parse import unquote, urlsplit

from domain.platforms import Platform

_HOSTS: dict[Platform, frozenset[str]] = {
    Platform.X: frozenset({"x.com", "twitter.com", "mobile.twitter.com", "mobile.x.com"}),
    Platform.LINKEDIN: frozenset({"linkedin.com"}),
}
_X_POST = re.compile(r"/status(?:es)?/(\d{1,20})(?:/|$)")
_LINKEDIN_POST = re.compile(r"urn:li:(?:share|ugcPost|activity):\d{1,20}")
_LINKEDIN_SLUG = re.compile(r"-(share|ugcPost|activity)-(\d{1,20})(?:-|$)")


def remote_id_of(platform: Platform, link: str, sites: frozenset[str] = frozenset()) -> str | None:
    """The platform's id that `link` names, or None when it is no link to a post there.

    `sites` are further places ("127.0.0.1:4010") where the platform's posts are shown, besides its own https hosts.
    """
    parts = urlsplit(link.strip())
    host = (parts.hostname or "").removeprefix("www.")
    if parts.netloc not in sites and not (parts.scheme == "https" and host in _HOSTS[platform]):
        return None
    match platform:
        case Platform.X:
            found = _X_POST.search(parts.path)
            return found.group(1) if found else None
        case Platform.LINKEDIN:
            named = _LINKEDIN_POST.search(unquote(parts.path))
            if named:
                return named.group(0)
            slug = _LINKEDIN_SLUG.search(parts.path)
            return f"urn:li:{slug.group(1)}:{slug.group(2)}" if slug else None
