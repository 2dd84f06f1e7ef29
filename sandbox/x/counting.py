"""How long a text is for X, and where its links are (twitter-text v3, our own small reading of it)."""

import unicodedata
from dataclasses import dataclass

import regex

LIMIT = 280
LINK_WEIGHT = 23
LIGHT = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))  # count 1; everything else 2
PICTURE = r"(?:\p{Emoji_Presentation}|(?![©®](?!\uFE0F))\p{Extended_Pictographic})"  # a bare © is a letter to X
EMOJI = regex.compile(
    r"\p{Regional_Indicator}{2}|[0-9#*]\uFE0F?\u20E3"
    rf"|{PICTURE}(?:\uFE0F|\p{{Emoji_Modifier}})*[\U000E0020-\U000E007F]*"
    rf"(?:\u200D{PICTURE}(?:\uFE0F|\p{{Emoji_Modifier}})*)*"
)
TLDS = "com|org|net|io|dev|app|co|ai|de|uk|fr|nl|eu|info|biz|edu|gov|me|tv|example|studio|agency|test"
LINK = regex.compile(
    r"(?<![\p{L}\p{N}@$#_.-])(?:https?://[^\s<>\"“”]+"
    rf"|(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:{TLDS})(?![\p{{L}}\p{{N}}-])(?:/[^\s<>\"“”]*)?)",
    regex.IGNORECASE,
)
TRAILING = ".,;:!?'\"…"
BRACKETS = (("(", ")"), ("[", "]"))
CASHTAG = regex.compile(r"(?<![\p{L}\p{N}$])\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?![\p{L}\p{N}])")


@dataclass(frozen=True)
class Link:
    """A link in a text: the half-open range of characters, and its address with a scheme."""

    start: int
    end: int
    address: str


def links(text: str) -> list[Link]:
    """The links that X would shorten, in order. Closing punctuation and an unopened bracket stay outside."""
    found = []
    for match in LINK.finditer(text):
        shown = _trimmed(match.group())
        if shown.lower() not in ("http://", "https://"):
            address = shown if "://" in shown else f"http://{shown}"
            found.append(Link(match.start(), match.start() + len(shown), address))
    return found


def weighted_length(text: str) -> int:
    """The length against the limit of 280: links are 23, an emoji 2, wide characters 2, others 1. NFC first."""
    text = unicodedata.normalize("NFC", text)
    total, position = 0, 0
    for link in links(text):
        total += _weight(text[position : link.start]) + LINK_WEIGHT
        position = link.end
    return total + _weight(text[position:])


def _weight(text: str) -> int:
    plain = EMOJI.sub("", text)
    emoji = len(EMOJI.findall(text))
    return 2 * emoji + sum(1 if any(low <= ord(sign) <= high for low, high in LIGHT) else 2 for sign in plain)


def _trimmed(shown: str) -> str:
    while shown[-1:] in tuple(TRAILING) or any(
        shown.endswith(shut) and shown.count(opened) < shown.count(shut) for opened, shut in BRACKETS
    ):
        shown = shown[:-1]
    return shown
