"""`amarktai migrate`: a database that our processes can log in to, whoever runs it, however often, and at once."""

import threading
from typing import Any

import psycopg
import pytest

import migrations
from app.logins import LOGINS, password_of, url_of
from app.migrate import migrate
from app.settings import Settings, SettingsUnusable
from app.startup import CannotStart
from storage.keys import Keyring, KeysUnusable, Purpose, new_key
from tests.storage.conftest import Connection, connected

KEYS = {purpose: new_key(purpose) for purpose in Purpose}
RING = Keyring.parse(",".join(KEYS.values()))


def settings_of(url: str, app_url: str = "") -> Settings:
    return Settings(database_url=url, database_app_url=app_url)  # type: ignore[arg-type]


def test_afterwards_both_logins_get_in_with_what_the_keys_give(empty_database_url: str) -> None:
    settings = settings_of(empty_database_url)
    assert migrate(settings, RING) == "The schema is at 0001."
    for login in LOGINS:
        with connected(url_of(login, settings, RING)) as connection:
            assert connection.execute("SELECT session_user, min_code FROM installation").fetchone() == (login, 1)


def test_who_lacks_the_platform_key_cannot_log_in_as_a_worker(empty_database_url: str) -> None:
    migrate(settings_of(empty_database_url), RING)
    web_only = Keyring.parse(KEYS[Purpose.CHAT])
    with pytest.raises(KeysUnusable):
        url_of("amarktai_worker", settings_of(empty_database_url), web_only)
    guessed = Keyring.parse(f"{KEYS[Purpose.CHAT]},{new_key(Purpose.PLATFORM)}")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(url_of("amarktai_worker", settings_of(empty_database_url), guessed))


def test_a_newer_key_in_front_does_not_lock_running_processes_out() -> None:
    turned = Keyring.parse(f"{new_key(Purpose.CHAT)},{new_key(Purpose.PLATFORM)}," + ",".join(KEYS.values()))
    assert [password_of(login, turned) for login in LOGINS] == [password_of(login, RING) for login in LOGINS]


def test_several_at_once_end_well(empty_database_url: str) -> None:
    said: list[object] = []
    start = threading.Barrier(3)

    def run() -> None:
        start.wait()
        try:
            said.append(migrate(settings_of(empty_database_url), RING))
        except BaseException as error:  # noqa: BLE001 - a thread's failure is judged by the test
            said.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == ["The schema is at 0001."] * 3


def test_a_given_app_address_keeps_its_own_passwords(database_url: str, as_superuser: Connection) -> None:
    stored = "SELECT rolpassword FROM pg_authid WHERE rolname = ANY (%s) ORDER BY rolname"
    before = as_superuser.execute(stored, (list(LOGINS),)).fetchall()
    given = "postgresql://amarktai_web:mine@db.example/app"
    settings = settings_of(database_url, given)
    migrate(settings, RING)
    assert as_superuser.execute(stored, (list(LOGINS),)).fetchall() == before
    assert url_of("amarktai_web", settings, RING) == given


def test_the_server_never_sees_a_password(database_url: str) -> None:
    sent: list[str] = []
    original: Any = psycopg.Connection.execute

    def listen(self: Connection, query: object, *rest: object, **more: object) -> object:
        sent.append(query.as_string(self) if isinstance(query, psycopg.sql.Composable) else str(query))
        return original(self, query, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Connection, "execute", listen)
        migrate(settings_of(database_url), RING)
    assert any("SCRAM-SHA-256$" in statement for statement in sent)
    assert not any(password_of(login, RING) in statement for statement in sent for login in LOGINS)


def test_keys_are_recorded_by_what_proves_them_and_new_ones_are_added(database_url: str, as_owner: Connection) -> None:
    settings = settings_of(database_url, "postgresql://given")
    migrate(settings, RING)
    first = as_owner.execute("SELECT key_checks FROM installation").fetchall()[0][0]
    assert set(first) == {key.split(":")[1] for key in KEYS.values()}
    migrate(settings, Keyring.parse(new_key(Purpose.CHAT) + "," + ",".join(KEYS.values())))
    second = as_owner.execute("SELECT key_checks FROM installation").fetchall()[0][0]
    assert len(second) == len(KEYS) + 1 and first.items() <= second.items()
    assert not any(key.split(":")[2] in str(second) for key in KEYS.values())


def test_keys_in_the_place_of_the_old_ones_are_refused_and_lock_nobody_out(empty_database_url: str) -> None:
    settings = settings_of(empty_database_url)
    migrate(settings, RING)
    strange = Keyring.parse(",".join(new_key(purpose) for purpose in Purpose))
    with pytest.raises(CannotStart, match="put new keys before the old ones"):
        migrate(settings, strange)
    for login in LOGINS:
        with connected(url_of(login, settings, RING)) as connection:
            assert connection.execute("SELECT session_user").fetchone() == (login,)


def test_older_code_does_not_migrate_a_newer_schema(database_url: str, as_owner: Connection) -> None:
    as_owner.execute("UPDATE alembic_version SET version_num = '0999'")
    with pytest.raises(CannotStart, match="newer than this code"):
        migrate(settings_of(database_url), RING)
    as_owner.execute("UPDATE alembic_version SET version_num = %s", (migrations.REVISIONS[-1],))


def test_a_wrong_owners_password_is_said_in_a_sentence(database_url: str) -> None:
    scheme, _, rest = database_url.partition("://")
    with pytest.raises(CannotStart, match=r"does not answer .*password.* check DATABASE_URL"):
        migrate(settings_of(f"{scheme}://amarktai_owner:wrong@{rest.rpartition('@')[2]}"), RING)


def test_without_any_address_both_settings_are_named() -> None:
    with pytest.raises(SettingsUnusable, match="DATABASE_APP_URL nor DATABASE_URL"):
        url_of("amarktai_web", settings_of(""), RING)
