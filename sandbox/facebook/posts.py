"""Posts of a Page: text, link, several photos; unpublished first and then published by id; edited, deleted."""

from typing import Any

import orjson
from starlette.responses import JSONResponse, Response

from sandbox.facebook.photos import alive
from sandbox.facebook.refusals import refused
from sandbox.facebook.store import POSTS, new_post, publish, standing
from sandbox.facebook.view import post_fields
from sandbox.knobs import knob
from sandbox.meta import Call, Door, Edge
from sandbox.meta.pull import is_address
from sandbox.meta.refusals import refused as refused_at_the_door

LONGEST = 63206  # characters
RECENT = 86400  # seconds for which the same text counts as a duplicate; Meta only says "recent"
WRITE = ("pages_manage_posts", "pages_read_engagement")
Post = dict[str, Any]


async def _create(call: Call) -> Response:
    message, link = call.text("message"), call.text("link")
    published = wants_to_publish(call)
    photos = _attached(call)
    _check(message, link, photos)
    post = new_post(
        call, message, kind="added_photos" if photos else "shared_story" if link else "mobile_status_update"
    )
    post |= {"link": link, "photos": photos}
    refuse_duplicate(call, post)
    if published:
        publish(call.world, post, dict(call.params))
    else:
        call.world.state.put(POSTS, post["id"], post)
    asked = call.params.get("fields")
    return JSONResponse(post_fields(call, post, call.fields("id")) if asked else {"id": post["id"]})


async def _update(call: Call) -> Response:
    world, post = call.world, _own(call)
    if not {"message", "is_published", "is_hidden"} & call.params.keys():
        raise refused("nothing_to_change")
    if "scheduled_publish_time" in call.params:
        raise refused("no_schedule")
    wanted = call.flag("is_published", default=post["visible_at"] is not None)
    if post["visible_at"] is not None and not wanted:
        raise refused("no_way_back")
    post["hidden"] = call.flag("is_hidden", default=post["hidden"])
    if "message" in call.params:
        _check(call.text("message"), post["link"], post["photos"])
        post["message"] = call.text("message")
    if post["visible_at"] is None and wanted:
        refuse_duplicate(call, post)
        _check_photos(call, post["photos"])
        publish(world, post, dict(call.params))
    else:
        world.ledger.accept("facebook", "edit", post["page"], post["id"], dict(call.params))
        world.state.put(POSTS, post["id"], post)
    return JSONResponse({"success": True})


async def _delete(call: Call) -> Response:
    post = _own(call)
    call.world.ledger.accept("facebook", "delete", post["page"], post["id"], {})
    call.world.state.put(POSTS, post["id"], {**post, "deleted": True})
    call.world.bus.publish({"type": "facebook.delete", "id": post["id"]})
    return JSONResponse({"success": True})


async def _show(call: Call) -> Response:
    return JSONResponse(post_fields(call, _own(call), call.fields("id,created_time,message")))


def wants_to_publish(call: Call) -> bool:
    """The parameter `published`, true when it is absent. Raises Refused when a schedule is asked for."""
    scheduled = {"scheduled_publish_time", "unpublished_content_type"} & call.params.keys()
    if scheduled and call.text("unpublished_content_type", "SCHEDULED") == "SCHEDULED":
        raise refused("no_schedule")
    return call.flag("published", default=True)


def refuse_duplicate(call: Call, post: Post) -> None:
    """Raises Refused when the Page published the same within a day. An unpublished twin is no duplicate.

    An unpublished post is compared when it is made and once more when it is published (unverified, taken strictly).
    """
    if knob(call.world, "facebook.takes_duplicates") or not (post["message"] or post["link"]):
        return
    since = call.world.now() - RECENT
    for other in standing(call.world, post["page"]):
        if other["id"] != post["id"] and other["visible_at"] > since and _same(other, post):
            raise refused("duplicate")


def _same(post: Post, other: Post) -> bool:
    return all(post[name] == other[name] for name in ("message", "link", "photos", "video"))


def _own(call: Call) -> Post:
    """The post in the path; it was located, so it exists."""
    return call.world.state.get(POSTS, call.node) or {}


def _check(message: str, link: str, photos: list[str]) -> None:
    if not (message.strip() or link or photos):
        raise refused("empty")
    if len(message) > LONGEST:
        raise refused("too_long")
    if link and not is_address(link):
        raise refused("bad_link")


def _attached(call: Call) -> list[str]:
    """Ids of the photos in attached_media: one JSON list, or attached_media[0], attached_media[1], …"""
    listed = call.json("attached_media")
    if listed is None:
        numbered = sorted(name for name in call.params if name.startswith("attached_media["))
        listed = [call.json(name) for name in sorted(numbered, key=lambda name: (len(name), name))]
    if not isinstance(listed, list):
        raise refused_at_the_door("bad_parameter", name="attached_media", reason="must be an array")
    listed = [_read(one) for one in listed]
    photos = [str(one.get("media_fbid", "")) if isinstance(one, dict) else "" for one in listed]
    if len(set(photos)) != len(photos):
        raise refused_at_the_door("bad_parameter", name="attached_media", reason="must not name a photo twice")
    _check_photos(call, photos)
    return photos


def _read(one: Any) -> Any:
    """An entry may itself be JSON in a string."""
    try:
        return orjson.loads(one) if isinstance(one, str) else one
    except orjson.JSONDecodeError:
        return None


def _check_photos(call: Call, photos: list[str]) -> None:
    for photo_id in photos:
        photo = alive(call.world, photo_id)
        if photo is None or photo["page"] != call.page_id:
            raise refused("bad_media", id=photo_id)
        if photo["post"] is not None and not knob(call.world, "facebook.takes_duplicates"):
            raise refused("already_posted")


READ = ("pages_read_engagement",)
EDGES = (
    Edge("POST", "page", "feed", Door("facebook.feed", WRITE, "CREATE_CONTENT", page_token=True), _create),
    Edge("POST", "post", "", Door("facebook.publish", WRITE, "CREATE_CONTENT", page_token=True), _update),
    Edge("DELETE", "post", "", Door("facebook.delete", WRITE, "CREATE_CONTENT", page_token=True), _delete),
    Edge("GET", "post", "", Door("facebook.post", READ), _show),
)
