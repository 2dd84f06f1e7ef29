"""What the processes' wiring shares: settings turned into the values that steps and edges take."""

import os
import socket
from collections.abc import Awaitable, Callable

import httpx

from app.settings import GOOGLE_CONSENT, Settings, is_loopback, places
from bot.answers import Offers
from bot.slack.client import SlackSettings
from bot.telegram.client import TelegramSettings
from domain.budget import Budgets
from domain.charges import Quotas
from domain.payload import Payload
from domain.platforms import Platform
from domain.secret import Secret
from domain.slots import Soon
from pipeline.media_links import MediaLinks, is_reachable
from publishers.registry import PlatformSettings, Registry
from storage.vault import Vault

Closer = Callable[[], Awaitable[None]]
"""Closes something that a process holds open."""


def slack_settings(settings: Settings) -> SlackSettings:
    return SlackSettings(
        api_url=settings.slack_api_url,
        authorize_url=settings.slack_authorize_url,
        client_id=settings.slack_client_id,
        client_secret=secret(settings, "slack_client_secret"),
        signing_secret=secret(settings, "slack_signing_secret"),
        base_url=settings.amarktai_base_url,
        bot_token=secret(settings, "slack_bot_token"),
        app_token=secret(settings, "slack_app_token"),
    )


def telegram_settings(settings: Settings) -> TelegramSettings:
    return TelegramSettings(
        settings.telegram_api_url,
        secret(settings, "telegram_bot_token"),
        secret(settings, "telegram_webhook_secret"),
        settings.amarktai_base_url,
    )


def configured(settings: Settings) -> Callable[[Platform], bool]:
    """Whether the operator has entered a platform's client."""
    known = places(settings)
    return lambda platform: bool(known[platform].client)


def offers_of(settings: Settings) -> Offers:
    """What people can be offered here."""
    known = places(settings)
    return Offers(tuple(platform for platform in Platform if known[platform].client), settings.adds_slack)


def worker_name() -> str:
    """Names this process in leases: host, process id, and random digits against a process id that comes again."""
    return f"{socket.gethostname()}:{os.getpid()}:{os.urandom(3).hex()}"


def soon_of(settings: Settings) -> Soon:
    return Soon(settings.slot_lead_seconds, settings.slot_spacing_seconds)


def budgets_of(settings: Settings) -> Budgets:
    """What all workspaces together may spend a month."""
    return {Platform.X: settings.x_budget} if settings.x_budget is not None else {}


def quotas_of(settings: Settings) -> Quotas:
    """How many units of their quotas our applications have a day."""
    return {Platform.YOUTUBE: settings.youtube_units_a_day}


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
        linkedin_pages=settings.linkedin_pages,
        x_api_url=settings.x_api_url,
        x_authorize_url=settings.x_authorize_url,
        linkedin_api_url=settings.linkedin_api_url,
        linkedin_oauth_url=settings.linkedin_oauth_url,
        facebook_client_id=settings.facebook_client_id,
        facebook_client_secret=secret(settings, "facebook_client_secret"),
        facebook_api_url=settings.facebook_api_url,
        facebook_authorize_url=settings.facebook_authorize_url,
        tiktok_client_key=settings.tiktok_client_key,
        tiktok_client_secret=secret(settings, "tiktok_client_secret"),
        tiktok_api_url=settings.tiktok_api_url,
        tiktok_authorize_url=settings.tiktok_authorize_url,
        google_client_id=settings.google_client_id,
        google_client_secret=secret(settings, "google_client_secret"),
        google_oauth_url=settings.google_oauth_url or GOOGLE_CONSENT,
        youtube_api_url=settings.youtube_api_url,
    )


def metrics_token(settings: Settings) -> Secret | None:
    """What a monitoring system sends to read the figures; None: it runs on this machine."""
    return secret(settings, "metrics_token") if settings.metrics_token.get_secret_value() else None


def media_links(settings: Settings, vault: Vault) -> MediaLinks:
    """Addresses of media, for platforms only if they can reach us there."""
    base = settings.amarktai_base_url
    return MediaLinks(vault, base, is_reachable(base, settings.facebook_api_url))


def secret(settings: Settings, name: str) -> Secret:
    return Secret(getattr(settings, name).get_secret_value())


def sites_of(settings: Settings) -> frozenset[str]:
    """Where posts are shown besides the platforms' own hosts: a sandbox on this machine."""
    urls = [place.consent_url for place in places(settings).values()]
    return frozenset(httpx.URL(url).netloc.decode() for url in urls if is_loopback(url))
