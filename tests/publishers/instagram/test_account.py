"""The account itself: connecting it, its figures, and taking posts away."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from domain.accounts import GrantRefused
from domain.measures import Metric
from domain.publishing import AccountKind, ContentRefused, TokenRejected, TryLater
from domain.secret import Secret
from domain.settings import Form
from publishers.instagram.connect import InstagramConnector
from tests.publishers.instagram.conftest import BACK, Studio, consented
from tests.sandbox.conftest import RunningSandbox

LABS = "102030405060702"
BEN = "10160000000000002"


async def exchanged(connector: InstagramConnector, **said: str) -> Any:
    return await connector.exchange(code=await consented(connector, **said), verifier="v" * 64, redirect_uri=BACK)


async def test_a_person_brings_the_accounts_behind_their_pages(
    sandbox: RunningSandbox, connector: InstagramConnector
) -> None:
    [mine] = await connector.identities(await exchanged(connector))
    assert (mine.kind, mine.remote_id, mine.name) == (AccountKind.ORGANISATION, "17841400000000001", "@sunrise.studio")
    assert mine.link == f"{sandbox.base_url}/instagram/sunrise.studio/"
    assert mine.token is not None
    assert mine.token.reveal() not in repr(mine)


async def test_a_page_without_an_account_is_explained(connector: InstagramConnector) -> None:
    with pytest.raises(GrantRefused, match="professional accounts that are linked to a Facebook Page"):
        await connector.identities(await exchanged(connector, _pages=LABS))


async def test_a_page_on_which_the_person_may_not_post_is_named(connector: InstagramConnector) -> None:
    with pytest.raises(GrantRefused, match="Sunrise Studio"):
        await connector.identities(await exchanged(connector, _auto=BEN))


@pytest.mark.parametrize("scope", ["instagram_basic", "instagram_content_publish", "pages_show_list"])
async def test_what_was_declined_is_named(connector: InstagramConnector, scope: str) -> None:
    with pytest.raises(GrantRefused, match=scope):
        await exchanged(connector, _declined=scope)


async def test_without_the_right_to_figures_or_deleting_it_connects_all_the_same(connector: InstagramConnector) -> None:
    grant = await exchanged(connector, _declined="instagram_manage_insights,instagram_manage_contents")
    assert len(await connector.identities(grant)) == 1


async def test_trouble_while_asking_for_the_name_may_pass(
    sandbox: RunningSandbox, connector: InstagramConnector
) -> None:
    grant = await exchanged(connector)
    sandbox.fault("instagram.account", "malformed_2xx")
    with pytest.raises(TryLater):
        await connector.identities(grant)
    assert len(await connector.identities(grant)) == 1


# --- figures ---------------------------------------------------------------------------------------------------------


async def test_posts_reels_and_stories_have_their_own_figures(studio: Studio) -> None:
    post = await studio.publish(studio.pictured())
    reel = await studio.publish(studio.filmed())
    story = await studio.publish(studio.pictured(form=Form.STORY.value))
    studio.pass_time(7_200)
    ids = (story.remote_id, reel.remote_id, post.remote_id)
    readings = await studio.publisher.measure(studio.account, ids)
    assert tuple(one.remote_id for one in readings) == ids
    for reading in readings:
        assert set(reading.values) == {metric.value for metric in Metric}
        assert not reading.gone
    assert readings[0].values[Metric.SAVES] is None
    assert readings[1].values[Metric.CLICKS] is None
    told = [number for one in readings for number in one.values.values() if number is not None]
    assert told
    assert all(number >= 0 for number in told)


async def test_a_name_that_was_removed_costs_only_itself(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {Metric.IMPRESSIONS: "views", Metric.LIKES: "plays"}
    monkeypatch.setattr("publishers.instagram.measure._INSIGHTS", {"FEED": names})
    receipt = await studio.publish(studio.pictured())
    studio.pass_time(7_200)
    [reading] = await studio.publisher.measure(studio.account, (receipt.remote_id,))
    assert reading.values[Metric.IMPRESSIONS] is not None
    assert reading.values[Metric.LIKES] is None


async def test_without_the_right_to_insights_the_public_counts_remain(
    studio: Studio, connector: InstagramConnector
) -> None:
    receipt = await studio.publish(studio.pictured())
    await exchanged(connector, _declined="instagram_manage_insights")  # a person's rights hold for all their tokens
    [reading] = await studio.publisher.measure(studio.account, (receipt.remote_id,))
    assert reading.values[Metric.IMPRESSIONS] is None
    assert reading.values[Metric.LIKES] is not None


async def test_a_deleted_post_is_gone_and_what_is_no_post_is_not(studio: Studio) -> None:
    receipt = await studio.publish(studio.pictured())
    await studio.publisher.withdraw(studio.account, receipt.remote_id)
    gone, odd = await studio.publisher.measure(studio.account, (receipt.remote_id, "../me"))
    assert (gone.gone, odd.gone) == (True, False)
    assert set(odd.values.values()) == {None}


async def test_a_dead_token_measures_nothing(studio: Studio) -> None:
    receipt = await studio.publish(studio.pictured())
    dead = replace(studio.account, token=Secret("EAAsandboxnobody"))
    with pytest.raises(TokenRejected):
        await studio.publisher.measure(dead, (receipt.remote_id,))


# --- undo ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sort", ["picture", "carousel", "reel", "story"])
async def test_undo_takes_every_form_away_and_may_be_repeated(studio: Studio, sort: str) -> None:
    forms: dict[str, Callable[[], Any]] = {
        "picture": studio.pictured,
        "carousel": lambda: studio.pictured(studio.picture(), studio.picture("#000000")),
        "reel": studio.filmed,
        "story": lambda: studio.pictured(form=Form.STORY.value),
    }
    receipt = await studio.publish(forms[sort]())
    await studio.publisher.withdraw(studio.account, receipt.remote_id)
    await studio.publisher.withdraw(studio.account, receipt.remote_id)
    assert [one["rid"] for one in studio.effects("delete")] == [receipt.remote_id]


async def test_a_post_that_a_person_named_by_its_link_is_measured_and_deleted(studio: Studio) -> None:
    receipt = await studio.publish(studio.pictured())
    assert receipt.permalink is not None
    shortcode = receipt.permalink.rstrip("/").rpartition("/")[2]
    [reading] = await studio.publisher.measure(studio.account, (shortcode,))
    assert (reading.remote_id, reading.gone) == (shortcode, False)
    await studio.publisher.withdraw(studio.account, shortcode)
    assert [one["rid"] for one in studio.effects("delete")] == [receipt.remote_id]
    with pytest.raises(ContentRefused, match=r"instagram/sunrise\.studio"):
        await studio.publisher.withdraw(studio.account, shortcode)


@pytest.mark.parametrize("fault", ["accept_then_close", "reject_5xx", "malformed_2xx"])
async def test_an_undo_without_answer_may_be_tried_again(studio: Studio, fault: str) -> None:
    receipt = await studio.publish(studio.pictured())
    studio.sandbox.fault("instagram.delete", fault)
    with pytest.raises(TryLater):
        await studio.publisher.withdraw(studio.account, receipt.remote_id)
    await studio.publisher.withdraw(studio.account, receipt.remote_id)


async def test_an_undo_that_instagram_has_trouble_with_is_tried_again(studio: Studio) -> None:
    receipt = await studio.publish(studio.pictured())
    studio.turn(trouble=2207085)
    with pytest.raises(TryLater):
        await studio.publisher.withdraw(studio.account, receipt.remote_id)


async def test_without_the_right_to_delete_a_person_is_sent_to_the_post(
    studio: Studio, connector: InstagramConnector
) -> None:
    receipt = await studio.publish(studio.pictured())
    assert receipt.permalink is not None
    await exchanged(connector, _declined="instagram_manage_contents")
    with pytest.raises(ContentRefused, match="Instagram app") as refused:
        await studio.publisher.withdraw(studio.account, receipt.remote_id)
    assert receipt.permalink in refused.value.sentence


@pytest.mark.parametrize("remote_id", ["../me", "", "1/../2", "a?b", "17841400000000001/media"])
async def test_what_is_no_post_cannot_be_withdrawn(studio: Studio, remote_id: str) -> None:
    with pytest.raises(ContentRefused):
        await studio.publisher.withdraw(studio.account, remote_id)


async def test_a_dead_token_withdraws_nothing(studio: Studio) -> None:
    receipt = await studio.publish(studio.pictured())
    httpx.post(f"{studio.sandbox.base_url}/_sandbox/facebook/disconnect").raise_for_status()
    with pytest.raises(TokenRejected):
        await studio.publisher.withdraw(studio.account, receipt.remote_id)
