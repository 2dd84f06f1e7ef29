"""Figures from X: private ones only while they are young, gone posts named, nonsense never counted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from domain.platforms import Platform
from domain.publishing import Reading
from domain.secret import Secret
from publishers.registry import PlatformSettings, build
from publishers.x.limits import born
from tests.publishers.stage import MediaStore, account, answer, answering, no_pause

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def snowflake(at: datetime) -> str:
    return str((int(at.timestamp() * 1000) - 1_288_834_974_657) << 22)


YOUNG, OLD = snowflake(NOW - timedelta(days=2)), snowflake(NOW - timedelta(days=31))


async def read(client: httpx.AsyncClient, ids: tuple[str, ...], *answers: bytes) -> tuple[list[Reading], list[str]]:
    async with answering(*answers) as (url, requests):
        settings = PlatformSettings("id", Secret("secret"), "id", Secret("secret"), x_api_url=url)
        registry = build(settings, client, MediaStore(), now=lambda: NOW, pause=no_pause)
        return list(await registry.publishers[Platform.X].measure(account(), ids)), requests.texts


def public(post_id: str, **figures: Any) -> dict[str, Any]:
    return {"id": post_id, "text": "x", "public_metrics": figures}


def test_an_id_tells_when_it_was_born() -> None:
    assert born(YOUNG) == NOW - timedelta(days=2)


async def test_private_figures_are_asked_for_young_posts_only(client: httpx.AsyncClient) -> None:
    first = {"data": [public(YOUNG, like_count=3, retweet_count=1, quote_count=2), public(OLD, like_count=0)]}
    second = {"data": [{"id": YOUNG, "non_public_metrics": {"url_link_clicks": 9}}]}
    readings, asked = await read(client, (OLD, YOUNG), answer(200, first), answer(200, second))
    assert [reading.remote_id for reading in readings] == [OLD, YOUNG]
    assert (readings[1].values["clicks"], readings[1].values["likes"], readings[1].values["shares"]) == (9, 3, 3)
    assert (readings[0].values["clicks"], readings[0].values["likes"], readings[0].values["saves"]) == (None, 0, None)
    assert "non_public_metrics" not in asked[0]
    assert OLD not in asked[1]


async def test_public_figures_survive_the_loss_of_the_private_ones(client: httpx.AsyncClient) -> None:
    readings, _ = await read(client, (YOUNG,), answer(200, {"data": [public(YOUNG, like_count=3)]}), answer(403, {}))
    assert (readings[0].values["likes"], readings[0].values["clicks"]) == (3, None)


async def test_gone_is_said_by_x_and_never_guessed(client: httpx.AsyncClient) -> None:
    errors = [{"resource_id": YOUNG, "type": "https://api.x.com/2/problems/resource-not-found"}]
    readings, _ = await read(client, (YOUNG, OLD), answer(200, {"errors": errors}))
    assert [reading.gone for reading in readings] == [True, False]
    assert set(readings[1].values.values()) == {None}


async def test_nonsense_is_not_counted(client: httpx.AsyncClient) -> None:
    body = {"data": [public(OLD, like_count=-3, reply_count=True, impression_count="7")]}
    readings, _ = await read(client, (OLD,), answer(200, body))
    assert set(readings[0].values.values()) == {None}
