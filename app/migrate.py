"""`amarktai migrate`: bring the schema up, give the logins their passwords, and record which keys belong to this database."""

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

import migrations
from app.logins import LOGINS, password_of
from app.settings import Settings
from app.startup import CannotStart
from storage.vault import Keyring, key_check


def migrate(settings: Settings, keyring: Keyring) -> str:
    """Blocking; safe to run twice and at once. Returns a sentence about what was done. Raises `CannotStart`."""
    url = settings.database_url.get_secret_value()
    try:
        migrations.upgrade(url)
        with psycopg.connect(url, autocommit=True) as connection:
            if not settings.database_app_url.get_secret_value():
                _set_passwords(connection, keyring)
            _record_keys(connection, keyring)
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise CannotStart(
            f"The database does not answer ({reason}): check DATABASE_URL and that the server runs."
        ) from None
    return f"The schema is at {migrations.REVISIONS[-1]}."


def _set_passwords(connection: psycopg.Connection[tuple[object, ...]], keyring: Keyring) -> None:
    for login in LOGINS:
        statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(
            sql.Identifier(login), sql.Literal(password_of(login, keyring))
        )
        connection.execute(statement)


def _record_keys(connection: psycopg.Connection[tuple[object, ...]], keyring: Keyring) -> None:
    """New keys are added; a key that is recorded already must be the same one."""
    row = connection.execute("SELECT environment_id, key_checks FROM installation").fetchone()
    if row is None:
        raise CannotStart("The schema is incomplete: its installation row is missing.")
    environment, known = row
    checks = {key.id: key_check(key, environment) for key in keyring.keys}  # type: ignore[arg-type]
    for name, check in checks.items():
        if name in known and known[name] != check:  # type: ignore[operator,index]
            raise CannotStart(f"The key {name} in AMARKTAI_KEYS is not the one this database knows under that name.")
    connection.execute("UPDATE installation SET key_checks = key_checks || %s", (Jsonb(checks),))
