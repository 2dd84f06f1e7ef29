"""Films and reels: brought piece by piece, gone on with after a kill, worked on unseen, looked up by their status."""

import asyncio
from dataclasses import replace

import httpx
import pytest

from domain.links import remote_id_of
from domain.payload import Payload, Video
from domain.platforms import Platform
from domain.publishing import (
    Absent,
    CannotTell,
    ContentRefused,
    Found,
    Handles,
    LeaseLost,
    OutcomeUnknown,
    Pending,
    TryLater,
)
from publishers import meta_upload
from publishers.facebook.publish import check
from tests.publishers.facebook.conftest import FILM, REEL, Page
from tests.publishers.stage import Ledger
from tests.sandbox.samples import mp4

UPRIGHT = Video("d", "video/mp4", 1080, 1920, 1_000, 6.0, 30.0, "avc1", "mp4a")


async def test_a_film_is_unseen_until_it_is_sent(page: Page) -> None:
    attempt = page.claim("How tea is made", video=page.film(), title="Tea")
    handles = await page.prepare(attempt)
    assert page.effects() == []
    receipt = await page.publisher.send(attempt, handles, Ledger().permit)
    [shown] = page.feed()
    assert shown["text"] == "How tea is made"
    assert shown["media"][0]["alt"] == "Tea"
    assert httpx.get(shown["media"][0]["url"]).content == FILM
    assert page.effects()[0]["payload"]["video_id"] == receipt.remote_id
    assert receipt.permalink is not None
    assert (
        remote_id_of(Platform.FACEBOOK, receipt.permalink, frozenset({page.sandbox.base_url[7:]})) == receipt.remote_id
    )
    assert "How tea is made" in httpx.get(receipt.permalink).text
    assert await page.find(attempt, handles) == Found((receipt,))


async def test_a_reel_is_finished_only_by_the_send(page: Page) -> None:
    attempt = page.claim("A reel", video=page.film(REEL, 1080, 1920), form="reel")
    handles = await page.prepare(attempt)
    assert page.effects() == []
    assert await page.find(attempt, handles) == Absent(proven=True)
    receipt = await page.publisher.send(attempt, handles, Ledger().permit)
    assert receipt.permalink is not None
    assert receipt.permalink.endswith(f"/reel/{receipt.remote_id}/")
    assert "A reel" in httpx.get(receipt.permalink).text
    assert [post["text"] for post in page.feed()] == ["A reel"]
    assert await page.find(attempt, handles) == Found((receipt,))


@pytest.mark.parametrize("form", ["", "reel"])
async def test_what_is_prepared_is_not_prepared_again(page: Page, form: str) -> None:
    attempt = page.claim(video=page.film(REEL, 1080, 1920), form=form)
    handles = await page.prepare(attempt)
    asked = page.media.asked
    assert dict(await page.prepare(attempt, handles)) == dict(handles)
    assert page.media.asked == asked


@pytest.mark.parametrize("form", ["", "reel"])
async def test_preparing_goes_on_where_any_saved_state_left_it(
    page: Page, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meta_upload, "PIECE", 30_000)
    attempt, ledger = page.claim(video=page.film(REEL, 1080, 1920), form=form), Ledger()
    await page.prepare(attempt, {}, ledger)
    for number, saved in enumerate([{}, *ledger.saved]):
        handles = await page.prepare(attempt, saved)
        if number == len(ledger.saved):
            await page.publisher.send(attempt, handles, Ledger().permit)
    assert len(page.effects()) == 1
    assert httpx.get(page.feed()[0]["media"][0]["url"]).content == REEL


