"""The feeds of the Pages as their readers see them, for the page."""

from typing import Any

from sandbox.facebook.comments import under
from sandbox.facebook.store import PHOTOS, POSTS, VIDEOS
from sandbox.facebook.view import LAG, file_url, permalink
from sandbox.meta.accounts import BY_PAGE
from sandbox.metrics import reach
from sandbox.world import World


def feed(world: World) -> list[dict[str, Any]]:
    """Every published post in the common shape of feeds (see README.md), deleted ones marked."""
    now = world.now()
    return [
        _shown(world, post)
        for post in world.state.all(POSTS)
        if post["visible_at"] is not None and post["visible_at"] <= now
    ]


def _shown(world: World, post: dict[str, Any]) -> dict[str, Any]:
    now = reach(world, post["id"], post["visible_at"], LAG)
    return {
        "platform": "facebook",
        "id": post["id"],
        "account": post["page"],
        "account_name": BY_PAGE[post["page"]].name,
        "text": "\n".join(part for part in (post["message"], post["link"]) if part),
        "media": _media(world, post),
        "created_at": post["visible_at"],
        "url": permalink(world, post),
        "deleted": post["deleted"],
        "comments": [one["message"] for one in under(world, post["id"])],
        "metrics": {
            "impressions": now.impressions,
            "likes": now.likes,
            "replies": now.replies,
            "reposts": now.reposts,
            "clicks": now.clicks,
        },
    }


def _media(world: World, post: dict[str, Any]) -> list[dict[str, str]]:
    shown = []
    for photo_id in post["photos"]:
        photo = world.state.get(PHOTOS, photo_id)
        if photo is not None:
            address = file_url(world, f"photo-{photo_id}")
            shown.append({"url": address, "alt": photo["alt"], "type": photo["content_type"]})
    video = world.state.get(VIDEOS, post["video"]) if post["video"] else None
    if video is not None:
        address = file_url(world, f"video-{video['id']}")
        shown.append({"url": address, "alt": video["title"], "type": video["content_type"]})
    return shown
