"""Whether TikTok would take a film or a photo, read from the bytes."""

import hashlib
import mmap
from dataclasses import dataclass
from pathlib import Path

from sandbox.media import Kind, Media, read_media_file

VIDEO_CODECS = ("avc1", "avc3", "hvc1", "hev1", "vp08", "vp09")
LONGEST = 600.0  # seconds
WEBM = b"\x1a\x45\xdf\xa3"
PHOTO_TYPES = ("image/jpeg", "image/webp")
LARGEST_PHOTO = 20 * 10**6  # bytes; holds whether a megabyte is 10**6 or 2**20


@dataclass(frozen=True)
class Found:
    """One file that TikTok has: its name in the folder and what stands in it (None: nothing that TikTok knows)."""

    name: str
    size: int
    sha256: str
    content_type: str
    media: Media | None


def look(path: Path) -> Found:
    """Read the file, however large, without holding it in memory."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    media = read_media_file(path) or _webm(path)
    content_type = media.content_type if media is not None else "application/octet-stream"
    return Found(path.name, path.stat().st_size, digest, content_type, media)


def film_fault(found: Found, most_seconds: float) -> str | None:
    """The fail_reason of a film, or None when it is fine."""
    film = found.media
    if film is None or film.kind is not Kind.VIDEO:
        return "file_format_check_failed"
    if film.content_type == "video/webm":
        return None
    if film.video_codec not in VIDEO_CODECS or film.seconds is None:
        return "file_format_check_failed"
    if film.seconds > min(LONGEST, most_seconds):
        return "duration_check_failed"
    if film.frame_rate is None or not 23 <= film.frame_rate <= 60:
        return "frame_rate_check_failed"
    if not all(360 <= side <= 4096 for side in (film.width, film.height)):
        return "picture_size_check_failed"
    return None


def photo_fault(found: Found) -> str | None:
    """The fail_reason of a photo, or None: JPEG or WebP, 20 MB, 1080p.

    "1080p" is read strictly: the short side up to 1080 pixels, the long one up to 1920. The reason for a photo with
    too many bytes is unverified.
    """
    photo = found.media
    if photo is None or photo.content_type not in PHOTO_TYPES:
        return "file_format_check_failed"
    short, long = sorted((photo.width, photo.height))
    if found.size > LARGEST_PHOTO or short > 1080 or long > 1920:
        return "picture_size_check_failed"
    return None


def _webm(path: Path) -> Media | None:
    """A WebM file by its first bytes; its length and size are not read."""
    if path.stat().st_size == 0:
        return None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        beginning = content[:64]
    return Media("video/webm") if beginning.startswith(WEBM) and b"webm" in beginning else None
