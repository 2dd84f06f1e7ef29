"""Sending to X: what counts as a receipt, what is told beforehand, and how long uploads last."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from domain.payload import Payload
from domain.platforms import Platform
from domain.publishing import Claim, OutcomeUnknown, Publisher, TryLater
from domain.secret import Secret
from publishers.registry import PlatformSettings, build
from publishers.x.publish import check
from tests.publishers.stage import Ledger, MediaStore, account, answer, answering, claim, no_pause, png

MEDIA = MediaStore()
PICTURE = MEDIA.put(png())


def publisher(client: httpx.AsyncClient, url: str) -> Publisher:
    settings = PlatformSettings("id", Secret("secret"), "id", Secret("secret"), x_api_url=url)
    return build(settings, client, MEDIA, pause=no_pause).publishers[Platform.X]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        {},
        {"data": {}},
        {"data": {"id": ""}},
        {"data": {"id": 5}},
        {"data": {"id": "abc"}},
        {"data": {"id": "1" * 30}},
        {"data": []},
        {"errors": []},
    ],
)
@pytest.mark.parametrize("status", [200, 201, 204])
async def test_success_without_a_name_is_unknown(client: httpx.AsyncClient, status: int, body: Any) -> None:
    async with answering(answer(status, body)) as (url, requests):
        with pytest.raises(OutcomeUnknown):
            await publisher(client, url).send(claim(account()), {}, Ledger().permit)
    assert len(requests.texts) == 1


async def test_the_body_holds_the_text_and_nothing_else(client: httpx.AsyncClient) -> None:
    async with answering(answer(201, {"data": {"id": "42", "text": "x"}})) as (url, requests):
        receipt = await publisher(client, url).send(claim(account(), "Good morning"), {}, Ledger().permit)
    assert receipt.remote_id == "42"
    assert requests.texts[0].endswith('{"text":"Good morning"}')


async def test_a_picture_that_is_not_there_stops_before_the_permit(client: httpx.AsyncClient) -> None:
    ledger = Ledger()
    with pytest.raises(TryLater):
        await publisher(client, "http://127.0.0.1:9").send(claim(account(), "x", PICTURE), {}, ledger.permit)
    assert ledger.permits == 0


async def prepared(client: httpx.AsyncClient, attempt: Claim, handles: dict[str, str]) -> tuple[dict[str, str], int]:
    upload = answer(200, {"data": {"id": str(70 + attempt.fence), "expires_after_secs": 86_400}})
    async with answering(upload, answer(200, {"data": {}})) as (url, requests):
        made = await publisher(client, url).prepare(attempt, handles, Ledger().save)
    return dict(made), len(requests.texts)


async def test_an_upload_that_expires_is_made_anew_with_its_alt_text(client: httpx.AsyncClient) -> None:
    first = claim(account(), "x", PICTURE)
    handles, calls = await prepared(client, first, {})
    assert calls == 2
    soon = Claim(first.post, first.account, first.payload, 2, first.intent_at + timedelta(hours=20))
    assert (await prepared(client, soon, handles))[1] == 0
    late = Claim(first.post, first.account, first.payload, 3, first.intent_at + timedelta(hours=25))
    assert (await prepared(client, late, handles))[1] == 2


async def test_other_words_for_the_picture_are_told_without_a_new_upload(client: httpx.AsyncClient) -> None:
    first = claim(account(), "x", PICTURE)
    handles, _ = await prepared(client, first, {})
    reworded = claim(account(), "x", MEDIA.put(png(), alt="Another sunrise"))
    _, calls = await prepared(client, reworded, handles)
    assert calls == 1


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (Payload("a" * 281), "Shorten the text by 1"),
        (Payload(""), "needs a text"),
        (Payload("$TEA and $CAKE"), "one cashtag"),
        (Payload("x", (PICTURE,) * 5), "at most 4 pictures"),
        (Payload("x", (MEDIA.put(b"gif", content_type="image/gif"), PICTURE)), "only alone"),
        (Payload("x", (MEDIA.put(b"tiff", content_type="image/tiff"),)), "image/tiff"),
        (Payload("x", (MEDIA.put(png(), alt="a" * 1_001),)), "1000 characters of alt text"),
        (Payload("x", (MEDIA.put(png(padding=5_000_000)),)), "up to 5 MB"),
    ],
)
def test_what_x_would_refuse_is_told_beforehand(payload: Payload, sentence: str) -> None:
    assert any(sentence in complaint for complaint in check(payload))


def test_prices_and_one_cashtag_are_fine() -> None:
    assert check(Payload("Now $5 instead of $10, says $TEA")) == []
