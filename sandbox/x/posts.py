"""Posts on X: create one, delete one. What X accepts goes to the ledger before the answer is chosen."""

import hashlib
import unicodedata
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.knobs import knob
from sandbox.world import World
from sandbox.x.access import Call, Door, endpoint
from sandbox.x.accounts import snowflake
from sandbox.x.counting import CASHTAG, LIMIT, links, weighted_length
from sandbox.x.media import usable
from sandbox.x.refusals import refused
from sandbox.x.schema import Draft, read_draft
from sandbox.x.view import shortened

POSTS = "x.posts"
NOT_SELF_SERVE = (
    "quote_tweet_id",
    "community_id",
    "card_uri",
    "nullcast",
    "edit_options",
    "for_super_followers_only",
    "direct_message_deep_link",
)


def routes(world: World) -> list[BaseRoute]:
    """POST /2/tweets and DELETE /2/tweets/{id}."""
    write = ("tweet.read", "tweet.write", "users.read")
    return [
        Route("/x/2/tweets", endpoint(world, Door("x.posts", "create", write), _create), methods=["POST"]),
        Route("/x/2/tweets/{id}", endpoint(world, Door("x.delete", "delete", write), _delete), methods=["DELETE"]),
    ]


def standing(world: World, user: str) -> list[dict[str, Any]]:
    """The user's posts that are not deleted, newest first."""
    return [post for post in reversed(world.state.all(POSTS)) if post["user"] == user and not post["deleted"]]


async def _create(call: Call) -> Response:
    world, draft = call.world, read_draft(call.json())
    if knob(world, "x.low_credits"):
        raise refused("no_credits")
    _check_rights(call, draft)
    _check_content(call, draft)
    post = _post(call, draft)
    if not knob(world, "x.takes_duplicates") and any(_same(post, other) for other in standing(world, call.user)):
        raise refused("duplicate")
    world.ledger.accept("x", "post", call.user, post["id"], draft.asked)
    world.state.put(POSTS, post["id"], post)
    world.bus.publish({"type": "x.post", "id": post["id"]})
    text, _ = shortened(world, post)
    return JSONResponse({"data": {"id": post["id"], "text": text, "edit_history_post_ids": [post["id"]]}}, 201)


async def _delete(call: Call) -> Response:
    world, post_id = call.world, call.request.path_params["id"]
    post = world.state.get(POSTS, post_id)
    if post is None:
        raise refused("not_found", what="tweet", value=post_id)
    if post["user"] != call.user:
        raise refused("not_yours")
    if not post["deleted"]:
        world.ledger.accept("x", "delete", call.user, post_id, {})
        world.state.put(POSTS, post_id, {**post, "deleted": True})
        world.bus.publish({"type": "x.delete", "id": post_id})
    return JSONResponse({"data": {"deleted": True}})


def _check_rights(call: Call, draft: Draft) -> None:
    if any(draft.asked.get(name) for name in NOT_SELF_SERVE):
        raise refused("not_permitted")
    if draft.reply_to is not None:
        parent = call.world.state.get(POSTS, draft.reply_to)
        if parent is None or parent["user"] != call.user or parent["deleted"]:
            raise refused("reply_not_permitted")


def _check_content(call: Call, draft: Draft) -> None:
    if weighted_length(draft.text) > LIMIT:
        raise refused("too_long")
    if len(CASHTAG.findall(draft.text)) > 1:
        raise refused("cashtags")
    media = [usable(call.world, call.user, media_id) for media_id in draft.media_ids]
    if any(one is None for one in media):
        raise refused("bad_media")
    if len(media) > 1 and any(one is not None and one["category"] != "tweet_image" for one in media):
        raise refused("mixed_media")


def _post(call: Call, draft: Draft) -> dict[str, Any]:
    world, text = call.world, unicodedata.normalize("NFC", draft.text)
    post_id = snowflake(world)
    parent = world.state.get(POSTS, draft.reply_to) if draft.reply_to else None
    return {
        "id": post_id,
        "user": call.user,
        "text": text,
        "links": [
            {"start": link.start, "end": link.end, "address": link.address, "short": _short(post_id, link.address)}
            for link in links(text)
        ],
        "media": list(draft.media_ids),
        "reply_to": draft.reply_to,
        "conversation": (parent["conversation"] or parent["id"]) if parent else None,
        "at": world.now(),
        "deleted": False,
    }


def _same(post: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(post[name] == other[name] for name in ("text", "media", "reply_to"))


def _short(post_id: str, address: str) -> str:
    return "https://t.co/" + hashlib.sha256(f"{post_id} {address}".encode()).hexdigest()[:10]
