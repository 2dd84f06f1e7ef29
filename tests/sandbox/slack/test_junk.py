"""Nonsense is refused by the Slack twin in words, and never breaks it."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.web_api import METHODS
from tests.sandbox.slack.conftest import Driver

NAMES = (
    "channel ts user text blocks metadata thread_ts message_ts users user_id view view_id trigger_id file files"
    " filename length channel_id cursor limit types attachments external_id hash code client_id client_secret"
)
JUNK: tuple[Any, ...] = (
    None,
    "",
    7,
    -1,
    1.5,
    "\x00",
    "[{",
    [],
    {},
    [[]],
    [{}],
    [None],
    {"type": "modal"},
    {"type": {}},
    "é" * 99,
)
GENTLE = [*sorted(set(METHODS) - {"auth.revoke", "apps.uninstall"}), "oauth.v2.access", "apps.connections.open"]


@pytest.mark.parametrize("method", GENTLE)
async def test_junk_in_every_argument_gets_an_answer(method: str, bot: AsyncWebClient, driver: Driver) -> None:
    headers = {"Authorization": f"Bearer {bot.token}"}
    for junk in JUNK:
        body = {**dict.fromkeys(NAMES.split(), junk), "channel": "C0REVIEW" if junk != 7 else junk}
        answer = driver.http.post(f"/slack/api/{method}", json=body, headers=headers)
        assert answer.status_code in (200, 429), (junk, answer.text)
        assert isinstance(answer.json()["ok"], bool)


@pytest.mark.parametrize("field", ["text", "blocks", "metadata", "thread_ts", "attachments", "parse", "link_names"])
async def test_one_bad_argument_of_a_message_gets_an_answer(field: str, bot: AsyncWebClient, driver: Driver) -> None:
    headers = {"Authorization": f"Bearer {bot.token}"}
    for junk in JUNK:
        body = {"channel": "C0REVIEW", "user": "U0MARA", "text": "x", field: junk}
        answer = driver.http.post("/slack/api/chat.postEphemeral", json=body, headers=headers)
        assert answer.status_code == 200 and isinstance(answer.json()["ok"], bool), (junk, answer.text)


@pytest.mark.parametrize("lever", ["click", "submit", "close", "command", "event", "say"])
@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"user": 7}', b'{"user": "U0MARA", "times": "x", "ts": {}, "values": []}']
)
async def test_a_wish_that_makes_no_sense_is_refused_in_words(lever: str, body: bytes, driver: Driver) -> None:
    answer = driver.http.post(f"/_sandbox/slack/{lever}", content=body)
    assert answer.status_code == 400 and answer.json()["message"], answer.text
