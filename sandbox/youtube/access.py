"""The door of every YouTube method: token, scope, the channel's standing, parameters, the project's quota, faults."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from sandbox.faults import answer
from sandbox.knobs import knob
from sandbox.refusals import Refused
from sandbox.world import World
from sandbox.youtube import grants, quota
from sandbox.youtube.accounts import BY_ACCOUNT, Channel
from sandbox.youtube.oauth import ROOT
from sandbox.youtube.refusals import refused

READ = ("youtube.readonly", "youtube.force-ssl", "youtube")
WRITE = ("youtube.force-ssl", "youtube")
UPLOAD = ("youtube.upload", "youtube.force-ssl", "youtube")
TALK = ("youtube.force-ssl",)
COMMON = frozenset(
    (
        "access_token", "alt", "callback", "fields", "key", "oauth_token", "prettyPrint", "quotaUser", "uploadType",
        "upload_protocol", "$.xgafv", "onBehalfOfContentOwner",
    )
)  # fmt: skip
# What knob youtube.trouble answers every call with: things that come from outside and that no request provokes
TROUBLES = (
    "authenticatedUserAccountClosed", "authenticatedUserAccountSuspended", "dailyLimitExceeded", "rateLimitExceeded",
    "userRateLimitExceeded", "internalError", "backendError",
)  # fmt: skip


@dataclass(frozen=True)
class Door:
    """What one method asks for. Any one of `scopes` opens it; a good call costs `cost` of the project's `bucket`."""

    target: str
    scopes: tuple[str, ...]
    cost: int
    parameters: frozenset[str] = frozenset()
    bucket: str = "units"


@dataclass(frozen=True)
class Call:
    """One admitted call. `body` is empty where the endpoint takes its bytes from the stream itself."""

    world: World
    request: Request
    channel: Channel
    body: bytes = b""

    def json(self) -> dict[str, Any]:
        """The JSON object of the body. Raises Refused."""
        return json_object(self.body)

    def parameter(self, name: str, otherwise: str = "") -> str:
        """One query parameter; repeated ones are joined by commas, as Google reads them."""
        return ",".join(self.request.query_params.getlist(name)) or otherwise

    def number(self, name: str, otherwise: int, least: int, most: int) -> int:
        """A whole number in a query parameter. Raises Refused."""
        given = self.parameter(name, str(otherwise))
        if not given.isdecimal() or not least <= int(given[:9]) <= most:
            raise refused("invalidParameter", name=name, value=given)
        return int(given)

    def parts(self, known: frozenset[str]) -> set[str]:
        """The parts that were asked for. Raises Refused."""
        given = {part.strip() for part in self.parameter("part").split(",") if part.strip()}
        if not given:
            raise refused("missingRequiredParameter", name="part")
        if not given <= known:
            raise refused("unknownPart", value=min(given - known))
        return given

    def channel_needed(self) -> Channel:
        """The channel. Raises Refused when the account has none."""
        if not self.channel.id:
            raise refused("youtubeSignupRequired")
        return self.channel


Act = Callable[[Call], Awaitable[Response]]


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object in the bytes. Raises Refused."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise refused("parseError") from None
    if not isinstance(content, dict):
        raise refused("parseError")
    return content


def endpoint(world: World, door: Door, act: Act) -> Callable[[Request], Awaitable[Response]]:
    """The request handler: admits the call, plays the armed fault, turns refusals into Google's answers."""

    async def handle(request: Request) -> Response:
        try:
            channel = admit(world, door, request)
        except Refused as refusal:
            return refusal.response()
        call = Call(world, request, channel, await request.body())
        return await played(world, door, lambda: act(call))

    return handle


async def played(world: World, door: Door, act: Callable[[], Awaitable[Response]]) -> Response:
    """What the call is answered with under the armed fault; a good call is charged in full."""

    async def accept() -> Response:
        try:
            response = await act()
        except Refused as refusal:
            return refusal.response()
        quota.spend(world, door.bucket, max(0, door.cost - 1))
        return response

    return await answer(world, door.target, accept)


def admit(world: World, door: Door, request: Request) -> Channel:
    """Whose call it is, once everything about its envelope is right; one unit is charged. Raises Refused."""
    stored = bearer(world, request)
    granted = {scope.removeprefix(ROOT) for scope in stored["scope"].split()}
    if not granted.intersection(door.scopes):
        raise refused("insufficientPermissions")
    trouble = int(knob(world, "youtube.trouble"))
    if 0 < trouble <= len(TROUBLES):
        raise refused(TROUBLES[trouble - 1])
    if not quota.fits(world, door.bucket, door.cost):
        raise refused(quota.REFUSALS[door.bucket])
    quota.spend(world, door.bucket, min(1, door.cost))
    unknown = request.query_params.keys() - door.parameters - COMMON
    if unknown:
        raise refused("unknown_parameter", name=min(unknown))
    return BY_ACCOUNT[stored["account"]]


def bearer(world: World, request: Request) -> dict[str, Any]:
    """The live access token of the call. Raises Refused."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise refused("authorizationRequired")
    stored = grants.live(world, token.strip())
    if stored is None:
        raise refused("authError")
    return stored
