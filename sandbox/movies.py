"""MP4 and MOV by their boxes: size as shown, length, codecs, frame rate, and whether the index stands in front."""

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass

Bytes = bytes | mmap.mmap

FIRST = (b"ftyp", b"moov", b"wide", b"free", b"skip", b"mdat")  # boxes that such a file can begin with
INDEX = 64 * 1024 * 1024  # bytes; a larger moov is no film of ours


@dataclass(frozen=True)
class Movie:
    """One film. Codecs are the names of the first sample entries; `frame_rate` is the average."""

    content_type: str
    width: int
    height: int
    seconds: float | None
    video_codec: str | None
    audio_codec: str | None
    frame_rate: float | None
    moov_first: bool
    edit_list: bool


@dataclass(frozen=True)
class Track:
    """One track: `sort` is "vide", "soun" or something that nobody sees or hears."""

    sort: str
    width: int
    height: int
    codec: str | None
    frame_rate: float | None
    edit_list: bool


def read(data: Bytes) -> Movie | None:
    """The film, or None: something else, cut short, or without the index (moov) that makes it playable."""
    if len(data) < 16 or data[4:8] not in FIRST:
        return None
    try:
        return _read(data)
    except (struct.error, ValueError, IndexError):
        return None  # a box claims more than there is: the file is cut short or no film at all


def _read(data: Bytes) -> Movie | None:
    tops = list(_boxes(data, 0, len(data)))
    names = [name for name, _, _ in tops]
    index = next(((start, end) for name, start, end in tops if name == b"moov"), None)
    if index is None or index[1] - index[0] > INDEX:
        return None
    moov = bytes(data[index[0] : index[1]])
    tracks = [_track(moov, start, end) for name, start, end in _boxes(moov, 0, len(moov)) if name == b"trak"]
    picture = next((track for track in tracks if track.sort == "vide"), None)
    sound = next((track for track in tracks if track.sort == "soun"), None)
    return Movie(
        content_type=_content_type(data, tops),
        width=picture.width if picture else 0,
        height=picture.height if picture else 0,
        seconds=_seconds(moov),
        video_codec=picture.codec if picture else None,
        audio_codec=sound.codec if sound else None,
        frame_rate=picture.frame_rate if picture else None,
        moov_first=b"mdat" not in names or names.index(b"moov") < names.index(b"mdat"),
        edit_list=any(track.edit_list for track in tracks),
    )


def _boxes(data: Bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, beginning and end of the content of each box. Raises ValueError when a box leaves its room."""
    while start + 8 <= end:
        size, name = struct.unpack(">I4s", data[start : start + 8])
        content = start + 8
        if size == 1:
            (size,) = struct.unpack(">Q", data[content : content + 8])
            content += 8
        after = end if size == 0 else start + size
        if not content <= after <= end:
            raise ValueError(f"box {name!r} leaves its room")
        yield name, content, after
        start = after


def _find(data: bytes, start: int, end: int, *path: bytes) -> tuple[int, int] | None:
    for name, inner, after in _boxes(data, start, end):
        if name == path[0]:
            return (inner, after) if len(path) == 1 else _find(data, inner, after, *path[1:])
    return None


def _content_type(data: Bytes, tops: list[tuple[bytes, int, int]]) -> str:
    brand = next((bytes(data[start : start + 4]) for name, start, _ in tops if name == b"ftyp"), b"qt  ")
    return "video/quicktime" if brand == b"qt  " else "video/mp4"


def _seconds(moov: bytes) -> float | None:
    header = _find(moov, 0, len(moov), b"mvhd")
    if header is None:
        return None
    scale, duration = _clock(moov, header[0])
    fragments = _find(moov, 0, len(moov), b"mvex", b"mehd")
    if not duration and fragments is not None:  # a film in fragments tells its length elsewhere
        form, size = (">Q", 8) if moov[fragments[0]] else (">I", 4)
        (duration,) = struct.unpack(form, moov[fragments[0] + 4 : fragments[0] + 4 + size])
    return duration / scale if scale and duration else None


def _clock(moov: bytes, at: int) -> tuple[int, int]:
    """Ticks a second and ticks in all, of an mvhd or mdhd box."""
    form, start, size = (">IQ", at + 20, 12) if moov[at] else (">II", at + 12, 8)
    scale, duration = struct.unpack(form, moov[start : start + size])
    return int(scale), int(duration)


def _track(moov: bytes, start: int, end: int) -> Track:
    handler = _find(moov, start, end, b"mdia", b"hdlr")
    sort = moov[handler[0] + 8 : handler[0] + 12].decode("latin-1") if handler else ""
    width, height = _shown(moov, start, end)
    entry = _find(moov, start, end, b"mdia", b"minf", b"stbl", b"stsd")
    codec = moov[entry[0] + 12 : entry[0] + 16].decode("latin-1") if entry else ""
    edits = _find(moov, start, end, b"edts", b"elst")
    return Track(sort, width, height, codec or None, _rate(moov, start, end), edits is not None)


def _shown(moov: bytes, start: int, end: int) -> tuple[int, int]:
    """Width and height as a player shows them: a quarter turn in the matrix swaps the two."""
    header = _find(moov, start, end, b"tkhd")
    if header is None:
        return 0, 0
    at = header[0] + (52 if moov[header[0]] else 40)  # version 1 has longer times
    matrix = struct.unpack(">9i", moov[at : at + 36])
    width, height = (value >> 16 for value in struct.unpack(">II", moov[at + 36 : at + 44]))
    return (height, width) if matrix[0] == 0 and matrix[1] != 0 else (width, height)


def _rate(moov: bytes, start: int, end: int) -> float | None:
    header, sizes = (_find(moov, start, end, b"mdia", *path) for path in ((b"mdhd",), (b"minf", b"stbl", b"stsz")))
    if header is None or sizes is None:
        return None
    scale, duration = _clock(moov, header[0])
    (samples,) = struct.unpack(">I", moov[sizes[0] + 8 : sizes[0] + 12])
    return samples * scale / duration if scale and duration and samples else None
