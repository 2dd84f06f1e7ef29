"""Channels, and the playlist of everything that a channel uploaded."""

from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.knobs import knob
from sandbox.world import World
from sandbox.youtube import videos
from sandbox.youtube.access import READ, Call, Door, endpoint
from sandbox.youtube.accounts import BY_HANDLE, BY_ID, BY_UPLOADS, Channel, new_etag
from sandbox.youtube.editing import page
from sandbox.youtube.refusals import refused
from sandbox.youtube.view import counters, iso, thumbnails

CHANNEL_PARTS = frozenset(("id", "snippet", "contentDetails", "statistics", "status", "brandingSettings"))
ITEM_PARTS = frozenset(("id", "snippet", "contentDetails", "status"))
FOUNDED = "2024-04-15T21:20:14Z"


def routes(world: World) -> list[BaseRoute]:
    """channels.list and playlistItems.list."""
    channels = Door("youtube.channels", READ, 1, frozenset(("part", "mine", "id", "forHandle", "maxResults", "hl")))
    items = Door("youtube.playlist", READ, 1, frozenset(("part", "playlistId", "maxResults", "pageToken", "videoId")))
    return [
        Route("/google/youtube/v3/channels", endpoint(world, channels, _channels), methods=["GET"]),
        Route("/google/youtube/v3/playlistItems", endpoint(world, items, _items), methods=["GET"]),
    ]


async def _channels(call: Call) -> Response:
    parts = call.parts(CHANNEL_PARTS)
    if call.parameter("mine") == "true":
        found = [call.channel] if call.channel.id else []
    elif call.parameter("id"):
        found = [BY_ID[one] for one in call.parameter("id").split(",") if one in BY_ID]
    elif call.parameter("forHandle"):
        one = BY_HANDLE.get(call.parameter("forHandle").lstrip("@"))
        found = [one] if one is not None and one.id else []
    else:
        raise refused("missingRequiredParameter", name="mine, id, forHandle")
    return page("channel", [_channel(call.world, one, parts) for one in found], len(found), 5)


def _channel(world: World, channel: Channel, parts: set[str]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "snippet": {
            "title": channel.title,
            "description": channel.description,
            "customUrl": f"@{channel.handle}",
            "publishedAt": FOUNDED,
            "thumbnails": {},
            "localized": {"title": channel.title, "description": channel.description},
        },
        "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": channel.uploads}},
        "status": {
            "privacyStatus": "public",
            "isLinked": True,
            "longUploadsStatus": "eligible" if knob(world, "youtube.unverified") else "allowed",
        },
        "brandingSettings": {"channel": {"title": channel.title}},
    }
    if "statistics" in parts:
        shown["statistics"] = _statistics(world, channel)
    wanted = {part: value for part, value in shown.items() if part in parts}
    return {"kind": "youtube#channel", "etag": new_etag(), "id": channel.id, **wanted}


def _statistics(world: World, channel: Channel) -> dict[str, Any]:
    public = [one for one in videos.of_channel(world, channel.id) if one["status"]["privacyStatus"] == "public"]
    views = sum(int(counters(world, video)["viewCount"]) for video in public)
    return {
        "viewCount": str(views),
        "subscriberCount": str(1200 + views // 100),
        "hiddenSubscriberCount": False,
        "videoCount": str(len(public)),
    }


async def _items(call: Call) -> Response:
    parts, size = call.parts(ITEM_PARTS), call.number("maxResults", 5, 0, 50)
    playlist = call.parameter("playlistId")
    if not playlist:
        raise refused("missingRequiredParameter", name="id, playlistId")
    channel = BY_UPLOADS.get(playlist)
    if channel is None:
        raise refused("playlistNotFound")
    start = call.number("pageToken", 0, 0, 10**6)
    everything = [video for video in _listed(call, channel) if call.parameter("videoId", video["id"]) == video["id"]]
    chosen = everything[start : start + size]
    items = [_item(call.world, channel, video, start + index, parts) for index, video in enumerate(chosen)]
    more = {"nextPageToken": f"{start + size:06d}"} if start + size < len(everything) and size else {}
    return page("playlistItem", items, len(everything), size, **more)


def _listed(call: Call, channel: Channel) -> list[dict[str, Any]]:
    """Newest first; the owner sees the private ones too. A new one shows after the knob's lag."""
    until = call.world.now() - knob(call.world, "youtube.listing_lag")
    return [
        video
        for video in videos.of_channel(call.world, channel.id)
        if video["at"] <= until and (channel.id == call.channel.id or video["status"]["privacyStatus"] == "public")
    ]


def _item(world: World, channel: Channel, video: dict[str, Any], place: int, parts: set[str]) -> dict[str, Any]:
    content = {"videoId": video["id"]}
    if video["published_at"] is not None:
        content["videoPublishedAt"] = iso(video["published_at"])
    shown: dict[str, Any] = {
        "snippet": {
            "publishedAt": iso(video["at"]),
            "channelId": channel.id,
            "channelTitle": channel.title,
            "title": video["snippet"]["title"],
            "description": video["snippet"]["description"],
            "thumbnails": thumbnails(world, video),
            "playlistId": channel.uploads,
            "position": place,
            "resourceId": {"kind": "youtube#video", "videoId": video["id"]},
            "videoOwnerChannelId": channel.id,
            "videoOwnerChannelTitle": channel.title,
        },
        "contentDetails": content,
        "status": {"privacyStatus": video["status"]["privacyStatus"]},
    }
    wanted = {part: value for part, value in shown.items() if part in parts}
    return {"kind": "youtube#playlistItem", "etag": new_etag(), "id": f"{channel.uploads}.{video['id']}", **wanted}
