"""The vault: what a thief of rows, dumps, logs or old copies gets, and what an operator who turns the keys loses: nothing."""

import asyncio
import traceback
from dataclasses import dataclass
from uuid import UUID

import psycopg
import pytest

from domain.ids import uuid7
from domain.secret import Secret
from storage.keys import Keyring, KeysUnusable, Purpose, key_check, new_key
from storage.session import Database
from storage.vault import Vault
from tests.storage.conftest import Connection, House

CANARY = "CNRY-platform-token-7f3a91"
OLD = {purpose: new_key(purpose) for purpose in Purpose}
NEW = {purpose: new_key(purpose) for purpose in Purpose}


def ring(*keys: str) -> Keyring:
    return Keyring.parse(",".join(keys))


@dataclass
class Shelf:
    """A workspace's secrets, as one process with its keys sees them."""

    database: Database
    house: House
    vault: Vault

    def with_keys(self, *keys: str) -> "Shelf":
        return Shelf(self.database, self.house, Vault(ring(*keys)))

    async def put(self, text: str, owner: UUID, name: str = "access", purpose: Purpose = Purpose.PLATFORM) -> None:
        async with self.database.transaction(self.house.id) as tx:
            await self.vault.put(tx, purpose, "accounts", owner, name, Secret(text))

    async def get(self, owner: UUID, name: str = "access") -> str | None:
        async with self.database.transaction(self.house.id) as tx:
            secret = await self.vault.get(tx, owner, name)
        return secret.reveal() if secret else None

    async def refused(self, owner: UUID, name: str = "access") -> str:
        with pytest.raises(KeysUnusable) as raised:
            await self.get(owner, name)
        return str(raised.value)


@pytest.fixture
def shelf(worker: Database, house: House) -> Shelf:
    return Shelf(worker, house, Vault(ring(*OLD.values())))


async def test_what_was_put_comes_back_and_each_replacement_counts_one_version_up(shelf: Shelf) -> None:
    owner = uuid7()
    assert await shelf.get(owner) is None
    for n, text in enumerate(("first", "second", "žluť 🐎"), start=1):
        await shelf.put(text, owner)
        assert await shelf.get(owner) == text
        assert shelf.house.one("SELECT version FROM secrets") == n


async def test_an_empty_secret_never_replaces_a_good_one(shelf: Shelf) -> None:
    owner = uuid7()
    await shelf.put("good", owner)
    with pytest.raises(ValueError, match="empty access"):
        await shelf.put("", owner)
    assert await shelf.get(owner) == "good"


SWAPS = {
    "another row": "UPDATE secrets SET owner_id = %(b)s WHERE owner_id = %(a)s AND name = 'access'",
    "another column": "UPDATE secrets SET name = 'refresh', owner_id = %(b)s WHERE owner_id = %(a)s AND name = 'access'",
    "another table": "UPDATE secrets SET owner_table = 'installations', owner_id = %(b)s WHERE owner_id = %(a)s",
}


@pytest.mark.parametrize("where", SWAPS)
async def test_a_ciphertext_does_not_open_as(where: str, shelf: Shelf, as_superuser: Connection) -> None:
    a, b = uuid7(), uuid7()
    await shelf.put("mine", a)
    as_superuser.execute(SWAPS[where], {"a": a, "b": b})
    name = "refresh" if "column" in where else "access"
    assert "does not open" in await shelf.refused(b, name)


async def test_a_ciphertext_does_not_open_in_another_column_of_its_own_row(
    shelf: Shelf, as_superuser: Connection
) -> None:
    owner = uuid7()
    await shelf.put("short-lived", owner, "access")
    await shelf.put("long-lived", owner, "refresh")
    as_superuser.execute(
        "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE name = 'refresh') WHERE name = 'access'"
    )
    assert "does not open" in await shelf.refused(owner)


async def test_a_ciphertext_does_not_open_in_another_workspace(
    shelf: Shelf, other: House, worker: Database, as_superuser: Connection
) -> None:
    owner = uuid7()
    await shelf.put("mine", owner)
    as_superuser.execute("UPDATE salts SET salt = (SELECT salt FROM salts WHERE workspace_id = %s)", (shelf.house.id,))
    as_superuser.execute("UPDATE secrets SET workspace_id = %s", (other.id,))
    assert "does not open" in await Shelf(worker, other, shelf.vault).refused(owner)


async def test_an_older_ciphertext_does_not_open_under_the_present_version(
    shelf: Shelf, as_superuser: Connection
) -> None:
    owner = uuid7()
    await shelf.put("revoked long ago", owner)
    old = as_superuser.execute("SELECT sealed FROM secrets").fetchall()[0][0]
    await shelf.put("present", owner)
    as_superuser.execute("UPDATE secrets SET sealed = %s", (old,))
    assert "does not open" in await shelf.refused(owner)


