"""One process of ours as the storm runs it: shorter leases, a wall clock that somebody may turn, and perhaps a mutation.

Started as `python -m tests.storm.child worker …`; everything else is the product's own command line.
"""

import datetime as calendar
import os
import sys
import time
from pathlib import Path
from typing import Any

LEASE, SEND, MARGIN = 8.0, 3.0, 0.5
"""Seconds. The proportions are nearly those of the real ones."""
CLOCK, MUTANT = "STORM_CLOCK", "STORM_MUTANT"
"""Environment: the file that says by how many seconds this process's clock is wrong; the name of a mutation."""

_REAL_DATETIME, _REAL_TIME, _REAL_TIME_NS = calendar.datetime, time.time, time.time_ns
LOOK_EVERY = 0.2


class Skew:
    """By how much the wall clock of this process is wrong now: the number in a file, in seconds."""

    def __init__(self, file: Path) -> None:
        self._file, self._looked, self._known = file, float("-inf"), 0.0

    def __call__(self) -> float:
        if time.monotonic() - self._looked > LOOK_EVERY:
            self._looked = time.monotonic()
            try:
                self._known = float(self._file.read_text() or 0)
            except (FileNotFoundError, ValueError):  # not written yet, or this very moment
                self._known = 0.0
        return self._known


def turn_clocks(skew: Skew) -> None:
    """Every wall clock that Python code reads from now on is wrong by `skew`. To be called before ours is imported."""

    class AnyDatetime(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, _REAL_DATETIME)

    class Turned(_REAL_DATETIME, metaclass=AnyDatetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return _REAL_DATETIME.fromtimestamp(_REAL_TIME() + skew(), tz)

        @classmethod
        def utcnow(cls) -> Any:
            return _REAL_DATETIME.fromtimestamp(_REAL_TIME() + skew(), calendar.UTC).replace(tzinfo=None)

    time.time = lambda: _REAL_TIME() + skew()
    time.time_ns = lambda: _REAL_TIME_NS() + int(skew() * 1e9)
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in OURS and getattr(module, "datetime", None) is _REAL_DATETIME:
            module.datetime = Turned  # type: ignore[attr-defined]


OURS = {"app", "bot", "domain", "pipeline", "publishers", "storage"}


def load(name: str) -> None:
    """Import what the process consists of, so that it can be altered."""
    import app.cli

    match name:
        case "worker":
            import app.worker
        case "web":
            import app.web
        case "clock":
            import app.clock  # noqa: F401


def shorten() -> None:
    """Leases of seconds: a killed worker's post goes on soon, and a frozen one wakes up without its claim."""
    import app.wiring.worker as wiring
    from pipeline.publish import Patience

    def patience_of(settings: Any) -> Patience:
        return Patience(
            lease=LEASE, send=SEND, margin=MARGIN, settle=settings.settle_seconds, review=20.0, answer=600.0
        )

    wiring.patience_of = patience_of


def main(argv: list[str]) -> None:
    load(argv[0])
    if argv[0] == "worker":
        shorten()
    if os.environ.get(MUTANT):
        from tests.storm.mutations import apply

        apply(os.environ[MUTANT])
    if os.environ.get(CLOCK):
        turn_clocks(Skew(Path(os.environ[CLOCK])))
    import app.cli

    sys.argv = ["amarktai", *argv]
    app.cli.main()


if __name__ == "__main__":
    main(sys.argv[1:])
