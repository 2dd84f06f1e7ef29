"""Looking after a lost answer: the container tells, the listing names; nothing odd is ever taken for "not there"."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from domain.platforms import Platform
from domain.publishing import Absent, CannotTell, Claim, Found, Handles, OutcomeUnknown, Pending
from domain.settings import Form
from publishers.contract import Payload
from publishers.http import Wire
from publishers.instagram import errors
from publishers.instagram.api import Api
from publishers.instagram.find import find
from publishers.meta import Graph
from publishers.pictures import no_url
from tests.publishers.instagram.conftest import TEXT, Studio
from tests.publishers.stage import Ledger, account, answer, answering, claim, no_pause, search


async def lost(studio: Studio, attempt: Claim) -> Handles:
    """Published, and the answer got lost."""
    handles = await studio.prepare(attempt)
    studio.sandbox.fault("instagram.media_publish", "accept_then_close")
    with pytest.raises(OutcomeUnknown):
        await studio.publisher.send(attempt, handles, Ledger().permit)
    return handles


async def test_ours_is_told_from_another_post_of_the_minute(studio: Studio) -> None:
    attempt = studio.pictured()
    handles = await lost(studio, attempt)
    await studio.publish(studio.pictured(text="Quite another subject"))
    finding = await studio.find(attempt, handles)
    assert isinstance(finding, Found)
    assert [one.remote_id for one in finding.receipts] == [studio.effects()[0]["rid"]]
    [receipt] = finding.receipts
    assert receipt.permalink is not None


async def test_two_posts_with_our_words_are_both_named(studio: Studio) -> None:
    attempt = studio.pictured()
    handles = await lost(studio, attempt)
    await studio.publish(studio.pictured())
    finding = await studio.find(attempt, handles)
    assert isinstance(finding, Found)
    assert [one.remote_id for one in finding.receipts] == [one["rid"] for one in studio.effects()]


async def test_a_reel_is_not_taken_for_a_picture_with_the_same_words(studio: Studio) -> None:
    attempt = studio.pictured()
    handles = await lost(studio, attempt)
    await studio.publish(studio.filmed())
    finding = await studio.find(attempt, handles)
    assert isinstance(finding, Found)
    assert len(finding.receipts) == 1


@pytest.mark.parametrize("parts", [1, 2])
async def test_a_story_and_a_carousel_are_found_where_they_are_listed(studio: Studio, parts: int) -> None:
    chosen = {"form": Form.STORY.value} if parts == 1 else {}
    attempt = studio.pictured(*[studio.picture(colour) for colour in ("#ff0000", "#00ff00")[:parts]], **chosen)
    finding = await studio.find(attempt, await lost(studio, attempt))
    assert isinstance(finding, Found)
    assert [one.remote_id for one in finding.receipts] == [studio.effects()[0]["rid"]]


async def test_a_post_that_is_out_and_not_listed_yet_is_looked_for_again(studio: Studio) -> None:
    studio.turn(listing_lag=600)
    attempt = studio.pictured()
    handles = await lost(studio, attempt)
    assert isinstance(await studio.find(attempt, handles), Pending)
    studio.turn(listing_lag=0)
    assert isinstance(await studio.find(attempt, handles), Found)


async def test_a_post_of_a_much_earlier_attempt_is_found_by_its_container(studio: Studio) -> None:
    attempt = studio.pictured()
    handles = await lost(studio, attempt)
    later = replace(attempt, intent_at=attempt.intent_at + timedelta(hours=3))
    assert isinstance(await studio.find(later, handles), Found)


@pytest.mark.parametrize("published", [True, False])
async def test_a_container_that_instagram_forgot_leaves_the_words_to_look_for(studio: Studio, published: bool) -> None:
    attempt = studio.pictured()
    if published:
        await lost(studio, attempt)
    [name] = await studio.prepare(attempt)
    finding = await studio.find(attempt, {name: f"17899999999999999@{int(attempt.intent_at.timestamp())}"})
    assert isinstance(finding, Found if published else Absent)


async def test_expired_and_never_published_is_absent(studio: Studio) -> None:
    attempt = studio.pictured()
    handles = await studio.prepare(attempt)
    studio.pass_time(90_000)
    assert await studio.find(attempt, handles) == Absent()


async def test_a_finished_container_is_not_out_whatever_else_is_listed(studio: Studio) -> None:
    attempt = studio.pictured()
    handles = await studio.prepare(attempt)
    await studio.publish(studio.pictured())
    assert await studio.find(attempt, handles) == Absent()


async def test_a_story_whose_container_is_forgotten_is_shown_to_a_person(studio: Studio) -> None:
    attempt = studio.pictured(form=Form.STORY.value)
    assert await studio.find(attempt, {}) == Absent()
    await lost(studio, attempt)
    assert isinstance(await studio.find(attempt, {}), CannotTell)
    old = replace(attempt, intent_at=attempt.intent_at - timedelta(days=2))
    assert isinstance(await studio.find(old, {}), CannotTell)


async def test_a_post_without_words_is_found_by_its_container_and_never_by_its_silence(studio: Studio) -> None:
    attempt = studio.pictured(text="")
    assert await studio.find(attempt, {}) == Absent()
    handles = await lost(studio, attempt)
    assert isinstance(await studio.find(attempt, {}), CannotTell)
    finding = await studio.find(attempt, handles)
    assert isinstance(finding, Found)
    assert [one.remote_id for one in finding.receipts] == [studio.effects()[0]["rid"]]


async def test_a_dead_token_tells_nothing(studio: Studio) -> None:
    attempt = studio.pictured()
    handles = await studio.prepare(attempt)
    httpx.post(f"{studio.sandbox.base_url}/_sandbox/facebook/disconnect").raise_for_status()
    finding = await studio.find(attempt, handles)
    assert isinstance(finding, CannotTell)
    assert finding.link == f"{studio.sandbox.base_url}/instagram/sunrise.studio/"


async def test_every_page_of_the_listing_is_looked_at(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("publishers.instagram.find.PAGE", 2)
    attempt = studio.pictured()
    handles = await lost(studio, attempt)
    for number in range(3):
        await studio.publish(studio.pictured(text=f"Subject number {number}"))
    finding = await studio.find(attempt, handles)
    assert isinstance(finding, Found)
    monkeypatch.setattr("publishers.instagram.find.DEEPEST_PAGES", 1)
    assert isinstance(await studio.find(attempt, handles), CannotTell)


OURS = {"id": "180500", "caption": TEXT, "media_type": "IMAGE", "timestamp": "2026-11-23T08:00:00+0000"}
NEXT = {"next": "https://graph.facebook.com/elsewhere"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data": {}},
        {"data": ["x"]},
        {"data": [{**OURS, "id": "../1"}]},
        {"data": [{**OURS, "caption": 7}]},
        {"data": [{**OURS, "timestamp": "soon"}]},
        {"data": [{**OURS, "timestamp": "2026-11-23T08:00:00"}]},
        {"data": [], "paging": NEXT},
        {"data": [], "paging": {**NEXT, "cursors": {"after": 7}}},
        {"data": [], "paging": {**NEXT, "cursors": {"after": "a"}}},
    ],
)
async def test_an_odd_listing_proves_nothing(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    who = account(Platform.INSTAGRAM, "17841400000000001")
    attempt = replace(claim(who), payload=Payload(TEXT, (), {}))
    async with answering(answer(200, body)) as (url, _):
        assert isinstance(await find(api(client, url), search(attempt)), CannotTell)


@pytest.mark.parametrize("state", ["SOMETHING_NEW", None, 7])
async def test_a_state_that_nobody_knows_proves_nothing(client: httpx.AsyncClient, state: object) -> None:
    who = account(Platform.INSTAGRAM, "17841400000000001")
    attempt = claim(who, TEXT)
    name = f"container:{attempt.payload.sha256(who.id).hex()[:16]}"
    look = replace(search(attempt), handles={name: "17890000000000001@1700000000"})
    async with answering(answer(200, {"id": "1", "status_code": state})) as (url, _):
        assert isinstance(await find(api(client, url), look), CannotTell)


def api(client: httpx.AsyncClient, url: str) -> Api:
    now = claim(account()).intent_at
    graph = Graph(
        Wire(client, "Instagram", no_pause),
        url,
        "https://www.instagram.com",
        errors.at_container(lambda: now),
        lambda: now,
    )
    return Api(graph, errors.at_publish(lambda: now), no_url)
