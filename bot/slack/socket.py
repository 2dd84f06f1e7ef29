"""Socket Mode: the same deliveries through a WebSocket that we open, for machines that Slack cannot reach.

Sockets have died silently (bolt-python #417, python-slack-sdk #1110), so a watch looks at ours and opens a new one.
"""

import asyncio
import contextlib
import json

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.slack.client import SlackHttp, SlackSettings
from bot.slack.desk import SLACK_TROUBLE
from bot.slack.ingress import Refusal, dispatch

log = structlog.get_logger(__name__)

LOOK_EVERY = 10.0
LONGEST_PAUSE = 60.0


class Socket(AsyncSocketModeHandler):
    """Bolt's handler, with our reading of a delivery in front of the app."""

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        """Answer one envelope. One that is none of Slack's is acknowledged, so that it does not come again."""
        started = asyncio.get_running_loop().time()
        try:
            response = await dispatch(self.app, req.payload)
        except Refusal:
            await client.send_socket_mode_response({"envelope_id": req.envelope_id})
            return
        await send_async_response(client, req, response, started)


async def run_socket(app: AsyncApp, http: SlackHttp, settings: SlackSettings, stop: asyncio.Event) -> None:
    """Keep a socket open until `stop` is set. A Slack that does not answer is asked again, ever less often."""
    client = http.client(settings.app_token)
    handler = Socket(app, settings.app_token.reveal(), web_client=client)
    pause = 1.0
    try:
        while not stop.is_set():
            try:
                await _connected(handler)
                pause = 1.0
            except (*SLACK_TROUBLE, json.JSONDecodeError) as error:
                log.warning("Slack's socket does not open", why=str(error)[:200], again_in=pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            await _wait(stop, LOOK_EVERY if pause == 1.0 else pause)
    finally:
        await handler.client.close()  # type: ignore[no-untyped-call]


async def _connected(handler: Socket) -> None:
    if not await handler.client.is_connected():
        await handler.client.connect_to_new_endpoint(force=True)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
