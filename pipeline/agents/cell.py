"""Work on strangers' bytes happens in a process of its own:
no secrets, little memory, little time, dead when we are.
"""

import json
import struct
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

_ROOT = Path(__file__).resolve().parents[2]
_PR_SET_PDEATHSIG = 1


class CellFailed(Exception):
    """The process gave no answer: it ran out of time or memory, or the input broke it. The text says which."""


async def run(module: str, given: bytes, *, seconds: float, megabytes: int = 1024, files: int = 0) -> bytes:
    """Runs `python -m module` on these bytes and returns what it prints.

    Raises CellFailed when it fails or takes longer than `seconds`. The process sees none of our environment, and may write
    files of at most `files` megabytes: none, unless it is said.
    """
    import asyncio
    import os

    limits = (str(os.getpid()), str(int(seconds) + 1), str(megabytes), str(files))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "utf8", "-m", module, *limits),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        cwd=_ROOT, env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
    )  # fmt: skip
    try:
        async with asyncio.timeout(seconds):
            printed, complaint = await process.communicate(given)
    except TimeoutError:
        raise CellFailed(f"{module} took longer than {seconds:g} seconds") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        last = complaint.decode(errors="replace").strip().rpartition("\n")[2][:300]
        raise CellFailed(f"{module} ended with {process.returncode}: {last or 'no word'}")
    return printed


def confine(arguments: list[str]) -> None:
    """The child's first act:
    die with the parent, and never take more than was allotted (processor seconds, megabytes, megabytes a file).
    """
    import ctypes
    import os
    import resource
    import signal

    parent, seconds, megabytes, files = (int(argument) for argument in arguments)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked to die with it
            sys.exit("the parent is gone")
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_FSIZE, (files << 20, files << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def packed(frames: Iterable[bytes]) -> bytes:
    """Frames one after the other, each behind its length as four big-endian bytes."""
    return b"".join(struct.pack(">I", len(frame)) + frame for frame in frames)


def unpacked(packing: bytes) -> Iterator[bytes]:
    """The frames of `packed`. Raises CellFailed when the bytes end too early."""
    at = 0
    while at < len(packing):
        size = int.from_bytes(packing[at : at + 4], "big")
        frame = packing[at + 4 : at + 4 + size]
        if len(frame) != size:
            raise CellFailed("the answer was cut short")
        yield frame
        at += 4 + size


def as_json(frame: bytes) -> Any:
    """The value of a JSON frame. Raises CellFailed on anything else."""
    try:
        return json.loads(frame)
    except ValueError as error:
        raise CellFailed("the answer was not JSON") from error


def write_frames(stream: BinaryIO, frames: Iterable[bytes]) -> None:
    """Prints frames as they are made."""
    for frame in frames:
        stream.write(struct.pack(">I", len(frame)) + frame)
    stream.flush()
