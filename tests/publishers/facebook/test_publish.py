"""Posts on a Page: unseen until they are sent, the same after a kill anywhere, refused beforehand where possible."""

from dataclasses import replace

import httpx
import pytest

from domain.payload import Document, Payload
from domain.publishing import Absent, CannotTell, ContentRefused, Found, OutcomeUnknown, Receipt, TryLater
from publishers.facebook.publish import check, first_link
from tests.publishers.facebook.conftest import STUDIO, Page
from tests.publishers.stage import Ledger, MediaStore, answer, answering, search
from tests.sandbox.samples import jpeg, png

MEDIA = MediaStore()


async def test_a_text_with_a_link_is_shown_only_by_the_send(page: Page) -> None:
    attempt = page.claim("Tea at five: https://sunrise.example/tea?utm_source=facebook.")
    handles = await page.prepare(attempt)
    assert page.effects() == []
    receipt = await page.publisher.send(attempt, handles, Ledger().permit)
    [shown] = page.feed()
    assert shown["text"].endswith("\nhttps://sunrise.example/tea?utm_source=facebook")
    assert receipt.remote_id == shown["id"] == page.effects()[0]["rid"]
    assert receipt.permalink == shown["url"]
    assert httpx.get(shown["url"]).status_code == 200


async def test_one_photo_and_several_go_with_their_words(page: Page) -> None:
    one = page.media.put(jpeg(80, 80), "A cup", "image/jpeg")
    two = page.media.put(png(80, 80), "A pot", "image/png")
    await page.publish(page.claim("One", one))
    await page.publish(page.claim("Two", one, two))
    await page.publish(page.claim("Twice the same", two, two))
    media = {post["text"]: [(shown["alt"], shown["type"]) for shown in post["media"]] for post in page.feed()}
    assert media == {
        "One": [("A cup", "image/jpeg")],
        "Two": [("A cup", "image/jpeg"), ("A pot", "image/png")],
        "Twice the same": [("A pot", "image/png"), ("A pot", "image/png")],
    }


async def test_sending_twice_shows_one_post(page: Page) -> None:
    attempt = page.claim()
    handles = await page.prepare(attempt)
    first = await page.publisher.send(attempt, handles, Ledger().permit)
    assert await page.publisher.send(attempt, handles, Ledger().permit) == first
    assert len(page.feed()) == 1


async def test_an_edited_post_never_shows_its_old_draft(page: Page) -> None:
    handles = await page.prepare(page.claim("The old words"))
    edited = page.claim("The new words")
    handles = await page.prepare(edited, handles)
    await page.publisher.send(edited, handles, Ledger().permit)
    assert [post["text"] for post in page.feed()] == ["The new words"]


async def test_a_draft_that_somebody_deleted_is_made_anew_with_its_photos(page: Page) -> None:
    attempt = page.claim("Tea", page.media.put(jpeg(80, 80), "A cup", "image/jpeg"))
    handles = dict(await page.prepare(attempt))
    for node in handles.values():
        headers = {"authorization": f"Bearer {page.account.token.reveal()}"}
        httpx.delete(f"{page.sandbox.base_url}/facebook/v26.0/{node}", headers=headers).raise_for_status()
    assert isinstance(await page.find(attempt, handles), CannotTell)
    again = await page.prepare(attempt, handles)
    assert set(again) == set(handles)
    assert set(again.values()).isdisjoint(handles.values())
    await page.publisher.send(attempt, again, Ledger().permit)
    assert len(page.feed()) == 1


@pytest.mark.parametrize("target", ["facebook.photos", "facebook.feed"])
@pytest.mark.parametrize("fault", ["accept_then_close", "accept_then_500", "malformed_2xx", "close", "reject_5xx"])
async def test_whatever_breaks_while_preparing_is_tried_again(page: Page, target: str, fault: str) -> None:
    attempt, ledger = page.claim("Tea", page.media.put(jpeg(80, 80), "A cup", "image/jpeg")), Ledger()
    page.sandbox.fault(target, fault)
    with pytest.raises(TryLater):
        await page.prepare(attempt, {}, ledger)
    handles = await page.prepare(attempt, ledger.saved[-1] if ledger.saved else {})
    await page.publisher.send(attempt, handles, Ledger().permit)
    assert len(page.feed()) == len(page.effects()) == 1


