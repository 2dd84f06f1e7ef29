"""The typefaces of our pictures:
Manrope and Inter out of their wheels. How wide a text is, and whether it can be drawn at all.
"""

from functools import cache
from pathlib import Path
from typing import Any
from unicodedata import category

from domain.hidden import EMOJI

_WEIGHTS = {500: "Manrope-Medium", 600: "Manrope-SemiBold", 800: "Manrope-ExtraBold"}
_MEASURED_AT = 100
_ORNAMENT = "So"
"""Unicode's "other symbols": arrows, ticks, stars."""
_NOT_A_LETTER = "\U0010fffd"


def font_files() -> list[str]:
    """Paths of the font files that pictures are drawn with; Inter stands in where Manrope has no sign."""
    import font_manrope  # type: ignore[import-untyped]
    import fontpkg_inter  # type: ignore[import-untyped]

    manrope, inter = Path(font_manrope.__file__).parent / "files", Path(fontpkg_inter.__file__).parent / "files"
    return [*(str(manrope / f"{name}.ttf") for name in _WEIGHTS.values()), str(inter / "Inter[opsz,wght].ttf")]


@cache
def _font(file: str) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(file, _MEASURED_AT)


def width(text: str, size: float, weight: int, spacing: float = 0.0) -> float:
    """Width in pixels at a font size; `spacing` is letter spacing in ems."""
    file = font_files()[list(_WEIGHTS).index(weight)]
    return float(_font(file).getlength(text)) * size / _MEASURED_AT + spacing * size * len(text)


@cache
def _has(file: str, sign: str) -> bool:
    font = _font(file)
    return sign.isspace() or bytes(font.getmask(sign)) != bytes(font.getmask(_NOT_A_LETTER))


def drawable(text: str) -> bool:
    """Whether Manrope or Inter has every sign of the text. Arabic, Hebrew or Chinese they have not."""
    files = font_files()
    return all(_has(files[0], sign) or _has(files[-1], sign) for sign in text)


def plain(text: str) -> str:
    """The text as it can be drawn, without emoji (no colour font is shipped) and ornaments that our fonts lack.

    Empty when they lack a letter: half a word says something else.
    """
    words = "".join(sign for sign in EMOJI.sub(" ", text) if category(sign) != _ORNAMENT or drawable(sign))
    words = " ".join(words.split())
    return words if drawable(words) else ""


def wrapped(text: str, size: float, weight: int, room: float, spacing: float = 0.0) -> list[str]:
    """Lines no wider than `room` pixels, balanced a little; a single word that is too wide is broken."""
    lines: list[str] = [""]
    for word in (piece for part in text.split() for piece in _fitting(part, size, weight, room, spacing)):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width(longer, size, weight, spacing) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _fitting(word: str, size: float, weight: int, room: float, spacing: float) -> list[str]:
    if width(word, size, weight, spacing) <= room or len(word) < 2:
        return [word]
    middle = len(word) // 2
    return [
        *_fitting(word[:middle], size, weight, room, spacing),
        *_fitting(word[middle:], size, weight, room, spacing),
    ]
