"""Photos on TikTok: fetched from our own address, posted by the start itself, looked for in the list afterwards."""

from dataclasses import replace

import httpx
import pytest

from domain.publishing import (
    Absent,
    CannotTell,
    Claim,
    ContentRefused,
    Found,
    Handles,
    LeaseLost,
    OutcomeUnknown,
    Pending,
    Receipt,
    TryLater,
)
from publishers.pictures import no_url
from publishers.tiktok.publisher import TikTokPublisher
from tests.publishers.stage import Ledger
from tests.publishers.tiktok.conftest import TEXT, Stage
from tests.sandbox.tiktok.conftest import Place


async def sent(creator: Stage, fault: str) -> tuple[object, object]:
    """What the send came to under a fault, and what the look says then."""
    attempt = creator.photos()
    handles = await creator.prepared(attempt)
    creator.sandbox.fault("tiktok.photo_init", fault, seconds=0.1)
    try:
        outcome: object = await creator.publisher.send(attempt, handles, Ledger().permit)
    except (OutcomeUnknown, TryLater) as error:
        outcome = error
    return outcome, await creator.find(attempt, handles)


async def until_fetched(creator: Stage) -> None:
    """TikTok's fetches are tasks of its own: wait for them as a person would, by asking the page."""
    async with httpx.AsyncClient(trust_env=False) as person:
        for _ in range(500):
            if creator.out():
                return
            await person.get(f"{creator.sandbox.base_url}/_sandbox/knobs")
    raise AssertionError("TikTok never fetched them")


async def test_photos_go_out_in_their_order(creator: Stage) -> None:
    pictures = (creator.photo(), creator.photo("#3f7ae0"))
    attempt, ledger = creator.photos(*pictures), Ledger()
    handles = await creator.publisher.prepare(attempt, {}, ledger.save)
    try:
        await creator.publisher.send(attempt, handles, ledger.permit)
    except OutcomeUnknown:  # TikTok was still fetching when we looked
        await until_fetched(creator)
    told = creator.told()
    assert ledger.permits == 1
    assert told["media"] == [picture.digest for picture in pictures]
    assert (told["description"], told["privacy_level"], told["auto_add_music"]) == (TEXT, "PUBLIC_TO_EVERYONE", False)
    assert (told["disable_comment"], told["brand_content_toggle"], told["brand_organic_toggle"]) == (True, False, False)


async def test_the_start_is_the_call_that_needs_the_permit(creator: Stage) -> None:
    async def lost() -> None:
        raise LeaseLost

    attempt = creator.photos()
    handles = await creator.prepared(attempt)
    assert creator.begun() == 0
    with pytest.raises(LeaseLost):
        await creator.publisher.send(attempt, handles, lost)
    assert creator.begun() == 0


@pytest.mark.parametrize("fault", ["accept_then_500", "accept_then_close", "accept_then_hang", "malformed_2xx"])
async def test_a_lost_start_is_found_in_the_list_once_everybody_sees_it(creator: Stage, fault: str) -> None:
    attempt = creator.photos()
    handles = await creator.prepared(attempt)
    creator.sandbox.fault("tiktok.photo_init", fault, seconds=0.1)
    with pytest.raises(OutcomeUnknown):
        await creator.publisher.send(attempt, handles, Ledger().permit)
    await until_fetched(creator)
    finding = await creator.find(attempt, handles)
    told = creator.told()
    link = f"{creator.sandbox.base_url}/tiktok/@sunrise.studio/photo/{told['post_id']}"
    assert finding == Found((Receipt(str(told["post_id"]), link),))


async def begun_and_unseen(creator: Stage, attempt: Claim) -> Handles:
    """Photos that TikTok named and then could not be asked about; what is known of them."""
    handles = await creator.prepared(attempt)
    creator.sandbox.fault("tiktok.status", "malformed_2xx")
    with pytest.raises(OutcomeUnknown) as unknown:
        await creator.publisher.send(attempt, handles, Ledger().permit)
    return {**handles, **unknown.value.handles}


async def test_photos_that_tiktok_named_are_found_by_that_name_also_where_no_list_shows_them(creator: Stage) -> None:
    attempt = creator.photos(privacy="SELF_ONLY")
    handles = await begun_and_unseen(creator, attempt)
    await until_fetched(creator)
    finding = await creator.find(attempt, handles)
    assert isinstance(finding, Found)
    assert [one.remote_id for one in finding.receipts] == creator.out()


async def test_photos_that_tiktok_is_still_fetching_are_waited_for(creator: Stage) -> None:
    attempt = creator.photos()
    creator.turn(processing=60)
    assert isinstance(await creator.find(attempt, await begun_and_unseen(creator, attempt)), Pending)


async def test_photos_that_failed_under_their_name_are_proven_absent(creator: Stage) -> None:
    attempt = creator.photos()
    creator.lever("fail", reason="internal", count="1")
    handles = await begun_and_unseen(creator, attempt)
    for _ in range(500):
        finding = await creator.find(attempt, handles)
        if not isinstance(finding, Pending):
            break
        creator.pass_time(5)
    assert finding == Absent(proven=True)


