"""A worker dies at every point of sending what follows a post: each part of a thread, each first comment, is there once.

The post is out before; then a process sends the part and is killed at the point, and another worker goes on.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from domain.parts import following
from domain.payload import Payload
from domain.post import PostRef
from domain.publishing import Reconciliation
from domain.settings import Setting
from pipeline.parts import follow
from tests.chaos.kinds import PLAYERS, Player
from tests.chaos.points import PART_LAST_BYTE, PART_POINTS, Point
from tests.chaos.scene import ANSWERS, Scene, open_scenes
from tests.pipeline.conftest import logins as logins  # noqa: PLC0414 - a fixture
from tests.pipeline.house import some_text
from tests.sharing import TABLE

LANES_A_KIND = 3
"""So many that no lane's X is asked for its hundred posts in a quarter of an hour: then nothing more would go out there."""
TARGETS = {
    "x": "x.posts",
    "linkedin organisation": "linkedin.comments",
    "linkedin member": "linkedin.comments",
    "facebook": "facebook.comments",
    "instagram": "instagram.comments",
    "youtube": "youtube.comments",
}
"""By kind of account: the call that sends a part."""
FOLLOWED = tuple(player for player in PLAYERS if player.kind.name in TARGETS)
LATE = "accept_too_late"
"""Left out: nothing makes a part safe that a platform takes seconds after it was looked for twice."""
_ENDED = {"out", "refused", "unclear", "dropped"}


@dataclass(frozen=True)
class Told:
    """What became of a case: the states of its parts, and how often each of them is there."""

    kind: str
    by: Reconciliation
    point: Point
    answer: str
    killed: bool
    states: list[str]
    there: list[int]

    @property
    def good(self) -> bool:
        """Once each. At most once, and it says so, where nobody can look, and where the second try got lost too."""
        kept = {"out": (1,), "unclear": (0, 1), "dropped": (0,)}
        told = [state.partition(" ")[0] for state in self.states]
        excused = self.by is Reconciliation.BY_PERSON or self.answer == "reject_5xx"
        return (excused or set(told) == {"out"}) and all(
            n in kept.get(state, ()) for n, state in zip(self.there, told, strict=True)
        )


async def _play(scene: Scene, point: Point, answer: str) -> Told:
    player, house, target = scene.player, scene.house, TARGETS[scene.player.kind.name]
    payload = _with_parts(player, player.light(house.media))
    post = await scene.post_of(payload)
    assert (await scene.settle(post))[-1] == "published", await house.row(post)
    if point.lost:
        scene.arm(answer, target)
    killed = await _until_death(scene, point, post)
    if not point.lost:
        scene.arm(answer, target)
    states = await _play_out(scene, post)
    scene.lane.healthy()
    await scene.lane.quiet()
    there = [_times(scene, part.text) for part in following(player.kind.platform, payload.text, payload.settings)]
    return Told(player.kind.name, player.by, point, answer, killed, states, there)


def _with_parts(player: Player, payload: Payload) -> Payload:
    """A thread of three where there are threads, else a first comment."""
    if player.kind.name == "x":
        return replace(payload, text="\n---\n".join(some_text() for _ in range(3)))
    return replace(payload, settings={**payload.settings, Setting.FIRST_COMMENT: some_text()})


async def _until_death(scene: Scene, point: Point, post: PostRef) -> bool:
    """The sweep and the look need something to clear up: a worker that died with its request on the way."""
    if point.step != "follow":
        await scene.killed(PART_LAST_BYTE, post)
        await _due(scene, post)
        if point.step == "follow look":
            await follow(post, scene.house.publishing)  # the sweep
    return await scene.killed(point, post)


async def _play_out(scene: Scene, post: PostRef) -> list[str]:
    """Work the parts off until each has ended, or so often that one never will."""
    for _ in range(60):
        parts = await _parts(scene, post)
        if {part["state"] for part in parts} <= _ENDED:
            break
        await _due(scene, post)
        await follow(post, scene.house.publishing)
    return [part["state"] + (f" ({part['trouble']})" if part["trouble"] else "") for part in parts]


