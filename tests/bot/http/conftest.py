"""The web as a browser meets it: the real guard and server, on a real database, beside a platform that only has a consent page."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import uvicorn

from bot.http.app import build_web
from bot.http.connect import Way, connect_routes
from bot.http.guard import Guard, PromptProtocol
from bot.http.health import health
from bot.http.pages import landing
from bot.http.settings import settings_routes
from domain.platforms import Platform
from domain.secret import Secret
from pipeline.decide import Deciding
from storage.session import Database
from storage.vault import Vault
from tests.pipeline.conftest import (  # noqa: F401 - fixtures
    Hints,
    Team,
    TokenEndpoint,
    connecting,
    endpoint,
    hint,
    logins,
    team,
    vault,
    web,
    worker,
)
from tests.pipeline.desk import CHECKS

CONSENT = "https://consent.example"
BASE = "https://app.example"


class Consent(TokenEndpoint):
    """A platform with a consent page."""

    def authorize_url(self, *, state: str, verifier: str, redirect_uri: str) -> str:
        return f"{CONSENT}/authorize?state={state}&redirect_uri={redirect_uri}"


@pytest.fixture
def endpoint() -> TokenEndpoint:  # noqa: F811 - with a consent page here
    return Consent()


@dataclass
class Site:
    """The application, and what a test may bend."""

    app: Guard
    wrong: list[str]
    """What the readiness check finds wrong; empty: nothing."""


@pytest.fixture
def build(web: Database, vault: Vault, endpoint: TokenEndpoint, hint: Hints) -> Callable[..., Site]:  # noqa: F811
    """Puts a site together; `tls`, `telegram` and `database` may be others."""

    def put_together(
        *, tls: bool = True, telegram: Any = None, database: Database | None = None, token: Secret | None = None
    ) -> Site:
        wrong: list[str] = []

        async def check() -> str | None:
            return wrong[0] if wrong else None

        async def nobody() -> str | None:
            return "amarktai_bot"

        connectors = {Platform.X: endpoint, Platform.LINKEDIN: endpoint}
        way = Way(web, vault, connectors, lambda platform: platform is Platform.X, hint, BASE)
        routers = [
            health(database or web, check, patience=1.0, token=token),
            landing(has_slack=True, telegram_name=telegram or nobody),
            connect_routes(way),
            settings_routes(Deciding(web, lambda platform, payload: CHECKS[platform](payload), hint)),
        ]
        return Site(build_web(routers, {}, tls=tls, form_targets=[CONSENT]), wrong)

    return put_together


@pytest.fixture
def site(build: Callable[..., Site]) -> Site:
    return build()


@asynccontextmanager
async def browser(site: Site, **more: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of its own, with its own cookies."""
    transport = httpx.ASGITransport(site.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE, **more) as client:
        yield client


@pytest.fixture
async def visitor(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(site) as client:
        yield client


@asynccontextmanager
async def served(app: Guard) -> AsyncIterator[tuple[str, int]]:
    """The application behind the real server; host and port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, http=PromptProtocol, lifespan="off", log_config=None, access_log=False)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield "127.0.0.1", listener.getsockname()[1]
        server.should_exit = True
        await task
