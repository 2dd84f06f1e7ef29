"""A draft: one text for one account before people see it, what it stands on, and the request it answers."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import regex

from domain.brief import Angle, Brief
from domain.page import Fact, Page
from domain.platforms import Platform
from domain.publishing import AccountKind
from domain.sameness import Memory

_LONGEST_ALT = 1_000
_LONGEST_SLUG = 40
TEMPLATES = "templates"
"""`drafted_from` of a draft that no model wrote; the card says so."""


@dataclass(frozen=True, slots=True)
class PictureSpec:
    """What a picture shall show. `share_image` is the page's own picture, used when it is fit; else our card is drawn.

    `colours` are "#rrggbb" of the page; `seed` picks the layout; `rtl` sets it from right to left; `points` make a
    list of it; `shared_alt` is the alternative text's pattern when the page's own picture is used.
    """

    name: str
    headline: str
    supporting: str
    host: str
    colours: tuple[str, ...]
    seed: str
    label: str = ""
    rtl: bool = False
    share_image: str | None = None
    shared_alt: str = "{host}"
    points: tuple[str, ...] = ()
    quote: bool = False

    def alt(self, pattern: str) -> str:
        """The alternative text after a grammar's pattern."""
        said = "; ".join(self.points) or self.supporting
        filled = pattern.format(name=self.name, host=self.host, headline=self.headline, supporting=said)
        return " ".join(filled.split())[:_LONGEST_ALT]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON, for a revision's row and for the drawing process."""
        return {**asdict(self), "colours": list(self.colours), "points": list(self.points)}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "PictureSpec":
        """The inverse of `to_json`."""
        return cls(**{**row, "colours": tuple(row["colours"]), "points": tuple(row["points"])})


@dataclass(frozen=True, slots=True)
class Draft:
    """A finished text, with link and hashtags in it as they go out. `alt` describes the picture for those who cannot
    see it.

    `notes` say what the writer could not do (a direction it does not understand); the card shows them.
    """

    text: str
    hashtags: tuple[str, ...]
    link: str
    alt: str
    angle: Angle
    facts: tuple[Fact, ...]
    picture: PictureSpec | None
    drafted_from: str = TEMPLATES
    notes: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[tuple[str, str], ...]:
        """Pairs (fact, where it stood), as a card shows them."""
        return tuple((fact.text, str(fact.source)) for fact in self.facts)


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """One post wanted. `seed` comes from `seed_of`; `slot_index` counts the posts of the batch from 0.

    `avoid` remembers the texts of the last 90 days and of this batch. `direction` is a reviewer's word ("shorter").
    `link` is the address to lead to, untagged. `hashtags` is the greatest number allowed.
    """

    page: Page
    platform: Platform
    account_kind: AccountKind
    local_date: date
    slot_index: int
    seed: str
    link: str
    direction: str | None = None
    avoid: Memory = field(default_factory=Memory)
    hashtags: int = 2
    brief: Brief | None = None


def seed_of(web_app: str, day: date, slot_index: int, platform: Platform, account: str, regeneration: int) -> str:
    """What a draft depends on besides the page: the same parts give the same draft."""
    return "/".join((web_app, day.isoformat(), str(slot_index), platform.value, account, str(regeneration)))


def mark_of(seed: str) -> str:
    """The post's own mark in its link: "am-" and 8 characters, by which visits and the post itself are found again."""
    return "am-" + base64.b32encode(hashlib.sha256(seed.encode()).digest()).decode().lower()[:8]


def tagged_link(url: str, platform: Platform, campaign: str, day: date, seed: str) -> str:
    """The address with UTM tags for this post; tags that were there already are replaced."""
    parts = urlsplit(url)
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not pair[0].startswith("utm_")]
    tags = [
        ("utm_source", platform.value),
        ("utm_medium", "social"),
        ("utm_campaign", f"{slug(campaign)}-{day.isoformat()}"),
        ("utm_content", mark_of(seed)),
    ]
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", urlencode(kept + tags), ""))


def slug(text: str) -> str:
    """Letters and digits with hyphens between, at most 40 characters as an address writes them; "web-app" when nothing is left."""
    short = regex.sub(r"[^\p{L}\p{N}]+", "-", text.casefold()).strip("-")[:_LONGEST_SLUG]
    while len(quote(short)) > _LONGEST_SLUG:  # letters outside ASCII take up to twelve characters each
        short = short[:-1]
    return short.strip("-") or "web-app"
