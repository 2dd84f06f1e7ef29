"""The feed of LinkedIn as its readers see it, for the page."""

from typing import Any

from sandbox.linkedin.accounts import NAMES
from sandbox.linkedin.commentary import plain
from sandbox.linkedin.comments import under
from sandbox.linkedin.media import MEDIA
from sandbox.linkedin.posts import POSTS
from sandbox.linkedin.reading import LAG
from sandbox.metrics import reach
from sandbox.world import World


def feed(world: World) -> list[dict[str, Any]]:
    """Every post in the common shape of feeds (see README.md), deleted ones marked."""
    return [_shown(world, post) for post in world.state.all(POSTS)]


def _shown(world: World, post: dict[str, Any]) -> dict[str, Any]:
    now = reach(world, post["urn"], post["at"], LAG)
    return {
        "platform": "linkedin",
        "id": post["urn"],
        "account": post["author"],
        "account_name": NAMES.get(post["author"], post["author"]),
        "text": plain(post["commentary"]),
        "media": [
            {"url": f"{world.config.base_url}/linkedin/files/{urn}", "alt": alt, "type": stored["type"]}
            for urn, alt in post.get("media", ())
            if (stored := world.state.get(MEDIA, urn)) is not None
        ],
        "created_at": post["at"],
        "url": f"{world.config.base_url}/linkedin/feed/update/{post['urn']}/",
        "deleted": post["deleted"],
        "comments": [one["text"] for one in under(world, post["urn"])],
        "metrics": {
            "impressions": now.impressions,
            "likes": now.likes,
            "replies": now.replies,
            "reposts": now.reposts,
            "clicks": now.clicks,
        },
    }
