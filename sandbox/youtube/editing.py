"""Videos that exist: read, changed, deleted, counted, and given a picture of their own."""

from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.world import World
from sandbox.youtube import videos
from sandbox.youtube.access import READ, WRITE, Call, Door, endpoint
from sandbox.youtube.accounts import new_etag
from sandbox.youtube.metadata import read, written_parts
from sandbox.youtube.refusals import refused
from sandbox.youtube.view import OWNERS, PARTS, counters, iso, resource

MOST = 50  # ids in one call
BATCH_PARTS = frozenset(("id", "snippet", "contentDetails", "statistics"))
UNSUPPORTED = ("chart", "myRating")  # other selections of videos.list, which nobody here needs


def routes(world: World) -> list[BaseRoute]:
    """videos.list, update, delete, batchGetStats; and the bytes of a video for the page."""
    listing = frozenset(("part", "id", "maxResults", "hl", "maxWidth", "maxHeight", *UNSUPPORTED))
    doors = {
        "list": Door("youtube.videos", READ, 1, listing),
        "update": Door("youtube.update", WRITE, 50, frozenset(("part",))),
        "delete": Door("youtube.delete", WRITE, 50, frozenset(("id",))),
        "stats": Door("youtube.stats", READ, 1, frozenset(("part", "id")), "batch"),
    }

    async def film(request: Request) -> Response:
        video = videos.load(world, request.path_params["id"])
        if video is None:
            return Response(status_code=404)
        media = video["media"] or {"content_type": "application/octet-stream"}
        return FileResponse(videos.folder(world) / video["id"], media_type=media["content_type"])

    path = "/google/youtube/v3/videos"
    return [
        Route(path, endpoint(world, doors["list"], _list), methods=["GET"]),
        Route(path, endpoint(world, doors["update"], _update), methods=["PUT"]),
        Route(path, endpoint(world, doors["delete"], _delete), methods=["DELETE"]),
        Route(f"{path}:batchGetStats", endpoint(world, doors["stats"], _stats), methods=["GET"]),
        Route("/google/files/{id}", film),
    ]


def own(call: Call, video_id: str) -> dict[str, Any]:
    """The caller's video. Raises Refused."""
    video = videos.load(call.world, video_id)
    if video is None or (video["channel"] != call.channel.id and video["status"]["privacyStatus"] == "private"):
        raise refused("videoNotFound")
    if video["channel"] != call.channel.id:
        raise refused("forbidden")
    return video


def page(kind: str, items: list[dict[str, Any]], total: int, size: int, **more: Any) -> Response:
    """A list answer of the Data API."""
    info = {"totalResults": total, "resultsPerPage": size}
    return JSONResponse({"kind": f"youtube#{kind}ListResponse", "etag": new_etag(), **more, "items": items,
                         "pageInfo": info})  # fmt: skip


async def _list(call: Call) -> Response:
    parts = call.parts(PARTS)
    call.number("maxResults", 5, 1, MOST)
    if any(call.parameter(name) for name in UNSUPPORTED):
        raise refused("invalidParameter", name="chart", value="of the real YouTube only: ask by id")
    items = [resource(call.world, video, parts) for video in _asked(call)]
    if parts & OWNERS and any(item["id"] not in _own_ids(call) for item in items):
        raise refused("forbidden")
    return page("video", items, len(items), len(items))


async def _stats(call: Call) -> Response:
    parts = call.parts(BATCH_PARTS)
    items = []
    for video in _asked(call):
        content = resource(call.world, video, {"contentDetails"})["contentDetails"]
        shown = {
            "snippet": {"publishTime": iso(video["published_at"] or video["at"])},
            "contentDetails": {"duration": content["duration"]},
            "statistics": counters(call.world, video),
        }
        wanted = {part: value for part, value in shown.items() if part in parts}
        items.append({"kind": "youtube#videoStat", "etag": new_etag(), "id": video["id"], **wanted})
    return JSONResponse({"kind": "youtube#batchGetStatsResponse", "etag": new_etag(), "items": items})


async def _update(call: Call) -> Response:
    parts, body = call.parts(PARTS), call.json()
    call.channel_needed()
    if not isinstance(body.get("id"), str):
        raise refused("invalidVideoMetadata")
    writing = written_parts(parts)
    video = own(call, body["id"])
    snippet = body.get("snippet", {})
    if "snippet" in writing and not (isinstance(snippet, dict) and snippet.get("title") and snippet.get("categoryId")):
        raise refused("invalidVideoMetadata")
    whole = read(body, writing, video["snippet"].get("defaultLanguage") or "")
    status = whole.get("status", video["status"])
    _check_visibility(video, whole)
    changed = {**video, **{part: content for part, content in whole.items() if part != "status"}}
    told = {part: whole[part] for part in sorted(whole)}
    call.world.ledger.accept("youtube", "update", video["channel"], video["id"], told)
    changed = videos.show_as(call.world, changed, status)
    return JSONResponse(resource(call.world, changed, parts))


async def _delete(call: Call) -> Response:
    if not call.parameter("id"):
        raise refused("missingRequiredParameter", name="id")
    videos.delete(call.world, own(call, call.parameter("id")))
    return Response(status_code=204)


def _check_visibility(video: dict[str, Any], whole: dict[str, Any]) -> None:
    status = whole.get("status")
    if status is None:
        return
    if video["locked"] and (status["privacyStatus"] != "private" or status["publishAt"]):
        raise refused("forbiddenPrivacySetting")
    if status["publishAt"] and video["published_at"] is not None:
        raise refused("invalidPublishAt")


def _asked(call: Call) -> list[dict[str, Any]]:
    """The videos by id that the caller may see; others are left out without a word. Raises Refused."""
    ids = [one.strip() for one in call.parameter("id").split(",") if one.strip()]
    if not ids:
        raise refused("missingRequiredParameter", name="id, chart, myRating")
    if len(ids) > MOST:
        raise refused("invalidParameter", name="id", value=f"{len(ids)} ids")
    found = [video for one in dict.fromkeys(ids) if (video := videos.load(call.world, one)) is not None]
    return [one for one in found if one["channel"] == call.channel.id or one["status"]["privacyStatus"] != "private"]


def _own_ids(call: Call) -> set[str]:
    return {video["id"] for video in videos.of_channel(call.world, call.channel.id)}
