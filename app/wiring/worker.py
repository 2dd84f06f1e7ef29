"""What a worker process works with. Nothing of Bolt, of the bots' frameworks or of FastAPI is loaded here."""

from dataclasses import dataclass, field
from datetime import timedelta

from app.logins import url_of
from app.settings import Settings
from app.startup import open_checked
from app.wiring.shared import (
    Closer,
    budgets_of,
    checker,
    media_links,
    platform_settings,
    quotas_of,
    soon_of,
    telegram_settings,
    worker_name,
)
from domain.card import Surface
from pipeline.accounts import Connecting
from pipeline.actors import Deps
from pipeline.agents.fetch import Guard
from pipeline.agents.writer import TemplateWriter
from pipeline.broker import Hints
from pipeline.draw import Delivery
from pipeline.measure import Measuring
from pipeline.ports import FileSource, Pace, ReviewSurface
from pipeline.publish import Patience, Publishing
from pipeline.take_in import Taking
from pipeline.write import Writing
from publishers.http import open_client
from publishers.registry import build
from storage.anchors import AnchorFile
from storage.blobs import Media
from storage.keys import Keyring, Purpose
from storage.pace import ValkeyPace
from storage.session import Database
from storage.vault import Vault

CONNECTIONS = 24
"""As many as there are posts under way at once, and some for the other work: a post must not wait for one between its calls."""


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """What a worker process holds open."""

    deps: Deps
    closers: tuple[Closer, ...]

    async def close(self) -> None:
        for closer in self.closers:
            await closer()


async def open_worker(settings: Settings, hints: Hints) -> WorkerParts:
    """Connect everything that jobs work with, inside their event loop. Raises `CannotStart`."""
    keyring = Keyring.parse(settings.amarktai_keys.get_secret_value())
    database = await open_checked(
        url_of("amarktai_worker", settings, keyring), CONNECTIONS, keyring, frozenset(Purpose)
    )
    vault = Vault(keyring)
    media = Media.at(settings.media_url, settings.amarktai_home)
    client = open_client()
    links = media_links(settings, vault)
    pace = ValkeyPace(settings.redis_url.get_secret_value())
    # A demonstration shortens the schedule of readings on purpose; the limits of its twins it does not.
    room = pace.room if settings.measure_pace == 1 else None
    registry = build(platform_settings(settings), client, media, public_url=links.for_platform, room=room)
    chats = open_chats(settings, database, vault, pace)
    worker, soon, check, intake = worker_name(), soon_of(settings), checker(registry), settings.amarktai_home / "intake"
    connecting = Connecting(
        database, vault, registry.connectors, hints, settings.amarktai_base_url, registry.options, pace.never_read
    )
    deps = Deps(
        writing=Writing(database, TemplateWriter(), guard_of(settings), media, check, hints, worker, soon),
        delivery=Delivery(
            database,
            chats.surfaces,
            media,
            pace,
            hints,
            worker,
            links.for_people,
            budgets_of(settings),
            soon,
        ),
        publishing=Publishing(
            database,
            vault,
            registry.publishers,
            hints,
            connecting,
            worker,
            patience_of(settings),
            settings.measure_pace,
            budgets_of(settings),
            quotas_of(settings),
        ),
        measuring=Measuring(
            database,
            vault,
            registry.publishers,
            connecting,
            settings.measure_pace,
            budgets_of(settings),
            quotas_of(settings),
        ),
        connecting=connecting,
        taking=Taking(database, chats.sources, media, check, hints, worker, intake, soon),
        anchors=AnchorFile(settings.anchors, keyring),
    )
    return WorkerParts(deps, (*chats.closers, client.aclose, pace.close, database.close))


@dataclass(frozen=True, slots=True)
class Chats:
    """The chats that are configured: cards are drawn there, and what people hand over there is fetched."""

    surfaces: dict[Surface, ReviewSurface] = field(default_factory=dict)
    sources: dict[Surface, FileSource] = field(default_factory=dict)
    closers: list[Closer] = field(default_factory=list)


def open_chats(settings: Settings, database: Database, vault: Vault, pace: Pace) -> Chats:
    """Each chat with one connection pool, and only those of which a token or client is configured."""
    chats = Chats()
    if settings.has_slack:
        from bot.slack.client import SlackHttp, Teams
        from bot.slack.files import SlackFiles
        from bot.slack.surface import SlackSurface

        http, teams = SlackHttp(settings.slack_api_url), Teams(database, vault)
        chats.surfaces[Surface.SLACK] = SlackSurface(http, teams)
        chats.sources[Surface.SLACK] = SlackFiles(http, teams)
        chats.closers.append(http.close)
    if settings.has_telegram:
        from bot.telegram.client import make_bot
        from bot.telegram.files import TelegramFiles
        from bot.telegram.surface import TelegramSurface

        bot = make_bot(telegram_settings(settings))
        files = TelegramFiles(bot)
        chats.surfaces[Surface.TELEGRAM] = TelegramSurface(bot, pace)
        chats.sources[Surface.TELEGRAM] = files
        chats.closers.extend((files.aclose, bot.shutdown))
    return chats


def patience_of(settings: Settings) -> Patience:
    return Patience(
        settle=settings.settle_seconds,
        grace=timedelta(minutes=settings.grace_minutes).total_seconds(),
    )


def guard_of(settings: Settings) -> Guard:
    """Strangers' pages may not lead to private addresses; one origin may be allowed by name, for a demonstration."""
    contact = settings.amarktai_base_url or None
    return Guard(allow_origin=settings.research_allow_origin or None, contact=contact)
