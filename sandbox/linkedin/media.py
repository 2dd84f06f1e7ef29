"""Pictures and documents on LinkedIn: ask for an upload URL, put the bytes there, ask whether it is ready."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.faults import answer
from sandbox.knobs import knob
from sandbox.linkedin.access import Call, Door, endpoint
from sandbox.linkedin.accounts import PERSON, may_act_as
from sandbox.linkedin.processing import DOCUMENT_BYTES, status_of, worked_on
from sandbox.linkedin.refusals import refused
from sandbox.refusals import Refused
from sandbox.secrets import token as new_token
from sandbox.world import World

MEDIA, TICKETS = "linkedin.media", "linkedin.tickets"
URL_LIFE = 86400
SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")
PREFIXES = {"image": "C4E10AQ", "document": "D4E1FAQ", "video": "C5F10AQ"}
WRITE = ("w_member_social", "w_organization_social")
Put = Callable[[World, dict[str, Any], Path], Response]


def routes(world: World) -> list[BaseRoute]:
    """initializeUpload of both, the upload itself (videos put their parts there as well), every status, the bytes."""

    async def bytes_of(request: Request) -> Response:
        stored = world.state.get(MEDIA, request.path_params["urn"])
        if stored is None or stored["uploaded_at"] is None:
            return Response(status_code=404)
        return FileResponse(file_of(world, stored["urn"]), media_type=stored["type"])

    found: list[BaseRoute] = [Route("/linkedin/files/{urn}", bytes_of)]
    for kind in ("image", "document"):
        act = endpoint(world, Door(f"linkedin.{kind}s", WRITE), partial(_initialize, kind))
        found.append(Route(f"/linkedin/rest/{kind}s", act, methods=["POST"]))
    for kind in PREFIXES:
        act = endpoint(world, Door(f"linkedin.{kind}_status", WRITE), partial(_status, kind))
        found.append(Route(f"/linkedin/rest/{kind}s/{{urn}}", act))
    return found


def place(world: World, path: str, put: Put) -> BaseRoute:
    """Where bytes are put, by ticket; they go to disk as they come. `put` gets the ticket and the file with them."""

    async def upload(request: Request) -> Response:
        arrived = folder(world) / new_token("arrived-")

        async def accept() -> Response:
            try:
                return put(world, ticket_of(world, request.path_params["ticket"]), arrived)
            except Refused as refusal:
                return refusal.response()

        try:
            with arrived.open("wb") as file:
                async for chunk in request.stream():
                    file.write(chunk)
            return await answer(world, "linkedin.upload", accept)
        finally:
            arrived.unlink(missing_ok=True)

    return Route(path, upload, methods=["PUT", "POST"])


def uploads(world: World) -> BaseRoute:
    """Where pictures and documents are put, each in one go."""
    return place(world, "/linkedin/uploads/{ticket}", _put)


def usable(world: World, urn: str, owner: str) -> dict[str, Any] | None:
    """The media if this author may attach them now."""
    stored = world.state.get(MEDIA, urn)
    own = stored is not None and stored["owner"] == owner and status_of(world, stored) == "AVAILABLE"
    return stored if own else None


def begin(call: Call, kind: str, **more: Any) -> dict[str, Any]:
    """New media of the kind, nothing uploaded yet. Raises Refused: bad_parameter, missing_field, foreign_author."""
    asked = call.json().get("initializeUploadRequest")
    owner = asked.get("owner") if isinstance(asked, dict) else None
    if not isinstance(owner, str):
        raise refused("missing_field", name="initializeUploadRequest/owner")
    if not may_act_as(call.sub, owner):
        raise refused("foreign_author", value=owner)
    urn = f"urn:li:{kind}:{new_token(PREFIXES[kind])}"
    stored = {
        "urn": urn,
        "kind": kind,
        "owner": owner,
        "expires": call.world.now() + URL_LIFE,
        "uploaded_at": None,
        "type": None,
        "failure": None,
        **more,
    }
    call.world.state.put(MEDIA, urn, stored)
    return stored


def ticket(world: World, urn: str, **more: Any) -> str:
    """A new key to a place for the bytes of the media."""
    made = new_token("sandbox-upload-")
    world.state.put(TICKETS, made, {"urn": urn, **more})
    return made


def ticket_of(world: World, name: str) -> dict[str, Any]:
    """The ticket with its media, under "media". Raises Refused when it was never given or is too old."""
    known = world.state.get(TICKETS, name)
    stored = world.state.get(MEDIA, known["urn"]) if known is not None else None
    if known is None or stored is None or stored["expires"] < world.now():
        raise refused("upload_gone")
    return {**known, "media": stored}


def finish(world: World, stored: dict[str, Any]) -> None:
    """All the bytes are in the media's file: LinkedIn works on them from now on."""
    path = file_of(world, stored["urn"])
    kind, failure = worked_on(path, stored["kind"])
    if knob(world, "linkedin.processing_fails"):
        failure = failure or "The media could not be processed"
    world.state.put(MEDIA, stored["urn"], {**stored, "uploaded_at": world.now(), "type": kind, "failure": failure})
    told = {"type": kind, "bytes": path.stat().st_size}
    world.ledger.accept("linkedin", stored["kind"], stored["owner"], stored["urn"], told)


def file_of(world: World, urn: str) -> Path:
    return folder(world) / urn.rsplit(":", 1)[-1]


def folder(world: World) -> Path:
    made = world.config.home / "linkedin-media"
    made.mkdir(exist_ok=True)
    return made


async def _initialize(kind: str, call: Call) -> Response:
    if call.request.query_params.get("action") != "initializeUpload":
        raise refused("bad_parameter", name="action", value=str(call.request.query_params.get("action")))
    stored = begin(call, kind)
    value = {
        "uploadUrlExpiresAt": int(stored["expires"] * 1000),
        "uploadUrl": f"{call.world.config.base_url}/linkedin/uploads/{ticket(call.world, stored['urn'])}",
        kind: stored["urn"],
    }
    return JSONResponse({"value": value})


def _put(world: World, known: dict[str, Any], arrived: Path) -> Response:
    stored = known["media"]
    with arrived.open("rb") as file:
        head = file.read(16)
    if stored["kind"] == "image" and not head.startswith(SIGNATURES):
        raise refused("bad_image")
    if stored["kind"] == "document" and arrived.stat().st_size > DOCUMENT_BYTES:
        raise refused("document_too_large")
    arrived.rename(file_of(world, stored["urn"]))
    finish(world, stored)
    return Response(status_code=201)


async def _status(kind: str, call: Call) -> Response:
    urn = call.request.path_params["urn"]
    stored = call.world.state.get(MEDIA, urn)
    if stored is None or stored["kind"] != kind:
        raise refused("not_found", value=urn)
    mine = stored["owner"].startswith(PERSON)
    hidden = mine and kind != "video" and knob(call.world, "linkedin.members_cannot_poll")
    if hidden or not may_act_as(call.sub, stored["owner"]):
        raise refused("not_yours", value=urn)
    told: dict[str, Any] = {"id": urn, "owner": stored["owner"], "status": status_of(call.world, stored)}
    if told["status"] == "AVAILABLE":
        told["downloadUrl"] = f"{call.world.config.base_url}/linkedin/files/{urn}"
    if told["status"] == "PROCESSING_FAILED":
        told["processingFailureReason"] = stored["failure"]
    return JSONResponse(told)
