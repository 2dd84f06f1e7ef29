"""The channel as its viewers see it, for the page; the page also plays what is private and says so."""

from typing import Any

from sandbox.metrics import reach
from sandbox.world import World
from sandbox.youtube.accounts import BY_ID
from sandbox.youtube.comments import COMMENTS
from sandbox.youtube.videos import VIDEOS, settled, upload_status
from sandbox.youtube.view import COUNTERS_LAG, is_short


def feed(world: World) -> list[dict[str, Any]]:
    """Every video in the common shape of feeds (see README.md), deleted ones marked."""
    said = world.state.all(COMMENTS)
    return [_shown(world, settled(world, video), said) for video in world.state.all(VIDEOS)]


def _shown(world: World, video: dict[str, Any], said: list[dict[str, Any]]) -> dict[str, Any]:
    base, channel = world.config.base_url, BY_ID[video["channel"]]
    poster = f"{base}/google/thumbnails/{video['id']}" if video["thumbnail"] else None
    kind = (video["media"] or {}).get("content_type", "application/octet-stream")
    address = f"{base}/google/files/{video['id']}"
    film = {"url": address, "alt": video["snippet"]["title"], "type": kind, "poster": poster}
    status, reason = upload_status(world, video)
    path = f"shorts/{video['id']}" if is_short(video) else f"watch?v={video['id']}"
    return {
        "platform": "youtube",
        "id": video["id"],
        "account": channel.handle,
        "account_name": channel.title,
        "title": video["snippet"]["title"],
        "text": video["snippet"]["description"],
        "media": [] if video["deleted"] else [film],
        "created_at": video["published_at"] or video["at"],
        "url": f"{base}/google/{path}",
        "deleted": video["deleted"],
        "visibility": video["status"]["privacyStatus"],
        "publish_at": video["status"]["publishAt"],
        "state": f"{status} ({reason})" if reason else status,
        "short": is_short(video),
        "comments": [one["text"] for one in said if one["video"] == video["id"] and not video["deleted"]],
        "metrics": _metrics(world, video),
    }


def _metrics(world: World, video: dict[str, Any]) -> dict[str, int | None]:
    if video["published_at"] is None:
        return dict.fromkeys(("impressions", "likes", "replies", "reposts", "clicks"))
    now = reach(world, video["id"], video["published_at"], COUNTERS_LAG)
    return {
        "impressions": now.impressions,
        "likes": now.likes,
        "replies": now.replies,
        "reposts": now.reposts,
        "clicks": None,  # YouTube counts no clicks on links in a description
    }
