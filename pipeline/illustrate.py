"""Illustration: what a platform shows of each draft (a wide picture, an upright one, a short film), kept by its content."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog

from domain.draft import Draft, PictureSpec
from domain.payload import Document, Payload, Picture, Video
from domain.platforms import PLATFORMS, Platform, Shape
from pipeline.agents.fetch import Guard
from pipeline.agents.illustrator import DrawingFailed, RenderedFilm, RenderedPicture, films, posters
from pipeline.agents.illustrator import illustrate as draw
from pipeline.agents.reader import picture
from storage.blobs import Media

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """What goes with a text. `problem` says why there is no film where the platform needs one."""

    pictures: tuple[Picture, ...] = ()
    video: Video | None = None
    problem: str | None = None
    document: Document | None = None


def handed_over(row: Mapping[str, Any]) -> Shown:
    """What a member handed over, from a revision's columns: it is not drawn anew."""
    found = Payload.of_row("", row["pictures"], {}, row["video"], row["document"])
    return Shown(found.pictures, found.video, document=found.document)


async def illustrate(drafts: Sequence[tuple[Platform, Draft]], media: Media, guard: Guard) -> list[Shown]:
    """For each draft what its platform shows, stored. Drawing it again gives the same bytes under the same names.

    Raises DrawingFailed when pictures cannot be drawn; a film that cannot be made is told in `Shown.problem`.
    """
    kinds: dict[Shape, list[tuple[int, Draft, PictureSpec]]] = {shape: [] for shape in Shape}
    for n, (platform, draft) in enumerate(drafts):
        if draft.picture is not None:
            kinds[PLATFORMS[platform].shape].append((n, draft, draft.picture))
    shown = [Shown()] * len(drafts)
    wide = kinds[Shape.WIDE]
    drawn = await draw([spec for _, _, spec in wide], fetch=partial(picture, guard=guard))
    for (n, draft, spec), one in zip(wide, drawn, strict=True):
        shown[n] = Shown((await _keep(one, spec.alt(spec.shared_alt) if one.shared else draft.alt, media),))
    upright = [*kinds[Shape.UPRIGHT], *kinds[Shape.FILM]]
    stills = await posters([spec for _, _, spec in upright])
    for (n, draft, _), one in zip(upright, stills, strict=True):
        shown[n] = Shown((await _keep(one, draft.alt, media),))
    for n, video in (await _filmed(kinds[Shape.FILM], shown, media)).items():
        shown[n] = Shown(video=video) if isinstance(video, Video) else Shown(problem=video)
    return shown


async def _keep(drawn: RenderedPicture, alt: str, media: Media) -> Picture:
    digest = await media.put(drawn.data)
    return Picture(digest, drawn.content_type, drawn.width, drawn.height, len(drawn.data), alt)


async def _filmed(
    wanted: Sequence[tuple[int, Draft, PictureSpec]], shown: Sequence[Shown], media: Media
) -> dict[int, Video | str]:
    """By place: the film, with its upright picture as the still; or why there is none."""
    try:
        made = await films([spec for _, _, spec in wanted])
    except DrawingFailed as failure:
        log.warning("no films", why=str(failure))
        return {n: str(failure) for n, _, _ in wanted}
    return {
        n: await _keep_film(film, draft.alt, shown[n].pictures[0].digest, media)
        for (n, draft, _), film in zip(wanted, made, strict=True)
    }


async def _keep_film(film: RenderedFilm, alt: str, still: str, media: Media) -> Video:
    digest = await media.put(film.data)
    return Video(
        digest,
        "video/mp4",
        film.width,
        film.height,
        len(film.data),
        film.seconds,
        film.rate,
        "avc1",
        "mp4a",
        alt,
        still,
    )
