"""Several pictures, films and documents to LinkedIn: part by part, on after a kill, closed once, and told beforehand."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import orjson
import pytest

from domain.payload import Document, Payload, Video
from domain.platforms import Platform
from domain.publishing import Account, AccountKind, Claim, ContentRefused, Handles, LeaseLost, Publisher, TryLater
from domain.secret import Secret
from domain.settings import Setting
from publishers.linkedin.publish import check
from publishers.linkedin.upload import Upload, kept
from publishers.registry import PlatformSettings, build
from tests.publishers.stage import WORKSPACE, Ledger, MediaStore, account, answer, answering, claim, no_pause, png
from tests.sandbox.conftest import RunningSandbox
from tests.sandbox.samples import mp4, pdf

BACK = "http://127.0.0.1:4000/connect/back"
SIZE, PART, PARTS = 5_300_000, 2_000_000, 3


@dataclass
class Watched(MediaStore):
    """Remembers the largest piece that anybody asked for."""

    largest: int = 0

    async def part(self, digest: str, start: int, end: int) -> bytes:
        self.largest = max(self.largest, end - start)
        return await super().part(digest, start, end)


@dataclass
class Stage:
    """The twin, the publisher, the store, a member and a page."""

    sandbox: RunningSandbox
    publisher: Publisher
    media: Watched
    page: Account
    member: Account

    def film(self, content: bytes | None = None) -> Video:
        return self.media.put_film(content or mp4(1280, 720, size=SIZE), 1280, 720)

    def document(self, content: bytes | None = None) -> Document:
        content = content or pdf(12)
        digest = self.media.put(content).digest
        return Document(digest, "application/pdf", len(content), 12, "The menu")

    def claim(self, payload: Payload, who: Account | None = None) -> Claim:
        return replace(claim(who or self.page), payload=payload)

    def turn(self, **knobs: float) -> None:
        wish = {f"linkedin.{name}": value for name, value in knobs.items()}
        httpx.post(f"{self.sandbox.base_url}/_sandbox/knobs", json=wish).raise_for_status()

    async def publish(self, attempt: Claim, handles: Handles | None = None) -> None:
        made = await self.publisher.prepare(attempt, handles or {}, Ledger().save)
        await self.publisher.send(attempt, made, Ledger().permit)

    def effects(self, name: str) -> list[dict[str, Any]]:
        return [one for one in self.sandbox.world.ledger.entries("linkedin") if one["effect"] == name]

    def begun(self) -> int:
        """How many uploads were begun, finished or not."""
        return len(self.sandbox.world.state.all("linkedin.media"))

    def shown(self) -> dict[str, Any]:
        [post] = httpx.get(f"{self.sandbox.base_url}/_sandbox/feeds?platform=linkedin").json()["posts"]
        return dict(post)


@pytest.fixture
async def stage(sandbox: RunningSandbox, client: httpx.AsyncClient) -> AsyncIterator[Stage]:
    known, base = sandbox.world.secrets, sandbox.base_url
    settings = PlatformSettings(
        "x",
        Secret("x"),
        known.linkedin_client_id,
        Secret(known.linkedin_client_secret),
        linkedin_api_url=f"{base}/linkedin",
        linkedin_oauth_url=f"{base}/linkedin/oauth/v2",
    )
    media = Watched()
    registry = build(settings, client, media, pause=no_pause)
    connector = registry.connectors[Platform.LINKEDIN]
    url = connector.authorize_url(state="s" * 40, verifier="", redirect_uri=BACK)
    async with httpx.AsyncClient(trust_env=False) as person:
        sent_back = await person.get(url + "&_auto=yes")
    code = parse_qs(urlsplit(sent_back.headers["location"]).query)["code"][0]
    grant = await connector.exchange(code=code, verifier="", redirect_uri=BACK)
    member, page = [
        Account(WORKSPACE, uuid4(), Platform.LINKEDIN, one.kind, one.remote_id, one.name, grant.access_token)
        for one in await connector.identities(grant)
    ]
    played = Stage(sandbox, registry.publishers[Platform.LINKEDIN], media, page, member)
    played.turn(part_bytes=PART)
    yield played


async def test_several_pictures_go_out_in_their_order_with_their_words(stage: Stage) -> None:
    pictures = tuple(stage.media.put(png(padding=number), f"Cup {number}") for number in range(1, 5))
    await stage.publish(stage.claim(Payload("Four (4) cups_", pictures)))
    assert [one["alt"] for one in stage.shown()["media"]] == ["Cup 1", "Cup 2", "Cup 3", "Cup 4"]
    assert stage.shown()["text"] == "Four (4) cups_"
    assert stage.effects("post")[0]["rid"].startswith("urn:li:ugcPost:")


async def test_a_film_goes_up_in_its_parts_and_out_whole(stage: Stage) -> None:
    film = stage.film()
    await stage.publish(stage.claim(Payload("A calm morning", (), {Setting.TITLE: "Calm"}, film)))
    [shown] = stage.shown()["media"]
    assert (shown["type"], shown["alt"]) == ("video/mp4", "Calm")
    assert hashlib.sha256(httpx.get(shown["url"]).content).hexdigest() == film.digest
    assert 0 < stage.media.largest <= 1024 * 1024


async def test_a_document_goes_out_with_its_title_in_small_pieces(stage: Stage) -> None:
    document = stage.document(pdf(12) + bytes(2_500_000))
    await stage.publish(stage.claim(Payload("Our menu", document=document)))
    [shown] = stage.shown()["media"]
    assert (shown["type"], shown["alt"]) == ("application/pdf", "The menu")
    assert hashlib.sha256(httpx.get(shown["url"]).content).hexdigest() == document.digest
    assert 0 < stage.media.largest <= 1024 * 1024


async def test_a_member_posts_films_and_documents_as_well(stage: Stage) -> None:
    stage.turn(members_cannot_poll=1)
    await stage.publish(stage.claim(Payload("A film", video=stage.film()), stage.member))
    await stage.publish(stage.claim(Payload("A menu", document=stage.document()), stage.member))
    assert len(stage.effects("post")) == 2


async def test_a_kill_after_any_save_goes_on_and_no_part_is_put_twice(stage: Stage) -> None:
    attempt = stage.claim(Payload("A calm morning", video=stage.film()))
    handles: Handles = {}
    asked = []
    for _ in range(60):
        ledger, before = Ledger(), stage.media.asked

        async def dying(saved: Handles, ledger: Ledger = ledger, known: Handles = handles) -> None:
            await ledger.save(saved)
            if known != saved:  # what only renews the lease is let through, or a part would never come to its end
                raise LeaseLost

        try:
            await stage.publisher.prepare(attempt, handles, dying)
        except LeaseLost:
            handles = ledger.saved[-1]
            asked.append(stage.media.asked - before)
        else:
            break
    await stage.publish(attempt, handles)
    assert [one for one in asked if one] == [2, 2, 2]  # each part's pieces, once
    assert (stage.begun(), len(stage.effects("video")), len(stage.effects("post"))) == (1, 1, 1)


@pytest.mark.parametrize("target", ["linkedin.videos", "linkedin.upload", "linkedin.video_finalize"])
async def test_a_lost_answer_goes_on_and_closes_the_upload_once(stage: Stage, target: str) -> None:
    attempt, ledger = stage.claim(Payload("A calm morning", video=stage.film())), Ledger()
    stage.sandbox.fault(target, "accept_then_close")
    with pytest.raises(TryLater):
        await stage.publisher.prepare(attempt, {}, ledger.save)
    await stage.publish(attempt, ledger.saved[-1] if ledger.saved else {})
    assert (len(stage.effects("video")), len(stage.effects("post"))) == (1, 1)


async def test_a_film_that_linkedin_works_on_is_waited_for_and_gone_on_with(stage: Stage) -> None:
    stage.turn(video_processing=3_600)
    attempt, ledger = stage.claim(Payload("A calm morning", video=stage.film())), Ledger()
    with pytest.raises(TryLater, match="still working on the film"):
        await stage.publisher.prepare(attempt, {}, ledger.save)
    asked = stage.media.asked
    stage.sandbox.world.advance(3_601)
    await stage.publish(attempt, ledger.saved[-1])
    assert (stage.media.asked, stage.begun(), len(stage.effects("post"))) == (asked, 1, 1)


async def test_what_linkedin_cannot_use_is_for_the_reviewer_in_its_words(stage: Stage) -> None:
    short, long = stage.film(mp4(1280, 720, seconds=1, size=80_000)), stage.document(pdf(301))
    with pytest.raises(ContentRefused, match="work on the film: The video is shorter than 3 seconds"):
        await stage.publish(stage.claim(Payload("x", video=short)))
    with pytest.raises(ContentRefused, match="work on the document: The document has more than 300 pages"):
        await stage.publish(stage.claim(Payload("x", document=long)))
    assert stage.effects("post") == []


async def test_a_place_that_closed_is_asked_for_again(stage: Stage) -> None:
    attempt, ledger = stage.claim(Payload("A calm morning", video=stage.film())), Ledger()
    stage.sandbox.fault("linkedin.upload", "close")
    with pytest.raises(TryLater):
        await stage.publisher.prepare(attempt, {}, ledger.save)
    [name] = [name for name in ledger.saved[-1] if name.startswith("film:")]
    closed = ledger.saved[-1][name].replace("sandbox-upload-", "sandbox-upload-x")
    await stage.publish(attempt, {name: closed})
    assert (stage.begun(), len(stage.effects("post"))) == (2, 1)


async def test_places_that_are_about_to_close_are_not_gone_on_with(stage: Stage) -> None:
    attempt, ledger = stage.claim(Payload("A calm morning", video=stage.film())), Ledger()
    stage.sandbox.fault("linkedin.upload", "close")
    with pytest.raises(TryLater):
        await stage.publisher.prepare(attempt, {}, ledger.save)
    [name] = [name for name in ledger.saved[-1] if name.startswith("film:")]
    upload = kept(ledger.saved[-1][name])
    assert upload is not None
    soon = replace(upload, until=int(attempt.intent_at.timestamp()) + 60)
    await stage.publish(attempt, {name: soon.handle()})
    assert stage.begun() == 2


async def test_what_is_no_longer_the_approved_one_is_not_begun(stage: Stage) -> None:
    film, document = stage.film(), stage.document()
    stage.media.kept[film.digest] = b"another film"
    del stage.media.kept[document.digest]
    with pytest.raises(ContentRefused, match="film is no longer in our store"):
        await stage.publish(stage.claim(Payload("x", video=film)))
    with pytest.raises(ContentRefused, match="document is no longer in our store"):
        await stage.publish(stage.claim(Payload("x", document=document)))
    assert stage.begun() == 0


# --- what LinkedIn may answer ---

MEDIA = MediaStore()
FILM = replace(MEDIA.put_film(mp4(1280, 720, size=80_000)), width=1280, height=720)
URN = "urn:li:video:C5F10AQabc"
PAGE = account(Platform.LINKEDIN, "urn:li:organization:10420001", AccountKind.ORGANISATION)
ATTEMPT = replace(claim(PAGE), payload=Payload("x", video=FILM))


def publisher(client: httpx.AsyncClient, url: str) -> Publisher:
    settings = PlatformSettings("id", Secret("secret"), "id", Secret("secret"), linkedin_api_url=url)
    return build(settings, client, MEDIA, pause=no_pause).publishers[Platform.LINKEDIN]


def places(url: str, *ranges: tuple[Any, Any], video: Any = URN) -> bytes:
    given = [{"uploadUrl": f"{url}/part", "firstByte": first, "lastByte": last} for first, last in ranges]
    return answer(200, {"value": {"video": video, "uploadToken": "t", "uploadInstructions": given}})


@pytest.mark.parametrize(
    "ranges",
    [
        (),
        ((1, 79_999),),
        ((0, 79_998),),
        ((0, 80_000),),
        ((0, 9), (11, 79_999)),
        ((10, 79_999), (0, 9)),
        ((0, "79999"),),
        ((0, True),),
        ((0, -1), (0, 79_999)),
    ],
)
async def test_parts_that_do_not_make_the_film_are_no_place(client: httpx.AsyncClient, ranges: Any) -> None:
    async with answering(lambda base: places(base, *ranges)) as (url, requests):
        with pytest.raises(TryLater, match="named no place for the film"):
            await publisher(client, url).prepare(ATTEMPT, {}, Ledger().save)
    assert len(requests.texts) == 1


async def test_a_films_bytes_go_only_to_linkedin_itself_and_without_the_token(client: httpx.AsyncClient) -> None:
    async with answering(places("https://evil.example", (0, 79_999))) as (url, _):
        with pytest.raises(TryLater, match="named no place"):
            await publisher(client, url).prepare(ATTEMPT, {}, Ledger().save)
    ready = answer(200, {"id": URN, "status": "AVAILABLE"})
    here = (lambda base: places(base, (0, 79_999)), answer(200, None, {"etag": "/tag/1"}), answer(200), ready)
    async with answering(*here) as (url, requests):
        await publisher(client, url).prepare(ATTEMPT, {}, Ledger().save)
    assert "authorization" not in requests.texts[1].partition("\r\n\r\n")[0].lower()
    finalized = orjson.loads(requests.texts[2].partition("\r\n\r\n")[2])
    assert finalized == {"finalizeUploadRequest": {"video": URN, "uploadToken": "t", "uploadedPartIds": ["/tag/1"]}}


async def test_a_part_without_its_etag_is_put_again(client: httpx.AsyncClient) -> None:
    ledger = Ledger()
    async with answering(lambda base: places(base, (0, 79_999)), answer(200)) as (url, _):
        with pytest.raises(TryLater, match="did not confirm a part"):
            await publisher(client, url).prepare(ATTEMPT, {}, ledger.save)
    assert kept(ledger.saved[-1][f"film:{FILM.digest}"]) == Upload(
        URN, "t", kept_until(ledger), ((f"{url}/part", 0, 79_999),)
    )


def kept_until(ledger: Ledger) -> int:
    upload = kept(ledger.saved[-1][f"film:{FILM.digest}"])
    assert upload is not None
    return upload.until


WHOLE = Upload(URN, "t", 9, (("https://www.linkedin.com/a", 0, 79_999),), ("/tag/1",))


async def test_a_film_whose_parts_are_all_there_needs_no_open_place(client: httpx.AsyncClient) -> None:
    answers = (answer(200, {"status": "WAITING_UPLOAD"}), answer(200), answer(200, {"status": "AVAILABLE"}))
    async with answering(*answers) as (url, requests):
        handles = {f"film:{FILM.digest}": WHOLE.handle()}
        made = await publisher(client, url).prepare(ATTEMPT, handles, Ledger().save)
    assert [text.split(" ")[0] for text in requests.texts] == ["GET", "POST", "GET"]
    assert made[f"video:{FILM.digest}"] == URN


async def test_a_closed_film_may_say_for_a_while_that_it_waits(client: httpx.AsyncClient) -> None:
    waits = answer(200, {"status": "WAITING_UPLOAD"})
    handles = {f"film:{FILM.digest}": replace(WHOLE, finalized=True).handle()}
    async with answering(waits, waits, answer(200, {"status": "AVAILABLE"})) as (url, _):
        made = await publisher(client, url).prepare(ATTEMPT, handles, Ledger().save)
    assert made[f"video:{FILM.digest}"] == URN
    ledger = Ledger()
    async with answering(waits) as (url, _):
        with pytest.raises(TryLater, match="did not get the film"):
            await publisher(client, url).prepare(ATTEMPT, handles, ledger.save)
    assert ledger.saved[-1][f"film:{FILM.digest}"] == ""


@pytest.mark.parametrize(
    "handle", ["", "{}", "[]", "x", '{"urn":"urn:li:image:1","parts":[],"tags":[]}', '{"parts":1}']
)
def test_what_holds_no_upload_is_none(handle: str) -> None:
    assert kept(handle) is None


def test_an_upload_is_read_as_it_was_kept() -> None:
    upload = Upload(URN, "", 9, (("https://www.linkedin.com/a", 0, 4),), ("/tag",), True)
    assert kept(upload.handle()) == upload


GOOD = Video("f" * 64, "video/mp4", 1280, 720, 1_000_000, 30.0, 30.0, "avc1", "mp4a")
PAPER = Document("d" * 64, "application/pdf", 1_000_000, 12, "The menu")
PICTURE = MEDIA.put(png())


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (Payload("x", video=replace(GOOD, seconds=2.9)), "from 3 seconds"),
        (Payload("x", video=replace(GOOD, seconds=1_801)), "up to 1800 seconds"),
        (Payload("x", video=replace(GOOD, size=74_999)), "from 75 kB"),
        (Payload("x", video=replace(GOOD, size=500_000_001)), "up to 500 MB"),
        (Payload("x", video=replace(GOOD, width=2_500, height=1_000)), "too wide"),
        (Payload("x", video=replace(GOOD, content_type="video/quicktime")), "Export it as MP4"),
        (Payload("x", video=GOOD, document=PAPER), "one of them a post"),
        (Payload("x", (PICTURE,), video=GOOD), "one of them a post"),
        (Payload("x", document=replace(PAPER, title=" ")), "Give it one"),
        (Payload("x", document=replace(PAPER, pages=301)), "up to 300 pages"),
        (Payload("x", document=replace(PAPER, size=100_000_001)), "up to 100 MB"),
        (Payload("x", document=replace(PAPER, size=0)), "empty"),
        (Payload("x", document=replace(PAPER, content_type="text/plain")), "Export it as PDF"),
    ],
)
def test_what_linkedin_would_refuse_is_told_beforehand(payload: Payload, sentence: str) -> None:
    assert any(sentence in complaint for complaint in check(payload))


@pytest.mark.parametrize(
    "payload", [Payload("x", video=GOOD), Payload("x", document=PAPER), Payload("x", (PICTURE,) * 9)]
)
def test_what_linkedin_takes_draws_no_complaint(payload: Payload) -> None:
    assert check(payload) == []
