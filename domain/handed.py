"""Files that people hand over in a chat: what makes a post, how large it may be, and what to say when it does not.

Everything that a chat says about a file is a claim. What a file really is, its bytes tell later, and the same rules hold again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.hidden import clean
from domain.platforms import PLATFORMS, Platform
from domain.text import shorten


class Kind(StrEnum):
    """What a file is, as far as a post is concerned."""

    PICTURE = "picture"
    GIF = "gif"
    """A GIF that moves. One that stands still is a picture."""
    FILM = "film"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class HandedFile:
    """A file as the chat names it. `ref` is the chat's own id, by which it is fetched; the rest are claims.

    `size` in bytes; None where the chat does not say. `content_type` and `name` may be empty. `place` orders files that
    arrive one by one; it means nothing for files that came together.
    """

    ref: str
    name: str
    size: int | None
    content_type: str
    place: int = 0

    @property
    def said(self) -> str:
        """Its name as a sentence quotes it: one short line."""
        return shorten(" ".join(clean(self.name).split()), 60, len) or "A file"


MOST_PICTURES = 10
CEILINGS: dict[Kind, int] = {
    Kind.PICTURE: 30_000_000,
    Kind.GIF: 30_000_000,
    Kind.FILM: 500_000_000,
    Kind.DOCUMENT: 100_000_000,
}
"""Bytes of one file that are taken in. A platform may take less; then the file is made smaller, or its check says so."""
LARGEST = max(CEILINGS.values())
ALBUM_QUIET_SECONDS = 3.0
"""How long after the newest part of an album its files are fetched: its parts arrive one by one."""

TOGETHER = "A post takes up to ten pictures, or one animated GIF, or one film, or one PDF."

_PLURAL = {Kind.PICTURE: "pictures", Kind.GIF: "animated GIFs", Kind.FILM: "films", Kind.DOCUMENT: "PDFs"}
_NAMED: dict[str, Kind] = {
    **dict.fromkeys(("jpg", "jpeg", "png", "webp", "bmp", "tif", "tiff", "heic", "heif", "avif"), Kind.PICTURE),
    **dict.fromkeys(("mp4", "m4v", "mov", "webm", "mkv", "avi", "mpg", "mpeg", "3gp"), Kind.FILM),
    "gif": Kind.GIF,
    "pdf": Kind.DOCUMENT,
}
_FOREIGN = ("audio/", "text/", "message/", "font/", "application/zip", "application/msword", "application/vnd.")


def claimed(file: HandedFile) -> Kind | None:
    """What the chat says it is; None where that tells nothing."""
    of_type = file.content_type.partition(";")[0].strip().lower()
    if of_type == "image/gif":
        return Kind.GIF
    if of_type.startswith("image/"):
        return Kind.PICTURE
    if of_type.startswith("video/"):
        return Kind.FILM
    if of_type == "application/pdf":
        return Kind.DOCUMENT
    return _NAMED.get(file.name.rpartition(".")[2].lower())


def claims_problem(files: Sequence[HandedFile], platform: Platform) -> str | None:
    """Why these cannot make a post, as far as the chat's words tell; None: the bytes decide. A sentence for who sent them."""
    if not files:
        return f"No file came. {TOGETHER}"
    if len(files) > MOST_PICTURES:
        return f"These are {len(files)} files. {TOGETHER}"
    for file in files:
        kind = claimed(file)
        if kind is None and file.content_type.lower().startswith(_FOREIGN):
            return f"“{file.said}” is no picture, film or PDF. {TOGETHER}"
        if file.size == 0:
            return f"“{file.said}” is empty. Send it again."
        if file.size is not None and file.size > (CEILINGS[kind] if kind else LARGEST):
            return too_large(file, kind)
    return mixture_problem([kind for file in files if (kind := claimed(file)) is not None], platform)


def mixture_problem(kinds: Sequence[Kind], platform: Platform) -> str | None:
    """Why files of these kinds make no post there; None: they do."""
    found = set(kinds)
    if len(found) > 1 and found != {Kind.PICTURE, Kind.GIF}:
        mixed = " and ".join(_PLURAL[kind] for kind in Kind if kind in found)
        return f"{mixed[:1].upper()}{mixed[1:]} do not go into one post together. {TOGETHER}"
    if Kind.GIF in found and len(kinds) > 1:
        return f"An animated GIF goes into a post alone. {TOGETHER}"
    if found & {Kind.FILM, Kind.DOCUMENT} and len(kinds) > 1:
        return f"These are {len(kinds)} {_PLURAL[next(iter(found))]}. {TOGETHER}"
    return _platform_problem(kinds, platform)


