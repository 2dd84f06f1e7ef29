"""Every row of Slack's table of refusals is fired, with the body that Slack would send."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.refusals import REFUSALS
from tests.sandbox.slack.conftest import Driver, error_of
from tests.sandbox.slack.test_talk import BLOCKS, MODAL

Fire = Callable[[AsyncWebClient, Driver], Awaitable[dict[str, Any]]]
ROWS: dict[str, Fire] = {}


def row(code: str) -> Callable[[Fire], Fire]:
    """This function makes that row fire and gives the body."""

    def keep(fire: Fire) -> Fire:
        ROWS[code] = fire
        return fire

    return keep


def raw(driver: Driver, method: str, token: str | None = None, **more: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    headers |= more.pop("headers", {})
    return dict(driver.http.post(f"/slack/api/{method}", headers=headers, **more).json())


def trigger(driver: Driver, ts: str) -> str:
    where = {"user": "U0MARA", "channel": "C0REVIEW", "ts": ts, "action_id": "approve", "wait": 0}
    driver.act("click", **where)
    return str(driver.product.received[-1].json["trigger_id"])


async def opened(bot: AsyncWebClient, driver: Driver, **changed: Any) -> tuple[str, dict[str, Any]]:
    """A card to get triggers from, and an open modal."""
    card = await bot.chat_postMessage(channel="C0REVIEW", text="card", blocks=BLOCKS)
    answer = await bot.views_open(trigger_id=trigger(driver, card["ts"]), view={**MODAL, **changed})
    return card["ts"], dict(answer["view"])


def test_every_row_has_a_test_and_every_test_a_row() -> None:
    assert set(ROWS) == set(REFUSALS)


@pytest.mark.parametrize("code", sorted(REFUSALS))
async def test_a_row_fires_with_slacks_own_body(code: str, bot: AsyncWebClient, driver: Driver) -> None:
    body = await ROWS[code](bot, driver)
    assert body["ok"] is False and body["error"] == code


@row("unknown_method")
async def _(bot: AsyncWebClient, _driver: Driver) -> dict[str, Any]:
    return await error_of(bot.api_call("chat.shout"))


@row("not_authed")
async def _(_bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    return raw(driver, "auth.test")


@row("invalid_auth")
async def _(_bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    return raw(driver, "auth.test", "xoxb-sandbox-nobody")


@row("token_revoked")
async def _(bot: AsyncWebClient, _driver: Driver) -> dict[str, Any]:
    await bot.auth_revoke()
    return await error_of(bot.auth_test())


@row("account_inactive")
async def _(bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    secrets = driver.secrets
    await bot.apps_uninstall(client_id=secrets.slack_client_id, client_secret=secrets.slack_client_secret)
    kinds = {received.json["event"]["type"] for received in driver.product.wait_for(2)}
    assert kinds == {"app_uninstalled", "tokens_revoked"}
    return await error_of(bot.auth_test())


@row("not_allowed_token_type")
async def _(bot: AsyncWebClient, _driver: Driver) -> dict[str, Any]:
    return await error_of(bot.apps_connections_open(app_token=str(bot.token)))


@row("missing_scope")
async def _(_bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    token = driver.install(_auto="U0OLGA", scope="commands")
    body = raw(driver, "chat.postMessage", token, json={"channel": "C1GENERAL", "text": "hi"})
    assert (body["needed"], body["provided"]) == ("chat:write", "commands")
    return body


@row("ratelimited")
async def _(bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    say = {"channel": "C0REVIEW", "text": "again"}
    answers = [
        driver.http.post("/slack/api/chat.postMessage", json=say, headers={"Authorization": f"Bearer {bot.token}"})
        for _ in range(8)
    ]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert int(refused.headers["retry-after"]) >= 1
    return dict(refused.json())


@row("invalid_json")
async def _(bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    return raw(driver, "auth.test", bot.token, content=b"{nope", headers=headers)


@row("json_not_object")
async def _(bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    return raw(driver, "auth.test", bot.token, json=[1])


@row("invalid_arguments")
async def _(bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    lonely = {name: value for name, value in MODAL.items() if name != "submit"}
    body = await error_of(bot.views_publish(user_id="U0MARA", view=MODAL))
    assert "[ERROR] must be a valid enum value, one of: home [json-pointer:/view/type]" in str(body)
    card = await bot.chat_postMessage(channel="C0REVIEW", text="card", blocks=BLOCKS)
    body = await error_of(bot.views_open(trigger_id=trigger(driver, card["ts"]), view=lonely))
    words = "[ERROR] must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/0/input]"
    assert body["response_metadata"]["messages"] == [words]
    return body


@row("channel_not_found")
async def _(bot: AsyncWebClient, _driver: Driver) -> dict[str, Any]:
    assert (await error_of(bot.conversations_info(channel="C0SECRET")))["error"] == "channel_not_found"
    return await error_of(bot.chat_postMessage(channel="C1GENERAL", text="hi"))


@row("not_in_channel")
async def _(bot: AsyncWebClient, _driver: Driver) -> dict[str, Any]:
    return await error_of(bot.chat_postMessage(channel="C0GENERAL", text="hi"))


@row("is_archived")
async def _(bot: AsyncWebClient, _driver: Driver) -> dict[str, Any]:
    return await error_of(bot.conversations_join(channel="C0OLD"))


@row("no_text")
async def _(bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    return raw(driver, "chat.postMessage", bot.token, json={"channel": "C0REVIEW", "text": " "})


@row("msg_too_long")
async def _(bot: AsyncWebClient, _driver: Driver) -> dict[str, Any]:
    long = await bot.chat_postMessage(channel="C0REVIEW", text="x" * 40_001)
    assert len(long["message"]["text"]) == 40_000
    await bot.chat_update(channel="C0REVIEW", ts=long["ts"], text="x" * 4000)
    return await error_of(bot.chat_update(channel="C0REVIEW", ts=long["ts"], text="x" * 4001))


@row("invalid_blocks")
async def _(bot: AsyncWebClient, _driver: Driver) -> dict[str, Any]:
    long = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    body = await error_of(bot.chat_postMessage(channel="C0REVIEW", text="x", blocks=long))
    assert body["errors"][1] == "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert body["response_metadata"]["messages"] == [f"[ERROR] {words}" for words in body["errors"]]
    return body


@row("invalid_blocks_format")
async def _(bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    return raw(driver, "blocks.validate", bot.token, data={"blocks": "[{"})


@row("invalid_metadata_format")
async def _(bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    say = {"channel": "C0REVIEW", "text": "x", "metadata": {"event_type": "card"}}
    return raw(driver, "chat.postMessage", bot.token, json=say)


@row("metadata_too_large")
async def _(bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    metadata = {"event_type": "card", "event_payload": {"x": "y" * 17_000}}
    say = {"channel": "C0REVIEW", "text": "x", "metadata": metadata}
    return raw(driver, "chat.postMessage", bot.token, json=say)


@row("thread_not_found")
async def _(bot: AsyncWebClient, _driver: Driver) -> dict[str, Any]:
    return await error_of(bot.chat_postMessage(channel="C0REVIEW", text="x", thread_ts="1.000001"))


@row("message_not_found")
async def _(bot: AsyncWebClient, _driver: Driver) -> dict[str, Any]:
    shown = await bot.chat_postEphemeral(channel="C0REVIEW", user="U0MARA", text="only you")
    return await error_of(bot.chat_update(channel="C0REVIEW", ts=shown["message_ts"], text="x"))


@row("cant_update_message")
async def _(bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    said = driver.act("say", user="U0BEN", channel="C0REVIEW", text="hello")
    return await error_of(bot.chat_update(channel="C0REVIEW", ts=said["ts"], text="x"))


@row("cant_delete_message")
async def _(bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    said = driver.act("say", user="U0BEN", channel="C0REVIEW", text="hello")
    return await error_of(bot.chat_delete(channel="C0REVIEW", ts=said["ts"]))


@row("user_not_in_channel")
async def _(bot: AsyncWebClient, _driver: Driver) -> dict[str, Any]:
    return await error_of(bot.chat_postEphemeral(channel="C0REVIEW", user="U0NOBODY", text="x"))


@row("expired_trigger_id")
async def _(bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    card = await bot.chat_postMessage(channel="C0REVIEW", text="card", blocks=BLOCKS)
    late = trigger(driver, card["ts"])
    driver.sandbox.world.advance(4)
    return await error_of(bot.views_open(trigger_id=late, view=MODAL))


@row("exchanged_trigger_id")
async def _(bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    card = await bot.chat_postMessage(channel="C0REVIEW", text="card", blocks=BLOCKS)
    used = trigger(driver, card["ts"])
    await bot.views_open(trigger_id=used, view=MODAL)
    return await error_of(bot.views_push(trigger_id=used, view=MODAL))


@row("invalid_trigger_id")
async def _(bot: AsyncWebClient, _driver: Driver) -> dict[str, Any]:
    return await error_of(bot.views_open(trigger_id="1.2.3", view=MODAL))


@row("not_found")
async def _(bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    _, view = await opened(bot, driver)
    driver.act("close", user="U0MARA", view_id=view["id"])
    return await error_of(bot.views_update(view_id=view["id"], view=MODAL))


@row("hash_conflict")
async def _(bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    _, view = await opened(bot, driver)
    await bot.views_update(view_id=view["id"], hash=view["hash"], view=MODAL)
    return await error_of(bot.views_update(view_id=view["id"], hash=view["hash"], view=MODAL))


@row("view_too_large")
async def _(bot: AsyncWebClient, _driver: Driver) -> dict[str, Any]:
    section = {"type": "section", "text": {"type": "plain_text", "text": "x" * 3000}}
    view = {"type": "home", "blocks": [section] * 90}
    return await error_of(bot.views_publish(user_id="U0MARA", view=view))


@row("push_limit_reached")
async def _(bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    ts, _ = await opened(bot, driver)
    for _number in range(2):
        await bot.views_push(trigger_id=trigger(driver, ts), view=MODAL)
    return await error_of(bot.views_push(trigger_id=trigger(driver, ts), view=MODAL))


@row("duplicate_external_id")
async def _(bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    ts, _ = await opened(bot, driver, external_id="edit-1")
    return await error_of(bot.views_push(trigger_id=trigger(driver, ts), view={**MODAL, "external_id": "edit-1"}))


@row("user_not_found")
async def _(bot: AsyncWebClient, _driver: Driver) -> dict[str, Any]:
    return await error_of(bot.users_info(user="U0NOBODY"))


@row("method_not_supported_for_channel_type")
async def _(bot: AsyncWebClient, _driver: Driver) -> dict[str, Any]:
    direct = await bot.conversations_open(users="U0MARA")
    return await error_of(bot.conversations_join(channel=direct["channel"]["id"]))


@row("file_not_found")
async def _(bot: AsyncWebClient, _driver: Driver) -> dict[str, Any]:
    asked = await bot.files_getUploadURLExternal(filename="a.png", length=3)
    return await error_of(bot.files_completeUploadExternal(files=[{"id": asked["file_id"], "title": "a"}]))


@row("file_deleted")
async def _(bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    file = driver.upload("U0MARA", "tea.png", b"bytes")["id"]
    driver.act("delete_file", user="U0MARA", file=file)
    return await error_of(bot.files_info(file=file))


@row("invalid_channel")
async def _(bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    asked = await bot.files_getUploadURLExternal(filename="a.png", length=3)
    assert driver.http.post(asked["upload_url"], content=b"abc").text == "OK - 3"
    files: Any = [{"id": asked["file_id"], "title": "a"}]
    return await error_of(bot.files_completeUploadExternal(files=files, channel_id="C0NOWHERE"))


@row("invalid_client_id")
async def _(_bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    page = driver.http.get(driver.link(client_id="other"))
    assert page.status_code == 400 and "invalid_client_id" in page.text
    return raw(driver, "oauth.v2.access", data={"code": "x", "client_id": "other", "client_secret": "x"})


@row("bad_client_secret")
async def _(_bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    body = {"code": "x", "client_id": driver.secrets.slack_client_id, "client_secret": "guess"}
    return raw(driver, "oauth.v2.access", data=body)


@row("client_id_token_mismatch")
async def _(bot: AsyncWebClient, _driver: Driver) -> dict[str, Any]:
    return await error_of(bot.apps_uninstall(client_id="other", client_secret="x"))


@row("invalid_code")
async def _(_bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    old = driver.code()
    driver.sandbox.world.advance(601)
    assert driver.exchange(old)["error"] == "invalid_code"
    return driver.exchange("made-up")


@row("code_already_used")
async def _(_bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    code = driver.code()
    assert driver.exchange(code)["ok"]
    return driver.exchange(code)


@row("bad_redirect_uri")
async def _(_bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    page = driver.http.get(driver.link(redirect_uri="http://127.0.0.1:1/elsewhere"))
    assert page.status_code == 400 and "bad_redirect_uri" in page.text
    return driver.exchange(driver.code(), redirect_uri=f"{driver.product.url}/other")


@row("invalid_scope")
async def _(_bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    page = driver.http.get(driver.link(scope="chat:write,admin.everything"))
    assert page.status_code == 400 and "invalid_scope" in page.text
    query = httpx.URL(driver.link(scope="admin.everything")).params
    return dict(driver.http.post("/slack/oauth/v2/decide", data={**query, "_person": "U0MARA"}).json())


async def response_url(bot: AsyncWebClient, driver: Driver) -> str:
    card = await bot.chat_postMessage(channel="C0REVIEW", text="card", blocks=BLOCKS)
    trigger(driver, card["ts"])
    return str(driver.product.received[-1].json["response_url"])


@row("used_url")
async def _(bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    address = await response_url(bot, driver)
    for number in range(5):
        assert driver.http.post(address, json={"text": f"answer {number}"}).text == "ok"
    refused = driver.http.post(address, json={"text": "one too many"})
    assert refused.status_code == 404
    return dict(refused.json())


@row("expired_url")
async def _(bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    address = await response_url(bot, driver)
    driver.sandbox.world.advance(1801)
    return dict(driver.http.post(address, json={"text": "late"}).json())


@row("invalid_url")
async def _(_bot: AsyncWebClient, driver: Driver) -> dict[str, Any]:
    return dict(driver.http.post("/slack/response/made-up", json={"text": "x"}).json())
