"""When things happen: wall times in a web app's zone, the slots of a day, the next free slot.

Instants are aware datetimes in UTC; zones are IANA names. A wall time that the clocks jump over counts as the first
instant after the jump, one that happens twice as its first. So a wall time has exactly one instant on every local date,
never none and never two.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Soon:
    """Where posts go whose day has no slot left: after `lead` seconds, `spacing` seconds apart."""

    lead: float = 1800.0
    spacing: float = 900.0


SOON = Soon()


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


def date_of_run(zone: str, wall: time, run: datetime) -> date:
    """The local date that a daily job at `wall` is for when it is due at `run`.

    It is the date before where the clocks jump over `wall` and midnight at once, as they do in Nuuk at eleven in the evening.
    """
    day = local_date_of(zone, run)
    eve = day - _DAY
    is_eve = resolve_local(zone, datetime.combine(day, wall)) != run == resolve_local(zone, datetime.combine(eve, wall))
    return eve if is_eve else day


def slots_for(
    zone: str,
    day: date,
    times: Sequence[time],
    n: int,
    ready: datetime,
    lead: float,
    spacing: float,
    taken: Iterable[datetime] = (),
) -> list[datetime]:
    """`n` slots for the posts of a local date, ascending, none before `ready` + `lead`.

    They are at least `spacing` from each other and from those that are `taken` (`lead` and `spacing` in seconds). Few
    posts are spread over the day's slot times that are still to come; when there are more posts than times, they follow
    each other by `spacing`. When no time is left (or there is none at all), they come soon, from `ready` + `lead` on.
    """
    earliest, apart, busy = ready + timedelta(seconds=lead), timedelta(seconds=spacing), sorted(taken)
    ahead = [at for at in _instants(zone, day, times) if at >= earliest] or [earliest]
    slots: list[datetime] = []
    for k in range(n):
        wanted = ahead[k * len(ahead) // n]
        slots.append(_first_gap(max(wanted, slots[-1] + apart) if slots else wanted, busy, apart))
    return slots


def next_free_slot(
    zone: str, times: Sequence[time], now: datetime, lead: float, spacing: float, taken: Iterable[datetime] = ()
) -> datetime:
    """The first slot time, today or later, not before `now` + `lead` and at least `spacing` from each `taken` one.

    `lead` and `spacing` are seconds. Without slot times: the first instant from `now` + `lead` on that is free.
    """
    earliest, apart, busy = now + timedelta(seconds=lead), timedelta(seconds=spacing), sorted(taken)
    if not times:
        return _first_gap(earliest, busy, apart)
    day = local_date_of(zone, earliest)
    while True:
        for at in _instants(zone, day, times):
            if at >= earliest and all(abs(at - other) >= apart for other in busy):
                return at
        day += _DAY


def _instants(zone: str, day: date, times: Sequence[time]) -> list[datetime]:
    return sorted({resolve_local(zone, datetime.combine(day, wall)) for wall in times})


def _first_gap(earliest: datetime, busy: Sequence[datetime], apart: timedelta) -> datetime:
    """The first instant from `earliest` on that is at least `apart` from all that are `busy` (ascending)."""
    at = earliest
    for other in busy:
        if abs(at - other) < apart:
            at = other + apart
    return at
