"""The web process: pages, OAuth, webhooks, health. It decides and takes orders; it never publishes nor sees a platform's token."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import structlog
import uvloop

from app.edge import EdgeConfig, EdgeProtocol, EdgeServer
from app.handover import listen
from app.settings import Settings, places
from app.startup import CannotStart, check
from app.watch import watch
from app.wiring.shared import metrics_token
from app.wiring.web import WebParts, open_web
from bot.http.app import build_web
from bot.http.connect import connect_routes
from bot.http.guard import App, Guard
from bot.http.health import health
from bot.http.pages import landing
from pipeline.broker import Hints, make_broker

log = structlog.get_logger(__name__)


def run_web(settings: Settings, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; requests in hand are answered. Raises `CannotStart`."""
    # uvicorn stops at the signal and then raises it once more, which by default would end us before anything is closed.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    uvloop.run(serve(settings, host, port))


async def serve(settings: Settings, host: str, port: int) -> None:
    """The same inside a running loop. The port is taken first: whoever connects meanwhile waits and is not turned away."""
    listener = listen(host, port)
    hints = Hints(make_broker(settings.redis_url.get_secret_value()))
    try:
        async with _opened(settings, hints) as parts:
            config = EdgeConfig(
                application(parts, settings),
                http=EdgeProtocol,
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                timeout_keep_alive=20,
                timeout_graceful_shutdown=10,
                proxy_headers=True,
            )
            await EdgeServer(config).serve(sockets=[listener])
    finally:
        listener.close()
        hints.close()


@asynccontextmanager
async def _opened(settings: Settings, hints: Hints) -> AsyncIterator[WebParts]:
    parts = await open_web(settings, hints)
    background = [asyncio.create_task(task) for task in (*parts.background, watch(parts.database, parts.draw))]
    try:
        yield parts
    finally:
        for task in background:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await parts.close()


def application(parts: WebParts, settings: Settings) -> Guard:
    """The routes of what is configured."""

    async def wrong() -> str | None:
        try:
            await check(parts.database, parts.keyring, parts.purposes)
        except CannotStart as error:
            return str(error)
        return None

    routers = [
        health(parts.database, wrong, token=metrics_token(settings), clicks=parts.clicks),
        landing(has_slack=parts.has_slack, telegram_name=parts.telegram_name),
        connect_routes(parts.way),
        *parts.routers,
    ]
    webhooks: dict[str, App] = dict(parts.webhooks)
    consent = [*(place.consent_url for place in places(settings).values()), settings.slack_authorize_url]
    origins = list(dict.fromkeys(f"{url.scheme}://{url.netloc}" for url in map(urlsplit, consent)))
    # Slack's consent page leads on to the address of the visitor's own workspace, and browsers hold forms to that, too.
    origins += ["https://*.slack.com"] if "https://slack.com" in origins else []
    tls = settings.amarktai_base_url.startswith("https://")
    return build_web(routers, webhooks, tls=tls, form_targets=origins)
