"""One process of the story `limits`: publishes whatever is due, by the product's own step, to platforms that only take the time.

Started as `python -m benchmarks.rush SKEW SECONDS`; says "ready", waits for a line, works, and prints what arrived when.
"""

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

import uvloop

from benchmarks.limits import PROCESSES, READING, SHAPES, scaled
from domain.payload import Payload
from domain.platforms import Platform
from domain.post import PostRef
from domain.publishing import (
    Absent,
    Account,
    Claim,
    Finding,
    Handles,
    OutcomeUnknown,
    PartClaim,
    PartSearch,
    Permit,
    Reading,
    Receipt,
    Reconciliation,
    Save,
    Search,
    TryLater,
    Window,
)
from pipeline.accounts import Connecting
from pipeline.publish import Publishing, publish
from publishers.registry import READS
from storage.keys import Keyring
from storage.pace import ValkeyPace
from storage.session import Database
from storage.vault import Vault

LONGEST_WAY = 0.04
"""Seconds that a request is under way, each direction."""
LOST, BROKEN_OFF = 0.05, 0.05
"""Shares of sends that arrive without an answer, and of those that end before the sent mark."""

REST, REST_EVERY = 2.0, 7.0
"""Seconds in which no account is read, out of how many."""

Arrivals = list[tuple[str, str, float]]
"""(platform, profile, when it arrived by the machine's monotonic clock), in order."""

_DUE = "SELECT workspace_id, id FROM door_due(now(), 40) WHERE stage IN ('approved', 'retry_wait')"


@dataclass(frozen=True)
class Absorbing:
    """A platform that takes everything and notes the instant; fulfils `Publisher`."""

    platform: Platform
    windows: tuple[Window, ...]
    arrivals: Arrivals = field(repr=False)

    def reconciliation(self, account: Account) -> Reconciliation:
        return Reconciliation.BY_LISTING

    def check(self, payload: Payload) -> list[str]:
        return []

    async def prepare(self, claim: Claim, handles: Handles, save: Save) -> Handles:
        if random.random() < BROKEN_OFF:
            raise TryLater("The platform did not answer before anything was sent.")
        return handles

    async def send(self, claim: Claim, handles: Handles, permit: Permit) -> Receipt:
        await permit()
        await asyncio.sleep(random.uniform(0, LONGEST_WAY))
        self.arrivals.append((self.platform, claim.account.remote_id, time.monotonic()))
        await asyncio.sleep(random.uniform(0, LONGEST_WAY))
        if random.random() < LOST:
            raise OutcomeUnknown("The answer got lost.")
        return Receipt(f"{claim.post.post_id}")

    async def find(self, search: Search) -> Finding:
        return Absent()

    async def send_part(self, claim: PartClaim, permit: Permit) -> Receipt:
        raise NotImplementedError("Nothing follows a post here.")

    async def find_part(self, search: PartSearch) -> Finding:
        return Absent()

    async def measure(self, account: Account, remote_ids: tuple[str, ...]) -> tuple[Reading, ...]:
        return ()

    async def withdraw(self, account: Account, remote_id: str) -> None:
        return None


async def main(skew: float, seconds: float) -> None:
    """Work for so many seconds. Every wall clock that the product's Python reads here is `skew` seconds off."""
    _set_clock(skew)
    database = Database(os.environ["DATABASE_APP_URL"], size=4)
    await database.open()
    arrivals: Arrivals = []
    deps = _publishing(database, arrivals)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    end = time.monotonic() + seconds
    pace = ValkeyPace(os.environ["REDIS_URL"])
    readers = [
        _until(end, partial(_read_one, pace, platform, profile, arrivals))
        for platform in SHAPES
        for profile in ("profile 0", "profile 1")
    ]
    await asyncio.gather(_until(end, lambda: _publish_one(database, deps)), *readers)
    await pace.close()
    await database.close()
    print(json.dumps(arrivals), flush=True)


async def _until(end: float, step: Callable[[], Awaitable[None]]) -> None:
    while time.monotonic() < end:
        await step()


async def _publish_one(database: Database, deps: Publishing) -> None:
    """One of the posts that are due, or a short sleep when none is."""
    async with database.transaction() as tx:
        due = await tx.dicts(_DUE)
    if not due:
        await asyncio.sleep(0.02)
        return
    chosen = random.choice(due[: 3 * PROCESSES])  # the clock hands out in order, and workers race
    await publish(PostRef(chosen["workspace_id"], chosen["id"]), deps)


async def _read_one(pace: ValkeyPace, platform: Platform, profile: str, arrivals: Arrivals) -> None:
    """One read of an account when there is room. Everybody rests now and then, so that bursts gather."""
    rest = time.monotonic() % REST_EVERY
    wait = REST - rest if rest < REST else await pace.room(f"{platform}:{profile}", scaled(READS[platform]))
    if wait > 0:
        await asyncio.sleep(wait + random.uniform(0, 0.05))
    else:
        arrivals.append((READING + platform, profile, time.monotonic()))


def _publishing(database: Database, arrivals: Arrivals) -> Publishing:
    vault = Vault(Keyring.parse(os.environ["AMARKTAI_KEYS"]))
    publishers = {platform: Absorbing(platform, windows, arrivals) for platform, windows in SHAPES.items()}
    connecting = Connecting(database, vault, {}, _quiet, "http://127.0.0.1:4000")
    units = {Platform.YOUTUBE: 1_000_000}  # a day's; what is measured here are windows of seconds
    return Publishing(database, vault, publishers, _quiet, connecting, f"rush:{os.getpid()}", quotas=units)


def _quiet(_stage: str, _workspace_id: UUID | None, _ident: UUID | None) -> None:
    """Nobody is hinted at: every process looks for itself."""


def _set_clock(skew: float) -> None:
    real, real_ns = time.time, time.time_ns
    time.time = lambda: real() + skew
    time.time_ns = lambda: real_ns() + int(skew * 1e9)


if __name__ == "__main__":
    uvloop.run(main(float(sys.argv[1]), float(sys.argv[2])))
