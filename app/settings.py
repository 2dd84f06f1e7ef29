"""Settings: read once from the environment and `.env`, frozen, and checked together: everything that is wrong is said at once."""

import ipaddress
import os
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from app.shapes import misshapen
from domain.budget import LARGEST
from domain.charges import UNITS
from domain.platforms import Platform

SAFE_SETTLE_SECONDS = 600.0
GOOGLE_CONSENT = "https://accounts.google.com"
ALWAYS_THERE = (Platform.X, Platform.LINKEDIN)
"""Platforms that are spoken to whether or not their client is entered: a missing client is no proof that nothing is sent."""

ENVIRONMENT_ONLY = "AMARKTAI_ENVIRONMENT_ONLY"
"""Set, `.env` is not read. A demonstration sets it for its processes, so that no real key reaches them."""

HOW: dict[str, str] = {
    "AMARKTAI_KEYS": "`amarktai keys new` prints one; keep it outside the database and its backups.",
    "AMARKTAI_BASE_URL": "the address under which people and Slack reach the web process, such as https://marketing.example.com.",
    "DATABASE_URL": "the owner's URL of a PostgreSQL 16 or newer (postgresql://…); only `amarktai migrate` uses it.",
    "DATABASE_APP_URL": "the URL with the login amarktai_web or amarktai_worker; leave it empty to have `migrate` derive it.",
    "REDIS_URL": "a Redis ≥ 6.2 or Valkey (redis://…) with maxmemory-policy noeviction.",
    "SLACK_CLIENT_ID": "api.slack.com/apps → your app → Basic Information → App Credentials.",
    "SLACK_CLIENT_SECRET": "api.slack.com/apps → your app → Basic Information → App Credentials.",
    "SLACK_SIGNING_SECRET": "api.slack.com/apps → your app → Basic Information → App Credentials.",
    "TELEGRAM_BOT_TOKEN": "talk to @BotFather in Telegram: /newbot.",
    "TELEGRAM_WEBHOOK_SECRET": "any 32 or more characters of A-Z a-z 0-9 _ -, such as `openssl rand -hex 32` prints.",
    "X_CLIENT_ID": "developer.x.com → your app → Keys and tokens → OAuth 2.0.",
    "X_CLIENT_SECRET": "developer.x.com → your app → Keys and tokens → OAuth 2.0.",
    "LINKEDIN_CLIENT_ID": "linkedin.com/developers/apps → your app → Auth.",
    "LINKEDIN_CLIENT_SECRET": "linkedin.com/developers/apps → your app → Auth.",
    "FACEBOOK_CLIENT_ID": "developers.facebook.com/apps → your app → App settings → Basic (Instagram uses the same app).",
    "FACEBOOK_CLIENT_SECRET": "developers.facebook.com/apps → your app → App settings → Basic.",
    "TIKTOK_CLIENT_KEY": "developers.tiktok.com → Manage apps → your app → Credentials.",
    "TIKTOK_CLIENT_SECRET": "developers.tiktok.com → Manage apps → your app → Credentials.",
    "GOOGLE_CLIENT_ID": "console.cloud.google.com → APIs & Services → Credentials → OAuth client of the kind Web application.",
    "GOOGLE_CLIENT_SECRET": "console.cloud.google.com → APIs & Services → Credentials → OAuth client of the kind Web application.",
}
"""How to get what is missing."""


