"""A worker dies at every point of the protocol, under every answer of the platform: the post is out exactly once.

Each case: a process runs the step and is killed at the point; what is left is worked off by another worker; a person who is
asked tells the truth. The platform's own ledger says how often the post is there.
"""

import asyncio
import multiprocessing
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, fields, replace
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest

from domain.post import PostRef
from domain.secret import Secret
from storage.keys import Keyring, Purpose, new_key
from storage.session import Database
from storage.vault import Vault
from tests.chaos.child import Errand, run, unlimited
from tests.chaos.points import LAST_BYTE, POINTS, RESPONSE, Point
from tests.pipeline.conftest import logins as logins  # noqa: PLC0414 - a fixture
from tests.pipeline.house import KINDS, QUICK, House, Kind, another_team, open_house, platform_settings
from tests.pipeline.lanes import Lane, open_lanes
from tests.publishers.stage import png

LANES_A_KIND = 6
ANSWERS = ("good", "accept_then_500", "accept_then_close", "accept_late", "reject_5xx")
PATIENCE = replace(QUICK, lease=3.0, send=1.5, settle=1.0)
SILENT = {"accept_then_close", "accept_late"}
"""Answers that are none: what comes after the response is not reached by the wire."""


@dataclass(frozen=True)
class Case:
    kind: Kind
    point: Point
    answer: str


@dataclass(frozen=True)
class Told:
    """What became of a case."""

    case: Case
    killed: bool
    states: list[str]
    there: int
    asked: int


@dataclass(frozen=True)
class Scene:
    """One lane with its account."""

    house: House
    lane: Lane
    account: Any
    context: ForkServerContext
    database_url: str
    keys: str

    async def play(self, case: Case) -> Told:
        pictures = [self.house.media.put(png())] if case.point.picture else []
        post = await self.house.post(self.account, None, *pictures)
        if case.answer != "good":
            self.lane.fault(case.kind.posts, case.answer, seconds=0.2)
        killed = await self._until_death(case.point, post)
        states = await self.house.settle(post)
        while states[-1] == "needs_human" and states.count("needs_human") < 3:  # the resend may meet the fault
            await self.house.truth(post)
            states += await self.house.settle(post)
        self.lane.world.faults.clear()
        return Told(case, killed, states, len(await self.house.accepted(post)), states.count("needs_human"))

    async def _until_death(self, point: Point, post: PostRef) -> bool:
        """The sweep and the look need something to clear up: a worker that died with its request on the way."""
        if point.step == "publish":
            return await self._killed(point, post)
        await self._killed(LAST_BYTE, post)
        if point.step == "sweep":
            await asyncio.sleep(max((await self.house.row(post))["in_seconds"], 0) + 0.01)
        else:
            await self.house.settle(post, until=("unknown",))
        return await self._killed(point, post)

    async def _killed(self, point: Point, post: PostRef) -> bool:
        errand = Errand(
            point.name, post.workspace_id, post.post_id, self.database_url, self.keys, _plain(self.lane), PATIENCE
        )
        process = self.context.Process(target=run, args=(errand,), daemon=True)
        process.start()
        await _ended(process.sentinel)
        process.join()
        assert process.exitcode in (0, -9), f"{point.name}: the process ended with {process.exitcode}"
        return process.exitcode == -9


async def _ended(sentinel: int) -> None:
    """Wait in this thread: multiprocessing loses an exit code when two threads ask for it."""
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(sentinel, ended.set)
    try:
        async with asyncio.timeout(30):
            await ended.wait()
    finally:
        loop.remove_reader(sentinel)


def _plain(lane: Lane) -> dict[str, str]:
    settings = platform_settings(lane)
    values = {field.name: getattr(settings, field.name) for field in fields(settings)}
    return {
        name: value.reveal() if isinstance(value, Secret) else value
        for name, value in values.items()
        if isinstance(value, str | Secret)
    }


@pytest.fixture
async def scenes(logins: dict[str, str], tmp_path: Path) -> AsyncIterator[dict[Kind, list[Scene]]]:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.chaos.child"])
    keys = ",".join(new_key(purpose) for purpose in Purpose)
    web, worker = Database(logins["amarktai_web"], size=2), Database(logins["amarktai_worker"], size=24)
    await web.open()
    await worker.open()
    async with AsyncExitStack() as stack:
        lanes = stack.enter_context(open_lanes(tmp_path, LANES_A_KIND * len(KINDS)))
        found: dict[Kind, list[Scene]] = {}
        for n, lane in enumerate(lanes):
            kind = KINDS[n % len(KINDS)]
            team = await another_team(web, worker, Vault(Keyring.parse(keys)), f"T{n}")
            house = await stack.enter_async_context(open_house(team, lane, PATIENCE))
            house.publishing = unlimited(house.publishing)
            scene = Scene(house, lane, await house.connect(kind), context, logins["amarktai_worker"], keys)
            found.setdefault(kind, []).append(scene)
        yield found
    await web.close()
    await worker.close()


@pytest.mark.timeout(300)  # a minute on a machine of one's own
async def test_a_worker_killed_at_any_point_neither_loses_nor_doubles_a_post(scenes: dict[Kind, list[Scene]]) -> None:
    told: list[Told] = []

    async def work(scene: Scene, waiting: list[Case]) -> None:
        while waiting:
            told.append(await scene.play(waiting.pop()))

    async with asyncio.TaskGroup() as group:
        for kind, lanes in scenes.items():
            waiting = [Case(kind, point, answer) for answer in ANSWERS for point in POINTS]
            for scene in lanes:
                group.create_task(work(scene, waiting))
    _print(told)
    assert [one for one in told if one.there != 1 or one.states[-1] != "published"] == []
    reached = {(one.case.point, one.case.answer) for one in told if one.killed}
    every = {(point, answer) for point in POINTS for answer in ANSWERS}
    assert every - reached == {(RESPONSE, answer) for answer in SILENT}
    assert sum(one.killed for one in told) >= 50


def _print(told: list[Told]) -> None:
    """Kills by point and answer, over all kinds of account."""
    kills = Counter((one.case.point.name, one.case.answer) for one in told if one.killed)
    print(f"\n{'killed':46}" + "".join(f"{answer:>19}" for answer in ANSWERS))
    for point in POINTS:
        print(f"{point.name:46}" + "".join(f"{kills[point.name, answer]:>19}" for answer in ANSWERS))
    twice, lost = sum(one.there > 1 for one in told), sum(one.there < 1 for one in told)
    asked = sum(one.asked for one in told)
    print(
        f"{len(told)} cases, {sum(kills.values())} kills, {asked} times a person was asked: {twice} twice, {lost} lost"
    )
