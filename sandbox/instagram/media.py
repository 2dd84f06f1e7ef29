"""What stands on the account: single media, the listings, switching comments off, deleting."""

from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.instagram.containers import strike
from sandbox.instagram.insights import LAG
from sandbox.instagram.refusals import refused
from sandbox.instagram.store import (
    ACCOUNT,
    COMMENTS,
    MEDIA,
    USERNAME,
    Document,
    alive,
    file_of,
    file_url,
    moment,
    permalink,
    shortcode,
)
from sandbox.knobs import knob
from sandbox.meta import Call, Door, Edge
from sandbox.meta.refusals import refused as refused_at_the_door
from sandbox.metrics import Reach, reach
from sandbox.world import World


def standing(world: World, *, stories: bool) -> list[Document]:
    """The account's media as a listing shows them, newest first: the stories of a day, or everything else."""
    until = world.now() - knob(world, "instagram.listing_lag")
    shown = [one for one in reversed(world.state.all(MEDIA)) if one["parent"] is None and one["at"] <= until]
    return [one for one in shown if (one["product"] == "STORY") is stories and alive(world, one["id"]) is not None]


def media_fields(world: World, media: Document, names: list[str]) -> dict[str, Any]:
    """The medium's fields; the id always, absent ones left out. Raises Refused: unknown_edge."""
    for name in names:
        if name not in FIELDS:
            raise refused_at_the_door("unknown_edge", name=name, kind="IGMedia")
    shown = {name: FIELDS[name](world, media) for name in dict.fromkeys((*names, "id"))}
    return {name: value for name, value in shown.items() if value is not None}


async def _show(call: Call) -> Response:
    return JSONResponse(media_fields(call.world, _own(call), call.fields("id")))


async def _list(call: Call) -> Response:
    return _page(call, standing(call.world, stories=False))


async def _stories(call: Call) -> Response:
    return _page(call, standing(call.world, stories=True))


async def _children(call: Call) -> Response:
    media = _own(call)
    children = [alive(call.world, one) or {} for one in media["children"]]
    return JSONResponse({"data": [media_fields(call.world, one, call.fields("id")) for one in children if one]})


def _page(call: Call, media: list[Document]) -> Response:
    most, skip = call.number("limit", 25, 1, 100), call.number("after", 0, 0, 10**6)
    since, until = call.number("since", 0, 0, 10**11), call.number("until", 10**11, 0, 10**11)
    media = [one for one in media if since <= one["at"] <= until]
    names = call.fields("id")
    answer: dict[str, Any] = {
        "data": [media_fields(call.world, one, names) for one in media[skip : skip + most]],
    }
    if media:
        answer["paging"] = {"cursors": {"before": str(skip), "after": str(min(skip + most, len(media)))}}
    if skip + most < len(media):
        answer["paging"]["next"] = str(call.request.url.include_query_params(after=skip + most, limit=most))
    return JSONResponse(answer)


async def _change(call: Call) -> Response:
    """Only comments can be switched; captions stand for good."""
    if {"caption", "media_type", "alt_text"} & call.params.keys() or "comment_enabled" not in call.params:
        raise refused("uneditable")
    media = {**_own(call), "comments": call.flag("comment_enabled", default=True)}
    call.world.ledger.accept("instagram", "edit", ACCOUNT, media["id"], {"comment_enabled": media["comments"]})
    call.world.state.put(MEDIA, media["id"], media)
    return JSONResponse({"success": True})


async def _delete(call: Call) -> Response:
    """The post goes with its children. Facebook-Login tokens only, which all of this twin's are."""
    strike(call.world, "delete")
    media = _own(call)
    if media["parent"] is not None:
        raise refused_at_the_door("missing_object", method="delete", id=media["id"])
    call.world.ledger.accept("instagram", "delete", ACCOUNT, media["id"], {})
    for one in (media, *(call.world.state.get(MEDIA, child) or {} for child in media["children"])):
        call.world.state.put(MEDIA, one["id"], {**one, "deleted": True})
    call.world.bus.publish({"type": "instagram.delete", "id": media["id"]})
    return JSONResponse({"success": True})


