"""A stored video as YouTube's answers show it, part by part."""

from datetime import UTC, datetime
from typing import Any

from sandbox.metrics import reach
from sandbox.world import World
from sandbox.youtube.accounts import BY_ID, new_etag
from sandbox.youtube.videos import upload_status

PARTS = frozenset(
    (
        "id", "snippet", "status", "statistics", "contentDetails", "processingDetails", "fileDetails", "player",
        "recordingDetails", "localizations", "topicDetails", "suggestions", "liveStreamingDetails",
        "paidProductPlacementDetails",
    )
)  # fmt: skip
OWNERS = frozenset(("processingDetails", "fileDetails", "suggestions"))
COUNTERS_LAG = 3600  # seconds of audience by which the public counters are behind
SHORT = 180  # seconds


def iso(moment: float) -> str:
    """Unix seconds in YouTube's writing."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def resource(world: World, video: dict[str, Any], parts: set[str]) -> dict[str, Any]:
    """The video resource with these parts."""
    shown: dict[str, Any] = {"kind": "youtube#video", "etag": new_etag(), "id": video["id"]}
    for part in sorted(parts & SHOWN.keys()):
        shown[part] = SHOWN[part](world, video)
    return shown


def thumbnails(world: World, video: dict[str, Any]) -> dict[str, Any]:
    """The pictures by size; the twin has one picture for all."""
    url = f"{world.config.base_url}/google/thumbnails/{video['id']}"
    sizes = {"default": (120, 90), "medium": (320, 180), "high": (480, 360)}
    return {name: {"url": url, "width": width, "height": height} for name, (width, height) in sizes.items()}


def is_short(video: dict[str, Any]) -> bool:
    """Whether YouTube shows it as a Short: square or upright, and at most three minutes."""
    media = video["media"] or {}
    return media.get("height", 0) >= media.get("width", 1) and (media.get("seconds") or SHORT + 1) <= SHORT


def counters(world: World, video: dict[str, Any]) -> dict[str, str]:
    """viewCount, likeCount, commentCount as strings; a counter that YouTube hides is absent."""
    if video["published_at"] is None:
        return {"viewCount": "0", "likeCount": "0", "commentCount": "0"}
    now = reach(world, video["id"], video["published_at"], COUNTERS_LAG)
    counted = {"viewCount": now.impressions or 0, "likeCount": now.likes or 0, "commentCount": now.replies or 0}
    if now.impressions is not None and now.saves is None:
        del counted["likeCount"]  # some channels hide their likes
    if video["status"]["selfDeclaredMadeForKids"]:
        del counted["commentCount"]  # nobody may comment there
    return {name: str(value) for name, value in counted.items()}


def _snippet(world: World, video: dict[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in video["snippet"].items() if value not in (None, [])}
    return {
        **own,
        "publishedAt": iso(video["published_at"] or video["at"]),
        "channelId": video["channel"],
        "channelTitle": BY_ID[video["channel"]].title,
        "thumbnails": thumbnails(world, video),
        "liveBroadcastContent": "none",
        "localized": {"title": own["title"], "description": own["description"]},
    }


def _status(world: World, video: dict[str, Any]) -> dict[str, Any]:
    status, reason = upload_status(world, video)
    why = {"failed": "failureReason", "rejected": "rejectionReason"}.get(status)
    own = {name: value for name, value in video["status"].items() if value is not None}
    return {
        "uploadStatus": status,
        **({why: reason} if why else {}),
        **own,
        "madeForKids": bool(video["status"]["selfDeclaredMadeForKids"]),
    }


def _statistics(world: World, video: dict[str, Any]) -> dict[str, str]:
    return {**counters(world, video), "dislikeCount": "0", "favoriteCount": "0"}


def _content(world: World, video: dict[str, Any]) -> dict[str, Any]:
    media = video["media"] or {}
    return {
        "duration": f"PT{round(media.get('seconds') or 0)}S" if upload_status(world, video)[0] != "uploaded" else "P0D",
        "dimension": "2d",
        "definition": "hd" if min(media.get("width", 0), media.get("height", 0)) >= 720 else "sd",
        "caption": "false",
        "licensedContent": False,
        "contentRating": {},
        "projection": "rectangular",
        "hasCustomThumbnail": video["thumbnail"] is not None,
    }


def _processing(world: World, video: dict[str, Any]) -> dict[str, Any]:
    status, _ = upload_status(world, video)
    state = {"uploaded": "processing", "processed": "succeeded", "failed": "failed", "rejected": "terminated"}[status]
    details: dict[str, Any] = {
        "processingStatus": state,
        "fileDetailsAvailability": "available",
        "processingIssuesAvailability": "available",
        "tagSuggestionsAvailability": "inProgress",
        "editorSuggestionsAvailability": "inProgress",
        "thumbnailsAvailability": "available" if state == "succeeded" else "inProgress",
    }
    if state == "processing":
        left = round((video["processed_at"] - world.now()) * 1000)
        details["processingProgress"] = {"partsTotal": "100", "partsProcessed": "50", "timeLeftMs": str(left)}
    if state == "failed":
        details["processingFailureReason"] = "transcodeFailed"
    return details


def _file(world: World, video: dict[str, Any]) -> dict[str, Any]:
    media, file = video["media"] or {}, video["file"]
    details: dict[str, Any] = {"fileSize": str(file["size"]), "fileType": "video" if media else "other"}
    if file["name"]:
        details["fileName"] = file["name"]
    if media.get("content_type", "").startswith("video/"):
        details |= {
            "container": "mov" if media["content_type"] == "video/quicktime" else "mp4",
            "durationMs": str(round((media["seconds"] or 0) * 1000)),
            "videoStreams": [{"widthPixels": media["width"], "heightPixels": media["height"]}],
        }
    return details


def _player(world: World, video: dict[str, Any]) -> dict[str, str]:
    return {"embedHtml": f'<iframe src="{world.config.base_url}/google/watch?v={video["id"]}"></iframe>'}


SHOWN: dict[str, Any] = {
    "snippet": _snippet,
    "status": _status,
    "statistics": _statistics,
    "contentDetails": _content,
    "processingDetails": _processing,
    "fileDetails": _file,
    "player": _player,
    "recordingDetails": lambda world, video: video["recordingDetails"],
    "localizations": lambda world, video: video["localizations"],
}
