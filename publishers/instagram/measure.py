"""What posts did on Instagram, in the names of v26. A name that Meta removed must not cost the others; None is not zero."""

from collections.abc import Mapping
from typing import Any

from domain.measures import Metric
from publishers.contract import Account, PublishError, Reading, TokenRejected, TryLater
from publishers.instagram.api import Api
from publishers.instagram.media import media_id

_WHAT = "the figures"
_POST = {
    Metric.IMPRESSIONS: "views",
    Metric.LIKES: "likes",
    Metric.COMMENTS: "comments",
    Metric.SHARES: "shares",
    Metric.SAVES: "saved",
}
_INSIGHTS: Mapping[str, Mapping[Metric, str]] = {
    "FEED": _POST,
    "REELS": _POST,
    "STORY": {
        Metric.IMPRESSIONS: "views",
        Metric.COMMENTS: "replies",
        Metric.SHARES: "shares",
        Metric.CLICKS: "link_clicks",
    },
}
"""By kind of post (`media_product_type`): a name of another kind fails the whole call."""
_COUNTED = {Metric.LIKES: "like_count", Metric.COMMENTS: "comments_count"}
"""What the post itself tells everybody, also without the right to read insights."""


async def measure(api: Api, account: Account, remote_ids: tuple[str, ...]) -> tuple[Reading, ...]:
    """A reading for each id, in order. The Graph tells insights of one post a call."""
    return tuple([await _reading(api, account, one) for one in remote_ids])


async def _reading(api: Api, account: Account, remote_id: str) -> Reading:
    media = await media_id(api, account, remote_id)
    if media is None:
        return _read(remote_id, {})
    fields = f"media_product_type,{','.join(_COUNTED.values())}"
    told = await api.graph.node(media, account.token, _WHAT, fields)
    if told is None:
        gone = await api.graph.is_gone(media, account.remote_id, account.token)
        return _read(remote_id, {}, gone=gone)
    names = _INSIGHTS.get(str(told.get("media_product_type")), {})
    try:
        values = await _insights(api, account, media, tuple(names.values()))
    except TokenRejected as refused:
        if not refused.not_permitted:
            raise
        return _read(remote_id, {metric: _count(told.get(name)) for metric, name in _COUNTED.items()})
    return _read(remote_id, {metric: _count(values.get(name)) for metric, name in names.items()})


async def _insights(api: Api, account: Account, media: str, names: tuple[str, ...]) -> dict[str, Any]:
    """The values by name; those that Instagram does not tell are absent. One unknown name fails a call for all of its
    names, so after a refusal each is asked for alone. Raises `TokenRejected`, `TryLater`."""
    if not names:
        return {}
    try:
        body = await api.graph.look(f"/{media}/insights", account.token, _WHAT, metric=",".join(names))
    except (TokenRejected, TryLater):
        raise
    except PublishError:
        if len(names) == 1:
            return {}
        found: dict[str, Any] = {}
        for name in names:
            found |= await _insights(api, account, media, (name,))
        return found
    return _values(body)


def _values(body: Mapping[str, Any]) -> dict[str, Any]:
    entries = body.get("data")
    found: dict[str, Any] = {}
    for entry in entries if isinstance(entries, list) else []:
        values = entry.get("values") if isinstance(entry, dict) else None
        if isinstance(values, list) and values and isinstance(values[0], dict):
            found[str(entry.get("name"))] = values[0].get("value")
    return found


def _read(remote_id: str, values: Mapping[Metric, int | None], gone: bool = False) -> Reading:
    return Reading(remote_id, {metric.value: values.get(metric) for metric in Metric}, gone)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
