"""What an audience did with a post on TikTok."""

from typing import Any

from sandbox.metrics import reach
from sandbox.world import World

LAG = 300.0  # seconds of audience by which the counters are behind; TikTok does not say how long it takes


def figures_of(world: World, publish: dict[str, Any]) -> dict[str, int]:
    """view, like, comment and share counts; 0 as long as TikTok has counted nothing (it knows no null)."""
    now = reach(world, str(publish["post_id"]), publish["seen_at"], LAG)
    return {
        "view_count": now.impressions or 0,
        "like_count": now.likes or 0,
        "comment_count": now.replies or 0,
        "share_count": now.reposts or 0,
    }
