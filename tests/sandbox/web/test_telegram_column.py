"""What a person does in the Telegram column reaches the product as Telegram would bring it."""

import base64
import json
from typing import Any

import orjson
from starlette.responses import Response

from tests.sandbox.samples import mp4, png
from tests.sandbox.slack.product import Received
from tests.sandbox.web.conftest import GROUP, Scene

KEYBOARD = {
    "inline_keyboard": [
        [{"text": "✓ Approve", "callback_data": "approve:k1"}, {"text": "✎ Edit", "callback_data": "edit:k1"}]
    ]
}


def _carries(kind: str) -> Any:
    """Whether a delivery is an update with that part."""
    return lambda received: received.path == "/telegram/webhook" and kind in orjson.loads(received.body)


def test_a_command_typed_in_the_group_is_delivered(scene: Scene) -> None:
    scene.act_as("U0BEN")
    scene.page.fill("#telegram-input", "/queue")
    scene.page.press("Enter")
    got = scene.told(_carries("message"))
    message = orjson.loads(got.body)["message"]
    assert got.headers["x-telegram-bot-api-secret-token"] == "a-secret"
    assert (message["text"], message["from"]["id"], message["chat"]["id"]) == ("/queue", 7002, GROUP)


def test_a_pressed_inline_button_is_a_callback_query_and_an_alert_is_a_dialog(scene: Scene) -> None:
    def answer(received: Received) -> Response:
        query = orjson.loads(received.body).get("callback_query") if received.body else None
        if query:
            scene.say("answerCallbackQuery", callback_query_id=query["id"], text="You may not.", show_alert=True)
        return Response()

    scene.product.answers = answer
    scene.say("sendMessage", chat_id=GROUP, text="<b>A card</b>", parse_mode="HTML", reply_markup=KEYBOARD)
    scene.act_as("U0OLGA")
    scene.page.click('.key[data-data="approve:k1"]')
    query = orjson.loads(scene.told(_carries("callback_query")).body)["callback_query"]
    assert (query["data"], query["from"]["id"]) == ("approve:k1", 7005)
    scene.page.click(".telegram-look [data-yes]")
    scene.page.wait_gone(".telegram-look")
    answers = [one for one in scene.state("ledger", platform="telegram")["entries"] if one["effect"] == "answer"]
    assert answers[0]["payload"]["alert"] is True


def test_a_forced_reply_opens_the_reply_line_by_itself_and_answers_that_message(scene: Scene) -> None:
    scene.page.wait_for("#telegram-places [aria-selected=true]")
    text = '<a href="tg://user?id=7001">Mara</a>: reply with the new text'
    asked = scene.say(
        "sendMessage",
        chat_id=GROUP,
        text=text,
        parse_mode="HTML",
        reply_markup={"force_reply": True, "selective": True},
    )["result"]
    scene.page.wait_for("#telegram-composer .composer-banner")
    scene.page.fill("#telegram-input", "A better text")
    scene.page.press("Enter")
    message = orjson.loads(scene.told(_carries("message")).body)["message"]
    assert (message["text"], message["reply_to_message"]["message_id"]) == ("A better text", asked["message_id"])
    scene.page.wait_gone("#telegram-composer .composer-banner")


def test_a_selective_question_leaves_everybody_else_alone(scene: Scene) -> None:
    scene.act_as("U0BEN")
    text = '<a href="tg://user?id=7001">Mara</a>: why not?'
    scene.say(
        "sendMessage",
        chat_id=GROUP,
        text=text,
        parse_mode="HTML",
        reply_markup={"force_reply": True, "selective": True},
    )
    scene.page.wait_for("#telegram-messages .telegram-message")
    assert scene.page.js("document.querySelector('#telegram-composer .composer-banner').hidden")
    scene.act_as("U0MARA")
    scene.page.wait_for("#telegram-composer .composer-banner")


def test_a_chosen_message_is_replied_to(scene: Scene) -> None:
    card = scene.say("sendMessage", chat_id=GROUP, text="A card", reply_markup=KEYBOARD)["result"]
    scene.page.click(".telegram-message .reply-button")
    scene.page.fill("#telegram-input", "I like it")
    scene.page.click("#telegram-send")
    message = orjson.loads(scene.told(_carries("message")).body)["message"]
    assert message["reply_to_message"]["message_id"] == card["message_id"]


