"""Looking on X: links expanded, every page, and whatever is odd proves nothing."""

from typing import Any

import httpx
import pytest

from domain.publishing import Absent, CannotTell, Finding, Found
from domain.secret import Secret
from publishers.registry import PlatformSettings, build
from publishers.x.find import expanded
from tests.publishers.stage import MediaStore, account, answer, answering, claim, no_pause, search

ATTEMPT = claim(account(), "Tea & cake at https://sunrise.example/?a=1&b=2 <3")
ME = ATTEMPT.account.remote_id
OURS: dict[str, Any] = {
    "id": "1900000000000000001",
    "author_id": ME,
    "created_at": ATTEMPT.intent_at.isoformat().replace("+00:00", "Z"),
    "text": "Tea &amp; cake at https://t.co/abc &lt;3 https://t.co/pic",
    "entities": {
        "urls": [
            {"url": "https://t.co/abc", "expanded_url": "https://sunrise.example/?a=1&b=2"},
            {"url": "https://t.co/pic", "expanded_url": "https://x.com/sunrise/status/1/photo/1", "media_key": "3_1"},
        ]
    },
}


def page(*posts: dict[str, Any], **meta: Any) -> dict[str, Any]:
    return {"data": list(posts), "meta": {"result_count": len(posts), **meta}}


async def look(client: httpx.AsyncClient, *bodies: Any, status: int = 200) -> tuple[Finding, list[str]]:
    async with answering(*(answer(status, body) for body in bodies)) as (url, requests):
        settings = PlatformSettings("id", Secret("secret"), "id", Secret("secret"), x_api_url=url)
        publisher = build(settings, client, MediaStore(), pause=no_pause).publishers[ATTEMPT.account.platform]
        return await publisher.find(search(ATTEMPT)), requests.texts


def test_a_listed_text_reads_as_it_was_written() -> None:
    assert expanded(OURS).strip() == ATTEMPT.payload.text


async def test_our_post_is_found(client: httpx.AsyncClient) -> None:
    finding, asked = await look(client, page(OURS))
    assert isinstance(finding, Found)
    assert finding.receipts[0].permalink == "https://x.com/i/web/status/1900000000000000001"
    assert f"GET /2/users/{ME}/tweets?" in asked[0]
    assert "start_time=" in asked[0]


async def test_a_post_on_a_later_page_is_found(client: httpx.AsyncClient) -> None:
    other = OURS | {"id": "1900000000000000002", "text": "Coffee", "entities": {}}
    finding, asked = await look(client, page(other, next_token="more"), page(OURS))
    assert isinstance(finding, Found)
    assert "pagination_token=more" in asked[1]


async def test_a_whole_empty_listing_is_absent(client: httpx.AsyncClient) -> None:
    finding, _ = await look(client, {"meta": {"result_count": 0}})
    assert finding == Absent()


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        {},
        {"data": []},
        {"meta": {}},
        page() | {"meta": {"result_count": 3}},
        page() | {"errors": [{"title": "Authorization Error"}]},
        page(OURS | {"author_id": "5"}),
        page(OURS | {"id": "../1"}),
        page(OURS | {"text": None}),
        page({**OURS, "text": "Coffee"}, next_token="same"),
        page({**OURS, "text": "Coffee"}, next_token=5),
    ],
)
async def test_an_odd_listing_proves_nothing(client: httpx.AsyncClient, body: Any) -> None:
    finding, _ = await look(client, body)
    assert isinstance(finding, CannotTell)
    assert finding.link == f"https://x.com/i/user/{ME}"


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 429, 500])
async def test_a_refused_look_proves_nothing(client: httpx.AsyncClient, status: int) -> None:
    finding, _ = await look(client, page(), status=status)
    assert isinstance(finding, CannotTell)


async def test_a_cut_look_alike_is_for_a_person(client: httpx.AsyncClient) -> None:
    finding, _ = await look(client, page(OURS | {"text": "Tea &amp; cake at https://t.co/abc"}))
    assert isinstance(finding, CannotTell)
