"""Comments under posts on LinkedIn: an author's own first one. LinkedIn keeps them under the post's activity."""

from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.linkedin.access import Call, Door, endpoint
from sandbox.linkedin.accounts import ORGANIZATION, PERSON, may_act_as
from sandbox.linkedin.posts import KINDS, POSTS, WRITE
from sandbox.linkedin.refusals import refused
from sandbox.world import World

COMMENTS = "linkedin.comments"
LONGEST = 1250  # characters
MINUTE, A_MINUTE = 60, 10  # comments of one member in any minute; LinkedIn names no number
REQUIRED, KNOWN = ("actor", "message"), frozenset(("actor", "object", "message", "parentComment", "content"))
Document = dict[str, Any]


def routes(world: World) -> list[BaseRoute]:
    """Everything under /rest/socialActions/{post}/comments."""
    path = "/linkedin/rest/socialActions/{urn}/comments"

    def at(target: str, act: Any, scopes: tuple[str, ...], counted: bool = False) -> Any:
        return endpoint(world, Door(target, scopes, counted=counted), act)

    reading = ("r_organization_social", *WRITE)
    return [
        Route(path, at("linkedin.comments", _create, WRITE, True), methods=["POST"]),
        Route(path, at("linkedin.comment_list", _list, reading), methods=["GET"]),
        Route(path + "/{id}", at("linkedin.comment_delete", _delete, WRITE), methods=["DELETE"]),
    ]


def under(world: World, urn: str) -> list[Document]:
    """The comments under a post that stands, oldest first."""
    post = world.state.get(POSTS, urn)
    if post is None or post["deleted"]:
        return []
    return [one for one in world.state.all(COMMENTS) if one["post"] == urn and not one["deleted"]]


async def _create(call: Call) -> Response:
    world, body = call.world, call.json()
    post = _post(call)
    actor, text = _read(call, body, post)
    now = world.now()
    lately = [one for one in world.state.all(COMMENTS) if one["sub"] == call.sub and one["at"] > now - MINUTE]
    if len(lately) >= A_MINUTE:
        raise refused("comment_throttled")
    number = str(7_400_000_000_000_000_000 + int(now * 1000) * 1000 + world.state.next(COMMENTS) % 1000)
    comment = {
        "id": number,
        "post": post["urn"],
        "sub": call.sub,
        "actor": actor,
        "text": text,
        "at": now,
        "deleted": False,
    }
    world.ledger.accept("linkedin", "comment", actor, number, {"post": post["urn"], "text": text})
    world.state.put(COMMENTS, number, comment)
    world.bus.publish({"type": "linkedin.comment", "id": number})
    return JSONResponse(_shown(comment), status_code=201, headers={"x-restli-id": number, "x-linkedin-id": number})


def _read(call: Call, body: Document, post: Document) -> tuple[str, str]:
    """Who speaks, and the words. Raises Refused."""
    for name in REQUIRED:
        if name not in body:
            raise refused("missing_field", name=name)
    for name in body:
        if name not in KNOWN:
            raise refused("unknown_field", name=name)
    actor, about, message = str(body["actor"]), body.get("object"), body["message"]
    if about is not None and about not in (post["urn"], _activity(post["urn"])):
        raise refused("other_thread", value=str(about), thread=_activity(post["urn"]))
    text = message.get("text") if isinstance(message, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise refused("bad_value", name="message/text", reason="must not be empty")
    if len(text) > LONGEST:
        raise refused("comment_too_long")
    needed = "w_organization_social" if actor.startswith(ORGANIZATION) else "w_member_social"
    if needed not in call.scopes:
        raise refused("missing_scope", what="socialActions/comments.CREATE")
    if not may_act_as(call.sub, actor):
        raise refused("foreign_author", value=actor)
    return actor, text


async def _list(call: Call) -> Response:
    post = _post(call)
    if post["author"].startswith(PERSON):
        raise refused("members_comments")
    if "r_organization_social" not in call.scopes:
        raise refused("missing_scope", what="socialActions/comments.GET_ALL")
    if not may_act_as(call.sub, post["author"]):
        raise refused("not_yours", value=post["urn"])
    query = call.request.query_params
    count, start = query.get("count", "10"), query.get("start", "0")
    if not count.isdecimal() or not 1 <= int(count) <= 100:
        raise refused("bad_parameter", name="count", value=count)
    if not start.isdecimal():
        raise refused("bad_parameter", name="start", value=start)
    found = under(call.world, post["urn"])
    page = found[int(start) : int(start) + int(count)]
    paging = {"start": int(start), "count": int(count), "total": len(found), "links": []}
    return JSONResponse({"paging": paging, "elements": [_shown(one) for one in page]})


async def _delete(call: Call) -> Response:
    """204 by the author; `actor` names whose comment it is."""
    post, number = _post(call), call.request.path_params["id"]
    comment = next((one for one in under(call.world, post["urn"]) if one["id"] == number), None)
    if comment is None:
        raise refused("not_found", value=number)
    actor = call.request.query_params.get("actor", call.member)
    if actor != comment["actor"] or not may_act_as(call.sub, actor):
        raise refused("not_yours", value=number)
    call.world.ledger.accept("linkedin", "uncomment", actor, number, {"post": post["urn"]})
    call.world.state.put(COMMENTS, number, {**comment, "deleted": True})
    call.world.bus.publish({"type": "linkedin.comment", "id": number})
    return Response(status_code=204)


def _post(call: Call) -> Document:
    """The post in the path. Raises Refused."""
    urn: str = call.request.path_params["urn"]
    if not urn.startswith(KINDS):
        raise refused("bad_urn", value=urn)
    post = call.world.state.get(POSTS, urn)
    if post is None or post["deleted"]:
        raise refused("not_found", value=urn)
    return post


def _activity(urn: str) -> str:
    """The activity of a post has a number of its own."""
    return f"urn:li:activity:{int(urn.rpartition(':')[2]) + 1}"


def _shown(comment: Document) -> Document:
    activity, at = _activity(comment["post"]), {"actor": comment["actor"], "time": int(comment["at"] * 1000)}
    urn = f"urn:li:comment:({activity},{comment['id']})"
    return {
        "id": comment["id"],
        "$URN": urn,
        "commentUrn": urn,
        "actor": comment["actor"],
        "object": activity,
        "message": {"attributes": [], "text": comment["text"]},
        "created": at,
        "lastModified": at,
    }
