"""Draws a post's card as SVG, 1200 × 675: a few layouts in the page's colours, chosen by the draft's seed."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from domain.brief import dice
from domain.draft import PictureSpec
from pipeline.agents import palette
from pipeline.agents.fonts import plain, width, wrapped
from pipeline.agents.lettering import fitted, lines_of, one_line, written
from pipeline.agents.palette import Palette

WIDTH, HEIGHT = 1200, 675
_EDGE = 84


@dataclass(frozen=True, slots=True)
class Stage:
    """What a layout draws on: its words (already drawable), colours and dice."""

    spec: PictureSpec
    colours: Palette
    variant: float


def card_svg(spec: PictureSpec) -> str:
    """One card. Words that our fonts cannot draw are left out: then shapes and the host carry the card."""
    spec = drawn_words(spec)
    throws = dice(spec.seed, "layout")
    layout, is_dark = _layout(spec, throws.randrange(3))
    stage = Stage(spec, (palette.dark if is_dark else palette.light)(spec.colours), throws.random())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f"{_ground(stage)}{layout(stage)}</svg>"
    )


def _layout(spec: PictureSpec, die: int) -> tuple[Callable[[Stage], str], bool]:
    if not spec.headline:
        return _shapes, die != 0
    if spec.points:
        return _points, die == 1
    if spec.quote:
        return _quote, die != 1
    return ((_poster, True), (_sheet, False), (_panel, False))[die]


def drawn_words(spec: PictureSpec) -> PictureSpec:
    """The spec with only words that our fonts can draw."""

    points = tuple(point for one in spec.points if (point := plain(one)))
    return replace(
        spec, name=plain(spec.name), headline=plain(spec.headline), supporting=plain(spec.supporting),
        host=plain(spec.host), label=plain(spec.label), points=points,
    )  # fmt: skip


def _ground(stage: Stage) -> str:
    c, turn = stage.colours, 0.15 + 0.7 * stage.variant
    return (
        f'<defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="{turn:.2f}"><stop offset="0" stop-color="{c.ground}"/>'
        f'<stop offset="1" stop-color="{c.ground_end}"/></linearGradient>'
        f'<radialGradient id="w"><stop offset="0" stop-color="{c.glow}" stop-opacity=".55"/>'
        f'<stop offset="1" stop-color="{c.glow}" stop-opacity="0"/></radialGradient></defs>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#g)"/>'
    )


def _poster(stage: Stage) -> str:
    """Large words on a deep ground with a glow and rings in the far corner."""
    c = stage.colours
    y = 120 + 460 * stage.variant
    rings = "".join(
        f'<circle cx="1130" cy="{y:.0f}" r="{radius}" fill="none" stroke="{c.glow}" '
        f'stroke-opacity="{0.34 - radius / 1600:.2f}" stroke-width="2"/>'
        for radius in (90, 170, 260, 360, 470)
    )
    glow = f'<circle cx="1130" cy="{y:.0f}" r="520" fill="url(#w)"/>'
    glow += f'<circle cx="1130" cy="{y:.0f}" r="26" fill="{c.accent}"/>'
    return glow + rings + _brand(stage) + _words(stage, _EDGE, 250, 880) + _foot(stage)


def _sheet(stage: Stage) -> str:
    """Ink on a light ground, a bold bar beside the words, soft discs behind."""
    c = stage.colours
    shift = 80 * stage.variant
    discs = (
        f'<circle cx="{1080 - shift:.0f}" cy="110" r="300" fill="{c.accent}" fill-opacity=".08"/>'
        f'<circle cx="1160" cy="{470 + shift:.0f}" r="210" fill="{c.accent}" fill-opacity=".14"/>'
        f'<rect x="0" y="0" width="14" height="{HEIGHT}" fill="{c.accent}"/>'
    )
    return discs + _brand(stage) + _words(stage, _EDGE, 250, 900) + _foot(stage)


def _panel(stage: Stage) -> str:
    """Words on the left, on the right a coloured panel with the name's first letter, large."""
    spec, c = stage.spec, stage.colours
    x = 838
    letter = (spec.name or spec.host or "·")[:1].upper()
    panel = (
        f'<path d="M{x + 70} 0H{WIDTH}V{HEIGHT}H{x}Z" fill="{c.accent}"/>'
        f'<circle cx="1110" cy="{140 + 380 * stage.variant:.0f}" r="190" fill="{c.on_accent}" fill-opacity=".10"/>'
        f'<circle cx="930" cy="{560 - 380 * stage.variant:.0f}" r="90" fill="{c.on_accent}" fill-opacity=".10"/>'
        + written(1034, 452, letter, 320, 800, c.on_accent, anchor="middle")
    )
    return panel + _brand(stage) + _words(stage, _EDGE, 250, 690) + _foot(stage)


def _quote(stage: Stage) -> str:
    """Somebody's words under a large quotation mark, their name below."""
    spec, c = stage.spec, stage.colours
    mark = written(_EDGE - 12, 292, "“", 280, 800, c.accent, opacity=0.9)
    lines, size = fitted(spec.headline, 960)
    top = max(200, 350 - len(lines) * size * 0.5)
    words, bottom = lines_of(lines, _EDGE, top, size, 800, c.text, 1.16)
    by = (
        written(_EDGE + 44, bottom + 44, one_line(spec.supporting, 26, 600, 900), 26, 600, c.muted)
        if spec.supporting
        else ""
    )
    dash = f'<rect x="{_EDGE}" y="{bottom + 34}" width="30" height="3" rx="1.5" fill="{c.accent}"/>' if by else ""
    glow = '<circle cx="1160" cy="40" r="460" fill="url(#w)"/>'
    return glow + mark + words + dash + by + _foot(stage, with_name=True)


