"""How long a text is in each platform's eyes, and how to shorten it without breaking anything.

Lengths are what the platform counts, never `len()`. Sources: X's weighted counting (twitter-text, version 3) and
LinkedIn's "little text", both in the platforms' documentation, November 2026.
"""

import unicodedata
from collections.abc import Callable, Iterator

import regex

from domain.hidden import EMOJI, clean, visible
from domain.platforms import PLATFORMS, Platform
from domain.tlds import TLDS

__all__ = [
    "LENGTHS",
    "clean",
    "escape_little_text",
    "grapheme_count",
    "graphemes",
    "length",
    "linkedin_length",
    "room",
    "shorten",
    "unescape_little_text",
    "visible",
    "x_length",
    "x_links",
]


def graphemes(text: str) -> list[str]:
    """What a reader counts as characters: a letter with its accents is one, a family emoji is one."""
    return list(regex.findall(r"\X", text))


def grapheme_count(text: str) -> int:
    return len(graphemes(text))


# --- X ---------------------------------------------------------------------------------------------------------------

_LINK_WEIGHT = 23
_PATH_CHAR = r"[a-zA-Z0-9\u0400-\u04FF\u00C0-\u024F!*';:=+,.$/%#\[\]\-\u2013_~@|&]"
_PATH_END = r"[a-zA-Z0-9\u0400-\u04FF\u00C0-\u024F=_#/+\-]"
_BRACKETS = rf"\({_PATH_CHAR}+\)"
_TAIL = (
    rf"(?:/(?:(?:{_PATH_CHAR}|{_BRACKETS})*(?:{_PATH_END}|{_BRACKETS}))?)?"
    r"(?:\?[a-zA-Z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-zA-Z0-9\-_&=#/])?"
)
_LINK = regex.compile(  # possessive labels and a lookbehind over their letters keep long runs linear
    r"(?<![a-zA-Z0-9\u00C0-\u024F@＠$#＃])(?:"
    r"(?P<scheme>https?://)(?P<host>(?:[\p{L}\p{N}][\p{L}\p{N}_-]*+(?<![_-])\.)+[\p{L}\p{N}-]+)"
    r"|(?<![-_./])(?P<bare>(?:[a-zA-Z0-9\u00C0-\u024F][a-zA-Z0-9\u00C0-\u024F_-]*+(?<![_-])\.)+[a-zA-Z]+)"
    rf")(?![a-zA-Z0-9@])(?P<tail>(?::[0-9]+)?{_TAIL})",
    regex.IGNORECASE,
)
_LIGHT = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))


def x_length(text: str) -> int:
    """Weighted length as X counts it (limit 280): NFC, a link 23, an emoji sequence 2, most scripts 1, the rest 2."""
    text = unicodedata.normalize("NFC", text)
    total, done = 0, 0
    for start, end in x_links(text):
        total += _plain_weight(text[done:start]) + _LINK_WEIGHT
        done = end
    return total + _plain_weight(text[done:])


def x_links(text: str) -> Iterator[tuple[int, int]]:
    """Spans that X turns into t.co links: hosts with a known ending, https:// or not. Never an address in digits."""
    for match in _LINK.finditer(text):
        group = "host" if match["host"] else "bare"
        host_start, host_end = match.span(group)
        end = _end_of_known_host(match[group])
        if end is None:
            continue
        whole = host_start + end == host_end
        yield match.start(), match.end() if whole else host_start + end


def _end_of_known_host(host: str) -> int | None:
    """Where the longest part of `host` with a real ending stops; None when there is none ("next.js", "10.0.0.1")."""
    labels = host.split(".")
    while len(labels) > 1:
        last = labels[-1].lower()
        if last in TLDS or last.startswith("xn--"):
            return len(".".join(labels))
        ascii_part = regex.match(r"[a-z]*(?=[^a-z0-9-])", last)  # "example.comの": the ending stops where Latin stops
        if ascii_part and ascii_part[0] in TLDS:
            return len(".".join(labels[:-1])) + 1 + len(ascii_part[0])
        labels.pop()
    return None


def _plain_weight(text: str) -> int:
    emoji = len(EMOJI.findall(text))
    rest = "".join(EMOJI.split(text))
    return 2 * emoji + sum(1 if any(low <= ord(char) <= high for low, high in _LIGHT) else 2 for char in rest)


