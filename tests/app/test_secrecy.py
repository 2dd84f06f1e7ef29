"""No process of ours leaves a core."""

import ctypes
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.running import Running, running, until

__all__ = ["running"]

LOOKS = """
import ctypes, resource, subprocess, sys
resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
sys.argv = ["amarktai", "--help"]
from app.cli import main
try:
    main()
except SystemExit:
    pass
look = "import resource; print(resource.getrlimit(resource.RLIMIT_CORE))"
child = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True)
ours = resource.getrlimit(resource.RLIMIT_CORE)
print("LIMIT", ours, "CHILD", child.stdout.strip(), "DUMPABLE", ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


def test_neither_a_command_nor_what_it_starts_may_leave_a_core_and_nobody_may_read_its_memory() -> None:
    done = subprocess.run([sys.executable, "-c", LOOKS], capture_output=True, text=True, check=True)
    assert "LIMIT (0, 0) CHILD (0, 0) DUMPABLE 0" in done.stdout


def test_every_process_that_runs_for_good_has_the_limit(running: Running) -> None:
    for process in (running.web()[0], running.start("worker"), running.start("clock")):
        until(lambda process=process: core_limit(process.pid) == ["0", "0"], f"the limit of {process.args}")


def core_limit(pid: int) -> list[str]:
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    return next(line.split()[4:6] for line in lines if line.startswith("Max core file size"))


def test_this_very_process_may_so_the_test_above_can_fail() -> None:
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        pytest.skip("nothing here may leave a core, whoever it is")
    assert ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) == 1
