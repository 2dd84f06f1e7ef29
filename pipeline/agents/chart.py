"""The picture of /analytics as SVG: bars or lines over time, one colour a platform, with the figures in words above."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import ceil, log10
from typing import Any
from xml.sax.saxutils import escape

from pipeline.agents.fonts import plain, width

WIDTH, HEIGHT = 1200, 675
_LEFT, _RIGHT, _TOP, _BOTTOM = 92, 1140, 268, 588
_INK, _MUTED, _GRID, _PAPER = "#0f172a", "#5b6478", "#e2e6ee", "#f7f8fb"
_COLOURS = ("#3b5bdb", "#0ea5a4", "#f59f0b", "#e1497b", "#7c4dde", "#5b9f3c")
_MOST_LABELS, _MOST_BARS = 10, 14


@dataclass(frozen=True, slots=True)
class Series:
    """One line or set of bars. `values` go with the labels of the chart; None means not known, which is not zero."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number above the chart: "Impressions", "12,480", "+18 %" against the previous period (or nothing)."""

    name: str
    value: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart wanted. `labels` name the points in time; bars up to 14 of them, lines beyond, unless `lines` decides."""

    series: tuple[Series, ...]
    labels: tuple[str, ...]
    title: str
    subtitle: str = ""
    figures: tuple[Figure, ...] = ()
    lines: bool | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON for the drawing process."""
        return asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Chart":
        """The inverse of `to_json`."""
        series = tuple(Series(one["name"], tuple(one["values"])) for one in row["series"])
        figures = tuple(Figure(**one) for one in row["figures"])
        return cls(**{**row, "series": series, "labels": tuple(row["labels"]), "figures": figures})


def render_chart(chart: Chart) -> str:
    """An SVG of 1200 × 675. Without any known value it says so.

    Measures text with Pillow: call it in the drawing process, through `pipeline.agents.illustrator.draw_chart`.
    """
    known = [value for one in chart.series for value in one.values if value is not None]
    top = _nice(max(known, default=0.0))
    count = len(chart.labels)
    as_lines = count > _MOST_BARS if chart.lines is None else chart.lines
    if known:
        shapes = _grid(top) + _marks(chart.labels) + (_lines if as_lines else _bars)(chart.series, count, top)
    else:
        shapes = _text((_LEFT + _RIGHT) / 2, 430, "No figures yet", 30, 600, _MUTED, "middle")
    head = _text(60, 88, plain(chart.title), 38, 800, _INK) + _text(60, 124, plain(chart.subtitle), 22, 500, _MUTED)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{_PAPER}"/>'
        f'<rect x="28" y="28" width="{WIDTH - 56}" height="{HEIGHT - 56}" rx="26" fill="#ffffff" stroke="{_GRID}"/>'
        f"{head}{_figures(chart.figures)}{_legend(chart.series)}{shapes}</svg>"
    )


def _figures(figures: Sequence[Figure]) -> str:
    drawn, x = [], 60.0
    for figure in list(figures)[:5]:
        value, name = plain(figure.value), plain(figure.name)
        drawn += [_text(x, 186, value, 34, 800, _INK), _text(x, 214, name, 18, 600, _MUTED)]
        wide = max(width(value, 34, 800), width(name, 18, 600))
        if figure.change:
            colour = "#b42318" if figure.change.startswith(("-", "−")) else "#067647"
            at = x + width(value, 34, 800) + 12
            drawn.append(_text(at, 186, plain(figure.change), 19, 600, colour))
            wide = max(wide, at - x + width(figure.change, 19, 600))
        x += wide + 56
    return "".join(drawn)


def _legend(series: Sequence[Series]) -> str:
    drawn, x = [], float(WIDTH - 60)
    for place, one in reversed(list(enumerate(series))):
        name = plain(one.name)
        x -= width(name, 19, 600)
        drawn.append(_text(x, 86, name, 19, 600, _INK))
        drawn.append(f'<circle cx="{x - 16:.0f}" cy="80" r="7" fill="{_colour(place)}"/>')
        x -= 46
    return "".join(drawn)