async def test_an_older_row_put_back_whole_stands_out_in_the_audit_trail(
    shelf: Shelf, as_superuser: Connection
) -> None:
    """It opens, for its version came back with it; the trail tells that a newer version was there."""
    owner = uuid7()
    await shelf.put("older", owner)
    as_superuser.execute("CREATE TEMP TABLE kept AS SELECT * FROM secrets")
    await shelf.put("newer", owner)
    as_superuser.execute("UPDATE secrets s SET version = k.version, sealed = k.sealed FROM kept k")
    assert await shelf.get(owner) == "older"
    versions = shelf.house.run(
        "SELECT body::jsonb -> 0 -> 'version' FROM audit_events WHERE what LIKE 'secrets:%%' ORDER BY id"
    )
    assert [row[0] for row in versions] == [1, 2, 1]


async def test_a_flipped_bit_does_not_open(shelf: Shelf, as_superuser: Connection) -> None:
    owner = uuid7()
    await shelf.put("text", owner)
    as_superuser.execute("UPDATE secrets SET sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1)")
    assert "does not open" in await shelf.refused(owner)
    as_superuser.execute("UPDATE secrets SET sealed = '\\x0101'")
    assert "does not open" in await shelf.refused(owner)


async def test_a_missing_key_and_a_wrong_one_are_named_with_the_remedy(shelf: Shelf) -> None:
    owner = uuid7()
    await shelf.put("text", owner)
    key_id = OLD[Purpose.PLATFORM].split(":")[1]
    missing = await shelf.with_keys(*NEW.values()).refused(owner)
    assert key_id in missing and "add it again" in missing
    impostor = f"platform:{key_id}:{new_key(Purpose.PLATFORM).split(':')[2]}"
    wrong = await shelf.with_keys(impostor, OLD[Purpose.CHAT]).refused(owner)
    assert key_id in wrong and "restore the right one" in wrong


async def test_a_process_with_the_chat_key_alone_opens_no_platform_secret(shelf: Shelf) -> None:
    owner = uuid7()
    await shelf.put("text", owner)
    assert "does not hold" in await shelf.with_keys(OLD[Purpose.CHAT]).refused(owner)


async def test_to_the_web_a_platform_secret_is_not_there(shelf: Shelf, web: Database) -> None:
    owner = uuid7()
    await shelf.put("text", owner)
    assert await Shelf(web, shelf.house, shelf.vault).get(owner) is None


async def test_erasing_the_salt_erases_what_any_copy_holds(shelf: Shelf) -> None:
    owner = uuid7()
    await shelf.put("text", owner)
    shelf.house.run("DELETE FROM salts")
    assert "were erased" in await shelf.refused(owner)
    with pytest.raises(KeysUnusable, match="erased"):
        await shelf.put("another", owner)
    shelf.house.run("INSERT INTO salts VALUES (%(ws)s, sha256('another salt'))")
    assert "does not open" in await shelf.refused(owner)
    assert shelf.house.one("SELECT count(*) FROM audit_events WHERE what = 'salts:delete'") == 1


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ("chat:c1", "purpose:id:base64"),
        ("fax:c1:AAAA", "purpose:id:base64"),
        ("chat::" + "A" * 43 + "=", "purpose:id:base64"),
        ("chat:c1:AAAA", "c1 in AMARKTAI_KEYS is not 32 bytes"),
        ("chat:c1:pässwört", "c1 in AMARKTAI_KEYS is not 32 bytes"),
        ("chat:c1:" + "A" * 43 + "=,platform:c1:" + "B" * 43 + "=", "names c1 more than once"),
    ],
)
def test_keys_that_cannot_be_used_are_refused_with_what_is_wrong(keys: str, says: str) -> None:
    with pytest.raises(KeysUnusable, match=says):
        Keyring.parse(keys)


def test_a_missing_purpose_names_the_command_that_makes_a_key() -> None:
    with pytest.raises(KeysUnusable, match="amarktai keys new"):
        ring(OLD[Purpose.CHAT]).newest(Purpose.PLATFORM)


def test_a_key_check_tells_keys_and_installations_apart() -> None:
    first, second, *_ = ring(*OLD.values()).keys
    here, there = uuid7(), uuid7()
    assert len({key_check(first, here), key_check(second, here), key_check(first, there)}) == 3
    assert key_check(first, here) == key_check(ring(OLD[Purpose.CHAT]).keys[0], here)


def test_what_is_sealed_once_opens_only_under_its_label_and_key() -> None:
    vault = Vault(ring(*OLD.values()))
    sealed = vault.seal_once("state-1", CANARY)
    assert CANARY.encode() not in sealed
    assert vault.open_once("state-1", sealed) == CANARY
    for other_vault, label, value in (
        (vault, "state-2", sealed), (vault, "state-1", sealed[:-1]), (vault, "state-1", b"\xff\xfe:x"),
        (Vault(ring(*NEW.values())), "state-1", sealed),
    ):  # fmt: skip
        with pytest.raises(KeysUnusable):
            other_vault.open_once(label, value)


