"""The writer's port, and the writer that needs no model: templates over the page's own facts.

Every sentence that says something is a fact quoted from the page; the phrases between them assert nothing.
"""

import random
from dataclasses import replace
from functools import partial
from typing import Protocol

from domain.brief import LEADS, Angle, Brief, dice, possible_leads, supported
from domain.draft import Draft, WriteRequest
from domain.page import Fact, FactKind, Page
from domain.sameness import RATHER_ALIKE
from pipeline.agents.compose import Composed, compose
from pipeline.agents.direction import Direction, Wish, understand
from pipeline.agents.grammar import grammar_for
from pipeline.agents.picturing import picture_for

_TRIES = 16
_FAR_ENOUGH = RATHER_ALIKE - 0.15


class NothingToSay(Exception):
    """The page states nothing a post could stand on. The text asks for a description."""


class Writer(Protocol):
    """Writes one post for one account. Drafts are proposals: the critic and people decide."""

    name: str

    async def draft(self, request: WriteRequest) -> Draft:
        """One draft. The same request gives the same draft with templates. Raises NothingToSay."""
        ...


class TemplateWriter:
    """Writes from a grammar of templates. Costs nothing, knows nothing but the page."""

    name = "templates"

    async def draft(self, request: WriteRequest) -> Draft:
        """The candidate least like anything remembered in `request.avoid`; early ones win when they differ enough."""
        direction = understand(request.direction, request.page)
        best: tuple[float, Composed, Brief] | None = None
        for attempt in range(_TRIES):
            throws = dice(request.seed, attempt)
            brief = _brief(request, direction, attempt, throws)
            throws = dice(request.seed, request.direction or "", attempt)
            composed = compose(request, brief, direction, grammar_for(request.page.language), throws)
            likeness = request.avoid.nearest(composed.text)
            if best is None or likeness < best[0]:
                best = (likeness, composed, brief)
            if likeness < _FAR_ENOUGH:
                break
        assert best is not None  # noqa: S101 - the loop ran at least once
        return _finished(request, direction, best[1], best[2])


def _brief(request: WriteRequest, direction: Direction, attempt: int, throws: random.Random) -> Brief:
    """The request's brief, unless a direction asks for other facts or the first attempts repeat what was posted."""
    leads = [lead for lead in possible_leads(request.page) if lead[1].kind not in direction.unwanted]
    if not leads:
        raise NothingToSay("The page says too little to write from. Please describe the web app in a few sentences.")
    asked = _asked_for(request.page, direction, leads)
    if asked:
        return _allowed(supported(request.page, *throws.choice(asked), throws), direction)
    given = request.brief
    if given is not None and (given.lead.kind in direction.unwanted or Wish.NEW_ANGLE in direction):
        leads = [lead for lead in leads if lead[1] != given.lead and lead[0] != given.angle] or leads
        given = None
    if given is None or attempt >= _TRIES // 2:
        return _allowed(supported(request.page, *throws.choice(leads), throws), direction)
    return _allowed(given if attempt < 3 else supported(request.page, given.angle, given.lead, throws), direction)


def _asked_for(page: Page, direction: Direction, leads: list[tuple[Angle, Fact]]) -> list[tuple[Angle, Fact]]:
    """Leads that a direction names by kind or by words; those that match most words first and only."""
    pool = [lead for lead in leads if lead[1].kind in direction.kinds and lead[0] is not Angle.LIST]
    if FactKind.STEP in direction.kinds:
        pool += [(Angle.STEPS, page.of(FactKind.STEP)[0])]
    if not direction.words:
        return pool

    def matches(fact: Fact) -> int:
        said = f"{fact.text} {fact.detail}".casefold()
        return sum(word in said for word in direction.words)

    scored = [(matches(fact), (LEADS[fact.kind], fact)) for _, fact in pool or leads if fact.kind in LEADS]
    most = max((score for score, _ in scored), default=0)
    return [lead for score, lead in scored if score == most] if most else pool


def _allowed(brief: Brief, direction: Direction) -> Brief:
    kept = tuple(fact for fact in brief.facts[1:] if fact.kind not in direction.unwanted)
    return replace(brief, facts=(brief.lead, *kept))


def _finished(request: WriteRequest, direction: Direction, composed: Composed, brief: Brief) -> Draft:
    grammar = grammar_for(request.page.language)
    wants_picture = Wish.NO_PICTURE not in direction
    picture = picture_for(request.page, brief, grammar, request.seed) if wants_picture else None
    describe = partial(picture.alt, grammar.card_alt) if picture else str
    return Draft(
        text=composed.text, hashtags=composed.hashtags, link=composed.link, alt=describe(), angle=brief.angle,
        facts=composed.facts, picture=picture, notes=(*direction.notes, *composed.notes),
    )  # fmt: skip