async def _due(scene: Scene, post: PostRef) -> None:
    """Wait until a part is to be looked at; nobody waits for a back-off here."""
    part = next(part for part in await _parts(scene, post) if part["in_seconds"] is not None)
    if part["state"] == "waiting":
        await scene.house.run(
            "UPDATE parts SET next_at = now() WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s AND next_at IS NOT NULL",
            id=post.post_id,
        )
    else:
        await asyncio.sleep(max(part["in_seconds"], 0) + 0.01)


async def _parts(scene: Scene, post: PostRef) -> list[dict[str, Any]]:
    asked = """
    SELECT state, trouble, extract(epoch FROM greatest(next_at, lease_until) - now())::float8 AS in_seconds FROM parts
    WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s ORDER BY n
    """
    async with scene.house.team.worker.transaction(scene.house.workspace_id) as tx:
        return await tx.dicts(asked, {"id": post.post_id})


def _times(scene: Scene, text: str) -> int:
    words = " ".join(text.split(" ")[:3])
    entries = scene.lane.world.ledger.entries(scene.player.kind.platform)
    return sum(one["effect"] in ("post", "comment") and words in str(one["payload"]) for one in entries)


def _cases(player: Player) -> list[tuple[Point, str]]:
    """A thread plays every point under every answer. Comments of the five other kinds share the answers of a point among
    them, each its own at every point."""
    answers = [answer for answer in ANSWERS if answer != LATE]
    if player.kind.name == "x":
        return [(point, answer) for point in PART_POINTS for answer in answers]
    place = [one for one in FOLLOWED if one.kind.name != "x"].index(player)
    return [(point, answers[(place + at) % len(answers)]) for at, point in enumerate(PART_POINTS)]


@pytest.fixture
async def scenes(logins: dict[str, str], tmp_path: Path) -> AsyncIterator[dict[str, list[Scene]]]:
    async with open_scenes(logins, tmp_path, FOLLOWED, LANES_A_KIND) as found:
        yield found


@pytest.mark.timeout(600)
async def test_a_worker_killed_at_any_point_neither_loses_nor_doubles_a_part(
    scenes: dict[str, list[Scene]], record_property: Callable[[str, object], None]
) -> None:
    told: list[Told] = []

    async def work(scene: Scene, waiting: list[tuple[Point, str]]) -> None:
        while waiting:
            told.append(await _play(scene, *waiting.pop()))

    async with asyncio.TaskGroup() as group:
        for lanes in scenes.values():
            waiting = _cases(lanes[0].player)
            for scene in lanes:
                group.create_task(work(scene, waiting))
    print(table := _table(told))
    record_property(TABLE, table)
    assert [one for one in told if not one.good] == []
    reached = {one.point.name for one in told if one.killed}
    assert reached == {point.name for point in PART_POINTS}


def _table(told: list[Told]) -> str:
    kills = Counter((one.point.name, one.answer) for one in told if one.killed)
    answers = [answer for answer in ANSWERS if answer != LATE]
    lines = [
        "",
        "Workers killed while they sent what follows a post",
        f"{'':46}" + "".join(f"{a:>19}" for a in answers),
    ]
    lines += [
        f"{point.name:46}" + "".join(f"{kills[point.name, answer]:>19}" for answer in answers) for point in PART_POINTS
    ]
    lines += ["", f"{'':24}{'cases':>8}{'kills':>8}{'unclear':>9}{'twice':>8}{'lost':>8}"]
    names = list(dict.fromkeys(one.kind for one in told))
    for name in (*names, "all"):
        mine = [one for one in told if name in (one.kind, "all")]
        unclear = sum(state.startswith("unclear") for one in mine for state in one.states)
        twice = sum(n > 1 for one in mine for n in one.there)
        lost = sum(n < 1 and state == "out" for one in mine for n, state in zip(one.there, one.states, strict=True))
        counts = (len(mine), sum(one.killed for one in mine))
        lines.append(f"{name:24}{counts[0]:>8}{counts[1]:>8}{unclear:>9}{twice:>8}{lost:>8}")
    return "\n".join(lines)
