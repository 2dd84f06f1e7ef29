"""Whoever knows every id of another workspace learns nothing by it and moves nothing: a share of what `tests/storm` runs whole."""

import random
from collections.abc import AsyncIterator, Callable

import pytest

from storage.vault import Vault
from tests.sharing import TABLE
from tests.storage.conftest import Connection, House
from tests.storage.foreign import OPERATIONS, Intruder, Undone, intrude
from tests.storage.test_tenancy import tables, two  # noqa: F401 - fixtures

SHARE = 1_000


@pytest.fixture
async def intruder(
    two: tuple[House, House], tables: list[str], logins: dict[str, str], vault: Vault, as_superuser: Connection  # noqa: F811
) -> AsyncIterator[Intruder]:  # fmt: skip
    database = Undone(logins["amarktai_worker"], size=1)
    await database.open()
    mine, theirs = two
    intruder = Intruder(mine, theirs, database, vault, random.Random(20261123))
    intruder.learn(as_superuser, tables)
    yield intruder
    await database.close()


async def test_an_id_of_another_workspace_is_answered_like_one_that_nobody_has(
    intruder: Intruder, record_property: Callable[[str, object], None]
) -> None:
    assert await intrude(intruder, SHARE) == []
    told = f"{intruder.done.total()} operations of {len(intruder.done)} kinds ({len(OPERATIONS)} take ids) with foreign ids: 0 differ"
    record_property(TABLE, f"Isolation: {told}")
    assert len(intruder.done) > 100


async def test_without_the_policies_every_statement_still_keeps_to_its_workspace_by_itself(
    intruder: Intruder, as_superuser: Connection, tables: list[str]  # noqa: F811
) -> None:  # fmt: skip
    for table in tables:
        as_superuser.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")
    assert await intrude(intruder, SHARE // 2) == []


async def test_under_their_own_tenant_the_same_ids_make_a_difference_so_the_tests_above_can_fail(
    intruder: Intruder, record_property: Callable[[str, object], None]
) -> None:
    intruder.mine = intruder.theirs
    differing = await intrude(intruder, SHARE)
    kinds = {each.partition(":")[0] for each in differing}
    record_property(
        TABLE,
        f"Isolation, the control: under their own tenant {len(differing)} of {SHARE} differ, of {len(kinds)} kinds",
    )
    assert len(kinds) > 40 and any(each.startswith("a foreign button") for each in differing)
