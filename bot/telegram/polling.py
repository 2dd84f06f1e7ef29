"""Long polling, for a machine that Telegram cannot reach: `amarktai telegram`. The same handling as by webhook."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from psycopg import OperationalError
from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.telegram.client import pull
from bot.telegram.errors import seconds_of
from bot.telegram.taking import Taker
from bot.telegram.updates import update_id

log = structlog.get_logger(__name__)

HOLD_SECONDS = 25
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0

WEBHOOK_SET = (
    "Telegram delivers to a webhook, so polling would get nothing. Stop the web process that uses this bot, or start "
    "polling with take_over, which removes the webhook."
)
ANOTHER_POLLER = "Somebody else polls with this bot's token. Only one may: stop the other one. I try again."
BAD_TOKEN = "Telegram does not accept the bot's token. Check TELEGRAM_BOT_TOKEN; @BotFather shows it."  # noqa: S105


class PollingImpossible(Exception):
    """Polling cannot work until somebody changes something; the sentence says what."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


async def poll(
    bot: Bot, taker: Taker, stop: asyncio.Event, say: Callable[[str], None], *, take_over: bool = False
) -> None:
    """Take updates until `stop` is set. Raises `PollingImpossible`.

    The offset moves only past updates that were handled, so a crash brings them again. `say` tells the operator.
    """
    if take_over:
        await bot.delete_webhook(drop_pending_updates=False)
    offset, pause = 0, FIRST_PAUSE
    while not stop.is_set():
        try:
            updates = await _next(bot, offset, stop)
            for update in updates:
                await asyncio.create_task(taker.take(update))  # so that what log lines name ends with the update
                offset = update_id(update) + 1
            pause = FIRST_PAUSE
        except (TelegramError, OperationalError) as error:
            await _rest(stop, _wait(error, pause, say))
            pause = min(pause * 2, LONGEST_PAUSE)
    if offset:
        with suppress(TelegramError):  # unconfirmed ones come again and are known by then
            await pull(bot, offset, 0)


async def _next(bot: Bot, offset: int, stop: asyncio.Event) -> list[dict[str, Any]]:
    """The next updates, or none once `stop` is set."""
    wanted = asyncio.ensure_future(pull(bot, offset, HOLD_SECONDS))
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({wanted, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return wanted.result() if wanted.done() else []
    finally:
        for task in (wanted, stopping):
            task.cancel()


def _wait(error: Exception, pause: float, say: Callable[[str], None]) -> float:
    """Seconds until the next try. Raises `PollingImpossible` for what trying again cannot mend."""
    if isinstance(error, InvalidToken):
        raise PollingImpossible(BAD_TOKEN) from error
    if isinstance(error, Conflict):
        if "webhook" in error.message.lower():
            raise PollingImpossible(WEBHOOK_SET) from error
        say(ANOTHER_POLLER)
    if isinstance(error, RetryAfter):
        return seconds_of(error)
    log.warning("polling rests", why=type(error).__name__, seconds=pause)
    return pause


async def _rest(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
