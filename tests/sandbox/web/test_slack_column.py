"""What a person does in the Slack column reaches the product as Slack would bring it."""

import hashlib
import hmac
from typing import Any

import httpx
import orjson
from starlette.responses import JSONResponse, Response

from tests.sandbox.slack.product import Received
from tests.sandbox.web.conftest import Scene

BUTTONS: list[dict[str, Any]] = [
    {"type": "section", "block_id": "body", "text": {"type": "mrkdwn", "text": "A post & <@U0BEN>"}},
    {
        "type": "actions",
        "block_id": "row",
        "elements": [
            {
                "type": "button",
                "action_id": "approve",
                "text": {"type": "plain_text", "text": "Approve"},
                "value": "k1",
            },
            {
                "type": "button",
                "action_id": "drop",
                "text": {"type": "plain_text", "text": "Drop"},
                "value": "k1",
                "confirm": {
                    "title": {"type": "plain_text", "text": "Sure?"},
                    "text": {"type": "plain_text", "text": "It will be gone."},
                    "confirm": {"type": "plain_text", "text": "Drop it"},
                    "deny": {"type": "plain_text", "text": "Keep it"},
                },
            },
            {
                "type": "overflow",
                "action_id": "more",
                "options": [
                    {"text": {"type": "plain_text", "text": "Undo"}, "value": "undo:k1"},
                    {"text": {"type": "plain_text", "text": "Move slot"}, "value": "move:k1"},
                ],
            },
        ],
    },
]
FORM: dict[str, Any] = {
    "type": "modal",
    "callback_id": "edit",
    "title": {"type": "plain_text", "text": "Edit the post"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {
            "type": "input",
            "block_id": "text",
            "label": {"type": "plain_text", "text": "Text"},
            "element": {"type": "plain_text_input", "action_id": "text", "multiline": True, "initial_value": "old"},
        },
        {
            "type": "input",
            "block_id": "chips",
            "optional": True,
            "label": {"type": "plain_text", "text": "What should change?"},
            "element": {
                "type": "checkboxes",
                "action_id": "chips",
                "options": [
                    {"text": {"type": "plain_text", "text": word}, "value": word} for word in ("Shorter", "Playful")
                ],
            },
        },
    ],
}
LOADING: dict[str, Any] = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Edit the post"},
    "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "One moment …"}}],
}


def _is(kind: str, action: str | None = None) -> Any:
    """Whether a delivery is an interaction of that kind (on that element)."""

    def wanted(received: Received) -> bool:
        if received.path != "/slack/events":
            return False
        payload = received.json
        return payload.get("type") == kind and action in (
            None,
            *(one["action_id"] for one in payload.get("actions", [])),
        )

    return wanted


def test_a_typed_command_is_delivered_with_the_acting_persons_id(scene: Scene) -> None:
    scene.act_as("U0CHIYO")
    scene.page.fill("#slack-input", "/amarktai batch now")
    scene.page.press("Enter")
    got = scene.told(lambda one: one.json.get("command") == "/amarktai")
    assert (got.json["user_id"], got.json["text"], got.json["channel_id"]) == ("U0CHIYO", "batch now", "C0REVIEW")


def test_a_chosen_suggestion_fills_the_line(scene: Scene) -> None:
    scene.page.fill("#slack-input", "/amarktai q")
    scene.page.wait_for("#slack-suggestions [role=option]")
    scene.page.press("Tab")
    scene.page.press("Enter")
    assert scene.told(lambda one: one.json.get("command") == "/amarktai").json["text"] == "queue"


def test_a_pressed_button_arrives_as_a_signed_post(scene: Scene) -> None:
    ts = scene.slack.chat_postMessage(channel="C0REVIEW", text="A card", blocks=BUTTONS)["ts"]
    scene.act_as("U0BEN")
    scene.page.click(f'[data-ts="{ts}"] [data-action=approve]')
    got = scene.told(_is("block_actions", "approve"))
    base = f"v0:{got.headers['x-slack-request-timestamp']}:".encode() + got.body
    key = scene.sandbox.world.secrets.slack_signing_secret.encode()
    assert got.headers["x-slack-signature"] == "v0=" + hmac.new(key, base, hashlib.sha256).hexdigest()
    assert got.json["user"]["id"] == "U0BEN"
    assert got.json["container"]["message_ts"] == ts
    assert got.json["actions"][0]["value"] == "k1"


