"""The Graph: one host where an id tells what it is, and every twin brings its kinds of ids and their edges."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.meta import login, me, oauth, upload_host
from sandbox.meta.access import VERSION, Act, Door, Place, admitted, standing_headers
from sandbox.meta.parameters import read_body
from sandbox.meta.refusals import refused
from sandbox.refusals import Refused
from sandbox.world import World

VERSIONS = ("v25.0", VERSION)
METHODS = ["GET", "POST", "DELETE"]


@dataclass(frozen=True)
class Edge:
    """What a node of one kind can be asked: `edge` is the last part of the path, empty for the node itself."""

    method: str
    kind: str
    edge: str
    door: Door
    act: Act


@dataclass(frozen=True)
class Twin:
    """One platform on the host. `locate` says what an id is and to which Page it belongs, or None: not this twin's.

    A deleted object is located no more.
    """

    locate: Callable[[World, str], Place | None]
    edges: tuple[Edge, ...]


def routes(world: World, twins: Sequence[Twin]) -> list[BaseRoute]:
    """Everything under /facebook: login, uploads, and the Graph with the edges of all twins."""
    own = Twin(me.locate, tuple(Edge(*row) for row in me.EDGES))
    graph = _graph(world, (own, *twins))
    return [
        *login.routes(world),
        *oauth.routes(world),
        *upload_host.routes(world),
        Route("/facebook/v{version}/{path:path}", graph, methods=METHODS),
        Route("/facebook/graph-video/v{version}/{path:path}", graph, methods=METHODS),
    ]


def _graph(world: World, twins: Sequence[Twin]) -> Callable[[Request], Awaitable[Response]]:
    table = {(edge.method, edge.kind, edge.edge): edge for twin in twins for edge in twin.edges}
    kinds = {(kind, edge) for _, kind, edge in table}

    async def handle(request: Request) -> Response:
        try:
            _check_version(request)
            body = await read_body(request)
            method = _method(request, body[0])
            place, name = _place(world, twins, request.path_params["path"], method)
            edge = table.get((method, place.kind, name))
            if edge is None and (place.kind, name) not in kinds:
                raise refused("unknown_edge", name=name or "id", kind=place.kind.title().replace("_", ""))
            if edge is None:
                raise refused("missing_object", method=method.lower(), id=place.node)
        except Refused as refusal:
            return refusal.response(**standing_headers())
        return await admitted(world, edge.door, edge.act, request, place, body)

    return handle


def _method(request: Request, params: dict[str, str]) -> str:
    """The verb; a POST may say `method=delete`, as the oldest clients do."""
    asked = params.get("method", "").upper()
    return asked if request.method == "POST" and asked in METHODS else request.method


def _check_version(request: Request) -> None:
    if "v" + request.path_params["version"] not in VERSIONS:
        raise refused("bad_version")


def _place(world: World, twins: Sequence[Twin], path: str, method: str) -> tuple[Place, str]:
    node, _, edge = path.strip("/").partition("/")
    if not node or "/" in edge:
        raise refused("unknown_path", path="/" + path)
    for twin in twins:
        place = twin.locate(world, node)
        if place is not None:
            return replace(place, method=method.lower()), edge
    raise refused("missing_object", method=method.lower(), id=node)
