"""Where things are kept: the database and its logins, schema and keys; Redis; the media store; and whether work goes round."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC
from typing import Any

import psycopg
import redis.asyncio as redis_client
from obstore.exceptions import BaseError
from psycopg_pool import PoolTimeout

from app.doctor.findings import Finding, broken, good, note
from app.logins import url_of
from app.settings import HOW, Settings, SettingsUnusable
from app.startup import CannotStart, check, installation_of
from pipeline.pulse import STALLED_SECONDS
from storage.blobs import Media
from storage.due import beat_age
from storage.keys import Keyring, KeysUnusable
from storage.session import Database
from storage.vault import Vault

OLDEST_POSTGRESQL, OLDEST_REDIS = 16, (6, 2)
PATIENCE = 5
PROBE = b"amarktai doctor"


class Opened:
    """The database as this machine's processes see it, checked, with the vault over its keys."""

    def __init__(self, database: Database, vault: Vault, keyring: Keyring) -> None:
        self.database, self.vault, self.keyring = database, vault, keyring


async def databases(settings: Settings, keyring: Keyring | None) -> list[Finding]:
    """Log in as the owner and as the processes do. Nothing to say where the embedded servers would be used."""
    if settings.embedded:
        return []
    owner = settings.database_url.get_secret_value()
    found = []
    if owner:
        found.append(await _login("the owner (DATABASE_URL)", owner, "DATABASE_URL"))
    try:
        url = _process_url(settings, keyring)
    except (SettingsUnusable, KeysUnusable) as error:
        return [*found, broken("Database", f"No login for the processes: {error}", HOW["DATABASE_URL"])]
    found.append(await _login("the processes", url, "DATABASE_APP_URL"))
    return found


@asynccontextmanager
async def opened(settings: Settings, keyring: Keyring | None, found: list[Finding]) -> AsyncIterator[Opened | None]:
    """The database after the checks that every process makes at its start; None, and said why, when one fails."""
    if any(finding.is_broken for finding in found) or not _has_login(settings, keyring):
        yield None
        return
    database = Database(_process_url(settings, keyring), size=2)
    await database.open()
    try:
        yield await _checked(database, keyring, found)
    finally:
        await database.close()


async def _checked(database: Database, keyring: Keyring | None, found: list[Finding]) -> Opened | None:
    try:
        if keyring is None:
            installation = await installation_of(database)
        else:
            installation = await check(database, keyring, keyring.purposes())
    except CannotStart as error:
        found.append(broken("Database", str(error)))
        return None
    keys = "; the keys fit" if keyring else ""
    found.append(good("Database", f"The schema is at {installation.revision}{keys}"))
    if installation.restored:
        remedy = "Run `amarktai restore-accept` when no other copy of this database publishes."
        found.append(broken("Database", "It came back from a backup, so nothing is published", remedy))
    if installation.stopped_at:
        since = f"{installation.stopped_at.astimezone(UTC):%d %b %Y, %H:%M} UTC"
        remedy = "`amarktai resume` lets it go on."
        found.append(note("Database", f"Publishing is stopped for the whole system since {since}", remedy))
    return Opened(database, Vault(keyring), keyring) if keyring else None


def _has_login(settings: Settings, keyring: Keyring | None) -> bool:
    try:
        return bool(_process_url(settings, keyring))
    except (SettingsUnusable, KeysUnusable):
        return False


def _process_url(settings: Settings, keyring: Keyring | None) -> str:
    """Raises `SettingsUnusable`, `KeysUnusable` when there is none."""
    given = settings.database_app_url.get_secret_value()
    if given:
        return given
    return url_of("amarktai_worker", settings, keyring or Keyring(()))


async def _login(who: str, url: str, setting: str) -> Finding:
    try:
        async with await psycopg.AsyncConnection.connect(url, connect_timeout=PATIENCE, autocommit=True) as connection:
            cursor = await connection.execute("SELECT current_user, current_setting('server_version_num')::int")
            row = await cursor.fetchone()
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0]
        remedy = f"Check {setting} and that the server runs; `amarktai migrate` gives the logins their passwords."
        return broken("Database", f"No login for {who}: {reason}", remedy)
    login, version = row or ("?", 0)
    if version // 10_000 < OLDEST_POSTGRESQL:
        return broken("Database", f"PostgreSQL {version // 10_000} is too old", "Use PostgreSQL 16 or newer.")
    return good(
        "Database", f"{who} log{'s' if setting == 'DATABASE_URL' else ''} in as {login}, PostgreSQL {version // 10_000}"
    )


