"""One approved post goes out once, or its row says why not, whatever the platform does meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from pipeline.publish import publish
from storage.session import Database
from storage.vault import Vault
from tests.pipeline.conftest import Team
from tests.pipeline.house import BY_NAME, KINDS, House, Kind, another_team, open_house
from tests.pipeline.lanes import Lane, open_lanes

FAULTS = (
    "accept_then_500", "accept_then_close", "accept_then_hang", "accept_late", "reject_5xx", "close", "429", "slow", "malformed_2xx",
)  # fmt: skip


@pytest.fixture(scope="session")
def lanes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Lane]]:
    with open_lanes(tmp_path_factory.mktemp("lanes"), len(FAULTS)) as opened:
        yield opened


@pytest.fixture
async def house(team: Team, tmp_path: Path) -> AsyncIterator[House]:
    with open_lanes(tmp_path, 1) as [lane]:
        async with open_house(team, lane) as opened:
            yield opened


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_an_approved_post_is_published_once_and_the_attempt_is_recorded(house: House, kind: Kind) -> None:
    post = await house.post(await house.connect(kind))
    await publish(post, house.publishing)
    await publish(post, house.publishing)  # a second hint finds nothing
    row, [attempt] = await house.row(post), await house.attempts(post)
    [entry] = await house.accepted(post)
    assert (row["state"], row["remote_id"], attempt["outcome"]) == ("published", entry["rid"], "ok")
    assert row["permalink"] and row["next_at"] is None and row["next_measure_at"] is not None


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_whatever_the_platform_answers_a_post_is_never_there_twice(
    web: Database, worker: Database, vault: Vault, lanes: list[Lane], kind: Kind
) -> None:
    async def play(lane: Lane, fault: str) -> tuple[str, list[str], int]:
        async with open_house(await another_team(web, worker, vault, f"T{fault}"), lane) as house:
            post = await house.post(await house.connect(kind))
            lane.fault(kind.posts, fault, seconds=0.3 if fault != "accept_then_hang" else 5, retry_after=1)
            states = await house.settle(post)
            if states[-1] == "needs_human":
                await house.truth(post)
                states += await house.settle(post)
            return fault, states, len(await house.accepted(post))

    told = await asyncio.gather(*(play(lane, fault) for lane, fault in zip(lanes, FAULTS, strict=True)))
    assert [(fault, states[-1], count) for fault, states, count in told] == [
        (fault, "published", 1) for fault in FAULTS
    ]
    asked = {fault for fault, states, _ in told if "needs_human" in states}
    lost = {fault for fault, states, _ in told if "unknown" in states}
    assert lost == set(FAULTS) - {"429", "slow"}
    assert asked == (lost if kind is BY_NAME["linkedin member"] else set())
