"""Every stage has a job, and every job a stage: no hint can be for nobody."""

from typing import Any

from pipeline.actors import Deps, jobs, register
from pipeline.broker import make_broker
from pipeline.stages import STAGES
from tests.pipeline.house import House


async def test_every_stage_has_an_actor_on_its_queue(house: House, redis_url: str) -> None:
    fields: dict[str, Any] = dict.fromkeys(Deps.__dataclass_fields__)
    deps = Deps(**{**fields, "publishing": house.publishing})
    broker = make_broker(redis_url, works=True)
    register(broker, deps)
    assert {name: actor.queue_name for name, actor in broker.actors.items()} == {
        name: stage.queue for name, stage in STAGES.items()
    }
    assert set(jobs(deps)) <= set(STAGES)
    broker.client.close()
