"""python-telegram-bot talks to the twin; people answer; the product gets updates."""

import asyncio
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto
from telegram.error import Conflict

from tests.sandbox.slack.product import Product
from tests.sandbox.telegram.conftest import BEN, GROUP, MARA, Driver

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x20\x00\x00\x00\x10\x08\x02\x00\x00\x00"
KEYS = InlineKeyboardMarkup([[InlineKeyboardButton("Approve", callback_data="t1")]])
DONE = InlineKeyboardMarkup([[InlineKeyboardButton("Undo", callback_data="t2")]])


async def test_a_card_is_sent_edited_and_deleted_and_the_ledger_knows(bot: Bot, driver: Driver) -> None:
    card = await bot.send_message(GROUP, "<b>Post</b> 1 &amp; more", parse_mode="HTML", reply_markup=KEYS)
    assert card.text == "Post 1 & more" and card.entities[0].type == "bold"
    edited = await bot.edit_message_text("Approved", GROUP, card.message_id)
    assert isinstance(edited, type(card)) and edited.reply_markup is None
    assert driver.messages()[0]["history"][0]["text"] == "Post 1 & more"
    assert await bot.delete_message(GROUP, card.message_id)
    assert driver.messages() == []
    effects = [entry["effect"] for entry in driver.sandbox.world.ledger.entries("telegram")]
    assert effects == ["message", "edit", "delete"]


async def test_a_picture_is_uploaded_sent_again_by_its_id_exchanged_and_downloaded(bot: Bot) -> None:
    first = await bot.send_photo(GROUP, PNG, caption="<i>chart</i>", parse_mode="HTML", reply_markup=KEYS)
    assert (first.caption, first.photo[0].width) == ("chart", 32)
    again = await bot.send_photo(GROUP, first.photo[0].file_id)
    await bot.edit_message_media(InputMediaPhoto(PNG, caption="new"), GROUP, again.message_id)
    await bot.edit_message_caption(GROUP, first.message_id, caption="other")
    file = await bot.get_file(first.photo[0].file_id)
    assert bytes(await file.download_as_bytearray()) == PNG


async def test_a_click_reaches_the_webhook_with_its_secret_and_the_answer_is_shown(
    bot: Bot, driver: Driver, product: Product
) -> None:
    await bot.set_webhook(f"{product.url}/telegram/webhook", secret_token="s-1")
    card = await bot.send_message(GROUP, "Post 1", reply_markup=KEYS)

    def answers(received: Any) -> Response:
        query = received.json["callback_query"]["id"]
        return JSONResponse({"method": "answerCallbackQuery", "callback_query_id": query, "text": "Approved"})

    product.answers = answers
    outcome = driver.act("click", user=MARA, chat=GROUP, message_id=card.message_id, text="Approve")
    assert (outcome["http_status"], outcome["shown"]) == (200, ["Approved"])
    received = product.received[0]
    assert received.headers["x-telegram-bot-api-secret-token"] == "s-1"
    assert received.json["callback_query"]["data"] == "t1"


async def test_an_old_button_can_be_pressed_after_the_card_was_redrawn(
    bot: Bot, driver: Driver, product: Product
) -> None:
    await bot.set_webhook(f"{product.url}/telegram/webhook")
    card = await bot.send_message(GROUP, "Post 1", reply_markup=KEYS)
    await bot.edit_message_text("Approved", GROUP, card.message_id, reply_markup=DONE)
    driver.act("click", user=BEN, chat=GROUP, message_id=card.message_id, data="t1", wait=0)
    driver.act("click", user=BEN, chat=GROUP, message_id=card.message_id, text="Approve", wait=0)
    data = [received.json["callback_query"]["data"] for received in product.wait_for(2)]
    assert data == ["t1", "t1"]


async def test_in_a_group_the_bot_sees_commands_mentions_and_replies_only(bot: Bot, driver: Driver) -> None:
    prompt = await bot.send_message(GROUP, "Send the new text")
    said = [
        driver.act("send", user=MARA, chat=GROUP, text="hello all", wait=0),
        driver.act("send", user=MARA, chat=GROUP, text="/queue", wait=0),
        driver.act("send", user=MARA, chat=GROUP, text="/queue@other_bot", wait=0),
        driver.act("send", user=MARA, chat=GROUP, text="@amarktai_sandbox_bot hi", wait=0),
        driver.act("send", user=MARA, chat=GROUP, text="new text", reply_to_message_id=prompt.message_id, wait=0),
    ]
    updates = await bot.get_updates()
    assert [one.message.text for one in updates if one.message] == ["/queue", "@amarktai_sandbox_bot hi", "new text"]
    assert [one["delivered"] for one in said] == [False, True, False, True, True]
    assert await bot.get_updates(offset=updates[-1].update_id + 1) == ()


async def test_a_long_poll_wakes_up_and_a_second_one_ends_the_first(bot: Bot, driver: Driver) -> None:
    waiting = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.to_thread(driver.act, "send", user=MARA, chat=MARA, text="/start", wait=0)
    updates = await waiting
    assert updates[0].message is not None and updates[0].message.chat.type == "private"
    after = updates[0].update_id + 1
    first = asyncio.create_task(bot.get_updates(offset=after, timeout=20))
    address = f"/telegram/bot{driver.sandbox.world.secrets.telegram_bot_token}/getUpdates"
    while not first.done():  # whichever of these arrives while the first one waits ends it
        other = await asyncio.to_thread(driver.http.get, address, params={"offset": after})
        assert other.json() == {"ok": True, "result": []}
    with pytest.raises(Conflict):
        await first
