"""How far a container is: processing takes its time, may end in an error, and after a day all is over."""

from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.instagram import rules
from sandbox.instagram.refusals import ENDINGS, refused
from sandbox.instagram.store import CONTAINERS, DAY, Document, file_of
from sandbox.knobs import knob
from sandbox.meta import Call, Door, Edge
from sandbox.meta.refusals import refused as refused_at_the_door
from sandbox.meta.uploads import upload_of
from sandbox.world import World

FIELDS = ("id", "status_code", "status", "video_status", "copyright_check_status")


def container(world: World, container_id: str) -> Document | None:
    """The container; Meta forgets an expired one in the end, we never do."""
    return world.state.get(CONTAINERS, container_id)


def status(world: World, stored: Document) -> str:
    """IN_PROGRESS, FINISHED, ERROR, EXPIRED or PUBLISHED, as of now."""
    if stored["media"] is not None:
        return "PUBLISHED"
    if stored["at"] + DAY < world.now():
        return "EXPIRED"
    begun = _bytes_since(world, stored)
    if begun is None or world.now() < begun + knob(world, "instagram.processing"):
        return "IN_PROGRESS"
    return "ERROR" if ending(world, stored) else "FINISHED"


def ending(world: World, stored: Document) -> int | None:
    """The subcode in which the processing ends, None when it ends well. Bytes that came by upload are judged once."""
    if stored["judged"]:
        return int(stored["ending"]) if stored["ending"] else None
    ordered = int(knob(world, "instagram.processing_fails"))
    path = file_of(world, stored["id"])
    verdict = ordered or stored["ending"]
    if not verdict and stored["video"]:
        verdict = rules.video_ending(path, stored["sort"], stored["thumb_offset"])
    world.state.put(CONTAINERS, stored["id"], {**stored, "judged": True, "ending": verdict})
    return verdict


def _bytes_since(world: World, stored: Document) -> float | None:
    """When all bytes were there (unix seconds), None while an upload is under way."""
    if not stored["resumable"]:
        return float(stored["at"])
    upload = upload_of(world, stored["id"])
    return None if upload is None else upload["finished_at"]


def check_finished(world: World, stored: Document) -> None:
    """Raises Refused: published_already, expired, not_ready."""
    match status(world, stored):
        case "PUBLISHED":
            raise refused("published_already", id=stored["id"])
        case "EXPIRED":
            raise refused("expired")
        case "IN_PROGRESS" | "ERROR":
            raise refused("not_ready")


async def _show(call: Call) -> Response:
    world, stored = call.world, container(call.world, call.node) or {}
    names = call.fields("id")
    for name in names:
        if name not in FIELDS:
            raise refused_at_the_door("unknown_edge", name=name, kind="ShadowIGMediaBuilder")
    code = status(world, stored)
    facts: dict[str, Any] = {
        "id": stored["id"],
        "status_code": code,
        "status": _words(world, stored, code),
        "copyright_check_status": {"status": "completed", "matches_found": False},
        "video_status": _video_status(world, stored, code),
    }
    return JSONResponse({name: facts[name] for name in dict.fromkeys((*names, "id")) if facts[name] is not None})


def _words(world: World, stored: Document, code: str) -> str:
    if code == "ERROR":
        subcode = ending(world, stored) or 2207082
        return f"Error: {subcode} {ENDINGS.get(subcode, 'Media upload has failed.')}"
    return {
        "FINISHED": "Finished: Media has been uploaded and it is ready to be published.",
        "IN_PROGRESS": "In Progress: Media is still being processed.",
        "PUBLISHED": "Published: Media has been published.",
        "EXPIRED": "Expired: Media was not published within 24 hours.",
    }[code]


def _video_status(world: World, stored: Document, code: str) -> dict[str, Any] | None:
    """How far an upload is, and the processing after it; only of videos."""
    if not stored["video"]:
        return None
    upload = upload_of(world, stored["id"])
    received = file_of(world, stored["id"]).stat().st_size if file_of(world, stored["id"]).exists() else 0
    done = upload is None or upload["finished_at"] is not None
    processing = {"IN_PROGRESS": "in_progress" if done else "not_started", "ERROR": "error"}.get(code, "complete")
    return {
        "uploading_phase": {"status": "complete" if done else "in_progress", "bytes_transferred": received},
        "processing_phase": {"status": processing},
    }


EDGES = (Edge("GET", "instagram_container", "", Door("instagram.container", ("instagram_basic",)), _show),)
