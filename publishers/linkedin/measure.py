"""What posts did on LinkedIn. An organisation's figures are open; a member's are closed to us, and None is not zero."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from domain.measures import Metric
from publishers.contract import Account, AccountKind, Reading
from publishers.linkedin.api import Api, is_post, urn_in_path
from publishers.linkedin.limits import IDS_A_CALL

_FIGURES: dict[Metric, str | None] = {
    Metric.IMPRESSIONS: "impressionCount",
    Metric.LIKES: "likeCount",
    Metric.COMMENTS: "commentCount",
    Metric.SHARES: "shareCount",
    Metric.CLICKS: "clickCount",
    Metric.SAVES: None,
}
_KINDS = {"urn:li:share:": ("shares", "share"), "urn:li:ugcPost:": ("ugcPosts", "ugcPost")}


async def measure(api: Api, account: Account, remote_ids: tuple[str, ...]) -> tuple[Reading, ...]:
    """A reading for each id, in order. LinkedIn leaves out posts without figures: those are asked for, one by one."""
    if account.kind is AccountKind.MEMBER:
        return tuple(_reading(urn, {}) for urn in remote_ids)
    told: dict[str, Mapping[str, Any]] = {}
    for prefix, (parameter, key) in _KINDS.items():
        urns = [urn for urn in remote_ids if is_post(urn) and urn.startswith(prefix)]
        for start in range(0, len(urns), IDS_A_CALL):
            told |= await _statistics(api, account, parameter, key, urns[start : start + IDS_A_CALL])
    return tuple(
        [
            _reading(urn, told[urn]) if urn in told else _reading(urn, {}, gone=await _is_gone(api, account, urn))
            for urn in remote_ids
        ]
    )


async def _statistics(
    api: Api, account: Account, parameter: str, key: str, urns: list[str]
) -> dict[str, Mapping[str, Any]]:
    """`totalShareStatistics` by URN."""
    listed = ",".join(quote(urn, safe="") for urn in urns)
    path = (
        "/rest/organizationalEntityShareStatistics?q=organizationalEntity"
        f"&organizationalEntity={urn_in_path(account.remote_id)}&{parameter}=List({listed})"
    )
    answer = await api.wire.read(api.request("GET", path, account.token))
    if answer.status != 200:
        raise api.refusals.of_step(answer, "the figures")
    elements = answer.fields().get("elements")
    found = [one for one in elements if isinstance(one, dict)] if isinstance(elements, list) else []
    return {
        one[key]: one["totalShareStatistics"]
        for one in found
        if one.get(key) in urns and isinstance(one.get("totalShareStatistics"), dict)
    }


async def _is_gone(api: Api, account: Account, urn: str) -> bool:
    if not is_post(urn):
        return False
    answer = await api.wire.read(api.request("GET", f"/rest/posts/{urn_in_path(urn)}", account.token))
    return answer.status == 404


def _reading(urn: str, statistics: Mapping[str, Any], gone: bool = False) -> Reading:
    return Reading(urn, {metric.value: _figure(statistics, name) for metric, name in _FIGURES.items()}, gone)


def _figure(statistics: Mapping[str, Any], name: str | None) -> int | None:
    told = statistics.get(name) if name else None
    return told if isinstance(told, int) and not isinstance(told, bool) and told >= 0 else None
