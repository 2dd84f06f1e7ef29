"""Posts to Instagram: every form goes out once, and what was prepared is used again after a kill at any point."""

import asyncio
from dataclasses import dataclass, field, replace

import httpx
import pytest

from domain.publishing import (
    Absent,
    Claim,
    ContentRefused,
    Found,
    Handles,
    LeaseLost,
    OutcomeUnknown,
    Pending,
    TokenRejected,
    TryLater,
)
from domain.secret import Secret
from domain.settings import Form
from publishers.instagram.limits import CONTAINER_SECONDS
from tests.publishers.instagram.conftest import TEXT, Studio
from tests.publishers.stage import Ledger


async def test_a_picture_goes_out_with_its_words_and_comes_back_with_a_link(studio: Studio) -> None:
    ledger = Ledger()
    receipt = await studio.publish(studio.pictured(), ledger)
    [post] = studio.effects()
    assert (post["rid"], post["payload"]["text"], post["payload"]["alt"]) == (receipt.remote_id, TEXT, "A sunrise")
    assert ledger.permits == 1
    assert receipt.permalink is not None
    assert receipt.permalink.startswith(f"{studio.sandbox.base_url}/instagram/p/")


async def test_several_pictures_are_a_carousel_in_their_order(studio: Studio) -> None:
    pictures = [studio.picture(colour, alt=colour) for colour in ("#ff0000", "#00ff00", "#0000ff")]
    await studio.publish(studio.pictured(*pictures))
    [post] = studio.effects()
    assert (post["payload"]["sort"], post["payload"]["children"]) == ("CAROUSEL", 3)
    feed = httpx.get(f"{studio.sandbox.base_url}/_sandbox/feeds?platform=instagram").json()["posts"]
    assert [one["alt"] for one in feed[0]["media"]] == ["#ff0000", "#00ff00", "#0000ff"]


async def test_the_same_picture_may_stand_in_a_carousel_twice(studio: Studio) -> None:
    picture = studio.picture()
    await studio.publish(studio.pictured(picture, picture))
    assert studio.effects()[0]["payload"]["children"] == 2


async def test_a_film_is_a_reel(studio: Studio) -> None:
    receipt = await studio.publish(studio.filmed())
    [post] = studio.effects()
    assert (post["payload"]["sort"], post["payload"]["share_to_feed"]) == ("REELS", True)
    assert receipt.permalink is not None
    assert "/reel/" in receipt.permalink


@pytest.mark.parametrize("with_film", [False, True])
async def test_a_story_carries_no_words(studio: Studio, with_film: bool) -> None:
    form = Form.STORY.value
    await studio.publish(
        studio.filmed(form=form) if with_film else studio.pictured(studio.picture(height=1920), form=form)
    )
    [post] = studio.effects()
    assert (post["payload"]["sort"], post["payload"]["text"], post["payload"]["alt"]) == ("STORIES", "", "")


async def test_what_a_model_made_to_look_real_is_said(studio: Studio) -> None:
    await studio.publish(studio.pictured(synthetic="yes"))
    await studio.publish(studio.pictured(synthetic="no"))
    assert [post["payload"]["is_ai_generated"] for post in studio.effects()] == [True, False]


async def test_nothing_goes_out_without_the_permit(studio: Studio) -> None:
    async def lost() -> None:
        raise LeaseLost

    attempt = studio.pictured()
    with pytest.raises(LeaseLost):
        await studio.publisher.send(attempt, await studio.prepare(attempt), lost)
    with pytest.raises(TryLater):
        await studio.publisher.send(attempt, {}, Ledger().permit)
    assert studio.effects() == []


async def test_what_is_prepared_is_not_prepared_again(studio: Studio) -> None:
    attempt = studio.pictured(studio.picture(), studio.picture("#000000"))
    handles = await studio.prepare(attempt)
    asked, made = studio.media.asked, len(studio.effects("media"))
    assert await studio.prepare(attempt, handles) == handles
    assert (studio.media.asked, len(studio.effects("media"))) == (asked, made)


