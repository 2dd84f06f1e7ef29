"""thumbnails.set: a video's own picture."""

from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.knobs import knob
from sandbox.media import read_media
from sandbox.world import World
from sandbox.youtube import videos, view
from sandbox.youtube.access import UPLOAD, Call, Door, endpoint
from sandbox.youtube.accounts import new_etag
from sandbox.youtube.editing import own
from sandbox.youtube.refusals import refused

LARGEST = 50 * 1024**2
KINDS = ("image/jpeg", "image/png")
SENT = "youtube.thumbnails"  # when each channel set its last ones
DAY = 86400
DOOR = Door("youtube.thumbnails", UPLOAD, 50, frozenset(("videoId",)))


def routes(world: World) -> list[BaseRoute]:
    """The call, and the picture for the page."""

    async def picture(request: Request) -> Response:
        video = videos.load(world, request.path_params["id"])
        if video is None or video["thumbnail"] is None:
            return Response(status_code=404)
        return FileResponse(videos.folder(world) / f"{video['id']}.thumbnail", media_type=video["thumbnail"])

    return [
        Route("/google/upload/youtube/v3/thumbnails/set", endpoint(world, DOOR, _set), methods=["POST"]),
        Route("/google/thumbnails/{id}", picture),
    ]


async def _set(call: Call) -> Response:
    world = call.world
    if call.request.query_params.get("uploadType", "media") != "media":
        raise refused("bad_upload_type")  # the twin takes a picture in one call only
    if not call.parameter("videoId"):
        raise refused("missingRequiredParameter", name="videoId")
    if knob(world, "youtube.unverified"):
        raise refused("thumbnail_rights")
    video = own(call, call.parameter("videoId"))
    kind = _checked(call)
    _count(call)
    (videos.folder(world) / f"{video['id']}.thumbnail").write_bytes(call.body)
    video = {**video, "thumbnail": kind}
    world.ledger.accept("youtube", "thumbnail", video["channel"], video["id"], {"bytes": len(call.body)})
    world.state.put(videos.VIDEOS, video["id"], video)
    world.bus.publish({"type": "youtube.post", "id": video["id"]})
    items: list[dict[str, Any]] = [view.thumbnails(world, video)]
    return JSONResponse({"kind": "youtube#thumbnailSetResponse", "etag": new_etag(), "items": items})


def _checked(call: Call) -> str:
    """The picture's type, read from its bytes. Raises Refused."""
    announced = call.request.headers.get("content-type", "").partition(";")[0]
    if not call.body:
        raise refused("thumbnail_body")
    if announced not in (*KINDS, "application/octet-stream"):
        raise refused("badContent", value=announced, name="image/jpeg, image/png, application/octet-stream")
    if len(call.body) > LARGEST:
        raise refused("uploadTooLarge", value=str(LARGEST))
    media = read_media(call.body)
    if media is None or media.content_type not in KINDS:
        raise refused("invalidImage")
    return media.content_type


def _count(call: Call) -> None:
    """[U] How many a day a channel may set is written nowhere. Raises Refused."""
    now = call.world.now()
    before = call.world.state.get(SENT, call.channel.id) or {"at": []}
    recent = [at for at in before["at"] if at > now - DAY]
    if len(recent) >= knob(call.world, "youtube.channel_thumbnails"):
        raise refused("uploadRateLimitExceeded")
    call.world.state.put(SENT, call.channel.id, {"at": [*recent, now]})
