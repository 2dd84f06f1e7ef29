"""One update of Telegram's, from reading it to having done what it asks; by webhook and by polling alike.

Decisions are counted once by the statement that decides. Everything else is noted when it is done: a crash in between
makes it run again, which every step behind it bears; an update that was noted is never done a second time.
"""

from typing import Any

import structlog
from psycopg import OperationalError

from bot.telegram import actions, commands, handing, joining, replying
from bot.telegram.edge import SOURCE, Edge, Once
from bot.telegram.updates import Gesture, Other, Pressed, Standing, Upgraded, Wrote, read_gesture, update_id
from pipeline.chats import migrate_chat
from storage import inbox

log = structlog.get_logger(__name__)

TROUBLE = "Something went wrong on our side, and nothing was changed. Please try again in a minute."


class Taker:
    """Takes updates, each once. One a process."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._once = Once()

    async def take(self, update: dict[str, Any]) -> None:
        """Do what an update asks. Raises `Malformed` for what is none, and psycopg's OperationalError."""
        number, gesture = update_id(update), read_gesture(update)
        with structlog.contextvars.bound_contextvars(update=number):
            await self._once.run(number, lambda: self._take(number, gesture))

    async def _take(self, number: int, gesture: Gesture) -> None:
        if isinstance(gesture, Other):
            return
        key = f"update:{number}"
        decides = isinstance(gesture, Pressed)
        if not decides and await inbox.was_noted(self._edge.database, SOURCE, key):
            return
        try:
            await handle(gesture, self._edge)
        except OperationalError:
            raise  # the database is away: Telegram shall bring the update again
        except Exception:  # one bad update must not come back for ever; whoever sent it is told
            log.exception("an update failed", update=number, gesture=type(gesture).__name__)
            await _apologise(gesture, self._edge)
        if not decides:
            await inbox.first_time(self._edge.database, SOURCE, key)


async def handle(gesture: Gesture, edge: Edge) -> None:
    """Lead a gesture to whoever understands it."""
    match gesture:
        case Pressed():
            await actions.press(gesture, edge)
        case Wrote():
            await _wrote(gesture, edge)
        case Standing():
            await joining.standing(gesture, edge)
        case Upgraded():
            await migrate_chat(edge.database, edge.hint, gesture.old, gesture.new)
        case Other():
            pass


async def _wrote(wrote: Wrote, edge: Edge) -> None:
    attached = wrote.attached
    if attached is not None:
        taken = await handing.take_files(wrote, attached, edge)
        if taken or await handing.is_spoken_of(wrote, attached, edge):
            return
    if not await replying.reply(wrote, edge):
        await commands.typed(wrote, edge)


async def _apologise(gesture: Gesture, edge: Edge) -> None:
    if isinstance(gesture, Pressed):
        await edge.voice.answer(gesture.query, TROUBLE, alert=True)
    elif isinstance(gesture, Wrote):
        await edge.say(gesture.chat.id, TROUBLE, reply_to=gesture.message)
