"""The platforms we publish to, as an explicit list. A new platform is a folder and a line here."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import httpx

from domain.options import AskOptions
from domain.platforms import Platform
from domain.publishing import Reads, Window
from domain.secret import Secret
from publishers import meta
from publishers.contract import Connector, MediaStore, Publisher
from publishers.facebook import connect as facebook_connect
from publishers.facebook import errors as facebook_errors
from publishers.facebook import limits as facebook_limits
from publishers.facebook.publisher import FacebookPublisher
from publishers.http import Pause, Room, Wire
from publishers.instagram import api as instagram_api
from publishers.instagram import connect as instagram_connect
from publishers.instagram import errors as instagram_errors
from publishers.instagram import limits as instagram_limits
from publishers.instagram.publisher import InstagramPublisher
from publishers.linkedin import api as linkedin_api
from publishers.linkedin import errors as linkedin_errors
from publishers.linkedin import limits as linkedin_limits
from publishers.linkedin.connect import MEMBER_SCOPES, PAGE_SCOPES, LinkedInConnector
from publishers.linkedin.publisher import LinkedInPublisher
from publishers.meta import Graph
from publishers.oauth import Now, now_utc
from publishers.pictures import PublicUrl, no_url
from publishers.tiktok import api as tiktok_api
from publishers.tiktok import creator
from publishers.tiktok import errors as tiktok_errors
from publishers.tiktok import limits as tiktok_limits
from publishers.tiktok.connect import TikTokConnector
from publishers.tiktok.publisher import TikTokPublisher
from publishers.x import api as x_api
from publishers.x import errors as x_errors
from publishers.x import limits as x_limits
from publishers.x.connect import XConnector
from publishers.x.publisher import XPublisher
from publishers.youtube import api as youtube_api
from publishers.youtube import errors as youtube_errors
from publishers.youtube import limits as youtube_limits
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
    facebook_client_id: str = ""
    facebook_client_secret: Secret = field(default=Secret(""), repr=False)
    facebook_api_url: str = "https://graph.facebook.com/v26.0"
    facebook_authorize_url: str = "https://www.facebook.com/v26.0/dialog/oauth"
    tiktok_client_key: str = ""
    tiktok_client_secret: Secret = field(default=Secret(""), repr=False)
    tiktok_api_url: str = "https://open.tiktokapis.com"
    tiktok_authorize_url: str = "https://www.tiktok.com/v2/auth/authorize/"
    google_client_id: str = ""
    google_client_secret: Secret = field(default=Secret(""), repr=False)
    google_oauth_url: str = "https://accounts.google.com"
    """Google gives tokens at oauth2.googleapis.com; any other address is taken for both."""
    youtube_api_url: str = "https://www.googleapis.com"


Paced = tuple[Reads, Room] | None

READS: Mapping[Platform, Reads] = {
    Platform.X: x_limits.READS,
    Platform.LINKEDIN: linkedin_limits.READS,
    Platform.FACEBOOK: facebook_limits.READS,
    Platform.INSTAGRAM: instagram_limits.READS,
    Platform.TIKTOK: tiktok_limits.READS,
    Platform.YOUTUBE: youtube_limits.READS,
}
"""How often an account may be read."""

WINDOWS: Mapping[Platform, tuple[Window, ...]] = {
    Platform.X: x_limits.WINDOWS,
    Platform.LINKEDIN: linkedin_limits.WINDOWS,
    Platform.FACEBOOK: facebook_limits.WINDOWS,
    Platform.INSTAGRAM: instagram_limits.WINDOWS,
    Platform.TIKTOK: tiktok_limits.WINDOWS,
    Platform.YOUTUBE: youtube_limits.WINDOWS,
}
"""How much may be sent. A publisher has the same; this is for those who send nothing."""


@dataclass(frozen=True, slots=True)
class Registry:
    """What there is for each platform."""

    publishers: Mapping[Platform, Publisher]
    connectors: Mapping[Platform, Connector]
    options: Mapping[Platform, AskOptions] = field(default_factory=dict)
    """How to ask what an account leaves to choose from, where a platform tells."""


def build(
    settings: PlatformSettings,
    client: httpx.AsyncClient,
    media: MediaStore,
    *,
    now: Now = now_utc,
    pause: Pause = asyncio.sleep,
    public_url: PublicUrl = no_url,
    room: Room | None = None,
) -> Registry:
    """All platforms over one client of the process (`publishers.http.open_client`). Connects nowhere by itself.

    `public_url` names our own short-lived HTTPS address of a medium, for platforms that fetch. `room` counts how often
    an account is read.
    """
    reads = {platform: (limits, room) if room else None for platform, limits in READS.items()}
    x = _x_api(settings, client, now, pause, reads[Platform.X])
    linkedin = _linkedin_api(settings, client, now, pause, reads[Platform.LINKEDIN])
    facebook = _facebook_graph(settings, client, now, pause, reads[Platform.FACEBOOK])
    instagram = _instagram_api(settings, client, now, pause, reads[Platform.INSTAGRAM], public_url)
    tiktok = _tiktok_api(settings, client, now, pause, reads[Platform.TIKTOK])
    youtube = _youtube_api(settings, client, now, pause, reads[Platform.YOUTUBE])
    return Registry(
        publishers={
            Platform.X: XPublisher(x, media),
            Platform.LINKEDIN: LinkedInPublisher(linkedin, media),
            Platform.FACEBOOK: FacebookPublisher(facebook, media, settings.facebook_client_id),
            Platform.INSTAGRAM: InstagramPublisher(instagram, media),
            Platform.TIKTOK: TikTokPublisher(tiktok, media, public_url),
            Platform.YOUTUBE: YouTubePublisher(youtube, media),
        },
        options={Platform.TIKTOK: partial(creator.options, tiktok)},
        connectors=_connectors(
            settings, x, linkedin, facebook, instagram, tiktok, youtube, Wire(client, "Google", pause)
        ),
    )


def _connectors(
    settings: PlatformSettings,
    x: x_api.Api,
    linkedin: linkedin_api.Api,
    facebook: Graph,
    instagram: instagram_api.Api,
    tiktok: tiktok_api.Api,
    youtube: youtube_api.Api,
    google: Wire,
) -> dict[Platform, Connector]:
    scopes = MEMBER_SCOPES + (PAGE_SCOPES if settings.linkedin_pages else ())
    oauth = settings.linkedin_oauth_url.rstrip("/")
    return {
        Platform.X: XConnector(x, settings.x_authorize_url, settings.x_client_id, settings.x_client_secret),
        Platform.LINKEDIN: LinkedInConnector(
            linkedin, oauth, settings.linkedin_client_id, settings.linkedin_client_secret, scopes=scopes
        ),
        Platform.FACEBOOK: facebook_connect.connector(
            facebook, settings.facebook_authorize_url, settings.facebook_client_id, settings.facebook_client_secret
        ),
        Platform.INSTAGRAM: instagram_connect.connector(
            instagram.graph,
            settings.facebook_authorize_url,
            settings.facebook_client_id,
            settings.facebook_client_secret,
        ),
        Platform.TIKTOK: TikTokConnector(
            tiktok, settings.tiktok_authorize_url, settings.tiktok_client_key, settings.tiktok_client_secret
        ),
        Platform.YOUTUBE: YouTubeConnector(
            youtube,
            google,
            settings.google_oauth_url.rstrip("/"),
            settings.google_client_id,
            settings.google_client_secret,
        ),
    }


def _x_api(settings: PlatformSettings, client: httpx.AsyncClient, now: Now, pause: Pause, reads: Paced) -> x_api.Api:
    site = settings.x_authorize_url.removesuffix("/i/oauth2/authorize").rstrip("/")
    return x_api.Api(Wire(client, "X", pause, reads), settings.x_api_url.rstrip("/"), site, x_errors.refusals(now), now)


def _facebook_graph(
    settings: PlatformSettings, client: httpx.AsyncClient, now: Now, pause: Pause, reads: Paced
) -> meta.Graph:
    site = meta.site_of(settings.facebook_authorize_url)
    wire = Wire(client, "Facebook", pause, reads)
    return meta.Graph(wire, settings.facebook_api_url.rstrip("/"), site, facebook_errors.refusals(now), now)


def _instagram_api(
    settings: PlatformSettings, client: httpx.AsyncClient, now: Now, pause: Pause, reads: Paced, public_url: PublicUrl
) -> instagram_api.Api:
    """Instagram is spoken to through Facebook's Graph and login; people see it at a place of its own."""
    login = meta.site_of(settings.facebook_authorize_url)
    real = login == "https://www.facebook.com"
    site = "https://www.instagram.com" if real else f"{login.removesuffix('/facebook')}/instagram"
    base, table = settings.facebook_api_url.rstrip("/"), instagram_errors.at_container(now)
    graph = meta.Graph(Wire(client, "Instagram", pause, reads), base, site, table, now)
    return instagram_api.Api(graph, instagram_errors.at_publish(now), public_url)


