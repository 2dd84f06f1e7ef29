"""Comments of the Page under its own posts: the first comment."""

from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.facebook.refusals import refused
from sandbox.facebook.store import COMMENTS, POSTS, VIDEOS, new_id
from sandbox.facebook.view import moment
from sandbox.meta import Call, Door, Edge

LONGEST = 8000  # characters


async def _create(call: Call) -> Response:
    world = call.world
    message = call.required("message")
    if len(message) > LONGEST:
        raise refused("too_long")
    post_id = _post_of(call)
    post = world.state.get(POSTS, post_id)
    if post is None or post["visible_at"] is None or post["visible_at"] > world.now():
        raise refused("comment_on_unpublished")
    comment: dict[str, Any] = {
        "id": f"{post_id.partition('_')[2]}_{new_id(world)}",
        "post": post_id,
        "page": call.page_id,
        "message": message,
        "at": world.now(),
        "deleted": False,
    }
    world.ledger.accept("facebook", "comment", call.page_id, comment["id"], {"post": post_id, "text": message})
    world.state.put(COMMENTS, comment["id"], comment)
    return JSONResponse({"id": comment["id"]})


async def _list(call: Call) -> Response:
    post_id = _post_of(call)
    own = [one for one in call.world.state.all(COMMENTS) if one["post"] == post_id and not one["deleted"]]
    shown = [{"id": one["id"], "message": one["message"], "created_time": moment(one["at"])} for one in own]
    return JSONResponse({"data": shown[: call.number("limit", 25, 1, 100)]})


async def _delete(call: Call) -> Response:
    comment = call.world.state.get(COMMENTS, call.node) or {}
    call.world.ledger.accept("facebook", "delete", call.page_id, call.node, {})
    call.world.state.put(COMMENTS, call.node, {**comment, "deleted": True})
    return JSONResponse({"success": True})


def _post_of(call: Call) -> str:
    """The post in the path, or the post of the video in the path."""
    video = call.world.state.get(VIDEOS, call.node)
    return call.node if video is None else str(video["post"] or "")


WRITE = ("pages_manage_engagement", "pages_read_engagement")
COMMENT = Door("facebook.comments", WRITE, "MODERATE", page_token=True)
LIST = Door("facebook.comment_list", ("pages_read_engagement",))
EDGES = (
    Edge("POST", "post", "comments", COMMENT, _create),
    Edge("POST", "video", "comments", COMMENT, _create),
    Edge("GET", "post", "comments", LIST, _list),
    Edge("GET", "video", "comments", LIST, _list),
    Edge("DELETE", "comment", "", Door("facebook.delete", WRITE, "MODERATE", page_token=True), _delete),
)
