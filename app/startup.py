"""What every process checks before it works: the schema fits, the keys open what is sealed. One clear sentence otherwise."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, OperationalError, errors
from psycopg_pool import PoolTimeout

from migrations import CODE_VERSION, REVISIONS
from storage.keys import Keyring, KeysUnusable, Purpose, key_check
from storage.session import Database


class CannotStart(Exception):
    """The process must not run like this. The text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What the database says about itself."""

    environment_id: UUID
    min_code: int
    key_checks: dict[str, str]
    restored: bool
    stopped_at: datetime | None
    revision: str | None


async def open_checked(url: str, size: int, keyring: Keyring, purposes: frozenset[Purpose]) -> Database:
    """An open pool of connections on a database that this process may work with. Raises `CannotStart`, and nothing stays open."""
    await _reach(url)
    database = Database(url, size=size)
    await database.open()
    try:
        await check(database, keyring, purposes)
    except BaseException:
        await database.close()
        raise
    return database


async def _reach(url: str) -> None:
    """Connect once, as a pool would go on trying for ten seconds where nobody listens and then not say why."""
    try:
        connection = await AsyncConnection.connect(url, connect_timeout=10)
    except OperationalError as error:
        raise _silent(error) from None
    await connection.close()


def _silent(error: Exception) -> CannotStart:
    reason = str(error).strip().splitlines()[0]
    return CannotStart(f"The database does not answer ({reason}): check DATABASE_APP_URL and that the server runs.")


async def check(database: Database, keyring: Keyring, purposes: frozenset[Purpose]) -> Installation:
    """Refuse to start on an old or too new schema and with missing or wrong keys. Raises `CannotStart`."""
    installation = await installation_of(database)
    if installation.min_code > CODE_VERSION:
        raise CannotStart(
            f"The database wants code version {installation.min_code} or newer and this is {CODE_VERSION}: deploy the newer version."
        )
    # Revisions are numbered: one that we do not know is newer when its number is, and `min_code` says whether we may go on.
    if installation.revision is None or installation.revision < REVISIONS[-1]:
        raise CannotStart(
            f"The schema is at {installation.revision or 'nothing'} and this code needs {REVISIONS[-1]}: run `amarktai migrate`."
        )
    for key in keyring.keys:
        recorded = installation.key_checks.get(key.id)
        if recorded is not None and recorded != key_check(key, installation.environment_id):
            raise CannotStart(
                f"The key {key.id} in AMARKTAI_KEYS is not the one this database knows under that name: restore the right one."
            )
    await _check_sealed(database, keyring, purposes)
    return installation


async def installation_of(database: Database) -> Installation:
    """Read the installation's row. Raises `CannotStart` when there is no schema or no database."""
    try:
        async with database.transaction() as tx:
            rows: list[dict[str, Any]] = await tx.dicts(_INSTALLATION)
    except (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedFunction, errors.InsufficientPrivilege):
        raise CannotStart("The database has no schema of ours yet: run `amarktai migrate`.") from None
    except (OperationalError, PoolTimeout) as error:
        raise _silent(error) from None
    if not rows:
        raise CannotStart("The database's schema is incomplete: run `amarktai migrate`.")
    return Installation(**rows[0])


async def _check_sealed(database: Database, keyring: Keyring, purposes: frozenset[Purpose]) -> None:
    """Every key that secrets stand under must be here, for the purposes of this process."""
    for purpose in purposes:
        try:
            keyring.newest(purpose)
        except KeysUnusable as error:
            raise CannotStart(str(error)) from None
    async with database.transaction() as tx:
        rows = await tx.dicts("SELECT key_id, purpose, secrets FROM door_keys()")
    for row in rows:
        if row["purpose"] in purposes and keyring.named(row["key_id"]) is None:
            raise CannotStart(
                f"{row['secrets']} secrets are sealed under the key {row['key_id']}, which AMARKTAI_KEYS does not hold: add it again; "
                "`amarktai keys rotate` moves them to the newest key."
            )


_INSTALLATION = """
SELECT environment_id, min_code, key_checks, is_copy() AS restored, stopped_at,
    (SELECT version_num FROM alembic_version) AS revision
FROM installation
"""
