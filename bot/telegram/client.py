"""How we speak to Telegram: the bare client of python-telegram-bot, one a process, and what it is told at the start.

No rate limiter of the library's: it halts every chat when one is limited. Delivery paces chat by chat; see storage.pace.
"""

import json
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import structlog
from telegram import Bot, BotCommand
from telegram.request import HTTPXRequest

from domain.secret import Secret

log = structlog.get_logger(__name__)

WANTED_UPDATES = ("message", "callback_query", "my_chat_member")
CONNECTIONS, PATIENCE, UPLOAD_PATIENCE = 32, 10.0, 30.0


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """Which bot we are and where Telegram is. `base_url` is where people and Telegram reach the web process."""

    api_url: str
    bot_token: Secret = field(repr=False)
    webhook_secret: Secret = field(repr=False)
    base_url: str

    @property
    def webhook_url(self) -> str:
        return f"{self.base_url.rstrip('/')}/telegram/webhook"


def make_bot(settings: TelegramSettings) -> Bot:
    """The client. It connects at its first call; close it with `await bot.shutdown()` in the loop that used it.

    Its addresses hold the token, and httpx logs addresses: those logs are turned down here.
    """
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.WARNING)
    os.environ.setdefault("PTB_TIMEDELTA", "1")  # the library's next form of times; without it each 429 warns
    api = settings.api_url.rstrip("/")
    return Bot(
        settings.bot_token.reveal(),
        base_url=f"{api}/bot",
        base_file_url=f"{api}/file/bot",
        request=HTTPXRequest(
            connection_pool_size=CONNECTIONS,
            read_timeout=PATIENCE,
            write_timeout=PATIENCE,
            connect_timeout=PATIENCE,
            pool_timeout=PATIENCE,
            media_write_timeout=UPLOAD_PATIENCE,
        ),
    )


async def pull(bot: Bot, offset: int, seconds: int) -> list[dict[str, Any]]:
    """The updates from `offset` on, as Telegram sent them, or none within `seconds`. Raises TelegramError.

    The client's own get_updates makes objects of them and fails for all when one has something it does not know.
    """
    wish = {"offset": offset, "timeout": seconds, "allowed_updates": json.dumps(WANTED_UPDATES)}
    answer = await bot.request.post(f"{bot.base_url}/getUpdates?{urlencode(wish)}", read_timeout=seconds + PATIENCE)
    return [update for update in answer if isinstance(update, dict)] if isinstance(answer, list) else []


async def announce(bot: Bot, webhook_url: str, secret: Secret, commands: Sequence[tuple[str, str]]) -> None:
    """Tell Telegram where we listen and what we understand. May run in every web process; changes only what differs.

    `commands` are pairs (name, what it does). A webhook that Telegram reports as refused (our secret changed) is set
    anew. Nothing that waits is dropped. Raises telegram.error.TelegramError.
    """
    known = await bot.get_webhook_info()
    refused = "401" in (known.last_error_message or "")
    if known.url != webhook_url or set(known.allowed_updates or ()) != set(WANTED_UPDATES) or refused:
        await bot.set_webhook(webhook_url, allowed_updates=WANTED_UPDATES, secret_token=secret.reveal())
        log.info("Telegram delivers to us", url=webhook_url)
    wanted = tuple(BotCommand(name, what) for name, what in commands)
    if await bot.get_my_commands() != wanted:
        await bot.set_my_commands(wanted)
