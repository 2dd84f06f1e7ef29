"""The clock process: sends hints for whatever is due. Two of them are as good as one."""

import asyncio
import contextlib
import signal

import structlog

from app.handover import say_ready
from app.logins import url_of
from app.settings import Settings
from app.startup import open_checked
from pipeline.broker import DUE, Hints, make_broker
from pipeline.due import DueClock
from storage.keys import Keyring, Purpose

log = structlog.get_logger(__name__)


async def run_clock(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. A second clock beside this one only doubles hints. Raises `CannotStart`."""
    keyring = Keyring.parse(settings.amarktai_keys.get_secret_value())
    database = await open_checked(url_of("amarktai_worker", settings, keyring), 2, keyring, frozenset(Purpose))
    broker = make_broker(settings.redis_url.get_secret_value())
    hints = Hints(broker)
    try:
        clock = DueClock(database, hints, settings.redis_url.get_secret_value(), DUE)
        running = asyncio.create_task(clock.run())
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, running.cancel)
        log.info("the clock runs")
        say_ready()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    finally:
        await database.close()
        hints.close()