async def _account(call: Call) -> Response:
    facts = {
        "id": ACCOUNT,
        "ig_id": int(ACCOUNT[-11:]),
        "username": USERNAME,
        "name": "Sunrise Studio",
        "biography": "Sunrise Studio in the sandbox",
        "followers_count": 936,
        "follows_count": 121,
        "media_count": len(standing(call.world, stories=False)),
        "website": "https://sunrise.example/",
        "profile_picture_url": f"{call.world.config.base_url}/instagram/files/profile",
    }
    names = call.fields("id")
    for name in names:
        if name not in facts:
            raise refused_at_the_door("unknown_edge", name=name, kind="IGUser")
    return JSONResponse({name: facts[name] for name in dict.fromkeys((*names, "id"))})


def _own(call: Call) -> Document:
    """The medium in the path; it was located, so it exists."""
    return alive(call.world, call.node) or {}


def _counted(of: Callable[[Reach], int | None]) -> Callable[[World, Document], Any]:
    return lambda world, media: of(reach(world, media["id"], media["at"], LAG))


def _comments(world: World, media: Document) -> int:
    own = [one for one in world.state.all(COMMENTS) if one["media"] == media["id"] and not one["deleted"]]
    return len(own) + (reach(world, media["id"], media["at"], LAG).replies or 0)


def _cover(world: World, media: Document) -> str | None:
    has_cover = file_of(world, media["file"] + "-cover").exists()
    return f"{file_url(world, media)}-cover" if has_cover else None


FIELDS: dict[str, Callable[[World, Document], Any]] = {
    "id": lambda world, media: media["id"],
    "ig_id": lambda world, media: media["id"],
    "caption": lambda world, media: media["caption"] or None,
    "alt_text": lambda world, media: media["alt"] or None,
    "media_type": lambda world, media: media["kind"],
    "media_product_type": lambda world, media: media["product"],
    "media_url": file_url,
    "thumbnail_url": _cover,
    "permalink": permalink,
    "shortcode": lambda world, media: shortcode(media["id"]),
    "timestamp": lambda world, media: moment(media["at"]),
    "username": lambda world, media: USERNAME,
    "owner": lambda world, media: {"id": ACCOUNT},
    "is_comment_enabled": lambda world, media: media["comments"],
    "is_shared_to_feed": lambda world, media: media["share_to_feed"] if media["product"] == "REELS" else None,
    "children": lambda world, media: (
        {"data": [{"id": one} for one in media["children"]]} if media["children"] else None
    ),
    "like_count": _counted(lambda now: now.likes or 0),
    "comments_count": _comments,
    "saved_count": _counted(lambda now: now.saves),
    "shares_count": _counted(lambda now: now.reposts),
    "reposts_count": _counted(lambda now: now.reposts and now.reposts // 3),
    "view_count": _counted(lambda now: now.impressions),
    "total_views_count": _counted(lambda now: now.impressions),
    "total_like_count": _counted(lambda now: now.likes),
    "total_comments_count": _counted(lambda now: now.replies),
}
READ, DELETE = ("instagram_basic",), ("instagram_basic", "instagram_manage_contents")
EDIT = ("instagram_basic", "instagram_manage_comments")
EDGES = (
    Edge("GET", "instagram", "", Door("instagram.account", READ), _account),
    Edge("GET", "instagram", "media", Door("instagram.list", READ), _list),
    Edge("GET", "instagram", "stories", Door("instagram.stories", READ), _stories),
    Edge("GET", "instagram_media", "", Door("instagram.get", READ), _show),
    Edge("GET", "instagram_media", "children", Door("instagram.get", READ), _children),
    Edge("POST", "instagram_media", "", Door("instagram.edit", EDIT, "MODERATE"), _change),
    Edge("DELETE", "instagram_media", "", Door("instagram.delete", DELETE, "CREATE_CONTENT"), _delete),
)
