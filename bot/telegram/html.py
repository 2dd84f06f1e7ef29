"""Telegram's small HTML, built so that outside text stays text, and measured as Telegram measures it.

Telegram itself turns "@name", "/command", "#tag" and addresses of any message into live entities, which can ping.
Only `code` and `pre` are exempt, so such words of outside text stand in `code` and a post's text in `pre`. Neither may
stand inside bold. Limits: 4,096 UTF-16 units and 100 entities after parsing, core.telegram.org/bots/api.
"""

from dataclasses import dataclass

import regex

from bot.words import clip, host_of, line, safe_link, units

ROOM = 4_096
ENTITIES = 100

_LIVE = regex.compile(
    r"\S*(?:@\w|(?<!\w)/\w|(?<!\w)#(?!\d+(?:[\s.,;:!?)]|$))\S|\$[A-Z]|://|\w\.\w"
    # Unicode grows: a letter that we know may be none to Telegram, and what stands behind it comes to life.
    r"|(?<=[^\W\x00-\u024F])(?:/[A-Za-z0-9_]|#\w))\S*"
)
_CHIPS_A_TEXT = 2
"""With more live words than this, the whole text stands in one `code`, so that entities cannot run out."""


@dataclass(frozen=True, slots=True)
class Html:
    """A piece of a message: its markup, what it costs in UTF-16 units once parsed, and its entities."""

    markup: str
    units: int
    entities: int

    def __add__(self, other: "Html") -> "Html":
        return Html(self.markup + other.markup, self.units + other.units, self.entities + other.entities)


NOTHING = Html("", 0, 0)
BREAK = Html("\n", 1, 0)


def escape(text: str) -> str:
    """`text` with the three characters that mean something in Telegram's HTML made harmless."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def tag(name: str, text: str) -> Html:
    """`text`, letter for letter, inside one of Telegram's tags; nothing for an empty text."""
    return Html(f"<{name}>{escape(text)}</{name}>", units(text), 1) if text else NOTHING


def words(text: str, *, bold: bool = False) -> Html:
    """Outside text (one that is already visible): what Telegram would bring to life stands in `code`."""
    spans = [_bare(match.start(), match[0]) for match in _LIVE.finditer(text)]
    if len(spans) > _CHIPS_A_TEXT:
        return tag("code", text)
    made, done = NOTHING, 0
    for start, end in spans:
        made += _still(text[done:start], bold) + tag("code", text[start:end])
        done = end
    return made + _still(text[done:], bold)


def _bare(start: int, word: str) -> tuple[int, int]:
    """The span of a live word without the punctuation around it."""
    inner = word.strip("()“”‘’\"',;:!?.…")
    at = start + word.index(inner)
    return at, at + len(inner)


def _still(text: str, bold: bool) -> Html:
    return tag("b", text) if bold and text.strip() else Html(escape(text), units(text), 0)


def strong(text: str) -> Html:
    """Like `words`, bold."""
    return words(text, bold=True)


def link(label: str, address: str) -> Html:
    """A link that names its real host, or plain words when the address is not one that may be opened."""
    if safe_link(address) is None:
        return words(f"{line(label, 80)}: {line(address, 200)}")
    named = f"{clip(label, 80)} ({host_of(address)})"
    return Html(f'<a href="{escape(address).replace(chr(34), "&quot;")}">{escape(named)}</a>', units(named), 1)


def joined(pieces: list[Html], most: Html | None = None) -> Html:
    """The pieces on lines of their own, as many as leave `most` (kept for what follows) its room."""
    made = NOTHING
    for place, piece in enumerate(pieces):
        longer = made + BREAK + piece if place else piece
        if not holds(longer + (most or NOTHING)):
            break
        made = longer
    return made


def holds(page: Html) -> bool:
    """Whether Telegram takes `page` as one message."""
    return page.units <= ROOM and page.entities <= ENTITIES
