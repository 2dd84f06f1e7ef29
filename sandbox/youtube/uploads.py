"""videos.insert: a session and its bytes in as many pieces as one likes, or everything in one call."""

import asyncio
from pathlib import Path
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.faults import Drop, answer
from sandbox.refusals import Refused
from sandbox.secrets import token as new_token
from sandbox.world import World
from sandbox.youtube import related, rules, sessions, videos
from sandbox.youtube.access import UPLOAD, Call, Door, admit, bearer, json_object, played
from sandbox.youtube.accounts import BY_ACCOUNT, new_video_id
from sandbox.youtube.refusals import refused
from sandbox.youtube.sessions import Arrival, Range
from sandbox.youtube.view import resource

PARAMETERS = frozenset(("part", "notifySubscribers", "autoLevels", "stabilize"))
INSERT = Door("youtube.insert", UPLOAD, 1, PARAMETERS, "inserts")
PATH = "/google/upload/youtube/v3/videos"


def routes(world: World) -> list[BaseRoute]:
    """The upload address, and the plain one, which takes no uploads."""
    uploads = Uploads(world)

    async def without_media(request: Request) -> Response:
        try:
            admit(world, INSERT, request)
        except Refused as refusal:
            return refusal.response()
        return refused("mediaBodyRequired").response()

    return [
        Route(PATH, uploads.begin, methods=["POST"]),
        Route(PATH, uploads.put, methods=["PUT"]),
        Route("/google/youtube/v3/videos", without_media, methods=["POST"]),
    ]


class Uploads:
    """The upload server. Bytes go to a file as they come; only whole answers move the session forward."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._finishing = asyncio.Lock()  # two connections may bring the last byte; the video begins once

    async def begin(self, request: Request) -> Response:
        """POST: begin a session, or upload everything at once."""
        world = self._world
        try:
            call = Call(world, request, admit(world, INSERT, request))
            call.channel_needed()
            act = {"resumable": self._session, "multipart": self._at_once, "media": self._at_once}.get(
                request.query_params.get("uploadType", "")
            )
            if act is None:
                raise refused("bad_upload_type")
            return await act(call)
        except Refused as refusal:
            return refusal.response()

    async def _session(self, call: Call) -> Response:
        body = await call.request.body()

        async def accept() -> Response:
            headers = call.request.headers
            rules.check_type(headers.get("x-upload-content-type", "video/*"))
            whole, parts = rules.prepared(call, json_object(body or b"{}"))
            total = rules.announced(headers.get("x-upload-content-length"))
            account, name = call.channel.account, headers.get("slug", "")
            session = sessions.start(call.world, account, whole, parts, name, total)
            query = f"uploadType=resumable&part={','.join(sorted(parts))}&upload_id={session['id']}"
            location = f"{call.world.config.base_url}{PATH}?{query}"
            return Response(status_code=200, headers={"Location": location, "X-GUploader-UploadID": session["id"]})

        return await played(call.world, INSERT, accept)

    async def _at_once(self, call: Call) -> Response:
        """uploadType=multipart or media: the bytes come with the call itself."""
        world, request = call.world, call.request
        raw = videos.folder(world) / f"{new_token('sandbox-upload-')}.part"
        try:
            await Arrival(raw, 0).take(request.stream())
        except ClientDisconnect:
            raw.unlink()
            return Response(status_code=499)

        async def accept() -> Response:
            body, kind = await asyncio.to_thread(related.unpack, raw, request.headers.get("content-type", ""))
            rules.check_type(kind)
            whole, parts = rules.prepared(call, json_object(body or b"{}"))
            if raw.stat().st_size == 0:
                raise refused("mediaBodyRequired")
            name, account = request.headers.get("slug", ""), call.channel.account
            return await self._finish(whole, parts, name, account, raw, new_video_id(world))

        try:
            return await played(world, INSERT, accept)
        finally:
            raw.unlink(missing_ok=True)

    async def put(self, request: Request) -> Response:
        """PUT to the session's address: bytes, or the question how many are there."""
        world = self._world
        try:
            session = sessions.live(world, request.query_params.get("upload_id", ""))
            if "authorization" in request.headers and bearer(world, request)["account"] != session["account"]:
                raise refused("session_gone")
            asked = sessions.read_range(request.headers.get("content-range"))
        except Refused as refusal:
            await _drain(request)
            return refusal.response()
        if session["finished"] is not None or (asked is not None and asked.asks):
            await _drain(request)
            return await answer(world, "youtube.probe", lambda: self._told(session["id"]))
        return await self._bytes(request, session, asked)

    async def _bytes(self, request: Request, session: dict[str, Any], asked: Range | None) -> Response:
        """Take the body; what the fault or a refusal keeps from being counted will be sent again."""
        world = self._world
        first = 0 if asked is None else asked.first
        session = {**session, "total": rules.total(session, asked)}
        usable = first <= session["received"]
        room = None if session["total"] is None else max(0, session["total"] - first)
        arrival = Arrival(sessions.part_file(world, session), first, room if usable else 0)
        try:
            whole = await arrival.take(request.stream(), sessions.cut_at(world, session, first) if usable else None)
        except ClientDisconnect:
            if usable and rules.fits(session, arrival):
                sessions.keep(world, session, first + arrival.count)
            return Response(status_code=499)
        if not whole:
            sessions.save(world, {**sessions.keep(world, session, first + arrival.count), "cut": True})
            return Drop()

        async def accept() -> Response:
            try:
                return await self._counted(session, asked, arrival)
            except Refused as refusal:
                return refusal.response()

        return await answer(world, "youtube.upload", accept)

    async def _counted(self, session: dict[str, Any], asked: Range | None, arrival: Arrival) -> Response:
        total = rules.checked(session, asked, arrival)
        sessions.keep(self._world, {**session, "total": total}, arrival.first + arrival.count)
        return await self._told(session["id"])

    async def _told(self, upload_id: str) -> Response:
        """308 and what is stored; or the video: 201 when its last byte is counted, 200 whenever it is told again."""
        async with self._finishing:
            try:
                session = sessions.live(self._world, upload_id)
            except Refused as refusal:
                return refusal.response()
            if session["finished"] is not None:
                return Response(session["finished"], 200, media_type="application/json; charset=UTF-8")
            stored = session["received"]
            if stored and stored == session["total"]:  # also after a kill between the last byte and its answer
                return await self._complete(session)
        return Response(status_code=308, headers={"Range": f"bytes=0-{stored - 1}"} if stored else {})

    async def _complete(self, session: dict[str, Any]) -> Response:
        """The video of a session that has all its bytes. Its id is chosen first, so a repetition finds the same one."""
        world = self._world
        if session["video"] is None:
            session["video"] = new_video_id(world)
            sessions.save(world, session)
        path = sessions.part_file(world, session)
        response = await self._finish(
            session["whole"], set(session["parts"]), session["name"], session["account"], path, session["video"]
        )
        sessions.save(world, {**session, "finished": bytes(response.body).decode()})
        return response

    async def _finish(
        self, whole: dict[str, Any], parts: set[str], name: str, account: str, path: Path, video_id: str
    ) -> Response:
        final = videos.folder(self._world) / video_id
        if path.exists():
            path.replace(final)
        seen = await asyncio.to_thread(videos.inspected, final)
        video = videos.begin(self._world, BY_ACCOUNT[account], whole, name, video_id, seen)
        return JSONResponse(resource(self._world, video, parts), 201)


async def _drain(request: Request) -> None:
    """Read what is sent without keeping it: an answer in the middle of a body would reach nobody."""
    try:
        async for _ in request.stream():
            pass
    except ClientDisconnect:
        return
