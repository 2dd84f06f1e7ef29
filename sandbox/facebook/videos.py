"""Videos and reels of a Page, once their bytes are there: checks, processing, publishing by id, status, deleting."""

import math
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.facebook.posts import LONGEST, WRITE, refuse_duplicate, wants_to_publish
from sandbox.facebook.refusals import refused
from sandbox.facebook.store import POSTS, VIDEOS, new_id, new_post, publish
from sandbox.facebook.view import file_url, moment
from sandbox.knobs import knob
from sandbox.media import Kind, Media, read_media_file
from sandbox.meta import Call, Door, Edge
from sandbox.meta.refusals import refused as refused_at_the_door
from sandbox.meta.uploads import path_of, upload_of
from sandbox.world import World

PORTRAIT = 9 / 16
REEL_SECONDS = (3.0, 90.0)
REEL_PIXELS = (540, 960)
Video = dict[str, Any]
WRONG_REEL = (
    (1363127, "The video's resolution must be at least 540 x 960 pixels."),
    (1363129, "The video's aspect ratio must be 9:16."),
    (1363128, "The video's duration must be between 3 and 90 seconds."),
    (1363131, "The video's frame rate must be between 24 and 60 frames per second."),
)  # the numbers are not in Meta's reference; the rules are


def new_video(call: Call, *, reel: bool, size: int | None = None) -> Video:
    """A video without bytes, stored. Raises Refused: too_long."""
    if len(call.text("description")) > LONGEST:
        raise refused("too_long")
    video: Video = {
        "id": new_id(call.world),
        "page": call.page_id,
        "reel": reel,
        "title": call.text("title"),
        "description": call.text("description"),
        "content_type": "video/mp4",
        "size": size,
        "length": None,
        "at": call.world.now(),
        "finished": None,  # when all bytes were there and the caller said so
        "ready_at": None,
        "failure": None,
        "post": None,
        "deleted": False,
    }
    call.world.state.put(VIDEOS, video["id"], video)
    return video


def bytes_path(world: World, video: Video) -> Path:
    """The file of the video."""
    return path_of(world, f"video-{video['id']}")


def finish(call: Call, video: Video, *, published: bool) -> None:
    """All bytes are there: check them, start the processing, and publish when that is wanted.

    A classic video that cannot be read is refused at once; a reel's faults show in its status, as the real ones do.
    The ledger is written here, though readers see the post when the processing is over.
    """
    world, path = call.world, bytes_path(call.world, video)
    media = read_media_file(path) if path.exists() else None
    if not video["reel"] and (media is None or media.kind is not Kind.VIDEO):
        raise refused("bad_video")
    if video["finished"] is None:
        video["finished"] = world.now()
        video["ready_at"] = world.now() + knob(world, "facebook.video_processing")
        video["failure"] = _failure(world, media, video["reel"])
    if media is not None:
        video |= {"content_type": media.content_type, "length": media.seconds, "size": path.stat().st_size}
    video |= {name: call.params[name] for name in ("title", "description") if name in call.params}
    if published and video["failure"] is None:
        publish_video(call, video)
    world.state.put(VIDEOS, video["id"], video)


def publish_video(call: Call, video: Video) -> None:
    """Put the video on the Page; once only. Raises Refused: duplicate."""
    if video["post"] is not None:
        return
    post = new_post(call, video["description"], "added_video") | {"video": video["id"]}
    refuse_duplicate(call, post)
    asked = {**call.params, "video_id": video["id"]}
    publish(call.world, post, asked, at=max(call.world.now(), video["ready_at"]))
    video["post"] = post["id"]


def _failure(world: World, media: Media | None, reel: bool) -> dict[str, Any] | None:
    """Why the processing will end badly, or None."""
    if knob(world, "facebook.processing_fails"):
        return {"code": 1363008, "message": "Video processing failed: there was a problem with your video."}
    if not reel:
        return None
    if media is None or media.kind is not Kind.VIDEO:
        return {"code": 1363024, "message": "The video file is in a format that is not supported."}
    rate = media.frame_rate
    wrong = (
        media.width < REEL_PIXELS[0] or media.height < REEL_PIXELS[1],
        not math.isclose(media.ratio, PORTRAIT, rel_tol=0.01),
        media.seconds is None or not REEL_SECONDS[0] <= media.seconds <= REEL_SECONDS[1],
        rate is not None and not 23.9 <= rate <= 60.1,
    )
    return next(
        (dict(code=code, message=words) for bad, (code, words) in zip(wrong, WRONG_REEL, strict=True) if bad), None
    )


