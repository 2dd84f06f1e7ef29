"""After the database was away for a while, work goes on within seconds, however long it was away."""

import asyncio
import random
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg_pool import PoolTimeout

from storage.session import Database
from tests.sharing import TABLE
from tests.storm.house import _at_port
from tests.storm.proxy import Proxy

AWAY, BACK_WITHIN = 9.0, 5.0
"""Seconds. Whoever waits twice as long after each try misses the end of the outage by nearly as long again."""


@pytest.mark.timeout(120)
async def test_work_goes_on_within_seconds_after_the_database_was_away(
    database_url: str, record_property: Callable[[str, object], None]
) -> None:
    async with Proxy(urlsplit(database_url).port or 0, random.Random(1)) as line:
        database = Database(_at_port(database_url, line.port), size=4)
        await database.open()
        await _works(database)
        line.cut(AWAY)
        end = time.monotonic() + AWAY
        asking = [asyncio.create_task(_asks_until(database, end)) for _ in range(4)]  # as the jobs of a worker do
        await asyncio.gather(*asking)
        late = time.monotonic() - end
        await database.close()
    record_property(
        TABLE, f"database away for {AWAY:.0f} s: four jobs had answers again {late:.1f} s after it was back"
    )
    assert late < BACK_WITHIN


async def _asks_until(database: Database, end: float) -> None:
    """Ask as often as jobs are hinted at, until it works after the end of the outage."""
    while True:
        try:
            await _works(database)
        except (psycopg.Error, PoolTimeout):
            await asyncio.sleep(0.5)
        else:
            if time.monotonic() > end:
                return
            await asyncio.sleep(0.1)


async def _works(database: Database) -> None:
    async with database.transaction() as tx:
        assert await tx.value("SELECT 1") == 1
