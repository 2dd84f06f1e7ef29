"""The alarm: says once a minute in the log that work stands still, from the process that people talk to."""

import asyncio

import structlog

from pipeline.pulse import pulse
from storage.session import Database

log = structlog.get_logger(__name__)

EVERY_SECONDS = 60.0


async def watch(database: Database, every: float = EVERY_SECONDS) -> None:
    """For ever. The first look comes after `every` seconds: what has just been started needs a moment."""
    while True:
        await asyncio.sleep(every)
        found = await pulse(database)
        if found.why is not None:
            log.error("work stands still", why=found.why, seconds=found.seconds)
