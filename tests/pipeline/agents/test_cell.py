"""Processes for strangers' bytes: no secrets, little time, little memory, no orphans."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from pipeline.agents import cell

PROBE = "tests.pipeline.agents.probe"


async def test_a_cell_sees_none_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMARKTAI_KEYS", "canary")
    assert b"canary" not in await cell.run(PROBE, b"environment", seconds=20)


async def test_a_cell_that_takes_too_long_is_ended() -> None:
    with pytest.raises(cell.CellFailed, match="longer than"):
        await cell.run(PROBE, b"hang", seconds=1)


async def test_a_cell_that_wants_too_much_memory_fails() -> None:
    with pytest.raises(cell.CellFailed, match="MemoryError"):
        await cell.run(PROBE, b"memory", seconds=20, megabytes=256)


async def test_a_cell_cannot_write_files(tmp_path: Path) -> None:
    with pytest.raises(cell.CellFailed):
        await cell.run(PROBE, b"write " + str(tmp_path / "stolen").encode(), seconds=20)
    assert not (tmp_path / "stolen").exists() or (tmp_path / "stolen").stat().st_size == 0


async def test_a_cell_dies_with_its_parent() -> None:
    program = f"import asyncio, pipeline.agents.cell as c; asyncio.run(c.run({PROBE!r}, b'pid', seconds=60))"
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stderr=asyncio.subprocess.PIPE, cwd=cell._ROOT
    )
    assert parent.stderr is not None
    child = await _child_of(parent.pid)
    end = os.pidfd_open(child)
    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    gone = asyncio.Event()
    asyncio.get_running_loop().add_reader(end, gone.set)
    try:
        await asyncio.wait_for(gone.wait(), 20)
    finally:
        asyncio.get_running_loop().remove_reader(end)
        os.close(end)


async def _child_of(parent: int) -> int:
    """Waits until the parent's child has confined itself: it says so by its name in /proc."""
    children = Path(f"/proc/{parent}/task/{parent}/children")
    while True:
        for child in children.read_text().split():
            limits = Path(f"/proc/{child}/limits").read_text()
            if any(line.startswith("Max file size") and line.split()[3] == "0" for line in limits.splitlines()):
                return int(child)
        await asyncio.sleep(0.02)


def test_frames_come_back_as_they_went() -> None:
    frames = [b"", b"one", b"\x00" * 1000]
    assert list(cell.unpacked(cell.packed(frames))) == frames


def test_a_cut_answer_is_an_error() -> None:
    with pytest.raises(cell.CellFailed, match="cut short"):
        list(cell.unpacked(cell.packed([b"one", b"two"])[:-1]))
