"""LinkedIn's own ways: the id in a header, little text, listings by last change, places for pictures."""

from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest

from domain.payload import Payload
from domain.platforms import Platform
from domain.publishing import (
    Absent,
    AccountKind,
    CannotTell,
    ContentRefused,
    Found,
    OutcomeUnknown,
    Publisher,
    TryLater,
)
from domain.secret import Secret
from publishers.linkedin.publish import check
from publishers.registry import PlatformSettings, build
from tests.publishers.stage import Ledger, MediaStore, account, answer, answering, claim, no_pause, png, search

MEDIA = MediaStore()
PICTURE = MEDIA.put(png())
PAGE_URN = "urn:li:organization:10420001"
PAGE = account(Platform.LINKEDIN, PAGE_URN, AccountKind.ORGANISATION)
MEMBER = account(Platform.LINKEDIN, "urn:li:person:Mara782Lq")
ATTEMPT = claim(PAGE, "Tea (today_only) #Tea")
URN = "urn:li:share:7300000000000000001"
IMAGE = "urn:li:image:C4E10AQabc"


def publisher(client: httpx.AsyncClient, url: str) -> Publisher:
    settings = PlatformSettings("id", Secret("secret"), "id", Secret("secret"), linkedin_api_url=url)
    return build(settings, client, MEDIA, pause=no_pause).publishers[Platform.LINKEDIN]


def element(commentary: str = r"Tea \(today\_only\) #Tea", seconds: float = 1, **more: Any) -> dict[str, Any]:
    moment = int((ATTEMPT.intent_at + timedelta(seconds=seconds)).timestamp() * 1000)
    times = {"createdAt": moment, "publishedAt": moment, "lastModifiedAt": moment}
    return {"id": URN, "author": PAGE_URN, "commentary": commentary, "lifecycleState": "PUBLISHED", **times, **more}


@pytest.mark.parametrize("header", ["x-restli-id", "X-RestLi-Id", "x-linkedin-id"])
async def test_the_receipt_stands_in_a_header(client: httpx.AsyncClient, header: str) -> None:
    async with answering(answer(201, None, {header: URN})) as (url, requests):
        receipt = await publisher(client, url).send(ATTEMPT, {}, Ledger().permit)
    assert receipt.remote_id == URN
    assert receipt.permalink == f"https://www.linkedin.com/feed/update/{URN}/"
    head, _, body = requests.texts[0].partition("\r\n\r\n")
    assert "linkedin-version: 202609" in head.lower()
    assert orjson.loads(body)["commentary"] == r"Tea \(today\_only\) #Tea"


@pytest.mark.parametrize("urn", ["", "urn:li:activity:7", "urn:li:person:7", "urn:li:share:abc", "urn:li:share:7/x"])
async def test_a_201_without_the_name_of_a_post_is_unknown(client: httpx.AsyncClient, urn: str) -> None:
    async with answering(answer(201, {"id": URN}, {"x-restli-id": urn})) as (url, _):
        with pytest.raises(OutcomeUnknown):
            await publisher(client, url).send(ATTEMPT, {}, Ledger().permit)


async def test_an_account_that_is_no_author_stops_before_the_permit(client: httpx.AsyncClient) -> None:
    ledger = Ledger()
    stranger = account(Platform.LINKEDIN, "urn:li:app:5")
    with pytest.raises(ContentRefused):
        await publisher(client, "http://127.0.0.1:9").send(claim(stranger), {}, ledger.permit)
    assert ledger.permits == 0


async def look(client: httpx.AsyncClient, *bodies: Any, status: int = 200) -> Any:
    async with answering(*(answer(status, body) for body in bodies)) as (url, _):
        return await publisher(client, url).find(search(ATTEMPT))


async def test_a_page_finds_its_post_with_the_markup_undone(client: httpx.AsyncClient) -> None:
    for commentary in (r"Tea \(today\_only\) #Tea", r"Tea \(today\_only\) {hashtag|\#|Tea}"):
        assert isinstance(await look(client, {"elements": [element(commentary)]}), Found)