# --- LinkedIn --------------------------------------------------------------------------------------------------------

_RESERVED = r"\\|{}@\[\]()<>#*_~"
_TO_ESCAPE = regex.compile(
    rf"(?P<tag>(?<![\p{{L}}\p{{N}}\p{{M}}_#&/])#(?=[\p{{L}}\p{{N}}]*\p{{L}}))|(?P<char>[{_RESERVED}])"
)
_LITTLE = regex.compile(
    rf"\{{hashtag\|\\?[#＃]\|(?P<tag>(?:\\.|[^|}}\\]){{0,300}}+)\}}"
    rf"|@\[(?P<name>(?:\\.|[^\]\\]){{0,300}}+)\]\((?:\\.|[^)\\]){{0,300}}+\)"
    rf"|\\(?P<char>[{_RESERVED}])"
)


def escape_little_text(text: str) -> str:
    """LinkedIn's `commentary`. A reserved character left bare cuts the post off there, and LinkedIn still says 201.

    A `#` that begins a hashtag stays bare, so that it works as one.
    """
    return str(_TO_ESCAPE.sub(lambda match: "#" if match["tag"] else "\\" + match["char"], text))


def unescape_little_text(text: str) -> str:
    """What a reader sees of a `commentary`: escapes undone, hashtag and mention markup as plain words."""

    def plain(match: regex.Match[str]) -> str:
        if match["tag"] is not None:
            return "#" + unescape_little_text(match["tag"])
        if match["name"] is not None:
            return unescape_little_text(match["name"])
        return str(match["char"])

    return str(_LITTLE.sub(plain, text))


def linkedin_length(text: str) -> int:
    """Length after escaping (limit 3,000), in UTF-16 units: the strictest reading of LinkedIn's "characters"."""
    return utf16_length(escape_little_text(text))


# --- all -------------------------------------------------------------------------------------------------------------


def utf16_length(text: str) -> int:
    """UTF-16 units: what Instagram and TikTok count, or at least never less than it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf8_length(text: str) -> int:
    """Bytes in UTF-8: how YouTube counts a description."""
    return len(text.encode("utf-8", "surrogatepass"))


LENGTHS: dict[Platform, Callable[[str], int]] = {
    Platform.X: x_length,
    Platform.LINKEDIN: linkedin_length,
    Platform.FACEBOOK: utf16_length,
    Platform.INSTAGRAM: utf16_length,
    Platform.TIKTOK: utf16_length,
    Platform.YOUTUBE: utf8_length,
}


def length(platform: Platform, text: str) -> int:
    """Length as `platform` counts it; compare with `PLATFORMS[platform].limits.text`."""
    return LENGTHS[platform](text)


def room(platform: Platform, text: str) -> int:
    """How much more fits; negative when the text is too long."""
    return PLATFORMS[platform].limits.text - length(platform, text)


def shorten(text: str, limit: int, measure: Callable[[str], int] = grapheme_count, mark: str = "…") -> str:
    """The text itself, or its longest beginning with `mark` that measures at most `limit`.

    Cuts between words where that costs less than half of it, else between graphemes; never inside a link. May be "".
    """
    if measure(text) <= limit:
        return text
    pieces = graphemes(text)
    low, high = 0, len(pieces)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure("".join(pieces[:middle]) + mark) <= limit else (low, middle - 1)
    # A link weighs less whole than in part, so lengths do not only grow: go down until the cut text really fits.
    for count in range(low, 0, -1):
        short = _at_a_boundary(text, len("".join(pieces[:count])))
        if short and measure(short + mark) <= limit:
            return short + mark
    return mark if measure(mark) <= limit else ""


def _at_a_boundary(text: str, cut: int) -> str:
    if cut < len(text) and not text[cut].isspace():
        word = max(text.rfind(" ", 0, cut), text.rfind("\n", 0, cut))
        cut = word if word >= cut / 2 else cut
    link = next((m.start() for m in regex.finditer(r"https?://\S+", text) if m.start() < cut < m.end()), cut)
    return text[:link].rstrip(" \n\t,;:–—-")
