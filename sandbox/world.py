"""Everything the twins share, built once: settings, secrets, memory, ledger, faults, traffic, news and the clock."""

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from sandbox.bus import Bus
from sandbox.faults import Faults
from sandbox.ledger import Ledger
from sandbox.secrets import Secrets, open_secrets
from sandbox.state import State
from sandbox.traffic import Traffic

CLOCK = "sandbox.clock"


@dataclass(frozen=True)
class Config:
    """Where the sandbox keeps its files, and the addresses (without a final slash) of itself and of the product."""

    home: Path
    base_url: str
    product_url: str


@dataclass
class World:
    """One sandbox. `World.open` builds it; opened again on the same home, it goes on where it was."""

    config: Config
    secrets: Secrets
    state: State
    ledger: Ledger
    faults: Faults
    traffic: Traffic
    bus: Bus
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    @classmethod
    def open(cls, config: Config) -> Self:
        """Open or make the home directory. Nothing is connected; twins speak only when spoken to."""
        config.home.mkdir(parents=True, exist_ok=True)
        secrets = open_secrets(config.home)
        state = State(config.home / "state.db")

        def now() -> float:
            return time.time() + _shift(state)

        return cls(
            config=config,
            secrets=secrets,
            state=state,
            ledger=Ledger(config.home / "ledger.jsonl", now),
            faults=Faults(),
            traffic=Traffic(config.home / "traffic.jsonl", secrets.values()),
            bus=Bus(),
        )

    def now(self) -> float:
        """Unix seconds: wall clock plus whatever `advance` added. Token lives, limits and metrics use it."""
        return time.time() + _shift(self.state)

    def advance(self, seconds: float) -> None:
        """Let time pass at once, for good (codes expire, metrics grow). Remembered across restarts."""
        self.state.put(CLOCK, "shift", {"seconds": _shift(self.state) + seconds})

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run work behind the answer and keep hold of it until it is done; asyncio itself would let it be collected."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    @property
    def busy(self) -> bool:
        """Whether work behind an answer is still under way."""
        return bool(self._tasks)

    def close(self) -> None:
        """Give the files back."""
        for task in self._tasks:
            task.cancel()
        self.state.close()
        self.ledger.close()
        self.traffic.close()


def _shift(state: State) -> float:
    stored = state.get(CLOCK, "shift")
    return 0.0 if stored is None else float(stored["seconds"])
