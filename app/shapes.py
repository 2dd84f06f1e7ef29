"""What a setting's value has to look like: a slip of the pen is said at the start, not by whatever meets it first."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

_WEB = ("https", "http")
_POSTGRESQL = ("postgresql", "postgres")
SCHEMES: dict[str, tuple[str, ...]] = {
    "DATABASE_URL": _POSTGRESQL,
    "DATABASE_APP_URL": _POSTGRESQL,
    "REDIS_URL": ("redis", "rediss", "unix"),
    "MEDIA_URL": ("s3", "gs", "az", "abfs", "abfss", "file", "https", "http"),
    "AMARKTAI_BASE_URL": _WEB,
    "RESEARCH_ALLOW_ORIGIN": _WEB,
}
"""How an address may begin; every other …_URL is a web address."""

FORMS: dict[str, tuple[re.Pattern[str], str]] = {
    "SLACK_APP_TOKEN": (re.compile(r"xapp-\S+"), "an app-level token begins with xapp-."),
    "SLACK_BOT_TOKEN": (re.compile(r"xoxb-\S+"), "a bot token begins with xoxb-."),
    "TELEGRAM_BOT_TOKEN": (
        re.compile(r"\d+:\S+"),
        "a token is a number, a colon and a secret, as @BotFather gives it.",
    ),
    "METRICS_TOKEN": (re.compile(r"[!-~]{16,256}"), "it takes 16 to 256 characters without spaces or umlauts."),
    "TELEGRAM_WEBHOOK_SECRET": (
        re.compile(r"[A-Za-z0-9_-]{1,256}"),
        "Telegram takes 1 to 256 of the characters A-Z a-z 0-9 _ - and no others.",
    ),
}
_WITHOUT_HOST = ("unix", "file")


def misshapen(values: Mapping[str, str]) -> dict[str, str]:
    """A sentence for each value that cannot be right, by name; it never quotes the value, which may be a secret."""
    found: dict[str, str] = {}
    for name, value in values.items():
        if value and (why := _why(name, value)):
            found[name] = why
    return found


def _why(name: str, value: str) -> str | None:
    if name in FORMS:
        form, sentence = FORMS[name]
        return None if form.fullmatch(value) else f"{name} has the wrong form: {sentence}"
    if name in SCHEMES or name.endswith("_URL"):
        schemes = SCHEMES.get(name, _WEB)
        if not _is_address(value, schemes):
            return f"{name} is no address that begins with {' or '.join(f'{one}://' for one in schemes)}."
    return None


def _is_address(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - reading it raises ValueError for a port that is no number
    except ValueError:
        return False
    return parts.scheme in schemes and (bool(parts.hostname) or parts.scheme in _WITHOUT_HOST or "host=" in parts.query)