async def test_a_post_that_linkedin_cut_is_for_a_person(client: httpx.AsyncClient) -> None:
    attempt = claim(PAGE, "Tea for everybody (today only)", intent_at=ATTEMPT.intent_at)
    async with answering(answer(200, {"elements": [element("Tea for everybody")]})) as (url, _):
        assert isinstance(await publisher(client, url).find(search(attempt)), CannotTell)


async def test_a_page_without_it_is_absent(client: httpx.AsyncClient) -> None:
    assert await look(client, {"elements": []}) == Absent()
    assert await look(client, {"elements": [element("Coffee")]}) == Absent()


async def test_an_old_post_with_the_same_words_is_not_ours(client: httpx.AsyncClient) -> None:
    assert await look(client, {"elements": [element(seconds=-3_600)]}) == Absent()


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        {},
        {"elements": {}},
        {"elements": ["x"]},
        {"elements": [element(author="urn:li:organization:5")]},
        {"elements": [element(id="urn:li:activity:5")]},
        {"elements": [element(lifecycleState="PUBLISH_REQUESTED")]},
        {"elements": [element(createdAt=None, publishedAt=None)]},
        {"elements": [element(createdAt="yesterday", publishedAt=True)]},
    ],
)
async def test_an_odd_listing_proves_nothing(client: httpx.AsyncClient, body: Any) -> None:
    finding = await look(client, body)
    assert isinstance(finding, CannotTell)
    assert finding.link == "https://www.linkedin.com/company/10420001/posts/"


@pytest.mark.parametrize("status", [401, 403, 404, 426, 429, 500])
async def test_a_refused_look_proves_nothing(client: httpx.AsyncClient, status: int) -> None:
    assert isinstance(await look(client, {"elements": []}, status=status), CannotTell)


def place(url: str, image: str = IMAGE) -> bytes:
    return answer(200, {"value": {"uploadUrl": url, "image": image}})


@pytest.mark.parametrize(
    "upload",
    ["https://evil.example/x", "https://linkedin.com.evil.example/x", "http://www.linkedin.com/x",
     "https://user@www.linkedin.com/x", "https://www.linkedin.com:8443/x", "file:///etc/passwd", "", None],
)  # fmt: skip
async def test_bytes_and_token_go_only_to_linkedin_itself(client: httpx.AsyncClient, upload: Any) -> None:
    async with answering(place(upload)) as (url, requests):
        with pytest.raises(TryLater, match="named no place"):
            await publisher(client, url).prepare(claim(PAGE, "x", PICTURE), {}, Ledger().save)
    assert len(requests.texts) == 1


def place_here(base: str) -> bytes:
    return place(f"{base}/upload")


def status(name: str) -> bytes:
    return answer(200, {"id": IMAGE, "status": name})


async def test_a_picture_is_waited_for_and_never_put_twice(client: httpx.AsyncClient) -> None:
    ledger, attempt = Ledger(), claim(PAGE, "x", PICTURE)
    answers = (place_here, answer(201), status("PROCESSING"), status("AVAILABLE"))
    async with answering(*answers) as (url, requests):
        handles = await publisher(client, url).prepare(attempt, {}, ledger.save)
        again = await publisher(client, url).prepare(attempt, handles, ledger.save)
    assert dict(again) == dict(handles)
    assert [text.split(" HTTP")[0] for text in requests.texts] == [
        "POST /rest/images?action=initializeUpload",
        "PUT /upload",
        "GET /rest/images/urn%3Ali%3Aimage%3AC4E10AQabc",
        "GET /rest/images/urn%3Ali%3Aimage%3AC4E10AQabc",
    ]
    assert IMAGE in str(ledger.saved[0])
    assert "/upload" not in str(ledger.saved)  # the address is a key to the place: it is kept nowhere


