"""Which channels get the cards: those that our bot is invited to, and those in which an owner says so."""

from typing import Any

import structlog
from slack_sdk.errors import SlackApiError

from bot.slack.client import Installed
from bot.slack.desk import SLACK_TROUBLE, Desk, Known
from bot.slack.errors import code_of
from bot.slack.payloads import Happened, Typed
from bot.slack.render import SlackMessage, render_words
from domain.card import Surface
from domain.errors import Refused
from pipeline.chats import add_chat, chat_back, chat_gone, chat_of
from storage.chats import Chat

log = structlog.get_logger(__name__)

INVITE = "I cannot see this channel. Invite me first: /invite @Amarktai, and then type /amarktai here again."
LEFT = "Amarktai was removed from this Slack channel. Invite it there again: /invite @Amarktai."
WELCOME = "The cards for review come to this channel from now on. /amarktai help shows what you can ask."
HIDDEN = frozenset(
    {"channel_not_found", "not_in_channel", "missing_scope", "is_archived", "method_not_supported_for_channel_type"}
)
"""Slack's words for a channel that we must be invited to."""


async def here(typed: Typed, known: Known, desk: Desk) -> SlackMessage:
    """`/amarktai here`: the cards come to this channel. A public one is joined; into others the bot must be invited."""
    client = desk.http.client(known.installed.token)
    try:
        channel: dict[str, Any] = (await client.conversations_info(channel=typed.chat))["channel"]
        if not (channel.get("is_member") or channel.get("is_im")):
            await client.conversations_join(channel=typed.chat)
    except SlackApiError as error:
        if code_of(error) not in HIDDEN:
            raise
        raise Refused(INVITE) from error
    chat = await _take(known.installed, typed.chat, channel, desk)
    return render_words(f"The cards for review come to {chat.title} from now on.")


async def joined(event: Happened, desk: Desk) -> None:
    """Our bot was invited: the channel gets the cards. What it missed while the bot was away is drawn too."""
    channel = event.event.get("channel")
    if event.bot is None or event.event.get("user") != event.bot or not isinstance(channel, str):
        return
    installed = await desk.installed(event.team)
    await _take(installed, channel, await _told(installed, channel, desk), desk)
    desk.errands.spawn("greet a channel", _greet(installed, channel, desk))


async def left(event: Happened, desk: Desk) -> None:
    """Our bot was removed from a channel, or the channel is gone: the owner is told in another chat."""
    channel = event.event.get("channel")
    if not isinstance(channel, str):
        return
    workspace_id = (await desk.installed(event.team)).workspace_id
    chat = await chat_of(desk.database, workspace_id, Surface.SLACK, channel)
    if chat is not None:
        await chat_gone(desk.database, desk.hint, workspace_id, chat.id, LEFT)


async def _take(installed: Installed, channel: str, told: dict[str, Any], desk: Desk) -> Chat:
    known = await chat_of(desk.database, installed.workspace_id, Surface.SLACK, channel)
    if known is not None and known.gone_reason is not None:
        await chat_back(desk.database, desk.hint, installed.workspace_id, known.id)
    return await add_chat(
        desk.database,
        installed.workspace_id,
        surface=Surface.SLACK,
        team_ref=installed.team,
        chat_ref=channel,
        kind="private" if told.get("is_im") else "channel",
        title=f"#{told['name']}" if told.get("name") else "a direct message",
    )


async def _told(installed: Installed, channel: str, desk: Desk) -> dict[str, Any]:
    """What Slack says about the channel; only its id when Slack does not answer, because the cards matter more."""
    try:
        told: dict[str, Any] = (await desk.http.client(installed.token).conversations_info(channel=channel))["channel"]
    except SLACK_TROUBLE as error:
        log.info("a channel's name is unknown", why=str(error)[:200])
        return {"name": channel}
    return told


async def _greet(installed: Installed, channel: str, desk: Desk) -> None:
    words = render_words(WELCOME)
    client = desk.http.client(installed.token)
    await client.chat_postMessage(channel=channel, text=words.text, blocks=list(words.blocks))
