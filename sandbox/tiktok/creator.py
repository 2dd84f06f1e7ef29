"""What TikTok tells about a creator before each post, and who the creator is (creator_info, user/info)."""

from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.knobs import knob
from sandbox.tiktok.access import Call, Door, endpoint, good
from sandbox.tiktok.accounts import BY_OPEN_ID
from sandbox.tiktok.figures import figures_of
from sandbox.tiktok.publishes import PUBLISHES, is_public, posting_refusal
from sandbox.tiktok.refusals import refused
from sandbox.world import World

PUBLIC = ("PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY")
PRIVATE = ("FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY")
# creator_info says with status 200 why nothing can be posted now
ROWS = {
    "spam_risk_too_many_posts": "creator_too_many_posts",
    "spam_risk_user_banned_from_posting": "creator_banned",
    "reached_active_user_cap": "creator_over_cap",
}
FIELDS = {
    "user.info.basic": ("open_id", "union_id", "avatar_url", "avatar_url_100", "avatar_large_url", "display_name"),
    "user.info.profile": ("bio_description", "profile_deep_link", "is_verified", "username"),
    "user.info.stats": ("follower_count", "following_count", "likes_count", "video_count"),
}


def routes(world: World) -> list[BaseRoute]:
    """POST creator_info/query and GET user/info."""
    creator = Door("tiktok.creator_info", "creator_info", "video.publish")
    user = Door("tiktok.user", "user", wrong="invalid_params")
    return [
        Route("/tiktok/v2/post/publish/creator_info/query/", endpoint(world, creator, _creator), methods=["POST"]),
        Route("/tiktok/v2/user/info/", endpoint(world, user, _user), methods=["GET"]),
    ]


def options(world: World) -> tuple[str, ...]:
    """The privacy levels that a creator may choose from; a private account has no public posts."""
    return PRIVATE if knob(world, "tiktok.private_account") else PUBLIC


async def _creator(call: Call) -> Response:
    world, creator = call.world, BY_OPEN_ID[call.open_id]
    code = posting_refusal(world, call.open_id)
    if code is not None:
        raise refused(ROWS[code])
    closed = bool(knob(world, "tiktok.interactions_off"))
    private = bool(knob(world, "tiktok.private_account"))
    return good(
        {
            "creator_avatar_url": avatar(world, creator.username),
            "creator_username": creator.username,
            "creator_nickname": creator.nickname,
            "privacy_level_options": list(options(world)),
            "comment_disabled": closed,
            "duet_disabled": closed or private,  # nobody can join in with what few can see
            "stitch_disabled": closed or private,
            "max_video_post_duration_sec": int(knob(world, "tiktok.max_duration")),
        }
    )


async def _user(call: Call) -> Response:
    asked = [name for name in call.request.query_params.get("fields", "").split(",") if name]
    scope_of = {name: scope for scope, names in FIELDS.items() for name in names}
    unknown = [name for name in asked if name not in scope_of]
    if not asked or unknown:
        raise call.wrong(f"fields: {unknown[0]} is not known" if unknown else "fields is missing")
    for name in asked:
        call.demand(scope_of[name])
    known = _profile(call.world, call.open_id)
    return good({"user": {name: known[name] for name in asked}})


def _profile(world: World, open_id: str) -> dict[str, Any]:
    creator = BY_OPEN_ID[open_id]
    shown = [one for one in world.state.all(PUBLISHES) if one["open_id"] == open_id and is_public(world, one)]
    picture = avatar(world, creator.username)
    return {
        "open_id": open_id,
        "union_id": creator.union_id,
        "avatar_url": picture,
        "avatar_url_100": picture,
        "avatar_large_url": picture,
        "display_name": creator.nickname,
        "bio_description": creator.biography,
        "profile_deep_link": f"{world.config.base_url}/tiktok/@{creator.username}",
        "is_verified": False,
        "username": creator.username,
        "follower_count": 482,
        "following_count": 61,
        "likes_count": sum(figures_of(world, one).get("like_count", 0) for one in shown),
        "video_count": len(shown),
    }


def avatar(world: World, username: str) -> str:
    """Where the creator's picture lies."""
    return f"{world.config.base_url}/tiktok/avatars/{username}.svg"