def _points(stage: Stage) -> str:
    """A headline on the left, the points as rows on the right."""
    spec, c = stage.spec, stage.colours
    rows, height = [], 92
    top = HEIGHT / 2 - len(spec.points) * height / 2 + 4
    for place, point in enumerate(spec.points):
        y = top + place * height
        rows.append(
            f'<rect x="560" y="{y:.0f}" width="560" height="{height - 16}" rx="18" fill="{c.text}" '
            f'fill-opacity=".07" stroke="{c.text}" stroke-opacity=".10"/>'
            f'<circle cx="604" cy="{y + (height - 16) / 2:.0f}" r="18" fill="{c.accent}"/>'
            + written(604, y + (height - 16) / 2 + 7, str(place + 1), 19, 800, c.on_accent, anchor="middle")
            + written(640, y + (height - 16) / 2 + 8, one_line(point, 24, 600, 460), 24, 600, c.text)
        )
    glow = f'<circle cx="{300 * stage.variant:.0f}" cy="{HEIGHT}" r="460" fill="url(#w)"/>'
    return (
        glow
        + _brand(stage)
        + _words(replace(stage, spec=replace(spec, supporting="")), _EDGE, 240, 410)
        + "".join(rows)
        + _foot(stage)
    )


def _shapes(stage: Stage) -> str:
    """No words that we could draw: a window of bars and discs, and the host. Mirrored for pages from right to left."""
    spec, c = stage.spec, stage.colours
    throws = dice(spec.seed, "shapes")
    bars = "".join(
        f'<rect x="470" y="{222 + row * 62}" width="{throws.randint(220, 470)}" height="26" rx="13" '
        f'fill="{c.text}" fill-opacity="{0.5 - row * 0.1:.2f}"/>'
        for row in range(4)
    )
    window = (
        f'<circle cx="600" cy="340" r="520" fill="url(#w)"/>'
        f'<rect x="200" y="110" width="800" height="400" rx="28" fill="{c.text}" fill-opacity=".08" '
        f'stroke="{c.text}" stroke-opacity=".18" stroke-width="2"/><circle cx="330" cy="330" r="84" fill="{c.accent}"/>'
        f'<circle cx="330" cy="330" r="40" fill="{c.on_accent}" fill-opacity=".85"/>'
        + "".join(
            f'<circle cx="{240 + dot * 30}" cy="148" r="8" fill="{c.text}" fill-opacity=".35"/>' for dot in range(3)
        )
        + bars
    )
    turned = f'<g transform="translate({WIDTH} 0) scale(-1 1)">{window}</g>' if spec.rtl else window
    return turned + written(WIDTH / 2, 590, one_line(spec.host, 34, 600, 900), 34, 600, c.text, anchor="middle")


def _brand(stage: Stage) -> str:
    """The name in a pill, and the label beside it."""
    spec, c = stage.spec, stage.colours
    if not spec.name:
        return ""
    name = one_line(spec.name, 26, 800, 420)
    wide = width(name, 26, 800) + 52
    pill = f'<rect x="{_EDGE}" y="72" width="{wide:.0f}" height="54" rx="27" fill="{c.accent}"/>' + written(
        _EDGE + 26, 108, name, 26, 800, c.on_accent
    )
    label = written(_EDGE + wide + 22, 107, spec.label.upper(), 19, 600, c.muted, spacing=0.14) if spec.label else ""
    return pill + label


def _words(stage: Stage, x: float, top: float, room: float) -> str:
    """Headline and supporting lines, set from `top` down, moved up a little when they are many."""
    spec, c = stage.spec, stage.colours
    lines, size = fitted(spec.headline, room)
    small = wrapped(spec.supporting, 29, 500, min(room, 800))[:3] if spec.supporting else []
    if len(lines) >= 4:
        small = small[:2]
    tall = len(lines) * size * 1.12 + (len(small) * 29 * 1.42 + 26 if small else 0)
    y = max(168.0, (HEIGHT - 40 - tall) / 2 + 24)
    words, bottom = lines_of(lines, x, y, size, 800, c.text, 1.12)
    if len(wrapped(spec.supporting, 29, 500, min(room, 800))) > len(small) and small:
        small[-1] = small[-1].rstrip(" .,;:…") + "…"
    more, _ = lines_of(small, x, bottom + 22, 29, 500, c.muted, 1.42)
    return words + more


def _foot(stage: Stage, with_name: bool = False) -> str:
    spec, c = stage.spec, stage.colours
    said = f"{spec.name}  ·  {spec.host}" if with_name and spec.name else spec.host
    arrow = f'<path d="M{_EDGE} 604h22m-8-8 8 8-8 8" fill="none" stroke="{c.accent}" stroke-width="3.4" '
    arrow += 'stroke-linecap="round" stroke-linejoin="round"/>'
    return arrow + written(_EDGE + 38, 612, one_line(said, 24, 600, 700), 24, 600, c.muted) if said else ""
