"""Reads one handed file away from everything else and makes it fit: `python -m pipeline.agents.intake`, JSON in, JSON out.

In: where the file lies, a folder for what is made, the platform and the post's form. Out: what goes out, as `Intake`, or a header
with `problem`: the rest of a sentence that begins with the file's name. What a file is, its first bytes say, never its name.
"""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from domain.fitting import Footage, film_work, picture_work
from domain.handed import Kind
from domain.platforms import PLATFORMS, Platform
from pipeline.agents import cell, footage, photo, sheets
from pipeline.agents.film import ffmpeg

_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"II*\x00", b"MM\x00*")
_FILMS = {
    b"\x1a\x45\xdf\xa3": "matroska",
    b"\x00\x00\x01\xba": "mpeg",
    b"\x00\x00\x01\xb3": "mpegvideo",
    b"OggS": "ogg",
}
_BOXES = (b"ftyp", b"moov", b"wide", b"free", b"skip", b"mdat")
_STILL_AT = 0.3
"""Where in a film its still is taken, as a share of its length: the first frame is often black."""
NO_FFMPEG = "is a film, and films cannot be read here: the extra “video” (ffmpeg) is not installed. Send pictures."


class Unreadable(Exception):
    """The text is the rest of a sentence that begins with the file's name."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What goes out of one file. `file` and `still` are names in the folder; figures that a kind does not have are zero."""

    kind: str
    file: str
    content_type: str
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    rate: float = 0.0
    video_codec: str = ""
    audio_codec: str = ""
    pages: int = 0
    still: str = ""
    still_width: int = 0
    still_height: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    source: Path
    folder: Path
    platform: Platform
    form: str


def kind_of(path: Path) -> tuple[Kind, str]:
    """What the first bytes say, and for films ffmpeg's name of the container. Raises `Unreadable`."""
    with path.open("rb") as file:
        head = file.read(1_024)
    if not head:
        raise Unreadable("is empty. Send it again.")
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return Kind.GIF, "gif"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC:
        raise Unreadable("is a HEIC picture, which cannot be opened here. Send it as JPEG.")
    if head.startswith(_PICTURES) or head[8:12] == b"WEBP" or head[4:12] in (b"ftypavif", b"ftypavis"):
        return Kind.PICTURE, ""
    if head.lstrip().startswith(b"%PDF-"):
        return Kind.DOCUMENT, ""
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return Kind.FILM, "avi"
    container = "mov" if head[4:8] in _BOXES else _FILMS.get(head[:4])
    if container is None:
        raise Unreadable("is no picture, film or PDF that can be read here. Export it as JPEG, MP4 or PDF.")
    return Kind.FILM, container


def taken_in(order: Order) -> Intake:
    """Raises `Unreadable`."""
    kind, container = kind_of(order.source)
    facts = PLATFORMS[order.platform]
    try:
        if kind is Kind.DOCUMENT:
            return Intake(kind, order.source.name, "application/pdf", pages=sheets.pages(order.source))
        if kind is Kind.GIF and photo.frames(order.source) > 1:
            if "image/gif" not in facts.picture_types:
                return _film(order, container, Kind.GIF)
            return Intake(kind, order.source.name, "image/gif", *photo.sides(order.source))
        if kind in (Kind.PICTURE, Kind.GIF):
            return _picture(order)
    except (photo.NotAPicture, sheets.NotADocument) as error:
        raise Unreadable(str(error)) from error
    return _film(order, container, Kind.FILM)


def _picture(order: Order) -> Intake:
    if not PLATFORMS[order.platform].limits.pictures:
        return Intake(Kind.PICTURE, order.source.name, "")  # the rules of a post say why it does not go there
    out = order.folder / "picture"
    shot = photo.fitted(order.source, out, picture_work(order.platform, order.form))
    return Intake(Kind.PICTURE, out.name, shot.content_type, shot.width, shot.height)


def _film(order: Order, container: str, kind: Kind) -> Intake:
    program = ffmpeg()
    if program is None:
        raise Unreadable(NO_FFMPEG)
    found = footage.read(program, order.source, container)
    if found is None:
        raise Unreadable("is broken, or no film with pictures in it. Export it as MP4 (H.264, AAC) and send it again.")
    film, out = found[0], order.folder / "film.mp4"
    work = film_work(order.platform, film, is_gif=kind is Kind.GIF)
    complaint = footage.made(program, order.source, container, out, film, work)
    after = footage.read(program, out, "mov") if complaint is None else None
    if after is None or after[0].seconds < film.seconds * work.rounds * 0.97 - 0.5:
        raise Unreadable(_broken(film, after))
    return _filmed(order, program, kind, after)


def _filmed(order: Order, program: str, kind: Kind, made: tuple[Footage, str, str]) -> Intake:
    film, out, still = made[0], order.folder / "film.mp4", order.folder / "still.jpg"
    shown = footage.still(program, out, still, film.seconds * _STILL_AT) or footage.still(program, out, still, 0)
    if not shown:
        raise Unreadable(_broken(film, None))
    wide, high = photo.sides(still)
    return Intake(
        kind, out.name, "video/mp4", film.width, film.height, round(film.seconds, 2), film.rate, made[1], made[2],
        still=still.name, still_width=wide, still_height=high,
    )  # fmt: skip


def _broken(film: Footage, after: tuple[Footage, str, str] | None) -> str:
    where = f" after {after[0].seconds:.0f} of its {film.seconds:.0f} seconds" if after else ""
    return f"is a film that breaks off{where}. Send it again, or export it anew as MP4 (H.264, AAC)."


def _answer(order: dict[str, Any]) -> dict[str, Any]:
    wanted = Order(Path(order["source"]), Path(order["folder"]), Platform(order["platform"]), order["form"])
    try:
        return asdict(taken_in(wanted))
    except Unreadable as problem:
        return {"problem": str(problem)}


def main() -> None:
    """An order in, what came of it out, then the end."""
    cell.confine(sys.argv[1:])
    print(json.dumps(_answer(json.loads(sys.stdin.buffer.read()))))


if __name__ == "__main__":
    main()
