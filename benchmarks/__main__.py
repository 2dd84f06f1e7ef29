"""`python -m benchmarks [--quick] [STORY …]`: measures what we promise and prints it, one table a story."""

import argparse
import importlib
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, cast

import uvloop

from app.embedded import Embedded, erase
from benchmarks.figures import Figure, machine, table
from benchmarks.stage import Stage

STORIES = (
    "decision",
    "card_latency",
    "slot",
    "publishing",
    "upload",
    "batch",
    "limits",
    "memory",
    "startup",
    "cold_demo",
)


class Story(Protocol):
    """One module: what it is about, and how it is measured."""

    TITLE: str
    run: Callable[[Stage, bool], Coroutine[Any, Any, list[Figure]]]


def main() -> int:
    """Returns 0 when every promise is kept, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures the figures that we promise.")
    parser.add_argument(
        "stories", nargs="*", metavar="STORY", help=f"one or more of: {', '.join(STORIES)}; all without"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a few repetitions of everything: shows that it runs, not how fast"
    )
    wish = parser.parse_args()
    unknown = set(wish.stories) - set(STORIES)
    if unknown:
        parser.error(f"there is no story {sorted(unknown)[0]!r}; there are {', '.join(STORIES)}")
    began = time.monotonic()
    print(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC · {machine()}{' · --quick: do not quote' if wish.quick else ''}\n",
        flush=True,
    )
    missed = _measure(wish.stories or STORIES, wish.quick)
    took = time.monotonic() - began
    print(
        f"{missed} of the goals missed. Measured in {took:.0f} s."
        if missed
        else f"Every goal met. Measured in {took:.0f} s."
    )
    return 1 if missed and not wish.quick else 0


def _measure(names: list[str] | tuple[str, ...], quick: bool) -> int:
    missed = 0
    with tempfile.TemporaryDirectory(prefix="amarktai-bench-") as folder:
        home = Path(folder) / "servers"
        embedded = Embedded(home, say=lambda _: None)
        try:
            stage = Stage(embedded.start(), embedded.superuser_url, Path(folder))
            for name in names:
                story = cast(Story, importlib.import_module(f"benchmarks.{name}"))
                figures = uvloop.run(story.run(stage, quick))
                missed += sum(1 for line in figures if line.verdict == "GOAL MISSED")
                print(table(story.TITLE, figures), flush=True)
        finally:
            embedded.stop()
            erase(home)
    return missed


if __name__ == "__main__":
    sys.exit(main())
