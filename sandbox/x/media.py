"""Uploads to X: initialize, append, finalize, status; in one go; and the words for those who cannot see."""

import base64
import binascii
import shutil
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.knobs import knob
from sandbox.media import read_media, read_media_file
from sandbox.world import World
from sandbox.x.access import Call, Door, endpoint
from sandbox.x.accounts import snowflake
from sandbox.x.processing import INTERNAL, SLOW, failure, info
from sandbox.x.refusals import refused

LIFE = 86400  # seconds for which a finished upload can be attached
IMAGES = ("image/jpeg", "image/png", "image/webp", "image/bmp", "image/pjpeg", "image/tiff")
VIDEOS = ("video/mp4", "video/webm", "video/mp2t", "video/quicktime")
ALIKE = {"image/pjpeg": "image/jpeg"}  # announced, and what the bytes then are
LIMITS = {
    "tweet_image": (IMAGES, 5 * 1024**2),
    "tweet_gif": (("image/gif",), 15 * 1024**2),
    "tweet_video": (VIDEOS, 512 * 1024**2),
    "amplify_video": (VIDEOS, 512 * 1024**2),
}
ONE_SHOT = ("tweet_image",)  # categories that come in one call
PIECE = 1024 * 1024
MEDIA = "x.media"


def routes(world: World) -> list[BaseRoute]:
    """Everything under /2/media, and the bytes themselves for the page."""

    def at(limit: str, act: Any, target: str = "x.media") -> Any:
        return endpoint(world, Door(target, limit, ("media.write",)), act)

    async def bytes_of(request: Request) -> Response:
        stored = world.state.get(MEDIA, request.path_params["id"])
        if stored is None or not _file(world, stored["id"]).exists():
            return Response(status_code=404)
        return FileResponse(_file(world, stored["id"]), media_type=stored["media_type"])

    return [
        Route("/x/2/media/upload/initialize", at("upload", _initialize), methods=["POST"]),
        Route("/x/2/media/upload/{id}/append", at("upload", _append), methods=["POST"]),
        Route("/x/2/media/upload/{id}/finalize", at("upload", _finalize), methods=["POST"]),
        Route("/x/2/media/upload", at("one_shot", _one_shot), methods=["POST"]),
        Route("/x/2/media/upload", at("status", _status), methods=["GET"]),
        Route("/x/2/media/metadata", at("metadata", _metadata, "x.metadata"), methods=["POST"]),
        Route("/x/files/{id}", bytes_of),
    ]


def usable(world: World, user: str, media_id: str) -> dict[str, Any] | None:
    """The upload when this user may attach it now: own, finished, processed well, not expired. Else None."""
    stored = world.state.get(MEDIA, media_id)
    if stored is None or stored["user"] != user or stored["ready_at"] is None or stored["failure"]:
        return None
    return stored if stored["ready_at"] <= world.now() < stored["expires"] else None


async def _initialize(call: Call) -> Response:
    body = call.json()
    unknown = body.keys() - {"media_type", "total_bytes", "media_category", "additional_owners", "shared"}
    if unknown:
        raise refused("unknown_key", name=min(unknown), value=str(body[min(unknown)]))
    total = body.get("total_bytes")
    if not isinstance(total, int) or isinstance(total, bool) or total < 1:
        raise refused("bad_value", name="total_bytes", value=str(total), reason="must be a positive integer")
    stored = _new(call, str(body.get("media_type")), str(body.get("media_category", "tweet_image")), total)
    _file(call.world, stored["id"]).write_bytes(b"")
    return JSONResponse({"data": {**_identity(stored), "expires_after_secs": LIFE}})


async def _append(call: Call) -> Response:
    stored = _own(call, call.request.path_params["id"])
    fields = call.fields()
    index, content = str(fields.get("segment_index", "")), _bytes(fields.get("media"))
    if not index.isdecimal() or int(index) > 999 or not content or stored["finalized"]:
        raise refused("bad_segment", name="segment_index", value=index)
    _file(call.world, f"{stored['id']}.{int(index):03d}").write_bytes(content)  # a repeated segment replaces itself
    return JSONResponse({"data": {"expires_at": int(stored["expires"])}})


async def _finalize(call: Call) -> Response:
    stored = _own(call, call.request.path_params["id"])
    if not stored["finalized"]:
        _assemble(call.world, stored["id"])
        _finish(call.world, stored)
    return JSONResponse({"data": _report(call.world, stored)})


async def _one_shot(call: Call) -> Response:
    fields = call.fields()
    content = _bytes(fields.get("media"))
    if not content:
        raise refused("bad_value", name="media", value="", reason="is missing but it is required")
    seen = read_media(content)
    media_type = str(fields.get("media_type") or (seen.content_type if seen else ""))
    category = str(fields.get("media_category", ""))
    if category not in ONE_SHOT:
        raise refused("bad_media_type", name="media_category", value=category)
    stored = _new(call, media_type, category, len(content))
    _file(call.world, stored["id"]).write_bytes(content)
    _finish(call.world, stored)
    return JSONResponse({"data": _report(call.world, stored)})


