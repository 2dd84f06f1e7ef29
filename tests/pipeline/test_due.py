"""The clock hints at what is due, at its instant; it is told of earlier ones, and outlives its database and its Valkey."""

import asyncio
from contextlib import suppress
from uuid import UUID

import pytest
import redis.asyncio as redis
from psycopg import OperationalError

import pipeline.due
from pipeline.broker import DUE, Hints, make_broker
from pipeline.due import LINE, QUEUE_ROOM, DueClock
from pipeline.stages import STAGES
from storage.due import due_within
from tests.pipeline.house import BY_NAME, House

AT = "UPDATE posts SET next_at = now() + make_interval(secs => %(secs)s) WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
ALL_DUE = """
UPDATE posts SET next_at = CASE WHEN next_at IS NULL THEN NULL ELSE now() END, next_measure_at = now()
WHERE workspace_id = %(workspace_id)s
"""


class Heard:
    """The hints of a clock, to wait for."""

    def __init__(self) -> None:
        self.given: list[tuple[str, UUID | None]] = []

    def __call__(self, stage: str, _: UUID | None, ident: UUID | None) -> None:
        self.given.append((stage, ident))

    async def wait(self, stage: str, ident: UUID | None, times: int = 1) -> None:
        async with asyncio.timeout(20):
            while self.given.count((stage, ident)) < times:
                await asyncio.sleep(0.005)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_what_is_due_is_hinted_at_once_and_what_comes_soon_at_its_instant(house: House, redis_url: str) -> None:
    account = await house.connect(BY_NAME["x"])
    due, soon = await house.post(account), await house.post(account)
    await house.run(AT, id=soon.post_id, secs=0.4)
    heard = Heard()
    clock = DueClock(house.team.worker, heard, redis_url, DUE)
    await clock.scan()
    await heard.wait("approved", soon.post_id)
    stages = [ident for stage, ident in heard.given if stage == "approved"]
    assert stages == [due.post_id, soon.post_id]
    assert (await house.row(soon))["in_seconds"] <= 0


async def test_two_scans_hint_once_at_a_row_and_again_when_it_falls_due_anew(house: House, redis_url: str) -> None:
    post, heard = await house.post(await house.connect(BY_NAME["x"])), Heard()
    clock = DueClock(house.team.worker, heard, redis_url, DUE)
    await clock.scan()
    await heard.wait("approved", post.post_id)
    await clock.scan()
    await asyncio.sleep(0)  # timers of what is overdue fire at once
    await house.run(AT, id=post.post_id, secs=0.6)
    await clock.scan()
    await heard.wait("approved", post.post_id, times=2)
    assert heard.given.count(("approved", post.post_id)) == 2


async def test_a_running_clock_is_told_that_an_earlier_instant_appeared(
    house: House, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline.due, "SCAN_SECONDS", 3600.0)
    heard = Heard()
    running = asyncio.create_task(DueClock(house.team.worker, heard, redis_url, DUE).run())
    async with redis.Redis.from_url(redis_url) as client:
        while dict(await client.pubsub_numsub(DUE))[DUE.encode()] == 0:
            await asyncio.sleep(0.005)
        post = await house.post(await house.connect(BY_NAME["x"]))
        await client.publish(DUE, b"")
        await heard.wait("approved", post.post_id)
    await _ended(running)


async def test_the_clock_outlives_an_outage_of_its_database_and_of_valkey(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline.due, "SCAN_SECONDS", 0.05)
    post, heard = await house.post(await house.connect(BY_NAME["x"])), Heard()
    failed: list[bool] = []

    async def away(*args: object, **named: object) -> object:
        if len(failed) < 3:
            failed.append(True)
            raise OperationalError("the server closed the connection unexpectedly")
        return await due_within(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline.due, "due_within", away)
    running = asyncio.create_task(DueClock(house.team.worker, heard, "redis://127.0.0.1:1/0", DUE).run())
    await heard.wait("approved", post.post_id)
    assert len(failed) == 3
    await _ended(running)


async def test_every_state_of_a_post_that_wants_looking_at_is_a_stage(house: House, redis_url: str) -> None:
    account = await house.connect(BY_NAME["linkedin member"])
    for fault in (None, "close"):
        post = await house.post(account)
        if fault:
            house.lane.fault("linkedin.posts", fault)
        await house.settle(post)
    heard = Heard()
    await house.run(ALL_DUE)
    await DueClock(house.team.worker, heard, redis_url, DUE).scan()
    await heard.wait("needs_human", post.post_id)
    assert {stage for stage, _ in heard.given} <= set(STAGES)


async def test_a_row_is_not_hinted_at_while_its_queue_is_full_and_is_soon_after(house: House, redis_url: str) -> None:
    post, heard = await house.post(await house.connect(BY_NAME["x"])), Heard()
    clock, line = DueClock(house.team.worker, heard, redis_url, DUE), LINE.format(STAGES["approved"].queue)
    async with redis.Redis.from_url(redis_url) as client:
        await client.rpush(line, *(f"message {n}" for n in range(QUEUE_ROOM)))
        assert await clock.scan()
        assert ("approved", post.post_id) not in heard.given
        await client.lpop(line)
        assert not await clock.scan()
    assert heard.given.count(("approved", post.post_id)) == 1


async def test_a_full_queue_keeps_no_other_kind_of_work_waiting(house: House, redis_url: str) -> None:
    await house.post(await house.connect(BY_NAME["x"]))
    schedule = "UPDATE schedules SET next_run = now() WHERE workspace_id = %(workspace_id)s"
    await house.run(schedule)
    heard = Heard()
    async with redis.Redis.from_url(redis_url) as client:
        await client.rpush(LINE.format(STAGES["approved"].queue), *(f"message {n}" for n in range(QUEUE_ROOM)))
    await DueClock(house.team.worker, heard, redis_url, DUE).scan()
    assert "plan" in {stage for stage, _ in heard.given}


async def test_where_hints_stand_in_line_none_is_given_twice(house: House, redis_url: str) -> None:
    post, heard = await house.post(await house.connect(BY_NAME["x"])), Heard()
    await house.run(AT, id=post.post_id, secs=-3600)
    clock = DueClock(house.team.worker, heard, redis_url, DUE)
    for waiting, times in (("one", 1), ("one more", 1), (None, 2)):
        async with redis.Redis.from_url(redis_url) as client:
            if waiting is None:
                await client.delete(LINE.format("publish"))
            else:
                await client.rpush(LINE.format("publish"), waiting)
        await clock.scan()
        assert heard.given.count(("approved", post.post_id)) == times
        later = pipeline.due.REPEAT_SECONDS + 1
        clock._hinted = {key: at - later for key, at in clock._hinted.items()}


async def test_the_line_that_the_clock_counts_is_the_one_where_hints_wait(redis_url: str) -> None:
    broker = make_broker(redis_url)
    hints = Hints(broker)
    hints("approved", UUID(int=1), UUID(int=2))
    hints.close()
    async with redis.Redis.from_url(redis_url) as client:
        assert await client.llen(LINE.format("publish")) == 1
    broker.client.close()
