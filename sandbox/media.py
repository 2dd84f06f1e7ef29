"""What bytes really are: kind, size, length and codecs of a picture, a video or a document, read from the bytes."""

import mmap
import re
import zlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sandbox import movies, pictures

PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
PACKED_PAGES = 8 * 1024 * 1024  # bytes of one unpacked stream that are searched


class Kind(StrEnum):
    """The sorts of media that platforms tell apart."""

    IMAGE = "image"
    GIF = "gif"
    VIDEO = "video"
    DOCUMENT = "document"


@dataclass(frozen=True)
class Media:
    """What was read. Pixels as shown (a turned video is turned), seconds, frames a second; None: not said or not meant.

    `frames` is 1 for a still picture. `video_codec` and `audio_codec` are the sample entries of the file, such as
    "avc1", "hvc1", "mp4a". `moov_first` and `edit_list` speak of MP4 and MOV only.
    """

    content_type: str
    width: int = 0
    height: int = 0
    seconds: float | None = None
    frames: int | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    pages: int | None = None
    frame_rate: float | None = None
    moov_first: bool = True
    edit_list: bool = False

    @property
    def kind(self) -> Kind:
        """The sort; a GIF is its own, moving or not."""
        if self.content_type == "image/gif":
            return Kind.GIF
        family = self.content_type.split("/")[0]
        return {"image": Kind.IMAGE, "video": Kind.VIDEO}.get(family, Kind.DOCUMENT)

    @property
    def ratio(self) -> float:
        """Width by height; 0.0 when the file tells no size."""
        return self.width / self.height if self.height else 0.0


def read_media(data: bytes | mmap.mmap) -> Media | None:
    """What the bytes are, or None: no PNG, JPEG, GIF, WebP, BMP, TIFF, MP4, MOV or PDF, or one that is cut short."""
    picture = pictures.read(data)
    if picture is not None:
        return Media(
            picture.content_type, picture.width, picture.height, seconds=picture.seconds, frames=picture.frames
        )
    movie = movies.read(data)
    if movie is not None:
        return Media(
            movie.content_type,
            movie.width,
            movie.height,
            seconds=movie.seconds,
            video_codec=movie.video_codec,
            audio_codec=movie.audio_codec,
            frame_rate=movie.frame_rate,
            moov_first=movie.moov_first,
            edit_list=movie.edit_list,
        )
    if data[:5] == b"%PDF-":
        pages = _pages(bytes(data[:]))
        return Media("application/pdf", pages=pages) if pages else None
    return None


def read_media_file(path: Path) -> Media | None:
    """As `read_media`, without taking a large file into memory."""
    if path.stat().st_size == 0:
        return None  # nothing can be mapped
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return read_media(data)


def _pages(data: bytes) -> int:
    """The pages that stand in the open; else those in packed object streams (PDF 1.5 and later)."""
    return len(PAGE.findall(data)) or sum(len(PAGE.findall(_unpacked(packed))) for packed in STREAM.findall(data))


def _unpacked(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, PACKED_PAGES)
    except zlib.error:
        return b""  # a stream that is packed in another way holds a picture or a font, no page
