"""Resumable upload sessions: which bytes are stored, and what a Content-Range may say."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.knobs import knob
from sandbox.secrets import token as new_token
from sandbox.world import World
from sandbox.youtube.refusals import refused
from sandbox.youtube.videos import folder

SESSIONS = "youtube.sessions"
LIFE = 86400  # seconds; [U] YouTube says only that a session ends some day
CHUNK = 262144  # bytes; every chunk but the last is a multiple
PIECE = 1024 * 1024  # bytes that are held at most before they go to the file
RANGE = re.compile(r"bytes (?:(\d{1,15})-(\d{1,15})|\*)/(?:(\d{1,15})|\*)")


@dataclass(frozen=True)
class Range:
    """What a Content-Range says: the bytes from `first` to `last` (None: none, a question) of `total` (None: not said)."""

    first: int
    last: int | None
    total: int | None

    @property
    def asks(self) -> bool:
        """Whether it only asks what is stored."""
        return self.last is None

    @property
    def length(self) -> int:
        """The bytes that the body must have."""
        return 0 if self.last is None else self.last - self.first + 1


def read_range(written: str | None) -> Range | None:
    """The range, or None when there is no such header. Raises Refused."""
    if written is None:
        return None
    match = RANGE.fullmatch(written.strip())
    if match is None:
        raise refused("bad_range")
    first, last, total = (None if group is None else int(group) for group in match.groups())
    if first is None or last is None:
        return Range(0, None, total)
    if last < first or (total is not None and last >= total):
        raise refused("bad_range")
    return Range(first, last, total)


def start(
    world: World, account: str, whole: dict[str, Any], parts: set[str], name: str, total: int | None
) -> dict[str, Any]:
    """A new session. Nothing is visible yet; `total` is what the application announced, if it did."""
    session = {
        "id": new_token("sandbox-upload-"),
        "account": account,
        "whole": whole,
        "parts": sorted(parts),
        "name": name,
        "total": total,
        "received": 0,
        "at": world.now(),
        "cut": False,
        "video": None,
        "finished": None,
    }
    save(world, session)
    part_file(world, session).touch()
    return session


def live(world: World, upload_id: str) -> dict[str, Any]:
    """The session. Raises Refused when it is unknown or too old."""
    session = world.state.get(SESSIONS, upload_id)
    if session is None or world.now() - session["at"] > LIFE:
        raise refused("session_gone")
    return session


def save(world: World, session: dict[str, Any]) -> None:
    """Remember it."""
    world.state.put(SESSIONS, session["id"], session)


def part_file(world: World, session: dict[str, Any]) -> Path:
    """Where the bytes gather until the last one is there."""
    return folder(world) / f"{session['id']}.part"


def keep(world: World, session: dict[str, Any], upto: int) -> dict[str, Any]:
    """Bytes before `upto` are in the file; what counts as stored may be less (knob youtube.granularity)."""
    grain = max(1, int(knob(world, "youtube.granularity")))
    known = live(world, session["id"])  # another connection may have come further meanwhile
    rounded = upto if upto == session["total"] else upto // grain * grain
    session = {**known, "total": session["total"], "received": max(known["received"], rounded)}
    save(world, session)
    return session


def cut_at(world: World, session: dict[str, Any], first: int) -> int | None:
    """The byte at which the connection is to die, once in the life of a session (knob youtube.cut_upload_at)."""
    wanted = int(knob(world, "youtube.cut_upload_at"))
    return wanted if wanted > first and not session["cut"] else None


@dataclass
class Arrival:
    """Bytes as they come in from one connection, written to the file beyond what is counted as stored."""

    path: Path
    first: int
    most: int | None = None  # bytes from here on are counted, not written
    count: int = 0

    async def take(self, stream: AsyncIterator[bytes], stop: int | None = None) -> bool:
        """Write the stream; False when `stop` (a place in the whole file) was reached before its end.

        Raises ClientDisconnect; `count` then tells what was written before.
        """
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
        waiting = bytearray()
        try:
            async for piece in stream:
                waiting += piece
                if stop is not None and self.first + self.count + len(waiting) >= stop:
                    del waiting[stop - self.first - self.count :]
                    return False
                if len(waiting) >= PIECE:
                    await self._write(descriptor, waiting)
            return True
        finally:
            await self._write(descriptor, waiting)
            os.close(descriptor)

    async def _write(self, descriptor: int, waiting: bytearray) -> None:
        room = len(waiting) if self.most is None else max(0, min(len(waiting), self.most - self.count))
        await asyncio.to_thread(os.pwrite, descriptor, bytes(waiting[:room]), self.first + self.count)
        self.count += len(waiting)
        waiting.clear()