def _grid(top: float) -> str:
    drawn = []
    for step in range(5):
        value = top * step / 4
        y = _y(value, top)
        drawn.append(f'<path d="M{_LEFT} {y:.1f}H{_RIGHT}" stroke="{_GRID}" stroke-width="{2 if step == 0 else 1}"/>')
        drawn.append(_text(_LEFT - 14, y + 6, short_number(value), 17, 500, _MUTED, "end"))
    return "".join(drawn)


def _marks(labels: Sequence[str]) -> str:
    each = ceil(len(labels) / _MOST_LABELS)
    slot = (_RIGHT - _LEFT) / max(len(labels), 1)
    return "".join(
        _text(_LEFT + slot * (place + 0.5), _BOTTOM + 32, plain(label), 17, 500, _MUTED, "middle")
        for place, label in enumerate(labels)
        if place % each == 0
    )


def _bars(series: Sequence[Series], count: int, top: float) -> str:
    slot = (_RIGHT - _LEFT) / max(count, 1)
    bar = min(44.0, slot * 0.72 / max(len(series), 1))
    drawn = []
    for which, one in enumerate(series):
        for place, value in enumerate(one.values[:count]):
            if value is None:
                continue
            x = _LEFT + slot * (place + 0.5) + (which - len(series) / 2) * bar
            tall = max(_BOTTOM - _y(value, top), 2.0)
            round_by = min(7.0, bar / 3, tall)
            drawn.append(
                f'<path d="M{x + 1.5:.1f} {_BOTTOM}v{-(tall - round_by):.1f}'
                f"q0 {-round_by:.1f} {round_by:.1f} {-round_by:.1f}"
                f'h{bar - 3 - 2 * round_by:.1f}q{round_by:.1f} 0 {round_by:.1f} {round_by:.1f}V{_BOTTOM}z" '
                f'fill="{_colour(which)}"/>'
            )
    return "".join(drawn)


def _lines(series: Sequence[Series], count: int, top: float) -> str:
    slot = (_RIGHT - _LEFT) / max(count, 1)
    drawn = []
    for which, one in enumerate(series):
        path, pen_up = "", True
        for place, value in enumerate(one.values[:count]):
            if value is None:
                pen_up = True  # a gap: what is not known is not drawn through
                continue
            x, y = _LEFT + slot * (place + 0.5), _y(value, top)
            path += f"{'M' if pen_up else 'L'}{x:.1f} {y:.1f}"
            pen_up = False
            drawn.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{_colour(which)}"/>')
        drawn.append(
            f'<path d="{path}" fill="none" stroke="{_colour(which)}" stroke-width="4" stroke-linejoin="round" '
            f'stroke-linecap="round"/>'
            if path
            else ""
        )
    return "".join(drawn)


def short_number(value: float) -> str:
    """A figure for an axis: 950, 1.2k, 3.4M."""
    for limit, mark in ((1_000_000, "M"), (1_000, "k")):
        if value >= limit:
            return f"{value / limit:.1f}".removesuffix(".0") + mark
    return f"{value:.1f}".removesuffix(".0")


def _nice(value: float) -> float:
    """The next round number that four grid lines divide well."""
    if value <= 4:
        return 4.0
    unit = 10.0 ** int(log10(value))
    return next(step * unit for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10, 12) if step * unit >= value)


def _y(value: float, top: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * max(value, 0.0) / top


def _colour(place: int) -> str:
    return _COLOURS[place % len(_COLOURS)]


def _text(x: float, y: float, words: str, size: float, weight: int, fill: str, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="Manrope, Inter" font-size="{size:g}" font-weight="{weight}" '
        f'fill="{fill}" text-anchor="{anchor}">{escape(words)}</text>'
    )
