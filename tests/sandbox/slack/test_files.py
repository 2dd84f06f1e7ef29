"""Files that people hand over in a modal: chosen, sent with the form, told by files.info and fetched with the bot's token."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.models.blocks import InputBlock
from slack_sdk.models.blocks.block_elements import FileInputElement
from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient
from starlette.responses import JSONResponse

from tests.sandbox.slack.conftest import SCOPES, Driver, error_of
from tests.sandbox.slack.test_talk import BLOCKS
from tests.sandbox.slack.test_talk import MODAL as PLAIN

ELEMENT = FileInputElement(action_id="files", filetypes=["png", "pdf"], max_files=2)
MODAL: dict[str, Any] = View(
    type="modal",
    callback_id="media",
    title="Files",
    submit="Send",
    blocks=[InputBlock(block_id="files", label="Your files", element=ELEMENT)],
).to_dict()


def asking(**changed: Any) -> dict[str, Any]:
    """The modal with other fields of its file_input."""
    block = MODAL["blocks"][0]
    return {**MODAL, "blocks": [{**block, "element": {**block["element"], **changed}}]}


async def trigger_of(bot: AsyncWebClient, driver: Driver) -> str:
    card = await bot.chat_postMessage(channel="C0REVIEW", text="Post 1", blocks=BLOCKS)
    driver.act("click", user="U0MARA", channel="C0REVIEW", ts=card["ts"], action_id="approve", wait=0)
    return str(driver.product.received[-1].json["trigger_id"])


async def opened(bot: AsyncWebClient, driver: Driver, view: dict[str, Any] = MODAL) -> dict[str, Any]:
    answer = await bot.views_open(trigger_id=await trigger_of(bot, driver), view=view)
    return dict(answer["view"])


def submit(driver: Driver, view: dict[str, Any], *files: str) -> dict[str, Any]:
    values = {"files": {"files": list(files)}}
    return driver.act("submit", user="U0MARA", view_id=view["id"], values=values, wait=0)


async def fetch(address: str, token: str = "") -> tuple[int, str, bytes]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with aiohttp.ClientSession() as session, session.get(address, headers=headers) as answer:
        return answer.status, answer.content_type, await answer.read()


async def test_chosen_files_come_with_the_form_in_their_order_as_slack_describes_files(
    bot: AsyncWebClient, driver: Driver
) -> None:
    view = await opened(bot, driver)
    first, second = (driver.upload("U0MARA", name, b"bytes") for name in ("one tea.png", "two.pdf"))
    assert submit(driver, view, second["id"], first["id"])["open"] == []
    told = driver.product.received[-1].json["view"]["state"]["values"]["files"]["files"]
    assert told["type"] == "file_input" and [one["id"] for one in told["files"]] == [second["id"], first["id"]]
    one = told["files"][1]
    assert (one["name"], one["mimetype"], one["filetype"], one["size"]) == ("one tea.png", "image/png", "png", 5)
    assert (one["user"], one["mode"], one["is_external"]) == ("U0MARA", "hosted", False)
    assert one["url_private_download"].endswith("/download/one%20tea.png")


async def test_a_file_is_told_and_fetched_with_the_bots_token_at_both_of_its_addresses(
    bot: AsyncWebClient, driver: Driver
) -> None:
    file = (await bot.files_info(file=driver.upload("U0MARA", "tea.png", b"the bytes")["id"]))["file"]
    for address in (file["url_private"], file["url_private_download"]):
        assert await fetch(address, str(bot.token)) == (200, "image/png", b"the bytes")


async def test_whoever_may_not_read_a_file_gets_the_sign_in_page_with_a_200(
    bot: AsyncWebClient, driver: Driver
) -> None:
    address = driver.upload("U0MARA", "tea.png", b"the bytes")["url_private_download"]
    other_team = driver.install(_auto="U0OLGA")
    for token in ("", "xoxb-sandbox-nobody", other_team):
        status, kind, content = await fetch(address, token)
        assert (status, kind) == (200, "text/html") and b"Sign in" in content and b"the bytes" not in content
    status, kind, _ = await fetch(f"{address}?token={bot.token}")
    assert (status, kind) == (200, "text/html")


async def test_an_install_without_files_read_reads_no_file_and_cannot_ask_for_one(driver: Driver) -> None:
    scopes = SCOPES.replace("files:read,", "")
    bot = AsyncWebClient(token=driver.install(scope=scopes), base_url=f"{driver.sandbox.base_url}/slack/api/")
    await bot.conversations_join(channel="C0REVIEW")
    file = driver.upload("U0MARA", "tea.png", b"the bytes")
    refused = await error_of(bot.files_info(file=file["id"]))
    assert (refused["error"], refused["needed"]) == ("missing_scope", "files:read")
    assert (await fetch(file["url_private_download"], str(bot.token)))[1] == "text/html"
    trigger = await trigger_of(bot, driver)
    assert (await error_of(bot.views_open(trigger_id=trigger, view=MODAL)))["error"] == "missing_scope"
    view = (await bot.views_open(trigger_id=trigger, view=PLAIN))["view"]
    driver.product.answers = lambda _received: JSONResponse({"response_action": "push", "view": MODAL})
    said = driver.act("submit", user="U0MARA", view_id=view["id"], wait=0)["shown"]
    assert said == ['Submitting failed with the error "missing_scope"']


async def test_every_answer_tells_what_the_token_may_do(bot: AsyncWebClient) -> None:
    headers = (await bot.auth_test()).headers
    assert set(str(headers["X-OAuth-Scopes"]).split(",")) == set(SCOPES.split(","))


async def test_a_deleted_file_is_gone_from_both_addresses(bot: AsyncWebClient, driver: Driver) -> None:
    file = driver.upload("U0MARA", "tea.png", b"the bytes")
    driver.act("delete_file", user="U0MARA", file=file["id"])
    assert (await fetch(file["url_private"], str(bot.token)))[:2] == (404, "text/html")
    assert driver.http.get(f"/_sandbox/slack/files/{file['id']}").status_code == 404


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"max_files": 0}, "must be between 1 and 10 [json-pointer:/view/blocks/0/element/max_files]"),
        ({"max_files": 11}, "must be between 1 and 10 [json-pointer:/view/blocks/0/element/max_files]"),
        ({"filetypes": "png"}, "must be an array [json-pointer:/view/blocks/0/element/filetypes]"),
        ({"filetypes": []}, "must have at least 1 items [json-pointer:/view/blocks/0/element/filetypes]"),
        ({"filetypes": [1]}, "must be a string [json-pointer:/view/blocks/0/element/filetypes/0]"),
        ({"focus_on_load": True}, "invalid additional property: focus_on_load [json-pointer:/view/blocks/0/element]"),
    ],
)
async def test_a_field_for_files_that_slack_would_not_take_is_refused(
    changed: dict[str, Any], problem: str, bot: AsyncWebClient, driver: Driver
) -> None:
    refused = await error_of(bot.views_open(trigger_id=await trigger_of(bot, driver), view=asking(**changed)))
    assert refused["errors"] == [problem]


async def test_files_can_be_asked_for_in_a_modal_only(bot: AsyncWebClient) -> None:
    refused = await error_of(bot.chat_postMessage(channel="C0REVIEW", text="x", blocks=MODAL["blocks"]))
    assert refused["error"] == "invalid_blocks" and "unsupported type: file_input" in refused["errors"][0]
    home = {"type": "home", "blocks": MODAL["blocks"]}
    assert (await error_of(bot.views_publish(user_id="U0MARA", view=home)))["error"] == "invalid_arguments"


async def test_slacks_client_sends_no_form_with_too_many_or_strange_files_or_none(
    bot: AsyncWebClient, driver: Driver
) -> None:
    view = await opened(bot, driver)
    before = len(driver.product.received)
    names = ("1.png", "2.png", "3.PNG", "song.mp3")
    one, two, three, strange = (driver.upload("U0MARA", name, b"bytes")["id"] for name in names)
    assert submit(driver, view)["shown"] == ["Your files: Please complete this required field."]
    assert submit(driver, view, one, two, three)["shown"] == ["Your files: You can only add up to 2 files."]
    assert "song.mp3 is not one of the file types" in submit(driver, view, strange)["shown"][0]
    assert len(driver.product.received) == before and submit(driver, view, three)["open"] == []


async def test_a_form_takes_no_files_of_somebody_else_and_none_over_ten_megabytes(
    bot: AsyncWebClient, driver: Driver
) -> None:
    view = await opened(bot, driver)
    foreign = driver.upload("U0BEN", "ben.png", b"bytes")["id"]
    wish = {"user": "U0MARA", "view_id": view["id"], "values": {"files": {"files": [foreign]}}}
    answer = driver.http.post("/_sandbox/slack/submit", json=wish)
    assert answer.status_code == 400 and "Mara Lindqvist has no file" in answer.json()["message"]
    large = {"params": {"user": "U0MARA", "name": "film.mp4"}, "content": bytes(10 * 1024 * 1024 + 1)}
    refused = driver.http.post("/_sandbox/slack/upload", **large)
    assert refused.status_code == 400 and "10 MB" in refused.json()["message"]


async def test_a_download_is_throttled_and_broken_on_purpose(bot: AsyncWebClient, driver: Driver) -> None:
    address = driver.upload("U0MARA", "tea.png", b"the bytes")["url_private"]
    driver.sandbox.fault("slack.files.download", "429", retry_after=7)
    headers = {"Authorization": f"Bearer {bot.token}"}
    async with aiohttp.ClientSession() as session, session.get(address, headers=headers) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
    driver.sandbox.fault("slack.files.download", "accept_then_close", count=2)  # aiohttp asks twice by itself
    with pytest.raises(aiohttp.ClientError):
        await fetch(address, str(bot.token))
    assert (await fetch(address, str(bot.token)))[2] == b"the bytes"
