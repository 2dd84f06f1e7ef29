"""Films a post's card away from everything else: `python -m pipeline.agents.film`, frames in, frames out.

In: a JSON spec. Out: a JSON header (width, height, seconds, rate) and the bytes of an MP4 (H.264, AAC, 9:16), or a header
with `problem` and nothing. ffmpeg is a program of its own (the extra `video`); the scenes are our own pictures.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from domain.draft import PictureSpec
from pipeline.agents import cell
from pipeline.agents.card import drawn_words
from pipeline.agents.render import drawn
from pipeline.agents.upright import FILM, scenes_svg

RATE = 24
SCENE_SECONDS = 2.0
FADE_SECONDS = 0.4
NO_FFMPEG = "no film could be made: the extra “video” (ffmpeg) is not installed"


def ffmpeg() -> str | None:
    """The program, from the wheel; None without the extra."""
    try:
        from imageio_ffmpeg import get_ffmpeg_exe
    except ImportError:
        return None
    return str(get_ffmpeg_exe())


def seconds_of(scenes: int) -> float:
    """How long a film of so many scenes lasts: each fades into the next."""
    return scenes * SCENE_SECONDS - (scenes - 1) * FADE_SECONDS


def filmed(spec: PictureSpec, program: str) -> tuple[bytes, float]:
    """An MP4 and its seconds. The same spec gives the same bytes with the same ffmpeg."""
    scenes = [drawn(svg) for svg in scenes_svg(drawn_words(spec))]
    with tempfile.TemporaryDirectory(prefix="amarktai-film-") as folder:
        pictures = [Path(folder, f"{n}.png") for n in range(len(scenes))]
        for path, png in zip(pictures, scenes, strict=True):
            path.write_bytes(png)
        out = Path(folder, "film.mp4")
        subprocess.run(_order(program, pictures, out), check=True, capture_output=True)
        return out.read_bytes(), seconds_of(len(scenes))


def _order(program: str, pictures: list[Path], out: Path) -> list[str]:
    """ffmpeg's arguments: scenes that fade into each other over silence; nothing in the file tells when or where it was made."""
    shown = [
        part for path in pictures for part in ("-loop", "1", "-framerate", str(RATE), "-t", str(SCENE_SECONDS), "-i", str(path))
    ]  # fmt: skip
    fades, last = [], "0:v"
    for n in range(1, len(pictures)):
        at = n * (SCENE_SECONDS - FADE_SECONDS)
        fades.append(f"[{last}][{n}:v]xfade=transition=fade:duration={FADE_SECONDS}:offset={at:.3f}[x{n}]")
        last = f"x{n}"
    fades.append(f"[{last}]format=yuv420p[v]")
    silence = ("-f", "lavfi", "-t", f"{seconds_of(len(pictures)):.3f}", "-i", "anullsrc=r=48000:cl=stereo")
    return [
        program, "-v", "error", "-nostdin", "-y", *shown, *silence,
        "-filter_complex", ";".join(fades), "-map", "[v]", "-map", f"{len(pictures)}:a",
        "-c:v", "libx264", "-preset", "ultrafast", "-tune", "stillimage", "-crf", "26",
        "-profile:v", "high", "-g", str(2 * RATE), "-r", str(RATE),
        "-c:a", "aac", "-b:a", "64k", "-threads", "1", "-shortest",
        "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact",
        "-movflags", "+faststart", "-use_editlist", "0", "-brand", "mp42", str(out),
    ]  # fmt: skip


def _answer(order: bytes) -> tuple[dict[str, Any], bytes]:
    program = ffmpeg()
    if program is None:
        return {"problem": NO_FFMPEG}, b""
    film, seconds = filmed(PictureSpec.from_json(json.loads(order)), program)
    return {"width": FILM[0], "height": FILM[1], "seconds": seconds, "rate": RATE}, film


def main() -> None:
    """A spec in, a header and a film out, then the end."""
    cell.confine(sys.argv[1:])
    (order,) = cell.unpacked(sys.stdin.buffer.read())
    header, film = _answer(order)
    cell.write_frames(sys.stdout.buffer, [json.dumps(header).encode(), film])


if __name__ == "__main__":
    main()
