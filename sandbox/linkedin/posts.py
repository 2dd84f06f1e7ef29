"""Posts on LinkedIn: create, list an organisation's, read one, delete one."""

from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.knobs import knob
from sandbox.linkedin.access import Call, Door, endpoint
from sandbox.linkedin.accounts import ORGANIZATION, PERSON, may_act_as
from sandbox.linkedin.commentary import kept
from sandbox.linkedin.media import usable
from sandbox.linkedin.refusals import refused
from sandbox.linkedin.schema import Draft, read_draft
from sandbox.world import World

POSTS = "linkedin.posts"
WRITE = ("w_member_social", "w_organization_social")
KINDS = ("urn:li:share:", "urn:li:ugcPost:")


def routes(world: World) -> list[BaseRoute]:
    """Everything under /rest/posts."""

    def at(target: str, act: Any, scopes: tuple[str, ...] = (), counted: bool = False) -> Any:
        return endpoint(world, Door(target, scopes, counted=counted), act)

    return [
        Route("/linkedin/rest/posts", at("linkedin.posts", _create, WRITE, True), methods=["POST"]),
        Route("/linkedin/rest/posts", at("linkedin.list", _list), methods=["GET"]),
        Route("/linkedin/rest/posts/{urn}", at("linkedin.get", _read), methods=["GET"]),
        Route("/linkedin/rest/posts/{urn}", at("linkedin.delete", _delete, WRITE), methods=["DELETE"]),
    ]


def standing(world: World, author: str) -> list[dict[str, Any]]:
    """The author's posts that are not deleted, newest first."""
    return [post for post in reversed(world.state.all(POSTS)) if post["author"] == author and not post["deleted"]]


async def _create(call: Call) -> Response:
    world, body = call.world, call.json()
    draft = read_draft(body)
    _check_author(call, draft.author)
    _check_media(call, draft)
    for other in standing(world, draft.author):
        if _same(draft, other) and not knob(world, "linkedin.takes_duplicates"):
            raise refused("duplicate", value=other["urn"])
    post = _post(world, draft)
    world.ledger.accept("linkedin", "post", draft.author, post["urn"], body)
    world.state.put(POSTS, post["urn"], post)
    world.bus.publish({"type": "linkedin.post", "id": post["urn"]})
    return Response(status_code=201, headers={"x-restli-id": post["urn"], "x-linkedin-id": post["urn"]})


async def _list(call: Call) -> Response:
    query = call.request.query_params
    author = query.get("author", "")
    if query.get("q") != "author":
        raise refused("bad_parameter", name="q", value=str(query.get("q")))
    if author.startswith(PERSON):
        raise refused("members_cannot_list")
    if not author.startswith(ORGANIZATION):
        raise refused("bad_urn", value=author)
    _check_reader(call, author)
    count, start = query.get("count", "10"), query.get("start", "0")
    if not count.isdecimal() or not 1 <= int(count) <= 100:
        raise refused("bad_parameter", name="count", value=count)
    if not start.isdecimal():
        raise refused("bad_parameter", name="start", value=start)
    newest = call.world.now() - knob(call.world, "linkedin.listing_lag")
    found = [post for post in standing(call.world, author) if post["at"] <= newest]
    page = found[int(start) : int(start) + int(count)]
    paging = {"start": int(start), "count": int(count), "total": len(found), "links": []}
    return JSONResponse({"paging": paging, "elements": [shown(post) for post in page]})


async def _read(call: Call) -> Response:
    urn = _urn(call)
    post = call.world.state.get(POSTS, urn)
    if post is not None and post["author"].startswith(PERSON):
        raise refused("members_cannot_list")
    if post is None or post["deleted"]:
        raise refused("not_found", value=urn)
    _check_reader(call, post["author"])
    return JSONResponse(shown(post))


async def _delete(call: Call) -> Response:
    """204, and 204 again: deleting is idempotent."""
    world, urn = call.world, _urn(call)
    post = world.state.get(POSTS, urn)
    if post is not None and not may_act_as(call.sub, post["author"]):
        raise refused("not_yours", value=urn)
    if post is not None and not post["deleted"]:
        world.ledger.accept("linkedin", "delete", post["author"], urn, {})
        world.state.put(POSTS, urn, {**post, "deleted": True})
        world.bus.publish({"type": "linkedin.delete", "id": urn})
    return Response(status_code=204)


def shown(post: dict[str, Any]) -> dict[str, Any]:
    """The post as LinkedIn gives it back; the commentary stays in little-text form."""
    moment = int(post["at"] * 1000)
    body: dict[str, Any] = {
        "id": post["urn"],
        "author": post["author"],
        "commentary": post["commentary"],
        "visibility": post["visibility"],
        "lifecycleState": "PUBLISHED",
        "lifecycleStateInfo": {"isEditedByAuthor": False},
        "isReshareDisabledByAuthor": False,
        "distribution": {"feedDistribution": "MAIN_FEED", "thirdPartyDistributionChannels": []},
        "createdAt": moment,
        "publishedAt": moment,
        "lastModifiedAt": moment,
    }
    return body | ({"content": post["content"]} if post["content"] else {})


def _check_author(call: Call, author: str) -> None:
    needed = "w_organization_social" if author.startswith(ORGANIZATION) else "w_member_social"
    if needed not in call.scopes:
        raise refused("missing_scope", what="posts.CREATE")
    if not may_act_as(call.sub, author):
        raise refused("foreign_author", value=author)


def _check_reader(call: Call, organization: str) -> None:
    if "r_organization_social" not in call.scopes:
        raise refused("missing_scope", what="posts.FINDER-author")
    if not may_act_as(call.sub, organization):
        raise refused("not_yours", value=organization)


def _check_media(call: Call, draft: Draft) -> None:
    for urn, _ in draft.media:
        stored = usable(call.world, urn, draft.author)
        if stored is None or ("multiImage" in draft.content and stored["kind"] != "image"):
            raise refused("bad_media", value=urn)


def _post(world: World, draft: Draft) -> dict[str, Any]:
    number = 7_300_000_000_000_000_000 + int(world.now() * 1000) * 1000 + world.state.next("linkedin.posts") % 1000
    moves = any(urn.startswith("urn:li:video:") for urn, _ in draft.media)
    kind = KINDS[1] if len(draft.media) > 1 or moves else KINDS[0]
    return {
        "urn": f"{kind}{number}",
        "author": draft.author,
        "sent": draft.commentary,
        "commentary": kept(draft.commentary),
        "visibility": draft.visibility,
        "content": draft.content,
        "media": [list(one) for one in draft.media],
        "at": world.now(),
        "deleted": False,
    }


def _same(draft: Draft, other: dict[str, Any]) -> bool:
    return bool(draft.commentary == other["sent"] and draft.content == other["content"])


def _urn(call: Call) -> str:
    urn: str = call.request.path_params["urn"]
    if not urn.startswith(KINDS):
        raise refused("bad_urn", value=urn)
    return urn