@pytest.mark.parametrize("form", ["", "reel"])
async def test_a_kill_in_the_middle_of_the_bytes_costs_only_what_was_on_its_way(
    page: Page, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease is lost after some pieces: what Facebook had by then is not brought again."""
    monkeypatch.setattr(meta_upload, "PIECE", 10_000)
    attempt = page.claim(video=page.film(mp4(size=400_000), 1080, 1920), form=form)
    saved: list[Handles] = []

    async def save(handles: Handles) -> None:
        saved.append(dict(handles))
        if len(saved) == 30:
            raise LeaseLost

    with pytest.raises(LeaseLost):
        await page.publisher.prepare(attempt, {}, save)
    asked = page.media.asked
    assert asked > 20
    handles = saved[-1]
    await until_quiet(page, handles)
    again = await page.prepare(attempt, handles)
    assert 0 < page.media.asked - asked < 40
    await page.publisher.send(attempt, again, Ledger().permit)
    assert len(page.effects()) == 1


async def until_quiet(page: Page, handles: Handles) -> None:
    """The twin writes down what came when it notices that the caller has gone."""
    for _ in range(200):
        if any(one["received"] for one in page.sandbox.world.state.all("meta.uploads")):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nothing came of the upload")


@pytest.mark.parametrize(
    ("form", "target"),
    [
        ("", "facebook.uploads"),
        ("", "facebook.upload"),
        ("", "facebook.videos"),
        ("", "facebook.video"),
        ("reel", "facebook.video_reels"),
        ("reel", "facebook.rupload"),
        ("reel", "facebook.video"),
    ],
)
@pytest.mark.parametrize("fault", ["accept_then_close", "accept_then_500", "malformed_2xx", "close", "reject_5xx"])
async def test_whatever_breaks_while_preparing_is_tried_again(page: Page, form: str, target: str, fault: str) -> None:
    attempt, ledger = page.claim(video=page.film(REEL, 1080, 1920), form=form), Ledger()
    page.sandbox.fault(target, fault)
    handles: Handles = {}
    for _ in range(3):
        try:
            handles = await page.prepare(attempt, ledger.saved[-1] if ledger.saved else {}, ledger)
            break
        except TryLater:
            assert page.effects() == []
    await page.publisher.send(attempt, handles, Ledger().permit)
    assert len(page.effects()) == 1


@pytest.mark.parametrize("form", ["", "reel"])
@pytest.mark.parametrize("fault", ["accept_then_500", "accept_then_close", "malformed_2xx"])
async def test_a_lost_answer_is_cleared_up_by_the_status(page: Page, form: str, fault: str) -> None:
    attempt = page.claim(video=page.film(REEL, 1080, 1920), form=form)
    handles = await page.prepare(attempt)
    page.sandbox.fault("facebook.video_reels" if form else "facebook.publish", fault)
    with pytest.raises(OutcomeUnknown):
        await page.publisher.send(attempt, handles, Ledger().permit)
    assert len(page.effects()) == 1
    assert isinstance(await page.find(attempt, handles), Found)


@pytest.mark.parametrize("form", ["", "reel"])
async def test_a_film_that_was_not_taken_is_absent_and_goes_out_by_the_same_handle(page: Page, form: str) -> None:
    attempt = page.claim(video=page.film(REEL, 1080, 1920), form=form)
    handles = await page.prepare(attempt)
    page.sandbox.fault("facebook.video_reels" if form else "facebook.publish", "reject_5xx")
    with pytest.raises(OutcomeUnknown):
        await page.publisher.send(attempt, handles, Ledger().permit)
    assert await page.find(attempt, handles) == Absent(proven=True)
    await page.publisher.send(attempt, await page.prepare(attempt, handles), Ledger().permit)
    assert len(page.effects()) == 1


async def test_a_second_finish_of_a_reel_proves_nothing(page: Page) -> None:
    attempt = page.claim(video=page.film(REEL, 1080, 1920), form="reel")
    handles = await page.prepare(attempt)
    receipt = await page.publisher.send(attempt, handles, Ledger().permit)
    with pytest.raises(OutcomeUnknown, match="published already"):
        await page.publisher.send(attempt, handles, Ledger().permit)
    assert await page.find(attempt, handles) == Found((receipt,))
    assert len(page.effects()) == 1


async def test_processing_is_waited_for_and_then_comes_back_later(page: Page) -> None:
    page.knob("facebook.video_processing", 600)
    attempt, ledger = page.claim(video=page.film()), Ledger()
    with pytest.raises(TryLater, match="still working") as waiting:
        await page.prepare(attempt, {}, ledger)
    assert waiting.value.at is not None
    page.sandbox.world.advance(601)
    handles = await page.prepare(attempt, ledger.saved[-1])
    assert dict(handles) == ledger.saved[-1]
    await page.publisher.send(attempt, handles, Ledger().permit)
    assert len(page.feed()) == 1


async def test_a_reel_in_the_works_is_pending_and_nobody_is_asked(page: Page) -> None:
    attempt = page.claim(video=page.film(REEL, 1080, 1920), form="reel")
    handles = await page.prepare(attempt)
    page.knob("facebook.video_processing", 600)
    page.sandbox.fault("facebook.video_reels", "accept_then_close")
    with pytest.raises(OutcomeUnknown):
        await page.publisher.send(attempt, handles, Ledger().permit)
    assert isinstance(await page.find(attempt, handles), Pending)
    page.sandbox.world.advance(601)
    assert isinstance(await page.find(attempt, handles), Found)


async def test_a_film_that_facebook_cannot_use_is_for_the_reviewer(page: Page) -> None:
    page.knob("facebook.processing_fails", 1)
    with pytest.raises(ContentRefused, match="processing failed"):
        await page.prepare(page.claim(video=page.film()))
    with pytest.raises(ContentRefused, match="format that we don't support"):
        await page.prepare(page.claim(video=page.film(b"no film at all")))
    assert page.effects() == []


async def test_a_reel_that_fails_after_it_was_finished_is_never_taken_for_published(page: Page) -> None:
    page.knob("facebook.processing_fails", 1)
    attempt = page.claim(video=page.film(REEL, 1080, 1920), form="reel")
    handles = await page.prepare(attempt)
    with pytest.raises(OutcomeUnknown, match="still working"):
        await page.publisher.send(attempt, handles, Ledger().permit)
    assert page.effects() == []
    assert await page.find(attempt, handles) == Absent(proven=True)
    with pytest.raises(ContentRefused, match="processing failed"):
        await page.prepare(attempt, handles)


async def test_an_upload_that_facebook_forgot_is_made_anew(page: Page) -> None:
    attempt, ledger = page.claim(video=page.film()), Ledger()
    page.sandbox.fault("facebook.videos", "close")
    page.sandbox.fault("facebook.upload", "close", count=9)
    with pytest.raises(TryLater):
        await page.prepare(attempt, {}, ledger)
    httpx.delete(f"{page.sandbox.base_url}/_sandbox/faults").raise_for_status()
    page.sandbox.world.advance(90_000)
    handles = await page.prepare(attempt, ledger.saved[-1])
    assert handles[begun(handles)] != ledger.saved[-1][begun(handles)]
    await page.publisher.send(attempt, handles, Ledger().permit)
    assert len(page.feed()) == 1


def begun(handles: Handles) -> str:
    return next(name for name in handles if name.startswith("begun:"))


@pytest.mark.parametrize("form", ["", "reel"])
async def test_a_film_that_is_no_longer_the_approved_one_is_refused(page: Page, form: str) -> None:
    film = page.film(REEL, 1080, 1920)
    page.media.kept[film.digest] = FILM
    with pytest.raises(ContentRefused, match="no longer in our store"):
        await page.prepare(page.claim(video=film, form=form))


async def test_a_film_without_a_handle_cannot_be_looked_for(page: Page) -> None:
    assert isinstance(await page.find(page.claim(video=page.film()), {}), CannotTell)


async def test_a_film_and_a_reel_can_be_withdrawn_and_measured(page: Page) -> None:
    for form in ("", "reel"):
        receipt = await page.publish(page.claim(form or "film", video=page.film(REEL, 1080, 1920), form=form))
        [reading] = await page.publisher.measure(page.account, (receipt.remote_id,))
        assert not reading.gone
        await page.publisher.withdraw(page.account, receipt.remote_id)
        await page.publisher.withdraw(page.account, receipt.remote_id)
        [reading] = await page.publisher.measure(page.account, (receipt.remote_id,))
        assert reading.gone
    assert page.feed() == []


async def test_the_upload_address_of_a_reel_must_be_metas_own(page: Page) -> None:
    graph = page.publisher.graph
    assert graph.is_ours(f"{page.sandbox.base_url}/facebook/rupload/video-upload/v26.0/1")
    real = replace(graph, base="https://graph.facebook.com/v26.0")
    assert real.is_ours("https://rupload.facebook.com/video-upload/v26.0/1")
    for elsewhere in (
        "https://facebook.com.evil.example/1",
        "http://rupload.facebook.com/1",
        "https://evil.example",
        5,
    ):
        assert not real.is_ours(elsewhere)


@pytest.mark.parametrize(
    ("film", "sentence"),
    [
        (replace(UPRIGHT, width=360, height=640), "540 × 960"),
        (replace(UPRIGHT, width=1080, height=1080), "9:16"),
        (replace(UPRIGHT, seconds=2.0), "3 to 90 seconds"),
        (replace(UPRIGHT, seconds=91.0), "3 to 90 seconds"),
        (replace(UPRIGHT, rate=12.0), "24 to 60 frames"),
        (replace(UPRIGHT, size=2_000_000_000), "1000 MB"),
        (replace(UPRIGHT, video_codec="mp4v"), "mp4v"),
    ],
)
def test_what_facebook_would_refuse_of_a_reel_is_told_beforehand(film: Video, sentence: str) -> None:
    complaints = check(Payload("x", video=film, settings={"form": "reel"}))
    assert any(sentence in complaint for complaint in complaints)


def test_a_good_film_draws_no_complaint() -> None:
    assert check(Payload("x", video=UPRIGHT, settings={"form": "reel"})) == []
    assert check(Payload("", video=replace(UPRIGHT, width=1920, height=1080))) == []


async def test_a_large_film_is_never_held_whole(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    film, largest = page.film(mp4(size=5_000_000), 1080, 1920), 0
    part = page.media.part

    async def measured(digest: str, start: int, end: int) -> bytes:
        nonlocal largest
        largest = max(largest, end - start)
        return await part(digest, start, end)

    monkeypatch.setattr(page.media, "part", measured)
    await page.publish(page.claim(video=film, form="reel"))
    await page.publish(page.claim("Another", video=film))
    assert 0 < largest <= 4 * 1024 * 1024


async def test_the_lease_is_renewed_with_every_piece(page: Page) -> None:
    ledger = Ledger()
    await page.prepare(page.claim(video=page.film(mp4(size=6_000_000), 1080, 1920), form="reel"), {}, ledger)
    assert len(ledger.saved) >= 6
