"""What posts did on a Page, in the names of v26. A name that Meta removed must not cost the others; None is not zero."""

from collections.abc import Mapping
from typing import Any

from domain.measures import Metric
from publishers.contract import Account, PublishError, Reading, TokenRejected
from publishers.facebook.api import is_post, is_remote
from publishers.meta import Graph

_WHAT = "the figures"
_COUNTED = "reactions.limit(0).summary(total_count),comments.limit(0).summary(total_count),shares"
_OF_POST = ("post_media_view", "post_clicks")
_OF_FILM = (
    "blue_reels_play_count",
    "total_video_views",
    "post_video_likes_by_reaction_type",
    "post_video_social_actions",
)
Values = dict[str, Any]


async def measure(graph: Graph, account: Account, remote_ids: tuple[str, ...]) -> tuple[Reading, ...]:
    """A reading for each id, in order. The Graph tells insights of one post a call."""
    return tuple([await _reading(graph, account, one) for one in remote_ids])


async def _reading(graph: Graph, account: Account, remote_id: str) -> Reading:
    if not is_remote(remote_id):
        return _read(remote_id, {})
    fields = await graph.node(remote_id, account.token, _WHAT, f"id,{_COUNTED}" if is_post(remote_id) else "id")
    if fields is None:
        gone = await graph.is_gone(remote_id, account.remote_id, account.token)
        return _read(remote_id, {}, gone=gone)
    if is_post(remote_id):
        told = await _insights(graph, account, remote_id, "insights", _OF_POST)
        return _read(remote_id, _of_post(fields, told))
    return _read(remote_id, _of_film(await _insights(graph, account, remote_id, "video_insights", _OF_FILM)))


async def _insights(graph: Graph, account: Account, node: str, edge: str, names: tuple[str, ...]) -> Values:
    """The values by name; those that Facebook does not tell are absent. One unknown name fails a call for all of its
    names, so after a refusal each is asked for alone."""
    try:
        body = await graph.look(f"/{node}/{edge}", account.token, _WHAT, metric=",".join(names), period="lifetime")
    except TokenRejected as refused:
        if refused.not_permitted:
            return {}  # insights are a right of their own; the public counts need none
        raise
    except PublishError:
        if len(names) == 1:
            return {}
        found: Values = {}
        for name in names:
            found |= await _insights(graph, account, node, edge, (name,))
        return found
    return _values(body)


def _values(body: Mapping[str, Any]) -> Values:
    entries = body.get("data")
    found: Values = {}
    for entry in entries if isinstance(entries, list) else []:
        values = entry.get("values") if isinstance(entry, dict) else None
        if isinstance(values, list) and values and isinstance(values[0], dict):
            found[str(entry.get("name"))] = values[0].get("value")
    return found


def _of_post(fields: Mapping[str, Any], told: Values) -> dict[Metric, int | None]:
    shares = fields.get("shares")
    return {
        Metric.IMPRESSIONS: _count(told.get("post_media_view")),
        Metric.LIKES: _total(fields.get("reactions")),
        Metric.COMMENTS: _total(fields.get("comments")),
        Metric.SHARES: _count(shares.get("count")) if isinstance(shares, dict) else None,
        Metric.CLICKS: _count(told.get("post_clicks")),
    }


def _of_film(told: Values) -> dict[Metric, int | None]:
    plays, views = _count(told.get("blue_reels_play_count")), _count(told.get("total_video_views"))
    reactions, actions = told.get("post_video_likes_by_reaction_type"), told.get("post_video_social_actions")
    likes = [_count(one) for one in reactions.values()] if isinstance(reactions, dict) else []
    return {
        Metric.IMPRESSIONS: views if plays is None else plays,
        Metric.LIKES: sum(one for one in likes if one is not None) if likes else None,
        Metric.COMMENTS: _count(actions.get("COMMENT")) if isinstance(actions, dict) else None,
        Metric.SHARES: _count(actions.get("SHARE")) if isinstance(actions, dict) else None,
    }


def _read(remote_id: str, values: Mapping[Metric, int | None], gone: bool = False) -> Reading:
    return Reading(remote_id, {metric.value: values.get(metric) for metric in Metric}, gone)


def _total(edge: object) -> int | None:
    summary = edge.get("summary") if isinstance(edge, dict) else None
    return _count(summary.get("total_count")) if isinstance(summary, dict) else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
