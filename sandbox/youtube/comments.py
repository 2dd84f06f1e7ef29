"""Comments under a video: the first one by the channel itself, and all of them to read."""

from html import escape
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.secrets import token as new_token
from sandbox.world import World
from sandbox.youtube import videos
from sandbox.youtube.access import TALK, Call, Door, endpoint
from sandbox.youtube.accounts import BY_ID, new_etag
from sandbox.youtube.editing import page
from sandbox.youtube.refusals import refused
from sandbox.youtube.view import iso

COMMENTS = "youtube.comments"
LONGEST = 10_000  # characters
ORDERS, FORMATS = ("time", "relevance"), ("html", "plainText")
PARTS = frozenset(("id", "snippet", "replies"))
KNOWN = {
    "resource": frozenset(("kind", "etag", "id", "snippet")),
    "resource.snippet": frozenset(("channelId", "videoId", "topLevelComment")),
    "resource.snippet.topLevelComment": frozenset(("kind", "etag", "id", "snippet")),
    "resource.snippet.topLevelComment.snippet": frozenset(("textOriginal", "channelId", "videoId")),
}


def routes(world: World) -> list[BaseRoute]:
    """commentThreads.insert and list."""
    writing = Door("youtube.comments", TALK, 50, frozenset(("part",)))
    reading = Door(
        "youtube.comment_list",
        TALK,
        1,
        frozenset(("part", "videoId", "maxResults", "order", "textFormat", "pageToken")),
    )
    path = "/google/youtube/v3/commentThreads"
    return [
        Route(path, endpoint(world, writing, _insert), methods=["POST"]),
        Route(path, endpoint(world, reading, _list), methods=["GET"]),
    ]


async def _insert(call: Call) -> Response:
    parts = call.parts(PARTS)
    channel = call.channel_needed()
    snippet = _object(call.json(), "resource", "snippet")
    top = _object(snippet, "resource.snippet", "topLevelComment")
    inner = _object(top, "resource.snippet.topLevelComment", "snippet")
    _known(inner, "resource.snippet.topLevelComment.snippet")
    text, video_id = inner.get("textOriginal"), snippet.get("videoId")
    if not isinstance(text, str) or not text.strip():
        raise refused("commentTextRequired")
    if len(text) > LONGEST:
        raise refused("commentTextTooLong")
    _commentable(call, str(video_id))
    comment_id = new_token("Ugx-sandbox-")
    comment = {
        "id": comment_id,
        "video": video_id,
        "channel": channel.id,
        "text": text,
        "at": call.world.now(),
    }
    call.world.ledger.accept("youtube", "comment", channel.id, comment_id, {"video": video_id, "text": text})
    call.world.state.put(COMMENTS, comment_id, comment)
    call.world.bus.publish({"type": "youtube.comment", "id": comment_id})
    return JSONResponse(_thread(comment, parts))


async def _list(call: Call) -> Response:
    parts, size = call.parts(PARTS), call.number("maxResults", 20, 1, 100)
    if not call.parameter("videoId"):
        raise refused("missingRequiredParameter", name="videoId, id, allThreadsRelatedToChannelId")
    _commentable(call, call.parameter("videoId"))
    if call.parameter("order", "time") not in ORDERS or call.parameter("textFormat", "html") not in FORMATS:
        raise refused("invalidParameter", name="order, textFormat", value=call.parameter("order"))
    start, plain = call.number("pageToken", 0, 0, 10**6), call.parameter("textFormat") == "plainText"
    everything = [one for one in reversed(call.world.state.all(COMMENTS)) if one["video"] == call.parameter("videoId")]
    threads = everything[start : start + size]
    more = {"nextPageToken": f"{start + size:06d}"} if start + size < len(everything) else {}
    return page("commentThread", [_thread(one, parts, plain) for one in threads], len(threads), size, **more)


def _commentable(call: Call, video_id: str) -> None:
    """[U] Under a private video nobody can comment, not even its owner. Raises Refused."""
    video = videos.load(call.world, video_id)
    if video is None or (video["channel"] != call.channel.id and video["status"]["privacyStatus"] == "private"):
        raise refused("videoNotFound")
    if video["status"]["selfDeclaredMadeForKids"] or video["status"]["privacyStatus"] == "private":
        raise refused("commentsDisabled")


def _object(outer: dict[str, Any], path: str, name: str) -> dict[str, Any]:
    """The object inside; an absent one is empty. Raises Refused."""
    _known(outer, path)
    inner = outer.get(name, {})
    if not isinstance(inner, dict):
        raise refused("invalid_value", name=f"{path}.{name}", value=repr(inner)[:80])
    return inner


def _known(given: dict[str, Any], path: str) -> None:
    unknown = given.keys() - KNOWN[path]
    if unknown:
        raise refused("unknown_field", name=min(unknown), value=path)


def _thread(comment: dict[str, Any], parts: set[str], plain: bool = False) -> dict[str, Any]:
    shown = {"kind": "youtube#commentThread", "etag": new_etag(), "id": comment["id"]}
    if "snippet" not in parts:
        return shown
    said = {
        "channelId": comment["channel"],
        "videoId": comment["video"],
        "textDisplay": comment["text"] if plain else escape(comment["text"], quote=False),
        "textOriginal": comment["text"],
        "authorDisplayName": f"@{BY_ID[comment['channel']].handle}" if comment["channel"] in BY_ID else "@somebody",
        "authorChannelId": {"value": comment["channel"]},
        "canRate": True,
        "viewerRating": "none",
        "likeCount": 0,
        "publishedAt": iso(comment["at"]),
        "updatedAt": iso(comment["at"]),
    }
    top = {"kind": "youtube#comment", "etag": new_etag(), "id": comment["id"], "snippet": said}
    snippet = {"channelId": comment["channel"], "videoId": comment["video"], "topLevelComment": top, "canReply": True,
               "totalReplyCount": 0, "isPublic": True}  # fmt: skip
    return {**shown, "snippet": snippet}