async def test_preparing_goes_on_after_a_kill_at_any_saved_state(studio: Studio) -> None:
    attempt = studio.pictured(studio.picture(), studio.picture("#000000"), studio.picture("#00ff00"))
    whole = Ledger()
    await studio.prepare(attempt, {}, whole)
    for saved in whole.saved:
        made = len(studio.effects("media"))
        handles = await studio.prepare(attempt, saved)
        assert len(studio.effects("media")) - made == 4 - len(saved)
        assert list(handles) == list(whole.saved[-1])


class Killed(Exception):
    pass


@dataclass
class Mortal:
    """A worker's row: what it stored outlives the worker, which dies at its n-th save, before it or after it."""

    die_at: int
    stores_first: bool
    kept: Handles = field(default_factory=dict)
    saves: int = 0

    async def save(self, handles: Handles) -> None:
        self.saves += 1
        if self.saves == self.die_at and not self.stores_first:
            raise Killed
        self.kept = dict(handles)
        if self.saves == self.die_at:
            raise Killed


def one_of(studio: Studio, form: str) -> Claim:
    """An attempt of that form."""
    match form:
        case "carousel":
            return studio.pictured(studio.picture(), studio.picture("#000000"))
        case "reel":
            return studio.filmed()
        case "story":
            return studio.pictured(form=Form.STORY.value)
        case _:
            return studio.pictured()


@pytest.mark.parametrize("form", ["picture", "carousel", "reel", "story"])
@pytest.mark.parametrize("stores_first", [False, True])
async def test_a_kill_at_any_save_costs_no_double(studio: Studio, form: str, stores_first: bool) -> None:
    for die_at in range(1, 30):
        attempt = one_of(studio, form)
        row, before = Mortal(die_at, stores_first), len(studio.effects())
        try:
            await studio.publisher.prepare(attempt, {}, row.save)
        except Killed:
            pass
        else:
            assert die_at > (2 if form != "carousel" else 6)
            return
        await studio.publish(replace(attempt, fence=2, handles=row.kept))
        assert len(studio.effects()) == before + 1
    raise AssertionError("it saves for ever")


@pytest.mark.parametrize("arrives", [False, True])
async def test_a_worker_that_dies_in_the_send_leaves_what_tells_the_next_one(studio: Studio, arrives: bool) -> None:
    attempt = studio.pictured()
    handles = await studio.prepare(attempt)
    studio.sandbox.fault("instagram.media_publish", "accept_then_hang" if arrives else "close", seconds=5)
    sending = asyncio.create_task(studio.publisher.send(attempt, handles, Ledger().permit))
    while arrives and not studio.effects():
        await asyncio.sleep(0.01)
    sending.cancel() if arrives else None
    with pytest.raises(OutcomeUnknown):
        await sending
    finding = await studio.find(attempt, handles)
    assert isinstance(finding, Found if arrives else Absent)


async def test_an_edited_text_never_goes_out_with_what_was_prepared_before(studio: Studio) -> None:
    attempt = studio.pictured()
    handles = await studio.prepare(attempt)
    edited = replace(attempt, payload=replace(attempt.payload, text="Edited"), handles=handles)
    await studio.publish(edited)
    assert studio.effects()[0]["payload"]["text"] == "Edited"


@pytest.mark.parametrize("fault", ["accept_then_500", "accept_then_close", "accept_then_hang", "malformed_2xx"])
async def test_an_answer_that_proves_nothing_is_unknown_and_the_container_settles_it(
    studio: Studio, fault: str
) -> None:
    studio.sandbox.fault("instagram.media_publish", fault, seconds=0.1)
    attempt = studio.pictured()
    handles = await studio.prepare(attempt)
    with pytest.raises(OutcomeUnknown):
        await studio.publisher.send(attempt, handles, Ledger().permit)
    finding = await studio.find(attempt, handles)
    assert isinstance(finding, Found)
    assert [one.remote_id for one in finding.receipts] == [studio.effects()[0]["rid"]]


@pytest.mark.parametrize("fault", ["reject_5xx", "close"])
async def test_a_loss_before_acceptance_is_found_absent_and_the_same_container_goes_out(
    studio: Studio, fault: str
) -> None:
    studio.sandbox.fault("instagram.media_publish", fault)
    attempt = studio.pictured()
    handles = await studio.prepare(attempt)
    with pytest.raises(OutcomeUnknown):
        await studio.publisher.send(attempt, handles, Ledger().permit)
    assert await studio.find(attempt, handles) == Absent()
    made = len(studio.effects("media"))
    await studio.publish(replace(attempt, handles=handles))
    assert (len(studio.effects()), len(studio.effects("media"))) == (1, made)


