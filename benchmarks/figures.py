"""Figures: what was measured, how often, against which goal; and the table that a person reads."""

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal


@dataclass(frozen=True, slots=True)
class Goal:
    """A promise. `at_most` for times and sizes, `at_least` for throughput."""

    kind: Literal["at most", "at least"]
    bound: float

    def is_met_by(self, value: float) -> bool:
        return value <= self.bound if self.kind == "at most" else value >= self.bound


def at_most(bound: float) -> Goal:
    return Goal("at most", bound)


def at_least(bound: float) -> Goal:
    return Goal("at least", bound)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. The promise is held against the median of `values`, one value a repetition."""

    what: str
    values: tuple[float, ...]
    unit: str
    goal: Goal | None = None
    note: str = ""

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def verdict(self) -> str:
        if self.goal is None:
            return ""
        return "met" if self.goal.is_met_by(self.median) else "GOAL MISSED"


def figure(what: str, values: Iterable[float], unit: str, goal: Goal | None = None, note: str = "") -> Figure:
    return Figure(what, tuple(values), unit, goal, note)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of all values do not exceed: the nearest rank, nothing interpolated."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, ...]:
    """Repetition by repetition, so that what the machine did meanwhile hits both."""
    return tuple(mine / other for mine, other in zip(ours, theirs, strict=True))


def table(title: str, figures: Sequence[Figure]) -> str:
    """A Markdown table, which also reads well in a terminal."""
    rows = [("figure", "median (min–max)", "n", "goal", "")]
    rows += [(line.what, _spread(line), str(len(line.values)), _goal(line), line.verdict) for line in figures]
    widths = [max(len(row[n]) for row in rows) for n in range(5)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    notes = [f"{line.what}: {line.note}" for line in figures if line.note]
    return "\n".join([f"### {title}", "", *lines, "", *(f"- {note}" for note in notes), *([""] if notes else [])])


def machine() -> str:
    """What the figures were measured on, in one line."""
    described = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    models = [line.partition(":")[2].strip() for line in described.splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores ({models[0] if models else platform.machine()}), {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}; load at the start {load:.1f}"
    )


def _spread(line: Figure) -> str:
    if len(line.values) == 1:
        return f"{_number(line.values[0])} {line.unit}".strip()
    low, high = _number(min(line.values)), _number(max(line.values))
    return f"{_number(line.median)} {line.unit} ({low}–{high})".replace("  ", " ")


def _goal(line: Figure) -> str:
    if line.goal is None:
        return ""
    return f"{'≤' if line.goal.kind == 'at most' else '≥'} {_number(line.goal.bound)} {line.unit}".strip()


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
