"""Publishing a container: the one call that readers see, and how many of them a day allows."""

from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.instagram.containers import WRITE, check_child, strike
from sandbox.instagram.progress import check_finished, container
from sandbox.instagram.refusals import TROUBLE, refused
from sandbox.instagram.store import ACCOUNT, CONTAINERS, DAY, MEDIA, Document, new_id
from sandbox.knobs import knob
from sandbox.meta import Call, Door, Edge
from sandbox.meta.refusals import refused as refused_at_the_door
from sandbox.world import World

PRODUCTS = {"REELS": "REELS", "STORIES": "STORY"}


async def _publish(call: Call) -> Response:
    world, creation_id = call.world, call.required("creation_id")
    strike(world, "publish", id=creation_id)
    stored = container(world, creation_id)
    if stored is None or stored["is_child"]:
        raise refused("no_builder", id=creation_id)
    check_finished(world, stored)
    for child in stored["children"]:
        check_child(world, child)
    if _used(world, world.now() - DAY) >= _most(world):
        raise refused("publish_cap")
    media = _media(world, stored, None)
    children = [_media(world, container(world, child) or {}, media["id"]) for child in stored["children"]]
    media["children"] = [child["id"] for child in children]
    asked = {name: stored[name] for name in ("caption", "alt", "sort", "share_to_feed", "is_ai_generated")}
    payload = {"creation_id": creation_id, "text": stored["caption"], "children": len(children), **asked}
    world.ledger.accept("instagram", "post", ACCOUNT, media["id"], payload)
    for one in (media, *children):
        world.state.put(MEDIA, one["id"], one)
        world.state.put(
            CONTAINERS, one["container"], {**(container(world, one["container"]) or {}), "media": one["id"]}
        )
    world.bus.publish({"type": "instagram.post", "id": media["id"]})
    _refuse_though_live(world, creation_id)
    return JSONResponse({"id": media["id"]})


def _refuse_though_live(world: World, creation_id: str) -> None:
    """As reported from the field: an answer like that of a limit, while the post is live (knob)."""
    code, _ = TROUBLE.get(int(knob(world, "instagram.refused_though_live")), ("", ()))
    if code:
        raise refused(code, id=creation_id)


def _media(world: World, stored: Document, parent: str | None) -> Document:
    """What readers see of a container; not stored yet. `file` is the container whose bytes it shows."""
    kind = "CAROUSEL_ALBUM" if stored["sort"] == "CAROUSEL" else "VIDEO" if stored["video"] else "IMAGE"
    return {
        "id": new_id(world, MEDIA),
        "container": stored["id"],
        "file": stored["children"][0] if stored["children"] else stored["id"],
        "kind": kind,
        "product": PRODUCTS.get(stored["sort"], "FEED"),
        "caption": stored["caption"],
        "alt": stored["alt"],
        "share_to_feed": stored["share_to_feed"],
        "parent": parent,
        "children": [],
        "comments": True,
        "at": world.now(),
        "deleted": False,
    }


def _most(world: World) -> int:
    return int(knob(world, "instagram.daily_posts"))


def _used(world: World, since: float) -> int:
    """Posts, reels and stories since then; a carousel is one, and deleting gives nothing back."""
    return sum(1 for one in world.state.all(MEDIA) if one["parent"] is None and one["at"] > since)


async def _limit(call: Call) -> Response:
    world = call.world
    since = call.number("since", int(world.now() - DAY), 0, 10**11)
    if since < int(world.now() - DAY):
        raise refused_at_the_door("bad_parameter", name="since", reason="must not be older than 24 hours")
    facts: dict[str, Any] = {
        "quota_usage": _used(world, since),
        "config": {"quota_total": _most(world), "quota_duration": DAY},
    }
    names = call.fields("quota_usage")
    for name in names:
        if name not in facts:
            raise refused_at_the_door("unknown_edge", name=name, kind="ContentPublishingLimitResponse")
    return JSONResponse({"data": [{name: facts[name] for name in names}]})


READ = ("instagram_basic", "instagram_content_publish")
EDGES = (
    Edge("POST", "instagram", "media_publish", Door("instagram.media_publish", WRITE, "CREATE_CONTENT"), _publish),
    Edge("GET", "instagram", "content_publishing_limit", Door("instagram.limit", READ), _limit),
)
