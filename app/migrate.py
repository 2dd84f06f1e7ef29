"""`amarktai migrate`: bring the schema up, give the logins their passwords, and record which keys belong to this database."""

from typing import cast
from uuid import UUID

import psycopg
from alembic.util.exc import CommandError
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy.exc import OperationalError

import migrations
from app.logins import LOGINS, password_of
from app.settings import Settings
from app.startup import CannotStart
from storage.keys import Keyring, key_check

Connection = psycopg.Connection[tuple[object, ...]]


def migrate(settings: Settings, keyring: Keyring) -> str:
    """Blocking; safe to run twice and at once. Returns a sentence about what was done. Raises `CannotStart`."""
    url = settings.database_url.get_secret_value()
    try:
        migrations.upgrade(url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(hashtext('amarktai migrate'))")
            checks = _checked(connection, keyring)
            if not settings.database_app_url.get_secret_value():
                _set_passwords(connection, keyring)
            connection.execute(_NOTED, (Jsonb(checks),))
    except OperationalError as error:
        raise _silent(str(error.orig)) from None
    except psycopg.OperationalError as error:
        raise _silent(str(error)) from None
    except CommandError:
        raise CannotStart(
            f"The schema is newer than this code, which knows it up to {migrations.REVISIONS[-1]}: migrate with the newer version."
        ) from None
    return f"The schema is at {migrations.REVISIONS[-1]}."


def _silent(words: str) -> CannotStart:
    reason = (words.strip() or "no answer").splitlines()[0]
    return CannotStart(f"The database does not answer ({reason}): check DATABASE_URL and that the server runs.")


def _set_passwords(connection: Connection, keyring: Keyring) -> None:
    """The server is told what it stores, not the password: a log of statements gives nothing away."""
    for login in LOGINS:
        password = password_of(login, keyring).encode()
        stored = connection.pgconn.encrypt_password(password, login.encode(), b"scram-sha-256").decode()
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(login), sql.Literal(stored)))


def _checked(connection: Connection, keyring: Keyring) -> dict[str, str]:
    """What is to be recorded of our keys. Raises `CannotStart` when they are not those of this database."""
    row = connection.execute("SELECT environment_id, key_checks FROM installation").fetchone()
    if row is None:
        raise CannotStart("The schema is incomplete: its installation row is missing.")
    environment, known = cast(tuple[UUID, dict[str, str]], row)
    checks = {key.id: key_check(key, environment) for key in keyring.keys}
    for name, check in checks.items():
        if known.get(name, check) != check:
            raise CannotStart(
                f"The key {name} in AMARKTAI_KEYS is not the one this database knows under that name: restore the right one."
            )
    if known and not checks.keys() & known.keys():
        raise CannotStart(
            "This database knows none of the keys in AMARKTAI_KEYS, so nothing was changed: put new keys before the old ones, "
            "not in their place."
        )
    return checks


# A place that is noted stays: a copy must not make itself at home by migrating.
_NOTED = "UPDATE installation SET key_checks = key_checks || %s, place = coalesce(place, database_place())"
