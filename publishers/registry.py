"""The platforms we publish to, as an explicit list. A new platform is a folder and a line here."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from domain.platforms import Platform
from domain.secret import Secret
from publishers.contract import Connector, MediaStore, Publisher
from publishers.http import Pause, Wire
from publishers.linkedin import api as linkedin_api
from publishers.linkedin import errors as linkedin_errors
from publishers.linkedin.connect import MEMBER_SCOPES, PAGE_SCOPES, LinkedInConnector
from publishers.linkedin.publisher import LinkedInPublisher
from publishers.oauth import Now, now_utc
from publishers.x import api as x_api
from publishers.x import errors as x_errors
from publishers.x.connect import XConnector
from publishers.x.publisher import XPublisher
from publishers.youtube import api as youtube_api
from publishers.youtube import errors as youtube_errors
from publishers.youtube.connect import YouTubeConnector
from publishers.youtube.publisher import YouTubePublisher


@dataclass(frozen=True, slots=True)
class PlatformSettings:
    """Where the platforms are and who we are there. The defaults are the real ones."""

    x_client_id: str
    x_client_secret: Secret = field(repr=False)
    linkedin_client_id: str
    linkedin_client_secret: Secret = field(repr=False)
    linkedin_version: str = "202609"
    linkedin_pages: bool = True
    """Whether the application has LinkedIn's Community Management API; without it only members can be connected."""
    x_api_url: str = "https://api.x.com"
    x_authorize_url: str = "https://x.com/i/oauth2/authorize"
    linkedin_api_url: str = "https://api.linkedin.com"
    linkedin_oauth_url: str = "https://www.linkedin.com/oauth/v2"
    google_client_id: str = ""
    google_client_secret: Secret = field(default=Secret(""), repr=False)
    google_oauth_url: str = "https://accounts.google.com"
    """Google gives tokens at oauth2.googleapis.com; any other address is taken for both."""
    youtube_api_url: str = "https://www.googleapis.com"


@dataclass(frozen=True, slots=True)
class Registry:
    """What there is for each platform."""

    publishers: Mapping[Platform, Publisher]
    connectors: Mapping[Platform, Connector]


def build(
    settings: PlatformSettings,
    client: httpx.AsyncClient,
    media: MediaStore,
    *,
    now: Now = now_utc,
    pause: Pause = asyncio.sleep,
) -> Registry:
    """All platforms over one client of the process (`publishers.http.open_client`). Connects nowhere by itself."""
    x = _x_api(settings, client, now, pause)
    linkedin = _linkedin_api(settings, client, now, pause)
    youtube = _youtube_api(settings, client, now, pause)
    google = Wire(client, "Google", pause)
    scopes = MEMBER_SCOPES + (PAGE_SCOPES if settings.linkedin_pages else ())
    oauth = settings.linkedin_oauth_url.rstrip("/")
    return Registry(
        publishers={
            Platform.X: XPublisher(x, media),
            Platform.LINKEDIN: LinkedInPublisher(linkedin, media),
            Platform.YOUTUBE: YouTubePublisher(youtube, media),
        },
        connectors={
            Platform.X: XConnector(x, settings.x_authorize_url, settings.x_client_id, settings.x_client_secret),
            Platform.LINKEDIN: LinkedInConnector(
                linkedin, oauth, settings.linkedin_client_id, settings.linkedin_client_secret, scopes=scopes
            ),
            Platform.YOUTUBE: YouTubeConnector(
                youtube,
                google,
                settings.google_oauth_url.rstrip("/"),
                settings.google_client_id,
                settings.google_client_secret,
            ),
        },
    )


def _x_api(settings: PlatformSettings, client: httpx.AsyncClient, now: Now, pause: Pause) -> x_api.Api:
    site = settings.x_authorize_url.removesuffix("/i/oauth2/authorize").rstrip("/")
    return x_api.Api(Wire(client, "X", pause), settings.x_api_url.rstrip("/"), site, x_errors.refusals(now), now)


def _linkedin_api(settings: PlatformSettings, client: httpx.AsyncClient, now: Now, pause: Pause) -> linkedin_api.Api:
    site = settings.linkedin_oauth_url.rstrip("/").removesuffix("/oauth/v2")
    return linkedin_api.Api(
        Wire(client, "LinkedIn", pause),
        settings.linkedin_api_url.rstrip("/"),
        site,
        settings.linkedin_version,
        linkedin_errors.refusals(site, now),
        now,
    )


def _youtube_api(settings: PlatformSettings, client: httpx.AsyncClient, now: Now, pause: Pause) -> youtube_api.Api:
    base = settings.youtube_api_url.rstrip("/")
    site = "https://www.youtube.com" if base.endswith(".googleapis.com") else base
    return youtube_api.Api(Wire(client, "YouTube", pause), base, site, youtube_errors.refusals(now), now)
