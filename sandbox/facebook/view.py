"""A stored post as Facebook's answers show it: the fields that were asked for, and no other."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sandbox.facebook.store import COMMENTS, PHOTOS
from sandbox.meta import Call
from sandbox.meta.accounts import BY_PAGE
from sandbox.meta.refusals import refused
from sandbox.metrics import reach
from sandbox.world import World

LAG = 900  # seconds by which Facebook's counters are behind
Post = dict[str, Any]


def moment(seconds: float) -> str:
    """Unix seconds in Facebook's writing: 2026-11-23T08:00:00+0000."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def permalink(world: World, post: Post) -> str:
    """The address of the post for people."""
    page, _, number = post["id"].partition("_")
    return f"{world.config.base_url}/facebook/{page}/posts/{number}"


def file_url(world: World, name: str) -> str:
    """The address of the bytes of a photo or a video (`photo-…`, `video-…`)."""
    return f"{world.config.base_url}/facebook/files/{name}"


def post_fields(call: Call, post: Post, names: list[str]) -> dict[str, Any]:
    """The post's fields; the id always, absent ones left out. Raises Refused: unknown_edge."""
    for name in names:
        if name not in FIELDS:
            raise refused("unknown_edge", name=name, kind="Post")
    shown = {name: FIELDS[name](call.world, post) for name in dict.fromkeys((*names, "id"))}
    return {name: value for name, value in shown.items() if value not in (None, "")}


def _attachments(world: World, post: Post) -> dict[str, Any] | None:
    pictures = [_photo(world, one) for one in post["photos"]]
    if len(pictures) > 1:
        address = permalink(world, post)
        album = {"media_type": "album", "type": "album", "target": {"id": post["id"], "url": address}, "url": address}
        return {"data": [{**album, "subattachments": {"data": pictures}}]}
    if pictures:
        return {"data": pictures}
    if post["video"] is not None:
        address = file_url(world, f"video-{post['video']}")
        target = {"id": post["video"], "url": permalink(world, post)}
        return {
            "data": [{"media_type": "video", "type": "video_inline", "target": target, "media": {"source": address}}]
        }
    if post["link"]:
        target = {"url": post["link"]}
        return {"data": [{"media_type": "link", "type": "share", "target": target, "unshimmed_url": post["link"]}]}
    return None


def _photo(world: World, photo_id: str) -> dict[str, Any]:
    photo = world.state.get(PHOTOS, photo_id) or {}
    address = file_url(world, f"photo-{photo_id}")
    shown = {"media_type": "photo", "type": "photo", "target": {"id": photo_id, "url": address}, "url": address}
    return {**shown, "media": {"image": {"src": address}}, "description": photo.get("alt", "")}


def _picture(world: World, post: Post) -> str | None:
    return file_url(world, f"photo-{post['photos'][0]}") if post["photos"] else None


def _counted(name: str) -> Callable[[World, Post], Any]:
    """An edge with its summary: how many there are."""

    def count(world: World, post: Post) -> dict[str, Any]:
        if name == "comments":
            own = [one for one in world.state.all(COMMENTS) if one["post"] == post["id"] and not one["deleted"]]
            entries = [{"id": one["id"], "message": one["message"], "created_time": moment(one["at"])} for one in own]
            return {
                "data": entries,
                "summary": {"order": "chronological", "total_count": len(own), "can_comment": True},
            }
        now = reach(world, post["id"], post["visible_at"] or world.now(), LAG)
        return {"data": [], "summary": {"total_count": now.likes or 0}}

    return count


def _shares(world: World, post: Post) -> dict[str, int] | None:
    """Absent while there are none, as in the Graph."""
    count = reach(world, post["id"], post["visible_at"] or world.now(), LAG).reposts
    return {"count": count} if count else None


FIELDS: dict[str, Callable[[World, Post], Any]] = {
    "id": lambda world, post: post["id"],
    "message": lambda world, post: post["message"],
    "created_time": lambda world, post: moment(post["visible_at"] or post["at"]),
    "updated_time": lambda world, post: moment(post["visible_at"] or post["at"]),
    "permalink_url": permalink,
    "is_published": lambda world, post: post["visible_at"] is not None and post["visible_at"] <= world.now(),
    "is_hidden": lambda world, post: post["hidden"],
    "status_type": lambda world, post: post["kind"],
    "attachments": _attachments,
    "full_picture": _picture,
    "from": lambda world, post: {"name": BY_PAGE[post["page"]].name, "id": post["page"]},
    "application": lambda world, post: {"name": "Amarktai (sandbox)", "id": world.secrets.facebook_client_id},
    "shares": _shares,
    "reactions": _counted("reactions"),
    "likes": _counted("likes"),
    "comments": _counted("comments"),
}
