"""Figures of a Page's posts: a removed metric does not cost the others, and what is not told is not zero."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from domain.measures import Metric
from domain.publishing import Reading, TokenRejected
from publishers.facebook import measure
from publishers.facebook.publisher import FacebookPublisher
from tests.publishers.facebook.conftest import Page, consented
from tests.publishers.stage import account, answer, answering

POST, FILM = "102030405060701_122100000000001", "122100000000002"
UNKNOWN = {"error": {"message": "(#100) The value must be a valid insights metric", "code": 100}}
FORBIDDEN = {"error": {"message": "(#200) Requires read_insights", "code": 200}}


def insight(**values: Any) -> bytes:
    return answer(200, {"data": [{"name": name, "values": [{"value": value}]} for name, value in values.items()]})


def fields(likes: Any, comments: Any, **more: Any) -> bytes:
    counts = {"reactions": {"summary": {"total_count": likes}}, "comments": {"summary": {"total_count": comments}}}
    return answer(200, {"id": POST, **counts, **more})


async def read(page: Page, remote_id: str, *answers: bytes) -> tuple[Reading, list[str]]:
    async with answering(*answers) as (url, requests):
        publisher = FacebookPublisher(replace(page.publisher.graph, base=url), page.media, "1")
        [reading] = await publisher.measure(account(), (remote_id,))
    return reading, requests.texts


async def test_every_figure_has_its_word(page: Page) -> None:
    told = fields(4, 3, shares={"count": 2})
    reading, asked = await read(page, POST, told, insight(post_media_view=90, post_clicks=5))
    assert reading.values == {
        "impressions": 90,
        "likes": 4,
        "comments": 3,
        "shares": 2,
        "clicks": 5,
        "saves": None,
    }
    assert "post_impressions" not in asked[1]


async def test_a_metric_that_was_removed_does_not_cost_the_other(page: Page) -> None:
    told = (fields(4, 3), answer(400, UNKNOWN), answer(400, UNKNOWN), insight(post_clicks=5))
    reading, asked = await read(page, POST, *told)
    assert reading.values["clicks"] == 5
    assert reading.values["impressions"] is None
    assert len(asked) == 4


async def test_the_counts_are_worth_having_without_the_right_to_insights(page: Page) -> None:
    reading, asked = await read(page, POST, fields(0, 1), answer(403, FORBIDDEN))
    assert (reading.values["likes"], reading.values["comments"], reading.values["clicks"]) == (0, 1, None)
    assert len(asked) == 2


@pytest.mark.parametrize("nonsense", [True, -1, "7", None, [], {}])
async def test_nonsense_is_never_counted(page: Page, nonsense: Any) -> None:
    told = (fields(nonsense, nonsense, shares=nonsense), insight(post_media_view=nonsense, post_clicks=nonsense))
    reading, _ = await read(page, POST, *told)
    assert set(reading.values.values()) == {None}


async def test_a_films_figures_come_from_its_own_metrics(page: Page) -> None:
    told = insight(
        total_video_views=40,
        post_video_likes_by_reaction_type={"REACTION_LIKE": 3, "REACTION_LOVE": 2},
        post_video_social_actions={"COMMENT": 1},
    )
    reading, _ = await read(page, FILM, answer(200, {"id": FILM}), told)
    assert {name: value for name, value in reading.values.items() if value is not None} == {
        "impressions": 40,
        "likes": 5,
        "comments": 1,
    }


async def test_what_is_no_id_is_not_asked_for(page: Page) -> None:
    reading, asked = await read(page, "../me", answer(200, {}))
    assert asked == []
    assert set(reading.values) == {metric.value for metric in Metric}


async def test_the_twin_knows_every_metric_that_is_asked_for(page: Page) -> None:
    receipt = await page.publish(page.claim())
    for node, edge, names in (
        (receipt.remote_id, "insights", measure._OF_POST),
        (await film(page), "video_insights", measure._OF_FILM),
    ):
        url = f"{page.sandbox.base_url}/facebook/v26.0/{node}/{edge}"
        headers = {"authorization": f"Bearer {page.account.token.reveal()}"}
        assert httpx.get(url, headers=headers, params={"metric": ",".join(names)}).status_code == 200


async def film(page: Page) -> str:
    return (await page.publish(page.claim("A film", video=page.film()))).remote_id


async def test_figures_arrive_from_the_twin(page: Page) -> None:
    receipts = [await page.publish(page.claim(f"Subject {number}")) for number in range(6)]
    page.sandbox.world.advance(86_400)
    readings = await page.publisher.measure(page.account, tuple(receipt.remote_id for receipt in receipts))
    seen = [reading.values["impressions"] for reading in readings]
    assert any(isinstance(one, int) and one > 0 for one in seen)


async def test_without_insights_the_public_counts_are_there(page: Page) -> None:
    receipt = await page.publish(page.claim())
    await consented(page.connector, _declined="read_insights")
    [reading] = await page.publisher.measure(page.account, (receipt.remote_id,))
    assert not reading.gone
    assert reading.values["impressions"] is None


async def test_a_dead_token_is_not_a_gone_post(page: Page) -> None:
    receipt = await page.publish(page.claim())
    httpx.post(f"{page.sandbox.base_url}/_sandbox/facebook/disconnect").raise_for_status()
    with pytest.raises(TokenRejected):
        await page.publisher.measure(page.account, (receipt.remote_id,))
