"""The videos of the twin: how one begins, how processing ends, when it becomes visible, how it goes away."""

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sandbox.knobs import knob
from sandbox.media import Kind, Media, read_media_file
from sandbox.world import World
from sandbox.youtube.accounts import Channel
from sandbox.youtube.metadata import DEFAULTS, moment

VIDEOS = "youtube.videos"
LONG, LONGEST = 15 * 60, 12 * 3600  # seconds; above the first a channel must be verified
WELL = ("processed", "")
# How processing ends when knob youtube.verdict says so: the upload status and its reason
VERDICTS = (
    WELL,
    ("failed", "codec"),
    ("failed", "conversion"),
    ("failed", "uploadAborted"),
    ("rejected", "copyright"),
    ("rejected", "inappropriate"),
    ("rejected", "termsOfUse"),
    ("rejected", "claim"),
    ("rejected", "trademark"),
    ("rejected", "legal"),
)


def folder(world: World) -> Path:
    """Where the bytes of videos and thumbnails lie."""
    path = world.config.home / "youtube-media"
    path.mkdir(exist_ok=True)
    return path


def inspected(path: Path) -> tuple[Media | None, str]:
    """What the file is, and its SHA-256, without taking it into memory. Slow: call it in a thread."""
    with path.open("rb") as file:
        return read_media_file(path), hashlib.file_digest(file, "sha256").hexdigest()


def begin(
    world: World, channel: Channel, whole: dict[str, Any], name: str, video_id: str, seen: tuple[Media | None, str]
) -> dict[str, Any]:
    """The upload is complete: from here on the video exists. `whole`: the written parts. A second call finds the first."""
    known = world.state.get(VIDEOS, video_id)
    if known is not None:
        return known
    media, digest = seen
    now, size = world.now(), (folder(world) / video_id).stat().st_size
    locked = bool(knob(world, "youtube.unaudited"))
    status = {**DEFAULTS["status"], **whole.get("status", {})}
    if locked:
        status |= {"privacyStatus": "private", "publishAt": None}
    video = {
        "id": video_id,
        "channel": channel.id,
        "snippet": {**DEFAULTS["snippet"], "title": name or "unknown", **whole.get("snippet", {})},
        "status": {**status, "privacyStatus": "private"},
        "recordingDetails": whole.get("recordingDetails", {}),
        "localizations": whole.get("localizations", {}),
        "file": {"name": name, "size": size, "sha256": digest},
        "media": None if media is None else asdict(media),
        "at": now,
        "processed_at": now + knob(world, "youtube.processing"),
        "verdict": list(_verdict(world, channel, media, digest)),
        "published_at": None,
        "locked": locked,
        "deleted": False,
        "thumbnail": None,
    }
    told = {"title": video["snippet"]["title"], "bytes": size, "sha256": digest, **_visibility(status)}
    world.ledger.accept("youtube", "insert", channel.id, video_id, told)
    return show_as(world, video, status)


def show_as(world: World, video: dict[str, Any], status: dict[str, Any]) -> dict[str, Any]:
    """Give the video this status; a change of who can see it goes to the ledger. Returns the video as stored."""
    before, now = _visibility(video["status"]), world.now()
    at = moment(status["publishAt"]) if status["publishAt"] else None
    if at is not None and at <= now:  # a time that has passed means now
        status = {**status, "privacyStatus": "public", "publishAt": None}
    video = {**video, "status": status}
    after = _visibility(status)
    if before != after:
        world.ledger.accept("youtube", "visibility", video["channel"], video["id"], {"from": before, "to": after})
    if status["privacyStatus"] != "private" and video["published_at"] is None:
        video["published_at"] = now
    world.state.put(VIDEOS, video["id"], video)
    world.bus.publish({"type": "youtube.post", "id": video["id"]})
    return video


def load(world: World, video_id: str) -> dict[str, Any] | None:
    """The video as it is now, or None when there is none, or none any more."""
    video = world.state.get(VIDEOS, video_id)
    return None if video is None or video["deleted"] else settled(world, video)


def of_channel(world: World, channel_id: str) -> list[dict[str, Any]]:
    """The channel's videos that are not deleted, newest first."""
    mine = [one for one in world.state.all(VIDEOS) if one["channel"] == channel_id and not one["deleted"]]
    return [settled(world, video) for video in reversed(mine)]


def settled(world: World, video: dict[str, Any]) -> dict[str, Any]:
    """The video after whatever its own clock has done: a scheduled one is public once its time and processing came."""
    status = video["status"]
    at = moment(status["publishAt"]) if status["publishAt"] else None
    if video["deleted"] or at is None or max(at, video["processed_at"]) > world.now() or video["verdict"][0] != WELL[0]:
        return video
    return show_as(world, {**video, "published_at": max(at, video["processed_at"])}, status)


def delete(world: World, video: dict[str, Any]) -> None:
    """The video and its bytes are gone; its record stays, for the feed."""
    world.ledger.accept("youtube", "delete", video["channel"], video["id"], {})
    world.state.put(VIDEOS, video["id"], {**video, "deleted": True})
    for name in (video["id"], f"{video['id']}.thumbnail"):
        (folder(world) / name).unlink(missing_ok=True)
    world.bus.publish({"type": "youtube.delete", "id": video["id"]})


def upload_status(world: World, video: dict[str, Any]) -> tuple[str, str]:
    """uploaded, then for good processed, failed or rejected; and the reason of the last two."""
    if world.now() < video["processed_at"]:
        return "uploaded", ""
    status, reason = video["verdict"]
    return status, reason


def _verdict(world: World, channel: Channel, media: Media | None, digest: str) -> tuple[str, str]:
    """How processing will end. The twin reads MP4 and MOV; YouTube reads more."""
    if media is None or media.kind is not Kind.VIDEO:
        return "failed", "invalidFile"
    if media.video_codec is None:
        return "failed", "codec"
    seconds = media.seconds or 0.0
    if seconds > LONGEST or (seconds > LONG and knob(world, "youtube.unverified")):
        return "rejected", "length"
    known = any(other["file"]["sha256"] == digest for other in of_channel(world, channel.id))
    if known and not knob(world, "youtube.takes_duplicates"):
        return "rejected", "duplicate"
    wanted = int(knob(world, "youtube.verdict"))
    return VERDICTS[wanted] if wanted < len(VERDICTS) else WELL


def _visibility(status: dict[str, Any]) -> dict[str, Any]:
    return {"privacyStatus": status["privacyStatus"], "publishAt": status["publishAt"]}
