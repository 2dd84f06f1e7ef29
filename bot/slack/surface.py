"""Slack as a chat that cards are drawn in. Runs in the worker, draws exactly what it is given and never decides."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.client import Installed, SlackHttp, Teams
from bot.slack.errors import GONE, PICTURE_REFUSED, THREAD_GONE, TOKEN_DEAD, code_of, translate
from bot.slack.render import fits, render_card
from domain.card import Face, PostView, Surface
from pipeline.ports import ChatGone, ChatRefused, Drawn

log = structlog.get_logger(__name__)

USABLE_WITHIN = 5.0
"""Seconds that we wait until Slack lets an uploaded picture stand in a message. Without it the card goes out plain."""


class SlackSurface:
    """Implements `pipeline.ports.ReviewSurface`. Tries nothing twice by itself; the delivery loop does."""

    surface = Surface.SLACK

    def __init__(self, http: SlackHttp, teams: Teams) -> None:
        self._http, self._teams = http, teams

    async def draw(self, face: Face) -> Drawn:
        """Post the card, or update it. Raises ChatBusy, ChatGone, MessageGone, ChatRefused."""
        try:
            return await self._with_living_token(face)
        except SlackApiError as error:
            raise translate(error) from error
        except (SlackClientError, aiohttp.ClientError, TimeoutError) as error:
            raise ChatRefused(f"Slack did not answer ({type(error).__name__}).") from error

    async def _with_living_token(self, face: Face) -> Drawn:
        """Draw; when the token that we kept was replaced meanwhile (installed anew), draw with the new one."""
        installed = await self._installed(face)
        try:
            return await _draw(self._http.client(installed.token), face)
        except SlackApiError as error:
            if code_of(error) not in TOKEN_DEAD:
                raise
            self._teams.forget(face.place.team)
            renewed = await self._installed(face)
            if renewed.token == installed.token:
                raise
            return await _draw(self._http.client(renewed.token), face)

    async def _installed(self, face: Face) -> Installed:
        installed = await self._teams.of(face.place.team)
        if installed is None or installed.workspace_id != face.workspace_id:
            raise ChatGone(GONE["account_inactive"])
        return installed


async def _draw(client: AsyncWebClient, face: Face) -> Drawn:
    # A digest or a notice has no post behind it and so no token; its button names the card itself.
    face = face if face.token else replace(face, token=str(face.card_id))
    picture = face.picture_ref or await upload_picture(client, face)
    try:
        return await _send(client, face, picture)
    except SlackApiError as error:
        if picture is None or code_of(error) not in PICTURE_REFUSED:
            raise
        log.warning("a card goes without its picture", card=str(face.card_id), why=code_of(error))
        return await _send(client, face, None)


async def _send(client: AsyncWebClient, face: Face, picture: str | None) -> Drawn:
    message, place = render_card(face, picture), face.place
    content: dict[str, Any] = {"channel": place.chat, "text": message.text, "blocks": list(message.blocks)}
    if place.message:
        answer = await client.chat_update(ts=place.message, **content)
    else:
        answer = await _post(client, {**content, "unfurl_links": False, "unfurl_media": False}, place.thread)
    return Drawn(str(answer["ts"]), place.thread, picture, shown_whole=fits(face))


async def _post(client: AsyncWebClient, content: dict[str, Any], thread: str | None) -> Any:
    """Into the digest's thread, or into the channel when somebody deleted the digest."""
    if thread is None:
        return await client.chat_postMessage(**content)
    try:
        return await client.chat_postMessage(**content, thread_ts=thread)
    except SlackApiError as error:
        if code_of(error) not in THREAD_GONE:
            raise
        return await client.chat_postMessage(**content)


async def upload_picture(client: AsyncWebClient, face: Face) -> str | None:
    """Slack's id of the face's picture, uploaded for nobody in particular; None when there is none to show."""
    if face.picture is None or not isinstance(face.view, PostView):
        return None
    view = face.view
    alt = (view.picture_alt or f"The picture of #{view.number}")[:1_000]
    return await uploaded(client, face.picture, f"post-{view.number}.png", alt)


async def uploaded(client: AsyncWebClient, content: bytes, name: str, alt: str) -> str | None:
    """Upload a PNG without sharing it and wait until it may stand in a message. None when that does not work."""
    made = await _gently(
        client.files_upload_v2(filename=name, content=content, title=alt[:200], alt_txt=alt),
        "a picture was not uploaded",
    )
    file_id = str(made["file"]["id"]) if made else None
    return file_id if file_id and await _usable(client, file_id) else None


async def _usable(client: AsyncWebClient, file_id: str) -> bool:
    """Whether the picture became usable in time: until then Slack refuses a message that shows it."""
    pause, until = 0.1, asyncio.get_running_loop().time() + USABLE_WITHIN
    while asyncio.get_running_loop().time() < until:
        told = await _gently(client.files_info(file=file_id), "a picture's state is unknown")
        if told is None:
            return False
        if told["file"].get("mimetype"):
            return True
        await asyncio.sleep(pause)
        pause = min(pause * 2, 1.0)
    return False


async def _gently(call: Awaitable[Any], otherwise: str) -> Any:
    """The answer, or None and a line in the log: a card without its picture beats none. A dead token still raises."""
    try:
        return await call
    except SlackApiError as error:
        if code_of(error) in TOKEN_DEAD:
            raise
        log.warning(otherwise, why=code_of(error))
    except (SlackClientError, aiohttp.ClientError, TimeoutError) as error:
        log.warning(otherwise, why=type(error).__name__)
    return None
