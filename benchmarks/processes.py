"""What the kernel knows about a process: its memory and the processor time that it used, by /proc."""

import contextlib
import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """The process and all that came from it."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*"):
            with contextlib.suppress(OSError):  # a thread that ended meanwhile
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def rss_mib(pid: int) -> float:
    """Resident memory of the process itself, MiB."""
    return _kilobytes(Path(f"/proc/{pid}/status").read_text(), "VmRSS:") / 1024


def pss_mib(pid: int) -> float:
    """Its share of memory, pages used by several processes counted in part, MiB."""
    return _kilobytes(Path(f"/proc/{pid}/smaps_rollup").read_text(), "Pss:") / 1024


def peak_mib(pid: int) -> float:
    """The most resident memory that the process had since `forget_peak`, or since it began, MiB."""
    return _kilobytes(Path(f"/proc/{pid}/status").read_text(), "VmHWM:") / 1024


def forget_peak(pid: int) -> None:
    """The peak is what the process has now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def cpu_seconds(pid: int) -> float:
    """Processor time of the process and its children so far, seconds."""
    total = 0
    for member in family(pid):
        fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        total += sum(int(field) for field in fields[11:15])  # utime, stime, and those of children that ended
    return total / _TICKS


def _kilobytes(text: str, name: str) -> float:
    return float(next(line.split()[1] for line in text.splitlines() if line.startswith(name)))
