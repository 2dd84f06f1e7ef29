"""A worker dies at every point of the protocol, under every answer of the platform: the post is out exactly once.

Each case: a process runs the step and is killed at the point; what is left is worked off by another worker; a person who is
asked tells the truth. The platform's own ledger says how often the post is there.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from domain.post import PostRef
from domain.publishing import Reconciliation
from tests.chaos.kinds import PLAYERS, Player
from tests.chaos.points import LAST_BYTE, POINTS, RESPONSE, SAVES, Point, nth_save
from tests.chaos.scene import ANSWERS, Scene, open_scenes
from tests.pipeline.conftest import logins as logins  # noqa: PLC0414 - a fixture
from tests.sharing import TABLE

LANES_A_KIND = 7
BY_HANDLE_ONLY = {"accept_too_late"}
"""What only a platform stands on which a post is made first and then shown by its name: on the others this doubles."""
SILENT = {"accept_then_close", "accept_late", "accept_too_late"}
"""Answers that are none: what comes after the response is not reached by the wire."""
DAY = 86_400.0


@dataclass(frozen=True)
class Case:
    player: Player
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

    def said(self) -> str:
        case = self.case
        where = f"{case.point.name} ({case.point.nth}), {case.answer}"
        return f"{case.player.kind.name}: {where}: {self.states}, {self.there} times there"


async def _play(scene: Scene, case: Case) -> Told:
    player, house = scene.player, scene.house
    if player.days:
        scene.lane.world.advance(DAY)
        scene.account = await house.connect(player.kind)
    content = player.heavy if case.point in _SAVES else player.light
    post = await scene.post_of(content(house.media))
    before = case.point.lost or bool(player.gate)
    if before:
        scene.arm(case.answer, player.kind.posts)
    killed = await _until_death(scene, case.point, post)
    if not before:  # who died had sent nothing, so the next worker meets the answer
        scene.arm(case.answer, player.kind.posts)
    states = await scene.settle(post)
    scene.lane.healthy()
    await scene.lane.quiet()
    return Told(case, killed, states, len(await house.accepted(post)), states.count("needs_human"))


async def _until_death(scene: Scene, point: Point, post: PostRef) -> bool:
    """The sweep and the look need something to clear up: a worker that died with its request on the way."""
    if point.step == "publish":
        return await scene.killed(point, post)
    await scene.killed(LAST_BYTE, post)
    if point.step == "sweep":
        await asyncio.sleep(max((await scene.house.row(post))["in_seconds"], 0) + 0.01)
    else:
        await scene.house.settle(post, until=("unknown",))
    return await scene.killed(point, post)


_SAVES = [nth_save(point, nth) for nth in range(1, 1 + max(player.saves for player in PLAYERS)) for point in SAVES]


def cases_of(player: Player) -> list[Case]:
    """What a kind of account plays. Each class of platforms plays every point under every answer.

    While nothing is on its way the platform's answer means little, so the kinds of a class share these answers, each save
    of a handle included. From the sent mark on every kind plays them all, but for one that only takes its share.
    """
    alike = [other for other in PLAYERS if other.by is player.by]
    answers = [answer for answer in ANSWERS if player.by is Reconciliation.BY_HANDLE or answer not in BY_HANDLE_ONLY]
    points = [point for point in POINTS if point not in SAVES]
    points += [point for point in _SAVES if point.nth <= player.saves]
    return [
        Case(player, point, answer)
        for at, point in enumerate(points)
        for number, answer in enumerate(answers, at + alike.index(player))
        if (point.lost and not player.sampled) or number % len(alike) == 0
    ]


@pytest.fixture
async def scenes(logins: dict[str, str], tmp_path: Path) -> AsyncIterator[dict[str, list[Scene]]]:
    async with open_scenes(logins, tmp_path, PLAYERS, LANES_A_KIND) as found:
        yield found


@pytest.mark.timeout(600)  # two minutes on a machine of one's own
async def test_a_worker_killed_at_any_point_neither_loses_nor_doubles_a_post(
    scenes: dict[str, list[Scene]], record_property: Callable[[str, object], None]
) -> None:
    told: list[Told] = []

    async def work(scene: Scene, waiting: list[Case]) -> None:
        while waiting:
            told.append(await _play(scene, waiting.pop()))

    async with asyncio.TaskGroup() as group:
        for lanes in scenes.values():
            waiting = cases_of(lanes[0].player)
            for scene in lanes:
                group.create_task(work(scene, waiting))
    print(table := _table(told))
    record_property(TABLE, table)
    assert [one.said() for one in told if one.there != 1 or one.states[-1] != "published"] == []
    for by in Reconciliation:
        mine = [one for one in told if one.case.player.by is by]
        reached = {(one.case.point.name, one.case.answer) for one in mine if one.killed}
        assert {(one.case.point.name, one.case.answer) for one in mine} - reached == set(_beyond_the_wire(by))
    for player in PLAYERS:
        mine = [one for one in told if one.case.player is player]
        missed = {_place(one) for one in mine} - {_place(one) for one in mine if one.killed}
        assert missed <= ({(RESPONSE.name, 1)} if player.sampled else set())


def _place(one: Told) -> tuple[str, int]:
    return one.case.point.name, one.case.point.nth


def _beyond_the_wire(by: Reconciliation) -> Iterator[tuple[str, str]]:
    """Points that a case cannot reach: the response that never came."""
    return (
        (RESPONSE.name, answer) for answer in SILENT if by is Reconciliation.BY_HANDLE or answer not in BY_HANDLE_ONLY
    )


def _table(told: list[Told]) -> str:
    """Kills by point and answer, a table for each class of platforms; then what became of the cases, a line a kind."""
    lines: list[str] = []
    for by in Reconciliation:
        mine = [one for one in told if one.case.player.by is by]
        kills = Counter((one.case.point.name, one.case.answer) for one in mine if one.killed)
        names = ", ".join(player.kind.name for player in PLAYERS if player.by is by)
        lines += [
            "",
            f"Workers killed, class {by}: {names}",
            f"{'':46}" + "".join(f"{answer:>19}" for answer in ANSWERS),
        ]
        for point in POINTS:
            lines.append(f"{point.name:46}" + "".join(f"{kills[point.name, answer]:>19}" for answer in ANSWERS))
    lines += ["", f"{'':24}{'cases':>8}{'kills':>8}{'asked':>8}{'twice':>8}{'lost':>8}"]
    lines += [_line(player.kind.name, [one for one in told if one.case.player is player]) for player in PLAYERS]
    return "\n".join([*lines, _line("all", told), _SAMPLED])


def _line(name: str, told: list[Told]) -> str:
    twice, lost = sum(one.there > 1 for one in told), sum(one.there < 1 for one in told)
    counts = (len(told), sum(one.killed for one in told), sum(one.asked for one in told), twice, lost)
    return f"{name:24}" + "".join(f"{count:>8}" for count in counts)


_SAMPLED = (
    "Sampled: before the sent mark the kinds of a class share the answers; from it on each kind plays them all, but for"
    f" {' and '.join(player.kind.name for player in PLAYERS if player.sampled)}, which take their share there too. Each"
    f" class plays every point under every answer; {', '.join(BY_HANDLE_ONLY)} only class {Reconciliation.BY_HANDLE}."
)
