"""The whole house in a process of its own, and the tables that the journeys have printed at the end of the run."""

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.embedded import erase
from tests.journeys.stage import PYTHON, ROOT, environment
from tests.sharing import TABLE


@dataclass(frozen=True, slots=True)
class Running:
    """Where a running house is reached."""

    pid: int
    home: Path
    web: str
    sandbox: str
    redis: str
    database: str

    def logs(self) -> str:
        """The last lines of every log, for a failure."""
        ends = (
            f"--- {log.name}\n" + "\n".join(line[:400] for line in log.read_text(errors="replace").splitlines()[-12:])
            for log in sorted((self.home / "logs").glob("*.log"))
        )
        return "\n".join(ends)


@contextlib.contextmanager
def houses_in(folder: Path) -> Iterator[Callable[..., Running]]:
    """Starts houses that keep everything in a folder; each returns once it is set up, all are gone at the end."""
    started: list[subprocess.Popen[str]] = []

    def start(*, lead: float, spacing: float, posts_a_day: int) -> Running:
        script = [PYTHON, str(Path(__file__).with_name("whole_house.py"))]
        with (folder / "house.log").open("w") as log:
            process = subprocess.Popen(
                [*script, str(folder / "home"), str(lead), str(spacing), str(posts_a_day)],
                stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT, env=environment(),
            )  # fmt: skip
        started.append(process)
        line = process.stdout.readline()
        assert line, (folder / "house.log").read_text()
        return Running(process.pid, folder / "home", **json.loads(line))

    yield start
    for process in started:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
    if (folder / "home").exists():
        erase(folder / "home")


@pytest.fixture
def start_house(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts a house for one test."""
    with houses_in(tmp_path) as start:
        yield start


@pytest.fixture
def table(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Keeps a text to be printed at the end of the run, whichever process the test runs in."""
    return lambda text: record_property(TABLE, text)
