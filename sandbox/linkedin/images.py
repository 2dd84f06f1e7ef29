"""Images on LinkedIn: ask for an upload URL, put the bytes there, ask whether it is ready."""

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.faults import answer
from sandbox.knobs import knob
from sandbox.linkedin.access import Call, Door, endpoint
from sandbox.linkedin.accounts import PERSON, may_act_as
from sandbox.linkedin.refusals import refused
from sandbox.refusals import Refused
from sandbox.secrets import token as new_token
from sandbox.world import World

IMAGES = "linkedin.images"
URL_LIFE = 86400
SIGNATURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
WRITE = ("w_member_social", "w_organization_social")


def routes(world: World) -> list[BaseRoute]:
    """initializeUpload, the upload itself, the status, and the bytes for the page."""

    async def upload(request: Request) -> Response:
        content = await request.body()

        async def accept() -> Response:
            try:
                return _put(world, request.path_params["ticket"], content)
            except Refused as refusal:
                return refusal.response()

        return await answer(world, "linkedin.upload", accept)

    async def bytes_of(request: Request) -> Response:
        stored = world.state.get(IMAGES, request.path_params["urn"])
        if stored is None or stored["uploaded_at"] is None:
            return Response(status_code=404)
        return FileResponse(_file(world, stored["urn"]), media_type=stored["type"])

    initialize = endpoint(world, Door("linkedin.images", WRITE), _initialize)
    status = endpoint(world, Door("linkedin.image_status", WRITE), _status)
    return [
        Route("/linkedin/rest/images", initialize, methods=["POST"]),
        Route("/linkedin/rest/images/{urn}", status),
        Route("/linkedin/uploads/{ticket}", upload, methods=["PUT", "POST"]),
        Route("/linkedin/files/{urn}", bytes_of),
    ]


def status_of(world: World, stored: dict[str, Any]) -> str:
    """WAITING_UPLOAD, PROCESSING or AVAILABLE."""
    if stored["uploaded_at"] is None:
        return "WAITING_UPLOAD"
    ready = world.now() - stored["uploaded_at"] >= knob(world, "linkedin.image_processing")
    return "AVAILABLE" if ready else "PROCESSING"


async def _initialize(call: Call) -> Response:
    if call.request.query_params.get("action") != "initializeUpload":
        raise refused("bad_parameter", name="action", value=str(call.request.query_params.get("action")))
    asked = call.json().get("initializeUploadRequest")
    owner = asked.get("owner") if isinstance(asked, dict) else None
    if not isinstance(owner, str):
        raise refused("missing_field", name="initializeUploadRequest/owner")
    if not may_act_as(call.sub, owner):
        raise refused("foreign_author", value=owner)
    ticket, urn = new_token("sandbox-upload-"), f"urn:li:image:{new_token('C4E10AQ')}"
    expires = call.world.now() + URL_LIFE
    document = {"urn": urn, "owner": owner, "ticket": ticket, "expires": expires, "uploaded_at": None, "type": None}
    call.world.state.put(IMAGES, urn, document)
    call.world.state.put("linkedin.tickets", ticket, {"urn": urn})
    value = {
        "uploadUrlExpiresAt": int(expires * 1000),
        "uploadUrl": f"{call.world.config.base_url}/linkedin/uploads/{ticket}",
        "image": urn,
    }
    return JSONResponse({"value": value})


def _put(world: World, ticket: str, content: bytes) -> Response:
    known = world.state.get("linkedin.tickets", ticket)
    stored = world.state.get(IMAGES, known["urn"]) if known is not None else None
    if stored is None or stored["expires"] < world.now():
        raise refused("upload_gone")
    kind = next((kind for start, kind in SIGNATURES.items() if content.startswith(start)), None)
    if kind is None:
        raise refused("bad_image")
    _file(world, stored["urn"]).write_bytes(content)
    world.state.put(IMAGES, stored["urn"], {**stored, "uploaded_at": world.now(), "type": kind})
    world.ledger.accept("linkedin", "image", stored["owner"], stored["urn"], {"type": kind, "bytes": len(content)})
    return Response(status_code=201)


async def _status(call: Call) -> Response:
    urn = call.request.path_params["urn"]
    stored = call.world.state.get(IMAGES, urn)
    if stored is None:
        raise refused("not_found", value=urn)
    hidden = stored["owner"].startswith(PERSON) and knob(call.world, "linkedin.members_cannot_poll")
    if hidden or not may_act_as(call.sub, stored["owner"]):
        raise refused("not_yours", value=urn)
    answer: dict[str, Any] = {"id": urn, "owner": stored["owner"], "status": status_of(call.world, stored)}
    if answer["status"] == "AVAILABLE":
        answer["downloadUrl"] = f"{call.world.config.base_url}/linkedin/files/{urn}"
    return JSONResponse(answer)


def _file(world: World, urn: str) -> Path:
    folder = world.config.home / "linkedin-images"
    folder.mkdir(exist_ok=True)
    return folder / urn.rsplit(":", 1)[-1]
