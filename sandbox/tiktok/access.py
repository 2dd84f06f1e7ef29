"""The door of every TikTok endpoint: token, scope, the creator's minute, faults, and the envelope of all answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.faults import answer
from sandbox.refusals import Refused
from sandbox.tiktok.oauth import ACCESS
from sandbox.tiktok.refusals import log_id, refused
from sandbox.world import World

MINUTE = 60.0
# Calls in a sliding minute. The facts say "per user token"; counted per creator and, for the three ways to start a
# post, together, which is the stricter reading. cancel and display: unverified.
LIMITS = {"init": 6, "status": 30, "creator_info": 20, "cancel": 30, "list": 600, "query": 600, "user": 600}


@dataclass(frozen=True)
class Door:
    """What one endpoint asks for. `target` names it for faults; `wrong` is the row for a body that makes no sense."""

    target: str
    limit: str
    scope: str | None = None
    wrong: str = "invalid_param"


@dataclass(frozen=True)
class Call:
    """One admitted call, its body read."""

    world: World
    request: Request
    door: Door
    open_id: str
    scopes: frozenset[str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The JSON object of the body. Raises Refused."""
        kind = self.request.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind != "application/json":
            raise self.wrong("Content-Type must be application/json; charset=UTF-8")
        try:
            content = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise self.wrong("no valid JSON") from None
        if not isinstance(content, dict):
            raise self.wrong("no JSON object")
        return content

    def wrong(self, reason: str) -> Refused:
        """The refusal of a body that makes no sense."""
        return refused(self.door.wrong, reason=reason)

    def demand(self, scope: str) -> None:
        """Raises Refused unless the person granted the scope."""
        if scope not in self.scopes:
            raise refused("scope_not_authorized")


Act = Callable[[Call], Awaitable[Response]]


def good(data: dict[str, Any]) -> Response:
    """The envelope of success."""
    return JSONResponse({"data": data, "error": {"code": "ok", "message": "", "log_id": log_id()}})


def endpoint(world: World, door: Door, act: Act) -> Callable[[Request], Awaitable[Response]]:
    """The request handler: admits the call, plays the armed fault, turns refusals into TikTok's answers."""

    async def handle(request: Request) -> Response:
        try:
            call = await _admit(world, door, request)
        except Refused as refusal:
            return refusal.response()

        async def accept() -> Response:
            try:
                return await act(call)
            except Refused as refusal:
                return refusal.response()

        return await answer(world, door.target, accept)

    return handle


async def _admit(world: World, door: Door, request: Request) -> Call:
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    stored = world.state.get(ACCESS, bearer.strip())
    if scheme.lower() != "bearer" or stored is None or stored["expires"] < world.now():
        raise refused("access_token_invalid")
    call = Call(world, request, door, stored["open_id"], frozenset(stored["scope"].split(",")), await request.body())
    if door.scope is not None:
        call.demand(door.scope)
    if not _count(world, door.limit, call.open_id):
        raise refused("rate_limit_exceeded")
    return call


def _count(world: World, limit: str, open_id: str) -> bool:
    """Count the call in the creator's sliding minute; False when it is one too many (which is not counted)."""
    key, now = f"{limit}:{open_id}", world.now()
    stored = world.state.get("tiktok.minutes", key) or {"times": []}
    times = [at for at in stored["times"] if at > now - MINUTE]
    if len(times) >= LIMITS[limit]:
        return False
    world.state.put("tiktok.minutes", key, {"times": [*times, now]})
    return True
