"""Sets words into SVG: the largest size that fits, lines of like length, cuts with an ellipsis."""

from xml.sax.saxutils import escape

from pipeline.agents.fonts import width, wrapped

SIZES = ((84, 2), (72, 3), (62, 3), (54, 4), (46, 4), (40, 5))
"""Headline sizes in pixels, each with the most lines it may take."""

TIGHT = -0.025
"""Letter spacing of headlines, in ems."""


def fitted(text: str, room: float) -> tuple[list[str], int]:
    """The largest size at which the text stands in its lines; at the smallest the rest is cut."""
    for size, most in SIZES:
        lines = _balanced(text, size, room)
        if len(lines) <= most:
            return lines, size
    size, most = SIZES[-1]
    lines = wrapped(text, size, 800, room, TIGHT)[:most]
    return [*lines[:-1], lines[-1].rstrip(" .,;:") + "…"], size


def _balanced(text: str, size: float, room: float) -> list[str]:
    """As many lines as needed, but of like length: no lonely last word."""
    lines = wrapped(text, size, 800, room, TIGHT)
    narrow = room
    while len(lines) > 1 and narrow > room * 0.55:
        narrow -= room * 0.04
        tighter = wrapped(text, size, 800, narrow, TIGHT)
        if len(tighter) > len(lines):
            break
        lines = tighter
    return lines


def lines_of(
    lines: list[str], x: float, top: float, size: float, weight: int, fill: str, leading: float
) -> tuple[str, float]:
    """Lines of text and the y where they end."""
    drawn = [
        written(
            x,
            top + size * 0.86 + place * size * leading,
            one,
            size,
            weight,
            fill,
            spacing=TIGHT if weight == 800 else 0.0,
        )
        for place, one in enumerate(lines)
    ]
    return "".join(drawn), top + len(lines) * size * leading


def written(
    x: float,
    y: float,
    words: str,
    size: float,
    weight: int,
    fill: str,
    *,
    anchor: str = "start",
    spacing: float = 0.0,
    opacity: float = 1.0,
) -> str:
    """One line of text at a baseline, escaped. `spacing` is in ems."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="Manrope, Inter" font-size="{size:g}" '
        f'font-weight="{weight}" fill="{fill}" '
        f'fill-opacity="{opacity:g}" text-anchor="{anchor}" letter-spacing="{spacing * size:.2f}">'
        f"{escape(words)}</text>"
    )


def one_line(text: str, size: float, weight: int, room: float) -> str:
    """The text, cut with an ellipsis where it would be wider than `room` pixels."""
    if width(text, size, weight) <= room:
        return text
    while text and width(text + "…", size, weight) > room:
        text = text[:-1]
    return text.rstrip(" .,;:") + "…"
