"""The ideas of a day: which angle each post takes and which of the page's facts it stands on."""

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from domain.page import Fact, FactKind, Page, fact_from_json, fact_to_json


class Angle(StrEnum):
    """What a post leads with."""

    PROMISE = "promise"
    FEATURE = "feature"
    LIST = "list"
    STEPS = "steps"
    PROOF = "proof"
    PRICE = "price"
    OFFER = "offer"
    AUDIENCE = "audience"
    QUESTION = "question"


LEADS: dict[FactKind, Angle] = {
    FactKind.PROMISE: Angle.PROMISE,
    FactKind.SUMMARY: Angle.PROMISE,
    FactKind.FEATURE: Angle.FEATURE,
    FactKind.PROOF: Angle.PROOF,
    FactKind.PRICE: Angle.PRICE,
    FactKind.OFFER: Angle.OFFER,
    FactKind.AUDIENCE: Angle.AUDIENCE,
    FactKind.QUESTION: Angle.QUESTION,
}
"""Which angle a fact opens. Names, steps and calls to action never lead alone."""

SUPPORTS = (FactKind.FEATURE, FactKind.PROMISE, FactKind.SUMMARY, FactKind.PROOF, FactKind.OFFER, FactKind.AUDIENCE)
_LONGEST_LIST = 5
_SHORTEST_LIST = 3


@dataclass(frozen=True, slots=True)
class Brief:
    """An idea of the day with its sources. The first fact leads, the others support it in this order."""

    angle: Angle
    facts: tuple[Fact, ...]

    @property
    def lead(self) -> Fact:
        return self.facts[0]


def brief_to_json(brief: Brief) -> dict[str, Any]:
    """Plain JSON for a jsonb column."""
    return {"angle": brief.angle.value, "facts": [fact_to_json(fact) for fact in brief.facts]}


def brief_from_json(row: Mapping[str, Any]) -> Brief:
    """The inverse of `brief_to_json`."""
    return Brief(Angle(row["angle"]), tuple(fact_from_json(fact) for fact in row["facts"]))


def dice(*parts: object) -> random.Random:
    """Seeded dice: the same parts give the same throws in every process and version of Python."""
    digest = hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).digest()
    return random.Random(int.from_bytes(digest[:16], "big"))


def briefs(page: Page, web_app: str, day: date, count: int) -> tuple[Brief, ...]:
    """The ideas for one local date, one per post, the same whenever asked. Empty when the page states nothing to lead
    with.

    Leads take turns over the days, neighbours differ in kind where the page allows, each turn brings other supports.
    """
    leads = _in_turn(possible_leads(page), dice(web_app))
    if not leads:
        return ()
    first = day.toordinal() * max(count, 1)
    return tuple(supported(page, *leads[n % len(leads)], dice(web_app, n)) for n in range(first, first + count))


def possible_leads(page: Page) -> list[tuple[Angle, Fact]]:
    """Every (angle, leading fact) that the page allows."""
    leads = [(LEADS[fact.kind], fact) for fact in page.facts if fact.kind in LEADS]
    features, steps = page.of(FactKind.FEATURE), page.of(FactKind.STEP)
    if len(features) >= _SHORTEST_LIST:
        leads += [(Angle.LIST, fact) for fact in features[::2]]
    if len(steps) > 1:
        leads.append((Angle.STEPS, steps[0]))
    return leads


def _in_turn(leads: Sequence[tuple[Angle, Fact]], throws: random.Random) -> list[tuple[Angle, Fact]]:
    """Deals the leads out so that one angle rarely follows itself: by the share of each angle already dealt."""
    piles: dict[Angle, list[tuple[Angle, Fact]]] = {}
    for lead in throws.sample(list(leads), len(leads)):
        piles.setdefault(lead[0], []).append(lead)
    keyed = [
        ((place + 0.5) / len(pile), order, lead)
        for order, pile in enumerate(piles.values())
        for place, lead in enumerate(pile)
    ]
    return [lead for _, _, lead in sorted(keyed, key=lambda entry: entry[:2])]


def supported(page: Page, angle: Angle, lead: Fact, throws: random.Random) -> Brief:
    """A brief for this lead, with supports thrown from the page's other facts."""
    if angle is Angle.STEPS:
        return Brief(angle, page.of(FactKind.STEP)[:_LONGEST_LIST])
    if angle is Angle.LIST:
        others = [fact for fact in page.of(FactKind.FEATURE) if fact != lead]
        size = throws.randint(_SHORTEST_LIST - 1, min(_LONGEST_LIST - 1, len(others)))
        return Brief(angle, (lead, *throws.sample(others, size)))
    pool = [fact for fact in page.of(*SUPPORTS) if fact.text != lead.text]
    return Brief(angle, (lead, *throws.sample(pool, min(3, len(pool)))))
