"""What a link to a post names: people paste one when they say "it is live"."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, unquote, urlsplit

from domain.platforms import Platform

_HOSTS: dict[Platform, frozenset[str]] = {
    Platform.X: frozenset({"x.com", "twitter.com", "mobile.twitter.com", "mobile.x.com"}),
    Platform.LINKEDIN: frozenset({"linkedin.com"}),
    Platform.FACEBOOK: frozenset({"facebook.com", "m.facebook.com", "fb.watch"}),
    Platform.INSTAGRAM: frozenset({"instagram.com"}),
    Platform.TIKTOK: frozenset({"tiktok.com", "m.tiktok.com"}),
    Platform.YOUTUBE: frozenset({"youtube.com", "m.youtube.com", "youtu.be"}),
}
_X_POST = re.compile(r"/status(?:es)?/(\d{1,20})(?:/|$)")
_LINKEDIN_POST = re.compile(r"urn:li:(?:share|ugcPost|activity):\d{1,20}")
_LINKEDIN_SLUG = re.compile(r"-(share|ugcPost|activity)-(\d{1,20})(?:-|$)")
_FACEBOOK_POST = re.compile(r"/(\d{1,20})/posts/(\d{1,20})(?:/|$)")
_FACEBOOK_FILM = re.compile(r"/(?:reel|videos)/(\d{1,20})(?:/|$)")
_INSTAGRAM_POST = re.compile(r"/(?:p|reel|tv)/([A-Za-z0-9_-]{5,40})(?:/|$)")
_TIKTOK_POST = re.compile(r"/(?:video|photo)/(\d{1,20})(?:/|$)")
_YOUTUBE_PATH = re.compile(r"(?:^|/shorts|/live)/([A-Za-z0-9_-]{11})(?:/|$)")
_YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{11}")


def remote_id_of(platform: Platform, link: str, sites: frozenset[str] = frozenset()) -> str | None:
    """The platform's id that `link` names, or None when it is no link to a post there.

    `sites` are further places ("127.0.0.1:4010") where the platform's posts are shown, besides its own https hosts.
    """
    parts = urlsplit(link.strip())
    host = (parts.hostname or "").removeprefix("www.")
    if parts.netloc not in sites and not (parts.scheme == "https" and host in _HOSTS[platform]):
        return None
    return _READERS[platform](parts.path, parts.query)


def _x(path: str, _query: str) -> str | None:
    return _first(_X_POST, path)


def _linkedin(path: str, _query: str) -> str | None:
    named = _LINKEDIN_POST.search(unquote(path))
    if named:
        return named.group(0)
    slug = _LINKEDIN_SLUG.search(path)
    return f"urn:li:{slug.group(1)}:{slug.group(2)}" if slug else None


def _facebook(path: str, query: str) -> str | None:
    """A Page's post is named by the Page and the post: "{page}_{post}"."""
    post = _FACEBOOK_POST.search(path)
    if post:
        return f"{post.group(1)}_{post.group(2)}"
    asked = parse_qs(query)
    page, story = asked.get("id", [""])[0], asked.get("story_fbid", [""])[0]
    return f"{page}_{story}" if page.isdigit() and story.isdigit() else _first(_FACEBOOK_FILM, path)


def _instagram(path: str, _query: str) -> str | None:
    """A short code: Instagram's API names the same post by a number that no link tells."""
    return _first(_INSTAGRAM_POST, path)


def _tiktok(path: str, _query: str) -> str | None:
    return _first(_TIKTOK_POST, path)


def _youtube(path: str, query: str) -> str | None:
    watched = parse_qs(query).get("v", [""])[0]
    return watched if _YOUTUBE_ID.fullmatch(watched) else _first(_YOUTUBE_PATH, path)


def _first(pattern: re.Pattern[str], path: str) -> str | None:
    found = pattern.search(path)
    return found.group(1) if found else None


_READERS: dict[Platform, Callable[[str, str], str | None]] = {
    Platform.X: _x,
    Platform.LINKEDIN: _linkedin,
    Platform.FACEBOOK: _facebook,
    Platform.INSTAGRAM: _instagram,
    Platform.TIKTOK: _tiktok,
    Platform.YOUTUBE: _youtube,
}
