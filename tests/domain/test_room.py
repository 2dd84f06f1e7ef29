"""Whoever waits for a platform's limit has a turn of its own, and a slot that is offered has room."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest

from domain.publishing import Window
from domain.room import AFTER_A_BLOCK, Lane, Room, Sent, Waiting, next_slot_with_room
from domain.slots import Soon

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TWO_A_MINUTE = Window(2, 60)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def waiting(n: int, slot: float = 0.0, next_at: float | None = None) -> Waiting:
    return Waiting(UUID(int=n), later(slot), later(slot if next_at is None else next_at))


def room(
    *waits: Waiting, sent: tuple[float, ...] = (), windows: tuple[Window, ...] = (TWO_A_MINUTE,), until: float = 0
) -> Room:
    lane = Lane(windows, tuple(Sent(later(at)) for at in sent), waits)
    return Room(NOW, (lane,), later(until) if until else None)


def turn(of: Room, n: int, slot: float = 0.0) -> float:
    return (of.turn(UUID(int=n), later(slot)) - NOW).total_seconds()


def test_a_post_with_room_goes_at_its_slot_and_never_before_now() -> None:
    assert turn(room(), 1) == 0 and turn(room(), 1, slot=90) == 90 and turn(room(), 1, slot=-90) == 0


def test_a_full_window_opens_when_the_oldest_send_leaves_it() -> None:
    full = room(sent=(-50, -20))
    assert turn(full, 1) == 10 and not full.is_open
    assert turn(full, 1, slot=10) == 10 and turn(full, 1, slot=9) == 10


def test_everybody_who_waits_has_a_turn_of_its_own_in_the_order_of_their_slots() -> None:
    five = [waiting(n, slot=-10 + n) for n in range(1, 6)]
    full = room(*five, sent=(-50, -20))
    assert [turn(full, n, slot=-10 + n) for n in range(1, 6)] == [10, 40, 70, 100, 130]


def test_what_was_approved_for_an_earlier_slot_takes_the_place_before() -> None:
    assert turn(room(waiting(1, 600), waiting(2, 601)), 3, slot=602) == 660
    assert turn(room(waiting(1, 600), waiting(2, 603)), 3, slot=602) == 602  # its slot comes later


def test_whoever_looks_again_later_for_another_reason_takes_no_place_before() -> None:
    assert turn(room(waiting(1, -9, 300), waiting(2, -8, 300)), 3) == 0


def test_the_fullest_of_several_windows_counts() -> None:
    sent = tuple(-1_000.0 - n for n in range(5))
    assert turn(room(sent=sent, windows=(TWO_A_MINUTE, Window(5, 3_600))), 1) == 3_600 - 1_004


def test_the_applications_window_is_counted_beside_the_accounts() -> None:
    both = Room(NOW, (Lane((TWO_A_MINUTE,)), Lane((Window(1, 3_600, "app"),), (Sent(later(-600)),))))
    assert turn(both, 1) == 3_000


def test_a_workspaces_own_cap_counts_whole_posts_only() -> None:
    parts = (Sent(later(-5)), Sent(later(-4), whole=False), Sent(later(-3), whole=False))
    assert turn(Room(NOW, (Lane((Window(2, 60, whole=True),), parts),)), 1) == 0
    assert turn(Room(NOW, (Lane((Window(2, 60),), parts),)), 1) == 56


def test_a_send_without_an_answer_counts_from_the_latest_moment_at_which_it_can_arrive() -> None:
    assert turn(room(sent=(-50, 60)), 1) == 10
    assert turn(room(waiting(1, -2), sent=(-50, 60)), 2, slot=-1) == 70


def test_after_a_block_posts_follow_each_other_slowly() -> None:
    blocked = room(waiting(1, -3), waiting(2, -2), windows=(Window(100, 900),), until=30)
    gap = AFTER_A_BLOCK.total_seconds()
    assert [turn(blocked, n, slot=-4 + n) for n in (1, 2, 3)] == [30, 30 + gap, 30 + 2 * gap]
    assert turn(blocked, 3, slot=900) == 900


def test_who_waits_and_whether_a_place_is_left_are_told() -> None:
    some = room(waiting(1, -3, 40), waiting(2, -2, 0), waiting(3, 50), sent=(-50,))
    assert some.kept_waiting() == (UUID(int=1),) and some.is_open and not some.leaves_more()
    assert room().leaves_more() and some.before(UUID(int=9), NOW) == 1


@pytest.mark.parametrize(("sent", "offered"), [((), "14:00"), ((-7_200,), "14:00"), ((-3_600,), "16:30")])
def test_only_slots_with_room_are_offered(sent: tuple[float, ...], offered: str) -> None:
    times = [time(9), time(14), time(16, 30)]
    one_in_four_hours = room(sent=sent, windows=(Window(1, 4 * 3_600),))
    slot = next_slot_with_room("UTC", times, Soon(1_800, 900), [], UUID(int=1), one_in_four_hours)
    assert f"{slot:%H:%M}" == offered


def test_a_slot_behind_approved_posts_has_room_only_when_theirs_have_left_the_window() -> None:
    one_a_day = room(waiting(1, 3_600), windows=(Window(1, 86_400),))
    slot = next_slot_with_room("UTC", [time(14), time(16, 30)], Soon(), [], UUID(int=2), one_a_day)
    assert slot == NOW + timedelta(days=1, hours=2)
    assert next_slot_with_room("UTC", [], Soon(), [], UUID(int=2), one_a_day) == NOW + timedelta(seconds=1_800)
