"""A film's chunks: killed between any two calls and gone on with, lost answers, addresses that close."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from domain.payload import Payload
from domain.platforms import Platform
from domain.post import PostRef
from domain.publishing import (
    Absent,
    Claim,
    ContentRefused,
    Finding,
    Found,
    OutcomeUnknown,
    PublishError,
    Receipt,
    TryLater,
)
from domain.secret import Secret
from publishers.http import open_client
from publishers.registry import PlatformSettings, build
from publishers.tiktok.limits import SMALLEST_CHUNK
from publishers.tiktok.publisher import TikTokPublisher
from publishers.tiktok.upload import Upload, even_chunk, kept, name_of
from tests.publishers.stage import WORKSPACE, Ledger, MediaStore, account, answer, answering, no_pause
from tests.publishers.tiktok.conftest import CHOSEN, LARGE, Stage, described, settings
from tests.sandbox.samples import mp4

MIB = 1024**2


@pytest.mark.parametrize(
    "size",
    [1, SMALLEST_CHUNK - 1, SMALLEST_CHUNK, SMALLEST_CHUNK + 1, 10 * MIB - 1, 10 * MIB, 64 * 10**6, 4 * 10**9],
)
def test_chunks_are_what_tiktok_takes_and_the_last_one_fits_one_call(size: int) -> None:
    chunk = even_chunk(size)
    count = size // chunk
    assert 1 <= count <= 1000
    assert chunk == size or SMALLEST_CHUNK <= chunk <= 64 * 10**6
    upload = Upload("v", "u", 0, size, chunk)
    ends, start = [], 0
    while start < size:
        start = upload.end(start)
        ends.append(start)
    assert len(ends) == count
    assert size - upload.last <= 10 * MIB


class Killed(BaseException):
    """The worker is gone."""


def killed_at(call: int, *, answered: bool) -> tuple[httpx.AsyncClient, list[int]]:
    """A client whose process dies at its `call`-th call: before it leaves, or with the answer unread."""
    client, calls = open_client(), [0]

    async def die(_: object) -> None:
        calls[0] += 1
        if calls[0] == call:
            raise Killed

    client.event_hooks["response" if answered else "request"].append(die)
    return client, calls


async def _ended(creator: Stage, attempt: Claim, ledger: Ledger) -> Finding | None:
    """What the pipeline does after a kill: with the sent mark it looks, without it tries again."""
    known = ledger.saved[-1] if ledger.saved else {}
    if ledger.permits:
        return await creator.find(attempt, known)
    await creator.publish(replace(attempt, handles=known))
    return None


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("size", [0, LARGE])
async def test_killed_at_any_call_it_goes_on_and_is_posted_once(creator: Stage, size: int, answered: bool) -> None:
    film = creator.film(size)
    for call in range(1, 100):
        creator.sandbox.world.state.delete("tiktok.minutes", f"init:{creator.account.remote_id}")
        creator.sandbox.world.state.delete("tiktok.minutes", f"status:{creator.account.remote_id}")
        client, calls = killed_at(call, answered=answered)
        publisher = build(settings(creator.sandbox), client, creator.media, pause=no_pause).publishers[
            creator.publisher.platform
        ]
        attempt, ledger = creator.claim(film, text=f"Killed at {call}"), Ledger()
        before = len(creator.out())
        try:
            handles = await publisher.prepare(attempt, {}, ledger.save)
            await publisher.send(attempt, handles, ledger.permit)
        except Killed:
            finding = await _ended(creator, attempt, ledger)
            if finding == Absent():
                await creator.publish(replace(attempt, handles=ledger.saved[-1]))
            else:
                assert finding is None or isinstance(finding, Found)
        finally:
            await client.aclose()
        assert len(creator.out()) == before + 1
        if calls[0] < call:
            assert call > (6 if size else 4)
            return
    raise AssertionError("it never came through")


async def test_a_lost_answer_to_a_chunk_is_not_a_lost_upload(creator: Stage) -> None:
    attempt, ledger = creator.claim(creator.film(LARGE)), Ledger()
    creator.sandbox.fault("tiktok.upload", "accept_then_close")
    with pytest.raises(TryLater):
        await creator.publisher.prepare(attempt, {}, ledger.save)
    await creator.publish(replace(attempt, handles=ledger.saved[-1]))
    assert (len(creator.out()), creator.begun()) == (1, 1)


async def test_a_lost_answer_to_the_start_costs_nothing(creator: Stage) -> None:
    attempt, ledger = creator.claim(), Ledger()
    for fault in ("accept_then_close", "malformed_2xx", "accept_then_500"):
        creator.sandbox.fault("tiktok.video_init", fault)
        with pytest.raises(TryLater):
            await creator.publisher.prepare(attempt, {}, ledger.save)
    await creator.publish(attempt)
    assert len(creator.out()) == 1


@pytest.mark.parametrize("size", [0, LARGE])
async def test_an_address_that_closed_is_replaced(creator: Stage, size: int) -> None:
    attempt = creator.claim(creator.film(size))
    handles = await creator.prepared(attempt)
    creator.pass_time(3_601)
    later = replace(attempt, intent_at=attempt.intent_at + timedelta(hours=2), handles=handles)
    await creator.publish(later)
    assert (len(creator.out()), creator.begun()) == (1, 2)


async def test_an_address_that_closes_early_is_replaced_too(creator: Stage) -> None:
    attempt, ledger = creator.claim(creator.film(LARGE)), Ledger()
    creator.sandbox.fault("tiktok.upload", "reject_5xx")
    with pytest.raises(TryLater):
        await creator.publisher.prepare(attempt, {}, ledger.save)
    creator.pass_time(3_601)
    await creator.publish(replace(attempt, handles=ledger.saved[-1]))
    assert (len(creator.out()), creator.begun()) == (1, 2)


async def test_a_last_chunk_at_a_closed_address_is_tried_again_and_never_unknown(creator: Stage) -> None:
    attempt = creator.claim()
    handles = await creator.prepared(attempt)
    creator.pass_time(3_601)
    with pytest.raises(TryLater):
        await creator.publisher.send(attempt, handles, Ledger().permit)
    assert creator.out() == []


async def test_the_lease_is_renewed_between_chunks_and_no_more_than_one_is_held(creator: Stage) -> None:
    class Watched(MediaStore):
        largest = 0

        async def part(self, digest: str, start: int, end: int) -> bytes:
            Watched.largest = max(Watched.largest, end - start)
            return await super().part(digest, start, end)

        async def get(self, digest: str) -> bytes:
            raise AssertionError("a film is never held whole")

    watched, ledger = Watched(creator.media.kept), Ledger()
    publisher = TikTokPublisher(creator.publisher.api, watched)
    attempt = creator.claim(creator.film(LARGE))
    handles = await publisher.prepare(attempt, {}, ledger.save)
    assert await publisher.send(attempt, handles, ledger.permit)
    received = [one.received for saved in ledger.saved if (one := kept(saved, attempt.payload, attempt.account))]
    chunk = even_chunk(LARGE)
    assert received == [0, chunk, 2 * chunk]
    assert Watched.largest <= 10 * MIB


async def test_a_part_that_is_lost_meanwhile_is_told_to_the_reviewer(creator: Stage) -> None:
    attempt = creator.claim(creator.film(LARGE))
    handles, ledger = await creator.prepared(attempt), Ledger()
    creator.media.kept.clear()
    with pytest.raises(ContentRefused, match="no longer in our store"):
        await creator.publisher.send(attempt, handles, ledger.permit)
    assert ledger.permits == 0


# --- against a raw server: what no twin says ---------------------------------------------------------------------------

FILM = mp4()
PUBLISH = "v_pub_file~v2-1.7300000000000000001"
Raw = Callable[..., Awaitable[tuple[Receipt | PublishError, list[str]]]]


@pytest.fixture
async def raw() -> AsyncIterator[Raw]:
    """Sends the last chunk of a film to a server that gives these answers, in order."""
    async with open_client() as client:

        async def play(*answers: bytes) -> tuple[Receipt | PublishError, list[str]]:
            async with answering(*answers) as (url, requests):
                known = PlatformSettings("x", Secret("x"), "l", Secret("l"), tiktok_api_url=url)
                store = MediaStore()
                store.put(FILM)
                who = account()
                payload = Payload("Tea", (), CHOSEN, described(FILM))
                publisher = build(known, client, store, pause=no_pause).publishers[Platform.TIKTOK]
                attempt = Claim(PostRef(WORKSPACE, uuid4()), who, payload, 1, datetime.now(UTC))
                upload = Upload(PUBLISH, f"{url}/video/?upload_id=1", 2**40, len(FILM), len(FILM))
                try:
                    return (
                        await publisher.send(attempt, {name_of(payload, who): upload.handle()}, Ledger().permit),
                        requests.texts,
                    )
                except PublishError as error:
                    return error, requests.texts

        yield play


def status(stage: str, **more: Any) -> bytes:
    return answer(200, {"data": {"status": stage, **more}, "error": {"code": "ok", "message": "", "log_id": "1"}})


def refusal(code: str, http: int) -> bytes:
    return answer(http, {"data": {}, "error": {"code": code, "message": "No.", "log_id": "1"}})


DONE = status("PUBLISH_COMPLETE", publicaly_available_post_id=[7300000000000000001])
MISSING = status("PROCESSING_UPLOAD", uploaded_bytes=0)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((answer(201), DONE), "7300000000000000001"),
        ((answer(206), DONE), "7300000000000000001"),
        ((answer(400), DONE), "7300000000000000001"),
        ((answer(416), DONE), "7300000000000000001"),
        ((answer(201), status("PUBLISH_COMPLETE")), PUBLISH),
        ((answer(201), status("PUBLISH_COMPLETE", publicaly_available_post_id=[])), PUBLISH),
        ((answer(201), status("PUBLISH_COMPLETE", publicaly_available_post_id=[1, 2])), PUBLISH),
        ((answer(201), status("PUBLISH_COMPLETE", publicaly_available_post_id=["../x"])), PUBLISH),
        ((answer(201), status("PUBLISH_COMPLETE", publicaly_available_post_id=5)), PUBLISH),
        ((answer(201), MISSING, MISSING, DONE), "7300000000000000001"),
        ((answer(403), MISSING), TryLater),
        ((answer(404), MISSING), TryLater),
        ((answer(416), MISSING), TryLater),
        ((answer(400), MISSING), OutcomeUnknown),
        ((answer(500), MISSING), OutcomeUnknown),
        ((answer(302), MISSING), OutcomeUnknown),
        ((answer(403), status("PROCESSING_UPLOAD")), OutcomeUnknown),
        ((answer(201), MISSING), OutcomeUnknown),
        ((answer(201), status("SEND_TO_USER_INBOX")), OutcomeUnknown),
        ((answer(201), status("SOMETHING_NEW")), OutcomeUnknown),
        ((answer(201), status("FAILED")), ContentRefused),
        ((answer(201), status("FAILED", fail_reason="something_new")), ContentRefused),
        ((answer(201), refusal("invalid_publish_id", 400)), OutcomeUnknown),
        ((answer(201), refusal("access_token_invalid", 401)), OutcomeUnknown),
        ((answer(201), refusal("scope_not_authorized", 401)), OutcomeUnknown),
        ((answer(201), refusal("rate_limit_exceeded", 429)), OutcomeUnknown),
        ((answer(201), answer(200, b"<html>")), OutcomeUnknown),
    ],
)
async def test_what_answers_after_the_last_chunk_mean(
    raw: Raw, answers: tuple[bytes, ...], expected: str | type[PublishError]
) -> None:
    found, requests = await raw(*answers)
    if isinstance(expected, str):
        assert isinstance(found, Receipt)
        assert found.remote_id == expected
    else:
        assert type(found) is expected
    assert len([one for one in requests if one.startswith("PUT")]) == 1


async def test_the_film_goes_to_tiktok_without_our_token(raw: Raw) -> None:
    _, requests = await raw(answer(201), DONE)
    head, _, body = requests[0].partition("\r\n\r\n")
    assert f"content-range: bytes 0-{len(FILM) - 1}/{len(FILM)}" in head.lower()
    assert "content-type: video/mp4" in head.lower()
    assert "authorization" not in head.lower()
    assert body.encode("latin-1") == FILM


@pytest.mark.parametrize(
    "url",
    [
        "http://open-upload.tiktokapis.com/video/",
        "https://tiktokapis.com.evil.example/video/",
        "https://evil.example/.tiktokapis.com",
        "https://user@open-upload.tiktokapis.com/video/",
        "https://open-upload.tiktokapis.com:8443/video/",
        "file:///etc/passwd",
        "",
        None,
        7,
    ],
)
async def test_a_film_goes_nowhere_but_to_tiktok(creator: Stage, url: object) -> None:
    api = replace(creator.publisher.api, base="https://open.tiktokapis.com")
    assert not api.is_ours_to_upload(url)
    assert api.is_ours_to_upload("https://open-upload-i18n.tiktokapis.com/video/?upload_id=1&upload_token=x")


@pytest.mark.parametrize("stored", ["", "{", "[]", "7", "null", '{"url":"x"}', '{"publish_id":"../x"}'])
def test_a_handle_that_makes_no_sense_is_none(stored: str) -> None:
    who, payload = account(), Payload("Tea", (), CHOSEN, described(FILM))
    assert kept({name_of(payload, who): stored}, payload, who) is None


@pytest.mark.parametrize("stage", ["PUBLISH_COMPLETE", "PROCESSING_DOWNLOAD", "SEND_TO_USER_INBOX"])
async def test_what_is_past_its_upload_is_never_uploaded_again(client: httpx.AsyncClient, stage: str) -> None:
    who, payload = account(), Payload("Tea", (), CHOSEN, described(FILM))
    attempt = Claim(PostRef(WORKSPACE, uuid4()), who, payload, 1, datetime.now(UTC))
    async with answering(status(stage)) as (url, requests):  # which need not tell any number of bytes then
        known = PlatformSettings("x", Secret("x"), "l", Secret("l"), tiktok_api_url=url)
        publisher = build(known, client, MediaStore(), pause=no_pause).publishers[Platform.TIKTOK]
        upload = Upload(PUBLISH, f"{url}/video/?upload_id=1", 0, len(FILM), len(FILM))
        handles = await publisher.prepare(attempt, {name_of(payload, who): upload.handle()}, Ledger().save)
    found = kept(handles, payload, who)
    assert found is not None
    assert (found.publish_id, found.complete, len(requests.texts)) == (PUBLISH, True, 1)


async def test_a_state_that_tells_no_number_of_bytes_begins_nothing(client: httpx.AsyncClient) -> None:
    who, payload = account(), Payload("Tea", (), CHOSEN, described(FILM))
    attempt = Claim(PostRef(WORKSPACE, uuid4()), who, payload, 1, datetime.now(UTC))
    async with answering(status("PROCESSING_UPLOAD")) as (url, requests):
        known = PlatformSettings("x", Secret("x"), "l", Secret("l"), tiktok_api_url=url)
        publisher = build(known, client, MediaStore(), pause=no_pause).publishers[Platform.TIKTOK]
        upload = Upload(PUBLISH, f"{url}/video/?upload_id=1", 0, len(FILM), len(FILM))
        with pytest.raises(TryLater):
            await publisher.prepare(attempt, {name_of(payload, who): upload.handle()}, Ledger().save)
    assert len(requests.texts) == 1
