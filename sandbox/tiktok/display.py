"""The Display API of TikTok: the creator's public posts, newest first, and posts by id with their figures."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.tiktok import schema
from sandbox.tiktok.access import Call, Door, endpoint, good
from sandbox.tiktok.accounts import BY_OPEN_ID
from sandbox.tiktok.creator import avatar
from sandbox.tiktok.figures import figures_of
from sandbox.tiktok.publishes import PUBLISHES, is_public
from sandbox.world import World

PAGE = 20
FIELDS = (
    "id",
    "create_time",
    "cover_image_url",
    "share_url",
    "video_description",
    "duration",
    "height",
    "width",
    "title",
    "embed_html",
    "embed_link",
    "like_count",
    "comment_count",
    "share_count",
    "view_count",
)


def routes(world: World) -> list[BaseRoute]:
    """video/list and video/query."""
    doors: dict[str, tuple[Door, Callable[[Call], Any]]] = {
        "list": (Door("tiktok.list", "list", "video.list", wrong="invalid_params"), _list),
        "query": (Door("tiktok.query", "query", "video.list", wrong="invalid_params"), _query),
    }
    return [
        Route(f"/tiktok/v2/video/{name}/", endpoint(world, door, act), methods=["POST"])
        for name, (door, act) in doors.items()
    ]


def link(world: World, publish: dict[str, Any]) -> str:
    """The permalink (share_url)."""
    username = BY_OPEN_ID[publish["open_id"]].username
    sort = "video" if publish["sort"].endswith("video") else "photo"
    return f"{world.config.base_url}/tiktok/@{username}/{sort}/{publish['post_id']}"


async def _list(call: Call) -> Response:
    names = _names(call)
    body = schema.fields(call.json(), {"max_count": int, "cursor": int}, (), "body", call.wrong)
    most, cursor = body.get("max_count", 10), body.get("cursor")
    if not 1 <= most <= PAGE:
        raise call.wrong("max_count must be 1 to 20")
    if cursor is not None and cursor < 0:
        raise call.wrong("cursor must be a number of milliseconds")
    # The cursor is a moment in milliseconds: the page holds what is older.
    found = [one for one in _public(call) if not cursor or _milliseconds(one) < cursor]
    page = found[:most]
    return good(
        {
            "videos": [_shown(call.world, one, names) for one in page],
            "cursor": _milliseconds(page[-1]) if page else cursor or 0,
            "has_more": len(found) > most,
        }
    )


async def _query(call: Call) -> Response:
    names = _names(call)
    body = schema.fields(call.json(), {"filters": dict}, ("filters",), "body", call.wrong)
    filters = schema.fields(body["filters"], {"video_ids": list}, ("video_ids",), "filters", call.wrong)
    ids = filters["video_ids"]
    if not 1 <= len(ids) <= PAGE or not all(isinstance(one, str) for one in ids):
        raise call.wrong("filters.video_ids must be 1 to 20 strings")
    found = [one for one in _public(call) if str(one["post_id"]) in ids]
    return good({"videos": [_shown(call.world, one, names) for one in found]})


def _names(call: Call) -> list[str]:
    names = [name for name in call.request.query_params.get("fields", "").split(",") if name]
    unknown = [name for name in names if name not in FIELDS]
    if not names or unknown:
        raise call.wrong(f"fields: {unknown[0]} is not known" if unknown else "fields is missing")
    return names


def _public(call: Call) -> list[dict[str, Any]]:
    """The creator's posts that everybody sees, newest first; private ones are never listed."""
    posts = [one for one in call.world.state.all(PUBLISHES) if one["open_id"] == call.open_id]
    return sorted((one for one in posts if is_public(call.world, one)), key=_milliseconds, reverse=True)


def _milliseconds(publish: dict[str, Any]) -> int:
    return int(publish["ready_at"] * 1000)


def _shown(world: World, publish: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """One post with the fields that were asked for. A photo post lasts 0 seconds."""
    asked, share_url = publish["asked"], link(world, publish)
    embed = f"{world.config.base_url}/tiktok/embed/v2/{publish['post_id']}"
    known: dict[str, Any] = {
        "id": str(publish["post_id"]),
        "create_time": int(publish["ready_at"]),
        "cover_image_url": avatar(world, BY_OPEN_ID[publish["open_id"]].username),
        "share_url": share_url,
        "video_description": asked.get("description", asked.get("title", "")),
        "duration": int(publish["seconds"] or 0),
        "height": publish["height"],
        "width": publish["width"],
        "title": asked.get("title", ""),
        "embed_html": f'<iframe src="{embed}"></iframe>',
        "embed_link": embed,
        **figures_of(world, publish),
    }
    return {name: known[name] for name in names}
