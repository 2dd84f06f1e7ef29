"""Wrong clocks: a process that is an hour or a day off decides nothing, because the database's clock does; and that one may jump."""

import asyncio
import datetime as calendar
import sys
import time as clock
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg
import pytest

from domain.slots import local_date_of, next_local, resolve_local
from pipeline.plan import plan_now, plan_scheduled
from pipeline.publish import publish
from pipeline.web_apps import set_times
from storage import web_apps
from storage.session import Database
from tests.pipeline.conftest import Hints, Team
from tests.pipeline.house import BY_NAME, House

OURS = {"app", "bot", "domain", "pipeline", "publishers", "storage"}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Turn = Callable[[timedelta], None]


@pytest.fixture
def turn(monkeypatch: pytest.MonkeyPatch) -> Turn:
    """Turn the wall clock of this process, as all our modules read it."""
    by = [timedelta()]
    real, right = calendar.datetime, clock.time

    class AnyDatetime(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, real)

    class Turned(real, metaclass=AnyDatetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return real.fromtimestamp(right(), tz) + by[0]

    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in OURS and getattr(module, "datetime", None) is real:
            monkeypatch.setattr(module, "datetime", Turned)
    monkeypatch.setattr(clock, "time", lambda: right() + by[0].total_seconds())
    return lambda shift: by.__setitem__(0, shift)


TURNED = """
CREATE SCHEMA turned;
CREATE TABLE turned.shown (at timestamptz);
INSERT INTO turned.shown VALUES (NULL);
CREATE FUNCTION turned.now() RETURNS timestamptz LANGUAGE sql STABLE AS $$ SELECT at FROM turned.shown $$;
GRANT USAGE ON SCHEMA turned TO PUBLIC;
GRANT SELECT ON turned.shown TO PUBLIC;
GRANT EXECUTE ON FUNCTION turned.now() TO PUBLIC
"""
"""A `now()` that is found before PostgreSQL's own."""


class Shown:
    """The database as if its clock showed what it is told to."""

    def __init__(self, database: Database, owner: psycopg.Connection[Any]) -> None:
        self.database, self._owner = database, owner

    def at(self, instant: datetime) -> None:
        self._owner.execute("UPDATE turned.shown SET at = %s", (instant,))


@pytest.fixture
async def shown(database_url: str, logins: dict[str, str]) -> AsyncIterator[Shown]:
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(TURNED)
        url = f"{logins['amarktai_worker']}?options=-csearch_path%3Dturned,pg_catalog,public"
        database = Database(url, size=4)
        await database.open()
        yield Shown(database, owner)
        await database.close()


PLACES = [
    ("Europe/Berlin", time(2, 30), date(2027, 3, 28)),  # left out
    ("Europe/Berlin", time(2, 30), date(2027, 10, 31)),  # twice
    ("America/Santiago", time(0), date(2026, 9, 6)),  # no midnight
    ("America/Nuuk", time(23, 30), date(2027, 3, 27)),  # left out with the midnight after it
    ("America/Havana", time(0), date(2027, 11, 7)),  # midnight twice
    ("Australia/Lord_Howe", time(2), date(2026, 10, 4)),  # half an hour
    ("Africa/Casablanca", time(2, 30), date(2027, 2, 7)),
    ("Asia/Kathmandu", time(12), date(2027, 1, 1)),
]
WRONG = (HOUR, -HOUR, DAY, -DAY, timedelta(hours=-13), timedelta())


async def settle_in(team: Team, shown: Shown, zone: str, at: time, first: date) -> UUID:
    """The team's web app lives in `zone`, its next batch is that of `first`; the id of its schedule."""
    async with team.worker.transaction(team.workspace_id) as tx:
        await web_apps.set_times(tx, team.web_app, zone, at, at, [])
        return await web_apps.schedule(tx, team.web_app, resolve_local(zone, datetime.combine(first, at)))


async def planned(team: Team) -> list[date]:
    async with team.worker.transaction(team.workspace_id) as tx:
        return [row["local_date"] for row in await tx.dicts(_DATES)]


_DATES = "SELECT local_date FROM batches WHERE workspace_id = %(workspace_id)s ORDER BY local_date"


@pytest.mark.parametrize(("zone", "at", "day"), PLACES, ids=[f"{zone} {at}" for zone, at, _ in PLACES])
async def test_one_batch_a_local_date_whatever_the_processes_think_that_time_it_is(
    team: Team, hint: Hints, shown: Shown, turn: Turn, zone: str, at: time, day: date
) -> None:
    schedule = await settle_in(team, shown, zone, at, day - 2 * DAY)
    begin = resolve_local(zone, datetime.combine(day - 2 * DAY, at))
    end = resolve_local(zone, datetime.combine(day + 2 * DAY, at))
    instant, turns = begin, 0
    while instant <= end:
        shown.at(instant)
        for _ in range(2):
            turn(WRONG[turns % len(WRONG)])
            turns += 1
            await asyncio.gather(*(plan_scheduled(shown.database, hint, team.workspace_id, schedule) for _ in range(2)))
        instant += timedelta(hours=3) if instant + timedelta(hours=3) <= end or instant == end else end - instant
    assert await planned(team) == [day + n * DAY for n in range(-2, 3)]
    assert len(hint.given) == 5


JUMPS = {
    "an hour on and back": (HOUR, -HOUR),
    "an hour back and on": (-HOUR, HOUR),
    "a day on and back": (DAY, -DAY),
    "a day back and on": (-DAY, DAY),
    "back over midnight, and on again": (timedelta(minutes=-40), timedelta(minutes=40)),
}


@pytest.mark.parametrize("jumps", JUMPS.values(), ids=JUMPS.keys())
async def test_no_date_gets_two_batches_and_none_is_left_out_when_the_clock_of_the_database_itself_jumps(
    team: Team, hint: Hints, shown: Shown, jumps: tuple[timedelta, timedelta]
) -> None:
    zone, day = "Europe/Berlin", date(2027, 3, 28)
    schedule = await settle_in(team, shown, zone, time(0, 10), day)
    instant = resolve_local(zone, datetime.combine(day, time(0, 20)))
    for shift in (timedelta(), *jumps, DAY, DAY):
        instant += shift
        shown.at(instant)
        for _ in range(2):
            await plan_scheduled(shown.database, hint, team.workspace_id, schedule)
        await plan_now(shown.database, hint, team.workspace_id, team.web_app)  # somebody asks meanwhile
    found = await planned(team)
    assert all(later - earlier == DAY for earlier, later in pairwise(found)) and set(found) >= {day, day + 2 * DAY}


@pytest.mark.parametrize("wrong", [HOUR, -HOUR, DAY, -DAY], ids=str)
async def test_a_schedule_begins_by_the_clock_of_the_database(
    team: Team, hint: Hints, turn: Turn, wrong: timedelta
) -> None:
    turn(wrong)
    app = await set_times(team.worker, hint, team.workspace_id, team.owner, team.web_app, zone="Asia/Kathmandu")
    run = await team.value("SELECT next_run FROM schedules WHERE workspace_id = %(workspace_id)s")
    now = await team.value("SELECT now()")
    assert isinstance(now, datetime) and run == next_local(app.zone, app.batch_at, now)


@pytest.mark.parametrize("wrong", [HOUR, -HOUR, DAY, -DAY], ids=str)
async def test_a_batch_asked_for_now_is_that_of_the_date_on_the_databases_clock(
    team: Team, hint: Hints, shown: Shown, turn: Turn, wrong: timedelta
) -> None:
    turn(wrong)
    instant = datetime(2027, 3, 27, 23, 59, tzinfo=UTC)
    shown.at(instant)
    await plan_now(shown.database, hint, team.workspace_id, team.web_app)
    assert await planned(team) == [local_date_of("UTC", instant)]


@pytest.mark.parametrize("wrong", [HOUR, -HOUR, DAY, -DAY], ids=str)
async def test_a_slot_comes_when_the_database_says_so(house: House, turn: Turn, wrong: timedelta) -> None:
    account = await house.connect(BY_NAME["linkedin member"])
    due, early = await house.post(account, late=1), await house.post(account, late=-50)
    turn(wrong)
    for post in (due, early):
        await publish(post, house.publishing)
    assert [await house.state(post) for post in (due, early)] == ["published", "approved"]
    assert [len(await house.accepted(post)) for post in (due, early)] == [1, 0]


def test_the_wrong_clock_of_these_tests_is_the_one_that_the_product_reads(turn: Turn) -> None:
    import pipeline.accounts

    before = pipeline.accounts.datetime.now(UTC)
    turn(DAY)
    assert pipeline.accounts.datetime.now(UTC) - before >= DAY
