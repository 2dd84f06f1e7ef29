"""The polling process: fetches Telegram's updates where no webhook can reach us, and handles them like the webhook does."""

import asyncio
import signal

from app.logins import url_of
from app.settings import Settings
from app.startup import CannotStart, check
from app.wiring.shared import media_links, offers_of, telegram_settings
from app.wiring.web import deciding_of, registry_of
from bot.telegram.client import make_bot
from bot.telegram.edge import build_edge
from bot.telegram.polling import PollingImpossible, poll
from bot.telegram.taking import Taker
from pipeline.agents.illustrator import draw_chart
from pipeline.broker import Hints, make_broker
from storage.blobs import Media
from storage.keys import Keyring, Purpose
from storage.session import Database
from storage.vault import Vault


async def run_telegram(settings: Settings) -> None:
    """Poll until SIGTERM or SIGINT. Takes a webhook away that an earlier set-up left. Raises `CannotStart`."""
    keyring = Keyring.parse(settings.amarktai_keys.get_secret_value())
    database = Database(url_of("amarktai_web", settings, keyring), size=4)
    hints = Hints(make_broker(settings.redis_url.get_secret_value()))
    bot = make_bot(telegram_settings(settings))
    media = Media.at(settings.media_url, settings.amarktai_home)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await database.open()
    try:
        await check(database, keyring, frozenset({Purpose.CHAT}))
        deciding = deciding_of(
            settings, database, hints, registry_of(settings, media_links(settings, Vault(keyring)), media)
        )
        edge = build_edge(bot, deciding, draw_chart, settings.amarktai_base_url, offers_of(settings))
        await poll(bot, Taker(edge), stop, print, take_over=True)
    except PollingImpossible as impossible:
        raise CannotStart(impossible.sentence) from None
    finally:
        await bot.shutdown()
        await database.close()
        hints.close()
