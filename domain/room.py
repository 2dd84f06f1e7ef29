"""Room: when a platform's limits leave a place for a post, counted over what was sent and over what waits before it.

Whoever waits gets a turn of its own: the n-th post the n-th place that becomes free, in the order of their slots.
"""

from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from uuid import UUID

from domain.publishing import Window
from domain.slots import Soon, next_free_slot

AFTER_A_BLOCK = timedelta(seconds=5)
"""When a platform takes posts again by its own word, they follow each other so slowly: one that is refused tells the rest."""

_MOST_STEPS = 200
"""So many places are looked at for a slot with room; then the last one found is offered."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A send of the ledger. `at` (UTC) is the latest at which it can have arrived; `whole` is the post itself, not a part."""

    at: datetime
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Waiting:
    """An approved post that is to go out; `next_at` is when it is looked at. Instants are UTC."""

    id: UUID
    slot: datetime
    next_at: datetime


@dataclass(frozen=True, slots=True)
class Lane:
    """Windows that count the same sends: those of an account, or those of the whole application there."""

    windows: tuple[Window, ...]
    sent: tuple[Sent, ...] = ()
    waiting: tuple[Waiting, ...] = ()


@dataclass(frozen=True, slots=True)
class Room:
    """What an account may still send, as it was at `now` (UTC). `blocked_until`: by the platform's own word."""

    now: datetime
    lanes: tuple[Lane, ...] = ()
    blocked_until: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether a post could go at once if nobody waited before it."""
        return all(_Places(lane, self).first_from(self.now) <= self.now for lane in self.lanes)

    @property
    def is_tight(self) -> bool:
        """Whether what was sent and what waits would fill a window if all of it fell into one."""
        return any(len(lane.sent) + len(lane.waiting) >= window.limit for lane in self.lanes for window in lane.windows)

    def turn(self, post_id: UUID, slot: datetime) -> datetime:
        """The earliest instant at which a post with this slot goes out: never before its slot, nor before now."""
        ready = max(slot, self.now)
        return max([ready, *(self._turn_in(lane, post_id, slot, ready) for lane in self.lanes)])

    def without(self, post_id: UUID) -> "Room":
        """The same if that post did not wait."""
        lanes = tuple(
            replace(lane, waiting=tuple(one for one in lane.waiting if one.id != post_id)) for lane in self.lanes
        )
        return replace(self, lanes=lanes)

    def before(self, post_id: UUID, slot: datetime) -> int:
        """How many posts of the account have their turn before it, and wait for nothing but that."""
        ahead = {one.id for lane in self.lanes for one in _ahead(lane, post_id, slot) if one.next_at <= self.now}
        return len(ahead)

    def kept_waiting(self) -> tuple[UUID, ...]:
        """Posts of the account whose slot has passed and that look again later, in order."""
        waiting = self.lanes[0].waiting if self.lanes else ()
        return tuple(one.id for one in _in_order(waiting) if one.slot <= self.now < one.next_at)

    def leaves_more(self) -> bool:
        """Whether there is a place left at once after one more post has gone."""
        return all(_Places(lane, self, gone=1).first_from(self.now) <= self.now for lane in self.lanes)

    def _turn_in(self, lane: Lane, post_id: UUID, slot: datetime, ready: datetime) -> datetime:
        places = _Places(lane, self)
        others = sorted(max(one.next_at, one.slot, self.now) for one in _ahead(lane, post_id, slot))
        for other in others:
            if places.first_from(ready) < other:
                break  # we are gone before that one wants to go
            places.take(places.first_from(other))
        return places.first_from(ready)


def next_slot_with_room(
    zone: str, times: Sequence[time], soon: Soon, taken: Iterable[datetime], post_id: UUID, room: Room
) -> datetime:
    """The first free slot (`domain.slots.next_free_slot`) at which the limits have room for the post."""
    slot = _slot_from(zone, times, room.now + timedelta(seconds=soon.lead), soon, tuple(taken))
    for _ in range(_MOST_STEPS):
        turn = room.turn(post_id, slot)
        if turn <= slot:
            break
        slot = _slot_from(zone, times, turn, soon, tuple(taken))
    return slot


def _slot_from(
    zone: str, times: Sequence[time], earliest: datetime, soon: Soon, taken: tuple[datetime, ...]
) -> datetime:
    return next_free_slot(zone, times, earliest, 0, soon.spacing, taken)


def _ahead(lane: Lane, post_id: UUID, slot: datetime) -> list[Waiting]:
    return [one for one in lane.waiting if one.id != post_id and (one.slot, one.id) < (slot, post_id)]


def _in_order(waiting: Iterable[Waiting]) -> list[Waiting]:
    return sorted(waiting, key=lambda one: (one.slot, one.id))


@dataclass
class _Places:
    """The places of a lane, taken one after the other."""

    lane: Lane
    room: Room
    gone: int = 0
    counted: list[tuple[Window, list[datetime]]] = field(init=False)
    last: datetime | None = None

    def __post_init__(self) -> None:
        more = [self.room.now] * self.gone
        self.counted = [
            (window, sorted([one.at for one in self.lane.sent if one.whole or not window.whole] + more))
            for window in self.lane.windows
        ]

    def first_from(self, at: datetime) -> datetime:
        """The first instant from `at` on at which every window has a place."""
        if self.room.blocked_until is not None:
            at = max(at, self.room.blocked_until)
            if self.last is not None:
                at = max(at, self.last + AFTER_A_BLOCK)
        for window, instants in self.counted:
            if len(instants) >= window.limit:
                at = max(at, instants[len(instants) - window.limit] + timedelta(seconds=window.seconds))
        return at

    def take(self, at: datetime) -> None:
        self.last = at
        for _, instants in self.counted:
            insort(instants, at)
