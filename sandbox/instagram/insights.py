"""Insights of posts, reels and stories in the names of v26; one wrong name fails the call."""

from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.instagram.refusals import refused
from sandbox.instagram.store import Document, alive
from sandbox.meta import Call, Door, Edge
from sandbox.meta.refusals import refused as refused_at_the_door
from sandbox.metrics import Reach, reach

LAG = 1800  # seconds by which Instagram's counters are behind (up to 48 hours on the real one)
WATCHED = 6200  # milliseconds, the mean time for which a reel is watched
Metric = Callable[[Reach], int | None]


def _part(count: int | None, share: float) -> int | None:
    return None if count is None else int(count * share)


def _touched(now: Reach) -> int | None:
    parts = (now.likes, now.replies, now.reposts, now.saves)
    return None if now.likes is None else sum(part or 0 for part in parts)


COMMON: dict[str, Metric] = {
    "views": lambda now: now.impressions,
    "reach": lambda now: _part(now.impressions, 0.82),
    "shares": lambda now: now.reposts,
    "total_interactions": _touched,
}
POST: dict[str, Metric] = {
    **COMMON,
    "likes": lambda now: now.likes,
    "comments": lambda now: now.replies,
    "saved": lambda now: now.saves,
    "reposts": lambda now: _part(now.reposts, 0.3),
    "total_views": lambda now: now.impressions,
    "total_likes": lambda now: now.likes,
    "total_comments": lambda now: now.replies,
}
VISITS: dict[str, Metric] = {
    "profile_visits": lambda now: now.profile_visits,
    "profile_activity": lambda now: _part(now.profile_visits, 0.2),
    "follows": lambda now: _part(now.profile_visits, 0.05),
}
METRICS: dict[str, dict[str, Metric]] = {
    "FEED": {**POST, **VISITS},
    "REELS": {
        **POST,
        "ig_reels_avg_watch_time": lambda now: _part(now.impressions and 1, WATCHED),
        "ig_reels_video_view_total_time": lambda now: _part(now.impressions, WATCHED),
        "reels_skip_rate": lambda now: _part(now.impressions and 1, 31),
        "crossposted_views": lambda now: _part(now.impressions, 0.1),
        "facebook_views": lambda now: _part(now.impressions, 0.1),
    },
    "STORY": {
        **COMMON,
        **VISITS,
        "replies": lambda now: now.replies,
        "navigation": lambda now: _part(now.impressions, 0.7),
        "link_clicks": lambda now: now.clicks,
    },
}
REMOVED = (
    "impressions",
    "plays",
    "clips_replays_count",
    "ig_reels_aggregated_all_plays_count",
    "video_views",
    "engagement",
)


async def _insights(call: Call) -> Response:
    media: Document = alive(call.world, call.node) or {}
    if media["parent"] is not None:
        raise refused("child_insights")
    known, names = METRICS[media["product"]], _names(call)
    for name in names:
        if name in REMOVED:
            raise refused("removed_metric", value=name)
        if name not in known:
            raise refused("bad_metric", value=", ".join(known))
    if call.text("period", "lifetime") != "lifetime":
        raise refused_at_the_door("bad_parameter", name="period", reason="must be lifetime")
    now = reach(call.world, media["id"], media["at"], LAG)
    values = {name: known[name](now) for name in names}
    return JSONResponse(
        {"data": [_entry(call.node, name, value) for name, value in values.items() if value is not None]}
    )


def _names(call: Call) -> list[str]:
    """The metrics asked for: separated by commas, or a JSON list as Meta's own client sends it. Raises Refused."""
    text = call.text("metric")
    listed: Any = call.json("metric") if text.startswith("[") else text.split(",")
    names = [str(one).strip() for one in listed if str(one).strip()]
    if not names:
        raise refused("no_metric")
    return names


def _entry(node: str, name: str, value: int) -> dict[str, Any]:
    title = name.replace("_", " ").capitalize()
    return {
        "name": name,
        "period": "lifetime",
        "values": [{"value": value}],
        "title": title,
        "description": title,
        "id": f"{node}/insights/{name}/lifetime",
    }


READ = ("instagram_basic", "instagram_manage_insights", "pages_read_engagement")
EDGES = (Edge("GET", "instagram_media", "insights", Door("instagram.insights", READ, "ANALYZE"), _insights),)
