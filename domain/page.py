"""What a web app's page says:
facts with where they stood, colours, links, and the reasons why a page cannot be read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit


class FactKind(StrEnum):
    """What a fact is about. The writer's angles ask for kinds."""

    NAME = "name"
    PROMISE = "promise"
    SUMMARY = "summary"
    FEATURE = "feature"
    STEP = "step"
    PROOF = "proof"
    PRICE = "price"
    OFFER = "offer"
    AUDIENCE = "audience"
    QUESTION = "question"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact stood:
    the address, and the place in words people use ("h1", "meta description", "section 2, item 3").
    """

    url: str
    where: str

    def __str__(self) -> str:
        return self.where


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing the page says, in its own words.

    `text` is a heading, sentence or quote; `detail` what stood under it: the explanation of a feature, the answer
    to a question, the author of a quote. Both are cleaned plain text on one line.
    """

    kind: FactKind
    text: str
    source: Source
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page as read once. `colours` are "#rrggbb", most telling first; `links` maps a kind ("pricing") to an address.

    `vocabulary` holds the page's own telling words, most frequent first; `set_aside` what was no fact, and why.
    """

    url: str
    title: str
    language: str
    facts: tuple[Fact, ...]
    read_at: datetime
    colours: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    share_image: str | None = None
    vocabulary: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """The host as people write it, without "www."."""
        return (urlsplit(self.url).hostname or "").removeprefix("www.")

    @property
    def name(self) -> str:
        """The web app's name: the page's own, or else its title or host."""
        return next((fact.text for fact in self.of(FactKind.NAME)), self.title or self.host)

    def of(self, *kinds: FactKind) -> tuple[Fact, ...]:
        """The facts of these kinds, in the page's order."""
        return tuple(fact for fact in self.facts if fact.kind in kinds)

    def words(self) -> str:
        """Everything the page says, as one text to check claims against."""
        return "\n".join([self.title, *(f"{fact.text}\n{fact.detail}" for fact in self.facts)])


def page_to_json(page: Page) -> dict[str, Any]:
    """Plain JSON for a jsonb column; `page_from_json` gives the same page back."""
    return {
        "url": page.url,
        "title": page.title,
        "language": page.language,
        "facts": [fact_to_json(fact) for fact in page.facts],
        "read_at": page.read_at.isoformat(),
        "colours": list(page.colours),
        "links": dict(page.links),
        "share_image": page.share_image,
        "vocabulary": list(page.vocabulary),
        "set_aside": list(page.set_aside),
    }


def page_from_json(row: Mapping[str, Any]) -> Page:
    """The inverse of `page_to_json`. Raises KeyError or ValueError on anything else."""
    return Page(
        url=row["url"],
        title=row["title"],
        language=row["language"],
        facts=tuple(fact_from_json(fact) for fact in row["facts"]),
        read_at=datetime.fromisoformat(row["read_at"]),
        colours=tuple(row["colours"]),
        links=dict(row["links"]),
        share_image=row["share_image"],
        vocabulary=tuple(row["vocabulary"]),
        set_aside=tuple(row["set_aside"]),
    )


def fact_to_json(fact: Fact) -> dict[str, str]:
    """One fact with its source, as stored beside a page, a brief or a revision."""
    return {
        "kind": fact.kind.value,
        "text": fact.text,
        "detail": fact.detail,
        "url": fact.source.url,
        "where": fact.source.where,
    }


def fact_from_json(row: Mapping[str, str]) -> Fact:
    """The inverse of `fact_to_json`."""
    return Fact(FactKind(row["kind"]), row["text"], Source(row["url"], row["where"]), row["detail"])


def merged(page: Page, others: Sequence[Page]) -> Page:
    """One page with the facts of its sister pages (pricing, features) added; what is said twice is kept once."""
    seen = {(fact.kind, fact.text.casefold()) for fact in page.facts}
    facts = list(page.facts)
    for fact in (fact for other in others for fact in other.facts):
        if fact.kind in _FROM_SISTERS and (fact.kind, fact.text.casefold()) not in seen:
            seen.add((fact.kind, fact.text.casefold()))
            facts.append(fact)
    aside = tuple(dict.fromkeys(note for one in (page, *others) for note in one.set_aside))
    return Page(
        page.url, page.title, page.language, tuple(facts), page.read_at, page.colours, page.links, page.share_image,
        page.vocabulary, aside,
    )  # fmt: skip


_FROM_SISTERS = frozenset(
    {FactKind.FEATURE, FactKind.STEP, FactKind.PROOF, FactKind.PRICE, FactKind.OFFER, FactKind.QUESTION}
)


_ASK = "Please describe the web app in a few sentences; posts are then written from your words."

REASONS: dict[str, str] = {
    "bad_address": "“{url}” is not a web address that can be read: {detail}.",
    "port": "{host} is asked for on an unusual port; pages are read on the ordinary ports 80 and 443 only.",
    "private_address": "{host} leads to an address that is not public, so it was not contacted.",
    "dns": "The name {host} could not be found.",
    "tls": "The secure connection to {host} failed: its certificate is not valid for it.",
    "unreachable": "{host} did not accept a connection.",
    "timeout": "{host} took longer than {detail} seconds to answer.",
    "not_found": "{host} says there is no page at this address (404).",
    "http_error": "{host} answered with an error ({detail}).",
    "redirect_loop": "{host} kept forwarding to other addresses.",
    "too_large": "The page is larger than {detail} MB.",
    "not_html": "The address leads to {detail}, not to a web page.",
    "empty": "The page holds no text.",
    "script_only": "The page is drawn by scripts only, so there is no text in it to read.",
    "robots": "The site's robots.txt asks programs not to read this page.",
    "robots_wait": "The site's robots.txt could not be read ({detail}), so by its rules the page has to wait.",
    "unparsable": "The page could not be taken apart: {detail}.",
}
"""Why a page cannot be read, each in a sentence a founder understands."""


class Unreadable(Exception):
    """The page gave no facts. `reason` is a key of REASONS; `sentence` says why and asks for a description."""

    def __init__(self, reason: str, url: str, detail: str = "") -> None:
        self.reason = reason
        self.url = url
        self.detail = detail
        host = _host(url) or url[:120]
        self.sentence = f"{REASONS[reason].format(url=url[:120], host=host, detail=detail)} {_ASK}"
        super().__init__(self.sentence)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""  # not an address: the sentence quotes it as it is
