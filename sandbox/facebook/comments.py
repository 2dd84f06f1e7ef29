"""Comments of the Page under its own posts: the first comment."""

from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.facebook.pages import paged
from sandbox.facebook.refusals import refused
from sandbox.facebook.store import COMMENTS, POSTS, VIDEOS, Document, new_id
from sandbox.facebook.view import moment
from sandbox.meta import Call, Door, Edge
from sandbox.meta.accounts import BY_PAGE
from sandbox.meta.refusals import refused as refused_at_the_door
from sandbox.world import World

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
    world.bus.publish({"type": "facebook.comment", "id": comment["id"]})
    return JSONResponse({"id": comment["id"]})


async def _list(call: Call) -> Response:
    return paged(call, under(call.world, _post_of(call)), lambda one: _shown(call, one))


def under(world: World, post_id: str) -> list[Document]:
    """The comments under a post that stands, oldest first."""
    post = world.state.get(POSTS, post_id)
    if post is None or post["deleted"]:
        return []
    return [one for one in world.state.all(COMMENTS) if one["post"] == post_id and not one["deleted"]]


def _shown(call: Call, comment: Document) -> Document:
    names = call.fields("id,message,created_time")
    for name in names:
        if name not in FIELDS:
            raise refused_at_the_door("unknown_edge", name=name, kind="Comment")
    facts = {name: FIELDS[name](call.world, comment) for name in dict.fromkeys((*names, "id"))}
    return {name: value for name, value in facts.items() if value is not None}


def _author(comment: Document) -> Document | None:
    """Who else spoke is kept from whoever may not read visitors' content."""
    page = BY_PAGE.get(comment["page"])
    return None if page is None else {"name": page.name, "id": page.id}


def _link(world: World, comment: Document) -> str:
    page, _, number = comment["post"].partition("_")
    return f"{world.config.base_url}/facebook/{page}/posts/{number}?comment_id={comment['id'].rpartition('_')[2]}"


async def _delete(call: Call) -> Response:
    comment = call.world.state.get(COMMENTS, call.node) or {}
    call.world.ledger.accept("facebook", "delete", call.page_id, call.node, {})
    call.world.state.put(COMMENTS, call.node, {**comment, "deleted": True})
    call.world.bus.publish({"type": "facebook.comment", "id": call.node})
    return JSONResponse({"success": True})


def _post_of(call: Call) -> str:
    """The post in the path, or the post of the video in the path."""
    video = call.world.state.get(VIDEOS, call.node)
    return call.node if video is None else str(video["post"] or "")


FIELDS: dict[str, Callable[[World, Document], Any]] = {
    "id": lambda world, comment: comment["id"],
    "message": lambda world, comment: comment["message"],
    "created_time": lambda world, comment: moment(comment["at"]),
    "from": lambda world, comment: _author(comment),
    "permalink_url": _link,
}
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
