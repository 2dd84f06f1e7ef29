"""Every stage has a job, and every job a stage: no hint can be for nobody."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from pipeline.actors import Deps, in_time, jobs, register
from pipeline.broker import make_broker
from pipeline.stages import STAGES, Stage
from tests.pipeline.house import House


async def test_every_stage_has_an_actor_on_its_queue(house: House, redis_url: str) -> None:
    fields: dict[str, Any] = dict.fromkeys(Deps.__dataclass_fields__)
    deps = Deps(**{**fields, "publishing": house.publishing})
    broker = make_broker(redis_url)
    register(broker, deps)
    assert {name: actor.queue_name for name, actor in broker.actors.items()} == {
        name: stage.queue for name, stage in STAGES.items()
    }
    assert set(jobs(deps)) <= set(STAGES)
    broker.client.close()


async def test_a_job_that_takes_too_long_is_ended_and_writes_down_what_it_knows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(STAGES, "draw", Stage("draw", 0))
    known = []

    async def job() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            known.append("how far it came")

    with capture_logs() as logs:
        await in_time("draw", job())
    assert known == ["how far it came"]
    assert [line["event"] for line in logs] == ["a job took too long and was ended"]


async def test_what_a_job_itself_gave_up_waiting_for_is_its_own_error() -> None:
    async def job() -> None:
        raise TimeoutError("the platform")

    with pytest.raises(TimeoutError, match="the platform"):
        await in_time("draw", job())
