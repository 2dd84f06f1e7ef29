"""Slots: what time it is where the web app lives, also on the days on which the clocks change."""

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.slots import (
    UnknownZone,
    local_date_of,
    next_free_slot,
    next_local,
    resolve_local,
    slots_for,
    zone_named,
)

TIMES = (time(9), time(11, 30), time(14), time(16, 30), time(19))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "wall", "expected"),
    [
        ("Europe/Berlin", "2026-11-22T09:00", "2026-11-22T08:00"),
        ("Europe/Berlin", "2027-03-28T02:00", "2027-03-28T01:00"),  # the gap begins with the minute itself
        ("Europe/Berlin", "2027-03-28T02:30", "2027-03-28T01:00"),  # skipped: first instant after
        ("Europe/Berlin", "2027-03-28T02:59", "2027-03-28T01:00"),
        ("Europe/Berlin", "2027-03-28T03:00", "2027-03-28T01:00"),
        ("Europe/Berlin", "2027-10-31T02:30", "2027-10-31T00:30"),  # twice: the first
        ("America/New_York", "2027-03-14T02:30", "2027-03-14T07:00"),
        ("America/New_York", "2027-11-07T01:30", "2027-11-07T05:30"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30"),  # half an hour
        ("America/Santiago", "2026-09-06T00:30", "2026-09-06T04:00"),  # the gap is at midnight
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00"),  # a whole day was left out
    ],
)
def test_a_wall_time_has_one_instant(zone: str, wall: str, expected: str) -> None:
    assert resolve_local(zone, datetime.fromisoformat(wall)) == at(expected)


def test_a_daily_job_keeps_its_wall_time_across_a_clock_change() -> None:
    run = at("2027-03-27T07:00")
    runs = [run := next_local("Europe/Berlin", time(9), run) for _ in range(3)]
    assert runs == [at("2027-03-27T08:00"), at("2027-03-28T07:00"), at("2027-03-29T07:00")]


def test_a_job_in_the_hour_that_happens_twice_runs_once() -> None:
    first = next_local("Europe/Berlin", time(2, 30), at("2027-10-30T12:00"))
    assert first == at("2027-10-31T00:30")
    assert next_local("Europe/Berlin", time(2, 30), first) == at("2027-11-01T01:30")


def test_a_job_in_the_hour_that_is_left_out_runs_all_the_same() -> None:
    run = next_local("Europe/Berlin", time(2, 30), at("2027-03-27T12:00"))
    assert run == at("2027-03-28T01:00")
    assert next_local("Europe/Berlin", time(2, 30), run) == at("2027-03-29T00:30")


@given(
    st.sampled_from(["Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "America/Santiago", "UTC"]),
    st.datetimes(datetime(2011, 1, 1), datetime(2040, 1, 1)),
    st.times(),
)
def test_every_local_date_that_exists_gets_one_run_in_order(zone: str, after: datetime, wall: time) -> None:
    start = after.replace(tzinfo=UTC)
    wall = wall.replace(microsecond=0)
    first = next_local(zone, wall, start)
    second = next_local(zone, wall, first)
    assert start < first < second
    assert timedelta(hours=0) < second - first <= timedelta(hours=26)
    assert local_date_of(zone, first) <= local_date_of(zone, second)


@pytest.mark.parametrize(
    "name", ["", "Mars/Base", "Europe", "../etc/passwd", "/etc/passwd", "x" * 300, "Europe/Berlin\x00"]
)
def test_a_zone_that_nobody_knows_is_refused_in_words(name: str) -> None:
    with pytest.raises(UnknownZone, match="Europe/Berlin or"):
        zone_named(name)


def slots(
    n: int, now: str, times: Sequence[time] = TIMES, spacing: float = 900, taken: Sequence[str] = ()
) -> list[str]:
    found = slots_for("UTC", date(2026, 11, 23), times, n, at(now), 60, spacing, [at(text) for text in taken])
    return [slot.strftime("%H:%M:%S").removesuffix(":00") for slot in found]


def test_few_posts_are_spread_over_the_day() -> None:
    assert slots(3, "2026-11-23T08:00") == ["09:00", "11:30", "16:30"]


def test_more_posts_than_times_follow_each_other() -> None:
    assert slots(4, "2026-11-23T08:00", TIMES[:2]) == ["09:00", "09:15", "11:30", "11:45"]


def test_slots_that_have_passed_are_not_used() -> None:
    assert slots(2, "2026-11-23T16:20") == ["16:30", "19:00"]


@pytest.mark.parametrize("times", [TIMES, ()])
def test_without_a_slot_left_posts_come_soon(times: tuple[time, ...]) -> None:
    assert slots(3, "2026-11-23T22:00", times, 5) == ["22:01", "22:01:05", "22:01:10"]


def test_slots_keep_away_from_those_of_other_web_apps() -> None:
    taken = ["2026-11-23T09:05", "2026-11-23T11:29", "2026-11-23T14:15"]
    assert slots(3, "2026-11-23T08:00", TIMES[:3], taken=taken) == ["09:20", "11:44", "14:00"]


@given(
    st.integers(0, 60),
    st.datetimes(datetime(2026, 11, 22), datetime(2026, 11, 24)),
    st.integers(1, 7200),
    st.lists(st.datetimes(datetime(2026, 11, 22), datetime(2026, 11, 24)), max_size=5),
)
def test_slots_are_as_many_as_asked_for_apart_and_never_early(
    n: int, now: datetime, spacing: int, busy: list[datetime]
) -> None:
    ready, apart = now.replace(tzinfo=UTC), timedelta(seconds=spacing)
    taken = [other.replace(tzinfo=UTC) for other in busy]
    found = slots_for("Asia/Kathmandu", date(2026, 11, 23), TIMES, n, ready, 60, spacing, taken)
    assert len(found) == n
    assert all(slot >= ready + timedelta(seconds=60) for slot in found)
    assert all(later - earlier >= apart for earlier, later in itertools.pairwise(found))
    assert all(abs(slot - other) >= apart for slot in found for other in taken)


def test_the_next_free_slot_steps_over_taken_ones_into_tomorrow() -> None:
    taken = [at("2026-11-23T19:05"), at("2026-11-24T09:00")]
    assert next_free_slot("UTC", TIMES, at("2026-11-23T17:00"), 60, 900, taken) == at("2026-11-24T11:30")


def test_without_slot_times_the_next_free_slot_is_the_first_gap() -> None:
    taken = [at("2026-11-23T17:01"), at("2026-11-23T17:02"), at("2026-11-23T17:09")]
    assert next_free_slot("UTC", (), at("2026-11-23T17:00"), 60, 60, taken) == at("2026-11-23T17:03")
