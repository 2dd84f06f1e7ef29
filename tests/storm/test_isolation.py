"""Twenty thousand operations at random as one workspace with the ids of another."""

from collections.abc import Callable

import pytest

from tests.sharing import TABLE
from tests.storage.conftest import (  # noqa: F401 - fixtures
    as_owner,
    as_superuser,
    as_worker,
    house,
    logins,
    other,
    vault,
)
from tests.storage.foreign import OPERATIONS, Intruder, intrude
from tests.storage.test_foreign_ids import intruder  # noqa: F401 - a fixture
from tests.storage.test_tenancy import tables, two  # noqa: F401 - fixtures

COUNT = 20_000


@pytest.mark.timeout(580)
async def test_twenty_thousand_operations_with_foreign_ids_come_out_like_those_with_ids_that_nobody_has(
    intruder: Intruder,  # noqa: F811
    record_property: Callable[[str, object], None],
) -> None:
    assert await intrude(intruder, COUNT) == []
    told = f"{intruder.done.total()} operations of {len(intruder.done)} kinds ({len(OPERATIONS)} take ids) with foreign ids: 0 differ"
    record_property(TABLE, f"Isolation: {told}")
