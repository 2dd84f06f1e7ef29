"""What a post's picture shows:
the page's own share picture for its promise now and then, else our card of the leading fact.
"""

from domain.brief import Angle, Brief, dice
from domain.draft import PictureSpec
from domain.page import Fact, FactKind, Page
from domain.text import shorten
from pipeline.agents.grammar.shape import Grammar

_HEADLINE, _SUPPORTING = 96, 130
_RTL = frozenset({"ar", "he", "fa", "ur", "yi", "dv"})
_SHARED_OF_THREE = 1


def picture_for(page: Page, brief: Brief, grammar: Grammar, seed: str) -> PictureSpec:
    """The picture of one draft. Words on it are the page's, shortened to what can be read in a feed."""
    headline, supporting = _words(page, brief)
    quote = brief.angle is Angle.PROOF and bool(brief.lead.detail)
    shared = brief.angle is Angle.PROMISE and page.share_image and dice(seed, "picture").randrange(3) < _SHARED_OF_THREE
    return PictureSpec(
        name=shorten(page.name, 28),
        headline=shorten(headline, _HEADLINE),
        supporting=shorten(supporting, _SUPPORTING),
        host=page.host,
        colours=page.colours,
        seed=seed,
        label=grammar.labels[brief.angle] if quote or brief.angle is not Angle.PROOF else "",
        rtl=page.language in _RTL,
        share_image=page.share_image if shared else None,
        shared_alt=grammar.sharing_alt,
        points=tuple(shorten(fact.text, 44) for fact in brief.facts[:4])
        if brief.angle in (Angle.LIST, Angle.STEPS)
        else (),
        quote=quote,
    )


def _words(page: Page, brief: Brief) -> tuple[str, str]:
    lead = brief.lead
    promise = next((fact.text for fact in page.of(FactKind.PROMISE)), page.name)
    if brief.angle in (Angle.LIST, Angle.STEPS):
        return promise, ""
    if lead.kind is FactKind.SUMMARY:
        return promise, lead.text
    return lead.text, lead.detail or _second(page, lead, promise)


def _second(page: Page, lead: Fact, promise: str) -> str:
    """A line under a fact that has none of its own: the promise, or the summary under the promise."""
    if lead.text != promise and lead.kind is not FactKind.PROMISE:
        return promise if promise != page.name else ""
    return next((fact.text for fact in page.of(FactKind.SUMMARY)), "")
