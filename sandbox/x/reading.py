"""Reading on X: who am I, an author's timeline, posts by id with their metrics."""

from datetime import datetime
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.knobs import knob
from sandbox.world import World
from sandbox.x.access import Call, Door, endpoint
from sandbox.x.accounts import BY_ID
from sandbox.x.posts import POSTS, standing
from sandbox.x.refusals import refused
from sandbox.x.view import FIELDS, media_of, shown

SHARED = ("post.fields", "tweet.fields", "expansions", "media.fields", "user.fields", "poll.fields", "place.fields")
BY_IDS = ("ids", *SHARED)
TIMELINE = ("since_id", "until_id", "start_time", "end_time", "max_results", "pagination_token", "exclude", *SHARED)
DEEPEST = 3200  # posts that a timeline reaches back


def routes(world: World) -> list[BaseRoute]:
    """The four reads."""
    read = ("tweet.read", "users.read")
    lookup = Door("x.lookup", "lookup", read, legacy=True)
    return [
        Route("/x/2/users/me", endpoint(world, Door("x.me", "me", read, legacy=True), _me)),
        Route("/x/2/users/{id}/tweets", endpoint(world, Door("x.timeline", "timeline", read, legacy=True), _timeline)),
        Route("/x/2/tweets", endpoint(world, lookup, _by_ids), methods=["GET"]),
        Route("/x/2/tweets/{id}", endpoint(world, lookup, _by_id), methods=["GET"]),
    ]


async def _me(call: Call) -> Response:
    _only(call, ("user.fields", "expansions", *SHARED))
    account = BY_ID[call.user]
    extra = {
        "created_at": account.created_at,
        "verified": False,
        "public_metrics": {
            "followers_count": 482,
            "following_count": 61,
            "tweet_count": len(standing(call.world, call.user)),
        },
    }
    asked = _list(call, "user.fields")
    return JSONResponse({"data": {**account.public(), **{name: extra[name] for name in asked if name in extra}}})


async def _timeline(call: Call) -> Response:
    _only(call, TIMELINE)
    query, world, user = call.request.query_params, call.world, call.request.path_params["id"]
    if user not in BY_ID:
        raise refused("not_found", what="user", value=user)
    most = _number(call, "max_results", 10, 5, 100)
    visible_until = world.now() - knob(world, "x.listing_lag")
    since, until = _number(call, "since_id", 0, 0, 2**63), _number(call, "until_id", 2**63, 1, 2**63)
    start, end = _moment(call, "start_time", 0.0), _moment(call, "end_time", visible_until)
    found = [
        post
        for post in standing(world, user)[:DEEPEST]
        if since < int(post["id"]) < until and start <= post["at"] <= min(end, visible_until)
    ]
    if "replies" in query.get("exclude", "").split(","):
        found = [post for post in found if not post["reply_to"]]
    skip = _skip(call)
    page = found[skip : skip + most]
    meta: dict[str, Any] = {"result_count": len(page)}
    if page:
        meta |= {"newest_id": page[0]["id"], "oldest_id": page[-1]["id"]}
    if skip + most < len(found):
        meta["next_token"] = f"sandboxpage{skip + most}"
    body = _answer(call, page)
    if not page:
        body.pop("data", None)
    return JSONResponse({**body, "meta": meta})


async def _by_ids(call: Call) -> Response:
    _only(call, BY_IDS)
    ids = _list(call, "ids")
    if not 1 <= len(ids) <= 100 or not all(one.isdecimal() for one in ids):
        raise refused("bad_parameter", name="ids", value=",".join(ids))
    found = [post for one in ids if (post := _visible(call.world, one)) is not None]
    body = _answer(call, found)
    known = {post["id"] for post in found}
    errors = [*body.get("errors", []), *(_missing(one) for one in ids if one not in known)]
    if errors:
        body["errors"] = errors
    if not found:
        body.pop("data", None)
    return JSONResponse(body)


async def _by_id(call: Call) -> Response:
    _only(call, SHARED)
    post_id = call.request.path_params["id"]
    post = _visible(call.world, post_id)
    if post is None:
        return JSONResponse({"errors": [_missing(post_id)]})
    body = _answer(call, [post])
    return JSONResponse({**body, "data": body["data"][0]})


def _visible(world: World, post_id: str) -> dict[str, Any] | None:
    post = world.state.get(POSTS, post_id)
    return None if post is None or post["deleted"] else post


def _answer(call: Call, posts: list[dict[str, Any]]) -> dict[str, Any]:
    """data, and includes and errors where there are any."""
    fields = set(_list(call, "post.fields") + _list(call, "tweet.fields"))
    if not fields <= FIELDS:
        raise refused("bad_parameter", name="post.fields", value=min(fields - FIELDS))
    expansions = _list(call, "expansions")
    if "attachments.media_keys" in expansions:
        fields.add("attachments")
    pairs = [shown(call.world, post, fields, call.user) for post in posts]
    body: dict[str, Any] = {"data": [body for body, _ in pairs]}
    errors = [error for _, wrong in pairs for error in wrong]
    includes: dict[str, Any] = {}
    if "attachments.media_keys" in expansions:
        includes["media"] = [media for post in posts for media in media_of(call.world, post)]
    if "author_id" in expansions:
        includes["users"] = [BY_ID[user].public() for user in sorted({post["user"] for post in posts})]
    return body | ({"errors": errors} if errors else {}) | ({"includes": includes} if includes else {})


def _only(call: Call, known: tuple[str, ...]) -> None:
    for name in call.request.query_params:
        if name not in known:
            raise refused("unknown_parameter", name=name, value=",".join(known))


def _list(call: Call, name: str) -> list[str]:
    return [part for part in call.request.query_params.get(name, "").split(",") if part]


def _number(call: Call, name: str, default: int, least: int, most: int) -> int:
    value = call.request.query_params.get(name)
    if value is None:
        return default
    if not value.isdecimal() or not least <= int(value) <= most:
        raise refused("bad_parameter", name=name, value=value)
    return int(value)


def _moment(call: Call, name: str, default: float) -> float:
    value = call.request.query_params.get(name)
    if value is None:
        return default
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise refused("bad_parameter", name=name, value=value) from None
    if moment.tzinfo is None:
        raise refused("bad_parameter", name=name, value=value)
    return moment.timestamp()


def _skip(call: Call) -> int:
    value = call.request.query_params.get("pagination_token")
    if value is None:
        return 0
    number = value.removeprefix("sandboxpage")
    if not number.isdecimal():
        raise refused("bad_parameter", name="pagination_token", value=value)
    return int(number)


def _missing(post_id: str) -> dict[str, Any]:
    return {
        "value": post_id,
        "detail": f"Could not find tweet with ids: [{post_id}].",
        "title": "Not Found Error",
        "resource_type": "tweet",
        "parameter": "ids",
        "resource_id": post_id,
        "type": "https://api.x.com/2/problems/resource-not-found",
    }
