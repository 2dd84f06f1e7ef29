"""A film's way to TikTok: what is told beforehand, what goes out with it, what each answer to the last chunk means."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.payload import Document, Payload, Video
from domain.publishing import (
    Absent,
    CannotTell,
    ContentRefused,
    Found,
    LeaseLost,
    OutcomeUnknown,
    Pending,
    PublishError,
    Receipt,
    TokenRejected,
    TryLater,
    TurnedDown,
)
from publishers.pictures import no_url
from publishers.tiktok.publish import check
from tests.publishers.stage import Ledger, MediaStore, png
from tests.publishers.tiktok.conftest import CHOSEN, LARGE, TEXT, Stage, described
from tests.sandbox.samples import mp4

FILM = described(mp4())
PHOTO = replace(MediaStore().put(b"photo", content_type="image/jpeg"), width=1080, height=1920)


def own_url(digest: str, content_type: str) -> str | None:
    return f"https://posts.example/{digest}"


def post(text: str = "Tea", film: Video | None = FILM, **chosen: str) -> Payload:
    return Payload(text, (), {**CHOSEN, **chosen}, film)


def without(*names: str) -> Payload:
    return Payload("Tea", (), {name: value for name, value in CHOSEN.items() if name not in names}, FILM)


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (without("privacy"), "Choose who may see it"),
        (post(privacy="everyone"), "Choose who may see it"),
        (without("disclosure"), "Choose whether it advertises"),
        (without("consent"), "Music Usage Confirmation"),
        (post(consent="no"), "Music Usage Confirmation"),
        (post(disclosure="paid", privacy="SELF_ONLY"), "Choose who else may see it"),
        (post(comments="maybe"), "whether people may comment"),
        (post(synthetic="maybe"), "altered or synthetic"),
        (post(film=None), "needs a film or photos"),
        (post("a" * 2_201), "Shorten the text by 1"),
        (post("👩" * 1_101), "Shorten the text by 2"),
        (post(film=replace(FILM, seconds=601)), "up to 600 seconds"),
        (post(film=replace(FILM, rate=15)), "23 to 60 frames"),
        (post(film=replace(FILM, video_codec="mp4v")), "H.264"),
        (post(film=replace(FILM, size=4_000_000_001)), "up to 4000 MB"),
        (post(film=replace(FILM, width=320, height=570)), "360 to 4096 pixels"),
        (post(film=replace(FILM, content_type="video/x-msvideo")), "Export the film as MP4"),
        (replace(post(), pictures=(PHOTO,)), "not both"),
        (replace(post(), document=Document("d", "application/pdf", 1, 1, "t")), "no documents"),
        (replace(post(film=None), pictures=(PHOTO,) * 36), "at most 35 pictures"),
        (replace(post(film=None), pictures=(replace(PHOTO, content_type="image/png"),)), "image/png"),
        (replace(post(film=None), pictures=(replace(PHOTO, width=1_081),)), "up to 1080 × 1920"),
        (replace(post(film=None), pictures=(replace(PHOTO, height=1_921),)), "up to 1080 × 1920"),
        (replace(post(film=None, synthetic="yes"), pictures=(PHOTO,)), "marks only films"),
    ],
)
def test_what_tiktok_would_refuse_is_told_beforehand(payload: Payload, sentence: str) -> None:
    [complaint] = [one for one in check(payload, own_url) if sentence in one]
    assert complaint.endswith(".")


def test_photos_need_an_address_of_ours() -> None:
    payload = replace(post(film=None), pictures=(PHOTO,))
    assert check(payload, own_url) == []
    [complaint] = check(payload, no_url)
    assert "none is configured" in complaint


@pytest.mark.parametrize("payload", [post(), post("a" * 2_200), post(comments="yes", synthetic="yes"), post("")])
def test_a_good_film_draws_no_complaint(payload: Payload) -> None:
    assert check(payload, no_url) == []


@pytest.mark.parametrize("size", [0, 5 * 1024**2 - 1, 5 * 1024**2, 10 * 1024**2, LARGE])
async def test_a_film_goes_out_whole_and_once(creator: Stage, size: int) -> None:
    ledger, film = Ledger(), creator.film(size)
    receipt = await creator.publish(creator.claim(film), ledger)
    told = creator.told()
    assert ledger.permits == 1
    assert told["media"] == [film.digest]
    assert receipt == Receipt(
        str(told["post_id"]), f"{creator.sandbox.base_url}/tiktok/@sunrise.studio/video/{told['post_id']}"
    )


async def test_nothing_is_chosen_for_the_person(creator: Stage) -> None:
    await creator.publish(creator.claim())
    told = creator.told()
    del told["post_id"], told["media"], told["sort"]
    assert told == {
        "title": TEXT,
        "privacy_level": "PUBLIC_TO_EVERYONE",
        "disable_comment": True,
        "disable_duet": True,
        "disable_stitch": True,
        "brand_content_toggle": False,
        "brand_organic_toggle": False,
        "is_aigc": False,
    }


async def test_what_the_person_chose_is_what_tiktok_gets(creator: Stage) -> None:
    chosen = {"privacy": "MUTUAL_FOLLOW_FRIENDS", "disclosure": "paid", "comments": "yes", "synthetic": "yes"}
    await creator.publish(creator.claim(**chosen))
    told = creator.told()
    assert (told["privacy_level"], told["disable_comment"], told["is_aigc"]) == ("MUTUAL_FOLLOW_FRIENDS", False, True)
    assert (told["brand_content_toggle"], told["brand_organic_toggle"]) == (True, False)


async def test_our_own_brand_is_another_switch(creator: Stage) -> None:
    await creator.publish(creator.claim(disclosure="own"))
    assert (creator.told()["brand_content_toggle"], creator.told()["brand_organic_toggle"]) == (False, True)


async def test_an_account_without_comments_stays_without(creator: Stage) -> None:
    creator.turn(interactions_off=1)
    await creator.publish(creator.claim(comments="yes"))
    assert creator.told()["disable_comment"] is True


async def test_nothing_is_out_before_the_last_chunk(creator: Stage) -> None:
    attempt = creator.claim(creator.film(LARGE))
    handles = await creator.prepared(attempt)

    async def lost() -> None:
        raise LeaseLost

    with pytest.raises(LeaseLost):
        await creator.publisher.send(attempt, handles, lost)
    assert creator.out() == []
    assert await creator.find(attempt, handles) == Absent()


async def test_a_film_that_was_not_prepared_stops_before_the_permit(creator: Stage) -> None:
    ledger = Ledger()
    with pytest.raises(TryLater):
        await creator.publisher.send(creator.claim(), {}, ledger.permit)
    assert ledger.permits == 0


async def test_the_account_is_asked_before_anything_is_started(creator: Stage) -> None:
    creator.turn(private_account=1)
    with pytest.raises(ContentRefused, match="FOLLOWER_OF_CREATOR"):
        await creator.prepared(creator.claim())
    creator.turn(private_account=0, max_duration=5)
    with pytest.raises(ContentRefused, match="up to 5 seconds"):
        await creator.prepared(creator.claim())
    assert creator.begun() == 0


@pytest.mark.parametrize(
    ("knob", "value", "expected"),
    [("posts_elsewhere", 15, TryLater), ("user_cap", 0, TryLater), ("banned", 1, TokenRejected)],
)
async def test_an_account_that_may_not_post_now_is_told_by_its_code(
    creator: Stage, knob: str, value: float, expected: type[PublishError]
) -> None:
    creator.turn(**{knob: value})
    with pytest.raises(expected) as refused:
        await creator.prepared(creator.claim())
    assert creator.begun() == 0
    if isinstance(refused.value, TryLater):
        assert refused.value.at is not None
        assert refused.value.at > datetime.now(UTC) + timedelta(minutes=20)


async def test_an_application_that_was_not_audited_is_told_to_the_reviewer(creator: Stage) -> None:
    creator.turn(unaudited=1)
    with pytest.raises(ContentRefused, match="SELF_ONLY"):
        await creator.prepared(creator.claim())


async def test_a_film_that_is_not_the_approved_one_is_never_started(creator: Stage) -> None:
    film = creator.film()
    creator.media.kept[film.digest] = png()
    with pytest.raises(ContentRefused, match="no longer in our store"):
        await creator.prepared(creator.claim(film))
    assert creator.begun() == 0


@pytest.mark.parametrize("fault", ["accept_then_500", "malformed_2xx"])
async def test_an_odd_answer_to_the_last_chunk_is_cleared_up_at_once(creator: Stage, fault: str) -> None:
    attempt = creator.claim()
    handles = await creator.prepared(attempt)
    creator.sandbox.fault("tiktok.upload", fault)
    receipt = await creator.publisher.send(attempt, handles, Ledger().permit)
    assert receipt.remote_id == str(creator.told()["post_id"])


@pytest.mark.parametrize("fault", ["accept_then_close", "accept_then_hang"])
async def test_silence_after_the_last_chunk_is_unknown_and_the_number_settles_it(creator: Stage, fault: str) -> None:
    attempt = creator.claim(creator.film(LARGE))
    handles = await creator.prepared(attempt)
    creator.sandbox.fault("tiktok.upload", fault, seconds=0.1)
    with pytest.raises(OutcomeUnknown):
        await creator.publisher.send(attempt, handles, Ledger().permit)
    finding = await creator.find(attempt, handles)
    assert isinstance(finding, Found)
    assert [one.remote_id for one in finding.receipts] == [str(creator.told()["post_id"])]


@pytest.mark.parametrize(
    ("fault", "expected"), [("reject_5xx", OutcomeUnknown), ("close", OutcomeUnknown), ("429", TryLater)]
)
async def test_a_last_chunk_that_did_not_arrive_goes_to_the_same_place_again(
    creator: Stage, fault: str, expected: type[PublishError]
) -> None:
    attempt = creator.claim(creator.film(LARGE))
    handles = await creator.prepared(attempt)
    creator.sandbox.fault("tiktok.upload", fault)
    with pytest.raises(expected):
        await creator.publisher.send(attempt, handles, Ledger().permit)
    assert await creator.find(attempt, handles) == Absent()
    again = await creator.prepared(attempt, handles)
    await creator.publisher.send(attempt, again, Ledger().permit)
    assert (len(creator.out()), creator.begun()) == (1, 1)


async def test_a_chunk_that_comes_late_and_is_sent_again_makes_one_post(creator: Stage) -> None:
    attempt = creator.claim()
    handles = await creator.prepared(attempt)
    await creator.publisher.send(attempt, handles, Ledger().permit)
    receipt = await creator.publisher.send(attempt, handles, Ledger().permit)  # 416, and the status tells why
    assert receipt.remote_id == str(creator.told()["post_id"])
    assert len(creator.out()) == 1


async def test_processing_is_not_asked_of_a_person(creator: Stage) -> None:
    creator.turn(processing=3_600)
    attempt = creator.claim()
    handles = await creator.prepared(attempt)
    with pytest.raises(OutcomeUnknown, match="still working"):
        await creator.publisher.send(attempt, handles, Ledger().permit)
    assert isinstance(await creator.find(attempt, handles), Pending)
    creator.pass_time(3_700)
    assert isinstance(await creator.find(attempt, handles), Found)


async def test_a_post_that_is_in_processing_is_not_started_again(creator: Stage) -> None:
    creator.turn(processing=3_600)
    attempt = creator.claim()
    handles = await creator.prepared(attempt)
    for _ in range(2):
        with pytest.raises(OutcomeUnknown):
            await creator.publisher.send(attempt, handles, Ledger().permit)
        handles = await creator.prepared(attempt, handles)
    creator.pass_time(3_700)
    receipt = await creator.publisher.send(attempt, handles, Ledger().permit)
    assert receipt.remote_id == str(creator.told()["post_id"])
    assert creator.begun() == 1


async def test_a_post_without_a_public_id_is_named_by_its_number_and_has_no_link(creator: Stage) -> None:
    receipt = await creator.publish(creator.claim(privacy="SELF_ONLY"))
    assert receipt == Receipt(creator.out()[0])
    creator.turn(moderation=3_600)
    attempt = creator.claim()
    handles = await creator.prepared(attempt)
    waiting = await creator.publisher.send(attempt, handles, Ledger().permit)
    assert waiting == Receipt(creator.out()[1])
    assert await creator.find(attempt, handles) == Found((waiting,))


FAILED = [
    ("internal", TryLater),
    ("video_pull_failed", TryLater),
    ("spam_risk_too_many_posts", TryLater),
    ("auth_removed", TokenRejected),
    ("spam_risk_user_banned_from_posting", TokenRejected),
    ("file_format_check_failed", ContentRefused),
    ("duration_check_failed", ContentRefused),
    ("frame_rate_check_failed", ContentRefused),
    ("picture_size_check_failed", ContentRefused),
    ("spam_risk", ContentRefused),
    ("spam_risk_text", ContentRefused),
    ("publish_cancelled", ContentRefused),
]


@pytest.mark.parametrize(("reason", "expected"), FAILED)
async def test_a_post_that_failed_goes_to_whoever_can_mend_it(
    creator: Stage, reason: str, expected: type[PublishError]
) -> None:
    creator.lever("fail", reason=reason, count="1")
    attempt = creator.claim()
    handles = await creator.prepared(attempt)
    with pytest.raises(expected) as failed:
        await creator.publisher.send(attempt, handles, Ledger().permit)
    finding = await creator.find(attempt, handles)
    if expected is ContentRefused:
        assert finding == TurnedDown(failed.value.sentence)
    else:
        assert finding == Absent(proven=True)
    await creator.publish(replace(attempt, handles=handles))  # a failed one is started anew
    assert (len(creator.out()), creator.begun()) == (1, 2)


async def test_a_post_that_fails_later_reaches_a_person_in_words(creator: Stage) -> None:
    creator.turn(processing=60)
    creator.lever("fail", reason="spam_risk_text", count="1")
    attempt = creator.claim()
    handles = await creator.prepared(attempt)
    with pytest.raises(OutcomeUnknown):
        await creator.publisher.send(attempt, handles, Ledger().permit)
    creator.pass_time(61)
    finding = await creator.find(attempt, handles)
    assert isinstance(finding, TurnedDown)
    assert "Edit the text" in finding.reason


async def test_what_cannot_be_asked_cannot_be_told(creator: Stage) -> None:
    attempt = creator.claim()
    handles = await creator.prepared(attempt)
    assert isinstance(await creator.find(attempt, {}), CannotTell)
    assert isinstance(await creator.find(creator.claim(text="Other words"), handles), CannotTell)
    creator.sandbox.fault("tiktok.status", "malformed_2xx")
    assert isinstance(await creator.find(attempt, handles), CannotTell)
    creator.sandbox.fault("tiktok.status", "reject_5xx", count=3)
    assert isinstance(await creator.find(attempt, handles), CannotTell)
    creator.lever("disconnect")
    assert isinstance(await creator.find(attempt, handles), CannotTell)


async def test_trouble_while_looking_leaves_the_outcome_unknown(creator: Stage) -> None:
    for fault in ("malformed_2xx", "429"):
        attempt = creator.claim(text=fault)
        handles = await creator.prepared(attempt)
        creator.sandbox.fault("tiktok.status", fault)
        with pytest.raises(OutcomeUnknown):
            await creator.publisher.send(attempt, handles, Ledger().permit)
        assert isinstance(await creator.find(attempt, handles), Found)


async def test_other_words_are_another_post(creator: Stage) -> None:
    film = creator.film()
    handles = await creator.prepared(creator.claim(film))
    changed = creator.claim(film, text="Other words")
    await creator.publish(replace(changed, handles=handles))
    assert creator.told()["title"] == "Other words"
    assert creator.begun() == 2


@pytest.mark.parametrize("remote_id", ["7300000000000000001", "v_pub_file~v2-1.73", "../x", ""])
async def test_undo_is_for_a_person_in_the_app(creator: Stage, remote_id: str) -> None:
    with pytest.raises(ContentRefused, match="TikTok's app") as refused:
        await creator.publisher.withdraw(creator.account, remote_id)
    assert "@sunrise.studio" in refused.value.sentence
    assert (remote_id in refused.value.sentence) is (remote_id in ("7300000000000000001", ""))


def handles_are_strings(handles: Any) -> bool:
    return all(isinstance(one, str) for pair in handles.items() for one in pair)


async def test_handles_are_plain_strings_without_a_token(creator: Stage) -> None:
    handles = await creator.prepared(creator.claim())
    assert handles_are_strings(handles)
    assert creator.account.token.reveal() not in str(dict(handles))
