"""Uploads in one call: multipart/related taken apart on the disk, so that no video is held in memory."""

import re
import shutil
from email.message import Message
from pathlib import Path

from sandbox.youtube.refusals import refused

HEAD = 2 * 1024 * 1024  # bytes within which the metadata and the headers of the media stand
TAIL = 1024
BLANK = re.compile(rb"\r?\n\r?\n")


def unpack(path: Path, content_type: str) -> tuple[bytes, str]:
    """Leave only the media in the file; return the JSON that stood before it (b"": none) and the media's type.

    Anything but multipart/related is the media already. Line ends may be CRLF, or LF as Google's own client writes
    them. Raises Refused.
    """
    header = Message()
    header["content-type"] = content_type
    if header.get_content_type() != "multipart/related":
        return b"", content_type or "application/octet-stream"
    delimiter = b"--" + str(header.get_param("boundary", "")).encode()
    with path.open("rb") as file:
        head = file.read(HEAD)
    size = path.stat().st_size
    marks = [found.start() for found in re.finditer(re.escape(delimiter), head)][:3]
    if len(marks) < 2:
        raise refused("mediaBodyRequired")
    metadata = _content(head, marks[0], marks[1])
    blank = BLANK.search(head, marks[1])
    if metadata is None or blank is None:
        raise refused("mediaBodyRequired")
    kind = re.search(rb"(?i)content-type:\s*([^\s;]+)", head[marks[1] : blank.start()])
    _cut_out(path, blank.end(), _end(path, size, delimiter))
    return metadata, kind.group(1).decode("latin-1") if kind else "application/octet-stream"


def _content(head: bytes, start: int, end: int) -> bytes | None:
    blank = BLANK.search(head, start, end)
    return None if blank is None else head[blank.end() : end].strip()


def _end(path: Path, size: int, delimiter: bytes) -> int:
    """Where the media ends: before the closing delimiter and its line end. Raises Refused."""
    with path.open("rb") as file:
        start = max(0, size - TAIL)
        file.seek(start)
        tail = file.read()
    closing = tail.rfind(delimiter + b"--")
    if closing < 0:
        raise refused("mediaBodyRequired")
    before = tail[:closing]
    return start + len(before) - (2 if before.endswith(b"\r\n") else 1)


def _cut_out(path: Path, start: int, end: int) -> None:
    media = path.with_suffix(".media")
    with path.open("rb") as file, media.open("wb") as out:
        file.seek(start)
        shutil.copyfileobj(file, out, 1024 * 1024)
        out.truncate(max(0, end - start))
    media.replace(path)
