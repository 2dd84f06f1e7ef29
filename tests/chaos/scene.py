"""The stage of the crash points: lanes of the sandbox with an account each, and processes that run one step and are killed."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, fields, replace
from multiprocessing.context import ForkServerContext
from pathlib import Path
from uuid import UUID

from domain.payload import Payload
from domain.post import PostRef
from domain.secret import Secret
from sandbox.knobs import KNOBS, turn
from storage.keys import Keyring, Purpose, new_key
from storage.session import Database
from storage.vault import Vault
from tests.chaos.child import Errand, run, unlimited
from tests.chaos.kinds import Player
from tests.chaos.points import Point
from tests.pipeline.house import QUICK, House, another_team, open_house, platform_settings
from tests.pipeline.lanes import Lane, open_lanes
from tests.sandbox.instagram.product import Shelf

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

    async def post_of(self, payload: Payload) -> PostRef:
        """An approved post of this account whose slot has come, its files where platforms and dying processes find them."""
        for digest, made in self.house.media.kept.items():
            if not (self.media / digest).exists():
                self.shelf.put(digest, made)
                (self.media / digest).write_bytes(made)
        return await self.house.post_of(self.account, payload)

    def arm(self, answer: str, target: str) -> None:
        """The twin's next answer to `target`."""
        fault, seconds = ANSWERS[answer]
        if fault is not None and self.player.gate:
            self.lane.fault_after(self.player.gate, target, fault, seconds=seconds)
        elif fault is not None:
            self.lane.fault(target, fault, seconds=seconds)

    async def settle(self, post: PostRef) -> list[str]:
        """Work it off until nothing is due; a person who is asked tells the truth. Returns the states seen."""
        states = await self.house.settle(post)
        while states[-1] == "needs_human" and states.count("needs_human") < 3:  # the resend may meet the fault
            await self.house.truth(post)
            states += await self.house.settle(post)
        return states

    async def killed(self, point: Point, post: PostRef) -> bool:
        """Run the point's step in a process that dies there. False when it never came there."""
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


@asynccontextmanager
async def open_scenes(
    logins: dict[str, str], tmp_path: Path, players: Sequence[Player], lanes_a_kind: int
) -> AsyncIterator[dict[str, list[Scene]]]:
    """So many scenes for each kind of account, by its name."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.chaos.warm"])
    keys = ",".join(new_key(purpose) for purpose in Purpose)
    web, worker = Database(logins["amarktai_web"], size=2), Database(logins["amarktai_worker"], size=24)
    await web.open()
    await worker.open()
    async with AsyncExitStack() as stack:
        lanes = stack.enter_context(open_lanes(tmp_path, lanes_a_kind * len(players)))
        shelf = Shelf()
        stack.callback(shelf.close)
        found: dict[str, list[Scene]] = {}
        for n, lane in enumerate(lanes):
            player, media = players[n % len(players)], tmp_path / f"media{n}"
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