async def _status(call: Call) -> Response:
    query = call.request.query_params
    if query.get("command", "STATUS") != "STATUS":
        raise refused("bad_parameter", name="command", value=query["command"])
    return JSONResponse({"data": _report(call.world, _own(call, query.get("media_id", "")))})


async def _metadata(call: Call) -> Response:
    body = call.json()
    stored = _own(call, str(body.get("id", "")))
    alt: Any = body
    for name in ("metadata", "alt_text", "text"):
        alt = alt.get(name) if isinstance(alt, dict) else None
    if not isinstance(alt, str):
        raise refused("bad_value", name="metadata.alt_text.text", value=str(alt)[:40], reason="must be a string")
    if len(alt) > 1000:
        raise refused("alt_too_long", name="metadata.alt_text.text", value=alt[:40])
    stored["alt"] = alt
    call.world.state.put(MEDIA, stored["id"], stored)
    return JSONResponse({"data": {"id": stored["id"], "associated_metadata": body["metadata"]}})


def _new(call: Call, media_type: str, category: str, total: int) -> dict[str, Any]:
    if category not in LIMITS:
        raise refused("bad_media_type", name="media_category", value=category)
    types, most = LIMITS[category]
    if media_type not in types:
        raise refused("bad_media_type", name="media_type", value=media_type)
    if total > most:
        raise refused("media_too_large", name="total_bytes", value=str(most))
    media_id = snowflake(call.world)
    stored = {
        "id": media_id,
        "user": call.user,
        "media_type": media_type,
        "category": category,
        "total": total,
        "expires": call.world.now() + LIFE,
        "finalized": False,
        "ready_at": None,
        "failure": None,
        "alt": "",
    }
    call.world.state.put(MEDIA, media_id, stored)
    return stored


def _assemble(world: World, media_id: str) -> None:
    """The pieces in the order of their numbers, one after the other: a video need not fit into memory."""
    parts = sorted(_folder(world).glob(f"{media_id}.*"))
    with _file(world, media_id).open("wb") as whole:
        for part in parts:
            with part.open("rb") as piece:
                shutil.copyfileobj(piece, whole, PIECE)


def _finish(world: World, stored: dict[str, Any]) -> None:
    """The bytes are there; raises Refused when they are not what was announced. Then X works on them."""
    path = _file(world, stored["id"])
    seen = read_media_file(path)
    announced = ALIKE.get(stored["media_type"], stored["media_type"])
    if path.stat().st_size != stored["total"] or seen is None or seen.content_type != announced:
        raise refused("bad_file")
    for part in _folder(world).glob(f"{stored['id']}.*"):
        part.unlink()
    slow = stored["category"] in SLOW
    stored["finalized"] = True
    broken = INTERNAL if knob(world, "x.processing_fails") else None
    stored["failure"] = failure(seen, stored["category"]) or broken if slow else None
    stored["ready_at"] = world.now() + (knob(world, "x.media_processing") if slow else 0.0)
    world.state.put(MEDIA, stored["id"], stored)
    world.ledger.accept(
        "x", "media", stored["user"], stored["id"], {"type": stored["media_type"], "bytes": stored["total"]}
    )


def _report(world: World, stored: dict[str, Any]) -> dict[str, Any]:
    left = max(0, int(stored["expires"] - world.now()))
    report = {**_identity(stored), "size": stored["total"], "expires_after_secs": left}
    working = info(world, stored)
    return report if working is None else {**report, "processing_info": working}


def _identity(stored: dict[str, Any]) -> dict[str, Any]:
    return {"id": stored["id"], "media_key": media_key(stored)}


def media_key(stored: dict[str, Any]) -> str:
    """The key under which the media stands in expansions: 3_ photo, 16_ GIF, 7_ video."""
    return {"tweet_image": "3_", "tweet_gif": "16_"}.get(stored["category"], "7_") + str(stored["id"])


def _own(call: Call, media_id: str) -> dict[str, Any]:
    stored = call.world.state.get(MEDIA, media_id)
    if stored is None or stored["user"] != call.user:
        raise refused("not_found", what="media", value=media_id)
    return stored


def _bytes(sent: Any) -> bytes:
    """The bytes of a file part, or of a base64 string."""
    if isinstance(sent, bytes):
        return sent
    try:
        return base64.b64decode(sent or "", validate=True)
    except (binascii.Error, TypeError, ValueError):
        return b""


def _folder(world: World) -> Path:
    folder = world.config.home / "x-media"
    folder.mkdir(exist_ok=True)
    return folder


def _file(world: World, name: str) -> Path:
    return _folder(world) / name
