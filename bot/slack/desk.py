"""What Slack's handlers work with: connections, who is asking, and work that goes on after Slack has its answer."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot import answers
from bot.slack.client import Installed, SlackHttp, SlackSettings, Teams
from bot.slack.payloads import Actor, Press, Typed
from bot.slack.render import SlackMessage
from domain.card import Surface
from domain.errors import NotAllowed, Refused
from domain.roles import Right, may
from pipeline import people
from pipeline.decide import Deciding
from pipeline.ports import Hint
from storage.people import Member
from storage.session import Database
from storage.vault import Vault

log = structlog.get_logger(__name__)

NOT_INSTALLED = (
    "Amarktai is not installed in your Slack workspace, so nothing happened. Add it from Amarktai's web page."
)
TROUBLE = "Something went wrong on our side. Please look whether it was done, and otherwise try again in a minute."


class Errands:
    """Work that goes on after Slack has its answer. It cannot raise into anybody; what fails is logged."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def spawn(self, what: str, work: Coroutine[Any, Any, Any]) -> None:
        """Start `work` now and keep hold of it until it ends."""
        task = asyncio.create_task(_quietly(what, work), name=what)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def settle(self, seconds: float = 5.0) -> None:
        """Wait until nothing is under way; what takes longer is ended. For the end of the process, and for tests."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)
        for task in list(self._running):
            task.cancel()


async def _quietly(what: str, work: Coroutine[Any, Any, Any]) -> None:
    try:
        await work
    except Exception:  # the person has the answer already; an errand that raised would tell nobody
        log.exception("an errand for Slack failed", what=what)


@dataclass(frozen=True, slots=True)
class Desk:
    """One a web process. `talk` is what the commands of every chat work with."""

    settings: SlackSettings
    vault: Vault
    http: SlackHttp
    teams: Teams
    deciding: Deciding
    talk: answers.Desk
    errands: Errands

    @property
    def database(self) -> Database:
        return self.deciding.database

    @property
    def hint(self) -> Hint:
        return self.deciding.hint

    async def client(self, team: str) -> AsyncWebClient:
        """A client that speaks for our bot in that team. Raises `Refused` when we are not installed there."""
        return self.http.client((await self.installed(team)).token)

    async def installed(self, team: str) -> Installed:
        """Raises `Refused`."""
        found = await self.teams.of(team)
        if found is None:
            raise Refused(NOT_INSTALLED)
        return found


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody of the workspace who asks for something."""

    installed: Installed
    member: Member


async def know(actor: Actor, desk: Desk, right: Right = Right.LOOK) -> Known:
    """Who that is here, if they hold `right`. Raises `NotAllowed` with whom to ask, `Refused`."""
    installed = await desk.installed(actor.team)
    found = None
    if not actor.is_foreign:
        found = await people.member_of(desk.database, installed.workspace_id, Surface.SLACK, actor.team, actor.user)
    if found is None:
        raise NotAllowed(await stranger(installed, desk))
    if not may(found.role, right):
        async with desk.database.transaction(installed.workspace_id) as tx:
            await people.require(tx, found.id, right)
    return Known(installed, found)


async def stranger(installed: Installed, desk: Desk) -> str:
    """What somebody is told who is nobody here: nothing happened, and whom to ask."""
    everybody = await people.everybody(desk.database, installed.workspace_id)
    owners = [member.name for member, _ in everybody if may(member.role, Right.PEOPLE)]
    whom = " or ".join(owners[:3]) or "whoever installed Amarktai"
    return (
        f"You are not a member of this workspace, so nothing happened. Ask {whom} to add you: /amarktai people grant."
    )


async def tell(gesture: Press | Typed, message: SlackMessage, desk: Desk) -> None:
    """Say something that only the person sees, where they are. By the Web API when Slack's address is used up."""
    thread = gesture.thread if isinstance(gesture, Press) else None
    if gesture.response_url and await _respond(gesture.response_url, message, thread, desk):
        return
    if gesture.chat is None:
        return
    client = await desk.client(gesture.actor.team)
    await client.chat_postEphemeral(
        channel=gesture.chat,
        user=gesture.actor.user,
        text=message.text,
        blocks=list(message.blocks),
        thread_ts=thread,
    )


async def _respond(address: str, message: SlackMessage, thread: str | None, desk: Desk) -> bool:
    body = {**as_body(message), "replace_original": False, **({"thread_ts": thread} if thread else {})}
    try:
        async with desk.http.session.post(address, json=body, allow_redirects=False) as answer:
            if answer.status == 200:
                return True
            log.info("Slack did not take an answer", status=answer.status)
    except (aiohttp.ClientError, TimeoutError) as error:
        log.info("Slack did not take an answer", why=type(error).__name__)
    return False


def as_body(message: SlackMessage) -> dict[str, Any]:
    """An answer that only the person sees, as an acknowledgement or a response URL takes it."""
    return {"response_type": "ephemeral", "text": message.text, "blocks": list(message.blocks)}


SLACK_TROUBLE = (SlackApiError, SlackClientError, aiohttp.ClientError, TimeoutError)
"""What a call to Slack may raise."""
