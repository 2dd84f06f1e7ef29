"""Our processes as an operator starts them, on a database and a key space of the test's own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from storage.keys import Purpose, new_key

ROOT = Path(__file__).parents[2]
OURS = ("AMARKTAI_", "DATABASE_", "REDIS_", "SLACK_", "TELEGRAM_", "X_", "LINKEDIN_", "SETTLE_", "GRACE_", "PORT")


@dataclass
class Running:
    """Processes on one migrated database."""

    env: dict[str, str]
    folder: Path
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{arguments[0]}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "app", *arguments],
                env={**self.env, **more},
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        self.started.append(process)
        return process

    def web(self, **more: str) -> tuple[subprocess.Popen[bytes], str]:
        """A web process that answers, and its address."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        process = self.start("web", "--port", str(port), **more)
        address = f"http://127.0.0.1:{port}"
        until(lambda: answer(f"{address}/health/live") is not None, f"the web process: {self.log('web')}")
        return process, address

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def close(self) -> None:
        for process in self.started:
            process.kill()
            process.wait()


@pytest.fixture
def running(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[Running]:
    """A migrated database with nobody on it yet."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    env |= {
        "PYTHONPATH": str(ROOT),
        "AMARKTAI_HOME": str(tmp_path / "home"),
        "AMARKTAI_KEYS": ",".join(new_key(purpose) for purpose in Purpose),
        "AMARKTAI_BASE_URL": "http://127.0.0.1:4000",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
    }
    one = Running(env, tmp_path)
    assert one.start("migrate").wait(60) == 0, one.log("migrate")
    yield one
    one.close()


def answer(url: str) -> httpx.Response | None:
    """What the address says; None: nobody is there."""
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(url, trust_env=False, timeout=15)
    return None


def status(url: str) -> int | None:
    found = answer(url)
    return found.status_code if found is not None else None


def until(look: Callable[[], Any], what: str, patience: float = 40.0) -> Any:
    deadline = time.monotonic() + patience
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {patience:.0f} s for {what}"
        time.sleep(0.05)
    return found


def stop(process: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> int:
    """Ask it to stop; its exit code."""
    process.send_signal(number)
    return process.wait(30)
