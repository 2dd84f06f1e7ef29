"""Counts the pages of a PDF and says whether it opens without a password. Runs in a cell (`pipeline.agents.intake`).

It reads no more of the format than that takes: the objects of the file and those packed into object streams.
"""

import re
import zlib
from pathlib import Path

_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_OBJECT = re.compile(rb"(\d+)\s+\d+\s+obj\b(.{0,2000}?)(?:endobj|stream)", re.DOTALL)
_COUNT = re.compile(rb"/Type\s*/Pages\b[^>]*?/Count\s+(\d+)|/Count\s+(\d+)[^>]*?/Type\s*/Pages\b", re.DOTALL)
_PACKED = re.compile(rb"/Type\s*/(?:ObjStm|XRef)\b")
_STREAM = re.compile(rb"stream\r?\n")
_ENCRYPTED = re.compile(rb"/Encrypt\s*(?:\d+\s+\d+\s+R|<<)")
_MOST_UNPACKED = 64_000_000


class NotADocument(Exception):
    """It cannot be used; the text is a sentence for whoever sent it, without the name of the file."""


def pages(path: Path) -> int:
    """How many pages. Raises `NotADocument`: a password, or a file that is no whole PDF."""
    raw = path.read_bytes()
    if not raw.lstrip()[:1024].startswith(b"%PDF-") or b"%%EOF" not in raw[-2_048:]:
        raise NotADocument("is cut off or broken. Export it as PDF again.")
    if _ENCRYPTED.search(raw):
        raise NotADocument("has a password, and nobody could read it where it is posted. Export it without one.")
    packed = _unpacked(raw)
    words = b"\n".join([raw, *packed])
    counted = max((int(one or other) for one, other in _COUNT.findall(words)), default=0)
    # An object that was changed later stands in the file twice, under the same number.
    plain = {number for number, head in _OBJECT.findall(raw) if _PAGE.search(head)}
    found = max(counted, len(plain) + sum(len(_PAGE.findall(stream)) for stream in packed))
    if not found:
        raise NotADocument("has no pages that can be found. Export it as PDF again.")
    return found


def _unpacked(raw: bytes) -> list[bytes]:
    """The contents of object streams, where newer files keep their pages."""
    opened: list[bytes] = []
    room = _MOST_UNPACKED
    for found in _PACKED.finditer(raw):
        start = _STREAM.search(raw, found.end(), found.end() + 2_048)
        if start is None or room <= 0:
            continue
        try:
            content = zlib.decompressobj().decompress(raw[start.end() : start.end() + 16_000_000], room)
        except zlib.error:
            continue
        room -= len(content)
        opened.append(content)
    return opened
