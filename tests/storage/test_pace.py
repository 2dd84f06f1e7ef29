"""Pace: a chat's room is shared by everybody who writes to it, and what is not urgent leaves some over."""

from collections.abc import AsyncIterator

import pytest

from storage.pace import ValkeyPace


@pytest.fixture
async def pace(redis_url: str) -> AsyncIterator[ValkeyPace]:
    opened = ValkeyPace(redis_url)
    yield opened
    await opened.close()


async def waits(pace: ValkeyPace, times: int, *, spare: bool = False, key: str = "a") -> list[float]:
    """Seconds for each of so many calls, at 3 at once and 12 a minute, to the nearest second."""
    found = [await pace.reserve(key, burst=3, per_minute=12, spare=spare) for _ in range(times)]
    return [round(wait) for wait in found]


async def test_a_burst_goes_at_once_and_the_rest_at_its_distance(pace: ValkeyPace) -> None:
    assert await waits(pace, 4) == [0, 0, 0, 5]


async def test_what_would_have_to_wait_too_long_is_not_reserved(pace: ValkeyPace) -> None:
    await waits(pace, 4)
    assert await waits(pace, 3) == [10, 10, 10]


async def test_every_process_shares_the_room_and_every_chat_has_its_own(pace: ValkeyPace, redis_url: str) -> None:
    other = ValkeyPace(redis_url)
    try:
        assert await waits(pace, 2) + await waits(other, 2) == [0, 0, 0, 5]
        assert await waits(other, 1, key="b") == [0]
    finally:
        await other.close()


async def test_spare_room_ends_one_place_earlier_and_takes_nothing_when_there_is_none(pace: ValkeyPace) -> None:
    assert await waits(pace, 4, spare=True) == [0, 0, 5, 5]
    assert await waits(pace, 2) == [0, 5]


async def test_without_valkey_a_process_keeps_the_pace_alone() -> None:
    alone = ValkeyPace("redis://127.0.0.1:1/0")
    try:
        assert await waits(alone, 4) == [0, 0, 0, 5]
        assert await waits(alone, 2, spare=True, key="b") == [0, 0]
        assert await waits(alone, 1, spare=True, key="b") == [5]
    finally:
        await alone.close()
