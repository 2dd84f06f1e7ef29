"""Bytes of a video, chunk after chunk: each continues where the last one ended, within an hour."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.faults import answer
from sandbox.refusals import Refused
from sandbox.tiktok.checks import look
from sandbox.tiktok.publishes import PUBLISHES, file_name, folder, save, take
from sandbox.tiktok.refusals import refused
from sandbox.tiktok.schema import Chunks
from sandbox.world import World

TYPES = ("video/mp4", "video/quicktime", "video/webm")
RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")


@dataclass(frozen=True)
class Piece:
    """One announced chunk: its first and last byte, and the type it claims."""

    publish_id: str
    path: Path
    start: int
    end: int
    content_type: str


def routes(world: World) -> list[BaseRoute]:
    """The upload host."""

    async def upload(request: Request) -> Response:
        try:
            piece = _announced(world, request)
        except Refused as refusal:
            await _drain(request)
            return _with_progress(world, request, refusal.response())
        try:
            await _store(piece, request)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it; a chunk that broke off counts for nothing

        async def accept() -> Response:
            try:
                return _count(world, piece)
            except Refused as refusal:
                return refusal.response()

        return _with_progress(world, request, await answer(world, "tiktok.upload", accept))

    return [Route("/tiktok/video/", upload, methods=["PUT"])]


def _publish(world: World, request: Request) -> dict[str, Any] | None:
    """The post whose address was called, or None."""
    query = request.query_params
    known = world.state.get("tiktok.uploads", query.get("upload_id", ""))
    publish = world.state.get(PUBLISHES, known["publish_id"]) if known is not None else None
    return publish if publish is not None and publish["ticket"] == query.get("upload_token") else None


def _announced(world: World, request: Request) -> Piece:
    """What the headers announce, when it fits. Raises Refused."""
    publish = _publish(world, request)
    if publish is None:
        raise refused("upload_unknown")
    _check_alive(world, publish)
    headers = request.headers
    content_type = headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type not in TYPES:
        raise refused("upload_bad_request", reason=f"Content-Type must be one of {', '.join(TYPES)}")
    found = RANGE.fullmatch(headers.get("content-range", ""))
    if found is None:
        raise refused("upload_bad_request", reason="Content-Range must be: bytes first-last/total")
    start, end, total = (int(part) for part in found.groups())
    if headers.get("content-length") != str(end - start + 1) or end < start:
        raise refused("upload_bad_request", reason="Content-Length does not fit Content-Range")
    if total != publish["size"]:
        raise refused("upload_bad_request", reason="the total in Content-Range is not video_size")
    if start != publish["received"]:
        raise refused("upload_out_of_order")
    if end != Chunks(publish["size"], publish["chunk"], publish["count"]).end(start):
        raise refused("upload_bad_request", reason="the chunk does not end where chunk_size says")
    return Piece(publish["id"], folder(world) / file_name(publish), start, end, content_type)


def _check_alive(world: World, publish: dict[str, Any]) -> None:
    if publish["expires"] < world.now() or (publish["fail_reason"] and publish["received"] < publish["size"]):
        raise refused("upload_expired")


async def _store(piece: Piece, request: Request) -> None:
    """Write the bytes to their place. Until `_count` they do not matter: whoever comes again writes over them."""
    piece.path.touch()
    with piece.path.open("r+b") as file:
        file.seek(piece.start)
        async for content in request.stream():
            file.write(content)


def _count(world: World, piece: Piece) -> Response:
    """The chunk counts from here on; with the last one, the post goes its way. Raises Refused."""
    publish = world.state.get(PUBLISHES, piece.publish_id)
    if publish is None or publish["received"] != piece.start:  # the same chunk came twice at the same time
        raise refused("upload_out_of_order")
    publish["received"], publish["content_type"] = piece.end + 1, piece.content_type
    if publish["received"] < publish["size"]:
        save(world, publish)
        return Response(status_code=206)
    take(world, publish, [look(piece.path)])
    return Response(status_code=201)


def _with_progress(world: World, request: Request, response: Response) -> Response:
    """Content-Range with what has been received. Documented as `0-{uploaded}`: taken as the number of bytes."""
    publish = _publish(world, request)
    if publish is not None and response.status_code in (201, 206, 416):
        response.headers["Content-Range"] = f"bytes 0-{publish['received']}/{publish['size']}"
    return response


async def _drain(request: Request) -> None:
    """Read what is sent to a closed door, so that the sender gets to the answer."""
    try:
        async for _ in request.stream():
            pass
    except ClientDisconnect:
        return
