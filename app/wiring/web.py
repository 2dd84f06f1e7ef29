"""What a web process works with: pages, the chats' webhooks, and deciding. It has no way to publish."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

import structlog
from fastapi import APIRouter
from telegram.error import TelegramError

from app.logins import url_of
from app.settings import Settings, is_loopback
from app.startup import open_checked
from app.wiring.alarm import Drawing
from app.wiring.shared import (
    Closer,
    checker,
    configured,
    media_links,
    offers_of,
    platform_settings,
    sites_of,
    slack_settings,
    soon_of,
    telegram_settings,
)
from bot.answers import Desk
from bot.http.connect import Way
from bot.http.figures import Clicks
from bot.http.guard import App
from bot.http.media import media_routes
from bot.http.settings import settings_routes
from bot.slack.app import build_app
from bot.slack.client import SlackHttp, Teams
from bot.slack.desk import Desk as SlackDesk
from bot.slack.desk import Errands
from bot.slack.ingress import Ingress as SlackIngress
from bot.slack.oauth import oauth_routes
from bot.slack.single import keep_bot_token
from bot.slack.socket import run_socket
from bot.telegram.client import TelegramSettings, announce, make_bot
from bot.telegram.commands import menu
from bot.telegram.edge import Edge, build_edge
from bot.telegram.ingress import Ingress as TelegramIngress
from bot.telegram.taking import Taker
from pipeline.agents.illustrator import draw_chart
from pipeline.broker import Hints
from pipeline.decide import Deciding
from pipeline.media_links import MediaLinks
from publishers.http import client_to_nowhere
from publishers.registry import Registry, build
from storage.blobs import Media
from storage.keys import Keyring, Purpose
from storage.session import Database
from storage.vault import Vault

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WebParts:
    """What a web process holds open, and what it serves."""

    database: Database
    keyring: Keyring
    purposes: frozenset[Purpose]
    way: Way
    has_slack: bool
    telegram_name: Callable[[], Awaitable[str | None]]
    routers: tuple[APIRouter, ...]
    webhooks: dict[str, App]
    background: tuple[Coroutine[Any, Any, None], ...]
    closers: tuple[Closer, ...]
    clicks: Clicks
    draw: Drawing

    async def close(self) -> None:
        for closer in self.closers:
            await closer()


async def open_web(settings: Settings, hints: Hints) -> WebParts:
    """Connect everything that clicks and pages work with. Raises `CannotStart`."""
    keyring = Keyring.parse(settings.amarktai_keys.get_secret_value())
    purposes = frozenset({Purpose.CHAT})
    # Four: with eight at once on two cores, decisions of one workspace wait for each other and cost half as much again (measured).
    database = await open_checked(url_of("amarktai_web", settings, keyring), 4, keyring, purposes)
    vault = Vault(keyring)
    links, media = media_links(settings, vault), Media.at(settings.media_url, settings.amarktai_home)
    registry = registry_of(settings, links, media)
    clicks = Clicks()
    deciding = replace(deciding_of(settings, database, hints, registry), took=clicks.took)
    edges = Edges(routers=[settings_routes(deciding), media_routes(links, media)])
    name = _nobody
    if settings.has_telegram:
        telegram = build_edge(
            make_bot(telegram_settings(settings)),
            deciding,
            draw_chart,
            settings.amarktai_base_url,
            offers_of(settings),
        )
        edges.add(open_telegram(settings, telegram))
        name = telegram.voice.name
    if settings.has_slack:
        talk = Desk(database, hints, draw_chart, settings.amarktai_base_url, name, offers_of(settings))
        edges.add(open_slack(settings, vault, deciding, talk))
    way = Way(database, vault, registry.connectors, configured(settings), hints, settings.amarktai_base_url)
    return WebParts(
        database,
        keyring,
        purposes,
        way,
        settings.has_slack,
        name,
        tuple(edges.routers),
        edges.webhooks,
        tuple(edges.background),
        (*edges.closers, database.close),
        clicks,
        Drawing(settings, database, vault, media, links, hints),
    )


def registry_of(settings: Settings, links: MediaLinks, media: Media) -> Registry:
    """The platforms, for what they would refuse and for their consent pages; nothing is sent to them from here."""
    return build(platform_settings(settings), client_to_nowhere(), media, public_url=links.for_platform)


def deciding_of(settings: Settings, database: Database, hints: Hints, registry: Registry) -> Deciding:
    """What deciding works with. It sends nothing to any platform."""
    return Deciding(database, checker(registry), hints, soon_of(settings), sites_of(settings))


@dataclass
class Edges:
    """What the chats bring to a web process."""

    routers: list[APIRouter] = field(default_factory=list)
    webhooks: dict[str, App] = field(default_factory=dict)
    background: list[Coroutine[Any, Any, None]] = field(default_factory=list)
    closers: list[Closer] = field(default_factory=list)

    def add(self, other: "Edges") -> None:
        self.routers += other.routers
        self.webhooks |= other.webhooks
        self.background += other.background
        self.closers += other.closers


def open_slack(settings: Settings, vault: Vault, deciding: Deciding, talk: Desk) -> Edges:
    """Slack by HTTP, and by socket as well where an app token is configured; the same handlers behind both."""
    slack = slack_settings(settings)
    http, errands = SlackHttp(slack.api_url), Errands()
    desk = SlackDesk(slack, vault, http, Teams(deciding.database, vault), deciding, talk, errands)
    app = build_app(desk)
    edges = Edges(routers=[oauth_routes(desk)], closers=[errands.settle, http.close])
    if slack.signing_secret:
        edges.webhooks["/slack/events"] = SlackIngress(app, slack.signing_secret)
    if slack.bot_token:
        edges.background.append(keep_bot_token(desk))
    if slack.app_token:
        edges.background.append(run_socket(app, http, slack, asyncio.Event()))
    return edges


def open_telegram(settings: Settings, edge: Edge) -> Edges:
    """Telegram by webhook. Its commands and webhook are announced in the background: a click must not wait for that."""
    telegram = telegram_settings(settings)
    edges = Edges(closers=[edge.voice.bot.shutdown])
    edges.webhooks["/telegram/webhook"] = TelegramIngress(Taker(edge), telegram.webhook_secret)
    if telegram.webhook_url.startswith("https://") or is_loopback(telegram.api_url):
        edges.background.append(_announce(edge, telegram))
    else:
        log.info("Telegram reaches only https addresses: run `amarktai telegram` beside the web process")
    return edges


async def _announce(edge: Edge, telegram: TelegramSettings) -> None:
    """Until Telegram has taken it."""
    pause = 1.0
    while True:
        try:
            await announce(edge.voice.bot, telegram.webhook_url, telegram.webhook_secret, menu())
        except TelegramError as error:
            log.warning("Telegram does not take our webhook yet", why=str(error))
            await asyncio.sleep(pause)
            pause = min(pause * 2, 60.0)
        else:
            return


async def _nobody() -> str | None:
    """The name of our bot where there is none."""
    return None
