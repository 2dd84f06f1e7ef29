"""A worker dies at every point of the protocol, under every answer of the platform: the post is out exactly once.

Each case: a process runs the step and is killed at the point; what is left is worked off by another worker; a person who is
asked tells the truth. The platform's own ledger says how often the post is there.
"""

import asyncio
import multiprocessing
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, fields, replace
from multiprocessing.context import ForkServerContext
from pathlib import Path
from uuid import UUID

import pytest

from domain.post import PostRef
from domain.publishing import Reconciliation
from domain.secret import Secret
from sandbox.knobs import KNOBS, turn
from storage.keys import Keyring, Purpose, new_key
from storage.session import Database
from storage.vault import Vault
from tests.chaos.child import Errand, run, unlimited
from tests.chaos.kinds import PLAYERS, Content, Player
from tests.chaos.points import LAST_BYTE, POINTS, RESPONSE, SAVES, Point, nth_save
from tests.pipeline.conftest import logins as logins  # noqa: PLC0414 - a fixture
from tests.pipeline.house import QUICK, House, another_team, open_house, platform_settings
from tests.pipeline.lanes import Lane, open_lanes
from tests.sandbox.instagram.product import Shelf
from tests.sharing import TABLE

LANES_A_KIND = 7
PATIENCE = replace(QUICK, lease=3.0, send=1.5, settle=1.0)
ANSWERS = {
    "good": (None, 0.0),
    "accept_then_500": ("accept_then_500", 0.0),
    "accept_then_close": ("accept_then_close", 0.0),
    "accept_late": ("accept_late", 0.2),
    "reject_5xx": ("reject_5xx", 0.0),
    "accept_too_late": ("accept_late", 5.0),
}
"""The twin's fault and its seconds. Too late: after two looks found nothing and the post was sent again."""
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


@dataclass
class Scene:
    """One lane with its account."""

    player: Player
    house: House
    lane: Lane
    account: UUID
    context: ForkServerContext
    database_url: str
    keys: str
    media: Path
    shelf: Shelf

    async def play(self, case: Case) -> Told:
        if self.player.days:
            self.lane.world.advance(DAY)
            self.account = await self.house.connect(self.player.kind)
        post = await self._post(self.player.heavy if case.point in _SAVES else self.player.light)
        before = case.point.lost or bool(self.player.gate)
        if before:
            self._arm(case.answer)
        killed = await self._until_death(case.point, post)
        if not before:  # who died had sent nothing, so the next worker meets the answer
            self._arm(case.answer)
        states = await self.house.settle(post)
        while states[-1] == "needs_human" and states.count("needs_human") < 3:  # the resend may meet the fault
            await self.house.truth(post)
            states += await self.house.settle(post)
        self.lane.healthy()
        await self.lane.quiet()
        return Told(case, killed, states, len(await self.house.accepted(post)), states.count("needs_human"))

    def _arm(self, answer: str) -> None:
        fault, seconds = ANSWERS[answer]
        if fault is not None and self.player.gate:
            self.lane.fault_after(self.player.gate, self.player.kind.posts, fault, seconds=seconds)
        elif fault is not None:
            self.lane.fault(self.player.kind.posts, fault, seconds=seconds)

    async def _post(self, content: Content) -> PostRef:
        payload = content(self.house.media)
        for digest, made in self.house.media.kept.items():
            if not (self.media / digest).exists():
                self.shelf.put(digest, made)
                (self.media / digest).write_bytes(made)
        return await self.house.post_of(self.account, payload)

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
            point.name, point.nth, post.workspace_id, post.post_id, self.database_url, self.keys, _plain(self.lane),
            PATIENCE, self.media, self.shelf.base,
        )  # fmt: skip
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
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.chaos.warm"])
    keys = ",".join(new_key(purpose) for purpose in Purpose)
    web, worker = Database(logins["amarktai_web"], size=2), Database(logins["amarktai_worker"], size=24)
    await web.open()
    await worker.open()
    async with AsyncExitStack() as stack:
        lanes = stack.enter_context(open_lanes(tmp_path, LANES_A_KIND * len(PLAYERS)))
        shelf = Shelf()
        stack.callback(shelf.close)
        found: dict[str, list[Scene]] = {}
        for n, lane in enumerate(lanes):
            player, media = PLAYERS[n % len(PLAYERS)], tmp_path / f"media{n}"
            media.mkdir()
            for name in KNOBS:
                if name.endswith("takes_duplicates"):  # a second send has to show
                    turn(lane.world, name, 1)
            team = await another_team(web, worker, Vault(Keyring.parse(keys)), f"T{n}")
            house = await stack.enter_async_context(
                open_house(team, lane, PATIENCE, public_url=lambda digest, _: f"{shelf.base}/{digest}")
            )
            house.publishing = unlimited(house.publishing)
            account = await house.connect(player.kind)
            scene = Scene(player, house, lane, account, context, logins["amarktai_worker"], keys, media, shelf)
            found.setdefault(player.kind.name, []).append(scene)
        yield found
    await web.close()
    await worker.close()


@pytest.mark.timeout(600)  # two minutes on a machine of one's own
async def test_a_worker_killed_at_any_point_neither_loses_nor_doubles_a_post(
    scenes: dict[str, list[Scene]], record_property: Callable[[str, object], None]
) -> None:
    told: list[Told] = []

    async def work(scene: Scene, waiting: list[Case]) -> None:
        while waiting:
            told.append(await scene.play(waiting.pop()))

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