async def redis(settings: Settings) -> list[Finding]:
    """PING, the version, and whether hints could be thrown away."""
    url = settings.redis_url.get_secret_value()
    if settings.embedded:
        return []
    if not url:
        return [broken("Redis", "REDIS_URL is not set, although a database is", HOW["REDIS_URL"])]
    client = redis_client.Redis.from_url(url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE)
    try:
        await client.ping()
        server, memory = await client.info("server"), await client.info("memory")
    except (redis_client.RedisError, OSError, ValueError) as error:
        return [broken("Redis", f"Redis does not answer: {error}", f"REDIS_URL: {HOW['REDIS_URL']}")]
    finally:
        await client.aclose()
    return _redis_findings(server, str(memory.get("maxmemory_policy", "unknown")))


def _redis_findings(server: dict[str, Any], policy: str) -> list[Finding]:
    """Valkey tells its own version besides the Redis version whose commands it knows."""
    version = str(server.get("redis_version", "0"))
    name = f"Valkey {server['valkey_version']}" if "valkey_version" in server else f"Redis {version}"
    if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) < OLDEST_REDIS:
        return [broken("Redis", f"{name} is too old", f"REDIS_URL: {HOW['REDIS_URL']}")]
    if policy != "noeviction":
        remedy = "Set maxmemory-policy to noeviction: a hint that is thrown away costs seconds until the clock finds the row."
        return [note("Redis", f"{name} answers; its maxmemory-policy is {policy}", remedy)]
    return [good("Redis", f"{name} answers, maxmemory-policy noeviction")]


async def media(settings: Settings) -> list[Finding]:
    """Write a probe and read it back. The probe stays: it is named by its content and always the same."""
    where = settings.media_url or str(settings.amarktai_home / "media")
    if not settings.media_url and not settings.amarktai_home.exists():
        return [note("Media store", f"{where} does not exist yet; the first picture makes it")]
    try:
        store = Media.at(settings.media_url, settings.amarktai_home)
        await store.get(await store.put(PROBE))
    except (BaseError, OSError, ValueError) as error:
        remedy = (
            "MEDIA_URL names a bucket (s3://…) whose access stands in the environment, or is empty for a local folder."
        )
        return [broken("Media store", f"{where} does not take a picture: {str(error).splitlines()[0]}", remedy)]
    return [good("Media store", f"{where} takes and gives pictures")]


async def work(opened: Opened | None, *, asleep: bool) -> list[Finding]:
    """How long ago a heartbeat went through clock, queue, worker and database."""
    if opened is None:
        return []
    try:
        age = await beat_age(opened.database, "work")
    except (psycopg.Error, PoolTimeout) as error:
        return [broken("Work", f"The heartbeats cannot be read: {str(error).splitlines()[0]}")]
    start = "Start `amarktai worker` and `amarktai clock`, or everything with `amarktai up`."
    if age is None:
        return [note("Work", "Nothing went through clock, queue and worker yet", start)]
    if age <= STALLED_SECONDS:
        return [good("Work", f"A heartbeat went through clock, queue, worker and database {age:.0f} s ago")]
    what = f"The last heartbeat through clock, queue, worker and database is {_ago(age)} old"
    return [note("Work", f"{what}; nothing runs", start) if asleep else broken("Work", what, start)]


async def anchoring(opened: Opened | None) -> list[Finding]:
    """Whether the audit trail is anchored outside the database, once a worker has begun to."""
    if opened is None:
        return []
    try:
        age = await beat_age(opened.database, "turn: anchor the audit trail")
        running = await beat_age(opened.database, "work")
    except (psycopg.Error, PoolTimeout):  # `work` has said so
        return []
    if age is None or running is None or running > STALLED_SECONDS:
        return []
    if age <= STALLED_SECONDS:
        return [good("Audit trail", "Its heads are kept outside the database")]
    remedy = "The worker's log says why. ANCHOR_FILE must be a file that it can write, from which nobody takes lines."
    return [broken("Audit trail", "Its heads are not kept outside the database, though work goes on", remedy)]


def _ago(seconds: float) -> str:
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