async def test_the_name_of_an_earlier_try_is_never_taken_for_the_next_ones(creator: Stage) -> None:
    attempt = creator.photos()
    handles = await begun_and_unseen(creator, attempt)
    assert len(handles) > len(await creator.prepared(attempt, handles))
    other = creator.photos(text="Quite another subject altogether")
    await until_fetched(creator)
    assert isinstance(await creator.find(other, handles), CannotTell)


async def test_a_start_that_got_lost_is_never_taken_for_absent(creator: Stage) -> None:
    outcome, finding = await sent(creator, "reject_5xx")
    assert isinstance(outcome, OutcomeUnknown)
    assert isinstance(finding, CannotTell)
    assert finding.link is not None
    assert "@sunrise.studio" in finding.link


async def test_a_throttled_start_waits_a_minute(creator: Stage) -> None:
    outcome, _ = await sent(creator, "429")
    assert isinstance(outcome, TryLater)
    assert outcome.at is not None


async def test_a_private_photo_post_cannot_be_looked_for(creator: Stage) -> None:
    attempt = creator.photos(privacy="SELF_ONLY")
    handles = await creator.prepared(attempt)
    creator.sandbox.fault("tiktok.photo_init", "accept_then_close")
    with pytest.raises(OutcomeUnknown):
        await creator.publisher.send(attempt, handles, Ledger().permit)
    await until_fetched(creator)
    assert isinstance(await creator.find(attempt, handles), CannotTell)


async def test_another_post_of_the_day_is_not_taken_for_ours(creator: Stage) -> None:
    other = creator.photos(text="Quite another subject altogether")
    handles = await creator.prepared(other)
    creator.sandbox.fault("tiktok.photo_init", "accept_then_close")
    with pytest.raises(OutcomeUnknown):
        await creator.publisher.send(other, handles, Ledger().permit)
    await until_fetched(creator)
    assert isinstance(await creator.find(creator.photos(), handles), CannotTell)


async def test_more_posts_than_a_page_holds_are_gone_through(creator: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("publishers.tiktok.find.PAGE", 2)
    attempt = creator.photos()
    handles = await creator.prepared(attempt)
    creator.sandbox.fault("tiktok.photo_init", "accept_then_close")
    with pytest.raises(OutcomeUnknown):
        await creator.publisher.send(attempt, handles, Ledger().permit)
    await until_fetched(creator)
    for number in range(5):
        await creator.publish(creator.claim(text=f"Subject number {number}"))
        creator.pass_time(2)  # TikTok's cursor is a moment
    assert isinstance(await creator.find(attempt, handles), Found)


@pytest.mark.parametrize(("fault", "count"), [("malformed_2xx", 1), ("reject_5xx", 3), ("429", 1)])
async def test_a_list_that_cannot_be_read_tells_nothing(creator: Stage, fault: str, count: int) -> None:
    creator.sandbox.fault("tiktok.list", fault, count=count)
    assert isinstance(await creator.find(creator.photos(), {}), CannotTell)


async def test_photos_that_tiktok_cannot_fetch_are_tried_again(creator: Stage, place: Place) -> None:
    attempt = creator.photos()
    handles = await creator.prepared(attempt)
    publisher = TikTokPublisher(creator.publisher.api, creator.media, lambda digest, _: place.put(digest, b"", 404))
    with pytest.raises((TryLater, OutcomeUnknown)):  # the latter when TikTok was still fetching when we looked
        await publisher.send(attempt, handles, Ledger().permit)
    assert creator.out() == []


async def test_an_address_that_tiktok_does_not_know_is_for_whoever_runs_us(creator: Stage) -> None:
    attempt = creator.photos()
    handles = await creator.prepared(attempt)
    publisher = TikTokPublisher(creator.publisher.api, creator.media, lambda digest, _: f"https://cdn.example/{digest}")
    with pytest.raises(TryLater, match="developer console"):
        await publisher.send(attempt, handles, Ledger().permit)


async def test_without_an_address_nothing_is_begun(creator: Stage) -> None:
    attempt, ledger = creator.photos(), Ledger()
    handles = await creator.prepared(attempt)
    publisher = TikTokPublisher(creator.publisher.api, creator.media, no_url)
    with pytest.raises(TryLater):
        await publisher.send(attempt, handles, ledger.permit)
    assert ledger.permits == 0


async def test_photos_are_looked_at_once_and_must_be_the_approved_ones(creator: Stage) -> None:
    attempt = creator.photos()
    handles = await creator.prepared(attempt)
    asked = creator.media.asked
    assert await creator.prepared(attempt, handles) == handles
    assert creator.media.asked == asked
    creator.media.kept[attempt.payload.pictures[0].digest] = b"another"
    with pytest.raises(ContentRefused, match="not the one that was approved"):
        await creator.prepared(attempt)
    with pytest.raises(ContentRefused, match="offers this account only"):
        await creator.prepared(creator.attempt(replace(attempt.payload, settings={"privacy": "FOLLOWER_OF_CREATOR"})))
