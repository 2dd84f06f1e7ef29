"""`amarktai doctor`: says what is configured, what is missing and how to get it, and tries each connection, in words."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from urllib.parse import urlsplit

from pydantic import SecretStr

from app.doctor.accounts import accounts
from app.doctor.chats import slack, telegram
from app.doctor.findings import Finding, broken, good, note, print_report
from app.doctor.platforms import budgets, platforms
from app.doctor.stores import anchoring, databases, media, opened, redis, work
from app.embedded import AlreadyRunning, Embedded, EmbeddedError, Servers
from app.embedded.credentials import Credentials
from app.settings import HOW, Settings, SettingsUnusable, is_loopback, load, read
from storage.keys import Keyring, KeysUnusable

MISSING_EMBEDDED = "Embedded PostgreSQL and Valkey: none in {home} yet"
START = "`make demo` or `amarktai up` makes them; to use your own, set DATABASE_URL and REDIS_URL."


async def examine() -> int:
    """Print a report. Returns the exit code: 0 when nothing is broken (what is not configured is not broken), else 1."""
    # Pools and clients log every failed try; the report says the same once, in words.
    logging.disable(logging.ERROR)
    try:
        found, secrets = await _examined()
    finally:
        logging.disable(logging.NOTSET)
    print_report(found, secrets)
    return 1 if any(finding.is_broken for finding in found) else 0


async def _examined() -> tuple[list[Finding], list[str]]:
    """What was found, and the texts that must not be printed."""
    settings, wrong = read()
    secrets = _secrets_of(settings)
    if wrong:
        return [broken("Settings", problem) for problem in _problems()], secrets
    found = _settings(settings)
    with _with_servers(settings, found) as (known, asleep):
        secrets += _secrets_of(known)
        found += await _connections(known, asleep=asleep)
    return found, secrets


async def _connections(settings: Settings, *, asleep: bool) -> list[Finding]:
    """Try each connection. The order of the report does not depend on who answers first."""
    keyring = _keyring(settings)
    found = await databases(settings, keyring)
    async with opened(settings, keyring, found) as database:
        parts = await asyncio.gather(
            redis(settings),
            media(settings),
            work(database, asleep=asleep),
            anchoring(database),
            slack(settings, database),
            telegram(settings),
            platforms(settings),
            accounts(database),
            budgets(settings, database),
        )
    return [*found, *(finding for part in parts for finding in part)]


def _secrets_of(settings: Settings) -> list[str]:
    """Every secret value, and the passwords inside addresses: an error may quote either."""
    texts = [value.get_secret_value() for _, value in settings if isinstance(value, SecretStr)]
    return texts + [password for text in texts if "://" in text and (password := urlsplit(text).password)]


def _problems() -> list[str]:
    try:
        load()
    except SettingsUnusable as error:
        return error.problems
    return []


def _keyring(settings: Settings) -> Keyring | None:
    """None when the keys are missing or malformed; `_settings` has said so."""
    try:
        return Keyring.parse(settings.amarktai_keys.get_secret_value()) if settings.amarktai_keys else None
    except KeysUnusable:
        return None


def _settings(settings: Settings) -> list[Finding]:
    found = [broken("Settings", problem) for problem in _problems()]
    found.append(_keys(settings))
    base = settings.amarktai_base_url
    if not base:
        found.append(note("Settings", "AMARKTAI_BASE_URL is missing", HOW["AMARKTAI_BASE_URL"]))
    elif not base.startswith("https://") and not is_loopback(base):
        remedy = "Slack and Telegram deliver to https addresses only; put TLS in front and name that address."
        found.append(note("Settings", f"AMARKTAI_BASE_URL is {base}, without TLS", remedy))
    else:
        found.append(good("Settings", f"People reach us at {base}"))
    if settings.research_allow_origin:
        remedy = "This is meant for a demonstration; remove RESEARCH_ALLOW_ORIGIN elsewhere."
        found.append(
            note("Settings", f"Pages at {settings.research_allow_origin} may be read although private", remedy)
        )
    return found


def _keys(settings: Settings) -> Finding:
    if not settings.amarktai_keys:
        return note("Settings", "AMARKTAI_KEYS is missing", HOW["AMARKTAI_KEYS"])
    try:
        keys = Keyring.parse(settings.amarktai_keys.get_secret_value()).keys
    except KeysUnusable as error:
        return broken("Settings", str(error), HOW["AMARKTAI_KEYS"])
    return good("Settings", "Master keys: " + ", ".join(f"{key.id} ({key.purpose})" for key in keys))


@contextlib.contextmanager
def _with_servers(settings: Settings, found: list[Finding]) -> Iterator[tuple[Settings, bool]]:
    """The settings with the embedded servers' addresses where those are used; whether they sleep unless we look.

    A home without servers stays without: looking must not make any.
    """
    if not settings.embedded:
        yield settings, False
        return
    home = settings.amarktai_home
    known = Credentials.read(home)
    if known is None:
        found.append(note("Embedded servers", MISSING_EMBEDDED.format(home=home), START))
        yield settings, True
        return
    embedded = Embedded(home, say=lambda _: None)
    try:
        servers: Servers | Credentials = embedded.start()
    except AlreadyRunning:
        servers, asleep = known, False
    except EmbeddedError as error:
        found.append(broken("Embedded servers", str(error)))
        yield settings, True
        return
    else:
        asleep = True
    state = "started for this look" if asleep else "they run"
    found.append(good("Embedded servers", f"PostgreSQL and Valkey of {home}: {state}"))
    try:
        urls = {"database_url": SecretStr(servers.database_url), "redis_url": SecretStr(servers.redis_url)}
        yield settings.model_copy(update=urls), asleep
    finally:
        embedded.stop()
