"""Videos on LinkedIn: a place for each part, an ETag for each part that came, and the list of them at the end."""

import hashlib
import shutil
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.knobs import knob
from sandbox.linkedin.access import Call, Door, endpoint
from sandbox.linkedin.accounts import may_act_as
from sandbox.linkedin.media import MEDIA, WRITE, begin, file_of, finish, folder, place, ticket
from sandbox.linkedin.processing import VIDEO_BYTES
from sandbox.linkedin.refusals import refused
from sandbox.world import World

PIECE = 1024 * 1024


def routes(world: World) -> list[BaseRoute]:
    """initializeUpload and finalizeUpload, told apart by `action`, and the places for the parts."""
    return [
        Route("/linkedin/rest/videos", _door(world), methods=["POST"]),
        place(world, "/linkedin/parts/{ticket}", _put),
    ]


def _door(world: World) -> Any:
    first = endpoint(world, Door("linkedin.videos", WRITE), _initialize)
    last = endpoint(world, Door("linkedin.video_finalize", WRITE), _finalize)

    async def handle(request: Any) -> Response:
        return await (last if request.query_params.get("action") == "finalizeUpload" else first)(request)

    return handle


async def _initialize(call: Call) -> Response:
    if call.request.query_params.get("action") != "initializeUpload":
        raise refused("bad_parameter", name="action", value=str(call.request.query_params.get("action")))
    asked = call.json().get("initializeUploadRequest")
    size = asked.get("fileSizeBytes") if isinstance(asked, dict) else None
    if size is None:
        raise refused("missing_field", name="initializeUploadRequest/fileSizeBytes")
    if type(size) is not int or not 0 < size <= VIDEO_BYTES[1]:
        raise refused(
            "bad_value", name="initializeUploadRequest/fileSizeBytes", reason=f"must be 1 to {VIDEO_BYTES[1]}"
        )
    stored = begin(call, "video", size=size, parts=[])
    step = int(knob(call.world, "linkedin.part_bytes"))
    ends = [(first, min(first + step, size) - 1) for first in range(0, size, step)]
    base = f"{call.world.config.base_url}/linkedin/parts"
    given = [
        {"uploadUrl": f"{base}/{_part(call.world, stored, number, *end)}", "firstByte": end[0], "lastByte": end[1]}
        for number, end in enumerate(ends)
    ]
    call.world.state.put(MEDIA, stored["urn"], {**stored, "parts": [None] * len(ends)})
    value = {
        "uploadUrlsExpireAt": int(stored["expires"] * 1000),
        "video": stored["urn"],
        "uploadInstructions": given,
        "uploadToken": "",
    }
    return JSONResponse({"value": value})


def _part(world: World, stored: dict[str, Any], number: int, first: int, last: int) -> str:
    return ticket(world, stored["urn"], number=number, size=last + 1 - first)


def _put(world: World, known: dict[str, Any], arrived: Path) -> Response:
    """A part that comes again replaces itself."""
    stored = known["media"]
    if stored["uploaded_at"] is not None or arrived.stat().st_size != known["size"]:
        raise refused("bad_part", value=str(known["size"]))
    with arrived.open("rb") as file:
        tag = f"/ambry-video/signedId/{hashlib.file_digest(file, 'sha256').hexdigest()[:40]}"
    arrived.rename(_file(world, stored["urn"], known["number"]))
    stored["parts"][known["number"]] = tag
    world.state.put(MEDIA, stored["urn"], stored)
    return Response(status_code=200, headers={"etag": tag})


async def _finalize(call: Call) -> Response:
    asked = call.json().get("finalizeUploadRequest")
    wish = asked if isinstance(asked, dict) else {}
    for name in ("video", "uploadToken", "uploadedPartIds"):
        if name not in wish:
            raise refused("missing_field", name=f"finalizeUploadRequest/{name}")
    stored = call.world.state.get(MEDIA, str(wish["video"]))
    if stored is None or stored["kind"] != "video":
        raise refused("not_found", value=str(wish["video"]))
    if not may_act_as(call.sub, stored["owner"]):
        raise refused("not_yours", value=stored["urn"])
    if stored["uploaded_at"] is not None or wish["uploadToken"] != "" or wish["uploadedPartIds"] != stored["parts"]:
        raise refused("bad_parts", value=stored["urn"])
    with file_of(call.world, stored["urn"]).open("wb") as whole:
        for number in range(len(stored["parts"])):
            part = _file(call.world, stored["urn"], number)
            with part.open("rb") as piece:
                shutil.copyfileobj(piece, whole, PIECE)
            part.unlink()
    finish(call.world, stored)
    return JSONResponse({})  # LinkedIn's own client reads every action's answer as JSON


def _file(world: World, urn: str, number: int) -> Path:
    return folder(world) / f"{file_of(world, urn).name}.{number:04d}"
