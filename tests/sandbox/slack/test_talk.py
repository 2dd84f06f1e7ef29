"""slack_sdk talks to the twin; people answer; the product hears of it."""

import hashlib
import hmac
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from starlette.responses import JSONResponse, Response

from tests.sandbox.slack.conftest import Driver, error_of

BLOCKS: list[dict[str, Any]] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "Post 1"}},
    {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": "approve",
                "value": "t1",
                "text": {"type": "plain_text", "text": "Approve"},
            },
            {
                "type": "overflow",
                "action_id": "more",
                "options": [
                    {"text": {"type": "plain_text", "text": "Undo"}, "value": "undo"},
                    {"text": {"type": "plain_text", "text": "Move"}, "value": "move"},
                ],
            },
        ],
    },
]
MODAL: dict[str, Any] = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Edit"},
    "submit": {"type": "plain_text", "text": "Save"},
    "callback_id": "edit",
    "blocks": [
        {
            "type": "input",
            "block_id": "body",
            "label": {"type": "plain_text", "text": "Text"},
            "element": {"type": "plain_text_input", "action_id": "text", "initial_value": "old", "max_length": 10},
        }
    ],
}


async def test_an_install_gives_a_token_that_knows_who_it_is(driver: Driver) -> None:
    client = AsyncWebClient(token=driver.install(), base_url=f"{driver.sandbox.base_url}/slack/api/")
    answer = await client.auth_test()
    assert (answer["team_id"], answer["user_id"]) == ("T0SANDBOX", "U0AMARKTAI")
    guest = await client.users_info(user="U0GUST")
    stranger = await client.users_info(user="U0OLGA")
    assert guest["user"]["is_restricted"] and stranger["user"]["is_stranger"]
    assert stranger["user"]["team_id"] == "T0OTHER"


async def test_a_message_is_posted_threaded_updated_and_deleted_and_the_ledger_knows(
    bot: AsyncWebClient, driver: Driver
) -> None:
    digest = await bot.chat_postMessage(channel="C0REVIEW", text="Digest")
    card = await bot.chat_postMessage(channel="C0REVIEW", text="Post 1", blocks=BLOCKS, thread_ts=digest["ts"])
    await bot.chat_update(channel="C0REVIEW", ts=card["ts"], text="Post 1, approved")
    link = await bot.chat_getPermalink(channel="C0REVIEW", message_ts=card["ts"])
    assert card["ts"].replace(".", "") in link["permalink"]
    shown = driver.see("messages", channel="C0REVIEW")["messages"]
    assert [message["text"] for message in shown] == ["Digest", "Post 1, approved"]
    assert "blocks" not in shown[1] and shown[1]["history"][0]["text"] == "Post 1" and shown[1]["edited"]
    await bot.chat_delete(channel="C0REVIEW", ts=card["ts"])
    effects = [entry["effect"] for entry in driver.sandbox.world.ledger.entries("slack")]
    assert effects == ["install", "message", "message", "update", "delete"]


async def test_a_click_is_signed_and_its_ephemeral_answer_is_shown(bot: AsyncWebClient, driver: Driver) -> None:
    card = await bot.chat_postMessage(channel="C0REVIEW", text="Post 1", blocks=BLOCKS)
    told: list[dict[str, Any]] = []

    def answers(received: Any) -> Response:
        stamp = received.headers["x-slack-request-timestamp"].encode()
        secret = driver.secrets.slack_signing_secret.encode()
        proof = hmac.new(secret, b"v0:" + stamp + b":" + received.body, hashlib.sha256).hexdigest()
        assert received.headers["x-slack-signature"] == f"v0={proof}"
        told.append(received.json)
        driver.http.post(received.json["response_url"], json={"text": "Approved by Mara"})
        return Response()

    driver.product.answers = answers
    outcome = driver.act("click", user="U0MARA", channel="C0REVIEW", ts=card["ts"], action_id="approve")
    assert (outcome["http_status"], outcome["shown"]) == (200, ["Approved by Mara"])
    assert told[0]["actions"][0]["value"] == "t1" and told[0]["user"]["team_id"] == "T0SANDBOX"
    assert told[0]["container"]["message_ts"] == card["ts"] and told[0]["trigger_id"]


async def test_a_redrawn_card_is_told_to_the_one_who_clicked(bot: AsyncWebClient, driver: Driver) -> None:
    card = await bot.chat_postMessage(channel="C0REVIEW", text="Post 1", blocks=BLOCKS)
    other = await bot.chat_postMessage(channel="C0REVIEW", text="Post 2", blocks=BLOCKS)

    def answers(_received: Any) -> Response:
        for name in (other["ts"], card["ts"]):
            body = {"channel": "C0REVIEW", "ts": name, "text": "Approved"}
            driver.http.post("/slack/api/chat.update", json=body, headers={"Authorization": f"Bearer {bot.token}"})
        return Response()

    driver.product.answers = answers
    outcome = driver.act("click", user="U0MARA", channel="C0REVIEW", ts=card["ts"], action_id="approve")
    assert [(one["ts"], one["effect"]) for one in outcome["messages"]] == [(card["ts"], "update")]


async def test_an_overflow_option_and_an_old_button_can_be_pressed(bot: AsyncWebClient, driver: Driver) -> None:
    card = await bot.chat_postMessage(channel="C0REVIEW", text="Post 1", blocks=BLOCKS)
    where = {"user": "U0BEN", "channel": "C0REVIEW", "ts": card["ts"], "wait": 0}
    driver.act("click", **where, action_id="more", value="move")
    assert driver.product.received[0].json["actions"][0]["selected_option"]["value"] == "move"
    await bot.chat_update(channel="C0REVIEW", ts=card["ts"], text="Done")
    driver.act("click", **where, action_id="approve", value="t1")
    assert driver.product.received[1].json["actions"][0]["value"] == "t1"


async def test_a_modal_opens_once_is_filled_in_and_answers_field_errors(bot: AsyncWebClient, driver: Driver) -> None:
    card = await bot.chat_postMessage(channel="C0REVIEW", text="Post 1", blocks=BLOCKS)
    where = {"user": "U0MARA", "channel": "C0REVIEW", "ts": card["ts"], "action_id": "approve", "wait": 0}
    driver.act("click", **where)
    trigger = driver.product.received[0].json["trigger_id"]
    opened = await bot.views_open(trigger_id=trigger, view=MODAL)
    assert (await error_of(bot.views_open(trigger_id=trigger, view=MODAL)))["error"] == "exchanged_trigger_id"
    wish = {"user": "U0MARA", "view_id": opened["view"]["id"]}
    too_long = driver.act("submit", **wish, values={"body": {"text": "x" * 11}})
    assert too_long["shown"] == ["Text: Must be at most 10 characters."] and not too_long["delivered"]
    driver.product.answers = lambda _r: JSONResponse({"response_action": "errors", "errors": {"body": "Banned word"}})
    assert driver.act("submit", **wish, values={"body": {"text": "free!"}})["shown"] == ["Banned word"]
    driver.product.answers = lambda _r: Response()
    done = driver.act("submit", **wish, values={"body": {"text": "new"}}, wait=0)
    sent = driver.product.received[-1].json
    assert sent["view"]["state"]["values"]["body"]["text"] == {"type": "plain_text_input", "value": "new"}
    assert done["open"] == []