def test_a_confirm_dialog_stands_before_the_press_and_may_stop_it(scene: Scene) -> None:
    ts = scene.slack.chat_postMessage(channel="C0REVIEW", text="A card", blocks=BUTTONS)["ts"]
    scene.page.click(f'[data-ts="{ts}"] [data-action=drop]')
    scene.page.click(".question .quiet")
    scene.page.wait_gone(".question")
    assert not any(_is("block_actions")(one) for one in scene.product.received)
    scene.page.click(f'[data-ts="{ts}"] [data-action=drop]')
    scene.page.click(".question [data-yes]")
    assert scene.told(_is("block_actions", "drop")).json["actions"][0]["value"] == "k1"


def test_an_option_of_the_overflow_menu_is_told_by_its_value(scene: Scene) -> None:
    ts = scene.slack.chat_postMessage(channel="C0REVIEW", text="A card", blocks=BUTTONS)["ts"]
    scene.page.click(f'[data-ts="{ts}"] [data-action=more]')
    scene.page.click(".menu button:nth-child(2)")
    assert scene.told(_is("block_actions", "more")).json["actions"][0]["selected_option"]["value"] == "move:k1"


def test_a_modal_opened_by_a_press_is_updated_live_filled_and_submitted(scene: Scene) -> None:
    def answer(received: Received) -> Response:
        if _is("block_actions")(received):
            opened = scene.slack.views_open(trigger_id=received.json["trigger_id"], view=LOADING)
            scene.slack.views_update(view_id=opened["view"]["id"], view=FORM)
        return Response()

    scene.product.answers = answer
    ts = scene.slack.chat_postMessage(channel="C0REVIEW", text="A card", blocks=BUTTONS)["ts"]
    scene.page.click(f'[data-ts="{ts}"] [data-action=approve]')
    scene.page.fill(".slack-modal [data-block=text] textarea", "A better text <b>&")
    scene.page.click(".slack-modal [data-block=chips] input[value=Playful]")
    scene.page.click(".slack-modal [type=submit]")
    values = scene.told(_is("view_submission")).json["view"]["state"]["values"]
    assert values["text"]["text"]["value"] == "A better text <b>&"
    assert [one["value"] for one in values["chips"]["chips"]["selected_options"]] == ["Playful"]
    scene.page.wait_gone(".slack-modal")
    assert scene.state("slack/views", user="U0MARA")["views"] == []


def test_errors_stand_under_their_fields_and_the_modal_stays(scene: Scene) -> None:
    refusal = {"response_action": "errors", "errors": {"text": "Too long for X."}}

    def answer(received: Received) -> Response:
        if _is("block_actions")(received):
            scene.slack.views_open(trigger_id=received.json["trigger_id"], view=FORM)
        return JSONResponse(refusal) if _is("view_submission")(received) else Response()

    scene.product.answers = answer
    ts = scene.slack.chat_postMessage(channel="C0REVIEW", text="A card", blocks=BUTTONS)["ts"]
    scene.page.click(f'[data-ts="{ts}"] [data-action=approve]')
    scene.page.fill(".slack-modal [data-block=text] textarea", "kept")
    scene.page.click(".slack-modal [type=submit]")
    scene.page.wait_for(".slack-modal [data-block=text].failed .input-error")
    assert scene.page.js("document.querySelector('.slack-modal textarea').value") == "kept"
    assert len(scene.state("slack/views", user="U0MARA")["views"]) == 1
    scene.page.press("Escape")
    scene.page.wait_gone(".slack-modal")
    assert scene.state("slack/views", user="U0MARA")["views"] == []


CHOOSE = """(() => {
  const chosen = new DataTransfer();
  for (const [name, type] of NAMES) chosen.items.add(new File([`bytes of ${name}`], name, { type }));
  const box = document.querySelector('.slack-modal [data-block=files] input[type=file]');
  box.files = chosen.files;
  box.dispatchEvent(new Event('change'));
})()"""


