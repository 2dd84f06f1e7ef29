"""What LinkedIn finds when it works on a picture, a document or a video: what it is, and why it ends badly."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.knobs import knob
from sandbox.media import Media, read_media_file
from sandbox.world import World

PIXELS, GIF_FRAMES = 36_152_320, 250
PAGES, DOCUMENT_BYTES = 300, 100_000_000
VIDEO_SECONDS, VIDEO_BYTES = (3.0, 1800.0), (75_000, 500_000_000)
VIDEO_RATIO = (1 / 2.4 - 0.001, 2.4 + 0.001)
# Office's files are taken as they are: the twin counts the pages of a PDF only.
OFFICE = {b"PK\x03\x04": "application/vnd.openxmlformats-officedocument", b"\xd0\xcf\x11\xe0": "application/msword"}

# The first that fits is told as `processingFailureReason`. The words are ours: no paper has LinkedIn's.
FAILURES: dict[str, dict[str, tuple[str, Callable[[Media, int], bool]]]] = {
    "image": {
        "pixels": ("The image has too many pixels", lambda it, _: it.width * it.height >= PIXELS),
        "frames": ("The GIF has too many frames", lambda it, _: (it.frames or 1) > GIF_FRAMES),
    },
    "document": {
        "no_document": ("The file is no PDF, PPT or DOC", lambda it, _: not it.content_type.startswith("application/")),
        "pages": ("The document has more than 300 pages", lambda it, _: (it.pages or 0) > PAGES),
    },
    "video": {
        "no_film": ("The file is no MP4 video", lambda it, _: it.content_type != "video/mp4" or not it.video_codec),
        "short": ("The video is shorter than 3 seconds", lambda it, _: (it.seconds or 0.0) < VIDEO_SECONDS[0]),
        "long": ("The video is longer than 30 minutes", lambda it, _: (it.seconds or 0.0) > VIDEO_SECONDS[1]),
        "small": ("The video is smaller than 75 KB", lambda _, size: size < VIDEO_BYTES[0]),
        "ratio": (
            "The aspect ratio of the video is not between 1:2.4 and 2.4:1",
            lambda it, _: not VIDEO_RATIO[0] <= it.ratio <= VIDEO_RATIO[1],
        ),
    },
}


def worked_on(path: Path, kind: str) -> tuple[str, str | None]:
    """The content type by the bytes, and the reason why LinkedIn cannot use them (None: it can)."""
    with path.open("rb") as file:
        office = OFFICE.get(file.read(4))
    media = Media(office) if office else read_media_file(path)
    if media is None:
        return "application/octet-stream", "The file cannot be read"
    size = path.stat().st_size
    reasons = (reason for reason, fires in FAILURES[kind].values() if fires(media, size))
    return media.content_type, next(reasons, None)


def status_of(world: World, stored: dict[str, Any]) -> str:
    """WAITING_UPLOAD, PROCESSING, AVAILABLE or PROCESSING_FAILED."""
    if stored["uploaded_at"] is None:
        return "WAITING_UPLOAD"
    if world.now() - stored["uploaded_at"] < knob(world, f"linkedin.{stored['kind']}_processing"):
        return "PROCESSING"
    return "PROCESSING_FAILED" if stored["failure"] else "AVAILABLE"