@pytest.mark.parametrize("fault", ["accept_then_500", "accept_then_close", "accept_then_hang", "malformed_2xx"])
async def test_a_lost_answer_is_cleared_up_by_the_id(page: Page, fault: str) -> None:
    attempt = page.claim()
    handles = await page.prepare(attempt)
    page.sandbox.fault("facebook.publish", fault, seconds=0.1)
    with pytest.raises(OutcomeUnknown):
        await page.publisher.send(attempt, handles, Ledger().permit)
    [sent] = page.effects()
    found = await page.find(attempt, handles)
    assert isinstance(found, Found)
    assert [receipt.remote_id for receipt in found.receipts] == [sent["rid"]]


@pytest.mark.parametrize("fault", ["reject_5xx", "close"])
async def test_what_was_not_taken_is_absent_and_goes_out_with_the_same_draft(page: Page, fault: str) -> None:
    attempt = page.claim()
    handles = await page.prepare(attempt)
    page.sandbox.fault("facebook.publish", fault)
    with pytest.raises(OutcomeUnknown):
        await page.publisher.send(attempt, handles, Ledger().permit)
    assert await page.find(attempt, handles) == Absent(proven=True)
    again = await page.prepare(attempt, handles)
    assert dict(again) == dict(handles)
    await page.publisher.send(attempt, again, Ledger().permit)
    assert len(page.effects()) == 1


async def test_the_same_words_at_another_post_are_for_a_person(page: Page) -> None:
    """506 is a hint, never proof: our own post is provably not out, and the other one is shown."""
    attempt = page.claim()
    handles = await page.prepare(attempt)
    headers = {"authorization": f"Bearer {page.account.token.reveal()}"}
    form = {"message": attempt.payload.text}
    by_hand = httpx.post(f"{page.sandbox.base_url}/facebook/v26.0/{STUDIO}/feed", headers=headers, data=form).json()
    with pytest.raises(OutcomeUnknown, match="already has"):
        await page.publisher.send(attempt, handles, Ledger().permit)
    finding = await page.find(attempt, handles)
    assert isinstance(finding, CannotTell)
    assert finding.link is not None
    assert finding.link.endswith(by_hand["id"].partition("_")[2])


async def test_a_duplicate_is_refused_before_anything_is_sent(page: Page) -> None:
    await page.publish(page.claim("The same"))
    with pytest.raises(ContentRefused, match="identical"):
        await page.publish(page.claim("The same"))
    assert len(page.effects()) == 1


async def test_without_its_draft_nothing_is_sent(page: Page) -> None:
    ledger = Ledger()
    with pytest.raises(TryLater):
        await page.publisher.send(page.claim(), {}, ledger.permit)
    assert ledger.permits == 0


async def test_a_look_without_a_draft_goes_through_the_listing(page: Page) -> None:
    attempt = page.claim()
    receipt = await page.publish(attempt)
    for number in range(4):
        await page.publish(page.claim(f"Subject number {number}"))
    assert await page.find(attempt, {}) == Found((receipt,))
    assert await page.find(page.claim("Never sent"), {}) == Absent()


