"""What Telegram's handlers work with, and how one update is taken: by webhook and by polling alike."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import structlog
from telegram import Bot

from bot.answers import Desk, Offers
from bot.telegram.outgoing import Voice
from bot.telegram.render import TelegramMessage, render_words
from domain.card import Surface
from pipeline import people, workspaces
from pipeline.chats import migrate_chat
from pipeline.decide import Deciding
from pipeline.ports import Hint
from pipeline.report import DrawChart
from storage.people import Member
from storage.session import Database

log = structlog.get_logger(__name__)

SOURCE = Surface.TELEGRAM.value


@dataclass(frozen=True, slots=True)
class Edge:
    """One a web process (or polling process)."""

    voice: Voice
    deciding: Deciding
    desk: Desk

    @property
    def database(self) -> Database:
        return self.deciding.database

    @property
    def hint(self) -> Hint:
        return self.deciding.hint

    async def say(self, chat: str, words: str | TelegramMessage, *, reply_to: str | None = None) -> None:
        """Write a sentence or a message; what the chat does not take is given up."""
        message = render_words(words) if isinstance(words, str) else words
        await self.voice.say(chat, message, reply_to=reply_to)

    async def workspace_of(self, chat: str) -> UUID | None:
        """Whose chat it is; None when it is nobody's."""
        return await workspaces.workspace_of(self.database, Surface.TELEGRAM, chat)

    async def member_of(self, workspace_id: UUID, user: str) -> Member | None:
        """Who a Telegram user is there; None for a stranger. Being in the chat makes nobody a member."""
        return await people.member_of(self.database, workspace_id, Surface.TELEGRAM, "", user)


def build_edge(bot: Bot, deciding: Deciding, draw_chart: DrawChart, base_url: str, offers: Offers) -> Edge:
    """Everything that handles Telegram's updates, around one client."""

    async def moved(old: str, new: str) -> None:
        await migrate_chat(deciding.database, deciding.hint, old, new)

    voice = Voice(bot, moved)
    desk = Desk(deciding.database, deciding.hint, draw_chart, base_url, voice.name, offers)
    return Edge(voice, deciding, desk)


class Once:
    """The updates that are under way in this process: Telegram sends one again when we are slow."""

    def __init__(self) -> None:
        self._under_way: dict[int, asyncio.Future[bool]] = {}

    async def run(self, number: int, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work of an update. A second delivery meanwhile waits for the first, and works only if that failed."""
        while (running := self._under_way.get(number)) is not None:
            if await asyncio.shield(running):
                return
        done = self._under_way[number] = asyncio.get_running_loop().create_future()
        worked = False
        try:
            await work()
            worked = True
        finally:
            del self._under_way[number]
            done.set_result(worked)
