"""The webhook: what is not Telegram's has no effect, and what comes twice has one."""

import asyncio
from typing import Any

import orjson
import pytest

from bot.telegram.ingress import LARGEST
from tests.bot.telegram.conftest import BEN, MARA, SUPERGROUP, House, Review


def message(number: int, text: str, user: int = MARA) -> bytes:
    """An update with a private message."""
    person: dict[str, Any] = {"id": user, "is_bot": False, "first_name": "Mara", "last_name": "Lindqvist"}
    chat = {"id": user, "type": "private", "first_name": "Mara", "last_name": "Lindqvist"}
    body = {"message_id": number, "date": 1, "from": person, "chat": chat, "text": text}
    return orjson.dumps({"update_id": number, "message": body})


@pytest.mark.parametrize("secret", ["", "wrong", "s" * 39, "s" * 41, "ß" * 20])
async def test_without_our_secret_nothing_is_even_read(house: House, secret: str) -> None:
    answer = await house.deliver(message(1, "/start"), secret)
    assert answer.status_code == 401
    assert await house.edge.workspace_of(str(MARA)) is None


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"{}", b'{"update_id": "1"}', b'{"update_id": true}']
)
async def test_what_is_no_update_is_refused(house: House, body: bytes) -> None:
    assert (await house.deliver(body)).status_code == 400


async def test_a_huge_body_is_refused(house: House) -> None:
    assert (await house.deliver(b" " * (LARGEST + 1))).status_code == 413


async def test_an_update_of_a_kind_that_we_do_not_know_is_taken_and_does_nothing(house: House) -> None:
    odd: list[dict[str, Any]] = [
        {"update_id": 5},
        {"update_id": 6, "poll": {}},
        {"update_id": 7, "message": "text"},
        {"update_id": 8, "callback_query": {"id": "1"}},
        {"update_id": 9, "my_chat_member": {"chat": None}},
        {"update_id": 10, "message": {"message_id": 1, "chat": {"id": 1, "type": "channel", "title": "news"}}},
    ]
    for update in odd:
        assert (await house.deliver(orjson.dumps(update))).status_code == 200, update


async def test_only_posts_are_taken(house: House) -> None:
    assert (await house.http.get(house.settings.webhook_url)).status_code == 405


async def test_the_same_update_twice_has_one_effect(house: House) -> None:
    await house.say(MARA, "hello")
    before = len(await house.messages(MARA))
    body = message(42, "/start")
    answers = await asyncio.gather(*(house.deliver(body) for _ in range(3)))
    answers.append(await house.deliver(body))
    assert {one.status_code for one in answers} == {200}
    assert len(await house.messages(MARA)) == before + 1


async def test_a_replayed_click_has_one_effect(review: Review) -> None:
    post, card = await review.card()
    token = await review.token(card)
    press = {
        "id": "77",
        "from": {"id": BEN, "is_bot": False, "first_name": "Ben", "last_name": "Osei"},
        "message": {"message_id": card, "chat": {"id": SUPERGROUP, "type": "supergroup", "title": "x"}, "date": 0},
        "data": f"approve:{token}",
    }
    for number in (100, 100, 101):
        body = orjson.dumps({"update_id": number, "callback_query": press})
        assert (await review.house.deliver(body)).status_code == 200
    assert await review.team.state(post) == "approved"
    assert await review.answers() == [("approve", "applied")]


async def test_an_update_waits_while_the_database_is_away(quiet_house: House) -> None:
    from bot.telegram.ingress import Ingress
    from bot.telegram.taking import Taker

    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"body": message(1, "/start"), "more_body": False}

    async def send(part: Any) -> None:
        sent.append(part)

    secret = quiet_house.settings.webhook_secret
    head = [(b"x-telegram-bot-api-secret-token", secret.reveal().encode())]
    ingress = Ingress(Taker(quiet_house.edge), secret)
    await quiet_house.web.close()
    await ingress({"type": "http", "method": "POST", "headers": head}, receive, send)
    assert sent[0]["status"] == 503


async def test_the_webhook_is_set_once_and_again_only_when_something_differs(house: House) -> None:
    from bot.telegram.client import announce
    from bot.telegram.commands import menu

    def calls() -> int:
        found = house.sandbox.world.traffic.since(0)
        return sum("setWebhook" in one["path"] for one in found)

    before = calls()
    settings = house.settings
    await announce(house.bot, settings.webhook_url, settings.webhook_secret, menu())
    assert calls() == before
    assert [one.command for one in await house.bot.get_my_commands()] == [name for name, _ in menu()]


def test_the_bots_token_is_in_no_repr_of_the_settings(house: House) -> None:
    assert house.settings.bot_token.reveal() not in repr(house.settings)
