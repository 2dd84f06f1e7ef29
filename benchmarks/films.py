"""A film that every platform takes and any player shows, made as heavy as wanted by a box that players skip."""

import hashlib
import os
import struct
import subprocess
from pathlib import Path

from domain.payload import Video
from pipeline.agents.film import ffmpeg

SIDES, RATE, SECONDS = (1280, 720), 24, 90
"""Within the limits of all six; long enough that 200 MB are less than Instagram's 25 megabits a second."""
_PIECE = 1024 * 1024


def heavy_film(folder: Path, size: int) -> Video:
    """Makes it in the folder of a media store, where its digest names it. Needs ffmpeg, of the extra `video`."""
    program = ffmpeg()
    assert program is not None, "ffmpeg is missing: install the extra “video”"
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / "film.mp4"
    subprocess.run(_order(program, made), check=True, capture_output=True)
    _grow(made, size)
    with made.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    (folder / digest[:2]).mkdir(exist_ok=True)
    made.rename(folder / digest[:2] / digest)
    return Video(digest, "video/mp4", *SIDES, size, SECONDS, RATE, "avc1", "mp4a", "A colour that changes")


def _order(program: str, out: Path) -> list[str]:
    """ffmpeg's arguments: a plain colour over silence, the index in front and no edit list."""
    picture = f"color=c=0x2a6f97:s={SIDES[0]}x{SIDES[1]}:r={RATE}:d={SECONDS}"
    return [
        program, "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", picture,
        "-f", "lavfi", "-t", str(SECONDS), "-i", "anullsrc=r=48000:cl=stereo",
        "-c:v", "libx264", "-preset", "ultrafast", "-tune", "stillimage", "-g", "240", "-pix_fmt", "yuv420p",
        "-c:a", "aac", "-b:a", "64k", "-threads", "1", "-shortest",
        "-movflags", "+faststart", "-use_editlist", "0", "-brand", "mp42", str(out),
    ]  # fmt: skip


def _grow(film: Path, size: int) -> None:
    """Appends a `free` box of noise, so that the file has `size` bytes."""
    missing = size - film.stat().st_size
    assert missing > 8, "the film is heavier than wanted"
    noise = os.urandom(_PIECE)
    with film.open("ab") as file:
        file.write(struct.pack(">I4s", missing, b"free"))
        for at in range(8, missing, _PIECE):
            file.write(noise[: missing - at])