class SettingsUnusable(Exception):
    """Something is missing or wrong. `problems` are sentences, each with its remedy."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """One field an environment variable. Empty means not configured."""

    model_config = SettingsConfigDict(env_file=".env", frozen=True, extra="ignore", env_ignore_empty=True)

    amarktai_home: Path = Path(".amarktai")
    amarktai_base_url: str = ""
    amarktai_keys: SecretStr = SecretStr("")
    database_url: SecretStr = SecretStr("")
    database_app_url: SecretStr = SecretStr("")
    redis_url: SecretStr = SecretStr("")
    media_url: str = ""
    metrics_token: SecretStr = SecretStr("")
    anchor_file: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    research_allow_origin: str = ""
    settle_seconds: float = Field(default=SAFE_SETTLE_SECONDS, gt=0)
    grace_minutes: float = Field(default=120.0, gt=0)
    slot_lead_seconds: float = Field(default=1800.0, ge=0)
    slot_spacing_seconds: float = Field(default=900.0, ge=0)
    measure_pace: float = Field(default=1.0, gt=0, le=1)

    slack_api_url: str = "https://slack.com/api/"
    slack_authorize_url: str = "https://slack.com/oauth/v2/authorize"
    slack_client_id: str = ""
    slack_client_secret: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_bot_token: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")

    telegram_api_url: str = "https://api.telegram.org"
    telegram_bot_token: SecretStr = SecretStr("")
    telegram_webhook_secret: SecretStr = SecretStr("")

    x_api_url: str = "https://api.x.com"
    x_authorize_url: str = "https://x.com/i/oauth2/authorize"
    x_client_id: str = ""
    x_client_secret: SecretStr = SecretStr("")
    x_budget: Decimal | None = Field(default=None, ge=0, le=LARGEST)

    linkedin_api_url: str = "https://api.linkedin.com"
    linkedin_oauth_url: str = "https://www.linkedin.com/oauth/v2"
    linkedin_client_id: str = ""
    linkedin_client_secret: SecretStr = SecretStr("")
    linkedin_pages: bool = True
    linkedin_version: str = Field(default="202609", pattern=r"^20\d{4}$")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        files = () if os.environ.get(ENVIRONMENT_ONLY) else (dotenv_settings,)
        return (init_settings, env_settings, *files)

    facebook_api_url: str = "https://graph.facebook.com/v26.0"
    facebook_authorize_url: str = "https://www.facebook.com/v26.0/dialog/oauth"
    facebook_client_id: str = ""
    facebook_client_secret: SecretStr = SecretStr("")

    tiktok_api_url: str = "https://open.tiktokapis.com"
    tiktok_authorize_url: str = "https://www.tiktok.com/v2/auth/authorize/"
    tiktok_client_key: str = ""
    tiktok_client_secret: SecretStr = SecretStr("")

    youtube_api_url: str = "https://www.googleapis.com"
    google_oauth_url: str = ""
    google_client_id: str = ""
    google_client_secret: SecretStr = SecretStr("")
    youtube_units_a_day: int = Field(default=UNITS[Platform.YOUTUBE].a_day, gt=0)

    @property
    def anchors(self) -> Path:
        """The file in which the audit trail is anchored."""
        return Path(self.anchor_file) if self.anchor_file else self.amarktai_home / "anchors" / "audit.anchors"

    @property
    def has_slack(self) -> bool:
        return bool(self.slack_signing_secret.get_secret_value() or self.slack_app_token.get_secret_value())

    @property
    def adds_slack(self) -> bool:
        """Whether people can add Slack workspaces by a link, not only the one whose bot token is configured."""
        return self.has_slack and bool(self.slack_client_id)

    @property
    def has_telegram(self) -> bool:
        return bool(self.telegram_bot_token.get_secret_value())

    @property
    def embedded(self) -> bool:
        """No database and no Redis named: ours from wheels are used."""
        return not (self.database_url or self.database_app_url or self.redis_url)


GROUPS: dict[str, tuple[str, ...]] = {
    "Slack": ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET"),
    "X": ("X_CLIENT_ID", "X_CLIENT_SECRET"),
    "LinkedIn": ("LINKEDIN_CLIENT_ID", "LINKEDIN_CLIENT_SECRET"),
    "Facebook": ("FACEBOOK_CLIENT_ID", "FACEBOOK_CLIENT_SECRET"),
    "TikTok": ("TIKTOK_CLIENT_KEY", "TIKTOK_CLIENT_SECRET"),
    "YouTube": ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"),
}
"""What is only of use together: some of it without the rest is a mistake."""


def load(*, needs: tuple[str, ...] = ()) -> Settings:
    """The settings of this process. `needs` names what it cannot start without. Raises `SettingsUnusable` with all that is wrong."""
    settings, problems = read()
    problems += [
        f"{name} is missing: {HOW.get(name, 'see .env.example.')}" for name in needs if not _text(settings, name)
    ]
    problems += _incomplete_groups(settings) + _unsafe(settings)
    if problems:
        raise SettingsUnusable(problems)
    return settings


def is_loopback(url: str) -> bool:
    """Whether an address leads to this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a platform is, and whether this installation may go there: `client` is empty until the operator entered it."""

    api_url: str
    consent_url: str
    client: str
    setting: str
    """The setting of `client`."""


def places(settings: Settings) -> dict[Platform, Place]:
    """Every platform. Instagram is reached through Facebook's app."""
    s = settings
    meta = Place(s.facebook_api_url, s.facebook_authorize_url, s.facebook_client_id, "FACEBOOK_CLIENT_ID")
    return {
        Platform.X: Place(s.x_api_url, s.x_authorize_url, s.x_client_id, "X_CLIENT_ID"),
        Platform.LINKEDIN: Place(s.linkedin_api_url, s.linkedin_oauth_url, s.linkedin_client_id, "LINKEDIN_CLIENT_ID"),
        Platform.FACEBOOK: meta,
        Platform.INSTAGRAM: meta,
        Platform.TIKTOK: Place(s.tiktok_api_url, s.tiktok_authorize_url, s.tiktok_client_key, "TIKTOK_CLIENT_KEY"),
        Platform.YOUTUBE: Place(
            s.youtube_api_url, s.google_oauth_url or GOOGLE_CONSENT, s.google_client_id, "GOOGLE_CLIENT_ID"
        ),
    }


