"""The levers of the sandbox that belong to no chat: ledger, faults, traffic, feeds, people, settings, clock, stream."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

import sandbox.facebook.feed
import sandbox.instagram.feed
import sandbox.linkedin.feed
import sandbox.tiktok.feed
import sandbox.x.feed
import sandbox.youtube.feed
from sandbox.faults import BadFault
from sandbox.knobs import KNOBS, shown, turn
from sandbox.people import roster
from sandbox.settings import settings
from sandbox.world import World

Answer = Callable[[Request], Awaitable[Response]]
YEAR = 31536000  # seconds; the longest leap of the clock
FEEDS = {
    "x": sandbox.x.feed.feed,
    "linkedin": sandbox.linkedin.feed.feed,
    "facebook": sandbox.facebook.feed.feed,
    "instagram": sandbox.instagram.feed.feed,
    "tiktok": sandbox.tiktok.feed.feed,
    "youtube": sandbox.youtube.feed.feed,
}


def routes(world: World) -> list[BaseRoute]:
    """Everything under /_sandbox that is not a chat's."""
    return [
        Route("/_sandbox/ledger", _ledger(world)),
        Route("/_sandbox/faults", _faults(world), methods=["GET", "POST", "DELETE"]),
        Route("/_sandbox/traffic", _traffic(world)),
        Route("/_sandbox/feeds", _feeds(world)),
        Route("/_sandbox/people", _people),
        Route("/_sandbox/settings", _settings(world)),
        Route("/_sandbox/clock", _clock(world), methods=["GET", "POST"]),
        Route("/_sandbox/knobs", _knobs(world), methods=["GET", "POST"]),
        Route("/_sandbox/stream", _stream(world)),
    ]


def refusal(sentence: str) -> JSONResponse:
    """A wish that cannot be granted, 400, with the reason in words."""
    return JSONResponse({"ok": False, "error": "bad_request", "message": sentence}, 400)


async def wish(request: Request) -> dict[str, Any] | None:
    """The JSON object in the body, or None when it is none."""
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None


def _ledger(world: World) -> Answer:
    async def ledger(request: Request) -> Response:
        return JSONResponse({"ok": True, "entries": world.ledger.entries(request.query_params.get("platform"))})

    return ledger


def _faults(world: World) -> Answer:
    async def faults(request: Request) -> Response:
        if request.method == "DELETE":
            world.faults.clear()
        if request.method == "POST":
            asked = await wish(request)
            if asked is None:
                return refusal('The body must be a JSON object such as {"target": "x.posts", "fault": "close"}.')
            try:
                world.faults.add(asked)
            except BadFault as error:
                return refusal(str(error))
        return JSONResponse({"ok": True, "faults": world.faults.armed()})

    return faults


def _traffic(world: World) -> Answer:
    async def traffic(request: Request) -> Response:
        since = request.query_params.get("since") or "0"
        if not since.isdecimal():
            return refusal("since is the number of the last exchange you know, such as 12.")
        return JSONResponse({"ok": True, "exchanges": world.traffic.since(int(since))})

    return traffic


def _feeds(world: World) -> Answer:
    async def feeds(request: Request) -> Response:
        platform = request.query_params.get("platform")
        if platform is not None and platform not in FEEDS:
            return refusal(f"There is no feed {platform!r}; choose one of {', '.join(FEEDS)}.")
        posts = [post for name, feed in FEEDS.items() if platform in (None, name) for post in feed(world)]
        return JSONResponse({"ok": True, "posts": sorted(posts, key=lambda post: -post["created_at"])})

    return feeds


async def _people(request: Request) -> Response:
    return JSONResponse({"ok": True, **roster()})


def _settings(world: World) -> Answer:
    async def show(request: Request) -> Response:
        return JSONResponse(settings(world))

    return show


def _clock(world: World) -> Answer:
    async def clock(request: Request) -> Response:
        if request.method == "POST":
            asked = await wish(request) or {}
            seconds = asked.get("advance_seconds")
            if not isinstance(seconds, int | float) or not 0 <= seconds <= YEAR:
                return refusal("advance_seconds must be 0 to 31536000 seconds (a year); time never runs back.")
            world.advance(seconds)
        return JSONResponse({"ok": True, "now": world.now(), "ahead_seconds": round(world.now() - time.time(), 1)})

    return clock


def _knobs(world: World) -> Answer:
    async def knobs(request: Request) -> Response:
        if request.method == "POST":
            for name, value in (await wish(request) or {}).items():
                if name not in KNOBS or not isinstance(value, int | float) or not 0 <= value <= 1e9:
                    return refusal(
                        f"Turn one of {', '.join(KNOBS)} to a number from 0 to 1e9; {name!r} was not turned."
                    )
                turn(world, name, float(value))
        return JSONResponse({"ok": True, "knobs": shown(world)})

    return knobs


def _stream(world: World) -> Answer:
    async def events() -> AsyncIterator[bytes]:
        yield b": welcome\n\n"
        async for news in world.bus.listen():
            yield b": still here\n\n" if news is None else b"data: " + orjson.dumps(news) + b"\n\n"

    async def stream(request: Request) -> Response:
        return StreamingResponse(events(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    return stream
