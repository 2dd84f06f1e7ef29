"""Reads films with ffmpeg and makes them fit: what a file really is, a clean MP4 of it, and a still for chats.

Runs in a cell (`pipeline.agents.intake`). ffmpeg is a program of its own, and dies with whoever started it.
"""

import ctypes
import re
import signal
import subprocess
import sys
from math import gcd
from pathlib import Path

from domain.fitting import FilmWork, Footage

_STREAM = re.compile(r"^\s*Stream #0:\d+.*?: (Video|Audio): (.*)$", re.MULTILINE)
_DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)")
_SIDES = re.compile(r"\b(\d{2,5})x(\d{2,5})\b")
_SHAPE = re.compile(r"SAR (\d+):(\d+)")
_RATE = re.compile(r"([\d.]+)(k?) (?:fps|tbr)\b")
_TURN = re.compile(r"rotation of (-?\d+(?:\.\d+)?) degrees")
_PIXELS = re.compile(r"\b(yuvj?\d+\w*|gbrp\w*|rgb\w*|bgr\w*|pal8|nv12|gray\w*)\b")
_TAG = re.compile(r"\(([0-9A-Za-z]{4}) / 0x")
_PR_SET_PDEATHSIG = 1


def read(program: str, path: Path, form: str) -> tuple[Footage, str, str] | None:
    """What the file is, with its codecs as MP4 names them ("avc1", "mp4a", "" for none); None: no film that ffmpeg reads.

    `form` is ffmpeg's name of the container, by the first bytes: left to guess, it would also follow playlists.
    """
    told = subprocess.run(
        [program, "-hide_banner", "-nostdin", *_ONLY_THIS, "-f", form, "-i", str(path)],
        check=False, capture_output=True, text=True, errors="replace", preexec_fn=_die_with_us,
    ).stderr  # fmt: skip
    told = told.partition("Output #")[0]
    streams = _STREAM.findall(told)
    video = next((line for kind, line in streams if kind == "Video" and "(attached pic)" not in line), "")
    sound = next((line for kind, line in streams if kind == "Audio"), "")
    sides, lasts = _SIDES.search(video.partition(" [")[0]) or _SIDES.search(video), _DURATION.search(told)
    if sides is None or lasts is None:
        return None
    seconds = int(lasts[1]) * 3_600 + int(lasts[2]) * 60 + float(lasts[3])
    width, height = _shown(int(sides[1]), int(sides[2]), video, told)
    rate = _RATE.search(video)
    pixels = _PIXELS.search(video)
    footage = Footage(
        width, height, seconds, float(rate[1]) * (1_000 if rate[2] else 1) if rate else 0.0,
        _first(video), pixels[1] if pixels else "", _first(sound), path.stat().st_size,
    )  # fmt: skip
    return footage, _tag(video), _tag(sound)


def made(program: str, source: Path, form: str, out: Path, film: Footage, work: FilmWork) -> str | None:
    """Write the film that goes out; what ffmpeg said when it could not."""
    order = [program, "-v", "error", "-nostdin", "-y", "-xerror", *_ONLY_THIS]
    if work.rounds > 1:
        order += ["-stream_loop", str(work.rounds - 1)]
    order += ["-f", form, "-i", str(source), "-map", "0:V:0", "-map", "0:a:0?", "-sn", "-dn"]
    order += _anew(work) if work.anew else ["-c", "copy", *(["-tag:v", "hvc1"] if film.video == "hevc" else [])]
    order += ["-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact"]
    order += ["-movflags", "+faststart", "-use_editlist", "0", "-brand", "mp42", "-f", "mp4", str(out)]
    done = subprocess.run(order, check=False, capture_output=True, text=True, errors="replace", preexec_fn=_die_with_us)
    return None if done.returncode == 0 and out.exists() and out.stat().st_size else done.stderr.strip() or "no word"


def still(program: str, film: Path, out: Path, at: float) -> bool:
    """A JPEG of the film's frame at `at` seconds, no side over 1280; False when there is none."""
    shape = "scale=w='min(1280,iw)':h='min(1280,ih)':force_original_aspect_ratio=decrease"
    order = [program, "-v", "error", "-nostdin", "-y", *_ONLY_THIS, "-ss", f"{at:.2f}", "-f", "mov", "-i", str(film)]
    order += ["-frames:v", "1", "-vf", shape, "-q:v", "3", "-map_metadata", "-1", "-update", "1", str(out)]
    subprocess.run(order, check=False, capture_output=True, preexec_fn=_die_with_us)
    return out.exists() and out.stat().st_size > 0


_ONLY_THIS = ("-protocol_whitelist", "file")
"""A file that names other files or addresses leads nowhere."""


def _anew(work: FilmWork) -> list[str]:
    (width, height), (wide, high) = work.scaled, work.canvas
    shape = f"scale={width}:{height}:flags=bicubic,pad={wide}:{high}:(ow-iw)/2:(oh-ih)/2,setsar=1,format=yuv420p"
    if work.rate is not None:
        shape += f",fps={work.rate:g}"
    bits = work.bits // 1_000
    return [
        "-vf", shape, "-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-crf", "21",
        "-maxrate", f"{bits}k", "-bufsize", f"{2 * bits}k", "-g", "60", "-threads", "2",
        "-c:a", "aac", "-b:a", "160k", "-ac", "2", "-ar", "48000",
    ]  # fmt: skip


def _shown(width: int, height: int, line: str, told: str) -> tuple[int, int]:
    """Sides as a player shows them: pixels that are not square, and a quarter turn."""
    shape = _SHAPE.search(line)
    if shape and int(shape[1]) and int(shape[2]) and shape[1] != shape[2]:
        common = gcd(int(shape[1]), int(shape[2]))
        width = max(round(width * (int(shape[1]) // common) / (int(shape[2]) // common)), 1)
    turn = _TURN.search(told)
    quarter = turn is not None and round(float(turn[1]) / 90) % 2 == 1
    return (height, width) if quarter else (width, height)


def _first(line: str) -> str:
    """A stream's codec: "h264 (High) (avc1 / 0x31637661), …" is h264."""
    return re.split(r"[ ,]", line.strip(), maxsplit=1)[0] if line else ""


def _tag(line: str) -> str:
    found = _TAG.search(line)
    return found[1] if found else ""


def _die_with_us() -> None:
    """In the new process, before ffmpeg begins: a cell that is killed takes its ffmpeg along."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