def _platform_problem(kinds: Sequence[Kind], platform: Platform) -> str | None:
    facts = PLATFORMS[platform]
    if Kind.PICTURE in kinds and not facts.limits.pictures:
        return f"{facts.name} takes no pictures here. Send a film."
    if len(kinds) > facts.limits.pictures and Kind.PICTURE in kinds:
        return f"{facts.name} takes at most {facts.limits.pictures} pictures in a post; these are {len(kinds)}."
    if Kind.DOCUMENT in kinds and facts.document is None:
        return f"{facts.name} takes no documents. Send its pages as pictures, or a film."
    if Kind.FILM in kinds and facts.video is None:
        return f"{facts.name} takes no films here. Send pictures."
    return None


def takes(platform: Platform) -> str:
    """What goes into one post there, inside a sentence: "up to 4 pictures or one film"."""
    facts = PLATFORMS[platform]
    most = min(MOST_PICTURES, facts.limits.pictures)
    kinds = [f"up to {most} pictures" if most > 1 else "one picture"] if most else []
    kinds += (["one film"] if facts.video else []) + (["one PDF"] if facts.document else [])
    *others, last = kinds or ["no files"]
    return f"{', '.join(others)} or {last}" if others else last


def too_large(file: HandedFile, kind: Kind | None) -> str:
    """What to say about a file over its ceiling."""
    ceiling = CEILINGS[kind] if kind else LARGEST
    what = _PLURAL[kind] if kind else "files"
    return f"“{file.said}” is too large: {what} up to {ceiling // 1_000_000} MB are taken. Send a smaller one."


def wish(files: Sequence[HandedFile], description: str, surface: str, team: str) -> dict[str, Any]:
    """What is recorded of a hand-over, as JSON. `description` is the alt text of what is shown; it may be empty."""
    return {
        "files": [as_row(file) for file in files],
        "description": " ".join(clean(description).split())[:1_000],
        "surface": surface,
        "team": team,
    }


def as_row(file: HandedFile) -> dict[str, Any]:
    """A file as it is recorded."""
    claims = {"name": file.name[:200], "size": file.size, "content_type": file.content_type[:100]}
    return {"ref": file.ref, **claims, **({"place": file.place} if file.place else {})}


LATE = "The files that were handed over are not used: the post was decided or changed before they were ready."
_AS_IT_IS = " Approving now publishes the post as it stands here, without them."


def card_sentence(row: Mapping[str, Any] | None, waits: bool) -> str | None:
    """What a card says of the newest hand-over of its post; None: nothing (more). `waits`: the post waits for an answer.

    `row`: by, files (how many), outcome, problem, stands (the post is what it was then), newest (no revision came since its end).
    """
    if row is None:
        return None
    if row["outcome"] is None and row["stands"]:
        files = "a file, which is" if row["files"] == 1 else f"{row['files']} files, which are"
        return f"{row['by']} handed over {files} being prepared.{_AS_IT_IS if waits else ''}"
    if row["outcome"] is None or (row["outcome"] == "late" and row["newest"]):
        return LATE
    if row["outcome"] == "problem" and row["newest"]:
        return f"{row['problem']} The post stands as it was."
    return None


def shown_words(pictures: int, document: Mapping[str, Any] | None) -> str | None:
    """What a post shows besides one picture or a film: "4 pictures", "PDF of 12 pages: Harbour report"."""
    if document is not None:
        pages = "1 page" if document["pages"] == 1 else f"{document['pages']} pages"
        return f"PDF of {pages}: {document['title']}"
    return f"{pictures} pictures" if pictures > 1 else None


def files_of(rows: Sequence[Mapping[str, Any]]) -> tuple[HandedFile, ...]:
    """The files of a recorded hand-over, in the order in which they are shown."""
    files = [HandedFile(row["ref"], row["name"], row["size"], row["content_type"], row.get("place", 0)) for row in rows]
    return tuple(sorted(files, key=lambda file: file.place))