async def test_a_container_that_an_earlier_attempt_published_is_neither_sent_nor_made_again(studio: Studio) -> None:
    first = studio.pictured()
    handles = await studio.prepare(first)
    receipt = await studio.publisher.send(first, handles, Ledger().permit)
    again, ledger = replace(first, fence=2, handles=handles), Ledger()
    with pytest.raises(OutcomeUnknown, match="earlier attempt"):
        await studio.publish(again, ledger)
    assert ledger.permits == 1
    assert (len(studio.effects()), len(studio.effects("media"))) == (1, 1)
    assert await studio.find(again, ledger.saved[-1]) == Found((receipt,))


async def test_a_second_publish_of_a_container_is_a_question_not_a_refusal(studio: Studio) -> None:
    attempt = studio.pictured()
    handles = await studio.prepare(attempt)
    await studio.publisher.send(attempt, handles, Ledger().permit)
    with pytest.raises(OutcomeUnknown, match="used up or gone"):
        await studio.publisher.send(attempt, handles, Ledger().permit)
    assert len(studio.effects()) == 1


@pytest.mark.parametrize("subcode", [2207051, 2207042])
async def test_an_answer_like_a_limit_may_be_that_of_a_live_post(studio: Studio, subcode: int) -> None:
    attempt = studio.pictured()
    handles = await studio.prepare(attempt)
    studio.turn(refused_though_live=subcode)
    with pytest.raises(OutcomeUnknown):
        await studio.publisher.send(attempt, handles, Ledger().permit)
    assert isinstance(await studio.find(attempt, handles), Found)


async def test_the_account_s_own_number_of_posts_is_asked_before(studio: Studio) -> None:
    studio.turn(daily_posts=1)
    await studio.publish(studio.pictured())
    with pytest.raises(TryLater, match="1 posts") as waiting:
        await studio.prepare(studio.pictured(text="Another"))
    assert waiting.value.at is not None
    assert len(studio.effects("media")) == 1


async def test_work_that_lasts_is_awaited_and_then_put_off_with_the_same_container(studio: Studio) -> None:
    studio.turn(processing=100_000)
    attempt, ledger = studio.filmed(), Ledger()
    with pytest.raises(TryLater, match="still working") as waiting:
        await studio.prepare(attempt, {}, ledger)
    assert waiting.value.at is not None
    assert isinstance(await studio.find(attempt, ledger.saved[-1]), Pending)
    studio.turn(processing=0)
    await studio.publish(replace(attempt, handles=ledger.saved[-1]))
    assert (len(studio.effects()), len(studio.effects("media"))) == (1, 1)


async def test_a_film_that_instagram_cannot_use_is_refused_in_its_words(studio: Studio) -> None:
    with pytest.raises(ContentRefused, match="Unsupported video format"):
        await studio.prepare(studio.filmed(studio.film(edit_list=True)))


async def test_trouble_of_instagram_s_own_is_tried_with_a_new_container(studio: Studio) -> None:
    studio.turn(processing_fails=2207053)
    attempt, ledger = studio.filmed(), Ledger()
    with pytest.raises(TryLater):
        await studio.prepare(attempt, {}, ledger)
    studio.turn(processing_fails=0)
    await studio.publish(replace(attempt, handles=ledger.saved[-1]))
    assert (len(studio.effects()), len(studio.effects("media"))) == (1, 2)


@pytest.mark.parametrize("parts", [1, 3])
async def test_containers_that_expired_are_made_anew(studio: Studio, parts: int) -> None:
    attempt = studio.pictured(*(studio.picture(colour) for colour in ("#ff0000", "#00ff00", "#0000ff")[:parts]))
    handles = await studio.prepare(attempt)
    studio.pass_time(CONTAINER_SECONDS + 60)
    made = len(studio.effects("media"))
    await studio.publish(replace(attempt, handles=handles))
    assert (len(studio.effects()), len(studio.effects("media"))) == (1, 2 * made)


