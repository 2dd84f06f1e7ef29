"""Every row of Telegram's table of refusals is fired, with the description that the Bot API would send."""

import struct
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.telegram.refusals import REFUSALS
from tests.sandbox.slack.product import Product
from tests.sandbox.telegram.conftest import BEN, GROUP, MARA, Driver
from tests.sandbox.telegram.test_talk import PNG

SMALL = -500
KEYS = {"inline_keyboard": [[{"text": "Approve", "callback_data": "t1"}]]}


class Bot:
    """Calls the Bot API by hand, with bodies that no client library would build."""

    def __init__(self, driver: Driver, product: Product) -> None:
        self.driver = driver
        self.product = product
        self.token = driver.sandbox.world.secrets.telegram_bot_token

    def __call__(self, method: str, **body: Any) -> dict[str, Any]:
        return dict(self.driver.http.post(f"/telegram/bot{self.token}/{method}", json=body).json())

    def say(self, text: str = "x", chat: int = GROUP, **more: Any) -> dict[str, Any]:
        return self("sendMessage", chat_id=chat, text=text, **more)

    def photo(self, content: bytes, **fields: Any) -> dict[str, Any]:
        address = f"/telegram/bot{self.token}/sendPhoto"
        files = {"photo": ("a.png", content)}
        return dict(self.driver.http.post(address, data={"chat_id": GROUP, **fields}, files=files).json())

    def query(self) -> str:
        """The id of a fresh callback query."""
        self("setWebhook", url=f"{self.product.url}/telegram")
        card = self.say(reply_markup=KEYS)["result"]["message_id"]
        self.driver.act("click", user=MARA, chat=GROUP, message_id=card, data="t1", wait=0)
        return str(self.product.wait_for(1)[0].json["callback_query"]["id"])


Fire = Callable[[Bot], dict[str, Any]]


def keys(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"inline_keyboard": [list(buttons)]}


def button(**fields: Any) -> Fire:
    return lambda bot: bot.say(reply_markup=keys({"text": "B", **fields}))


def edit(method: str, **fields: Any) -> Fire:
    """Edit a message that was just sent."""

    def fire(bot: Bot) -> dict[str, Any]:
        return bot(method, chat_id=GROUP, message_id=bot.say()["result"]["message_id"], **fields)

    return fire


def too_many(bot: Bot) -> dict[str, Any]:
    body = [bot.say(str(number)) for number in range(5)][-1]
    assert body["parameters"]["retry_after"] >= 1
    return body


def after(lever: str, **wish: Any) -> Fire:
    """Say something after somebody changed the chat."""

    def fire(bot: Bot) -> dict[str, Any]:
        bot.driver.act("send", user=MARA, chat=MARA, text="/start", wait=0)
        bot.driver.act(lever, **wish, wait=0)
        return bot.say(chat=int(wish.get("chat", MARA)))

    return fire


def left(bot: Bot) -> dict[str, Any]:
    assert bot("leaveChat", chat_id=GROUP)["ok"]
    return bot.say()


def migrated(bot: Bot) -> dict[str, Any]:
    new = bot.driver.act("migrate", chat=SMALL, wait=0)["chat"]
    body = bot.say(chat=SMALL)
    assert body["parameters"] == {"migrate_to_chat_id": new}
    return body


def twice(bot: Bot) -> dict[str, Any]:
    query = bot.query()
    assert bot("answerCallbackQuery", callback_query_id=query, text="once")["ok"]
    return bot("answerCallbackQuery", callback_query_id=query, text="twice")


def another_poll(bot: Bot, while_it_waits: Callable[[], object]) -> dict[str, Any]:
    """A long poll in a thread of its own, disturbed until it ends."""
    from concurrent.futures import ThreadPoolExecutor

    import httpx

    address = f"{bot.driver.sandbox.base_url}/telegram/bot{bot.token}/getUpdates"
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(lambda: dict(httpx.get(address, params={"timeout": 20}, timeout=30).json()))
        while not poll.done():
            while_it_waits()
        return poll.result()


def hooked_while_polling(bot: Bot) -> dict[str, Any]:
    def disturb() -> None:
        bot("setWebhook", url=f"{bot.product.url}/telegram")
        bot("deleteWebhook")

    body = another_poll(bot, disturb)
    return body if body.get("description", "").endswith("setWebhook request") else hooked_while_polling(bot)


def active_webhook(bot: Bot) -> dict[str, Any]:
    assert bot("setWebhook", url=f"{bot.product.url}/telegram")["ok"]
    return bot("getUpdates")


def deleted(method: str, **fields: Any) -> Fire:
    def fire(bot: Bot) -> dict[str, Any]:
        message = bot.say()["result"]["message_id"]
        assert bot("deleteMessage", chat_id=GROUP, message_id=message)["ok"]
        return bot(method, chat_id=GROUP, message_id=message, **fields)

    return fire


def others(method: str, **fields: Any) -> Fire:
    """Touch a message that a person wrote."""

    def fire(bot: Bot) -> dict[str, Any]:
        said = bot.driver.act("send", user=BEN, chat=GROUP, text="mine", wait=0)
        return bot(method, chat_id=GROUP, message_id=said["message_id"], **fields)

    return fire


def picture_text(bot: Bot) -> dict[str, Any]:
    return bot("editMessageText", chat_id=GROUP, message_id=bot.photo(PNG)["result"]["message_id"], text="y")


def large_file(bot: Bot) -> dict[str, Any]:
    film = {"as": "document", "name": "film.mp4", "content": "AAAA", "size": 20 * 1024 * 1024 + 1}
    done = bot.driver.act("send", user=MARA, files=[film], wait=0)
    sent = bot.driver.messages(MARA)[-1]
    assert sent["message_id"] == done["message_id"]
    return bot("getFile", file_id=sent["message"]["document"]["file_id"])


