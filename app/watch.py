"""The alarm: says in the log, and to an owner, that no work goes round; from the process that people talk to."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog
from psycopg import Error
from psycopg_pool import PoolTimeout

from pipeline.alarms import SILENT_SECONDS, tell_silence
from pipeline.pulse import pulse
from storage.session import Database

log = structlog.get_logger(__name__)

EVERY_SECONDS = 60.0

DrawChat = Callable[[UUID, UUID], Awaitable[None]]
"""Draws what a chat of a workspace wants, here, because no worker does."""


async def watch(database: Database, draw: DrawChat, every: float = EVERY_SECONDS) -> None:
    """For ever. The first look comes after `every` seconds: what has just been started needs a moment."""
    while True:
        await asyncio.sleep(every)
        await look(database, draw)


async def look(database: Database, draw: DrawChat) -> None:
    """One look. The silence is told once, however many web processes look; a worker that is back takes it back."""
    found = await pulse(database)
    if found.why is None:
        return
    log.error("work stands still", why=found.why, seconds=found.seconds)
    if found.seconds is None or found.seconds < SILENT_SECONDS:
        return
    try:
        for workspace_id, chat_id in await tell_silence(database):
            await draw(workspace_id, chat_id)
    except (Error, PoolTimeout) as error:
        log.warning("the silence of the workers was not told; trying again", why=str(error).strip())
