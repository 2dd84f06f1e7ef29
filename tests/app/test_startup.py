"""A process that must not run says why in one sentence with the remedy, and does not start."""

import psycopg
import pytest

import migrations
from app.migrate import migrate
from app.settings import Settings
from app.startup import CannotStart, check
from domain.ids import uuid7
from storage.keys import Keyring, Purpose, new_key
from storage.session import Database
from tests.pipeline.conftest import login_url
from tests.storage.conftest import Connection, House

KEYS = {purpose: new_key(purpose) for purpose in Purpose}
RING = Keyring.parse(",".join(KEYS.values()))
BOTH = frozenset(Purpose)
ONLY_CHAT = frozenset({Purpose.CHAT})


async def sentence(database: Database, keyring: Keyring = RING, purposes: frozenset[Purpose] = BOTH) -> str:
    with pytest.raises(CannotStart) as raised:
        await check(database, keyring, purposes)
    said = str(raised.value)
    assert "\n" not in said and said.endswith((".", "`"))
    return said


async def test_a_fresh_schema_with_keys_starts(worker: Database) -> None:
    installation = await check(worker, RING, BOTH)
    assert (installation.revision, installation.restored, installation.min_code) == ("0001", False, 1)


async def test_a_database_without_our_schema_names_the_command(
    empty_database_url: str, logins: dict[str, str], as_owner: Connection
) -> None:
    database = Database(login_url(empty_database_url, "amarktai_worker"), size=1)
    await database.open()
    assert "no schema of ours yet: run `amarktai migrate`" in await sentence(database)
    await database.close()


async def test_a_schema_that_wants_newer_code_refuses_this_one(worker: Database, as_owner: Connection) -> None:
    as_owner.execute("UPDATE installation SET min_code = %s", (migrations.CODE_VERSION + 1,))
    assert "deploy the newer version" in await sentence(worker)


@pytest.mark.parametrize("revision", ["0000", "000"])
async def test_an_older_revision_is_refused_even_one_that_nobody_knows(
    revision: str, worker: Database, as_owner: Connection
) -> None:
    as_owner.execute("UPDATE alembic_version SET version_num = %s", (revision,))
    assert f"is at {revision} and this code needs 0001: run `amarktai migrate`" in await sentence(worker)


async def test_a_schema_without_any_revision_is_refused(worker: Database, as_owner: Connection) -> None:
    as_owner.execute("DELETE FROM alembic_version")
    assert "is at nothing" in await sentence(worker)


async def test_a_newer_revision_that_still_suits_this_code_starts(worker: Database, as_owner: Connection) -> None:
    as_owner.execute("UPDATE alembic_version SET version_num = '0002'")
    assert (await check(worker, RING, BOTH)).revision == "0002"


async def test_a_schema_of_another_shape_or_without_its_row_names_the_command(
    worker: Database, as_owner: Connection
) -> None:
    as_owner.execute("DELETE FROM installation")
    assert "incomplete: run `amarktai migrate`" in await sentence(worker)
    as_owner.execute("ALTER TABLE installation DROP COLUMN restored_at")
    assert "run `amarktai migrate`" in await sentence(worker)


async def test_a_process_without_a_key_of_its_purpose_is_refused(worker: Database) -> None:
    only = Keyring.parse(KEYS[Purpose.CHAT])
    assert "purpose platform" in await sentence(worker, only)
    assert await check(worker, only, ONLY_CHAT)


async def test_a_wrong_key_under_a_known_name_is_refused_before_its_first_use(
    worker: Database, database_url: str
) -> None:
    settings = Settings(database_url=database_url, database_app_url="postgresql://set")  # type: ignore[arg-type]
    migrate(settings, RING)
    name = KEYS[Purpose.CHAT].split(":")[1]
    impostor = f"chat:{name}:{new_key(Purpose.CHAT).split(':')[2]}"
    wrong = Keyring.parse(f"{impostor},{KEYS[Purpose.PLATFORM]}")
    assert f"The key {name} in AMARKTAI_KEYS is not the one" in await sentence(worker, wrong)
    with pytest.raises(CannotStart, match="restore the right one"):
        migrate(settings, wrong)


async def test_a_missing_key_that_secrets_stand_under_is_named_with_how_many(worker: Database, house: House) -> None:
    for n in range(3):
        house.run(
            "INSERT INTO secrets VALUES (%(ws)s, 'accounts', %(id)s, 'a', 'platform', 1, 'p-old', '\\x01')",
            {"id": uuid7(), "n": n},
        )
    said = await sentence(worker)
    assert said.startswith("3 secrets are sealed under the key p-old") and "keys rotate" in said
    assert await check(worker, Keyring.parse(KEYS[Purpose.CHAT]), ONLY_CHAT)


async def test_a_server_that_does_not_answer_is_named_without_the_password() -> None:
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect("postgresql://u:CNRY-password@127.0.0.1:9/db", connect_timeout=2)
    settings = Settings(database_url="postgresql://u:CNRY-password@127.0.0.1:9/db")  # type: ignore[arg-type]
    with pytest.raises(CannotStart, match="does not answer") as raised:
        migrate(settings, RING)
    assert "CNRY" not in str(raised.value) and "check DATABASE_URL" in str(raised.value)
