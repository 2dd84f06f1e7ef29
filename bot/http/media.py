"""Media behind signed addresses: for platforms that fetch for themselves, and for people who watch a film before they approve it."""

import re
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from bot.http.pages import say
from pipeline.media_links import TYPES, MediaLinks
from storage.blobs import PIECE, Media, MediaLost

_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")
_FOREVER = "private, max-age=3600, immutable"


def media_routes(links: MediaLinks, media: Media) -> APIRouter:
    """GET (and HEAD) /media/{until}/{mark}/{digest}.{ending}, with byte ranges, so that a film can be wound."""
    routes = APIRouter()

    @routes.get("/media/{until}/{mark}/{name}")
    async def serve(request: Request, until: int, mark: str, name: str) -> Response:
        digest, _, ending = name.partition(".")
        content_type = TYPES.get(ending)
        if content_type is None or not links.holds(digest, content_type, until, mark):
            return say("This link does not work any more", "Open the card again: its link is a new one.", status=404)
        try:
            size = await media.size(digest)
        except MediaLost:
            return say("This is no longer there", "The file was removed from the media store.", status=404)
        return _answer(request.headers.get("range"), media, digest, content_type, size)

    return routes


def _answer(wanted: str | None, media: Media, digest: str, content_type: str, size: int) -> Response:
    """The whole, or the one range that was asked for; what is no range of ours is answered with the whole (RFC 9110 14.2)."""
    headers = {"accept-ranges": "bytes", "cache-control": _FOREVER, "content-disposition": "inline"}
    found = _RANGE.fullmatch(wanted or "")
    if found is None:
        return _stream(media, digest, 0, size, 200, content_type, headers)
    start, end = int(found[1]), min(int(found[2]) + 1 if found[2] else size, size)
    if start >= end:
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{size}"})
    headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
    return _stream(media, digest, start, end, 206, content_type, headers)


def _stream(
    media: Media, digest: str, start: int, end: int, status: int, content_type: str, headers: dict[str, str]
) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(start, end, PIECE):
            yield await media.part(digest, at, min(at + PIECE, end))

    headers = {**headers, "content-length": str(end - start)}
    return StreamingResponse(pieces(), status, headers, content_type)