async def test_the_listing_is_read_to_its_end(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("publishers.facebook.find.PAGE", 2)
    attempt = page.claim()
    receipt = await page.publish(attempt)
    for number in range(5):
        await page.publish(page.claim(f"Subject number {number}"))
    assert await page.find(attempt, {}) == Found((receipt,))
    monkeypatch.setattr("publishers.facebook.find.DEEPEST_PAGES", 2)
    assert isinstance(await page.find(attempt, {}), CannotTell)


async def test_a_post_that_is_gone_counts_as_withdrawn_and_an_unseen_page_does_not(page: Page) -> None:
    receipt = await page.publish(page.claim())
    await page.publisher.withdraw(page.account, receipt.remote_id)
    await page.publisher.withdraw(page.account, receipt.remote_id)
    assert page.feed() == []
    elsewhere = replace(page.account, remote_id="102030405060799")
    with pytest.raises(ContentRefused, match="does not show us"):
        await page.publisher.withdraw(elsewhere, receipt.remote_id)


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (Payload(""), "needs a text"),
        (Payload("a" * 63_207), "Shorten the text by 1"),
        (Payload("x", (MEDIA.put(b"x", content_type="image/webp"),)), "image/webp"),
        (Payload("x", (MEDIA.put(b"x"),) * 11), "at most 10 pictures"),
        (Payload("x", (MEDIA.put(bytes(4_000_001)),)), "up to 4 MB"),
        (Payload("x", document=Document("d", "application/pdf", 9, 1, "Menu")), "no documents"),
        (Payload("x", settings={"form": "story"}), "stories"),
        (Payload("x", settings={"form": "reel"}), "needs a film"),
    ],
)
def test_what_facebook_would_refuse_is_told_beforehand(payload: Payload, sentence: str) -> None:
    assert any(sentence in complaint for complaint in check(payload))


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("See https://a.example/b?c=d.", "https://a.example/b?c=d"),
        ("(http://a.example/x) and https://b.example", "http://a.example/x"),
        ("no link", None),
        ("www.a.example", None),
    ],
)
def test_the_first_link_is_the_one_that_is_shown(text: str, link: str | None) -> None:
    assert first_link(text) == link


async def test_the_receipt_of_a_post_names_its_page(page: Page) -> None:
    receipt = await page.publish(page.claim())
    assert isinstance(receipt, Receipt)
    assert receipt.remote_id.startswith(f"{STUDIO}_")


@pytest.mark.parametrize("body", [b"", b"<html>", {}, [], {"success": False}, {"success": "true"}, {"id": "5"}])
async def test_success_that_is_not_confirmed_is_unknown(page: Page, body: object) -> None:
    attempt = page.claim()
    handles = await page.prepare(attempt)
    async with answering(answer(200, body)) as (url, requests):
        elsewhere = replace(page.publisher, graph=replace(page.publisher.graph, base=url))
        with pytest.raises(OutcomeUnknown):
            await elsewhere.send(attempt, handles, Ledger().permit)
    assert len(requests.texts) == 1


@pytest.mark.parametrize(
    "told", [{}, {"is_published": "yes"}, {"is_published": None}, {"error": "x"}, [], {"data": [], "is_published": 0}]
)
async def test_an_odd_look_never_concludes_that_nothing_is_there(page: Page, told: object) -> None:
    attempt = page.claim()
    handles = await page.prepare(attempt)
    async with answering(answer(200, told)) as (url, _):
        elsewhere = replace(page.publisher, graph=replace(page.publisher.graph, base=url))
        look = replace(search(attempt), handles=handles)
        assert isinstance(await elsewhere.find(look), CannotTell)


@pytest.mark.parametrize(
    "listing",
    [
        {},
        {"data": "x"},
        {"data": [{"id": "1"}]},
        {"data": [{"id": "1_2", "created_time": "2026-11-23T08:00:00+0000"}]},
        {"data": [{"id": f"{STUDIO}_12345", "message": "x"}]},
        {"data": [{"id": f"{STUDIO}_12345", "message": 5, "created_time": "2026-11-23T08:00:00+0000"}]},
        {"data": [], "paging": {"next": "https://x", "cursors": {"after": "a"}}},
    ],
)
async def test_an_odd_listing_never_concludes_that_nothing_is_there(page: Page, listing: object) -> None:
    async with answering(answer(200, listing)) as (url, _):
        elsewhere = replace(page.publisher, graph=replace(page.publisher.graph, base=url))
        assert isinstance(await elsewhere.find(search(page.claim())), CannotTell)