def _linkedin_api(
    settings: PlatformSettings, client: httpx.AsyncClient, now: Now, pause: Pause, reads: Paced
) -> linkedin_api.Api:
    site = settings.linkedin_oauth_url.rstrip("/").removesuffix("/oauth/v2")
    return linkedin_api.Api(
        Wire(client, "LinkedIn", pause, reads),
        settings.linkedin_api_url.rstrip("/"),
        site,
        settings.linkedin_version,
        linkedin_errors.refusals(site, now),
        now,
    )


def _tiktok_api(
    settings: PlatformSettings, client: httpx.AsyncClient, now: Now, pause: Pause, reads: Paced
) -> tiktok_api.Api:
    site = settings.tiktok_authorize_url.partition("/v2/auth/authorize")[0].rstrip("/")
    base = settings.tiktok_api_url.rstrip("/")
    return tiktok_api.Api(Wire(client, "TikTok", pause, reads), base, site, tiktok_errors.refusals(now), now)


def _youtube_api(
    settings: PlatformSettings, client: httpx.AsyncClient, now: Now, pause: Pause, reads: Paced
) -> youtube_api.Api:
    base = settings.youtube_api_url.rstrip("/")
    site = "https://www.youtube.com" if base.endswith(".googleapis.com") else base
    return youtube_api.Api(Wire(client, "YouTube", pause, reads), base, site, youtube_errors.refusals(now), now)
