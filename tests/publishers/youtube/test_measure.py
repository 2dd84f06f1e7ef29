"""Figures from YouTube: fifty films a call; what the channel hides is None, what was deleted is gone."""

from typing import Any

import httpx
import pytest

from domain.measures import Metric
from domain.publishing import Reading, TryLater
from tests.publishers.stage import account, answer, answering
from tests.publishers.youtube.conftest import Stage
from tests.publishers.youtube.test_connect import real


async def test_figures_have_a_word_for_each_metric_and_none_for_what_is_not_told(channel: Stage) -> None:
    receipt = await channel.publish(channel.claim())
    [reading] = await channel.publisher.measure(channel.account, (receipt.remote_id,))
    assert set(reading.values) == {metric.value for metric in Metric}
    assert {name for name, value in reading.values.items() if value is None} >= {"shares", "clicks", "saves"}
    assert not reading.gone


async def test_a_hidden_counter_is_none_and_not_zero(channel: Stage) -> None:
    receipt = await channel.publish(channel.claim(made_for_kids="yes"))
    [reading] = await channel.publisher.measure(channel.account, (receipt.remote_id,))
    assert reading.values[Metric.COMMENTS] is None
    assert reading.values[Metric.IMPRESSIONS] is not None


async def test_a_private_film_is_not_gone_and_a_deleted_one_is(channel: Stage) -> None:
    kept = await channel.publish(channel.claim())
    await channel.publisher.withdraw(channel.account, kept.remote_id)
    readings = await channel.publisher.measure(channel.account, ("abcdefghijk", kept.remote_id, "no id"))
    assert [(one.remote_id, one.gone) for one in readings] == [
        ("abcdefghijk", True), (kept.remote_id, False), ("no id", False)
    ]  # fmt: skip


async def test_fifty_films_are_asked_in_one_call(client: httpx.AsyncClient) -> None:
    ids = tuple(f"abcdefgh{number:03}" for number in range(51))
    async with answering(answer(200, {"items": []})) as (base, requests):
        publisher = publisher_at(client, base)
        readings = await publisher.measure(account(), ids)
    assert [reading.remote_id for reading in readings] == list(ids)
    assert [text.split(" ")[1].count("%2C") for text in requests.texts] == [49, 0]


@pytest.mark.parametrize("told", ["-5", "1.5", "", "٣", 7, None, "9" * 30, True])
async def test_an_absurd_figure_is_none(client: httpx.AsyncClient, told: Any) -> None:
    item = {"id": "abcdefghijk", "statistics": {"viewCount": told, "likeCount": "12"}}
    async with answering(answer(200, {"items": [item]})) as (base, _):
        [reading] = await publisher_at(client, base).measure(account(), ("abcdefghijk",))
    assert (reading.values[Metric.IMPRESSIONS], reading.values[Metric.LIKES]) == (None, 12)


@pytest.mark.parametrize("item", [{}, {"statistics": None}, {"statistics": []}])
async def test_a_film_without_figures_is_there_all_the_same(client: httpx.AsyncClient, item: dict[str, Any]) -> None:
    async with answering(answer(200, {"items": [{"id": "abcdefghijk", **item}]})) as (base, _):
        [reading] = await publisher_at(client, base).measure(account(), ("abcdefghijk",))
    assert reading == Reading("abcdefghijk", {metric.value: None for metric in Metric})


@pytest.mark.parametrize("body", [b"<html>", {}, {"items": None}, {"items": ["x"]}])
async def test_an_answer_without_a_list_does_not_make_films_gone(client: httpx.AsyncClient, body: Any) -> None:
    async with answering(answer(200, body)) as (base, _):
        with pytest.raises(TryLater, match="not complete"):
            await publisher_at(client, base).measure(account(), ("abcdefghijk",))


def publisher_at(client: httpx.AsyncClient, base: str) -> Any:
    return next(
        publisher for name, publisher in real(client, youtube_api_url=base).publishers.items() if name == "youtube"
    )
