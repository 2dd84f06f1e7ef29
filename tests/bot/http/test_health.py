"""Health: each answer means what it says, and comes in time."""

import time
from collections.abc import AsyncIterator, Callable

import httpx
import psycopg
import pytest

from bot.http.health import figures
from storage import due
from storage.due import Due
from storage.session import Database
from tests.bot.http.conftest import Site, browser
from tests.pipeline.conftest import Team


@pytest.fixture
async def away() -> AsyncIterator[Database]:
    """A database that does not answer."""
    database = Database("postgresql://nobody@127.0.0.1:1/none", size=1)
    await database.open()
    yield database
    await database.close()


async def test_the_process_is_alive_whatever_the_database_does(build: Callable[..., Site], away: Database) -> None:
    async with browser(build(database=away)) as visitor:
        assert (await visitor.get("/health/live")).json() == {"ok": True}


async def test_it_is_ready_when_nothing_is_wrong_and_says_what_is(site: Site, visitor: httpx.AsyncClient) -> None:
    assert (await visitor.get("/health/ready")).json() == {"ok": True, "why": None}
    site.wrong.append("The schema is old: run `amarktai migrate`.")
    answer = await visitor.get("/health/ready")
    assert (answer.status_code, answer.json()["why"]) == (503, "The schema is old: run `amarktai migrate`.")


async def test_work_is_well_only_after_a_heartbeat_of_the_last_minute(
    visitor: httpx.AsyncClient, worker: Database, database_url: str
) -> None:
    assert (await visitor.get("/health/work")).status_code == 503, "there never was one"
    await due.beat(worker, "work")
    answer = await visitor.get("/health/work")
    assert (answer.status_code, answer.json()["ok"]) == (200, True)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE heartbeats SET beat_at = beat_at - interval '2 minutes'")
    answer = await visitor.get("/health/work")
    assert answer.status_code == 503
    assert "look at the clock, the queue and the workers" in answer.json()["why"]


@pytest.mark.parametrize("path", ["/health/work", "/metrics"])
async def test_a_silent_database_is_said_within_the_patience_of_whoever_asks(
    build: Callable[..., Site], away: Database, path: str
) -> None:
    begun = time.monotonic()
    async with browser(build(database=away)) as visitor:
        answer = await visitor.get(path)
    assert answer.status_code == 503
    assert "does not answer" in answer.text
    assert time.monotonic() - begun < 8, "the pool itself would wait for ten seconds"


async def test_figures_tell_what_is_overdue_by_stage(visitor: httpx.AsyncClient, team: Team) -> None:
    post = await team.post(await team.account())
    await team.value(
        "UPDATE posts SET next_at = now() - interval '90 seconds' WHERE workspace_id = %(workspace_id)s AND id = %(id)s RETURNING 1",
        id=post,
    )
    text = (await visitor.get("/metrics")).text
    assert 'amarktai_overdue_rows{stage="approved"} 1.0' in text
    (seconds,) = [
        line.split()[1] for line in text.splitlines() if line.startswith('amarktai_overdue_seconds{stage="approved"}')
    ]
    assert 90 <= float(seconds) < 150
    assert "amarktai_work_age_seconds NaN" in text


def test_the_oldest_of_a_stage_is_what_counts() -> None:
    registry = figures(
        3.0, [Due("draw", None, None, -5.0), Due("draw", None, None, -70.0), Due("plan", None, None, -1.0)]
    )
    assert registry.get_sample_value("amarktai_overdue_rows", {"stage": "draw"}) == 2
    assert registry.get_sample_value("amarktai_overdue_seconds", {"stage": "draw"}) == 70
    assert registry.get_sample_value("amarktai_work_age_seconds") == 3
