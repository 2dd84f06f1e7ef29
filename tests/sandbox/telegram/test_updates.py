"""Updates to the product: retried in order, kept for a while, and what changes of chats look like."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.responses import Response
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Message
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter

from tests.sandbox.slack.product import Product
from tests.sandbox.telegram.conftest import BEN, GROUP, MARA, OLGA, Driver

KEYS = InlineKeyboardMarkup([[InlineKeyboardButton("Approve", callback_data="t1")]])


async def test_a_failing_update_comes_again_at_once_and_holds_up_its_own_queue_only(
    bot: Bot, driver: Driver, product: Product
) -> None:
    await bot.set_webhook(f"{product.url}/telegram")
    refused: list[int] = []

    def answers(received: Any) -> Response:
        text = received.json["message"]["text"]
        if text == "/first" and not refused:
            refused.append(received.json["update_id"])
            return Response(status_code=500)
        return Response()

    product.answers = answers
    driver.act("send", user=MARA, chat=GROUP, text="/first", wait=0)
    driver.act("send", user=MARA, chat=GROUP, text="/second", wait=0)
    received = [one.json for one in product.wait_for(3)]
    assert [one["message"]["text"] for one in received] == ["/first", "/first", "/second"]
    assert received[0]["update_id"] == received[1]["update_id"] == refused[0]


async def test_a_lasting_failure_is_told_in_the_webhook_info_and_another_chat_goes_on(
    bot: Bot, driver: Driver, product: Product
) -> None:
    await bot.set_webhook(f"{product.url}/telegram")
    product.answers = lambda received: Response(
        status_code=503 if received.json["message"]["chat"]["id"] == GROUP else 200, headers={"Retry-After": "60"}
    )
    first = driver.act("send", user=MARA, chat=GROUP, text="/first", wait=0.5)
    assert first["http_status"] == 503
    other = driver.act("send", user=MARA, chat=MARA, text="/start", wait=0.5)
    assert other["http_status"] == 200
    info = await bot.get_webhook_info()
    assert info.pending_update_count == 1
    assert info.last_error_message == "Wrong response from the webhook: 503"
    product.answers = lambda _received: Response()
    await bot.set_webhook(f"{product.url}/telegram")  # the product is back: it need not sit out the pause
    assert product.wait_for(3)[-1].json["message"]["text"] == "/first"


async def test_a_click_is_forgotten_after_150_seconds_and_a_message_is_not(bot: Bot, driver: Driver) -> None:
    card = await bot.send_message(GROUP, "card", reply_markup=KEYS)
    driver.act("click", user=MARA, chat=GROUP, message_id=card.message_id, text="Approve", wait=0)
    driver.act("send", user=MARA, chat=GROUP, text="/queue", wait=0)
    driver.sandbox.world.advance(151)
    updates = await bot.get_updates()
    assert [(one.callback_query, one.message and one.message.text) for one in updates] == [(None, "/queue")]


async def test_updates_outlive_a_restart(product: Product, reopened: Callable[[], Any]) -> None:
    with reopened() as sandbox:
        driver = Driver(sandbox)
        driver.act("send", user=MARA, chat=MARA, text="/start abc", wait=0)
        token = sandbox.world.secrets.telegram_bot_token
        driver.http.close()
    with reopened() as sandbox:
        async with Bot(token, base_url=f"{sandbox.base_url}/telegram/bot") as bot:
            await bot.set_webhook(f"{product.url}/telegram")
            assert product.wait_for(1)[0].json["message"]["text"] == "/start abc"


async def test_a_group_that_moved_tells_its_new_id_everywhere(bot: Bot, driver: Driver) -> None:
    await bot.send_message(-500, "before")
    new = driver.act("migrate", chat=-500, wait=0)["chat"]
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(-500, "after")
    assert moved.value.new_chat_id == new and -(2**52) < new < -(10**12)
    told = [one.message for one in await bot.get_updates() if one.message]
    assert (told[0].migrate_to_chat_id, told[1].migrate_from_chat_id) == (new, -500)
    assert (await bot.send_message(new, "here now")).chat.type == "supergroup"


async def test_blocking_and_kicking_are_told_and_then_refused(bot: Bot, driver: Driver) -> None:
    driver.act("send", user=MARA, chat=MARA, text="/start", wait=0)
    driver.act("block", user=MARA, wait=0)
    driver.act("kick", chat=GROUP, wait=0)
    changes = [one.my_chat_member for one in await bot.get_updates() if one.my_chat_member]
    assert [(one.chat.id, one.new_chat_member.status) for one in changes] == [(MARA, "kicked"), (GROUP, "kicked")]
    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(MARA, "x")
    with pytest.raises(Forbidden, match="kicked from the supergroup"):
        await bot.send_message(GROUP, "x")
    driver.act("block", user=MARA, unblock=True, wait=0)
    driver.act("add", chat=GROUP, wait=0)
    assert await bot.send_message(MARA, "x") and await bot.send_message(GROUP, "x")


async def test_an_answer_with_an_alert_is_shown_and_a_double_click_is_two_queries(bot: Bot, driver: Driver) -> None:
    card = await bot.send_message(GROUP, "card", reply_markup=KEYS)
    wish = {"user": OLGA, "chat": GROUP, "message_id": card.message_id, "data": "t1"}
    driver.act("click", **wish, times=2, wait=0)
    queries = [one.callback_query for one in await bot.get_updates() if one.callback_query]
    assert len({query.id for query in queries}) == 2
    assert queries[0].from_user.id == OLGA and isinstance(queries[0].message, Message)
    assert await bot.answer_callback_query(queries[0].id, "Reviewers only", show_alert=True)
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_callback_query(queries[0].id)


async def test_a_button_of_a_deleted_message_comes_without_the_message(bot: Bot, driver: Driver) -> None:
    card = await bot.send_message(GROUP, "card", reply_markup=KEYS)
    await bot.delete_message(GROUP, card.message_id)
    driver.act("click", user=MARA, chat=GROUP, message_id=card.message_id, data="t1", wait=0)
    query = (await bot.get_updates())[0].callback_query
    assert query is not None and query.message is not None and not query.message.is_accessible


async def test_a_full_chat_says_when_and_another_chat_does_not_mind(bot: Bot, driver: Driver) -> None:
    with pytest.raises(RetryAfter):
        for number in range(5):
            await bot.send_message(GROUP, str(number))
    assert await bot.send_message(-500, "fine")


async def test_only_what_was_asked_for_is_delivered(bot: Bot, driver: Driver) -> None:
    await bot.get_updates(allowed_updates=["callback_query"])
    said = driver.act("send", user=BEN, chat=BEN, text="/start", wait=0)
    assert said["via"] == "not subscribed"
    assert await bot.get_updates() == ()


async def test_mentions_count_as_pings_and_code_does_not(bot: Bot, driver: Driver) -> None:
    await bot.send_message(GROUP, "<code>@ben_osei</code> &lt;b&gt; @ben_osei", parse_mode="HTML")
    await bot.send_message(GROUP, '<a href="tg://user?id=7002">you</a>', parse_mode="HTML")
    assert [one["pings"] for one in driver.messages()] == [["@ben_osei"], ["tg://user?id=7002"]]


async def test_a_fault_loses_the_answer_and_keeps_the_message(bot: Bot, driver: Driver) -> None:
    driver.sandbox.fault("telegram.sendMessage", "accept_then_500")
    address = f"/telegram/bot{driver.sandbox.world.secrets.telegram_bot_token}/sendMessage"
    assert driver.http.post(address, json={"chat_id": GROUP, "text": "once"}).status_code == 500
    assert [one["message"]["text"] for one in driver.messages()] == ["once"]
