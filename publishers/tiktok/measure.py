"""What posts did on TikTok: four public figures, of posts that everybody sees. The rest is closed, and None is not zero."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from domain.measures import Metric
from publishers.contract import Account, PublishError, Reading, Receipt, TokenRejected
from publishers.tiktok import progress
from publishers.tiktok.api import Api, is_post, is_publish, told_in
from publishers.tiktok.limits import IDS_A_CALL, STATUS_CALLS

_QUERY = "/v2/video/query/"
_FIGURES: dict[Metric, str] = {
    Metric.IMPRESSIONS: "view_count",
    Metric.LIKES: "like_count",
    Metric.COMMENTS: "comment_count",
    Metric.SHARES: "share_count",
}
_LINK = "share_url"
Told = dict[str, dict[str, Any]]


async def measure(api: Api, account: Account, remote_ids: tuple[str, ...]) -> tuple[Reading, ...]:
    """A reading for each id, in order. A post that was published before its id was known is asked for that first.

    A post that is not listed any more reads as gone: deleted, or made private, which TikTok does not tell apart. One that
    got its id since brings a receipt with it.
    """
    named = await _named_since(api, account, remote_ids)
    post_ids = {one: one for one in remote_ids if is_post(one)} | named
    known = list(dict.fromkeys(post_ids.values()))
    wanted = [*_FIGURES.values(), *([_LINK] if named else [])]
    told: Told = {}
    for start in range(0, len(known), IDS_A_CALL):
        told |= await _figures(api, account, known[start : start + IDS_A_CALL], wanted)
    readings = (_reading(one, post_ids.get(one), told) for one in remote_ids)
    return tuple(
        replace(reading, receipt=_receipt(api, account, named[reading.remote_id], told))
        if reading.remote_id in named and not reading.gone
        else reading
        for reading in readings
    )


def _receipt(api: Api, account: Account, post_id: str, told: Told) -> Receipt:
    """The post by its own id, and the link without what TikTok adds to count by. Made from the name if none is told."""
    link = told[post_id].get(_LINK)
    if isinstance(link, str) and link.startswith(f"{api.site}/") and link.isprintable():
        return Receipt(post_id, link.partition("?")[0])
    return api.receipt(post_id, post_id, account.name, "video") if account.name.startswith("@") else Receipt(post_id)


async def _named_since(api: Api, account: Account, remote_ids: Sequence[str]) -> dict[str, str]:
    """The post ids of what we know by its publish_id only. Posts that are not for everybody never get one."""
    found: dict[str, str] = {}
    for publish_id in [one for one in remote_ids if is_publish(one)][:STATUS_CALLS]:
        try:
            stands = await progress.ask(api, account.token, publish_id)
        except TokenRejected:
            raise
        except PublishError:
            continue  # its figures can wait; the others' are worth having
        if stands is not None and stands.post_id is not None:
            found[publish_id] = stands.post_id
    return found


async def _figures(api: Api, account: Account, ids: list[str], names: list[str]) -> Told:
    """Everything in one call; should TikTok no longer know one of the names, each by itself."""
    try:
        return await _query(api, account, ids, names)
    except _UnknownField:
        told: Told = {}
        for name in names:
            try:
                one = await _query(api, account, ids, [name])
            except _UnknownField:
                continue
            for post_id, figures in one.items():
                told.setdefault(post_id, {}).update(figures)
        return told


class _UnknownField(Exception):
    """TikTok finds the question wrong."""


async def _query(api: Api, account: Account, ids: list[str], names: list[str]) -> Told:
    body = {"filters": {"video_ids": ids}}
    answer = await api.look(_QUERY, account.token, body, params={"fields": ",".join(["id", *names])})
    if answer.status == 400:
        raise _UnknownField
    if not answer.ok:
        raise api.refusals.of_step(answer, "the figures")
    videos = told_in(answer).get("videos")
    if not isinstance(videos, list):
        raise api.refusals.of_step(answer, "the figures")
    return {str(one["id"]): one for one in videos if isinstance(one, dict) and str(one.get("id")) in ids}


def _reading(remote_id: str, post_id: str | None, told: Mapping[str, Mapping[str, Any]]) -> Reading:
    figures = told.get(post_id, {}) if post_id is not None else {}
    values = {metric.value: _count(figures.get(_FIGURES[metric])) if metric in _FIGURES else None for metric in Metric}
    return Reading(remote_id, values, gone=post_id is not None and post_id not in told)


def _count(told: object) -> int | None:
    return told if isinstance(told, int) and not isinstance(told, bool) and told >= 0 else None
