"""Canaries: secrets that bear a mark, and the search for the mark in every way in which it can be written."""

import base64
import secrets
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

MARK = "CNRYseal"


def canary(kind: str) -> str:
    """A secret of its kind."""
    return f"{MARK}-{kind}-{secrets.token_hex(16)}"


def needles(secret: str) -> set[bytes]:
    """How a text looks plain, in base64 at its three offsets, in base64url, percent-encoded, in hexadecimal digits, and escaped."""
    raw = secret.encode()
    bytewise = {
        "".join(form.format(byte) for byte in raw).encode()
        for form in ("%{:02X}", "%{:02x}", "{:02x}", "{:02X}", "\\u{:04x}")
    }
    found = {raw, quote(secret, safe="").encode(), *bytewise}
    for offset in range(3):
        inner = _certain(b"\0" * offset + raw, offset)
        found |= {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}
    return found


def _certain(padded: bytes, offset: int) -> bytes:
    """The digits of base64 that depend on the secret alone, not on what stands before and after it."""
    digits = base64.b64encode(padded).rstrip(b"=")
    first = -(-offset * 8 // 6)
    whole = len(padded) * 8 // 6
    return digits[first:whole]


@dataclass(frozen=True, slots=True)
class Searched:
    """What was searched, and where a needle was found."""

    files: int
    size: int
    hits: tuple[str, ...]


def search(wanted: Iterable[str], places: Iterable[Path], notes: Path) -> Searched:
    """Every file below the places, for every secret in every encoding. `notes` is a file for the needles, outside of them."""
    patterns = sorted({needle for secret in wanted for needle in needles(secret)})
    notes.write_bytes(b"\n".join(patterns) + b"\n")
    found = [place for place in places if place.exists()]
    files = [file for place in found for file in ([place] if place.is_file() else place.rglob("*")) if file.is_file()]
    command = ["grep", "-raoFbH", "-f", str(notes), "--", *map(str, found)]
    done = subprocess.run(command, capture_output=True, check=False, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})
    assert done.returncode in (0, 1) or b"No such file" in done.stderr, done.stderr.decode()[:500]
    hits = sorted({_told(line) for line in done.stdout.splitlines()})
    return Searched(len(files), sum(file.stat().st_size for file in files if file.exists()), tuple(hits))


def _told(line: bytes) -> str:
    """Where it is, and what stands around it."""
    name, offset, _ = line.split(b":", 2)
    with Path(name.decode()).open("rb") as file:
        file.seek(max(int(offset) - 60, 0))
        around = file.read(110)
    return f"{name.decode()}:{int(offset)}: {around.decode(errors='replace')!r}"