async def _show(call: Call) -> Response:
    video = call.world.state.get(VIDEOS, call.node) or {}
    return JSONResponse(video_fields(call, video, call.fields("id,description,updated_time")))


async def _update(call: Call) -> Response:
    """Title and description; and `published=true` for a finished video that was uploaded unpublished."""
    video = call.world.state.get(VIDEOS, call.node) or {}
    wanted = wants_to_publish(call) if "published" in call.params else False
    if "published" in call.params and not wanted and video["post"] is not None:
        raise refused("no_way_back")
    video |= {name: call.params[name] for name in ("title", "description") if name in call.params}
    if wanted:
        if video["finished"] is None or video["failure"] is not None:
            raise refused("unfinished")
        publish_video(call, video)
    call.world.state.put(VIDEOS, video["id"], video)
    return JSONResponse({"success": True})


async def _delete(call: Call) -> Response:
    world, video = call.world, call.world.state.get(VIDEOS, call.node) or {}
    world.ledger.accept("facebook", "delete", video["page"], video["post"] or video["id"], {"video_id": video["id"]})
    world.state.put(VIDEOS, video["id"], {**video, "deleted": True})
    post = world.state.get(POSTS, video["post"]) if video["post"] else None
    if post is not None:
        world.state.put(POSTS, post["id"], {**post, "deleted": True})
    return JSONResponse({"success": True})


def video_fields(call: Call, video: Video, names: list[str]) -> dict[str, Any]:
    """The video's fields; absent ones left out. Raises Refused: unknown_edge."""
    world = call.world
    live = video["post"] is not None and video["ready_at"] <= world.now()
    facts: dict[str, Any] = {
        "id": video["id"],
        "title": video["title"],
        "description": video["description"],
        "created_time": moment(video["at"]),
        "updated_time": moment(video["finished"] or video["at"]),
        "length": video["length"],
        "published": live,
        "post_id": video["post"],
        "permalink_url": f"/{'reel' if video['reel'] else video['page'] + '/videos'}/{video['id']}/",
        "source": file_url(world, f"video-{video['id']}") if video["finished"] else None,
        "status": status(world, video),
    }
    for name in names:
        if name not in facts:
            raise refused_at_the_door("unknown_edge", name=name, kind="Video")
    return {name: facts[name] for name in dict.fromkeys((*names, "id")) if facts[name] not in (None, "")}


def status(world: World, video: Video) -> dict[str, Any]:
    """The three phases as the Graph tells them, and video_status over all."""
    upload = upload_of(world, video["id"])
    received, size = (upload["received"], upload["size"]) if upload else (video["size"] or 0, video["size"])
    whole = video["finished"] is not None or (size is not None and received == size and received > 0)
    uploading: dict[str, Any] = {
        "status": "complete" if whole else "in_progress" if received else "not_started",
        "bytes_transferred": received,
        **({"source_file_size": size} if size is not None else {}),
    }
    processing: dict[str, Any] = {"status": "not_started"}
    publishing: dict[str, Any] = {"status": "not_started"}
    overall = "upload_complete" if whole else "uploading"
    if video["finished"] is not None:
        overall, processing, publishing = _after(world, video)
    return {
        "video_status": overall,
        "uploading_phase": uploading,
        "processing_phase": processing,
        "publishing_phase": publishing,
    }


def _after(world: World, video: Video) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """video_status, processing and publishing of a finished video."""
    waiting = {"status": "not_started"}
    if video["ready_at"] > world.now():
        return "processing", {"status": "in_progress"}, waiting
    if video["failure"] is not None:
        return "error", {"status": "error", "errors": [video["failure"]]}, waiting
    if video["post"] is None:
        return "ready", {"status": "complete"}, {**waiting, "publish_status": "draft"}
    post = world.state.get(POSTS, video["post"]) or {}
    published = {"status": "complete", "publish_status": "published", "publish_time": moment(post["visible_at"])}
    return "ready", {"status": "complete"}, published


EDGES = (
    Edge("GET", "video", "", Door("facebook.video", ("pages_read_engagement",)), _show),
    Edge("POST", "video", "", Door("facebook.publish", WRITE, "CREATE_CONTENT", page_token=True), _update),
    Edge("DELETE", "video", "", Door("facebook.delete", WRITE, "CREATE_CONTENT", page_token=True), _delete),
)
