"""Every time zone there is and every change of its clocks from 2025 to 2028, told by the C library, against what we make of them.

The oracle knows only which way the clocks of a place go: it reads the zone's file with the C library's reader, not with Python's,
and never asks what instant a wall time is. That follows from one sentence: a wall time's instant is the first at which the clock
shows it or more.
"""

import os
import time as clock
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from itertools import pairwise
from pathlib import Path

import pytest

from domain.slots import date_of_run, next_local, resolve_local, slots_for
from tests.sharing import TABLE

BEGIN, END = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2025, 2029))
DAY, MARGIN = 86_400, 3 * 86_400
WALLS = (time(0), time(2, 30), time(12))
EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True)
class Clocks:
    """How the clocks of a place go: by how many seconds they are ahead of UTC, from which instant on."""

    ahead: tuple[tuple[int, int], ...]

    def first(self, wall: datetime) -> datetime:
        """The first instant at which they show `wall` or more."""
        shown = (wall - EPOCH) // timedelta(seconds=1)
        for (begin, ahead), (end, _) in pairwise((*self.ahead, (1 << 40, 0))):
            instant = max(begin, shown - ahead)
            if instant < end:
                return datetime.fromtimestamp(instant, UTC)
        raise AssertionError("the last of them never ends")

    def changes(self) -> list[tuple[int, int, int]]:
        """Instant, seconds ahead before it, seconds ahead after it; those that somebody would see."""
        return [(at, old, new) for (_, old), (at, new) in pairwise(self.ahead) if BEGIN <= at < END and old != new]


def file_of(zone: str) -> Path:
    """The file that Python reads, too; the reader is another."""
    for folder in zoneinfo.TZPATH:
        if (found := Path(folder, zone)).is_file():
            return found
    return Path(str(resources.files("tzdata") / "zoneinfo")) / zone


def ahead_at(instant: int) -> int:
    return clock.localtime(instant).tm_gmtoff


def clocks_of(zone: str) -> Clocks:
    os.environ["TZ"] = f":{file_of(zone)}"
    clock.tzset()
    ahead = [(BEGIN - MARGIN, ahead_at(BEGIN - MARGIN))]
    for noon in range(BEGIN - MARGIN, END + MARGIN, DAY // 2):  # nobody turns the clocks twice in half a day
        if ahead_at(noon) != ahead[-1][1]:
            early, late = noon - DAY // 2, noon
            while late - early > 1:
                middle = (early + late) // 2
                early, late = (middle, late) if ahead_at(middle) == ahead[-1][1] else (early, middle)
            ahead.append((late, ahead_at(noon)))
    return Clocks(tuple(ahead))


@pytest.fixture(scope="module")
def world() -> Iterator[dict[str, Clocks]]:
    """By the name of a zone: how its clocks go."""
    before = os.environ.get("TZ")
    try:
        yield {zone: clocks_of(zone) for zone in sorted(zoneinfo.available_timezones())}
    finally:
        os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
        clock.tzset()


def walls_about(change: tuple[int, int, int]) -> list[datetime]:
    """The slots of the days about a change, and the moments at which it can go wrong: its edges, its middle, and a second beside."""
    at, old, new = change
    shown = sorted(EPOCH + timedelta(seconds=at + ahead) for ahead in (old, new))
    days = [shown[0].date() + timedelta(days=n) for n in (-1, 0, 1)]
    edges = [edge + timedelta(seconds=n) for edge in (*shown, shown[0] + (shown[1] - shown[0]) / 2) for n in (-1, 0, 1)]
    return [datetime.combine(day, wall) for day in days for wall in WALLS] + edges


def test_every_wall_time_about_every_change_of_every_zone_has_the_instant_that_the_clocks_of_the_place_tell(
    world: dict[str, Clocks], record_property: Callable[[str, object], None]
) -> None:
    looked = changed = gaps = 0
    for zone, clocks in world.items():
        for change in clocks.changes():
            changed += 1
            for wall in walls_about(change):
                looked += 1
                found, expected = resolve_local(zone, wall), clocks.first(wall)
                assert found == expected, (zone, wall)
                shown = found + timedelta(seconds=ahead_of(clocks, found))
                gaps += shown.replace(tzinfo=None) != wall
    assert changed > 500 and gaps > 100
    table = f"zones {len(world)}, changes of clocks {changed}, wall times {looked} (in a gap {gaps}): wrong 0"
    record_property(TABLE, f"Time, 2025 to 2028, by the C library: {table}")


def ahead_of(clocks: Clocks, instant: datetime) -> int:
    return [ahead for begin, ahead in clocks.ahead if begin <= instant.timestamp()][-1]


@pytest.mark.parametrize("wall", [*WALLS, time(23, 30)], ids=str)
def test_a_daily_job_fires_once_for_every_local_date_about_every_change(world: dict[str, Clocks], wall: time) -> None:
    for zone, clocks in world.items():
        for at, _, _ in clocks.changes():
            run = datetime.fromtimestamp(at, UTC) - timedelta(days=2)
            runs = [run := next_local(zone, wall, run) for _ in range(5)]
            days = [date_of_run(zone, wall, run) for run in runs]
            assert days == [days[0] + timedelta(days=n) for n in range(5)], (zone, wall, runs)
            assert runs == [clocks.first(datetime.combine(day, wall)) for day in days], (zone, wall)


def test_the_slots_of_every_changed_day_go_forward_and_never_fall_together(world: dict[str, Clocks]) -> None:
    for zone, clocks in world.items():
        for at, old, _ in clocks.changes():
            day = (EPOCH + timedelta(seconds=at + old)).date()
            ready = clocks.first(datetime.combine(day, time())) - timedelta(days=1)
            slots = slots_for(zone, day, WALLS, len(WALLS), ready, 0, 1)
            assert slots == [clocks.first(datetime.combine(day, wall)) for wall in WALLS], (zone, day)


def test_every_zone_counts_every_date_of_four_years_once(world: dict[str, Clocks]) -> None:
    """Zones that went alike for all four years are one."""
    alike = {clocks: zone for zone, clocks in world.items()}
    for clocks, zone in alike.items():
        day, run = date(2025, 1, 1), clocks.first(datetime(2024, 12, 31, 2, 30))
        while day < date(2029, 1, 1):
            run = next_local(zone, time(2, 30), run)
            assert run == clocks.first(datetime.combine(day, time(2, 30))), (zone, day)
            day += timedelta(days=1)
