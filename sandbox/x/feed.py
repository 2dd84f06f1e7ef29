"""The timeline of X as its readers see it, for the page."""

from typing import Any

from sandbox.world import World
from sandbox.x.accounts import BY_ID
from sandbox.x.media import MEDIA
from sandbox.x.posts import POSTS
from sandbox.x.view import shown

METRICS = {"public_metrics", "non_public_metrics"}


def feed(world: World) -> list[dict[str, Any]]:
    """Every post in the common shape of feeds (see README.md), deleted ones marked."""
    return [_shown(world, post) for post in world.state.all(POSTS)]


def _shown(world: World, post: dict[str, Any]) -> dict[str, Any]:
    account = BY_ID[post["user"]]
    body, _ = shown(world, post, METRICS, post["user"])
    public, private = body["public_metrics"], body.get("non_public_metrics", {})
    return {
        "platform": "x",
        "id": post["id"],
        "account": account.username,
        "account_name": account.name,
        "text": post["text"],
        "answers": post["reply_to"],
        "media": [
            {"url": f"{world.config.base_url}/x/files/{one}", "alt": media["alt"], "type": media["media_type"]}
            for one in post["media"]
            if (media := world.state.get(MEDIA, one)) is not None
        ],
        "created_at": post["at"],
        "url": f"{world.config.base_url}/x/{account.username}/status/{post['id']}",
        "deleted": post["deleted"],
        "metrics": {
            "impressions": public["impression_count"],
            "likes": public["like_count"],
            "replies": public["reply_count"],
            "reposts": public["retweet_count"],
            "clicks": private.get("url_link_clicks"),
        },
    }
