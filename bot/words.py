"""Words, times and links as people read them: nothing hidden, nothing cut in half, in the web app's own zone."""

from datetime import date, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import regex

from domain.text import visible, x_links

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONG_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LINK = regex.compile(r"https?://[^\s<>\"'⟦⟧]+", regex.IGNORECASE)


def units(text: str) -> int:
    """The length of `text` in UTF-16 code units, the way both chats measure."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def clip(text: str, room: int) -> str:
    """`text` if it has at most `room` UTF-16 units, else its beginning and "…"; a grapheme is never cut."""
    if units(text) <= room:
        return text
    kept: list[str] = []
    left = room - 1
    for grapheme in regex.findall(r"\X", text[: max(room, 0)]):
        left -= units(grapheme)
        if left < 0:
            break
        kept.append(grapheme)
    return "".join(kept).rstrip() + "…" if room > 0 else ""


def line(text: str, room: int = 200) -> str:
    """Outside text as one visible line of at most `room` units; "–" when nothing is left of it."""
    return clip(" ".join(visible(text).split()), room) or "–"


def clock(at: datetime, zone: str, near: datetime | None = None) -> str:
    """`at` (UTC) on the wall of `zone`: "09:14", with the day before it when that is not the day of `near`."""
    wall = at.astimezone(ZoneInfo(zone))
    time = f"{wall:%H:%M}"
    if near is not None and wall.date() == near.astimezone(ZoneInfo(zone)).date():
        return time
    return f"{_DAYS[wall.weekday()]} {wall.day} {_MONTHS[wall.month - 1]}, {time}"


def long_day(day: date) -> str:
    """A date as a heading: "Tuesday 24 Nov 2026"."""
    return f"{_LONG_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def host_of(link: str) -> str | None:
    """The host that a browser would really open for an http(s) `link`, in ASCII; None for anything else."""
    try:
        parts = urlsplit(link)
        host = parts.hostname
        if parts.scheme.lower() not in {"http", "https"} or not host:
            return None
        return host.encode("idna").decode() if not host.isascii() else host
    except (UnicodeError, ValueError):
        return None


def hosts(text: str) -> tuple[str, ...]:
    """The real hosts behind the links in `text`, each once, in order; "a link nobody can read" for a broken one.

    Links are what begins with http(s):// and what X would make a link of by itself ("example.com/offer").
    """
    spans = [(match.start(), match.end()) for match in _LINK.finditer(text)]
    bare = [(start, end) for start, end in x_links(text) if not any(a < end and start < b for a, b in spans)]
    links = (text[start:end].rstrip(".,;:!?)]") for start, end in sorted(spans + bare))
    found = (host_of(link if "://" in link else f"https://{link}") or "a link nobody can read" for link in links)
    return tuple(dict.fromkeys(line(host, 80) for host in found))


def safe_link(link: str | None) -> str | None:
    """`link` if a chat may make it clickable: http(s), a host, no blank, no control, at most 2,000 characters."""
    if link is None or len(link) > 2_000 or host_of(link) is None:
        return None
    return link if link.isascii() and link.isprintable() and not set(link) & set(" <>\"'`|\\") else None


def is_public(link: str) -> bool:
    """Whether a button may carry `link`: chats refuse buttons that lead to this machine or to a bare address."""
    host = host_of(link) or ""
    return "." in host and not host.replace(".", "").isdigit() and not host.endswith((".local", ".localhost"))


def count(number: int, one: str, many: str) -> str:
    """`number` with its word: "1 post", "3 posts"."""
    return f"{number:,} {one if number == 1 else many}"
