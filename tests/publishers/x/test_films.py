"""Films and moving pictures to X: piece by piece, going on after a kill, and what is told before anybody approves."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest

from domain.payload import Document, Payload, Video
from domain.platforms import Platform
from domain.publishing import Account, AccountKind, Claim, ContentRefused, Handles, LeaseLost, Publisher, TryLater
from domain.secret import Secret
from publishers.registry import PlatformSettings, build
from publishers.x.publish import check
from publishers.x.upload import Upload, kept
from tests.publishers.stage import WORKSPACE, Ledger, MediaStore, account, answer, answering, claim, no_pause, png
from tests.sandbox.conftest import RunningSandbox
from tests.sandbox.samples import gif, mp4

BACK = "http://127.0.0.1:4000/connect/back"
SIZE = 3_300_000
PIECES = 4


@dataclass
class Watched(MediaStore):
    """Remembers the largest piece that anybody asked for."""

    largest: int = 0

    async def part(self, digest: str, start: int, end: int) -> bytes:
        self.largest = max(self.largest, end - start)
        return await super().part(digest, start, end)


@dataclass
class Stage:
    """The twin, the publisher, the store, one connected account."""

    sandbox: RunningSandbox
    publisher: Publisher
    media: Watched
    account: Account

    def claim(self, content: bytes | None = None, width: int = 1280, height: int = 720) -> Claim:
        film = self.media.put_film(content or mp4(1280, 720, size=SIZE), width, height)
        return replace(claim(self.account), payload=Payload("A calm morning", video=film))

    def turn(self, **knobs: float) -> None:
        wish = {f"x.{name}": value for name, value in knobs.items()}
        httpx.post(f"{self.sandbox.base_url}/_sandbox/knobs", json=wish).raise_for_status()

    def windows(self) -> int:
        """How many calls of uploads X counted."""
        stored = self.sandbox.world.state.get("x.windows", f"upload:{self.account.remote_id}")
        return int(stored["used"]) if stored else 0

    async def publish(self, attempt: Claim, handles: Handles) -> None:
        handles = await self.publisher.prepare(attempt, handles, Ledger().save)
        await self.publisher.send(attempt, handles, Ledger().permit)

    def posts(self) -> list[dict[str, Any]]:
        return [one for one in self.sandbox.world.ledger.entries("x") if one["effect"] == "post"]

    def uploads(self) -> list[dict[str, Any]]:
        return [one for one in self.sandbox.world.ledger.entries("x") if one["effect"] == "media"]


@pytest.fixture
async def stage(sandbox: RunningSandbox, client: httpx.AsyncClient) -> AsyncIterator[Stage]:
    known, base = sandbox.world.secrets, sandbox.base_url
    settings = PlatformSettings(
        known.x_client_id,
        Secret(known.x_client_secret),
        "linkedin",
        Secret("linkedin"),
        x_api_url=f"{base}/x",
        x_authorize_url=f"{base}/x/i/oauth2/authorize",
    )
    media = Watched()
    registry = build(settings, client, media, pause=no_pause)
    connector = registry.connectors[Platform.X]
    url = connector.authorize_url(state="s" * 40, verifier="v" * 64, redirect_uri=BACK)
    async with httpx.AsyncClient(trust_env=False) as person:
        sent_back = await person.get(url + "&_auto=yes")
    code = parse_qs(urlsplit(sent_back.headers["location"]).query)["code"][0]
    grant = await connector.exchange(code=code, verifier="v" * 64, redirect_uri=BACK)
    [mine] = await connector.identities(grant)
    who = Account(WORKSPACE, uuid4(), Platform.X, AccountKind.MEMBER, mine.remote_id, mine.name, grant.access_token)
    yield Stage(sandbox, registry.publishers[Platform.X], media, who)


async def test_a_film_goes_up_in_pieces_and_out_with_its_words(stage: Stage) -> None:
    attempt = stage.claim()
    await stage.publish(attempt, {})
    (shown,) = httpx.get(f"{stage.sandbox.base_url}/_sandbox/feeds?platform=x").json()["posts"]
    assert shown["media"][0]["type"] == "video/mp4"
    assert attempt.payload.video is not None
    played = httpx.get(shown["media"][0]["url"]).content
    assert hashlib.sha256(played).hexdigest() == attempt.payload.video.digest
    assert stage.windows() == 1 + PIECES + 1


async def test_four_pictures_go_out_in_their_order_with_their_words(stage: Stage) -> None:
    pictures = tuple(stage.media.put(png(padding=number), f"Cup {number}") for number in range(1, 5))
    await stage.publish(replace(claim(stage.account), payload=Payload("Four cups", pictures)), {})
    (shown,) = httpx.get(f"{stage.sandbox.base_url}/_sandbox/feeds?platform=x").json()["posts"]
    assert [one["alt"] for one in shown["media"]] == ["Cup 1", "Cup 2", "Cup 3", "Cup 4"]


async def test_never_more_than_a_piece_of_it_is_in_memory(stage: Stage) -> None:
    await stage.publish(stage.claim(), {})
    assert 0 < stage.media.largest <= 1_000_000


async def test_a_kill_after_any_save_goes_on_and_no_piece_is_sent_twice(stage: Stage) -> None:
    attempt = stage.claim()
    handles: Handles = {}
    for moment in range(1, 20):
        ledger = Ledger()

        async def dying(saved: Handles, ledger: Ledger = ledger) -> None:
            await ledger.save(saved)
            raise LeaseLost

        try:
            await stage.publisher.prepare(replace(attempt, fence=moment), handles, dying)
        except LeaseLost:
            handles = ledger.saved[-1]
        else:
            break
    assert moment == 1 + PIECES + 1 + 1 + 1  # begun, each piece, closed, ready; then nothing is left to save
    await stage.publish(attempt, handles)
    assert stage.windows() == 1 + PIECES + 1
    assert (len(stage.uploads()), len(stage.posts())) == (1, 1)


@pytest.mark.parametrize("after", range(1, 1 + PIECES + 1))
async def test_a_lost_answer_at_any_call_goes_on_with_the_same_upload(stage: Stage, after: int) -> None:
    attempt, ledger = stage.claim(), Ledger()

    async def save(handles: Handles) -> None:
        await ledger.save(handles)
        if len(ledger.saved) == after:
            stage.sandbox.fault("x.media", "accept_then_close")

    with pytest.raises(TryLater):
        await stage.publisher.prepare(attempt, {}, save)
    await stage.publish(attempt, ledger.saved[-1])
    assert (len(stage.uploads()), len(stage.posts())) == (1, 1)
    closed_twice = after == 1 + PIECES  # it is asked whether it is closed, and not closed again
    assert stage.windows() == 1 + PIECES + 1 + (0 if closed_twice else 1)


async def test_a_film_that_x_works_on_is_waited_for_and_gone_on_with(stage: Stage) -> None:
    stage.turn(media_processing=3_600)
    attempt, ledger = stage.claim(), Ledger()
    with pytest.raises(TryLater, match="still working on the film"):
        await stage.publisher.prepare(attempt, {}, ledger.save)
    assert stage.posts() == []
    with pytest.raises(TryLater):
        await stage.publish(attempt, ledger.saved[-1])
    stage.sandbox.world.advance(3_601)
    attempt = replace(attempt, payload=replace(attempt.payload, text="An hour later"))
    await stage.publish(attempt, ledger.saved[-1])
    assert (stage.windows(), len(stage.posts())) == (1 + PIECES + 1, 1)


async def test_a_film_that_x_cannot_work_on_is_for_the_reviewer_in_its_words(stage: Stage) -> None:
    ledger = Ledger()
    with pytest.raises(ContentRefused, match=r"work on the film: Duration too long.*choose another one") as refused:
        await stage.publisher.prepare(stage.claim(mp4(1280, 720, seconds=200)), {}, ledger.save)
    assert "  " not in refused.value.sentence
    assert not any(value for name, value in ledger.saved[-1].items() if name.startswith("begun:"))


async def test_an_upload_that_x_forgot_is_begun_again(stage: Stage) -> None:
    attempt, ledger = stage.claim(), Ledger()
    assert attempt.payload.video is not None
    forgotten = {f"begun:{attempt.payload.video.digest}": "1700000000000000009@99999999999+2"}
    await stage.publisher.prepare(attempt, forgotten, ledger.save)
    assert stage.windows() == 1 + 1 + PIECES + 1


async def test_an_unfinished_upload_that_is_spoiled_is_begun_again(stage: Stage) -> None:
    attempt, ledger = stage.claim(), Ledger()

    async def dying(saved: Handles) -> None:
        await ledger.save(saved)
        if len(ledger.saved) == 3:
            raise LeaseLost

    with pytest.raises(LeaseLost):
        await stage.publisher.prepare(attempt, {}, dying)
    for piece in (stage.sandbox.home / "x-media").glob("*.001"):
        piece.write_bytes(b"half")
    await stage.publish(attempt, ledger.saved[-1])
    assert len(stage.posts()) == 1


async def test_a_film_that_is_no_longer_the_approved_one_is_not_begun(stage: Stage) -> None:
    attempt = stage.claim()
    assert attempt.payload.video is not None
    stage.media.kept[attempt.payload.video.digest] = b"another film"
    with pytest.raises(ContentRefused, match="film is no longer in our store"):
        await stage.publisher.prepare(attempt, {}, Ledger().save)
    assert stage.windows() == 0


async def test_a_moving_picture_is_uploaded_as_one_however_small(client: httpx.AsyncClient) -> None:
    media = MediaStore()
    attempt = claim(account(), "x", media.put(gif(), alt="", content_type="image/gif"))
    begun = answer(200, {"data": {"id": "71", "expires_after_secs": 86_400}})
    settings = PlatformSettings("id", Secret("secret"), "id", Secret("secret"))
    async with answering(begun) as (url, requests):
        publisher = build(replace(settings, x_api_url=url), client, media, pause=no_pause).publishers[Platform.X]
        await publisher.prepare(attempt, {}, Ledger().save)
    assert [text.split(" HTTP")[0] for text in requests.texts] == [
        "POST /2/media/upload/initialize",
        "POST /2/media/upload/71/append",
        "POST /2/media/upload/71/finalize",
    ]
    assert '"media_category":"tweet_gif"' in requests.texts[0]


@pytest.mark.parametrize("handle", ["", "71", "71@", "@5", "71@soon", "71@soon+1"])
def test_what_names_no_upload_is_none(handle: str) -> None:
    assert kept(handle) is None


@pytest.mark.parametrize("upload", [Upload("71", 9), Upload("71", 9, 4), Upload("71", 9, 0, True)])
def test_an_upload_is_read_as_it_was_kept(upload: Upload) -> None:
    assert kept(upload.handle()) == upload


FILM = Video("f" * 64, "video/mp4", 1280, 720, 1_000_000, 30.0, 30.0, "avc1", "mp4a")
PICTURE = MediaStore().put(png())
GIF = replace(PICTURE, content_type="image/gif")


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (Payload("x", video=replace(FILM, seconds=141)), "up to 140 seconds"),
        (Payload("x", video=replace(FILM, seconds=0.4)), "from 0.5 seconds"),
        (Payload("x", video=replace(FILM, size=512_000_001)), "up to 512 MB"),
        (Payload("x", video=replace(FILM, rate=90)), "60 frames a second"),
        (Payload("x", video=replace(FILM, width=1920, height=1080)), "up to 1280 × 1024 or 1024 × 1280 pixels"),
        (Payload("x", video=replace(FILM, width=1280, height=400)), "too wide"),
        (Payload("x", video=replace(FILM, video_codec="hvc1")), "H.264"),
        (Payload("x", video=replace(FILM, audio_codec="ac-3")), "AAC"),
        (Payload("x", video=replace(FILM, content_type="video/webm")), "Export it as MP4"),
        (Payload("x", (PICTURE,), video=FILM), "not both"),
        (Payload("x", document=Document("d" * 64, "application/pdf", 9, 1, "Menu")), "no documents"),
        (Payload("x", (replace(GIF, size=15_000_001),)), "up to 15 MB"),
        (Payload("x", (replace(GIF, width=1281),)), "GIFs up to 1280 × 1080 pixels"),
    ],
)
def test_what_x_would_refuse_of_a_film_is_told_beforehand(payload: Payload, sentence: str) -> None:
    assert any(sentence in complaint for complaint in check(payload))


@pytest.mark.parametrize(
    "payload",
    [
        Payload("", video=FILM),
        Payload("x", video=replace(FILM, width=720, height=1280)),
        Payload("x", video=replace(FILM, audio_codec="")),
        Payload("x", (replace(GIF, size=14_000_000),)),
        Payload("x", (PICTURE,) * 4),
    ],
)
def test_what_x_takes_draws_no_complaint(payload: Payload) -> None:
    assert check(payload) == []
