"""The door of every Graph call: token, permission, task, limits, faults, and the headers that all answers carry."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from sandbox.faults import answer
from sandbox.meta.accounts import Page
from sandbox.meta.envelope import trace
from sandbox.meta.parameters import names_in
from sandbox.meta.refusals import refused
from sandbox.meta.tokens import Token, chosen_pages, proof_of, read_token
from sandbox.meta.usage import Window, count
from sandbox.refusals import Refused
from sandbox.world import World

VERSION = "v26.0"


@dataclass(frozen=True)
class Door:
    """What one endpoint asks for. `target` names it for faults; all `permissions` and the `task` are needed.

    `page_token`: the Page's own token is demanded. `any_token`: the application's own will do, too.
    """

    target: str
    permissions: tuple[str, ...] = ()
    task: str | None = None
    page_token: bool = False
    any_token: bool = False


@dataclass(frozen=True)
class Place:
    """Where a call goes: the id in the path, what it is ("page", "instagram", "photo", …), the Page that it belongs to.

    A kind that starts with "instagram" counts against the Instagram account's limit.
    """

    node: str
    kind: str
    page: Page | None = None
    method: str = "get"


@dataclass(frozen=True)
class Call:
    """One admitted call, its parameters read."""

    world: World
    request: Request
    token: Token
    node: str  # the id in the path; "me" is resolved already
    page: Page | None  # the Page that the node is, or belongs to
    params: Mapping[str, str]
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def page_id(self) -> str:
        """The id of the Page behind the node. Raises Refused when the node has none."""
        if self.page is None:
            raise refused("missing_object", method=self.request.method.lower(), id=self.node)
        return self.page.id

    def text(self, name: str, default: str = "") -> str:
        """The parameter as it came, or the default."""
        return self.params.get(name, default)

    def required(self, name: str) -> str:
        """The parameter, which may not be missing or empty. Raises Refused."""
        value = self.params.get(name, "")
        if not value:
            raise refused("missing_parameter", name=name)
        return value

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number within the bounds. Raises Refused."""
        value = self.params.get(name, "")
        if not value:
            return default
        if not value.isascii() or not value.isdecimal() or len(value) > 18 or not least <= int(value) <= most:
            raise refused("bad_parameter", name=name, reason=f"must be an integer from {least} to {most}")
        return int(value)

    def flag(self, name: str, default: bool) -> bool:
        """A boolean, written true, false, 1 or 0. Raises Refused."""
        value = self.params.get(name, "").lower()
        if not value:
            return default
        if value not in ("true", "false", "1", "0"):
            raise refused("bad_parameter", name=name, reason="must be a boolean")
        return value in ("true", "1")

    def json(self, name: str) -> Any:
        """The JSON in a parameter (None when there is none). Raises Refused."""
        value = self.params.get(name, "")
        if not value:
            return None
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            raise refused("bad_parameter", name=name, reason="must be valid JSON") from None

    def fields(self, default: str) -> list[str]:
        """The names in `fields=`, nested braces and modifiers cut off."""
        return names_in(self.params.get("fields") or default)


Act = Callable[[Call], Awaitable[Response]]


async def admitted(
    world: World,
    door: Door,
    act: Act,
    request: Request,
    place: Place,
    body: tuple[dict[str, str], dict[str, bytes]],
) -> Response:
    """Admit the call, play the armed fault, turn refusals into Meta's answers."""
    params, files = body
    headers = standing_headers()
    try:
        token = read_token(world, token_in(request, params))
        _check_proof(world, token, params)
        node = _resolved(token, place.node)
        count(world, _window(world, token, place), headers)
        _check_rights(world, door, token, place)
    except Refused as refusal:
        return refusal.response(**headers)

    async def accept() -> Response:
        try:
            return await act(Call(world, request, token, node, place.page, params, files))
        except Refused as refusal:
            return refusal.response()

    response = await answer(world, door.target, accept)
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    return response


def standing_headers() -> dict[str, str]:
    """What every answer of the Graph carries."""
    return {"facebook-api-version": VERSION, "x-fb-trace-id": trace(), "x-fb-request-id": trace()}


def token_in(request: Request, params: Mapping[str, str]) -> str:
    """The token of the call: in a header (Bearer or OAuth) or as access_token. Raises Refused: no_token."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    value = bearer.strip() if scheme.lower() in ("bearer", "oauth") else params.get("access_token", "")
    if not value:
        raise refused("no_token")
    return value


def _resolved(token: Token, node: str) -> str:
    """The id itself; "me" is the Page of a page token, else the person."""
    if node != "me":
        return node
    return token.page or token.user or "me"


def _window(world: World, token: Token, place: Place) -> Window:
    """The limit that this call counts against."""
    if place.kind.startswith("instagram") and place.page is not None and place.page.instagram is not None:
        return Window("instagram", place.page.instagram)
    if token.page is not None:
        return Window("pages", token.page)
    return Window("application", world.secrets.facebook_client_id)


def _check_rights(world: World, door: Door, token: Token, place: Place) -> None:
    """Raises Refused: page_token, permission, task, missing_object."""
    page = place.page
    if token.user is None and not door.any_token:
        raise refused("page_token")
    if door.page_token and token.page is None:
        raise refused("page_token")
    seen = page is None or token.user is None or page.id in chosen_pages(world, token.user)
    if not seen or (page is not None and token.page not in (None, page.id)):
        raise refused("missing_object", method=place.method, id=place.node)
    for permission in door.permissions:
        if permission not in token.scopes:
            raise refused("permission", what=permission)
    if page is not None and token.user is not None and door.task not in (None, *page.tasks[token.user]):
        raise refused("task", what=str(door.task))


def _check_proof(world: World, token: Token, params: Mapping[str, str]) -> None:
    proof = params.get("appsecret_proof")
    if proof is not None and not hmac.compare_digest(proof.encode(), proof_of(world, token.value).encode()):
        raise refused("bad_proof")
