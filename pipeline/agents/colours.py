"""The colours of a page: what it names as its own first, then what it uses most."""

from collections import Counter
from typing import Any

import regex

_HEX = regex.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})(?![0-9a-zA-Z])")
_OWN = regex.compile(r"--[\w-]*(?:primary|brand|accent|main|theme)[\w-]*\s*:\s*(#[0-9a-fA-F]{3,6})(?![0-9a-zA-Z])")
_MOST = 4


def colours(tree: Any) -> tuple[str, ...]:
    """Up to four "#rrggbb", greys left out, most telling first.

    To be asked before style sheets are dropped from the tree.
    """
    theme = [node.attributes.get("content") or "" for node in tree.css("meta[name=theme-color]")]
    sheets = " ".join((node.text() or "")[:200_000] for node in tree.css("style"))
    sheets += " ".join(node.attributes.get("style") or "" for node in tree.css("[style]"))
    named = _HEX.findall(" ".join(theme)) + _OWN.findall(sheets)
    used = [colour for colour, _ in Counter(_long(found) for found in _HEX.findall(sheets)).most_common(30)]
    telling = [colour for colour in map(_long, [*named, *used]) if _is_colourful(colour)]
    return tuple(dict.fromkeys(telling))[:_MOST]


def _long(colour: str) -> str:
    digits = colour.lower().lstrip("#")
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits[:3]))


def _is_colourful(colour: str) -> bool:
    channels = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return max(channels) - min(channels) >= 40