async def test_a_picture_that_takes_too_long_goes_on_at_the_next_attempt(client: httpx.AsyncClient) -> None:
    ledger, attempt = Ledger(), claim(PAGE, "x", PICTURE)
    async with answering(place_here, answer(201), status("PROCESSING")) as (url, _):
        with pytest.raises(TryLater, match="still working"):
            await publisher(client, url).prepare(attempt, {}, ledger.save)
    async with answering(status("AVAILABLE")) as (url, requests):
        await publisher(client, url).prepare(attempt, ledger.saved[-1], ledger.save)
    assert len(requests.texts) == 1


async def test_a_picture_that_linkedin_never_got_is_put_again(client: httpx.AsyncClient) -> None:
    ledger, attempt = Ledger(), claim(PAGE, "x", PICTURE)
    async with answering(place_here, answer(201), status("WAITING_UPLOAD")) as (url, _):
        with pytest.raises(TryLater, match="put there again"):
            await publisher(client, url).prepare(attempt, {}, ledger.save)
    async with answering(place_here, answer(201), status("AVAILABLE")) as (url, requests):
        await publisher(client, url).prepare(attempt, ledger.saved[-1], ledger.save)
    assert len(requests.texts) == 3


async def test_a_picture_that_linkedin_cannot_use_is_for_the_reviewer(client: httpx.AsyncClient) -> None:
    async with answering(place_here, answer(201), status("PROCESSING_FAILED")) as (url, _):
        with pytest.raises(ContentRefused):
            await publisher(client, url).prepare(claim(PAGE, "x", PICTURE), {}, Ledger().save)


async def test_a_member_who_may_not_ask_gets_a_grace_instead(client: httpx.AsyncClient) -> None:
    denied = answer(403, {"status": 403, "code": "ACCESS_DENIED", "message": "Not enough permissions"})
    async with answering(place_here, answer(201), denied) as (url, _):
        handles = await publisher(client, url).prepare(claim(MEMBER, "x", PICTURE), {}, Ledger().save)
    assert IMAGE in handles.values()


async def test_figures_of_a_page_are_read_by_kind_and_gone_posts_are_named(client: httpx.AsyncClient) -> None:
    other, gone = "urn:li:ugcPost:7300000000000000002", "urn:li:share:7300000000000000003"
    shares = {
        "elements": [{"share": URN, "totalShareStatistics": {"likeCount": 2, "clickCount": -1, "shareCount": "x"}}]
    }
    ugc = {"elements": [{"ugcPost": other, "totalShareStatistics": {"impressionCount": 9}}]}
    async with answering(answer(200, shares), answer(200, ugc), answer(404, {})) as (url, requests):
        readings = await publisher(client, url).measure(PAGE, (URN, other, gone))
    assert (readings[0].values["likes"], readings[0].values["clicks"], readings[0].values["shares"]) == (2, None, None)
    assert readings[1].values["impressions"] == 9
    assert [reading.gone for reading in readings] == [False, False, True]
    assert "shares=List(urn%3Ali%3Ashare%3A7300000000000000001,urn%3Ali%3Ashare%3A73" in requests.texts[0]


async def test_figures_of_a_member_are_closed_and_not_asked_for(client: httpx.AsyncClient) -> None:
    [reading] = await publisher(client, "http://127.0.0.1:9").measure(MEMBER, (URN,))
    assert set(reading.values.values()) == {None}
    assert not reading.gone


def test_what_linkedin_would_refuse_is_told_beforehand() -> None:
    assert any("Shorten the text by 1" in said for said in check(Payload("_" * 1_500 + "a")))
    assert any("needs a text" in said for said in check(Payload(" ", (PICTURE,))))
    assert any("at most 20 pictures" in said for said in check(Payload("x", (PICTURE,) * 21)))
    assert check(Payload("x", (PICTURE,) * 20)) == []
    assert check(Payload("x" * 3_000, (PICTURE,))) == []
