"""When things happen: wall times in a web app's zone, the slots of a day, the next free slot, quiet hours.

Instants are aware datetimes in UTC; zones are IANA names. A wall time that the clocks jump over counts as the first
instant after the jump, one that happens twice as its first. So every local date has exactly one instant for a wall time,
never none and never two.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)


class UnknownZone(ValueError):
    """Nobody knows this time zone. `str()` is a sentence for the person who typed it."""


def zone_named(name: str) -> ZoneInfo:
    """The IANA zone `name`, such as "Europe/Berlin". Raises `UnknownZone`."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # not found; a folder; a path that leads out of the zones
        raise UnknownZone(f"“{name[:60]}” is no time zone. Write it like Europe/Berlin or America/New_York.") from None


def local_date_of(zone: str, instant: datetime) -> date:
    """The calendar day in `zone` at `instant`."""
    return instant.astimezone(zone_named(zone)).date()


def resolve_local(zone: str, wall: datetime) -> datetime:
    """The one instant (UTC) at which the clocks of `zone` show the naive `wall`; the module's first lines say which."""
    place = zone_named(zone)
    shown = wall.replace(tzinfo=None, fold=0)
    instant = shown.replace(tzinfo=place).astimezone(UTC)
    if instant.astimezone(place).replace(tzinfo=None) == shown:
        return instant
    return _end_of_gap(shown, place)


def _end_of_gap(wall: datetime, place: ZoneInfo) -> datetime:
    """The instant of the jump over `wall`: until it the clocks show less than `wall`, from it on more."""
    early = wall.replace(tzinfo=place, fold=1).astimezone(UTC)
    late = wall.replace(tzinfo=place, fold=0).astimezone(UTC)
    while late - early > _SECOND:
        middle = early + (late - early) // 2 // _SECOND * _SECOND
        if middle.astimezone(place).replace(tzinfo=None) < wall:
            early = middle
        else:
            late = middle
    return late


def next_local(zone: str, wall: time, after: datetime) -> datetime:
    """The first instant strictly after `after` at which a daily job at `wall` is due: once a local date."""
    day = local_date_of(zone, after) - _DAY
    while (run := resolve_local(zone, datetime.combine(day, wall))) <= after:
        day += _DAY
    return run


def slots_of_day(
    day: date, n: int, *, times: Sequence[time], zone: str, now: datetime, lead: timedelta, spacing: timedelta
) -> tuple[datetime, ...]:
    """`n` slots for the posts of a local date, ascending and at least `spacing` apart, none before `now` + `lead`.

    Few posts are spread over those of the day's slot times that are still to come; when there are more posts than
    times, they follow each other by `spacing`. When no time is left (or there is none at all), they come soon: from
    `now` + `lead` on, `spacing` apart.
    """
    earliest = now + lead
    ahead = sorted({at for wall in times if (at := resolve_local(zone, datetime.combine(day, wall))) >= earliest})
    if not ahead:
        return tuple(earliest + spacing * k for k in range(n))
    slots: list[datetime] = []
    for k in range(n):
        wanted = ahead[k * len(ahead) // n]
        slots.append(max(wanted, slots[-1] + spacing) if slots else wanted)
    return tuple(slots)


def next_free_slot(
    now: datetime,
    *,
    times: Sequence[time],
    zone: str,
    taken: Iterable[datetime],
    lead: timedelta,
    spacing: timedelta,
) -> datetime:
    """The first slot time, today or later, not before `now` + `lead` and at least `spacing` from each `taken` one.

    Without slot times: the first instant not before `now` + `lead` that is free.
    """
    earliest, busy = now + lead, sorted(taken)
    if not times:
        return _first_gap(earliest, busy, spacing)
    day = local_date_of(zone, earliest)
    while True:
        for at in sorted(resolve_local(zone, datetime.combine(day, wall)) for wall in times):
            if at >= earliest and all(abs(at - other) >= spacing for other in busy):
                return at
        day += _DAY


def _first_gap(earliest: datetime, busy: Sequence[datetime], spacing: timedelta) -> datetime:
    at = earliest
    for other in busy:
        if abs(at - other) < spacing:
            at = other + spacing
    return at


@dataclass(frozen=True, slots=True)
class Quiet:
    """Wall times between which nothing goes out. `start` after `end` means over midnight; equal means never quiet."""

    start: time
    end: time

    def covers(self, wall: time) -> bool:
        """Whether `wall` is quiet. The end itself is not."""
        if self.start <= self.end:
            return self.start <= wall < self.end
        return wall >= self.start or wall < self.end


def after_quiet(zone: str, quiet: Quiet | None, instant: datetime) -> datetime:
    """`instant` itself, or the end of the quiet hours in which it lies."""
    wall = instant.astimezone(zone_named(zone)).time()
    if quiet is None or not quiet.covers(wall.replace(fold=0)):
        return instant
    return next_local(zone, quiet.end, instant)
