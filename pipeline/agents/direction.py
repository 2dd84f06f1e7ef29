"""What a reviewer's word of direction means to the template writer, and what it has to admit it cannot do."""

from dataclasses import dataclass
from enum import StrEnum

import regex

from domain.page import FactKind, Page
from pipeline.agents.vocabulary import common_words


class Wish(StrEnum):
    """What the templates can do when asked."""

    SHORTER = "shorter"
    LONGER = "longer"
    PLAYFUL = "playful"
    SOBER = "sober"
    NO_HASHTAGS = "no hashtags"
    HASHTAGS = "hashtags"
    NO_EMOJI = "no emoji"
    NO_PICTURE = "no picture"
    ASK = "ask"
    NEW_ANGLE = "new angle"


_WISHES: tuple[tuple[Wish, str], ...] = (
    (Wish.NO_HASHTAGS, r"\b(?:no|without|fewer|less|drop|remove)\b.{0,12}hash\s?tags?|ohne hashtags?"),
    (Wish.NO_EMOJI, r"\b(?:no|without|fewer|less|drop|remove)\b.{0,12}emojis?|ohne emojis?"),
    (Wish.NO_PICTURE, r"\b(?:no|without|drop|remove)\b.{0,12}(?:picture|image|photo|card)s?|ohne bild"),
    (Wish.SHORTER, r"\b(?:short|shorter|brief|briefer|concise|crisp|tighter|less text|kürzer|kurz)\b"),
    (Wish.LONGER, r"\b(?:long|longer|more detail|more details|expand|elaborate|länger|ausführlicher)\b"),
    (Wish.PLAYFUL, r"\b(?:playful|fun|funny|funnier|lighter|casual|cheerful|emojis?|humou?r|lockerer|lustiger)\b"),
    (Wish.SOBER, r"\b(?:formal|serious|sober|professional|neutral|businesslike|sachlich|sachlicher|förmlicher)\b"),
    (Wish.HASHTAGS, r"\b(?:more|add|with)\b.{0,12}hash\s?tags?|mehr hashtags"),
    (Wish.ASK, r"\b(?:engag\w+|end with a question|ask (?:a question|the reader|something)|conversation)\b"),
    (
        Wish.NEW_ANGLE,
        r"\b(?:different|another|other|new|fresh)\b.{0,14}(?:angle|idea|topic|fact|take|approach|one)\b"
        r"|something else|anders",
    ),
)
_LEADS: tuple[tuple[frozenset[FactKind], str, str], ...] = (
    (frozenset({FactKind.PRICE}), r"\b(?:price|prices|pricing|cost|costs|preis|preise)\b", "The page names no price."),
    (
        frozenset({FactKind.PROOF}),
        r"\b(?:quote|testimonial|proof|customer|review|social proof|zitat|kundenstimme)s?\b",
        "The page quotes nobody.",
    ),
    (frozenset({FactKind.OFFER}), r"\b(?:trial|offer|discount|angebot)s?\b", "The page makes no offer."),
    (
        frozenset({FactKind.AUDIENCE}),
        r"\b(?:audience|who it is for|target group|zielgruppe)\b",
        "The page does not say whom it is for.",
    ),
    (frozenset({FactKind.QUESTION}), r"\bfaqs?\b|\b(?:a|as a|frequent) questions?\b", "The page answers no questions."),
    (
        frozenset({FactKind.STEP}),
        r"\bhow (?:it|this) works\b|\bsteps?\b|\bhow[- ]to\b",
        "The page does not say how it works.",
    ),
    (
        frozenset({FactKind.PROMISE, FactKind.SUMMARY}),
        r"\b(?:promise|benefit|headline|tagline)\b",
        "The page makes no promise.",
    ),
    (frozenset({FactKind.FEATURE}), r"\bfeatures?\b|\bfunktion(?:en)?\b", "The page lists no features."),
)
_NOT = (
    r"\b(?:no|not|never|without|don't (?:mention|use|show|talk about)|drop|remove|skip|omit|leave out|ohne|kein\w*)\b"
    r"[\s\w]{0,12}?"
)
_EMPTY = (
    "please mention mentions mentioning talk write include rather than bit little focus lead begin text post bitte mehr"
)
_WORD = regex.compile(r"[\p{L}\p{N}]{3,}")


@dataclass(frozen=True, slots=True)
class Direction:
    """A direction understood:
    wishes, kinds of fact to lead with or to leave out, words to look for, and what to admit.
    """

    wishes: frozenset[Wish] = frozenset()
    kinds: frozenset[FactKind] = frozenset()
    unwanted: frozenset[FactKind] = frozenset()
    words: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __contains__(self, wish: Wish) -> bool:
        return wish in self.wishes


def understand(text: str | None, page: Page) -> Direction:
    """Reads a direction. What cannot be done is in `notes`, in a sentence for the card; nothing is dropped silently."""
    if not text or not text.strip():
        return Direction()
    rest = text.casefold().replace("’", "'")
    wishes: set[Wish] = set()
    for wish, pattern in _WISHES:
        rest, hits = regex.subn(pattern, " ", rest)
        if hits:
            wishes.add(wish)
    kinds: set[FactKind] = set()
    unwanted: set[FactKind] = set()
    notes: list[str] = []
    for wanted, pattern, regret in _LEADS:
        rest, refused = regex.subn(rf"{_NOT}(?:{pattern})", " ", rest)
        rest, asked = regex.subn(pattern, " ", rest)
        if refused:
            unwanted |= wanted
        elif asked and page.of(*wanted):
            kinds |= wanted
        elif asked:
            notes.append(regret)
    empty = {*_EMPTY.split(), *common_words()["en"]}
    words = tuple(word for word in _WORD.findall(rest) if word not in empty)
    known = page.words().casefold()
    found = tuple(word for word in words if regex.search(rf"\b{regex.escape(word)}", known))
    if words and not found and not (wishes or kinds or unwanted or notes):
        notes.append(f"The templates could not follow “{text.strip()[:80]}”: edit the text, or ask for one of: {ABLE}.")
    elif len(found) < len(words):
        missing = " ".join(word for word in words if word not in found)
        notes.append(f"The templates could not do this part: “{missing[:80]}”.")
    return Direction(frozenset(wishes), frozenset(kinds), frozenset(unwanted), found, tuple(notes))


ABLE = "shorter, longer, more playful, more formal, no hashtags, mention the price, use a quote, another angle"
"""What the template writer understands, for hints on cards."""
