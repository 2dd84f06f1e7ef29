"""Health: each answer means what it says, and comes in time."""

import time
from collections.abc import AsyncIterator, Callable

import httpx
import psycopg
import pytest

from domain.secret import Secret
from storage import due
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


async def test_the_figures_name_what_is_on_its_way_attempted_and_told(
    visitor: httpx.AsyncClient, team: Team, database_url: str
) -> None:
    post = await team.post(await team.account())
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("INSERT INTO alarms (kind, workspace_id) VALUES ('stuck:draw', %s)", (team.workspace_id,))
        connection.execute("UPDATE installation SET stopped_at = now()")
    move = "UPDATE posts SET slot = now() - interval '10 minutes' WHERE workspace_id = %(workspace_id)s AND id = %(id)s RETURNING 1"
    await team.value(move, id=post)
    text = (await visitor.get("/metrics")).text
    for line in (
        'amarktai_posts{state="approved"} 1.0', 'amarktai_posts{state="unknown"} 0.0', 'amarktai_accounts{state="connected"} 1.0',
        'amarktai_alarms{kind="stuck"} 1.0', 'amarktai_spent_dollars{platform="x"} 0.0',
        "amarktai_late_posts 1.0", "amarktai_stopped 1.0",
        "amarktai_decision_seconds_count 0.0",
    ):  # fmt: skip
        assert line in text.splitlines(), line
    assert str(team.workspace_id) not in text and "tide" not in text.lower()


async def test_a_stage_that_stands_still_is_no_good_sign_although_the_heart_beats(
    visitor: httpx.AsyncClient, team: Team, worker: Database
) -> None:
    post = await team.post(await team.account())
    await due.beat(worker, "work")
    stuck = "UPDATE posts SET next_at = now() - interval '6 minutes' WHERE workspace_id = %(workspace_id)s AND id = %(id)s RETURNING 1"
    await team.value(stuck, id=post)
    answer = await visitor.get("/health/work")
    assert answer.status_code == 503
    assert answer.json()["why"].startswith("The stage “approved” stands still: something is due since 6 minutes.")
    assert 360 <= answer.json()["stuck"]["approved"] < 400


async def test_figures_are_for_this_machine_or_for_whoever_has_the_token(build: Callable[..., Site]) -> None:
    async def asks(site: Site, address: str = "127.0.0.1", **headers: str) -> int:
        transport = httpx.ASGITransport(site.app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://us") as client:
            return (await client.get("/metrics", headers=headers)).status_code

    local, guarded = build(), build(token=Secret("a token of sixteen"))
    assert await asks(local) == 200
    assert await asks(local, "203.0.113.9") == 403
    assert await asks(local, **{"X-Forwarded-For": "203.0.113.9"}) == 403, "somebody passed it on"
    assert await asks(guarded) == 403 and await asks(guarded, Authorization="Bearer something else") == 403
    assert await asks(guarded, "203.0.113.9", Authorization="Bearer a token of sixteen") == 200
