"""What posts did on X. Public figures always; private ones (link clicks) only for the first 30 days."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from domain.measures import Metric
from publishers.contract import Account, PublishError, Reading, TokenRejected
from publishers.x.api import Api, is_id
from publishers.x.limits import IDS_A_CALL, PRIVATE_METRICS_DAYS, born

_PUBLIC: dict[Metric, tuple[str, ...]] = {
    Metric.IMPRESSIONS: ("impression_count",),
    Metric.LIKES: ("like_count",),
    Metric.COMMENTS: ("reply_count",),
    Metric.SHARES: ("retweet_count", "quote_count"),
    Metric.SAVES: ("bookmark_count",),
}


async def measure(api: Api, account: Account, remote_ids: tuple[str, ...]) -> tuple[Reading, ...]:
    """A reading for each id, in order. Two calls a hundred posts: private figures of one old post spoil a call."""
    readings: list[Reading] = []
    known = [one for one in remote_ids if is_id(one)]
    for start in range(0, len(known), IDS_A_CALL):
        some = known[start : start + IDS_A_CALL]
        public, gone = await _look_up(api, account, some, "public_metrics")
        clicks = await _clicks(api, account, [one for one in some if one in public])
        readings += [_reading(one, public.get(one), clicks.get(one), one in gone) for one in some]
    by_id = {reading.remote_id: reading for reading in readings}
    return tuple(by_id.get(one, _reading(one, None, None, gone=False)) for one in remote_ids)


async def _clicks(api: Api, account: Account, ids: list[str]) -> dict[str, Mapping[str, Any]]:
    oldest = api.now() - timedelta(days=PRIVATE_METRICS_DAYS) + timedelta(hours=1)
    young = [one for one in ids if born(one) > oldest]
    if not young:
        return {}
    try:
        private, _ = await _look_up(api, account, young, "non_public_metrics")
    except TokenRejected:
        raise
    except PublishError:
        return {}  # public figures are worth having without the private ones
    return private


async def _look_up(
    api: Api, account: Account, ids: list[str], field: str
) -> tuple[dict[str, Mapping[str, Any]], set[str]]:
    """The metrics by post id, and the ids that X no longer has."""
    asked = {"ids": ",".join(ids), "post.fields": field}
    answer = await api.wire.read(api.request("GET", "/2/tweets", account.token, params=asked))
    if answer.status != 200:
        raise api.refusals.of_step(answer, "the figures")
    body = answer.fields()
    found = {
        post["id"]: post[field]
        for post in _objects(body.get("data"))
        if isinstance(post.get("id"), str) and isinstance(post.get(field), dict)
    }
    gone = {
        str(error.get("resource_id", error.get("value")))
        for error in _objects(body.get("errors"))
        if str(error.get("type")).endswith("/resource-not-found")
    }
    return found, gone & set(ids) - found.keys()


def _reading(post_id: str, public: Mapping[str, Any] | None, private: Mapping[str, Any] | None, gone: bool) -> Reading:
    values: dict[str, int | None] = {
        metric.value: _total(public, names) if public is not None else None for metric, names in _PUBLIC.items()
    }
    values[Metric.CLICKS.value] = _total(private, ("url_link_clicks",)) if private is not None else None
    return Reading(post_id, values, gone)


def _total(metrics: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    """The sum of what X tells; None when it tells none of it."""
    told = [metrics.get(name) for name in names]
    numbers = [one for one in told if isinstance(one, int) and not isinstance(one, bool) and one >= 0]
    return sum(numbers) if numbers else None


def _objects(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
