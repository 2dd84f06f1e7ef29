"""The critic: what is wrong with a draft, before people see it and after they edit it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import regex

from domain.draft import Draft
from domain.fence import speaks_to_machines
from domain.page import Page
from domain.platforms import PLATFORMS, Platform
from domain.sameness import RATHER_ALIKE, TOO_ALIKE, Memory
from domain.text import clean, length, x_links


class ObjectionKind(StrEnum):
    """What an objection is about."""

    EMPTY = "empty"
    LENGTH = "length"
    HIDDEN = "hidden"
    LINK = "link"
    NUMBER = "number"
    CLAIM = "claim"
    NAME = "name"
    BANNED = "banned"
    SAMENESS = "sameness"
    HASHTAGS = "hashtags"
    MENTION = "mention"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class Objection:
    """One fault in a sentence. A fatal one sends the draft back; the others are warnings on the card."""

    kind: ObjectionKind
    sentence: str
    fatal: bool


CLAIMS = regex.compile(
    r"""(?xi)\b(?:best|fastest|cheapest|easiest|simplest|safest|smartest|greatest|leading|top[- ]rated
    |number\ one|no\.\ ?1
    |world[- ]class|award[- ]winning|unrivalled|unmatched|guaranteed?|proven|certified|official(?:ly)?|free|unlimited
    |the\ only|the\ first|always|never|everyone|nobody|instant(?:ly)?|most\ \p{L}+
    |millions?|thousands?|hundreds?|billions?|dozens?)\b"""
)
"""Words that assert more than a connecting phrase may: they have to stand on the page."""

_LINK = regex.compile(r"https?://[^\s<>\"]+", regex.I)
_TAG = regex.compile(r"(?<![\p{L}\p{N}_&])[#＃][\p{L}\p{M}\p{N}_]+")
_MENTION = regex.compile(r"(?<![\p{L}\p{N}_.])@[\p{L}\p{N}_]+")
_NUMBER = regex.compile(r"\p{N}+(?:[.,:'’ \u202f]\p{N}+)*")
_PLACE = regex.compile(r"^\d{1,2}[.)] ", regex.M)
"""The number of a line in a list of steps: it counts lines and asserts nothing."""
_NAME = regex.compile(r"(?<=[\p{Ll},;]\s)(?:\p{Lu}[\p{L}\p{N}]+(?:\s(?=\p{Lu}))?)+")


def critique(
    draft: Draft, page: Page, platform: Platform, recent: Memory | Sequence[str], banned: Sequence[str] = ()
) -> tuple[Objection, ...]:
    """Everything wrong with a draft, fatal faults first.

    `recent` are the texts of the last 90 days and of this batch.
    """
    memory = recent if isinstance(recent, Memory) else Memory(recent)
    found = [*_form(draft.text, platform), *_links(draft.text, page), *_facts(draft.text, page)]
    found += [*_banned(draft.text, banned), *_sameness(draft.text, memory)]
    return tuple(sorted(found, key=lambda objection: not objection.fatal))


def warnings(objections: Iterable[Objection]) -> tuple[str, ...]:
    """The sentences that a card shows: every objection which does not forbid the post."""
    return tuple(objection.sentence for objection in objections if not objection.fatal)


def fatal(objections: Iterable[Objection]) -> tuple[str, ...]:
    """The sentences that send a draft back."""
    return tuple(objection.sentence for objection in objections if objection.fatal)


def _form(text: str, platform: Platform) -> Iterable[Objection]:
    facts = PLATFORMS[platform]
    if not text.strip():
        yield Objection(ObjectionKind.EMPTY, "The post has no text.", fatal=True)
    counted = length(platform, text)
    if counted > facts.limits.text:
        sentence = f"Too long for {facts.name}: {counted} of {facts.limits.text} characters."
        yield Objection(ObjectionKind.LENGTH, sentence, fatal=True)
    if clean(text) != text:
        yield Objection(ObjectionKind.HIDDEN, "The text holds hidden or unusual characters.", fatal=True)
    tags = _TAG.findall(text)
    if len(tags) > facts.limits.hashtags:
        sentence = f"{len(tags)} hashtags; on {facts.name} {facts.limits.hashtags} are plenty."
        yield Objection(ObjectionKind.HASHTAGS, sentence, fatal=False)
    for mention in _MENTION.findall(text):
        yield Objection(ObjectionKind.MENTION, f"{mention} would notify somebody.", fatal=False)
    if speaks_to_machines(text):
        yield Objection(ObjectionKind.MACHINE, "The text gives orders to a program.", fatal=True)


def _links(text: str, page: Page) -> Iterable[Objection]:
    for host in sorted({_host(link) for link in _LINK.findall(text)}):
        if not _belongs(host, page):
            yield Objection(ObjectionKind.LINK, f"The link leads to {host}, not to {page.host}.", fatal=True)
    said = page.words().casefold()
    rest = _LINK.sub(" ", text)
    for name in sorted({_host("//" + rest[start:end]) for start, end in x_links(rest)}):
        if not _belongs(name, page):  # platforms make links of bare names; the page may well name another product
            sentence = f"“{name}” becomes a link that leads away from {page.host}."
            yield Objection(ObjectionKind.LINK, sentence, fatal=name not in said)


def _belongs(host: str, page: Page) -> bool:
    return f".{host}".endswith(f".{page.host}")


def _host(link: str) -> str:
    authority = regex.split(r"[/?#\\]", link.split("//", 1)[1], maxsplit=1)[0]
    host: str = authority.rsplit("@", 1)[-1].casefold()
    return host if "[" in host else host.rsplit(":", 1)[0]


def _facts(text: str, page: Page) -> Iterable[Objection]:
    """Numbers, claims and names in the text against everything the page says."""
    said = " ".join((page.words(), page.host))
    bare = _PLACE.sub("", _MENTION.sub(" ", _TAG.sub(" ", _LINK.sub(" ", text))))
    numbers = set(_NUMBER.findall(said))
    for number in dict.fromkeys(_NUMBER.findall(bare)):
        if number not in numbers:
            yield Objection(ObjectionKind.NUMBER, f"The number {number} does not stand on the page.", fatal=True)
    folded = " ".join(said.casefold().split())
    for claim in dict.fromkeys(match.casefold() for match in CLAIMS.findall(bare)):
        if not regex.search(rf"(?<!\p{{L}}){regex.escape(claim)}(?!\p{{L}})", folded):
            yield Objection(ObjectionKind.CLAIM, f"“{claim}” is a claim the page does not make.", fatal=True)
    for name in dict.fromkeys(_NAME.findall(bare)):
        if name.strip().casefold() not in folded:
            yield Objection(ObjectionKind.NAME, f"“{name.strip()}” is not named on the page.", fatal=False)


def _banned(text: str, banned: Sequence[str]) -> Iterable[Objection]:
    for word in banned:
        if word.strip() and regex.search(
            rf"(?<![\p{{L}}\p{{N}}]){regex.escape(word.strip())}(?![\p{{L}}\p{{N}}])", text, regex.I
        ):
            yield Objection(ObjectionKind.BANNED, f"“{word.strip()}” is on the list of words not to use.", fatal=True)


def _sameness(text: str, memory: Memory) -> Iterable[Objection]:
    likeness = memory.nearest(text)
    if likeness >= TOO_ALIKE:
        yield Objection(ObjectionKind.SAMENESS, "Almost the same was posted in the last 90 days.", fatal=True)
    elif likeness >= RATHER_ALIKE:
        yield Objection(ObjectionKind.SAMENESS, "Resembles a post of the last 90 days.", fatal=False)