async def test_a_container_that_would_expire_in_between_is_made_anew(studio: Studio) -> None:
    attempt = studio.pictured()
    handles = await studio.prepare(attempt)
    [name] = handles
    container = handles[name].partition("@")[0]
    old = {name: f"{container}@{int(attempt.intent_at.timestamp()) - CONTAINER_SECONDS + 60}"}
    assert (await studio.prepare(attempt, old))[name].partition("@")[0] != container


async def test_a_picture_that_is_not_the_approved_one_is_refused(studio: Studio) -> None:
    attempt = studio.pictured()
    digest = attempt.payload.pictures[0].digest
    studio.media.kept[digest] = b"other"
    with pytest.raises(ContentRefused, match="not the one that was approved"):
        await studio.prepare(attempt)
    film = studio.film()
    studio.media.kept[film.digest] = b"other"
    with pytest.raises(ContentRefused, match="no longer in our store"):
        await studio.prepare(studio.filmed(film))
    assert studio.effects("media") == []


async def test_a_film_that_instagram_cannot_fetch_is_said_too(studio: Studio) -> None:
    film = studio.film()
    studio.shelf.moved[f"/{film.digest}"] = "/elsewhere"
    with pytest.raises(TryLater, match="AMARKTAI_BASE_URL"):
        await studio.prepare(studio.filmed(film))


async def test_an_address_that_instagram_cannot_fetch_is_said_and_the_post_waits(studio: Studio) -> None:
    attempt = studio.pictured()
    studio.shelf.moved[f"/{attempt.payload.pictures[0].digest}"] = "/elsewhere"
    with pytest.raises(TryLater, match="AMARKTAI_BASE_URL"):
        await studio.prepare(attempt)


@pytest.mark.parametrize("fault", ["accept_then_close", "accept_then_500", "malformed_2xx", "close", "reject_5xx"])
async def test_a_container_whose_answer_got_lost_may_be_made_again(studio: Studio, fault: str) -> None:
    studio.sandbox.fault("instagram.media", fault)
    attempt, ledger = studio.pictured(), Ledger()
    with pytest.raises(TryLater):
        await studio.prepare(attempt, {}, ledger)
    await studio.publish(replace(attempt, handles=ledger.saved[-1]))
    assert len(studio.effects()) == 1


async def test_throttling_waits_as_long_as_instagram_says(studio: Studio) -> None:
    attempt = studio.pictured()
    handles = await studio.prepare(attempt)
    studio.sandbox.fault("instagram.media_publish", "429", retry_after=120)
    with pytest.raises(TryLater) as waiting:
        await studio.publisher.send(attempt, handles, Ledger().permit)
    assert waiting.value.at is not None


async def test_a_dead_token_is_for_the_owner(studio: Studio) -> None:
    attempt = studio.pictured()
    handles = await studio.prepare(attempt)
    httpx.post(f"{studio.sandbox.base_url}/_sandbox/facebook/disconnect").raise_for_status()
    with pytest.raises(TokenRejected, match="Connect the account again"):
        await studio.publisher.send(attempt, handles, Ledger().permit)
    with pytest.raises(TokenRejected):
        await studio.prepare(attempt, handles)


async def test_an_address_of_the_post_that_does_not_come_costs_nothing(studio: Studio) -> None:
    studio.sandbox.fault("instagram.get", "reject_5xx")
    receipt = await studio.publish(studio.pictured())
    assert (receipt.remote_id, receipt.permalink) == (studio.effects()[0]["rid"], None)


async def test_an_account_that_is_none_is_never_put_in_an_address(studio: Studio) -> None:
    attempt = studio.pictured()
    wrong = replace(attempt, account=replace(attempt.account, remote_id="../me"))
    with pytest.raises(ContentRefused):
        await studio.prepare(wrong)


async def test_a_token_of_nobody_prepares_nothing(studio: Studio) -> None:
    attempt = studio.pictured()
    stranger: Claim = replace(attempt, account=replace(attempt.account, token=Secret("EAAsandboxnobody")))
    with pytest.raises(TokenRejected):
        await studio.prepare(stranger)
