"""Taking bytes for Meta: the resumable upload by handle (`/{app}/uploads`) and the upload host of reels and containers."""

import secrets
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.faults import answer
from sandbox.meta import pull
from sandbox.meta.access import standing_headers, token_in
from sandbox.meta.parameters import read_body
from sandbox.meta.refusals import refused
from sandbox.meta.tokens import Token, chosen_pages, read_token
from sandbox.meta.uploads import (
    FACEBOOK,
    HANDLE,
    INSTAGRAM,
    LIFE,
    MOST,
    UPLOADS,
    Document,
    open_upload,
    path_of,
    upload_of,
)
from sandbox.refusals import Refused
from sandbox.world import World

TARGETS = {FACEBOOK: "facebook.rupload", INSTAGRAM: "instagram.rupload", HANDLE: "facebook.upload"}


def routes(world: World) -> list[BaseRoute]:
    """Opening by handle, and taking bytes."""
    return [
        Route("/facebook/v{version}/{app}/uploads", _open(world), methods=["POST"]),
        Route("/facebook/v{version}/upload:{id}", _by_handle(world), methods=["GET", "POST"]),
        Route("/facebook/rupload/{kind}/v{version}/{id}", _by_address(world), methods=["GET", "POST"]),
    ]


def _open(world: World) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        try:
            params, _ = await read_body(request)
            token = read_token(world, token_in(request, params))
            if request.path_params["app"] != world.secrets.facebook_client_id or token.user is None:
                raise refused("missing_object", method="post", id=request.path_params["app"])
            size = _size(params.get("file_length", ""))
            if params.get("file_type", "video/mp4") not in ("video/mp4", "image/jpeg", "image/png", "application/pdf"):
                raise refused("bad_parameter", name="file_type", reason="must be a supported media type")
        except Refused as refusal:
            return refusal.response(**standing_headers())

        async def accept() -> Response:
            upload = open_upload(world, HANDLE, secrets.token_urlsafe(24), str(token.user), size)
            return JSONResponse({"id": f"upload:{upload['id']}"})

        return await answer(world, "facebook.uploads", accept)

    return handle


def _size(value: str) -> int:
    if not value.isascii() or not value.isdecimal() or len(value) > 12 or not 0 < int(value) <= MOST:
        raise refused("bad_parameter", name="file_length", reason="must be the length of the file in bytes")
    return int(value)


def _by_handle(world: World) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        try:
            upload = _known(world, request, HANDLE)
            if request.method == "GET":
                return JSONResponse({"id": f"upload:{upload['id']}", "file_offset": upload["received"]})
        except Refused as refusal:
            return refusal.response(**standing_headers())

        def done(upload: Document) -> dict[str, Any]:
            return {"h": upload["handle"]} if upload["finished_at"] else {"file_offset": upload["received"]}

        return await _take(world, request, upload, request.headers.get("file_offset", "0"), done)

    return handle


def _by_address(world: World) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        kind = request.path_params["kind"]
        try:
            upload = _known(world, request, kind)
            if request.method == "GET":
                return JSONResponse({"offset": upload["received"]})
            if upload["size"] is None and "file_url" not in request.headers:
                try:
                    size = _size(request.headers.get("file_size", ""))
                except Refused:
                    raise refused("upload_header", name="file_size") from None
                upload["size"] = size
        except Refused as refusal:
            return refusal.response(**standing_headers())
        if "file_url" in request.headers:
            return await _pulled(world, request.headers["file_url"], upload)
        said = {"success": True, "message": "Upload successful."}
        return await _take(world, request, upload, request.headers.get("offset", "0"), lambda _: said)

    return handle


def _known(world: World, request: Request, kind: str) -> Document:
    """The upload in the path, when the token may write to it. Raises Refused."""
    upload = upload_of(world, request.path_params["id"])
    if upload is None or upload["kind"] != kind or upload["at"] + LIFE < world.now():
        raise refused("upload_gone")
    try:
        token = read_token(world, token_in(request, request.query_params))
    except Refused:
        raise refused("upload_denied") from None
    if not _may_write(world, token, upload):
        raise refused("upload_denied")
    return upload


def _may_write(world: World, token: Token, upload: Document) -> bool:
    if token.user is None:
        return False
    if upload["kind"] == HANDLE:
        return bool(token.user == upload["owner"])
    return token.page in (None, upload["owner"]) and upload["owner"] in chosen_pages(world, token.user)


async def _take(
    world: World, request: Request, upload: Document, offset: str, done: Callable[[Document], dict[str, Any]]
) -> Response:
    """Add the body at the offset. A connection that breaks leaves behind what had come, as the real host does."""
    part = path_of(world, f"{upload['id']}.{secrets.token_hex(4)}.part")
    whole = await _stream(request, part)

    async def accept() -> Response:
        try:
            return JSONResponse(done(_append(world, upload, part, offset)))
        except Refused as refusal:
            return refusal.response(**standing_headers())
        finally:
            part.unlink(missing_ok=True)

    if whole:
        return await answer(world, TARGETS[upload["kind"]], accept)
    await accept()
    return Response(status_code=400)  # nobody is there to read it


async def _stream(request: Request, part: Path) -> bool:
    """Write the body down; False when the connection broke before its end."""
    with part.open("wb") as file:
        try:
            async for piece in request.stream():
                file.write(piece)
        except ClientDisconnect:
            return False
    return True


def _append(world: World, upload: Document, part: Path, offset: str) -> Document:
    """Join the part to what is there by now. Raises Refused: upload_offset, upload_too_long."""
    upload = {**(upload_of(world, upload["id"]) or upload), "size": upload["size"]}
    if offset != str(upload["received"]) or upload["finished_at"] is not None:
        raise refused("upload_offset", received=str(upload["received"]), offset=offset)
    size = part.stat().st_size
    if upload["received"] + size > upload["size"]:
        raise refused("upload_too_long")
    target = path_of(world, upload["id"])
    if upload["received"] == 0:
        part.replace(target)
    else:
        with target.open("r+b") as whole, part.open("rb") as more:
            whole.seek(upload["received"])
            whole.truncate()  # a kill between the bytes and their count leaves some that were never counted
            shutil.copyfileobj(more, whole, 1024 * 1024)
    upload["received"] += size
    _store(world, upload)
    return upload


async def _pulled(world: World, url: str, upload: Document) -> Response:
    async def accept() -> Response:
        try:
            upload["size"] = upload["received"] = await pull.fetch(url, path_of(world, upload["id"]), MOST)
        except pull.PullFailed as failure:
            return refused("upload_pull", reason=str(failure)).response(**standing_headers())
        _store(world, upload)
        return JSONResponse({"success": True})

    return await answer(world, TARGETS[upload["kind"]], accept)


def _store(world: World, upload: Document) -> None:
    if upload["received"] == upload["size"]:
        upload["finished_at"] = world.now()
    world.state.put(UPLOADS, upload["id"], upload)