async def test_rotation_moves_everything_in_batches_and_the_old_keys_may_go(shelf: Shelf) -> None:
    owners = [uuid7() for _ in range(7)]
    for n, owner in enumerate(owners):
        await shelf.put(f"t{n}", owner)
        await shelf.put(f"b{n}", owner, "bot", Purpose.CHAT)
    both = shelf.with_keys(*NEW.values(), *OLD.values())
    moved = []
    while batch := await both.vault.rotate(shelf.database, shelf.house.id, batch=4):
        moved.append(batch)
    assert moved == [4, 4, 4, 2]
    alone = shelf.with_keys(*NEW.values())
    assert [await alone.get(owner) for owner in owners] == [f"t{n}" for n in range(7)]
    assert [await alone.get(owner, "bot") for owner in owners] == [f"b{n}" for n in range(7)]


async def test_an_interrupted_rotation_leaves_every_secret_readable_and_goes_on(shelf: Shelf) -> None:
    owners = [uuid7() for _ in range(30)]
    for n, owner in enumerate(owners):
        await shelf.put(f"t{n}", owner)
    both = shelf.with_keys(*NEW.values(), *OLD.values())
    for pause in (0.0, 0.002, 0.005, 0.01):
        rotating = asyncio.create_task(both.vault.rotate(shelf.database, shelf.house.id, batch=10))
        await asyncio.sleep(pause)
        rotating.cancel()
        await asyncio.gather(rotating, return_exceptions=True)
        assert [await both.get(owner) for owner in owners] == [f"t{n}" for n in range(30)]
    while await both.vault.rotate(shelf.database, shelf.house.id, batch=10):
        pass
    assert [await shelf.with_keys(*NEW.values()).get(owner) for owner in owners] == [f"t{n}" for n in range(30)]


async def test_rotation_beside_writers_and_readers_loses_no_token(shelf: Shelf) -> None:
    owners = [uuid7() for _ in range(6)]
    for owner in owners:
        await shelf.put(f"{owner} 0", owner)
    both = shelf.with_keys(*NEW.values(), *OLD.values())
    done = asyncio.Event()

    async def refresh(owner: UUID) -> None:
        for n in range(1, 15):
            await both.put(f"{owner} {n}", owner)
            assert await both.get(owner) == f"{owner} {n}"

    async def read() -> None:
        while not done.is_set():
            for owner in owners:
                assert str(await both.get(owner)).startswith(str(owner))

    async def rotate() -> None:
        while not done.is_set():
            await both.vault.rotate(shelf.database, shelf.house.id, batch=3)

    others = [asyncio.create_task(work()) for work in (read, rotate, rotate)]
    await asyncio.gather(*(refresh(owner) for owner in owners))
    done.set()
    await asyncio.gather(*others)
    while await both.vault.rotate(shelf.database, shelf.house.id):
        pass
    assert [await shelf.with_keys(*NEW.values()).get(owner) for owner in owners] == [f"{owner} 14" for owner in owners]


async def test_of_two_writers_at_once_one_wins_and_what_stands_opens(shelf: Shelf) -> None:
    owner = uuid7()
    for _ in range(10):
        await asyncio.gather(shelf.put("left", owner), shelf.put("right", owner))
        assert await shelf.get(owner) in ("left", "right")


async def test_no_plaintext_stands_in_a_dump_of_the_database(shelf: Shelf, as_superuser: Connection) -> None:
    await shelf.put(CANARY, uuid7())
    await shelf.put(CANARY, uuid7(), "bot", Purpose.CHAT)
    dumped = dump_of(as_superuser)
    for form in (CANARY, CANARY.encode().hex(), "Q05SWS1wbGF0Zm9ybS10b2tlbi03ZjNhOTE"):
        assert form not in dumped
    as_superuser.execute("UPDATE members SET name = %s", (CANARY,))
    assert CANARY in dump_of(as_superuser)


def dump_of(connection: Connection) -> str:
    """Every row of every table of ours, as COPY writes them into a dump."""
    tables = connection.execute(
        "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    written = []
    for (table,) in tables.fetchall():
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT") as copy:
            written.append("".join(bytes(part).decode() for part in copy))
    return "\n".join(written)


async def test_no_plaintext_stands_in_a_repr_or_in_an_exception(shelf: Shelf, as_superuser: Connection) -> None:
    owner = uuid7()
    secret = Secret(CANARY)
    assert CANARY not in f"{secret} {secret!r} {[secret]} {shelf.vault!r} {shelf!r}"
    said = []
    as_superuser.execute("ALTER TABLE secrets ADD CONSTRAINT no CHECK (version < 2)")
    await shelf.put(CANARY, owner)
    for attempt in (shelf.put(CANARY, owner), shelf.with_keys(*NEW.values()).get(owner)):
        try:
            await attempt
        except (psycopg.Error, KeysUnusable) as error:
            said.append("".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)))
    assert len(said) == 2
    keys = [key.split(":")[2] for key in (*OLD.values(), *NEW.values())]
    assert not any(word in text for text in said for word in (CANARY, *keys))


def test_no_key_stands_in_the_repr_of_a_keyring() -> None:
    keyring = ring(*OLD.values())
    assert not any(repr(key.key) in repr(keyring) or key.key.hex() in repr(keyring) for key in keyring.keys)
