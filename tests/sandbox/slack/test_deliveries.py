"""How deliveries behave when the product is slow, broken, doubled or gone; and what outlives a restart."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tests.sandbox.slack.conftest import Driver, error_of
from tests.sandbox.slack.test_talk import BLOCKS, MODAL


def _say(body: dict[str, Any], _received: Any) -> Response:
    return JSONResponse(body)


async def card_of(bot: AsyncWebClient) -> dict[str, Any]:
    card = await bot.chat_postMessage(channel="C0REVIEW", text="card", blocks=BLOCKS)
    return {"user": "U0MARA", "channel": "C0REVIEW", "ts": card["ts"], "action_id": "approve"}


async def test_a_late_acknowledgement_is_shown_as_slack_shows_it(bot: AsyncWebClient, driver: Driver) -> None:
    done = threading.Event()

    def answers(_received: Any) -> Response:
        done.wait(10)
        return Response()

    driver.product.answers = answers
    outcome = driver.act("click", **await card_of(bot))
    done.set()
    assert outcome["error"] == "operation_timeout" and outcome["http_status"] is None
    assert outcome["shown"] == ['This button failed with the error "operation_timeout"']


async def test_an_answer_that_is_no_yes_is_shown_too(bot: AsyncWebClient, driver: Driver) -> None:
    driver.product.answers = lambda _received: PlainTextResponse("no", 404)
    outcome = driver.act("click", **await card_of(bot))
    assert outcome["http_status"] == 404
    assert outcome["shown"] == ['This button failed with the error "http_service_error"']


async def test_a_double_click_is_one_payload_delivered_twice(bot: AsyncWebClient, driver: Driver) -> None:
    outcome = driver.act("click", **await card_of(bot), times=2, wait=0)
    assert len(outcome["acks"]) == 2
    first, second = driver.product.received
    assert first.body == second.body


async def test_a_click_needs_somebody_who_sees_the_message(bot: AsyncWebClient, driver: Driver) -> None:
    wish = await card_of(bot)
    for changed in ({"user": "U0NOBODY"}, {"ts": "1.0"}, {"action_id": "none"}, {"channel": "C1GENERAL"}):
        answer = driver.http.post("/_sandbox/slack/click", json={**wish, **changed})
        assert answer.status_code == 400 and answer.json()["message"]
    assert driver.product.received == []


async def test_a_stranger_presses_with_the_team_they_come_from(bot: AsyncWebClient, driver: Driver) -> None:
    driver.act("click", **{**await card_of(bot), "user": "U0OLGA"}, wait=0)
    told = driver.product.received[0].json
    assert (told["user"]["team_id"], told["team"]["id"]) == ("T0OTHER", "T0SANDBOX")


async def test_what_another_person_is_told_is_not_shown_to_the_one_who_clicked(
    bot: AsyncWebClient, driver: Driver
) -> None:
    wish = await card_of(bot)
    say = {"channel": "C0REVIEW", "user": "U0BEN", "text": "for Ben", "thread_ts": wish["ts"]}

    def answers(_received: Any) -> Response:
        driver.http.post("/slack/api/chat.postEphemeral", json=say, headers={"Authorization": f"Bearer {bot.token}"})
        return Response()

    driver.product.answers = answers
    assert driver.act("click", **wish, wait=0.3)["shown"] == []
    assert [message["text"] for message in driver.see("messages", user="U0BEN")["messages"]] == ["card", "for Ben"]
    assert len(driver.see("messages", user="U0MARA")["messages"]) == 1


async def test_a_message_to_a_person_opens_a_direct_message(bot: AsyncWebClient, driver: Driver) -> None:
    said = await bot.chat_postMessage(channel="U0MARA", text="Welcome")
    assert driver.see("messages", channel=said["channel"])["messages"][0]["text"] == "Welcome"
    assert [one["id"] for one in (await bot.conversations_list(types="im"))["channels"]] == [said["channel"]]
    listed = await bot.conversations_list(limit=1)
    assert listed["response_metadata"]["next_cursor"] == "c1"
    rest = await bot.conversations_list(cursor="c1")
    assert [one["id"] for one in listed["channels"] + rest["channels"]] == ["C0REVIEW", "C0GENERAL", "C0OLD"]
    assert "U0AMARKTAI" in (await bot.conversations_members(channel="C0REVIEW"))["members"]


async def test_a_failed_event_comes_again_at_once_with_its_number(bot: AsyncWebClient, driver: Driver) -> None:
    driver.product.answers = lambda received: Response(
        status_code=200 if "x-slack-retry-num" in received.headers else 500
    )
    driver.act("event", type="app_home_opened", user="U0MARA")
    first, again = driver.product.wait_for(2)
    assert first.json["event_id"] == again.json["event_id"]
    assert (again.headers["x-slack-retry-num"], again.headers["x-slack-retry-reason"]) == ("1", "http_error")


async def test_an_event_is_not_repeated_when_the_product_says_so(bot: AsyncWebClient, driver: Driver) -> None:
    driver.product.answers = lambda _received: Response(status_code=500, headers={"X-Slack-No-Retry": "1"})
    driver.act("event", type="app_home_opened", user="U0MARA")
    driver.product.answers = lambda _received: Response()
    driver.act("event", type="app_home_opened", user="U0BEN")
    assert [received.json["event"]["user"] for received in driver.product.received] == ["U0MARA", "U0BEN"]


async def test_a_command_may_be_answered_in_its_acknowledgement(bot: AsyncWebClient, driver: Driver) -> None:
    say = {"user": "U0BEN", "channel": "C0REVIEW", "command": "/analytics", "text": "7d"}
    driver.product.answers = lambda _received: PlainTextResponse("Nothing yet.")
    assert driver.act("command", **say)["shown"] == ["Nothing yet."]
    driver.product.answers = lambda _received: JSONResponse({"response_type": "in_channel", "text": "All see this"})
    outcome = driver.act("command", **say)
    assert outcome["shown"] == [] and outcome["messages"][0]["text"] == "All see this"
    driver.product.answers = lambda _received: JSONResponse({"nonsense": 1})
    assert driver.act("command", **say)["shown"] == ['/analytics failed with the error "invalid_command_response"']
    told = driver.product.received[0].json
    assert (told["command"], told["text"], told["user_id"]) == ("/analytics", "7d", "U0BEN")
    assert driver.see("messages", user="U0MARA")["messages"][0]["text"] == "All see this"


async def test_a_response_url_changes_or_deletes_the_message_it_belongs_to(bot: AsyncWebClient, driver: Driver) -> None:
    wish = await card_of(bot)
    driver.act("click", **wish, wait=0)
    address = driver.product.received[0].json["response_url"]
    driver.http.post(address, json={"text": "Approved", "replace_original": True})
    assert driver.see("messages")["messages"][0]["text"] == "Approved"
    assert driver.http.post(address, json={"blocks": [{"type": "nope"}]}).json()["error"] == "invalid_blocks"
    driver.http.post(address, json={"delete_original": True})
    assert driver.see("messages")["messages"] == []
    assert len(driver.see("messages", deleted=1)["messages"]) == 1


@pytest.mark.parametrize(
    ("answer", "open_views"),
    [
        ({"response_action": "clear"}, 0),
        ({"response_action": "update", "view": MODAL}, 2),
        ({"response_action": "push", "view": MODAL}, 3),
        ({}, 1),
    ],
)
async def test_a_submission_is_answered_with_what_happens_to_the_modals(
    answer: dict[str, Any], open_views: int, bot: AsyncWebClient, driver: Driver
) -> None:
    wish = await card_of(bot)
    triggers = []
    for _ in range(2):
        driver.act("click", **wish, wait=0)
        triggers.append(driver.product.received[-1].json["trigger_id"])
    await bot.views_open(trigger_id=triggers[0], view=MODAL)
    top = await bot.views_push(trigger_id=triggers[1], view=MODAL)
    driver.product.answers = lambda _received: JSONResponse(answer)
    outcome = driver.act("submit", user="U0MARA", view_id=top["view"]["id"], wait=0)
    assert len(outcome["open"]) == open_views and outcome["shown"] == []


async def test_a_submission_that_slack_could_not_read_says_so(bot: AsyncWebClient, driver: Driver) -> None:
    driver.act("click", **await card_of(bot), wait=0)
    view = (await bot.views_open(trigger_id=driver.product.received[0].json["trigger_id"], view=MODAL))["view"]
    wish = {"user": "U0MARA", "view_id": view["id"]}
    for answer in ({"response_action": "errors", "errors": {"other": "x"}}, {"response_action": "dance"}, {"ok": 1}):
        driver.product.answers = partial(_say, answer)
        assert "failed with the error" in driver.act("submit", **wish)["shown"][0]
    assert len(driver.see("views", user="U0MARA")["views"]) == 1


async def test_the_home_tab_is_published_and_its_buttons_work(bot: AsyncWebClient, driver: Driver) -> None:
    await bot.views_publish(user_id="U0MARA", view={"type": "home", "blocks": BLOCKS})
    home = driver.see("home", user="U0MARA")["view"]
    driver.act("click", user="U0MARA", view_id=home["id"], action_id="approve", wait=0)
    told = driver.product.received[0].json
    assert told["container"] == {"type": "view", "view_id": home["id"]} and told["view"]["type"] == "home"


async def test_an_uploaded_picture_can_be_shown_once_slack_is_done_with_it(bot: AsyncWebClient, driver: Driver) -> None:
    uploaded = await bot.files_upload_v2(content=b"png bytes", filename="chart.png", title="Chart")
    picture = {"type": "image", "slack_file": {"id": uploaded["file"]["id"]}, "alt_text": "chart"}
    refused = await error_of(bot.chat_postMessage(channel="C0REVIEW", text="x", blocks=[picture]))
    assert refused["errors"] == ["invalid slack file [json-pointer:/blocks/0/slack_file.id/slack_file]"]
    driver.sandbox.world.advance(1)
    assert (await bot.files_info(file=uploaded["file"]["id"]))["file"]["mimetype"] == "image/png"
    await bot.chat_postMessage(channel="C0REVIEW", text="x", blocks=[picture])
    assert driver.http.get(f"/_sandbox/slack/files/{uploaded['file']['id']}").content == b"png bytes"


async def test_a_guest_cannot_install_and_cancel_is_a_no(driver: Driver) -> None:
    assert "error=access_denied" in driver.http.get(driver.link(_auto="U0GUST")).headers["location"]
    page = driver.http.get(driver.link(_auto=""))
    assert page.status_code == 200 and "Allow as Mara Lindqvist" in page.text
    query = dict(httpx.URL(driver.link()).params)
    refused = driver.http.post("/slack/oauth/v2/decide", data={**query, "_person": ""})
    assert refused.headers["location"].endswith("error=access_denied&state=s1")


async def test_uninstalling_ends_clicks_commands_and_membership(bot: AsyncWebClient, driver: Driver) -> None:
    wish = await card_of(bot)
    driver.act("event", type="app_uninstalled")
    kinds = {received.json["event"]["type"] for received in driver.product.wait_for(2)}
    assert kinds == {"app_uninstalled", "tokens_revoked"}
    assert driver.act("click", **wish)["error"] == "app_not_installed"
    again = AsyncWebClient(token=driver.install(), base_url=f"{driver.sandbox.base_url}/slack/api/")
    assert again.token != bot.token
    assert (await error_of(again.chat_postMessage(channel="C0REVIEW", text="x")))["error"] == "not_in_channel"
    driver.act("event", type="invite", channel="C0REVIEW")
    assert (await again.chat_postMessage(channel="C0REVIEW", text="x"))["ok"]


async def test_a_fault_loses_the_answer_and_keeps_the_message(bot: AsyncWebClient, driver: Driver) -> None:
    driver.sandbox.fault("slack.chat.postMessage", "accept_then_500")
    say = {"channel": "C0REVIEW", "text": "once"}
    lost = driver.http.post("/slack/api/chat.postMessage", json=say, headers={"Authorization": f"Bearer {bot.token}"})
    assert lost.status_code == 500
    assert [message["text"] for message in driver.see("messages")["messages"]] == ["once"]


async def test_everything_but_triggers_outlives_a_restart(
    tmp_path: Any, product: Any, reopened: Callable[[], Any]
) -> None:
    with reopened() as sandbox:
        driver = Driver(sandbox, product)
        token = driver.install()
        client = AsyncWebClient(token=token, base_url=f"{sandbox.base_url}/slack/api/")
        await client.conversations_join(channel="C0REVIEW")
        card = await client.chat_postMessage(channel="C0REVIEW", text="card", blocks=BLOCKS)
        driver.http.close()
    with reopened() as sandbox:
        driver = Driver(sandbox, product)
        client = AsyncWebClient(token=token, base_url=f"{sandbox.base_url}/slack/api/")
        await client.chat_update(channel="C0REVIEW", ts=card["ts"], text="still here")
        assert [message["text"] for message in driver.see("messages")["messages"]] == ["still here"]
        driver.http.close()
