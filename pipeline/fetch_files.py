"""Brings handed files here, has them read in a process of their own, and keeps what a post shows of them."""

import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.handed import CEILINGS, LARGEST, HandedFile, Kind, claimed, files_of, mixture_problem, too_large
from domain.payload import Document, Picture, Video
from domain.settings import Setting
from domain.text import shorten
from pipeline.agents import cell
from pipeline.ports import FileGone, FileLater, FileSource, FileSources
from storage.blobs import Media
from storage.handed import Wish

_READING_SECONDS = 600.0
"""A film of the largest size is made anew within it on an ordinary machine; one that is not is better exported elsewhere."""
_MEGABYTES, _MEGABYTES_A_FILE = 4_096, 1_100
_LONGEST_TITLE = 100


class NotUsable(Exception):
    """These files make no post. `sentence` stands on the card and says what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Shown:
    """What a revision shows, as its columns hold it."""

    pictures: list[dict[str, Any]] = field(default_factory=list)
    video: dict[str, Any] | None = None
    document: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """One file, read: the answer of `pipeline.agents.intake`, and where what it made lies."""

    file: HandedFile
    folder: Path
    told: dict[str, Any]

    @property
    def kind(self) -> Kind:
        return Kind(self.told["kind"])

    @property
    def path(self) -> Path:
        return self.folder / str(self.told["file"])


async def shown_by(workspace_id: UUID, wish: Wish, sources: FileSources, media: Media, folder: Path) -> Shown:
    """What the post shows from now on, stored. Raises `NotUsable`, `FileLater`."""
    source = sources.get(wish.surface)
    if source is None:
        raise NotUsable("This chat is not connected any more. Hand the files over in one that is.")
    files = files_of(wish.files)
    read = []
    for n, file in enumerate(files):
        own = folder / str(n)
        own.mkdir()
        await _fetched(source, workspace_id, wish.team_ref, file, own / "source")
        read.append(await _read(file, own, wish))
        problem = mixture_problem([one.kind for one in read], wish.platform)
        if problem is not None:
            raise NotUsable(problem)
    return await _kept(read, wish.description, media)


async def _fetched(source: FileSource, workspace_id: UUID, team: str, file: HandedFile, path: Path) -> None:
    """The file's bytes, on disk. Never more of them than the largest file may have."""
    most = CEILINGS.get(claimed(file) or Kind.FILM, LARGEST)
    size, pieces = 0, source.fetch(workspace_id, team, file)
    try:
        with path.open("wb") as out:
            async for piece in pieces:
                size += len(piece)
                if size > most:
                    raise NotUsable(too_large(file, claimed(file)))
                out.write(piece)
    except FileGone as gone:
        raise NotUsable(gone.sentence) from gone
    except OSError as error:
        raise FileLater(f"the file did not come, or not onto our disk: {error}", 30) from error
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()


async def _read(file: HandedFile, folder: Path, wish: Wish) -> Read:
    """What the file is, by its bytes, and what was made of it. Raises `NotUsable`."""
    source = folder / "source"
    order = {
        "source": str(source),
        "folder": str(folder),
        "platform": wish.platform,
        "form": wish.settings.get(Setting.FORM, ""),
    }
    try:
        printed = await cell.run(
            "pipeline.agents.intake", json.dumps(order).encode(),
            seconds=_READING_SECONDS, megabytes=_MEGABYTES, files=_MEGABYTES_A_FILE,
        )  # fmt: skip
        told = cell.as_json(printed)
    except cell.CellFailed as failure:
        sentence = (
            f"“{file.said}” could not be read in the time and room there is for it. Send a smaller or shorter one."
        )
        raise NotUsable(sentence) from failure
    if "problem" in told:
        raise NotUsable(f"“{file.said}” {told['problem']}")
    read = Read(file, folder, told)
    if source.stat().st_size > CEILINGS[read.kind]:
        raise NotUsable(too_large(file, read.kind))
    return read


async def _kept(read: Sequence[Read], description: str, media: Media) -> Shown:
    first = read[0]
    if first.told["content_type"] == "video/mp4":
        return Shown(video=asdict(await _film(first, description, media)))
    if first.kind is Kind.DOCUMENT:
        title = description or first.file.name.rpartition(".")[0] or first.file.name
        title = shorten(" ".join(title.split()), _LONGEST_TITLE, len)
        digest = await media.put_file(first.path)
        size = first.path.stat().st_size
        return Shown(document=asdict(Document(digest, "application/pdf", size, first.told["pages"], title)))
    return Shown(pictures=[asdict(await _picture(one, description, media)) for one in read])


async def _picture(read: Read, alt: str, media: Media) -> Picture:
    digest, told = await media.put_file(read.path), read.told
    return Picture(digest, told["content_type"], told["width"], told["height"], read.path.stat().st_size, alt)


async def _film(read: Read, alt: str, media: Media) -> Video:
    told = read.told
    still = await media.put_file(read.folder / str(told["still"]))
    digest = await media.put_file(read.path)
    return Video(
        digest, "video/mp4", told["width"], told["height"], read.path.stat().st_size, told["seconds"], told["rate"],
        told["video_codec"], told["audio_codec"], alt, still,
    )  # fmt: skip
