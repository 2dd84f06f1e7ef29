"""Insights of posts and videos in the names of v26: media views, not impressions; one wrong name fails the call."""

from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.facebook.refusals import refused
from sandbox.facebook.store import POSTS, VIDEOS
from sandbox.facebook.view import LAG
from sandbox.meta import Call, Door, Edge
from sandbox.meta.access import Act
from sandbox.metrics import Reach, reach

Value = int | dict[str, int] | None
Metric = Callable[[Reach], Value]
WATCHED = 7300  # milliseconds, the mean time for which a view lasts


def _part(count: int | None, share: float) -> int | None:
    return None if count is None else int(count * share)


def _by_type(**counts: int | None) -> dict[str, int] | None:
    known = {name: count for name, count in counts.items() if count is not None}
    return known or None


POST: dict[str, tuple[str, Metric]] = {
    "post_media_view": ("Views", lambda now: now.impressions),
    "post_total_media_view_unique": ("Viewers", lambda now: _part(now.impressions, 0.82)),
    "post_clicks": ("Clicks", lambda now: now.clicks),
    "post_clicks_by_type": ("Clicks by type", lambda now: _by_type(**{"link clicks": now.clicks})),
    "post_reactions_by_type_total": ("Reactions", lambda now: _by_type(like=now.likes)),
    "post_reactions_like_total": ("Likes", lambda now: now.likes),
    "post_activity_by_action_type": (
        "Activity",
        lambda now: _by_type(like=now.likes, comment=now.replies, share=now.reposts),
    ),
    "post_video_views": ("Video views", lambda now: _part(now.impressions, 0.4)),
    "post_video_avg_time_watched": ("Average time watched", lambda now: _part(now.impressions and 1, WATCHED)),
    "post_video_view_time": ("Time watched", lambda now: _part(now.impressions, 0.4 * WATCHED)),
}
VIDEO: dict[str, tuple[str, Metric]] = {
    "total_video_views": ("Video views", lambda now: _part(now.impressions, 0.4)),
    "blue_reels_play_count": ("Plays", lambda now: now.impressions),
    "post_video_avg_time_watched": POST["post_video_avg_time_watched"],
    "post_video_view_time": POST["post_video_view_time"],
    "post_video_social_actions": ("Social actions", lambda now: _by_type(COMMENT=now.replies, SHARE=now.reposts)),
    "post_video_likes_by_reaction_type": ("Reactions", lambda now: _by_type(REACTION_LIKE=now.likes)),
}


def _act(known: dict[str, tuple[str, Metric]], edge: str) -> Act:
    async def insights(call: Call) -> Response:
        names = _names(call)
        if not names:
            raise refused("no_metric")
        if any(name not in known for name in names):
            raise refused("bad_metric")
        period = call.text("period", "lifetime")
        if period != "lifetime":
            raise refused("bad_period", value=period)
        now = _reach(call)
        entries = [] if now is None else [_entry(call.node, edge, name, known[name], now) for name in names]
        return JSONResponse({"data": [entry for entry in entries if entry is not None]})

    return insights


def _names(call: Call) -> list[str]:
    """The metrics asked for: separated by commas, or a JSON list as Meta's own client sends it."""
    text = call.text("metric")
    listed: Any = call.json("metric") if text.startswith("[") else text.split(",")
    return [str(name).strip() for name in listed if name]


def _reach(call: Call) -> Reach | None:
    """What the post has reached; None while nobody can see it."""
    stored = call.world.state.get(POSTS, call.node) or call.world.state.get(VIDEOS, call.node) or {}
    post = call.world.state.get(POSTS, stored.get("post") or call.node)
    if post is None or post["visible_at"] is None:
        return None
    return reach(call.world, post["id"], post["visible_at"], LAG)


def _entry(node: str, edge: str, name: str, metric: tuple[str, Metric], now: Reach) -> dict[str, Any] | None:
    """One metric; None (left out, as the Graph does) while its value is not known."""
    title, of = metric
    value = of(now)
    if value is None:
        return None
    return {
        "name": name,
        "period": "lifetime",
        "values": [{"value": value}],
        "title": title,
        "description": title,
        "id": f"{node}/{edge}/{name}/lifetime",
    }


READ = ("read_insights", "pages_read_engagement")
EDGES = (
    Edge(
        "GET", "post", "insights", Door("facebook.insights", READ, "ANALYZE", page_token=True), _act(POST, "insights")
    ),
    Edge(
        "GET",
        "video",
        "video_insights",
        Door("facebook.insights", READ, "ANALYZE", page_token=True),
        _act(VIDEO, "video_insights"),
    ),
)