def test_the_private_chat_begins_with_start_and_a_link_brings_its_code(scene: Scene) -> None:
    bot = "https://t.me/amarktai_sandbox_bot?start=a-one-time-code"
    scene.slack.chat_postMessage(channel="C0REVIEW", text=f"<{bot}|Join your Telegram>", unfurl_links=False)
    scene.page.click(f'#slack-messages a[href="{bot}"]')
    message = orjson.loads(scene.told(_carries("message")).body)["message"]
    assert (message["text"], message["chat"]["id"]) == ("/start a-one-time-code", 7001)


def test_hostile_text_stays_text_and_entities_lie_within_one_another(scene: Scene) -> None:
    text = "<b>bold <i>both</i></b> 🎉 &lt;img src=x onerror=1&gt; <code>code</code>"
    scene.say("sendMessage", chat_id=GROUP, text=text, parse_mode="HTML")
    assert scene.page.text(".bubble-text") == "bold both 🎉 <img src=x onerror=1> code"
    assert scene.page.text(".bubble-text b i") == "both"
    assert scene.page.text(".bubble-text code") == "code"
    assert scene.page.count(".bubble-text img") == 0


def test_removing_the_bot_from_the_group_is_told_to_the_product(scene: Scene) -> None:
    scene.page.wait_for("#telegram-places [aria-selected=true]")
    scene.page.click("#telegram-more")
    scene.page.click(".menu .danger")
    change = orjson.loads(scene.told(_carries("my_chat_member")).body)["my_chat_member"]
    assert change["new_chat_member"]["status"] == "kicked"


CHOOSE = """(() => {
  const box = document.querySelector("#telegram-files"), chosen = new DataTransfer();
  for (const [name, type, content] of FILES) {
    const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
    chosen.items.add(new File([bytes], name, { type }));
  }
  box.files = chosen.files;
  box.dispatchEvent(new Event("change"));
})()"""


def choose(scene: Scene, *files: tuple[str, str, bytes]) -> None:
    """Attach files, as if chosen in the browser's dialog."""
    wanted = [[name, kind, base64.b64encode(content).decode()] for name, kind, content in files]
    scene.page.js(CHOOSE.replace("FILES", json.dumps(wanted)))
    scene.page.wait_for("#telegram-composer .tray")


def test_files_are_attached_to_a_reply_and_come_as_an_album(scene: Scene) -> None:
    card = scene.say("sendMessage", chat_id=GROUP, text="A card")["result"]
    scene.page.click(".telegram-message .reply-button")
    choose(scene, ("a.png", "image/png", png(400, 300)), ("b.mp4", "video/mp4", mp4()))
    scene.page.fill("#telegram-input", "The pier")
    scene.page.press("Enter")
    first = orjson.loads(scene.told(_carries("message")).body)["message"]
    assert (first["caption"], first["reply_to_message"]["message_id"]) == ("The pier", card["message_id"])
    assert [size["width"] for size in first["photo"]] == [90, 320, 400]
    scene.page.wait_gone("#telegram-composer .tray")
    scene.page.wait_for(".telegram-message.own img.photo")
    scene.page.wait_for(".telegram-message.own video.photo")
    scene.page.wait_gone("#telegram-composer .composer-banner")


def test_pictures_go_as_files_when_the_person_wants_every_pixel(scene: Scene) -> None:
    scene.say("sendMessage", chat_id=GROUP, text="A card")
    scene.page.click(".telegram-message .reply-button")
    choose(scene, ("a.png", "image/png", png(400, 300)), ("b.txt", "text/plain", b"words"))
    scene.page.click("#telegram-composer .tray li:nth-child(2) button")
    scene.page.click("#telegram-whole")
    scene.page.click("#telegram-send")
    message = orjson.loads(scene.told(_carries("message")).body)["message"]
    assert (message["document"]["file_name"], message["document"]["file_size"]) == ("a.png", len(png(400, 300)))
    assert "caption" not in message and "media_group_id" not in message
    assert scene.page.text(".telegram-message.own .file b") == "a.png"


def test_what_cannot_be_sent_stays_attached_and_is_said(scene: Scene) -> None:
    choose(scene, ("a.mp4", "video/mp4", b"no film"))
    scene.page.click("#telegram-send")
    assert "Only an MP4 or MOV" in scene.page.text(".toast.bad")
    scene.page.wait_for("#telegram-composer .tray li")
    scene.page.errors.clear()  # the browser notes every 400
