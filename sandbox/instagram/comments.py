"""Comments of the account under its own posts: the first comment."""

import re
from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.instagram.refusals import refused
from sandbox.instagram.store import ACCOUNT, COMMENTS, USERNAME, Document, alive, moment, new_id
from sandbox.meta import Call, Door, Edge
from sandbox.meta.refusals import refused as refused_at_the_door
from sandbox.world import World

LONGEST, HASHTAGS, LINKS = 300, 4, 1
HASHTAG, LINK = re.compile(r"#\w+"), re.compile(r"https?://\S+")


async def _create(call: Call) -> Response:
    world, message = call.world, call.required("message")
    media = alive(world, call.node) or {}
    _check(message)
    if not media["comments"]:
        raise refused("comments_off")
    comment: dict[str, Any] = {
        "id": new_id(world, COMMENTS),
        "media": media["id"],
        "message": message,
        "at": world.now(),
        "deleted": False,
    }
    world.ledger.accept("instagram", "comment", ACCOUNT, comment["id"], {"media": media["id"], "text": message})
    world.state.put(COMMENTS, comment["id"], comment)
    world.bus.publish({"type": "instagram.comment", "id": comment["id"]})
    return JSONResponse({"id": comment["id"]})


def _check(message: str) -> None:
    """Raises Refused: bad_comment."""
    checks = (
        (len(message) <= LONGEST, f"A comment cannot exceed {LONGEST} characters"),
        (len(HASHTAG.findall(message)) <= HASHTAGS, f"A comment cannot contain more than {HASHTAGS} hashtags"),
        (len(LINK.findall(message)) <= LINKS, "A comment cannot contain more than 1 URL"),
        (not message.isupper(), "A comment cannot consist of capital letters only"),
    )
    for holds, reason in checks:
        if not holds:
            raise refused("bad_comment", reason=reason)


async def _list(call: Call) -> Response:
    found, names = under(call.world, call.node), call.fields("id,text,timestamp")
    most, skip = call.number("limit", 25, 1, 50), call.number("after", 0, 0, 10**6)
    answer: dict[str, Any] = {"data": [_shown(one, names) for one in found[skip : skip + most]]}
    if found:
        answer["paging"] = {"cursors": {"before": str(skip), "after": str(min(skip + most, len(found)))}}
    if skip + most < len(found):
        answer["paging"]["next"] = str(call.request.url.include_query_params(after=skip + most, limit=most))
    return JSONResponse(answer)


def under(world: World, media_id: str) -> list[Document]:
    """The comments under a medium that stands, newest first."""
    if alive(world, media_id) is None:
        return []
    return [one for one in reversed(world.state.all(COMMENTS)) if one["media"] == media_id and not one["deleted"]]


def _shown(comment: Document, names: list[str]) -> Document:
    said_by = comment.get("by", USERNAME)
    facts = {
        "id": comment["id"],
        "text": comment["message"],
        "timestamp": moment(comment["at"]),
        "username": said_by,
        "from": {"id": ACCOUNT if said_by == USERNAME else "17841499999999999", "username": said_by},
    }
    for name in names:
        if name not in facts:
            raise refused_at_the_door("unknown_edge", name=name, kind="IGComment")
    return {name: facts[name] for name in dict.fromkeys((*names, "id"))}


async def _delete(call: Call) -> Response:
    comment = call.world.state.get(COMMENTS, call.node) or {}
    call.world.ledger.accept("instagram", "delete", ACCOUNT, call.node, {})
    call.world.state.put(COMMENTS, call.node, {**comment, "deleted": True})
    call.world.bus.publish({"type": "instagram.comment", "id": call.node})
    return JSONResponse({"success": True})


WRITE = ("instagram_basic", "instagram_manage_comments")
EDGES = (
    Edge("POST", "instagram_media", "comments", Door("instagram.comments", WRITE, "MODERATE"), _create),
    Edge("GET", "instagram_media", "comments", Door("instagram.comment_list", WRITE), _list),
    Edge("DELETE", "instagram_comment", "", Door("instagram.comment_delete", WRITE, "MODERATE"), _delete),
)
