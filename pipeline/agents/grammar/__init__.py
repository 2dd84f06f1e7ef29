"""Templates as tables: openings, joints and closings per language, platform and angle.

Nothing in these tables may assert anything about a web app. Placeholders: {name}, {host}, {lead} (the leading fact,
with a full stop), {bare} (without one), {detail} (what stood under it), {by} (who said a quote), {list}.
"""

from pipeline.agents.grammar import de, en, neutral
from pipeline.agents.grammar.shape import Grammar

GRAMMARS: dict[str, Grammar] = {"en": en.GRAMMAR, "de": de.GRAMMAR}
"""By the page's language. A page in another, or in none that we could tell, gets `neutral`: no phrases of ours."""


def grammar_for(language: str) -> Grammar:
    """The grammar that speaks the page's language, or the one that needs none."""
    return GRAMMARS.get(language, neutral.GRAMMAR)
