"""Small drawings of the marks on cards, because a machine without an emoji font would show empty boxes instead."""

import re

_DOT = '<circle cx="12" cy="12" r="9" fill="{0}"/>'
_TILE = '<rect x="2" y="2" width="20" height="20" rx="5" fill="{0}"/><path d="{1}" stroke="#fff"/>'
_SIGN = '<path d="M12 3 22 20H2z" fill="{0}" stroke="{0}"/><path d="{1}" stroke="#5c4400"/>'
_LINES = '<path d="{1}" stroke="{0}"/>'

_CHECK = "M7 12.5l3.5 3.5L17 8.5"
_CROSS = "M6 6l12 12M18 6L6 18"
_TURN = "M19 8a8 8 0 1 0 1 6M19.5 3v5.5H14"
_TRAY = "M4 14v6h16v-6M12 16V4M7.5 8.5 12 4l4.5 4.5"
_CLOCK = "M12 3a9 9 0 1 0 .01 0M12 7v5l3.5 2"
_BIN = "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13"
_PEN = "M4 20l1-5L16 4l4 4L9 19z"

_DRAWN: dict[str, tuple[str, str, str]] = {
    "🟡": (_DOT, "#f2b705", ""),
    "🟢": (_DOT, "#12a37a", ""),
    "🔴": (_DOT, "#e01e5a", ""),
    "⚪": (_DOT, "#c4c8d2", ""),
    "✅": (_TILE, "#12a37a", _CHECK),
    "⛔": (_DOT + '<path d="M7 12h10" stroke="#fff"/>', "#e01e5a", ""),
    "❓": (_LINES, "#e01e5a", "M8 8a4 4 0 1 1 5.5 3.7C12.4 12.3 12 13 12 14.5M12 19v.1"),
    "⏸": (_TILE, "#2f5bea", "M9 8v8M15 8v8"),
    "⏭": (_TILE, "#2f5bea", "M6 8l5 4-5 4zM12 8l5 4-5 4zM18 8v8"),
    "⌛": (_LINES, "#b07b2c", "M6 3h12M6 21h12M7 3c0 6 10 12 10 18M17 3C17 9 7 15 7 21"),
    "⏰": (_LINES, "#e01e5a", _CLOCK),
    "🕑": (_LINES, "currentColor", _CLOCK),
    "🔁": (_TILE, "#2f5bea", "M7 10a5.5 5.5 0 0 1 10 0M17 14a5.5 5.5 0 0 1-10 0"),
    "🔄": (_LINES, "currentColor", _TURN),
    "🔎": (_LINES, "#2f5bea", "M10 4a6 6 0 1 0 .01 0M14.5 14.5 20 20"),
    "📤": (_LINES, "currentColor", _TRAY),
    "📝": (_LINES, "#b07b2c", "M5 3h14v18H5zM8 8h8M8 12h8M8 16h5"),
    "✍": (_LINES, "#b07b2c", _PEN),
    "✏": (_LINES, "currentColor", _PEN),
    "✖": (_LINES, "currentColor", _CROSS),
    "↩": (_LINES, "currentColor", "M9 5 4 10l5 5M4 10h10a5 5 0 0 1 0 10h-3"),
    "👍": (_LINES, "currentColor", "M4 11h4v9H4zM8 12l4-8c2 0 2.5 1.5 2 3l-.5 3H19l-1.5 9.5H8"),
    "🗑": (_LINES, "currentColor", _BIN),
    "🖼": (_LINES, "#5b6270", "M3 5h18v14H3zM3 16l5-5 4 4 3-3 6 6"),
    "🎬": (_LINES, "#5b6270", "M3 9h18v11H3zM3 9l1-4 17-1v5M8 4.7 10 9M14 4.4 16 9"),
    "⚙": (_LINES, "currentColor", "M4 7h9M17 7h3M15 4.5v5M4 17h3M11 17h9M9 14.5v5"),
    "⚠": (_SIGN, "#f2b705", "M12 9v5M12 17v.1"),
}
_MARKS = re.compile(f"([{''.join(_DRAWN)}])\ufe0f?")


def drawn(html: str) -> str:
    """`html` with each known mark as an inline picture."""
    return _MARKS.sub(lambda match: _svg(match[1]), html)


def _svg(mark: str) -> str:
    shape, colour, path = _DRAWN[mark]
    return (
        f'<svg class="mark" viewBox="0 0 24 24" role="img" data-mark="{ord(mark):X}">{shape.format(colour, path)}</svg>'
    )