def test_files_are_chosen_shown_taken_away_and_sent_with_the_form(scene: Scene) -> None:
    element = {"type": "file_input", "action_id": "files", "filetypes": ["png", "pdf"], "max_files": 2}
    label = {"type": "plain_text", "text": "Your files"}
    form = {**FORM, "blocks": [{"type": "input", "block_id": "files", "label": label, "element": element}]}

    def answer(received: Received) -> Response:
        if _is("block_actions")(received):
            scene.slack.views_open(trigger_id=received.json["trigger_id"], view=form)
        return Response()

    scene.product.answers = answer
    ts = scene.slack.chat_postMessage(channel="C0REVIEW", text="A card", blocks=BUTTONS)["ts"]
    scene.page.click(f'[data-ts="{ts}"] [data-action=approve]')
    scene.page.wait_for(".slack-modal .file-place")
    names = [["song.mp3", "audio/mpeg"], ["deck.pdf", "application/pdf"], ["tea.png", "image/png"]]
    scene.page.js(CHOOSE.replace("NAMES", orjson.dumps(names).decode()))
    scene.page.wait_for(".chosen-files li:nth-child(2)")
    assert "song.mp3 is not one of the file types" in scene.page.text(".slack-modal .file-trouble")
    assert scene.page.count(".chosen-files img") == 1
    scene.page.wait_gone(".slack-modal .file-place")
    scene.page.click(".chosen-files li:first-child button")
    scene.page.wait_for(".slack-modal .file-place")
    scene.page.click(".slack-modal [type=submit]")
    (sent,) = scene.told(_is("view_submission")).json["view"]["state"]["values"]["files"]["files"]["files"]
    assert (sent["name"], sent["mimetype"], sent["user"]) == ("tea.png", "image/png", "U0MARA")
    assert httpx.get(f"{scene.sandbox.base_url}/_sandbox/slack/files/{sent['id']}").content == b"bytes of tea.png"
    scene.page.wait_gone(".slack-modal")
    scene.page.errors[:] = [one for one in scene.page.errors if "/_sandbox/slack/files/" not in one]  # no real picture


def test_an_ephemeral_message_is_seen_by_its_person_only(scene: Scene) -> None:
    scene.slack.chat_postEphemeral(channel="C0REVIEW", user="U0BEN", text="for Ben")
    scene.slack.chat_postMessage(channel="C0REVIEW", text="for all")
    scene.page.wait_for("#slack-messages .message")
    assert scene.page.count("#slack-messages .ephemeral") == 0
    scene.act_as("U0BEN")
    scene.page.wait_for("#slack-messages .ephemeral")


def test_a_redrawn_card_is_drawn_in_place_and_hostile_text_stays_text(scene: Scene) -> None:
    ts = scene.slack.chat_postMessage(channel="C0REVIEW", text="A card", blocks=BUTTONS)["ts"]
    scene.page.wait_for(f'[data-ts="{ts}"] [data-action=approve]')
    hostile = '<img src=x onerror="document.title=1"><script>1</script>'
    block = {"type": "section", "text": {"type": "plain_text", "text": hostile}}
    scene.slack.chat_update(channel="C0REVIEW", ts=ts, text="changed", blocks=[block])
    scene.page.wait_gone(f'[data-ts="{ts}"] .block-actions')
    assert scene.page.text(f'[data-ts="{ts}"] .section-body') == hostile
    assert scene.page.count(f'[data-ts="{ts}"] .section-body img') == 0
    assert scene.page.count("#slack-messages .message") == 1


def test_opening_the_app_home_tells_the_product_and_shows_what_it_publishes(scene: Scene) -> None:
    button = {"type": "button", "action_id": "resume", "text": {"type": "plain_text", "text": "Resume"}, "value": "w1"}
    home = {"type": "home", "blocks": [{"type": "actions", "block_id": "a", "elements": [button]}]}

    def answer(received: Received) -> Response:
        if received.json.get("event", {}).get("type") == "app_home_opened":
            scene.slack.views_publish(user_id=received.json["event"]["user"], view=home)
        return Response()

    scene.product.answers = answer
    scene.page.click("#slack-places [data-place=home]")
    scene.page.click("#slack-home [data-action=resume]")
    got = scene.told(_is("block_actions", "resume")).json
    assert (got["container"]["type"], got["user"]["id"]) == ("view", "U0MARA")


def test_a_block_that_the_page_cannot_draw_is_shown_as_it_is(scene: Scene) -> None:
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "cell"}]]}
    scene.slack.chat_postMessage(channel="C0REVIEW", text="t", blocks=[table])
    assert orjson.loads(scene.page.text("#slack-messages .unknown"))["rows"] == table["rows"]


def test_two_hundred_messages_are_drawn_and_the_newest_is_in_sight(scene: Scene) -> None:
    with httpx.Client(base_url=scene.sandbox.base_url) as client:
        for number in range(200):
            wish = {"user": "U0MARA", "channel": "C0REVIEW", "text": f"message {number}"}
            client.post("/_sandbox/slack/say", json=wish).raise_for_status()
    scene.page.wait_for_js("document.querySelectorAll('#slack-messages .message').length === 200")
    box = "document.querySelector('#slack-scroller')"
    assert scene.page.js(f"{box}.scrollHeight - {box}.scrollTop - {box}.clientHeight < 5")
    assert "message 199" in scene.page.text("#slack-messages .message:last-child")
