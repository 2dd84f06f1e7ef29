"""The upload of a film: it goes on at any byte, sends nothing twice that is there, and never sends another film."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from domain.payload import Video
from domain.publishing import Claim, ContentRefused, Handles, LeaseLost, TokenRejected, TryLater
from publishers.http import Wire
from publishers.youtube import errors
from publishers.youtube.api import Api
from publishers.youtube.limits import BITE_BYTES, CHUNK_BYTES, midnight
from publishers.youtube.upload import Done, Gone, Stored, ask, begin, go_on
from tests.publishers.stage import Ledger, MediaStore, account, answer, answering, no_pause
from tests.publishers.youtube.conftest import Stage, film

SIZE = 2 * CHUNK_BYTES + 300_000
SESSION = "https://www.googleapis.com/upload/youtube/v3/videos?upload_id=1"


def stored(channel: Stage) -> list[str]:
    """The digests of the files that became films."""
    return [one["payload"]["sha256"] for one in channel.effects("insert")]


def bytes_there(channel: Stage) -> int:
    [session] = channel.sandbox.world.state.all("youtube.sessions")
    return int(session["received"])


async def killed_at(channel: Stage, attempt: Claim, moment: int) -> Handles:
    """Prepares until the save of that number has been stored, then dies; what was saved last."""
    ledger = Ledger()

    async def save(handles: Handles) -> None:
        await ledger.save(handles)
        if len(ledger.saved) == moment:
            raise LeaseLost

    try:
        await channel.publisher.prepare(attempt, attempt.handles, save)
    except LeaseLost:
        assert len(ledger.saved) == moment
    return ledger.saved[-1] if ledger.saved else attempt.handles


async def test_the_sessions_address_is_saved_before_the_first_byte(channel: Stage) -> None:
    attempt = channel.claim(channel.video(SIZE))
    handles = await killed_at(channel, attempt, 1)
    assert [name for name, value in handles.items() if "upload_id=" in value] == [
        f"session:{attempt.payload.video.digest}" if attempt.payload.video else ""
    ]
    assert bytes_there(channel) == 0


async def test_a_kill_at_any_saved_point_goes_on_and_makes_one_film(channel: Stage) -> None:
    attempt = channel.claim(channel.video(SIZE), channel.picture())
    for moment in range(1, 12):
        attempt = replace(attempt, handles=await killed_at(channel, attempt, moment))
    await channel.publish(attempt)
    assert attempt.payload.video is not None
    assert stored(channel) == [attempt.payload.video.digest]
    assert len(channel.effects("thumbnail")) == 1
    assert len(channel.effects("visibility")) == 1


@pytest.mark.parametrize("where", [1, 262_143, 262_144, CHUNK_BYTES - 1, CHUNK_BYTES + 1, SIZE - 1])
@pytest.mark.parametrize("grain", [1, 262_144])
async def test_a_break_at_any_byte_is_mended_within_the_attempt(channel: Stage, where: int, grain: int) -> None:
    channel.knob(youtube__cut_upload_at=where, youtube__granularity=grain)
    attempt = channel.claim(channel.video(SIZE))
    await channel.publish(attempt)
    assert attempt.payload.video is not None
    assert stored(channel) == [attempt.payload.video.digest]


@pytest.mark.parametrize("fault", ["accept_then_500", "accept_then_close", "reject_5xx", "close", "malformed_2xx"])
@pytest.mark.parametrize("target", ["youtube.upload", "youtube.probe"])
async def test_a_stumble_makes_no_second_film(channel: Stage, target: str, fault: str) -> None:
    attempt = channel.claim(channel.video(SIZE))
    channel.sandbox.fault(target, fault)
    try:
        handles = await channel.prepare(attempt)
    except TryLater:
        handles = await channel.prepare(replace(attempt, fence=2), channel.saving.saved[-1])
    await channel.publisher.send(attempt, handles, channel.saving.permit)
    assert len(stored(channel)) == 1


async def test_a_broken_line_leaves_the_rest_to_the_next_attempt(channel: Stage) -> None:
    attempt = channel.claim(channel.video(SIZE))
    channel.sandbox.fault("youtube.upload", "close", count=99)
    with pytest.raises(TryLater):
        await channel.prepare(attempt)
    httpx.delete(f"{channel.sandbox.base_url}/_sandbox/faults").raise_for_status()
    await channel.publish(replace(attempt, fence=2, handles=channel.saving.saved[-1]))
    assert len(stored(channel)) == 1
    assert len(channel.sandbox.world.state.all("youtube.sessions")) == 1


async def test_a_session_that_expired_is_begun_anew(channel: Stage) -> None:
    attempt = channel.claim(channel.video(SIZE))
    handles = await killed_at(channel, attempt, 2)
    forget_sessions(channel)
    await channel.publish(replace(attempt, fence=2, handles=handles))
    assert len(stored(channel)) == 1


async def test_a_film_whose_upload_was_forgotten_is_found_by_the_name_of_its_file(channel: Stage) -> None:
    attempt = channel.claim()
    handles = await channel.prepare(attempt)
    forget_sessions(channel)
    for left in ({name: value for name, value in handles.items() if name.startswith(("session", "file"))}, {}):
        receipt = await channel.publish(replace(attempt, fence=2, handles=left))
        assert receipt.remote_id in handles.values()
    assert len(stored(channel)) == 1


async def test_another_posts_film_is_never_taken(channel: Stage) -> None:
    channel.knob(youtube__takes_duplicates=1)
    first = await channel.publish(channel.claim())
    second = await channel.publish(replace(channel.claim(), fence=2))
    assert first.remote_id != second.remote_id


async def test_a_film_that_is_ready_is_only_looked_at(channel: Stage) -> None:
    attempt = channel.claim(None, channel.picture())
    handles = await channel.prepare(attempt)
    asked, effects = channel.media.asked, len(channel.sandbox.world.ledger.entries())
    assert dict(await channel.prepare(attempt, handles)) == dict(handles)
    assert (channel.media.asked, len(channel.sandbox.world.ledger.entries())) == (asked, effects)


async def test_a_text_that_was_edited_needs_no_second_upload(channel: Stage) -> None:
    attempt = channel.claim()
    handles = await channel.prepare(attempt)
    edited = replace(attempt, payload=replace(attempt.payload, text="Other words"), handles=handles, fence=2)
    await channel.publish(edited)
    assert [one["text"] for one in channel.shown()] == ["Other words"]
    assert len(stored(channel)) == 1


async def test_only_the_approved_film_is_sent(channel: Stage) -> None:
    attempt = channel.claim(channel.video(SIZE))
    assert attempt.payload.video is not None
    digest = attempt.payload.video.digest
    handles = await killed_at(channel, attempt, 2)
    channel.media.kept[digest] = channel.media.kept[digest][:-1] + b"x"
    for known in ({}, handles):
        with pytest.raises(ContentRefused, match="no longer in our store"):
            await channel.prepare(attempt, known)
    del channel.media.kept[digest]
    with pytest.raises(ContentRefused, match="no longer in our store"):
        await channel.prepare(attempt, handles)
    assert stored(channel) == []


async def test_a_film_is_never_held_whole(channel: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    part = MediaStore.part

    async def watched(self: MediaStore, digest: str, start: int, end: int) -> bytes:
        sizes.append(end - start)
        return await part(self, digest, start, end)

    monkeypatch.setattr(MediaStore, "part", watched)
    monkeypatch.setattr(MediaStore, "get", None)
    await channel.publish(channel.claim(channel.video(SIZE)))
    assert sizes == [BITE_BYTES] * (2 * CHUNK_BYTES // BITE_BYTES) + [300_000]


async def test_a_used_up_day_waits_for_midnight_in_california(channel: Stage) -> None:
    channel.knob(youtube__daily_uploads=0)
    with pytest.raises(TryLater, match="midnight in California") as waiting:
        await channel.publish(channel.claim())
    assert waiting.value.at == midnight(datetime.now(UTC))
    channel.knob(youtube__daily_uploads=100, youtube__daily_units=0)
    with pytest.raises(TryLater, match="midnight in California"):
        await channel.publish(channel.claim())


async def test_a_channels_own_cap_waits_for_a_day(channel: Stage) -> None:
    channel.knob(youtube__channel_uploads=0)
    with pytest.raises(TryLater, match="channel has uploaded") as waiting:
        await channel.publish(channel.claim())
    assert waiting.value.at is not None
    assert timedelta(hours=23) < waiting.value.at - datetime.now(UTC) <= timedelta(days=1)


async def test_a_title_that_slipped_through_is_refused_before_the_upload(channel: Stage) -> None:
    with pytest.raises(ContentRefused, match="title"):
        await channel.publish(channel.claim(title="<b>"))
    assert stored(channel) == []


def forget_sessions(channel: Stage) -> None:
    """As if a week had passed."""
    for session in list(channel.sandbox.world.state.all("youtube.sessions")):
        channel.sandbox.world.state.delete("youtube.sessions", session["id"])


FILM = film(b"x" * 100)
Doing = Callable[[Api, str], Awaitable[Any]]


def api_at(base: str, client: httpx.AsyncClient) -> Api:
    return Api(Wire(client, "YouTube", no_pause), base, base, errors.refusals(lambda: datetime.now(UTC)), no_clock)


def no_clock() -> datetime:
    return datetime.now(UTC)


async def put_all(api: Api, session: str, video: Video = FILM) -> Done | Gone:
    async def renew() -> None:
        return None

    media = MediaStore({video.digest: b"x" * video.size})
    return await go_on(api, account().token, session, video, media, renew)


@pytest.mark.parametrize(
    "location", [None, "", "http://elsewhere.example/upload", "https://evil.googleapis.com.example/x", "file:///x"]
)
async def test_bytes_and_token_go_nowhere_but_to_youtube(client: httpx.AsyncClient, location: str | None) -> None:
    headers = {} if location is None else {"location": location}
    async with answering(answer(200, {}, headers)) as (base, _):
        with pytest.raises(TryLater, match="no place"):
            await begin(api_at(base, client), account().token, FILM, {}, "a.mp4")


def test_googles_own_hosts_take_uploads_and_others_do_not(client: httpx.AsyncClient) -> None:
    real = api_at("https://www.googleapis.com", client)
    assert real.is_session(SESSION)
    assert real.is_session(SESSION.replace("www.", "youtube."))
    for other in ("https://googleapis.com.example/", "http://www.googleapis.com/", "https://x@www.googleapis.com/", ""):
        assert not real.is_session(other)
    assert not api_at("http://127.0.0.1:1", client).is_session(SESSION)


@pytest.mark.parametrize("said", ["bytes=0-99", "bytes=0-5000", "bytes=7-9", "bytes 0-9", "many", "bytes=0-"])
async def test_an_absurd_range_is_not_believed(client: httpx.AsyncClient, said: str) -> None:
    async with answering(answer(308, None, {"range": said})) as (base, _):
        with pytest.raises(TryLater):
            await put_all(api_at(base, client), f"{base}/session")


async def test_a_server_that_keeps_nothing_is_left_alone_after_some_tries(client: httpx.AsyncClient) -> None:
    async with answering(answer(308)) as (base, requests):
        with pytest.raises(TryLater, match="keeps nothing"):
            await put_all(api_at(base, client), f"{base}/session")
        assert len(requests.texts) < 12


@pytest.mark.parametrize("body", [None, {}, {"id": 7}, {"id": "../../x"}, {"id": ""}, b"<html>"])
async def test_a_film_without_a_name_is_asked_for_again(client: httpx.AsyncClient, body: Any) -> None:
    async with answering(answer(200, body)) as (base, _):
        with pytest.raises(TryLater, match="did not name it"):
            await ask(api_at(base, client), account().token, f"{base}/session", FILM)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (404, b"Not Found", Gone()),
        (410, None, Gone()),
        (400, b"Failed to parse Content-Range header.", Gone()),
        (308, None, Stored(0)),
        (200, {"id": "abcdefghijk"}, Done("abcdefghijk")),
        (201, {"id": "abcdefghijk"}, Done("abcdefghijk")),
    ],
)
async def test_the_upload_server_says_how_far_it_came(
    client: httpx.AsyncClient, status: int, body: Any, expected: object
) -> None:
    async with answering(answer(status, body)) as (base, requests):
        assert await ask(api_at(base, client), account().token, f"{base}/session", FILM) == expected
        assert "content-range: bytes */100" in requests.texts[0]
        assert "content-length: 0" in requests.texts[0].lower()


async def test_a_dead_token_stops_the_upload(client: httpx.AsyncClient) -> None:
    async with answering(answer(401, {"error": {"code": 401}})) as (base, _):
        with pytest.raises(TokenRejected):
            await put_all(api_at(base, client), f"{base}/session")


async def test_a_film_that_is_lost_in_the_middle_stops_the_upload(
    channel: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = channel.claim(channel.video(SIZE))
    assert attempt.payload.video is not None
    digest, part = attempt.payload.video.digest, channel.media.part

    async def losing(asked: str, start: int, end: int) -> bytes:
        if start >= CHUNK_BYTES + BITE_BYTES:
            raise FileNotFoundError(asked)
        return await part(asked, start, end)

    monkeypatch.setattr(channel.media, "part", losing)
    with pytest.raises(ContentRefused, match="no longer in our store"):
        await channel.prepare(attempt)
    monkeypatch.undo()
    await channel.publish(replace(attempt, fence=2, handles=channel.saving.saved[-1]))
    assert stored(channel) == [digest]


async def test_a_line_that_breaks_after_every_chunk_still_gets_there(
    channel: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("publishers.youtube.upload.CHUNK_BYTES", 262_144)
    channel.sandbox.fault("youtube.upload", "accept_then_close", count=8)
    await channel.publish(channel.claim(channel.video(8 * 262_144)))
    assert len(stored(channel)) == 1
