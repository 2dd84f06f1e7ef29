"""Socket Mode with slack_sdk's own client: envelopes, acknowledgements, and being asked to come again."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.slack.conftest import Driver
from tests.sandbox.slack.test_talk import BLOCKS


class Listener:
    """Takes envelopes and acknowledges them with whatever the test wants."""

    def __init__(self) -> None:
        self.requests: list[SocketModeRequest] = []
        self.answer: dict[str, Any] | None = None
        self.silent = False

    async def __call__(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.requests.append(request)
        if not self.silent:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, self.answer))


@pytest.fixture
async def listener(driver: Driver) -> AsyncIterator[Listener]:
    token = driver.secrets.slack_app_token
    client: Any = SocketModeClient(token, web_client=AsyncWebClient(base_url=f"{driver.sandbox.base_url}/slack/api/"))
    listening = Listener()
    client.socket_mode_request_listeners.append(listening)
    await client.connect()
    yield listening
    await client.close()


async def act(driver: Driver, lever: str, **wish: Any) -> dict[str, Any]:
    """The levers block, and the client lives in this loop."""
    return await asyncio.to_thread(driver.act, lever, **wish)


async def test_a_click_and_a_command_come_through_the_socket(
    bot: AsyncWebClient, driver: Driver, listener: Listener
) -> None:
    card = await bot.chat_postMessage(channel="C0REVIEW", text="card", blocks=BLOCKS)
    where = {"user": "U0MARA", "channel": "C0REVIEW", "wait": 0}
    outcome = await act(driver, "click", **where, ts=card["ts"], action_id="approve")
    assert (outcome["via"], outcome["error"]) == ("socket", None)
    assert listener.requests[0].type == "interactive" and listener.requests[0].payload["type"] == "block_actions"
    listener.answer = {"text": "Nothing waits."}
    outcome = await act(driver, "command", **where, command="/amarktai", text="queue")
    assert outcome["shown"] == ["Nothing waits."]
    assert listener.requests[1].type == "slash_commands" and listener.requests[1].payload["text"] == "queue"
    assert driver.product.received == []


async def test_an_event_says_how_often_it_was_tried(bot: AsyncWebClient, driver: Driver, listener: Listener) -> None:
    told = await act(driver, "event", type="app_home_opened", user="U0MARA")
    assert told["via"] == "socket"
    assert listener.requests[0].retry_attempt == 0
    assert listener.requests[0].payload["event"]["tab"] == "home"


async def test_an_envelope_without_acknowledgement_times_out(
    bot: AsyncWebClient, driver: Driver, listener: Listener
) -> None:
    listener.silent = True
    outcome = await act(driver, "command", user="U0MARA", channel="C0REVIEW", command="/amarktai", text="")
    assert outcome["shown"] == ['/amarktai failed with the error "operation_timeout"']


async def test_the_client_comes_again_when_it_is_asked_to(
    bot: AsyncWebClient, driver: Driver, listener: Listener
) -> None:
    assert (await act(driver, "disconnect"))["asked"] == 1
    while not listener.requests:  # until the client is back, deliveries go out over HTTP
        await act(driver, "event", type="app_home_opened", user="U0MARA")
    assert listener.requests[0].type == "events_api"
