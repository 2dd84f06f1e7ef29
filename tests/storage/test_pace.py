"""Pace: a chat's room is shared by everybody who writes to it, and what is not urgent leaves some over."""

from collections.abc import AsyncIterator

import pytest
import redis.asyncio as redis

from domain.publishing import Reads
from storage.pace import BORN, ValkeyPace


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


HOUR = Reads(limit=15, seconds=60, burst=3)
"""Three at once, then one every five seconds: in any minute fifteen at most."""


async def asked(pace: ValkeyPace, times: int) -> list[int]:
    """What so many askers of one account are told, to the nearest second."""
    return [round(await pace.room("x:42", HOUR)) for _ in range(times)]


async def rested(pace: ValkeyPace, redis_url: str) -> None:
    """An account that is known, and was not read for long."""
    async with redis.from_url(redis_url) as client:
        await client.set("reads:x:42", 1)


async def test_an_account_is_read_in_a_burst_and_then_at_its_distance(pace: ValkeyPace, redis_url: str) -> None:
    await rested(pace, redis_url)
    assert await asked(pace, 5) == [0, 0, 0, 5, 5]  # nobody holds a place: whoever waits asks again


async def test_what_valkey_forgot_may_have_been_used_so_no_burst_is_left(pace: ValkeyPace, redis_url: str) -> None:
    await rested(pace, redis_url)
    await asked(pace, 3)
    async with redis.from_url(redis_url) as client:
        await client.flushdb()
        assert await asked(pace, 2) == [5, 5]
        await client.flushdb()  # again and again: then nothing is read, which harms nobody
        assert await asked(pace, 2) == [5, 5]


async def test_an_account_that_is_not_known_was_not_read_once_valkey_remembers_longer_than_the_window(
    pace: ValkeyPace, redis_url: str
) -> None:
    async with redis.from_url(redis_url) as client:
        await client.set(BORN, 1)
    assert await asked(pace, 4) == [0, 0, 0, 5]


async def test_an_account_that_was_just_connected_has_its_whole_burst_and_one_that_is_known_none_more(
    pace: ValkeyPace,
) -> None:
    await pace.never_read("x:42")
    assert await asked(pace, 4) == [0, 0, 0, 5]
    await pace.never_read("x:42")
    assert await asked(pace, 1) == [5]


async def test_every_process_shares_what_an_account_may_be_read(pace: ValkeyPace, redis_url: str) -> None:
    await rested(pace, redis_url)
    other = ValkeyPace(redis_url)
    try:
        assert await asked(pace, 2) + await asked(other, 2) == [0, 0, 0, 5]
    finally:
        await other.close()


async def test_without_valkey_each_of_eight_processes_reads_an_eighth() -> None:
    alone = ValkeyPace("redis://127.0.0.1:1/0")
    try:
        assert await asked(alone, 3) == [0, 40, 40]
    finally:
        await alone.close()
