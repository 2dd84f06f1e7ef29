"""Makes the pictures of a batch: one process of its own draws them all, and dies with us."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from domain.draft import PictureSpec
from pipeline.agents import cell
from pipeline.agents.chart import Chart

FetchPicture = Callable[[str], Awaitable[bytes | None]]
"""Fetches a page's share image safely, or gives None: `pipeline.agents.reader.picture` with its guard."""

_SECONDS_TO_START, _SECONDS_EACH, _SECONDS_A_FILM = 15.0, 2.0, 60.0
_FILM_MEGABYTES, _FILMS_AT_ONCE = 64, 2
_MEGABYTES = 1024


class DrawingFailed(Exception):
    """No picture came of it; the text says why. Posts may go out without."""


@dataclass(frozen=True, slots=True)
class RenderedFilm:
    """MP4 bytes (H.264, AAC), upright. `seconds` long, `rate` frames a second."""

    data: bytes = field(repr=False)
    width: int
    height: int
    seconds: float
    rate: float


@dataclass(frozen=True, slots=True)
class RenderedPicture:
    """The bytes of a picture and what they show. `shared` means the page's own picture was used; `note` says why it was not."""

    data: bytes = field(repr=False)
    width: int
    height: int
    content_type: str
    shared: bool = False
    note: str | None = None


async def illustrate(specs: Sequence[PictureSpec], *, fetch: FetchPicture | None = None) -> list[RenderedPicture]:
    """One picture per spec, in order, drawn by one process. Without `fetch`, share images are left alone.

    The same specs give the same bytes. Raises DrawingFailed.
    """
    if not specs:
        return []
    frames: list[bytes] = []
    for spec, picture in zip(specs, await _shared(specs, fetch), strict=True):
        frames += [json.dumps({"card": spec.to_json()}).encode(), picture]
    return await _drawn(frames)


async def posters(specs: Sequence[PictureSpec]) -> list[RenderedPicture]:
    """An upright JPEG of 1080 × 1350 for each spec, in order. Raises DrawingFailed."""
    if not specs:
        return []
    return await _drawn([frame for spec in specs for frame in (json.dumps({"poster": spec.to_json()}).encode(), b"")])


async def films(specs: Sequence[PictureSpec]) -> list[RenderedFilm]:
    """A short upright film for each spec, in order, made two at a time.

    Raises DrawingFailed, also when there is no ffmpeg here.
    """
    turns = asyncio.Semaphore(_FILMS_AT_ONCE)

    async def made(spec: PictureSpec) -> RenderedFilm:
        async with turns:
            return await _filmed(spec)

    return list(await asyncio.gather(*(made(spec) for spec in specs)))


async def _filmed(spec: PictureSpec) -> RenderedFilm:
    order = cell.packed([json.dumps(spec.to_json()).encode()])
    try:
        printed = await cell.run(
            "pipeline.agents.film", order, seconds=_SECONDS_A_FILM, megabytes=2 * _MEGABYTES, files=_FILM_MEGABYTES
        )
        header, film = cell.unpacked(printed)
        told = cell.as_json(header)
    except (cell.CellFailed, ValueError) as failure:
        raise DrawingFailed(f"The film could not be made: {failure}") from failure
    if "problem" in told:
        raise DrawingFailed(told["problem"])
    return RenderedFilm(data=film, **told)


async def draw_chart(chart: Chart) -> bytes:
    """PNG bytes (1200 × 675) of a chart. Raises DrawingFailed."""
    return (await _drawn([json.dumps({"chart": chart.to_json()}).encode(), b""]))[0].data


async def _shared(specs: Sequence[PictureSpec], fetch: FetchPicture | None) -> list[bytes]:
    """The share images wanted, each fetched once."""
    wanted = list(dict.fromkeys(spec.share_image for spec in specs if spec.share_image)) if fetch else []
    got = dict(zip(wanted, await asyncio.gather(*(fetch(url) for url in wanted)) if fetch else [], strict=True))
    return [got.get(spec.share_image or "") or b"" for spec in specs]


async def _drawn(frames: Sequence[bytes]) -> list[RenderedPicture]:
    seconds = _SECONDS_TO_START + _SECONDS_EACH * len(frames) / 2
    try:
        printed = await cell.run("pipeline.agents.render", cell.packed(frames), seconds=seconds, megabytes=_MEGABYTES)
        answers = list(cell.unpacked(printed))
        headers = [cell.as_json(frame) for frame in answers[0::2]]
    except cell.CellFailed as failure:
        raise DrawingFailed(f"The pictures could not be drawn: {failure}") from failure
    if len(answers) != len(frames):
        raise DrawingFailed("The drawing process answered with fewer pictures than it was asked for.")
    return [RenderedPicture(data=png, **header) for header, png in zip(headers, answers[1::2], strict=True)]
