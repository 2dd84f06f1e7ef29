"""What the journeys share: processes seen from outside, the database as its superuser sees it, and looking until it is so."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg.rows import dict_row

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
PYTHON = sys.executable
KINDS = {
    "postgres": "/postgres ",
    "valkey": "/valkey-server ",
    "sandbox": " -m sandbox ",
    "web": " -m app web ",
    "worker": " -m app worker ",
    "clock": " -m app clock ",
}
"""Words by which a process's command line tells what it is."""


def environment(**more: str) -> dict[str, str]:
    """Ours without anything that a developer configured."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("AMARKTAI_", "DATABASE_"))}
    return {**ours, "PYTHONPATH": str(ROOT), **more}


def children(parent: int) -> dict[int, str]:
    """The living children of a process, each with what it is."""
    found: dict[int, str] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            state, ppid = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            command = (entry / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ") + " "
            if int(ppid) == parent and state not in "ZX":
                found[int(entry.name)] = kind_of(command)
    return found


def descendants(parent: int) -> set[int]:
    """All living processes below a process."""
    found: set[int] = set()
    waiting = [parent]
    while waiting:
        for pid in children(waiting.pop()):
            found.add(pid)
            waiting.append(pid)
    return found


def kind_of(command: str) -> str:
    return next((kind for kind, words in KINDS.items() if words in command), "other")


def alive(pid: int) -> bool:
    """Whether the process runs; one that is dead and only not yet reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def rows(database: str, statement: str, **values: object) -> list[dict[str, Any]]:
    """What the superuser sees, through no policy."""
    with psycopg.connect(database, autocommit=True, row_factory=dict_row, connect_timeout=2) as connection:
        return connection.execute(statement, values).fetchall()


async def until(look: Callable[[], Awaitable[T] | T], what: str, patience: float = 60.0, pause: float = 0.1) -> T:
    """Look again and again until it is something; the clock of the failure is `patience` seconds."""
    deadline = time.monotonic() + patience
    while True:
        found = look()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return found
        assert time.monotonic() < deadline, f"waited {patience:.0f} s for {what}"
        await asyncio.sleep(pause)


@contextlib.contextmanager
def timed() -> Iterator[Callable[[], float]]:
    """Seconds since the block began."""
    begun = time.monotonic()
    yield lambda: time.monotonic() - begun
