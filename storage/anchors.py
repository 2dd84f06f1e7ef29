"""Anchors: what the heads of the audit chains were, kept in a file outside the database.

Whoever may do anything in the database can write a chain anew to its end, and nothing in there tells. A line of this file names
heads, is chained to the line before it by SHA-256, and is signed (Ed25519) under a key that the database never sees. Lines are
only added. Who can write the file but has not the key may cut lines off its end; the database remembers how many there were.
"""

import base64
import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.keys import Keyring, MasterKey, Purpose, derive

LONGEST_APART = timedelta(minutes=5)
MOST_EVENTS = 500
"""A line is written when the newest is that old, or when so many events have come since."""


class AnchorsBroken(Exception):
    """The file is not what we wrote, or cannot be checked. The text names the line, and says what is wrong."""


class Why(StrEnum):
    """What a line was written for."""

    ROUND = "round"
    RESTORE = "restore"
    """The operator accepted a restored copy: what was anchored beyond these heads went with the former database."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of a workspace's chain. `hash` is in hexadecimal digits."""

    workspace_id: UUID
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """One line: the heads that had moved since the lines before (in a restore's line: all there are)."""

    n: int
    at: datetime
    why: Why
    heads: tuple[Head, ...]
    digest: str
    """SHA-256 of the line, in hexadecimal digits; the next line begins from it."""


@dataclass(frozen=True, slots=True)
class Written:
    """How far a file has come, for the database to remember: its first line's digest, and how many lines it has."""

    first: str
    lines: int


@dataclass
class _Known:
    """What has been read of the file so far. Lines do not change, so each is read once."""

    read_to: int = 0
    lines: int = 0
    first: str = ""
    last: Anchor | None = None
    heads: dict[UUID, Head] = field(default_factory=dict)

    def take(self, anchor: Anchor, length: int) -> None:
        self.read_to += length
        self.lines = anchor.n
        self.first = self.first or anchor.digest
        self.last = anchor
        if anchor.why is Why.RESTORE:
            self.heads.clear()
        self.heads.update((head.workspace_id, head) for head in anchor.heads)


class AnchorFile:
    """Adds lines. Several processes may hold one on the same file: each locks it, and reads on, before it writes."""

    def __init__(self, path: Path, keyring: Keyring) -> None:
        self._path = path
        self._keyring = keyring
        self._known = _Known()

    def add(self, heads: Iterable[Head], now: datetime, why: Why = Why.ROUND) -> Written | None:
        """Write a line if one is due; None when none was. Blocking. Raises `AnchorsBroken` and OSError."""
        key = self._keyring.newest(Purpose.ANCHOR)
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            known = self._read_on(descriptor)
            moved = [head for head in heads if why is Why.RESTORE or known.heads.get(head.workspace_id) != head]
            if why is Why.ROUND and not _is_due(known, moved, now):
                return None
            line = _line(key, known, moved, now, why)
            _append(descriptor, line, new=not known.lines, folder=self._path.parent)
            known.take(_parsed(line), len(line))
            return Written(known.first, known.lines)
        finally:
            os.close(descriptor)

    def _read_on(self, descriptor: int) -> _Known:
        size = os.fstat(descriptor).st_size
        if size < self._known.read_to:
            raise AnchorsBroken(
                f"{self._path} is shorter than it was after line {self._known.lines}: lines were taken from it."
            )
        rest = os.pread(descriptor, size - self._known.read_to, self._known.read_to)
        for line in rest.splitlines(keepends=True):
            if not line.endswith(b"\n"):  # whoever wrote it died in the middle; it was never a line
                os.ftruncate(descriptor, self._known.read_to)
                break
            self._known.take(_checked(line, self._known, self._keyring, self._path), len(line))
        return self._known


def read(path: Path, keyring: Keyring) -> Iterator[Anchor]:
    """Every line, checked, oldest first. A file that is not there has none. Blocking. Raises `AnchorsBroken`."""
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return
    except OSError as error:
        raise AnchorsBroken(f"{path} cannot be read: {error.strerror}.") from None
    known = _Known()
    for line in lines:
        if not line.endswith(b"\n"):
            return
        anchor = _checked(line, known, keyring, path)
        known.take(anchor, len(line))
        yield anchor


def _is_due(known: _Known, moved: list[Head], now: datetime) -> bool:
    """The first line is written whatever there is, so that a file that is missing later is missed."""
    if known.last is None:
        return True
    came = sum(
        head.seq - known.heads[head.workspace_id].seq if head.workspace_id in known.heads else head.seq
        for head in moved
    )
    # A clock that was set back must not put the next line off.
    return bool(moved) and (came >= MOST_EVENTS or abs(now - known.last.at) >= LONGEST_APART)


def _line(key: MasterKey, known: _Known, heads: list[Head], now: datetime, why: Why) -> bytes:
    """JSON, the key's name, the signature of both; separated by tabs."""
    said = {
        "n": known.lines + 1,
        "at": now.astimezone(UTC).isoformat(timespec="seconds"),
        "why": why,
        "before": known.last.digest if known.last else "",
        "heads": [
            [str(head.workspace_id), head.seq, head.hash] for head in sorted(heads, key=lambda head: head.workspace_id)
        ],
    }
    signed = json.dumps(said, separators=(",", ":")).encode() + b"\t" + key.id.encode()
    return signed + b"\t" + base64.b64encode(_signer(key).sign(signed)) + b"\n"


def _append(descriptor: int, line: bytes, *, new: bool, folder: Path) -> None:
    if os.write(descriptor, line) != len(line):
        raise OSError(28, f"the disk of {folder} is full")
    os.fsync(descriptor)
    if new:
        entry = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(entry)
        finally:
            os.close(entry)


def _checked(line: bytes, known: _Known, keyring: Keyring, path: Path) -> Anchor:
    """The line, if it is the next one and ours. Raises `AnchorsBroken`."""
    n = known.lines + 1
    try:
        anchor, before = _parsed(line), json.loads(line.partition(b"\t")[0])["before"]
        signed, _, signature = line.rstrip(b"\n").rpartition(b"\t")
        key_id = signed.rpartition(b"\t")[2].decode()
        key = keyring.named(key_id)
        if key is None:
            raise AnchorsBroken(
                f"{path}, line {n}: it is signed under the key {key_id}, which AMARKTAI_KEYS does not hold."
            )
        _signer(key).public_key().verify(base64.b64decode(signature, validate=True), signed)
    except (ValueError, KeyError, TypeError, InvalidSignature):
        raise AnchorsBroken(f"{path}, line {n}: this is not what we wrote.") from None
    if anchor.n != n or before != (known.last.digest if known.last else ""):
        raise AnchorsBroken(f"{path}, line {n}: it does not follow on the line before; lines were taken out or moved.")
    return anchor


def _parsed(line: bytes) -> Anchor:
    said = json.loads(line.partition(b"\t")[0])
    heads = tuple(Head(UUID(workspace), int(seq), str(digest)) for workspace, seq, digest in said["heads"])
    digest = hashlib.sha256(line.rstrip(b"\n")).hexdigest()
    return Anchor(said["n"], datetime.fromisoformat(said["at"]), Why(said["why"]), heads, digest)


def _signer(key: MasterKey) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(derive(key, "anchor"))
