"""A film on YouTube: uploaded as private, shown by its id, once; and what YouTube refuses of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from domain.platforms import Platform
from domain.publishing import (
    Absent,
    CannotTell,
    ContentRefused,
    Found,
    LeaseLost,
    OutcomeUnknown,
    Pending,
    PublishError,
    TokenRejected,
    TryLater,
)
from publishers.youtube.handles import Named
from publishers.youtube.limits import CHUNK_BYTES
from tests.publishers.stage import Ledger, answer, answering
from tests.publishers.youtube.conftest import TEXT, TITLE, Stage
from tests.publishers.youtube.test_connect import real


async def test_a_film_goes_up_private_and_is_shown_by_the_send(channel: Stage) -> None:
    attempt = channel.claim()
    handles = await channel.prepare(attempt)
    assert [one["visibility"] for one in channel.shown()] == ["private"]
    receipt = await channel.publisher.send(attempt, handles, channel.saving.permit)
    [video] = channel.shown()
    assert (video["visibility"], video["title"], video["text"]) == ("public", TITLE, TEXT)
    assert channel.saving.permits == 1
    assert receipt.remote_id == video["id"]
    assert receipt.permalink == f"{channel.sandbox.base_url}/google/shorts/{video['id']}"


async def test_a_wide_or_long_film_is_no_short(channel: Stage) -> None:
    wide = channel.video(width=1920, height=1080)
    long = channel.video(seconds=181.0)
    for video in (wide, long):
        receipt = await channel.publish(channel.claim(video))
        assert receipt.permalink == f"{channel.sandbox.base_url}/google/watch?v={receipt.remote_id}"


async def test_what_people_chose_goes_along(channel: Stage) -> None:
    attempt = channel.claim(tags="tea, sun rise,tea,,", made_for_kids="yes", synthetic="yes", privacy="unlisted")
    receipt = await channel.publish(attempt)
    stored = channel.sandbox.world.state.get("youtube.videos", receipt.remote_id)
    assert stored is not None
    assert stored["snippet"]["tags"] == ["tea", "sun rise"]
    assert stored["status"]["selfDeclaredMadeForKids"] is True
    assert stored["status"]["containsSyntheticMedia"] is True
    assert stored["status"]["privacyStatus"] == "unlisted"


async def test_without_a_choice_the_film_is_public_and_neither_for_kids_nor_synthetic(channel: Stage) -> None:
    receipt = await channel.publish(channel.claim())
    stored = channel.sandbox.world.state.get("youtube.videos", receipt.remote_id)
    assert stored is not None
    told = {name: stored["status"][name] for name in ("privacyStatus", "selfDeclaredMadeForKids", "publishAt")}
    assert told == {"privacyStatus": "public", "selfDeclaredMadeForKids": False, "publishAt": None}


async def test_a_film_may_appear_later_by_itself(channel: Stage) -> None:
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    attempt = channel.claim(publish_at=at.isoformat())
    await channel.publish(attempt)
    [video] = channel.shown()
    assert video["visibility"] == "private"
    assert datetime.fromisoformat(video["publish_at"]) == at
    assert isinstance(await channel.find(attempt), Found)


async def test_a_time_that_has_passed_means_at_once(channel: Stage) -> None:
    await channel.publish(channel.claim(publish_at="2026-01-01T10:00:00+01:00"))
    assert [one["visibility"] for one in channel.shown()] == ["public"]


async def test_the_picture_stands_in_front_of_the_film(channel: Stage) -> None:
    attempt = channel.claim(None, channel.picture())
    handles = await channel.prepare(attempt)
    assert len(channel.effects("thumbnail")) == 1
    await channel.prepare(attempt, handles)
    assert len(channel.effects("thumbnail")) == 1


async def test_an_unverified_channel_is_told_about_the_picture(channel: Stage) -> None:
    channel.knob(youtube__unverified=1)
    with pytest.raises(ContentRefused, match="Verify the channel"):
        await channel.publish(channel.claim(None, channel.picture()))


async def test_nothing_is_shown_without_the_permit(channel: Stage) -> None:
    async def lost() -> None:
        raise LeaseLost

    attempt = channel.claim()
    handles = await channel.prepare(attempt)
    with pytest.raises(LeaseLost):
        await channel.publisher.send(attempt, handles, lost)
    assert [one["visibility"] for one in channel.shown()] == ["private"]
    with pytest.raises(TryLater, match="not at YouTube yet"):
        await channel.publisher.send(attempt, {}, Ledger().permit)


async def test_a_project_without_audit_keeps_films_private_and_says_so(channel: Stage) -> None:
    channel.knob(youtube__unaudited=1)
    with pytest.raises(ContentRefused, match="audit"):
        await channel.publish(channel.claim())
    assert (await channel.publish(channel.claim(channel.video(seconds=7.0), privacy="private"))).remote_id


@pytest.mark.parametrize("fault", ["accept_then_500", "accept_then_close", "accept_then_hang", "malformed_2xx"])
async def test_a_lost_answer_is_unknown_and_found_by_the_id(channel: Stage, fault: str) -> None:
    attempt = channel.claim()
    handles = await channel.prepare(attempt)
    channel.sandbox.fault("youtube.update", fault, seconds=0.1)
    with pytest.raises(OutcomeUnknown):
        await channel.publisher.send(attempt, handles, channel.saving.permit)
    finding = await channel.find(attempt)
    assert isinstance(finding, Found)
    again = await channel.publisher.send(attempt, handles, channel.saving.permit)
    assert finding.receipts == (again,)
    assert len(channel.effects("visibility")) == 1


@pytest.mark.parametrize("fault", ["reject_5xx", "close"])
async def test_a_call_that_never_arrived_is_absent_and_may_go_again(channel: Stage, fault: str) -> None:
    attempt = channel.claim()
    handles = await channel.prepare(attempt)
    channel.sandbox.fault("youtube.update", fault)
    with pytest.raises(OutcomeUnknown):
        await channel.publisher.send(attempt, handles, channel.saving.permit)
    assert await channel.find(attempt) == Absent(proven=True)
    await channel.publisher.send(attempt, handles, channel.saving.permit)
    assert [one["visibility"] for one in channel.shown()] == ["public"]


async def test_what_is_found_needs_only_the_upload(channel: Stage) -> None:
    attempt = channel.claim()
    receipt = await channel.publish(attempt)
    session = {name: value for name, value in channel.saving.saved[-1].items() if name.startswith(("session", "file"))}
    assert await channel.find(attempt, session) == Found((receipt,))
    for key in list(channel.sandbox.world.state.all("youtube.sessions")):
        channel.sandbox.world.state.delete("youtube.sessions", key["id"])
    assert await channel.find(attempt, session) == Found((receipt,))
    assert isinstance(await channel.find(attempt, {}), CannotTell)


async def test_an_upload_on_its_way_proves_that_nothing_is_out(channel: Stage) -> None:
    attempt = channel.claim(channel.video(2 * CHUNK_BYTES))
    channel.sandbox.fault("youtube.upload", "close", count=9)
    with pytest.raises(TryLater):
        await channel.prepare(attempt)
    assert await channel.find(attempt) == Absent(proven=True)


async def test_a_film_that_youtube_still_works_on_is_awaited(channel: Stage) -> None:
    channel.knob(youtube__processing=3600)
    attempt = channel.claim()
    with pytest.raises(TryLater, match="still working"):
        await channel.prepare(attempt)
    assert isinstance(await channel.find(attempt), Pending)
    assert len(channel.saving.saved) > 10


async def test_a_deleted_film_is_for_a_person_to_judge(channel: Stage) -> None:
    attempt = channel.claim()
    receipt = await channel.publish(attempt)
    await delete(channel, receipt.remote_id)
    assert isinstance(await channel.find(attempt), CannotTell)


async def test_a_film_deleted_before_it_was_shown_is_uploaded_again(channel: Stage) -> None:
    attempt = channel.claim()
    handles = await channel.prepare(attempt)
    [video] = channel.shown()
    await delete(channel, video["id"])
    with pytest.raises(TryLater, match="no longer at YouTube"):
        await channel.publisher.send(attempt, handles, channel.saving.permit)
    with pytest.raises(TryLater, match="uploaded again"):
        await channel.prepare(attempt, handles)
    second = replace(attempt, fence=2, handles=channel.saving.saved[-1])
    receipt = await channel.publish(second)
    assert receipt.remote_id != video["id"]


@pytest.mark.parametrize(
    ("verdict", "words"),
    [(1, "H.264"), (2, "convert"), (4, "copyright"), (5, "inappropriate"), (6, "terms"), (7, "claims"), (9, "legal")],
)
async def test_a_film_that_youtube_turns_down_is_for_the_reviewer(channel: Stage, verdict: int, words: str) -> None:
    channel.knob(youtube__verdict=verdict)
    with pytest.raises(ContentRefused, match=words):
        await channel.publish(channel.claim())
    assert channel.effects("visibility") == []


async def test_an_upload_that_youtube_broke_off_is_made_again(channel: Stage) -> None:
    channel.knob(youtube__verdict=3)
    attempt = channel.claim()
    with pytest.raises(TryLater, match="uploaded again"):
        await channel.prepare(attempt)
    channel.knob(youtube__verdict=0, youtube__takes_duplicates=1)
    await channel.publish(replace(attempt, fence=2, handles=channel.saving.saved[-1]))


async def test_the_same_film_twice_is_told_by_youtube(channel: Stage) -> None:
    await channel.publish(channel.claim())
    with pytest.raises(ContentRefused, match="already has this very film"):
        await channel.publish(channel.claim())


async def test_undo_makes_the_film_private_and_keeps_the_rest(channel: Stage) -> None:
    receipt = await channel.publish(channel.claim(made_for_kids="yes", synthetic="yes"))
    await channel.publisher.withdraw(channel.account, receipt.remote_id)
    await channel.publisher.withdraw(channel.account, receipt.remote_id)
    assert len(channel.effects("visibility")) == 2
    stored = channel.sandbox.world.state.get("youtube.videos", receipt.remote_id)
    assert stored is not None
    assert stored["snippet"]["title"] == TITLE
    assert (stored["status"]["privacyStatus"], stored["status"]["selfDeclaredMadeForKids"]) == ("private", True)
    assert stored["status"]["containsSyntheticMedia"] is True


async def test_undo_takes_back_a_film_that_is_to_appear_later(channel: Stage) -> None:
    at = datetime.now(UTC) + timedelta(hours=2)
    receipt = await channel.publish(channel.claim(publish_at=at.isoformat()))
    await channel.publisher.withdraw(channel.account, receipt.remote_id)
    [video] = channel.shown()
    assert (video["visibility"], video["publish_at"]) == ("private", None)


async def test_undo_of_a_film_that_is_gone_is_done(channel: Stage) -> None:
    receipt = await channel.publish(channel.claim())
    await delete(channel, receipt.remote_id)
    await channel.publisher.withdraw(channel.account, receipt.remote_id)


async def test_a_channel_that_was_disconnected_is_for_the_owner(channel: Stage) -> None:
    attempt = channel.claim()
    handles = await channel.prepare(attempt)
    await channel.client.post(f"{channel.sandbox.base_url}/_sandbox/youtube/disconnect")
    for doing in (
        channel.publisher.send(attempt, handles, channel.saving.permit),
        channel.publisher.withdraw(channel.account, "abcdefghijk"),
        channel.publisher.measure(channel.account, ("abcdefghijk",)),
        channel.prepare(channel.claim(channel.video(seconds=8.0))),
    ):
        with pytest.raises(TokenRejected, match="Connect the account again"):
            await doing


async def delete(channel: Stage, video_id: str) -> None:
    """As a person does it in YouTube Studio."""
    headers = {"authorization": f"Bearer {channel.account.token.reveal()}"}
    url = f"{channel.sandbox.base_url}/google/youtube/v3/videos?id={video_id}"
    (await channel.client.delete(url, headers=headers)).raise_for_status()


OURS = "abcdefghijk"


@pytest.mark.parametrize(
    ("body", "expected", "words"),
    [
        ({"id": OURS, "status": {"privacyStatus": "private"}}, ContentRefused, "not audited"),
        ({"id": "zzzzzzzzzzz", "status": {"privacyStatus": "public"}}, OutcomeUnknown, "did not say"),
        ({"status": {"privacyStatus": "public"}}, OutcomeUnknown, "did not say"),
        ({"id": OURS}, OutcomeUnknown, "did not say"),
        ({"id": OURS, "status": "public"}, OutcomeUnknown, "did not say"),
        (b"<html>", OutcomeUnknown, "did not say"),
        ({"id": OURS, "status": {"privacyStatus": "unlisted"}}, OutcomeUnknown, "not to those who were chosen"),
    ],
)
async def test_a_good_answer_is_read_to_its_end(
    client: httpx.AsyncClient, channel: Stage, body: Any, expected: type[PublishError], words: str
) -> None:
    attempt = channel.claim()
    assert attempt.payload.video is not None
    handles = {Named(attempt.payload.video).ready: OURS}
    async with answering(answer(200, body)) as (base, _):
        publisher = real(client, youtube_api_url=base).publishers[Platform.YOUTUBE]
        with pytest.raises(expected, match=words):
            await publisher.send(attempt, handles, Ledger().permit)


async def test_an_undo_that_did_not_work_is_tried_again(client: httpx.AsyncClient, channel: Stage) -> None:
    public = {"id": OURS, "status": {"privacyStatus": "public"}}
    async with answering(answer(200, {"items": [public]}), answer(200, public)) as (base, _):
        publisher = real(client, youtube_api_url=base).publishers[Platform.YOUTUBE]
        with pytest.raises(TryLater, match="did not confirm"):
            await publisher.withdraw(channel.account, OURS)


@pytest.mark.parametrize("handle", ["", "../../x", "abc"])
async def test_an_absurd_handle_is_never_shown(channel: Stage, handle: str) -> None:
    attempt = channel.claim()
    assert attempt.payload.video is not None
    with pytest.raises(TryLater, match="not at YouTube yet"):
        await channel.publisher.send(attempt, {Named(attempt.payload.video).ready: handle}, Ledger().permit)