def platform_urls(settings: Settings) -> tuple[str, ...]:
    """The addresses that posts are sent to."""
    known = places(settings)
    reached = {one.api_url: None for platform, one in known.items() if one.client or platform in ALWAYS_THERE}
    return tuple(reached)


def read() -> tuple[Settings, list[str]]:
    """The settings, and what is wrong with single values; those stand at their defaults, so that the rest can be judged too."""
    problems: list[str] = []
    try:
        settings = Settings()
    except ValidationError as error:
        faults = error.errors()
        problems = [_bad_value(fault) for fault in faults]
        settings = Settings(**_defaults(str(fault["loc"][0]).lower() for fault in faults))
    wrong = misshapen({name.upper(): _text(settings, name) for name in Settings.model_fields})
    problems += [f"{why[:-1]}: {HOW[name]}" if name in HOW else why for name, why in wrong.items()]
    return settings.model_copy(update=_defaults(name.lower() for name in wrong)), problems


def _defaults(names: Iterable[str]) -> dict[str, Any]:
    return {name: Settings.model_fields[name].default for name in names}


def _text(settings: Settings, name: str) -> str:
    value = getattr(settings, name.lower())
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _bad_value(fault: Any) -> str:
    name = str(fault["loc"][0]).upper()
    return f"{name}: {fault['msg'][:1].lower()}{fault['msg'][1:]}. {HOW.get(name, 'See .env.example.')}"


def _incomplete_groups(settings: Settings) -> list[str]:
    problems = []
    for group, names in GROUPS.items():
        missing = [name for name in names if not _text(settings, name)]
        if missing and len(missing) < len(names) and not (group == "Slack" and _text(settings, "SLACK_APP_TOKEN")):
            problems += [f"{name} is missing, the rest of {group} is there: {HOW[name]}" for name in missing]
    if settings.has_telegram and not _text(settings, "TELEGRAM_WEBHOOK_SECRET"):
        problems.append(f"TELEGRAM_WEBHOOK_SECRET is missing: {HOW['TELEGRAM_WEBHOOK_SECRET']}")
    return problems


def _unsafe(settings: Settings) -> list[str]:
    """A lost answer is cleared up after the settle time; real platforms need the whole of it."""
    far = [url for url in platform_urls(settings) if not is_loopback(url)]
    if settings.settle_seconds < SAFE_SETTLE_SECONDS and far:
        return [
            f"SETTLE_SECONDS is {settings.settle_seconds:g}, but posts go to {far[0]}: real platforms need at least "
            f"{SAFE_SETTLE_SECONDS:g}, or a post may go out twice. Remove the setting."
        ]
    return []
