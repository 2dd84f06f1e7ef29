"""How videos and reels come to a Page: in one call, by handle, from an address, in phases of chunks, by the upload host."""

import shutil
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.facebook.posts import WRITE, wants_to_publish
from sandbox.facebook.refusals import refused
from sandbox.facebook.store import VIDEOS, new_id
from sandbox.facebook.videos import Video, bytes_path, finish, new_video
from sandbox.meta import Call, Door, Edge, pull
from sandbox.meta.refusals import refused as refused_at_the_door
from sandbox.meta.uploads import FACEBOOK, MOST, address, by_handle, open_upload, path_of, upload_of

CHUNK = 4 * 1024 * 1024  # bytes that one transfer is asked for
SESSIONS = "facebook.sessions"
REELS_A_DAY, DAY = 30, 86400


async def _videos(call: Call) -> Response:
    """POST /{page}/videos: a phase when `upload_phase` names one, else the whole video at once."""
    phase = call.text("upload_phase")
    if phase:
        return await _phase(call, phase, VIDEO_PHASES)
    published = wants_to_publish(call)
    video = new_video(call, reel=False)
    try:
        await _whole(call, video)
        finish(call, video, published=published)
    except BaseException:
        call.world.state.delete(VIDEOS, video["id"])  # refused or broken off: the id was never given to anybody
        raise
    return JSONResponse({"id": video["id"]})


async def _whole(call: Call, video: Video) -> None:
    """Put the bytes in place: from the form, by handle, or fetched. Raises Refused: no_video, video_pull."""
    path = bytes_path(call.world, video)
    upload = by_handle(call.world, call.text("fbuploader_video_file_chunk"))
    content = call.files.get("source") or call.files.get("video_file_chunk")
    if content:
        path.write_bytes(content)
    elif upload is not None and upload["owner"] == call.token.user:
        shutil.copyfile(path_of(call.world, upload["id"]), path)
    elif call.text("file_url"):
        try:
            await pull.fetch(call.text("file_url"), path, MOST)
        except pull.PullFailed:
            raise refused("video_pull") from None
    else:
        raise refused("no_video")


async def _phase(call: Call, phase: str, phases: Mapping[str, Callable[[Call], Awaitable[Response]]]) -> Response:
    if phase not in phases:
        raise refused_at_the_door("bad_parameter", name="upload_phase", reason=f"must be one of {', '.join(phases)}")
    return await phases[phase](call)


async def _start_video(call: Call) -> Response:
    size = call.number("file_size", 0, 1, MOST)
    if not size:
        raise refused_at_the_door("missing_parameter", name="file_size")
    video = new_video(call, reel=False, size=size)
    bytes_path(call.world, video).write_bytes(b"")
    session = {"id": new_id(call.world), "video": video["id"], "page": call.page_id, "size": size, "received": 0}
    call.world.state.put(SESSIONS, session["id"], session)
    return JSONResponse({"video_id": video["id"], "upload_session_id": session["id"], **_next(session)})


async def _transfer(call: Call) -> Response:
    session = _session(call)
    content = call.files.get("video_file_chunk", b"")
    start, received = call.text("start_offset"), session["received"]
    if start != str(received) or not content or received + len(content) > session["size"]:
        raise refused("bad_offset", received=str(received))
    with bytes_path(call.world, {"id": session["video"]}).open("r+b") as file:
        file.seek(received)  # what a kill left uncounted is overwritten
        file.truncate()
        file.write(content)
    session["received"] += len(content)
    call.world.state.put(SESSIONS, session["id"], session)
    return JSONResponse(_next(session))


async def _finish_video(call: Call) -> Response:
    session = _session(call)
    published = wants_to_publish(call)
    if session["received"] != session["size"]:
        raise refused("unfinished")
    video = call.world.state.get(VIDEOS, session["video"]) or {}
    finish(call, video, published=published)
    call.world.state.delete(SESSIONS, session["id"])
    return JSONResponse({"success": True})


async def _cancel_video(call: Call) -> Response:
    session = _session(call)
    call.world.state.delete(SESSIONS, session["id"])
    call.world.state.delete(VIDEOS, session["video"])
    return JSONResponse({"success": True})


def _session(call: Call) -> dict[str, Any]:
    session = call.world.state.get(SESSIONS, call.text("upload_session_id"))
    if session is None or session["page"] != call.page_id:
        raise refused("bad_session", id=call.text("upload_session_id"))
    return session


def _next(session: dict[str, Any]) -> dict[str, str]:
    """Which bytes are wanted next; both ends alike when there are no more."""
    start = session["received"]
    return {"start_offset": str(start), "end_offset": str(min(session["size"], start + CHUNK))}


async def _reels(call: Call) -> Response:
    return await _phase(call, call.required("upload_phase"), REEL_PHASES)


async def _start_reel(call: Call) -> Response:
    """A video id and where its bytes go. Nothing is visible, so it may be asked for again."""
    video = new_video(call, reel=True)
    upload = open_upload(call.world, FACEBOOK, video["id"], call.page_id)
    return JSONResponse({"video_id": video["id"], "upload_url": address(call.world, upload)})


async def _finish_reel(call: Call) -> Response:
    world, video = call.world, call.world.state.get(VIDEOS, call.required("video_id"))
    if video is None or not video["reel"] or video["page"] != call.page_id or video["deleted"]:
        raise refused_at_the_door("missing_object", method="post", id=call.text("video_id"))
    if video["post"] is not None:
        raise refused("already_finished", id=video["id"])
    state = call.text("video_state", "DRAFT")
    if state == "SCHEDULED" or "scheduled_publish_time" in call.params:
        raise refused("no_schedule")
    if state not in ("PUBLISHED", "DRAFT"):
        raise refused_at_the_door("bad_parameter", name="video_state", reason="must be PUBLISHED, DRAFT or SCHEDULED")
    upload = upload_of(world, video["id"])
    if upload is None or upload["finished_at"] is None:
        raise refused("unfinished")
    if state == "PUBLISHED" and _reels_today(call) >= REELS_A_DAY:
        raise refused("reel_limit")
    path = bytes_path(world, video)
    if not path.exists():
        path.hardlink_to(path_of(world, upload["id"]))
    finish(call, video, published=state == "PUBLISHED")
    return JSONResponse({"success": True, **({"post_id": video["post"]} if video["post"] else {})})


def _reels_today(call: Call) -> int:
    since = call.world.now() - DAY
    return sum(
        1
        for video in call.world.state.all(VIDEOS)
        if video["reel"] and video["page"] == call.page_id and video["post"] and video["finished"] > since
    )


VIDEO_PHASES = {"start": _start_video, "transfer": _transfer, "finish": _finish_video, "cancel": _cancel_video}
REEL_PHASES = {"start": _start_reel, "finish": _finish_reel}
EDGES = (
    Edge("POST", "page", "videos", Door("facebook.videos", WRITE, "CREATE_CONTENT", page_token=True), _videos),
    Edge("POST", "page", "video_reels", Door("facebook.video_reels", WRITE, "CREATE_CONTENT", page_token=True), _reels),
)
