"""The door of every X endpoint: token, scope, rate limit, faults, and the headers that all answers carry."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from sandbox.faults import answer
from sandbox.refusals import Refused
from sandbox.world import World
from sandbox.x.oauth import ACCESS
from sandbox.x.refusals import refused

WINDOW = 900  # seconds
# Calls in 15 minutes for one user (facts of 2026-08; uploads and status have their own)
LIMITS = {
    "create": 100,
    "delete": 50,
    "lookup": 900,
    "timeline": 900,
    "me": 75,
    "upload": 1875,
    "one_shot": 500,
    "status": 1000,
    "metadata": 500,
}


@dataclass(frozen=True)
class Door:
    """What one endpoint asks for. `target` names it for faults; `legacy` answers 429 in the older form."""

    target: str
    limit: str
    scopes: tuple[str, ...]
    legacy: bool = False


@dataclass(frozen=True)
class Call:
    """One admitted call, its body read."""

    world: World
    request: Request
    user: str
    scopes: frozenset[str]
    body: bytes
    form: dict[str, str | bytes] | None  # of a multipart body: fields as text, files as bytes

    def fields(self) -> dict[str, Any]:
        """The fields of the body, multipart or JSON. Raises Refused."""
        return dict(self.form) if self.form is not None else self.json()

    def json(self) -> dict[str, Any]:
        """The JSON object of the body. Raises Refused."""
        try:
            content = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise refused("bad_json") from None
        if not isinstance(content, dict):
            raise refused("bad_json")
        return content


Act = Callable[[Call], Awaitable[Response]]


def endpoint(world: World, door: Door, act: Act) -> Callable[[Request], Awaitable[Response]]:
    """The request handler: admits the call, plays the armed fault, turns refusals into X's answers."""

    async def handle(request: Request) -> Response:
        headers: dict[str, str] = {}
        try:
            call = await _admit(world, door, request, headers)
        except Refused as refusal:
            return refusal.response(**headers)

        async def accept() -> Response:
            try:
                return await act(call)
            except Refused as refusal:
                return refusal.response()

        response = await answer(world, door.target, accept)
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    return handle


async def _admit(world: World, door: Door, request: Request, headers: dict[str, str]) -> Call:
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    stored = world.state.get(ACCESS, bearer.strip())
    if scheme.lower() != "bearer" or stored is None or stored["expires"] < world.now():
        raise refused("unauthorized")
    scopes = frozenset(stored["scope"].split())
    admitted = _count(world, door, stored["user"], headers)
    if not scopes.issuperset(door.scopes):
        raise refused("missing_scope")
    if not admitted:
        raise refused("rate_limited_legacy" if door.legacy else "rate_limited")
    multipart = request.headers.get("content-type", "").startswith("multipart/form-data")
    form = await _multipart(request) if multipart else None
    body = b"" if multipart else await request.body()
    return Call(world, request, stored["user"], scopes, body, form)


async def _multipart(request: Request) -> dict[str, str | bytes]:
    async with request.form(max_part_size=64 * 1024 * 1024) as form:
        return {
            name: await value.read() if isinstance(value, UploadFile) else value for name, value in form.multi_items()
        }


def _count(world: World, door: Door, user: str, headers: dict[str, str]) -> bool:
    """Count the call in the user's window and fill in the x-rate-limit headers; False when it is one too many."""
    key, now, most = f"{door.limit}:{user}", world.now(), LIMITS[door.limit]
    window = world.state.get("x.windows", key)
    if window is None or window["reset"] <= now:
        window = {"used": 0, "reset": int(now) + WINDOW}
    window["used"] += 1
    world.state.put("x.windows", key, window)
    headers["x-rate-limit-limit"] = str(most)
    headers["x-rate-limit-remaining"] = str(max(0, most - window["used"]))
    headers["x-rate-limit-reset"] = str(window["reset"])
    return bool(window["used"] <= most)
