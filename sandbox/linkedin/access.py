"""The door of every LinkedIn endpoint: headers, token, scope, the day's quota, faults."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from sandbox.faults import answer
from sandbox.linkedin.accounts import PERSON
from sandbox.linkedin.oauth import ACCESS
from sandbox.linkedin.refusals import refused
from sandbox.refusals import Refused
from sandbox.settings import LINKEDIN_VERSION
from sandbox.world import World

DAILY = 150  # requests of one member on one UTC day that create something
VERSIONS_LIVE = 12  # months


@dataclass(frozen=True)
class Door:
    """What one endpoint asks for. Any one of `scopes` opens it; `counted` calls use up the member's day."""

    target: str
    scopes: tuple[str, ...] = ()
    versioned: bool = True
    counted: bool = False


@dataclass(frozen=True)
class Call:
    """One admitted call, its body read."""

    world: World
    request: Request
    sub: str
    scopes: frozenset[str]
    body: bytes

    @property
    def member(self) -> str:
        """The URN of the member whose token it is."""
        return PERSON + self.sub

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
    """The request handler: admits the call, plays the armed fault, turns refusals into LinkedIn's answers."""

    async def handle(request: Request) -> Response:
        uid = {"x-li-uuid": uuid.uuid4().hex, "x-restli-protocol-version": "2.0.0"}
        try:
            call = await _admit(world, door, request)
        except Refused as refusal:
            return refusal.response(**uid)

        async def accept() -> Response:
            try:
                return await act(call)
            except Refused as refusal:
                return refusal.response()

        response = await answer(world, door.target, accept)
        for name, value in uid.items():
            response.headers.setdefault(name, value)
        return response

    return handle


async def _admit(world: World, door: Door, request: Request) -> Call:
    stored = _token(world, request)
    if door.versioned:
        _check_headers(request)
    scopes = frozenset(stored["scope"].split())
    if door.scopes and not scopes.intersection(door.scopes):
        raise refused("missing_scope", what=door.target)
    if door.counted and not _count(world, stored["sub"]):
        raise refused("throttled")
    return Call(world, request, stored["sub"], scopes, await request.body())


def _token(world: World, request: Request) -> dict[str, Any]:
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not bearer:
        raise refused("empty_token")
    stored = world.state.get(ACCESS, bearer.strip())
    if stored is None:
        raise refused("invalid_token")
    if stored["revoked"]:
        raise refused("revoked_token")
    if stored["expires"] < world.now():
        raise refused("expired_token")
    return stored


def _check_headers(request: Request) -> None:
    version = request.headers.get("linkedin-version")
    if version is None:
        raise refused("version_missing")
    if version not in live_versions():
        raise refused("nonexistent_version", value=version)
    if request.headers.get("x-restli-protocol-version") != "2.0.0":
        raise refused("protocol_version")


def live_versions() -> tuple[str, ...]:
    """The twelve months up to the newest one that the twin knows, newest first."""
    year, month = int(LINKEDIN_VERSION[:4]), int(LINKEDIN_VERSION[4:])
    months = [year * 12 + month - 1 - back for back in range(VERSIONS_LIVE)]
    return tuple(f"{number // 12}{number % 12 + 1:02d}" for number in months)


def _count(world: World, sub: str) -> bool:
    """Count the call on the member's day, which ends at 00:00 UTC; False when it is one too many."""
    day = datetime.fromtimestamp(world.now(), UTC).date().isoformat()
    used = world.state.get("linkedin.days", sub)
    number = (used["number"] if used is not None and used["day"] == day else 0) + 1
    world.state.put("linkedin.days", sub, {"day": day, "number": number})
    return bool(number <= DAILY)