WIDE = PNG[:16] + struct.pack(">II", 2100, 100) + PNG[24:]
ROWS: dict[str, Fire] = {
    "unauthorized": lambda bot: dict(bot.driver.http.get("/telegram/bot1000001:SANDBOX-other/getMe").json()),
    "unknown_method": lambda bot: bot("sendLove"),
    "too_many": too_many,
    "chat_id_empty": lambda bot: bot("sendMessage", text="x"),
    "chat_not_found": lambda bot: bot.say(chat=424242),
    "migrated": migrated,
    "blocked": after("block", user=MARA),
    "cold_call": lambda bot: bot.say(chat=BEN),
    "kicked_group": after("kick", chat=SMALL),
    "kicked_supergroup": after("kick", chat=GROUP),
    "not_member": left,
    "thread_not_found": lambda bot: bot.say(message_thread_id=7),
    "user_not_found": lambda bot: bot("getChatMember", chat_id=GROUP, user_id=1),
    "no_leaving": lambda bot: (
        bot.driver.act("send", user=MARA, chat=MARA, text="hi", wait=0) and bot("leaveChat", chat_id=MARA)
    ),
    "no_administrators": lambda bot: bot("getChatAdministrators", chat_id=MARA),
    "text_empty": lambda bot: bot.say("<b> </b>", parse_mode="HTML"),
    "text_too_long": lambda bot: bot.say("😀" * 2049),
    "caption_too_long": lambda bot: bot.photo(PNG, caption="x" * 1025),
    "entities": lambda bot: bot.say("2 <3 4", parse_mode="HTML"),
    "parse_mode": lambda bot: bot.say("*x*", parse_mode="MarkdownV2"),
    "reply_not_found": lambda bot: bot.say(reply_parameters={"message_id": 999}),
    "markup_json": lambda bot: bot.say(reply_markup="{nope"),
    "button": button(),
    "button_data": button(callback_data="x" * 65),
    "button_url": button(url="http://localhost:4000/connect"),
    "markup_too_long": lambda bot: bot.say(reply_markup=keys(*[{"text": "B", "callback_data": "t"}] * 101)),
    "edit_not_found": deleted("editMessageText", text="y"),
    "edit_refused": others("editMessageText", text="y"),
    "not_modified": edit("editMessageText", text="x"),
    "no_text": picture_text,
    "no_caption": edit("editMessageCaption", caption="y"),
    "delete_not_found": deleted("deleteMessage"),
    "delete_refused": others("deleteMessage"),
    "query_too_old": twice,
    "answer_too_long": lambda bot: bot("answerCallbackQuery", callback_query_id=bot.query(), text="x" * 201),
    "no_photo": lambda bot: bot("sendPhoto", chat_id=GROUP),
    "file_id": lambda bot: bot("sendPhoto", chat_id=GROUP, photo="AgACmadeup"),
    "file_id_missing": lambda bot: bot("getFile"),
    "file_id_unknown": lambda bot: bot("getFile", file_id="AgACmadeup"),
    "file_too_big": large_file,
    "not_image": lambda bot: bot.photo(b"GIF89a" + b"\0" * 40),
    "dimensions": lambda bot: bot.photo(WIDE),
    "too_large": lambda bot: bot.photo(PNG + b"\0" * (10 * 1024 * 1024)),
    "media": edit("editMessageMedia", media={"type": "video", "media": "x"}),
    "webhook_active": active_webhook,
    "other_poll": lambda bot: another_poll(bot, lambda: bot("getUpdates")),
    "webhook_began": hooked_while_polling,
    "webhook": lambda bot: bot("setWebhook", url="http://example.com/telegram"),
    "secret": lambda bot: bot("setWebhook", url="https://example.com/telegram", secret_token="no spaces"),
    "command": lambda bot: bot("setMyCommands", commands=[{"command": "Batch-Now", "description": "x"}]),
}


def test_every_row_has_a_test_and_every_test_a_row() -> None:
    assert set(ROWS) == set(REFUSALS)


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_a_row_fires_with_the_bot_apis_own_words(code: str, driver: Driver, product: Product) -> None:
    row = REFUSALS[code]
    body = ROWS[code](Bot(driver, product))
    assert body["ok"] is False and body["error_code"] == row.http_status
    assert row.body is not None
    fixed = [part.split("}")[-1] for part in str(row.body["description"]).split("{")]
    assert all(part in body["description"] for part in fixed), body


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("a <foo>b</foo>", 'Unsupported start tag "foo" at byte offset 2'),
        ("é<b>x</i>", 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("x <b", "Unclosed start tag at byte offset 2"),
    ],
)
def test_broken_html_is_refused_with_the_place(source: str, why: str, driver: Driver, product: Product) -> None:
    body = Bot(driver, product).say(source, parse_mode="HTML")
    assert body["description"] == f"Bad Request: can't parse entities: {why}"


def test_an_answer_after_fifteen_seconds_is_too_old(driver: Driver, product: Product) -> None:
    bot = Bot(driver, product)
    query = bot.query()
    driver.sandbox.world.advance(16)
    assert bot("answerCallbackQuery", callback_query_id=query)["description"].startswith(
        "Bad Request: query is too old"
    )


def test_a_group_takes_twenty_messages_and_edits_a_minute(driver: Driver, product: Product) -> None:
    bot = Bot(driver, product)
    card = bot.say("0")["result"]["message_id"]
    edits = [bot("editMessageText", chat_id=GROUP, message_id=card, text=str(number)) for number in range(1, 21)]
    assert [body["ok"] for body in edits] == [True] * 19 + [False]
    assert edits[-1]["parameters"]["retry_after"] > 50
