"""Bringing a film's bytes to Meta's upload host, for both platforms: from where the last ones ended, piece by piece."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from domain.payload import Video
from domain.publishing import MediaStore, PublishError, TryLater
from domain.secret import Secret
from publishers import films
from publishers.meta import Graph, telling

PIECE = 1024 * 1024
"""Bytes of a film in memory at once."""

_UPLOAD_SECONDS = 1_800.0
_UPLOAD_TRIES = 4

Renew = Callable[[], Awaitable[None]]
"""Renews the lease of the claim while an upload runs. Raises `LeaseLost`."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a film's bytes go. `offset` is the name of the header that says where they go on ("offset" at the upload
    host, "file_offset" for a handle). `received` asks the platform how many bytes it has."""

    url: str
    offset: str
    received: Callable[[], Awaitable[int]]


async def upload(
    graph: Graph, media: MediaStore, film: Video, place: Place, token: Secret, renew: Renew
) -> dict[str, Any]:
    """Brings a film's bytes to `place`, from where the last ones ended; `renew` is awaited after every piece.

    One request carries all that is left: the real host takes a shorter body for a broken one, but keeps what came.
    Returns the last answer, {} when every byte was there already. Raises `TryLater` when it got no further,
    `ContentRefused` when the platform does not want it. `publishers.films.verify` comes before.
    """
    trouble: PublishError = TryLater(f"{graph.wire.name} did not take the film.")
    start = -1
    for _ in range(_UPLOAD_TRIES):
        before, start = start, await place.received()
        if start >= film.size:
            return {}
        if start == before:
            break
        try:
            answer = await graph.wire.step(_rest(graph, media, film, place, token, start, renew), _UPLOAD_SECONDS)
        except TryLater as fault:
            trouble = fault
            continue
        if answer.ok:
            return answer.fields()
        if not telling(answer).startswith(("#upload/Offset", "#upload/Partial")):
            raise graph.trouble(answer, "the film")
    raise trouble


def _rest(
    graph: Graph, media: MediaStore, film: Video, place: Place, token: Secret, start: int, renew: Renew
) -> httpx.Request:
    headers = {
        "authorization": f"OAuth {token.reveal()}",
        place.offset: str(start),
        "file_size": str(film.size),
        "content-length": str(film.size - start),
        "content-type": "application/octet-stream",
    }
    return graph.wire.request("POST", place.url, headers=headers, content=_pieces(media, film, start, renew))


async def _pieces(media: MediaStore, film: Video, start: int, renew: Renew) -> AsyncIterator[bytes]:
    for at in range(start, film.size, PIECE):
        yield await films.piece(media, film, at, min(at + PIECE, film.size))
        await renew()


def whole(count: object) -> int:
    """A number of bytes as the Graph tells it, as a number or as text; 0 for anything else."""
    if isinstance(count, str) and count.isascii() and count.isdigit() and len(count) <= 15:
        return int(count)
    return count if type(count) is int and count >= 0 else 0
