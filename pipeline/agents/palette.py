"""Colours that go together and can be read: a page's own, made lighter or darker until the contrast is right."""

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass

Rgb = tuple[float, float, float]
_DEFAULT = "#3b5bdb"
_WHITE: Rgb = (1.0, 1.0, 1.0)
_INK: Rgb = (0.035, 0.05, 0.09)


@dataclass(frozen=True, slots=True)
class Palette:
    """Hex colours of one picture. Text on any of the grounds has a contrast of at least 7:1, muted text 4.5:1."""

    ground: str
    ground_end: str
    text: str
    muted: str
    accent: str
    on_accent: str
    glow: str


def dark(colours: Sequence[str]) -> Palette:
    """White text on the page's colour, deepened."""
    brand, second = _pair(colours)
    start = _until(_mixed(brand, _INK, 0.35), _WHITE, 7.5, _INK)
    end = _until(
        _mixed(_turned(brand, 0.05), _INK, 0.6), _WHITE, 9.0, _INK
    )  # the second colour's own would turn to mud
    accent = _until(second, start, 3.2, _WHITE)
    return Palette(
        ground=_hex(start), ground_end=_hex(end), text="#ffffff",
        muted=_hex(_until(_mixed(_WHITE, start, 0.22), start, 5.0, _WHITE)),
        accent=_hex(accent), on_accent=_hex(_on(accent)), glow=_hex(_vivid(second, brand)),
    )  # fmt: skip


def light(colours: Sequence[str]) -> Palette:
    """Ink on a breath of the page's colour."""
    brand, second = _pair(colours)
    ground, end = _mixed(brand, _WHITE, 0.93), _mixed(second, _WHITE, 0.84)
    text = _until(_mixed(brand, _INK, 0.82), end, 9.0, _INK)
    accent = _until(brand, end, 4.0, _INK)
    return Palette(
        ground=_hex(ground), ground_end=_hex(end), text=_hex(text),
        muted=_hex(_until(_mixed(text, ground, 0.3), end, 5.0, _INK)),
        accent=_hex(accent), on_accent=_hex(_on(accent)), glow=_hex(_mixed(brand, _WHITE, 0.5)),
    )  # fmt: skip


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two hex colours, 1 to 21."""
    return _contrast(_rgb(one), _rgb(other))


def _pair(colours: Sequence[str]) -> tuple[Rgb, Rgb]:
    brand = _rgb(colours[0]) if colours else _rgb(_DEFAULT)
    for other in colours[1:]:
        if sum(abs(a - b) for a, b in zip(_rgb(other), brand, strict=True)) > 0.5:
            return brand, _rgb(other)
    _, lightness, _ = colorsys.rgb_to_hls(*brand)
    return brand, _turned(brand, 0.09, max(lightness, 0.5))


def _turned(colour: Rgb, by: float, lightness: float | None = None) -> Rgb:
    hue, own, saturation = colorsys.rgb_to_hls(*colour)
    return colorsys.hls_to_rgb((hue + by) % 1.0, own if lightness is None else lightness, saturation)


def _vivid(colour: Rgb, brand: Rgb) -> Rgb:
    """A colour that shines on the brand's ground: near hues do, far or pale ones would grey it."""
    hue, lightness, _ = colorsys.rgb_to_hls(*colour)
    apart = abs(hue - colorsys.rgb_to_hls(*brand)[0])
    if lightness > 0.8 or min(apart, 1 - apart) > 0.2:
        return _turned(brand, -0.04, 0.6)
    return _mixed(colour, _WHITE, 0.15)


def _until(colour: Rgb, against: Rgb, wanted: float, towards: Rgb) -> Rgb:
    """The colour moved towards another until its contrast is enough."""
    for step in range(21):
        moved = _mixed(colour, towards, step / 20)
        if _contrast(moved, against) >= wanted:
            return moved
    return towards


def _on(ground: Rgb) -> Rgb:
    return _WHITE if _contrast(_WHITE, ground) >= 4.0 else _INK


def _mixed(one: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return red, green, blue


def _contrast(one: Rgb, other: Rgb) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Rgb) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(colour: str) -> Rgb:
    return int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255


def _hex(colour: Rgb) -> str:
    return "#" + "".join(f"{round(max(0.0, min(1.0, channel)) * 255):02x}" for channel in colour)
