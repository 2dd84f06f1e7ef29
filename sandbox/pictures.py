"""Headers of still and moving pictures: PNG, JPEG, GIF, WebP, BMP and TIFF, by their own size fields."""

import mmap
import struct
from collections.abc import Callable
from dataclasses import dataclass

Bytes = bytes | mmap.mmap

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
SIZES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # JPEG markers whose segment tells the size
BARE = {0x01, *range(0xD0, 0xD8)}  # JPEG markers without a segment
TIFF_ORDER = {b"II*\x00": "<", b"MM\x00*": ">"}


@dataclass(frozen=True)
class Picture:
    """Type, pixels and pictures in a row; `seconds` of a GIF that moves."""

    content_type: str
    width: int
    height: int
    frames: int = 1
    seconds: float | None = None


def read(data: Bytes) -> Picture | None:
    """The picture, or None: something else, or cut off inside its headers."""
    reader = _reader(bytes(data[:12]))
    if reader is None:
        return None
    try:
        picture = reader(data)
    except (struct.error, IndexError):
        return None  # the bytes end before the header does
    return picture if picture is not None and picture.width and picture.height else None


def _reader(head: bytes) -> Callable[[Bytes], Picture | None] | None:
    if head[:8] == PNG:
        return _png
    if head[:3] == JPEG:
        return _jpeg
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return _gif
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _webp
    if head[:2] == b"BM":
        return _bmp
    return _tiff if head[:4] in TIFF_ORDER else None


def _png(data: Bytes) -> Picture | None:
    width, height = struct.unpack(">II", data[16:24])
    frames, at = 1, 8
    while at + 8 <= len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        if name == b"acTL":  # an animated PNG
            (frames,) = struct.unpack(">I", data[at + 8 : at + 12])
        if name in (b"IDAT", b"IEND"):
            return Picture("image/png", width, height, frames)
        at += 12 + length
    return None


def _jpeg(data: Bytes) -> Picture | None:
    at = 2
    while at < len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
        elif marker in BARE:
            at += 2
        elif marker in SIZES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return Picture("image/jpeg", width, height)
        else:
            at += 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])
    return None


def _gif(data: Bytes) -> Picture | None:
    width, height, flags = struct.unpack("<HHB", data[6:11])
    at = 13 + _table(flags)
    frames, hundredths = 0, 0
    while at < len(data) and data[at] != 0x3B:
        if data[at] == 0x21:
            if data[at + 1] == 0xF9:
                hundredths += struct.unpack("<H", data[at + 4 : at + 6])[0]
            at = _past_blocks(data, at + 2)
        elif data[at] == 0x2C:
            frames += 1
            at = _past_blocks(data, at + 11 + _table(data[at + 9]))
        else:
            return None
    return Picture("image/gif", width, height, frames or 1, hundredths / 100 if frames > 1 else None)


def _table(flags: int) -> int:
    """Bytes of the colour table that the flags announce."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _past_blocks(data: Bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1


def _webp(data: Bytes) -> Picture | None:
    name = data[12:16]
    if name == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return Picture("image/webp", width & 0x3FFF, height & 0x3FFF)
    if name == b"VP8L":
        (bits,) = struct.unpack("<I", data[21:25])
        return Picture("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if name != b"VP8X" or len(data) < 30:
        return None
    width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    frames, at = 0, 30
    while at + 8 <= len(data):
        part, length = struct.unpack("<4sI", data[at : at + 8])
        frames += part == b"ANMF"
        at += 8 + length + length % 2
    return Picture("image/webp", width, height, frames or 1)


def _bmp(data: Bytes) -> Picture | None:
    width, height = struct.unpack("<ii", data[18:26])
    return Picture("image/bmp", abs(width), abs(height))


def _tiff(data: Bytes) -> Picture | None:
    order = TIFF_ORDER[bytes(data[:4])]
    (at,) = struct.unpack(f"{order}I", data[4:8])
    (count,) = struct.unpack(f"{order}H", data[at : at + 2])
    values = {}
    for start in range(at + 2, at + 2 + 12 * count, 12):
        tag, sort = struct.unpack(f"{order}HH", data[start : start + 4])
        form, end = ("H", 10) if sort == 3 else ("I", 12)
        (values[tag],) = struct.unpack(f"{order}{form}", data[start + 8 : start + end])
    return Picture("image/tiff", values.get(256, 0), values.get(257, 0))
