"""Is this post at the platform the one we sent? A wrong "no" costs a public double, a wrong "ask" costs a tap."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.publishing import Absent, CannotTell, Finding, Found, Receipt, Search

_LIKE_ENOUGH = 8


@dataclass(frozen=True, slots=True)
class Listed:
    """A post of the account as the platform lists it: links expanded, markup undone. `at` is its creation, UTC."""

    receipt: Receipt
    text: str
    at: datetime


def verdict(posts: Iterable[Listed], search: Search, link: str | None) -> Finding:
    """What a complete listing since `search.since` proves. Only equality is found; only nothing alike is absent."""
    return proven(posts, search.payload.text, (search.since, search.until), link, "post")


def proven(
    posts: Iterable[Listed], text: str, within: tuple[datetime, datetime], link: str | None, what: str
) -> Finding:
    """The same for any words that were sent `within` a time; `what` they are: a post, a comment, a reply."""
    alike: list[Listed] = []
    equal: list[Listed] = []
    for post in posts:
        if same(text, post.text):
            equal.append(post)
        elif resembles(text, post.text):
            alike.append(post)
    inside = sorted((post for post in equal if within[0] <= post.at <= within[1]), key=lambda post: post.at)
    if inside:
        return Found(tuple(post.receipt for post in inside))
    if equal:
        at = f"{equal[0].at:%H:%M:%S}"
        reason = f"A {what} with these words is there, but from {at} UTC, outside the time of our attempt."
        return CannotTell(reason, equal[0].receipt.permalink or link)
    if alike:
        reason = f"A {what} of {alike[0].at:%H:%M:%S} UTC looks much like ours but does not have exactly its words."
        return CannotTell(reason, alike[0].receipt.permalink or link)
    return Absent()


def same(ours: str, theirs: str) -> bool:
    """Equal but for Unicode composition, white space, and how a link spells its scheme and last slash."""
    return _settled(ours) == _settled(theirs)


def resembles(ours: str, theirs: str) -> bool:
    """One campaign mark in common, or the same letters, or one the beginning of the other (a platform cut it)."""
    if _marks(ours) & _marks(theirs):
        return True
    mine, other = _letters(ours), _letters(theirs)
    shorter, longer = sorted((mine, other), key=len)
    return bool(shorter) and (shorter == longer or (len(shorter) >= _LIKE_ENOUGH and longer.startswith(shorter)))


def _settled(text: str) -> str:
    text = re.sub(r"https?://", "", unicodedata.normalize("NFC", text), flags=re.IGNORECASE)
    text = re.sub(r"/(?=[.,;:!?)]*(?:\s|$))", "", text)
    return " ".join(text.split())


def _letters(text: str) -> str:
    without_links = re.sub(r"https?://\S+", "", unicodedata.normalize("NFKC", text), flags=re.IGNORECASE)
    return "".join(char for char in without_links.casefold() if char.isalnum())


def _marks(text: str) -> set[str]:
    return set(re.findall(r"[?&]utm_content=(am-[A-Za-z0-9]{6,})", text))
