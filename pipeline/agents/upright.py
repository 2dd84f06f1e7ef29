"""Draws a post's card upright, as SVG: one poster for a picture of 4:5, and the same words as scenes for a film of 9:16."""

from dataclasses import dataclass

from domain.draft import PictureSpec
from pipeline.agents import palette
from pipeline.agents.fonts import width, wrapped
from pipeline.agents.lettering import fitted, lines_of, one_line, written
from pipeline.agents.palette import Palette

POSTER = (1080, 1350)
FILM = (720, 1280)
_EDGE = 0.085
"""Free room at the sides, as a share of the width."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is drawn on: pixels, colours, and the unit that sizes are given in (1 at 1080 wide)."""

    width: int
    height: int
    colours: Palette

    @property
    def unit(self) -> float:
        return self.width / 1080

    @property
    def edge(self) -> float:
        return self.width * _EDGE

    @property
    def room(self) -> float:
        return self.width - 2 * self.edge


def poster_svg(spec: PictureSpec) -> str:
    """The whole card at 1080 × 1350. Words must be drawable already, see `pipeline.agents.card.drawn_words`."""
    sheet = Sheet(*POSTER, palette.dark(spec.colours))
    return _page(sheet, _brand(sheet, spec) + _words(sheet, spec.headline, _more(spec)) + _foot(sheet, spec), 0.3)


def scenes_svg(spec: PictureSpec) -> tuple[str, ...]:
    """The card told in three pictures of 720 × 1280: what it leads with, what stands behind it, and where to go."""
    sheet = Sheet(*FILM, palette.dark(spec.colours))
    brand, foot = _brand(sheet, spec), _foot(sheet, spec)
    second = _more(spec)
    scenes = [_page(sheet, brand + _words(sheet, spec.headline, ()) + foot, 0.2)]
    if second:
        scenes.append(_page(sheet, brand + _words(sheet, second[0], second[1:]) + foot, 0.5))
    scenes.append(_page(sheet, brand + _words(sheet, spec.name or spec.host, (spec.host,) if spec.name else ()), 0.8))
    return tuple(scenes)


def _more(spec: PictureSpec) -> tuple[str, ...]:
    return spec.points or ((spec.supporting,) if spec.supporting else ())


def _page(sheet: Sheet, inner: str, turn: float) -> str:
    """A deep ground with a glow and rings whose place is `turn`, so that scenes differ."""
    c, wide, high = sheet.colours, sheet.width, sheet.height
    x, y = wide * 0.92, high * (0.12 + 0.76 * turn)
    rings = "".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{wide * share:.0f}" fill="none" stroke="{c.glow}" '
        f'stroke-opacity="{0.34 - share / 2.6:.2f}" stroke-width="{2 * sheet.unit:.1f}"/>'
        for share in (0.14, 0.26, 0.4, 0.56, 0.74)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}">'
        f'<defs><linearGradient id="g" x1="0" y1="0" x2="0.6" y2="1"><stop offset="0" stop-color="{c.ground}"/>'
        f'<stop offset="1" stop-color="{c.ground_end}"/></linearGradient><radialGradient id="w">'
        f'<stop offset="0" stop-color="{c.glow}" stop-opacity=".55"/><stop offset="1" stop-color="{c.glow}" '
        f'stop-opacity="0"/></radialGradient></defs><rect width="{wide}" height="{high}" fill="url(#g)"/>'
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{wide * 0.8:.0f}" fill="url(#w)"/>{rings}{inner}</svg>'
    )


def _brand(sheet: Sheet, spec: PictureSpec) -> str:
    """The name in a pill at the top, below where an app lays its own buttons."""
    if not spec.name:
        return ""
    c, size, y = sheet.colours, 34 * sheet.unit, sheet.height * 0.11
    name = one_line(spec.name, size, 800, sheet.room * 0.8)
    wide, high = width(name, size, 800) + size * 2, size * 2.1
    return (
        f'<rect x="{sheet.edge:.0f}" y="{y:.0f}" width="{wide:.0f}" height="{high:.0f}" rx="{high / 2:.0f}" fill="{c.accent}"/>'
        + written(sheet.edge + size, y + high * 0.66, name, size, 800, c.on_accent)
    )


def _words(sheet: Sheet, headline: str, more: tuple[str, ...]) -> str:
    """A headline as large as fits, and lines under it, in the middle of the sheet."""
    c, unit = sheet.colours, sheet.unit
    lines, measured = fitted(headline, sheet.room / unit) if headline else ([], 0)
    size, small = measured * unit * 1.05, 38 * unit
    under = [line for one in more for line in wrapped(one, small, 500, sheet.room)[:3]][:8]
    tall = len(lines) * size * 1.14 + (len(under) * small * 1.45 + small if under else 0)
    words, bottom = lines_of(lines, sheet.edge, (sheet.height - tall) / 2, size, 800, c.text, 1.14)
    rest, _ = lines_of(under, sheet.edge, bottom + small, small, 500, c.muted, 1.45)
    return words + rest


def _foot(sheet: Sheet, spec: PictureSpec) -> str:
    size = 32 * sheet.unit
    host = one_line(spec.host, size, 600, sheet.room)
    return written(sheet.edge, sheet.height * 0.87, host, size, 600, sheet.colours.muted)
