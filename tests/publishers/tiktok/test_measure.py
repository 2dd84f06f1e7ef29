"""Figures of posts on TikTok: twenty a call, none for what nobody may know, one lost metric does not cost the others."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import orjson
import pytest

from domain.measures import Metric
from domain.platforms import Platform
from domain.publishing import Reading, Receipt, TokenRejected, TryLater
from domain.secret import Secret
from publishers.registry import PlatformSettings, build
from tests.publishers.stage import MediaStore, account, answer, answering, no_pause
from tests.publishers.tiktok.conftest import Stage

NOTHING: dict[str, int | None] = dict.fromkeys((metric.value for metric in Metric), None)


async def test_a_public_post_has_four_figures(creator: Stage) -> None:
    receipt = await creator.publish(creator.claim())
    creator.pass_time(3_600)
    [reading] = await creator.publisher.measure(creator.account, (receipt.remote_id,))
    assert reading.remote_id == receipt.remote_id
    assert set(reading.values) == {metric.value for metric in Metric}
    told = {name for name, value in reading.values.items() if value is not None}
    assert told == {"impressions", "likes", "comments", "shares"}
    assert reading.values["impressions"]


async def test_a_post_gets_its_figures_under_the_number_it_was_published_with(creator: Stage) -> None:
    creator.turn(moderation=600)
    receipt = await creator.publish(creator.claim())
    assert not receipt.remote_id.isdigit()
    [early] = await creator.publisher.measure(creator.account, (receipt.remote_id,))
    assert early == Reading(receipt.remote_id, NOTHING)
    creator.pass_time(3_600)
    [reading] = await creator.publisher.measure(creator.account, (receipt.remote_id,))
    assert reading.remote_id == receipt.remote_id
    assert reading.values["impressions"]
    assert not reading.gone


async def test_a_post_whose_id_was_told_later_brings_its_receipt(creator: Stage) -> None:
    creator.turn(moderation=600)
    late = await creator.publish(creator.claim())
    creator.turn(moderation=0)
    at_once = await creator.publish(creator.claim(text="Another subject"))
    [early, _] = await creator.publisher.measure(creator.account, (late.remote_id, at_once.remote_id))
    assert early.receipt is None
    creator.pass_time(3_600)
    [reading, known] = await creator.publisher.measure(creator.account, (late.remote_id, at_once.remote_id))
    assert known.receipt is None, "it is known by its own id already"
    assert reading.receipt is not None and reading.receipt.remote_id.isdigit()
    assert reading.receipt.permalink == f"{creator.sandbox.base_url}/tiktok/@{creator.account.name[1:]}/video/" + (
        reading.receipt.remote_id
    )


async def test_what_only_the_creator_sees_has_no_figures_and_is_not_gone(creator: Stage) -> None:
    receipt = await creator.publish(creator.claim(privacy="SELF_ONLY"))
    [reading] = await creator.publisher.measure(creator.account, (receipt.remote_id,))
    assert reading == Reading(receipt.remote_id, NOTHING)


async def test_a_deleted_post_reads_as_gone(creator: Stage) -> None:
    kept = await creator.publish(creator.claim())
    lost = await creator.publish(creator.claim(text="Another subject"))
    creator.lever("delete", publish_id=creator.out()[1])
    readings = await creator.publisher.measure(creator.account, (lost.remote_id, kept.remote_id))
    assert [reading.gone for reading in readings] == [True, False]


Read = Callable[..., Awaitable[tuple[tuple[Reading, ...], list[str]]]]


@pytest.fixture
async def read(client: httpx.AsyncClient) -> AsyncIterator[Read]:
    async def play(ids: tuple[str, ...], *answers: bytes) -> tuple[tuple[Reading, ...], list[str]]:
        async with answering(*answers) as (url, requests):
            known = PlatformSettings("x", Secret("x"), "l", Secret("l"), tiktok_api_url=url)
            publisher = build(known, client, MediaStore(), pause=no_pause).publishers[Platform.TIKTOK]
            return await publisher.measure(account(Platform.TIKTOK), ids), requests.texts

    yield play


def good(**data: Any) -> bytes:
    return answer(200, {"data": data, "error": {"code": "ok", "message": "", "log_id": "1"}})


def bad(code: str, status: int) -> bytes:
    return answer(status, {"data": {}, "error": {"code": code, "message": "fields: x is not known", "log_id": "1"}})


def stands(post_id: int) -> bytes:
    return good(status="PUBLISH_COMPLETE", publicaly_available_post_id=[post_id])


@pytest.mark.parametrize(
    ("told", "link"),
    [
        ({"share_url": "https://www.tiktok.com/@tea/photo/7?utm_source=us"}, "https://www.tiktok.com/@tea/photo/7"),
        ({"share_url": "javascript:alert(1)"}, None),
        ({"share_url": 7}, None),
        ({}, None),
    ],
)
async def test_the_link_is_the_one_that_tiktok_tells_if_it_is_one(
    read: Read, told: dict[str, Any], link: str | None
) -> None:
    [reading], requests = await read(("v_pub_file~v2-1.5",), stands(7), good(videos=[{"id": "7", **told}]))
    assert "share_url" in requests[1]
    assert reading.remote_id == "v_pub_file~v2-1.5"
    assert reading.receipt == Receipt("7", link)


async def test_a_post_that_is_not_listed_has_no_receipt(read: Read) -> None:
    [reading], _ = await read(("v_pub_file~v2-1.5",), stands(7), good(videos=[]))
    assert reading.gone and reading.receipt is None


async def test_twenty_posts_a_call(read: Read) -> None:
    readings, requests = await read(tuple(str(number) for number in range(45)), good(videos=[]))
    assert len(requests) == 3
    assert len(readings) == 45
    asked = [orjson.loads(text.partition("\r\n\r\n")[2])["filters"]["video_ids"] for text in requests]
    assert [len(ids) for ids in asked] == [20, 20, 5]
    assert [one for ids in asked for one in ids] == [reading.remote_id for reading in readings]


async def test_a_metric_that_tiktok_gave_up_does_not_cost_the_others(read: Read) -> None:
    known = [good(videos=[{"id": "7", name: number}]) for number, name in ((3, "view_count"), (2, "like_count"))]
    refused = bad("invalid_params", 400)
    [reading], _ = await read(("7",), refused, known[0], known[1], refused, refused)
    assert reading == Reading("7", {**NOTHING, "impressions": 3, "likes": 2})


@pytest.mark.parametrize("value", [None, -1, True, "5", 1.5])
async def test_what_is_no_number_is_none(read: Read, value: object) -> None:
    [reading], _ = await read(("7",), good(videos=[{"id": "7", "view_count": value, "like_count": 0}]))
    assert (reading.values["impressions"], reading.values["likes"]) == (None, 0)


async def test_an_answer_that_makes_no_sense_is_read_again_later(read: Read) -> None:
    for odd in (answer(200, b"<html>"), good(), good(videos=7), bad("internal_error", 503)):
        with pytest.raises(TryLater):
            await read(("7",), odd)


async def test_a_missing_right_is_no_dead_token(read: Read) -> None:
    for code, not_permitted in (("scope_not_authorized", True), ("access_token_invalid", False)):
        with pytest.raises(TokenRejected) as refused:
            await read(("7",), bad(code, 401))
        assert refused.value.not_permitted is not_permitted


async def test_a_blip_of_one_state_does_not_cost_the_others_their_figures(read: Read) -> None:
    ids = ("v_pub_file~v2-1.5", "7")
    readings, _ = await read(ids, bad("rate_limit_exceeded", 429), good(videos=[{"id": "7", "view_count": 3}]))
    assert [reading.values["impressions"] for reading in readings] == [None, 3]


async def test_what_is_no_id_is_asked_for_nowhere(read: Read) -> None:
    readings, requests = await read(("../x", "", "a b"), good(videos=[]))
    assert requests == []
    assert readings == tuple(Reading(one, NOTHING) for one in ("../x", "", "a b"))
