"""Periodic jobs: each comes round at its pace, once for all workers, and is safe to run twice."""

import asyncio
from dataclasses import replace
from uuid import UUID

import psycopg
import pytest

from pipeline import schedule
from pipeline.links import Purpose, make_link_code
from pipeline.pulse import PULSE, pulse
from pipeline.report import home
from pipeline.schedule import SCHEDULE, Chores, Rounds, run_stage
from pipeline.stages import STAGES
from storage import due, inbox
from storage.session import Database
from storage.vault import Vault
from tests.pipeline.conftest import Hints, Team


@pytest.fixture
def chores(worker: Database, vault: Vault) -> Chores:
    return Chores(worker, vault)


def test_every_job_has_a_reason_a_stage_and_a_name_of_its_own():
    assert all(job.why.endswith(".") and job.stage in STAGES for job in SCHEDULE)
    assert len({job.name for job in SCHEDULE}) == len(SCHEDULE)


async def test_the_inbox_forgets_what_is_older_than_a_week(chores: Chores, worker: Database, database_url: str):
    for key in ("old", "new"):
        assert await inbox.first_time(worker, "slack", key)
    age(database_url, "UPDATE inbox SET received_at = now() - interval '8 days' WHERE event_key = 'old'")
    await run_stage("tidy", chores)
    assert await inbox.was_noted(worker, "slack", "new")
    assert not await inbox.was_noted(worker, "slack", "old")


async def test_spent_codes_are_swept_a_day_after_their_end(chores: Chores, team: Team, database_url: str):
    for _ in range(2):
        await make_link_code(team.worker, team.workspace_id, team.owner, Purpose.PERSON)
    age(
        database_url,
        "UPDATE link_codes SET expires_at = now() - interval '25 hours' WHERE ctid = (SELECT min(ctid) FROM link_codes)",
    )
    await run_stage("tidy", chores)
    assert await team.value("SELECT count(*) FROM link_codes") == 1


async def test_tokens_that_a_removed_account_left_behind_are_deleted(chores: Chores, team: Team):
    account = await team.account()
    await team.value(
        "UPDATE accounts SET state = 'removed' WHERE workspace_id = %(workspace_id)s AND id = %(id)s RETURNING id",
        id=account,
    )
    await run_stage("tidy", chores)
    left = "SELECT count(*) FROM secrets WHERE workspace_id = %(workspace_id)s AND purpose = 'platform'"
    assert await team.value(left) == 0


async def test_of_two_workers_that_try_at_once_one_gets_the_turn(worker: Database):
    turns = await asyncio.gather(*(due.take_turn(worker, "a job", 60) for _ in range(8)))
    assert turns.count(True) == 1


async def test_a_job_comes_round_again_after_its_pause(worker: Database, database_url: str):
    assert await due.take_turn(worker, "a job", 60)
    assert not await due.take_turn(worker, "a job", 60)
    age(database_url, "UPDATE heartbeats SET beat_at = beat_at - interval '61 seconds'")
    assert await due.take_turn(worker, "a job", 60)


async def test_a_job_that_fails_gives_its_turn_back_and_the_others_run(
    chores: Chores, worker: Database, monkeypatch: pytest.MonkeyPatch
):
    ran: list[str] = []

    async def breaks(_: Chores) -> None:
        raise ValueError("broken")

    async def works(_: Chores) -> None:
        ran.append("works")

    jobs = [job for job in SCHEDULE if job.stage == "tidy"][:2]
    monkeypatch.setattr(schedule, "SCHEDULE", (replace(jobs[0], run=breaks), replace(jobs[1], run=works)))
    with pytest.raises(ValueError, match="broken"):
        await run_stage("tidy", chores)
    assert ran == ["works"]
    assert await due.take_turn(worker, jobs[0].name, 3600)
    assert not await due.take_turn(worker, jobs[1].name, 3600)


async def test_the_heartbeat_shows_that_work_goes_round(chores: Chores, worker: Database, database_url: str):
    assert (await pulse(worker)).why is not None, "there never was a beat"
    await run_stage("heartbeat", chores)
    assert (await pulse(worker)).why is None
    age(database_url, "UPDATE heartbeats SET beat_at = beat_at - interval '61 seconds'")
    stopped = await pulse(worker)
    assert stopped.why is not None
    assert stopped.seconds is not None and stopped.seconds > 60


async def test_a_database_that_is_away_is_said_and_not_raised():
    away = Database("postgresql://nobody@127.0.0.1:1/none", size=1)
    away._pool.timeout = 0.1
    await away.open()
    try:
        assert (await pulse(away)).why == "The database does not answer."
    finally:
        await away.close()


def test_the_clock_hints_at_each_stage_at_its_own_pace(hint: Hints):
    rounds = Rounds(hint)
    for now in range(0, 301, 5):
        rounds.go(float(now))
    given = [stage for stage, _, _ in hint.given]
    assert given.count("heartbeat") == 61
    assert given.count("tidy") == 2
    nothing: tuple[UUID | None, UUID | None] = (None, None)
    assert {(workspace, ident) for _, workspace, ident in hint.given} == {nothing}


async def test_the_app_home_shows_the_alarm_until_work_goes_round(worker: Database, team: Team) -> None:
    assert "Work stands still" in await alarms(worker, team.workspace_id)
    await due.beat(worker, PULSE)
    assert "Work stands still" not in await alarms(worker, team.workspace_id)


async def alarms(database: Database, workspace_id: UUID) -> list[str]:
    view = await home(database, workspace_id)
    assert view is not None
    return [alarm.title for alarm in view.alarms]


def age(database_url: str, statement: str) -> None:
    """As time passes."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(statement)
