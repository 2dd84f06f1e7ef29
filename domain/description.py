"""Facts from running text:
a person's own description when the page cannot be read, or a page without the usual parts.
"""

from collections.abc import Iterator
from datetime import datetime

import regex

from domain.fence import speaks_to_machines
from domain.page import Fact, FactKind, Page, Source
from domain.text import clean

PRICE = regex.compile(
    r"(?:[$€£¥₹₪]|\b(?:USD|EUR|GBP|CHF)\b)\s?\p{N}+"
    r"|\p{N}[\p{N}.,]*\s?(?:€|£|₪|(?:USD|EUR|GBP|CHF|[Ee]uros?|dollars?|pounds?|francs?)\b)"
)
_SENTENCE_END = regex.compile(r"(?<=[.!?…؟。！？])[\s\"”»]+(?=[\p{Lu}\p{Lo}\p{N}“\"«])|(?<=[。！？])|\n+")
_IS = regex.compile(
    r"^\s*((?:\p{Lu}|\p{Lo}|\p{N})[\p{L}\p{N}.&+-]*(?: \p{Lu}[\p{L}\p{N}.&+-]*){0,3})\s+"
    r"(?:is|are|helps?|lets|turns|ist|est|es)\b"
)
_SHORTEST, _LONGEST = 8, 220
_MOST = 12
_WHERE = "your description"


def sentences(text: str) -> list[str]:
    """The text's sentences, each cleaned to one line."""
    return [one for part in _SENTENCE_END.split(text) if (one := " ".join(clean(part).split()).lstrip("-*• "))]


def facts_of_text(text: str, source: Source) -> Iterator[Fact]:
    """Up to twelve facts:
    sentences with a price are prices, the first other sentence is a summary, the rest are features.
    """
    first = True
    for sentence in [one for one in sentences(text) if _SHORTEST <= len(one) <= _LONGEST][:_MOST]:
        if PRICE.search(sentence):
            yield Fact(FactKind.PRICE, sentence, source)
        elif not speaks_to_machines(sentence):
            yield Fact(FactKind.SUMMARY if first else FactKind.FEATURE, sentence, source)
            first = False


def describe(text: str, url: str, read_at: datetime, name: str | None = None, language: str = "en") -> Page:
    """A page made of a person's own words; every fact's source says "your description".

    The name is the one given, or what the first sentence begins with ("Tidewater is …"), or the host.
    """
    source = Source(url, _WHERE)
    facts = list(facts_of_text(text, source))
    found = _IS.match(text)
    called = name or (found.group(1) if found else "")
    named = [Fact(FactKind.NAME, called, source)] if called else []
    words = [word for fact in facts for word in regex.findall(r"\p{L}{6,20}", fact.text)]
    return Page(
        url=url, title=called, language=language, facts=(*named, *facts), read_at=read_at,
        vocabulary=tuple(dict.fromkeys(word for word in words if word != called))[:12],
    )  # fmt: skip
