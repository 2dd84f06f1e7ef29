"""One batch per web app and local date, at its own time, however often and by how many it is asked for."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from domain.slots import local_date_of
from pipeline.plan import LATEST, _day_of, plan_now, plan_scheduled
from storage.schedules import DueSchedule
from tests.pipeline.conftest import Hints, Team

SCHEDULE = "SELECT id FROM schedules WHERE workspace_id = %(workspace_id)s"
SET_RUN = "UPDATE schedules SET next_run = %(at)s WHERE workspace_id = %(workspace_id)s"


async def _schedule(team: Team, next_run: datetime) -> UUID:
    async with team.worker.transaction(team.workspace_id) as tx:
        await tx.run(SET_RUN, {"at": next_run})
        found: UUID = await tx.value(SCHEDULE)
    return found


async def _batches(team: Team) -> object:
    return await team.value("SELECT count(*) FROM batches WHERE workspace_id = %(workspace_id)s")


async def test_five_planners_at_once_make_one_batch_and_one_hint(team: Team, hint: Hints) -> None:
    schedule = await _schedule(team, datetime.now(UTC) - timedelta(seconds=1))
    await asyncio.gather(*(plan_scheduled(team.worker, hint, team.workspace_id, schedule) for _ in range(5)))
    assert await _batches(team) == 1
    assert [stage for stage, _, _ in hint.given] == ["batch"]
    ahead = await team.value("SELECT next_run > now() FROM schedules WHERE workspace_id = %(workspace_id)s")
    assert ahead is True


async def test_what_is_not_due_is_not_planned(team: Team, hint: Hints) -> None:
    schedule = await _schedule(team, datetime.now(UTC) + timedelta(minutes=1))
    await plan_scheduled(team.worker, hint, team.workspace_id, schedule)
    assert await _batches(team) == 0 and not hint.given


async def test_asking_now_and_the_schedule_together_make_one_batch(team: Team, hint: Hints) -> None:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    schedule = await _schedule(team, today)
    await asyncio.gather(
        *(plan_now(team.worker, hint, team.workspace_id, team.web_app) for _ in range(3)),
        plan_scheduled(team.worker, hint, team.workspace_id, schedule),
    )
    assert await _batches(team) == 1


async def test_asking_now_says_whether_the_batch_is_new(team: Team, hint: Hints) -> None:
    first = await plan_now(team.worker, hint, team.workspace_id, team.web_app)
    second = await plan_now(team.worker, hint, team.workspace_id, team.web_app)
    assert first is not None and second is not None and (first.new, second.new) == (True, False)
    assert await plan_now(team.worker, hint, team.workspace_id, UUID(int=1)) is None


def _due(zone: str, batch_at: str, next_run: str, now: str) -> DueSchedule:
    at = datetime.strptime(batch_at, "%H:%M").time()
    return DueSchedule(UUID(int=1), zone, at, at, datetime.fromisoformat(next_run), datetime.fromisoformat(now))


@pytest.mark.parametrize(
    ("zone", "batch_at", "next_run", "now", "day"),
    [
        ("Europe/Berlin", "02:30", "2026-03-29T01:00+00:00", "2026-03-29T01:00:01+00:00", "2026-03-29"),  # the gap
        ("Europe/Berlin", "02:30", "2026-10-25T00:30+00:00", "2026-10-25T00:30:01+00:00", "2026-10-25"),  # the fold
        (
            "America/Santiago",
            "00:00",
            "2026-09-06T04:00+00:00",
            "2026-09-06T04:00:09+00:00",
            "2026-09-06",
        ),  # no midnight
        ("Pacific/Kiritimati", "02:00", "2026-05-01T12:00+00:00", "2026-05-01T12:00:01+00:00", "2026-05-02"),
        ("UTC", "23:59", "2026-05-01T23:59+00:00", "2026-05-02T00:00:10+00:00", "2026-05-01"),  # late over midnight
        ("UTC", "02:00", "2026-05-01T02:00+00:00", "2026-05-04T05:00+00:00", "2026-05-04"),  # an outage: today's only
        ("UTC", "02:00", "2026-05-01T02:00+00:00", "2026-05-04T01:00+00:00", None),  # today's comes in an hour
        ("UTC", "02:00", "2026-05-01T02:00+00:00", "2026-05-01T20:00+00:00", None),  # too late for that day
    ],
)
def test_the_day_of_a_run_is_the_web_apps_own(
    zone: str, batch_at: str, next_run: str, now: str, day: str | None
) -> None:
    assert _day_of(_due(zone, batch_at, next_run, now)) == (date.fromisoformat(day) if day else None)


async def test_after_an_outage_nobody_gets_yesterdays_posts(team: Team, hint: Hints) -> None:
    now = datetime.now(UTC)
    schedule = await _schedule(team, now - timedelta(days=3))
    await plan_scheduled(team.worker, hint, team.workspace_id, schedule)
    made = await team.value("SELECT max(local_date) FROM batches WHERE workspace_id = %(workspace_id)s")
    assert made in (None, local_date_of("UTC", now), local_date_of("UTC", now - LATEST))
