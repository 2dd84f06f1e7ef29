"""Wiring: builds databases, clients, publishers and surfaces out of the settings; one function a process."""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import httpx

from app.logins import url_of
from app.settings import Settings, is_loopback
from app.startup import check
from domain.card import Surface
from domain.platforms import Platform
from domain.publishing import Payload
from domain.secret import Secret
from pipeline.accounts import Connecting
from pipeline.actors import Deps
from pipeline.agents.fetch import Guard
from pipeline.agents.writer import TemplateWriter
from pipeline.broker import Hints
from pipeline.deliver import Delivery
from pipeline.measure import Measuring
from pipeline.ports import ReviewSurface
from pipeline.publish import Patience, Publishing
from pipeline.write import Soon, Writing
from publishers.http import open_client
from publishers.registry import PlatformSettings, Registry, build
from storage.blobs import Media
from storage.pace import ValkeyPace
from storage.session import Database
from storage.vault import Keyring, Purpose, Vault


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """What a worker process holds open."""

    deps: Deps
    database: Database
    client: httpx.AsyncClient
    pace: ValkeyPace
    surfaces: dict[Surface, ReviewSurface]

    async def close(self) -> None:
        for surface in self.surfaces.values():
            await surface.close()
        await self.client.aclose()
        await self.pace.close()
        await self.database.close()


async def open_worker(settings: Settings, hints: Hints) -> WorkerParts:
    """Connect everything that jobs work with, inside their event loop. Raises `CannotStart`."""
    keyring = Keyring.parse(settings.amarktai_keys.get_secret_value())
    database = Database(url_of("amarktai_worker", settings, keyring), size=10)
    await database.open()
    await check(database, keyring, frozenset(Purpose))
    vault = Vault(keyring)
    media = Media.at(settings.media_url, settings.amarktai_home)
    client = open_client()
    registry = build(platform_settings(settings), client, media.get)
    pace = ValkeyPace(settings.redis_url.get_secret_value())
    surfaces = open_surfaces(settings, database, vault)
    worker = worker_name()
    connecting = Connecting(database, vault, registry.connectors, hints, settings.amarktai_base_url)
    deps = Deps(
        writing=Writing(
            database, TemplateWriter(), guard_of(settings), media, checker(registry), hints, worker, soon_of(settings)
        ),
        delivery=Delivery(database, surfaces, media, pace, hints, worker),
        publishing=Publishing(database, vault, registry.publishers, hints, connecting, worker, patience_of(settings)),
        measuring=Measuring(database, vault, registry.publishers, settings.measure_pace),
        connecting=connecting,
    )
    return WorkerParts(deps, database, client, pace, surfaces)


def worker_name() -> str:
    """Names this process in leases: host, process id, and random digits against a process id that comes again."""
    return f"{socket.gethostname()}:{os.getpid()}:{os.urandom(3).hex()}"


def soon_of(settings: Settings) -> Soon:
    return Soon(settings.slot_lead_seconds, settings.slot_spacing_seconds)


def patience_of(settings: Settings) -> Patience:
    return Patience(settle=settings.settle_seconds, grace=timedelta(minutes=settings.grace_minutes).total_seconds())


def guard_of(settings: Settings) -> Guard:
    """Strangers' pages may not lead to private addresses; one origin may be allowed by name, for a demonstration."""
    contact = settings.amarktai_base_url or None
    return Guard(allow_origin=settings.research_allow_origin or None, contact=contact)


def checker(registry: Registry) -> Callable[[Platform, Payload], list[str]]:
    """What a platform would refuse, in sentences."""

    def check_payload(platform: Platform, payload: Payload) -> list[str]:
        return registry.publishers[platform].check(payload)

    return check_payload


def platform_settings(settings: Settings) -> PlatformSettings:
    return PlatformSettings(
        x_client_id=settings.x_client_id,
        x_client_secret=secret(settings, "x_client_secret"),
        linkedin_client_id=settings.linkedin_client_id,
        linkedin_client_secret=secret(settings, "linkedin_client_secret"),
        linkedin_version=settings.linkedin_version,
        x_api_url=settings.x_api_url,
        x_authorize_url=settings.x_authorize_url,
        linkedin_api_url=settings.linkedin_api_url,
        linkedin_oauth_url=settings.linkedin_oauth_url,
    )


def secret(settings: Settings, name: str) -> Secret:
    return Secret(getattr(settings, name).get_secret_value())


def sites_of(settings: Settings) -> frozenset[str]:
    """Where posts are shown besides the platforms' own hosts: a sandbox on this machine."""
    urls = (settings.x_authorize_url, settings.linkedin_oauth_url)
    return frozenset(httpx.URL(url).netloc.decode() for url in urls if is_loopback(url))
