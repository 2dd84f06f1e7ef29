"""Limits: eight processes with clocks of their own publish as much as they may, while Valkey forgets everything again and again.

What counts is when requests arrived at the platform, over every sliding window, and how much of the limit was used.
"""

import asyncio
import contextlib
import json
import math
import random
import sys
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import redis

from benchmarks.figures import Figure, at_least, at_most, figure
from benchmarks.planting import Place, Planter, make_places
from benchmarks.stage import Scene, Stage
from domain.platforms import PLATFORMS, Platform
from domain.publishing import Reads, Window
from publishers.registry import READS
from storage.attempts import APP

TITLE = "Limits of the platforms: 8 processes, skewed clocks, Valkey flushed again and again"
PROCESSES, PROFILES, WORKSPACES = 8, 2, 2
"""Each profile is connected by both workspaces, which share its limit."""
ZONES = ("UTC", "Pacific/Auckland", "America/Los_Angeles", "Asia/Kolkata")
RUSH = 1.2
"""How much more is wanted than may go out."""

SHAPES: dict[Platform, tuple[Window, ...]] = {
    Platform.X: (Window(10, 4), Window(24, 8, APP)),
    Platform.LINKEDIN: (Window(10, 4), Window(24, 8, APP)),
    Platform.FACEBOOK: (Window(12, 6),),
    Platform.INSTAGRAM: (Window(12, 6),),
    Platform.TIKTOK: (Window(6, 4), Window(15, 12)),
    Platform.YOUTUBE: (Window(24, 8, APP),),
}
"""The windows of each platform, of an account and of the application, a short and a long one, in seconds instead of hours."""


READING = "read:"
"""Before a platform's name: what arrived was no post but a read."""


def scaled(reads: Reads) -> Reads:
    """The same share of burst and refill, 40 reads in 5 seconds."""
    return Reads(40, 5, max(round(40 * reads.burst / reads.limit), 1))


async def run(stage: Stage, quick: bool) -> list[Figure]:
    scene = stage.scene()
    places = await make_places(scene, WORKSPACES, accounts_each=len(SHAPES) * PROFILES)
    _spread(scene, places)
    seconds = 6.0 if quick else 48.0
    found, span = await _rush(scene, places, seconds)
    return [line for platform in SHAPES for line in _figures(platform, found, span)]


def _spread(scene: Scene, places: list[Place]) -> None:
    """Make of the accounts that were planted two profiles on each platform, the same in every workspace."""
    wanted = [(platform, f"profile {n}") for platform in SHAPES for n in range(PROFILES)]
    with scene.superuser() as connection:
        for place in places:
            for account, (platform, profile) in zip(place.accounts, wanted, strict=True):
                connection.execute(
                    "UPDATE accounts SET platform = %s, remote_id = %s WHERE id = %s", (platform, profile, account)
                )


async def _rush(scene: Scene, places: list[Place], seconds: float) -> tuple[list[tuple[str, str, float]], float]:
    """What arrived in every process, and for how many seconds they worked."""
    skews = [random.uniform(-86_400, 86_400) for _ in range(PROCESSES)]
    children = [await _child(scene, n, skew, seconds) for n, skew in enumerate(skews)]
    for child in children:
        assert child.stdout is not None and await child.stdout.readline() == b"ready\n", f"see the logs in {scene.home}"
    _plant(scene, places, seconds)
    for child in children:
        assert child.stdin is not None
        child.stdin.write(b"go\n")
    forgetting = asyncio.create_task(_forget(scene))
    told = await asyncio.gather(*(child.communicate() for child in children))
    forgetting.cancel()
    assert all(child.returncode == 0 for child in children), f"see the logs in {scene.home}"
    return sorted((tuple(one) for out, _ in told for one in json.loads(out)), key=lambda one: one[2]), seconds


async def _child(scene: Scene, n: int, skew: float, seconds: float) -> asyncio.subprocess.Process:
    env = scene.environment("amarktai_worker", TZ=ZONES[n % len(ZONES)])
    with (scene.home / f"rush-{n}.log").open("wb") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.rush", str(skew), str(seconds),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log, env=env, limit=2**26,
        )  # fmt: skip


def _plant(scene: Scene, places: list[Place], seconds: float) -> None:
    """Approved posts whose slots follow each other faster than any limit lets them out, from now on."""
    planter, now = Planter(scene), datetime.now(UTC)
    wanted = [platform for platform in SHAPES for _ in range(PROFILES)]
    for place in places:
        for account, platform in zip(place.accounts, wanted, strict=True):
            rate = RUSH * _rate(platform) / (PROFILES * WORKSPACES)
            first = max(window.limit for window in SHAPES[platform]) // WORKSPACES
            later = [now + timedelta(seconds=n / rate) for n in range(int(rate * seconds))]
            planter.approved(place, account, [now] * first + later)


def _rate(platform: Platform) -> float:
    """Posts a second that all profiles together may send, by the tightest window."""
    return min(window.limit / window.seconds * (1 if window.per == APP else PROFILES) for window in SHAPES[platform])


async def _forget(scene: Scene) -> None:
    with contextlib.closing(redis.Redis.from_url(scene.redis_url)) as client:
        while True:
            await asyncio.to_thread(client.flushall)
            await asyncio.sleep(random.uniform(0.3, 5))


def _figures(platform: Platform, found: list[tuple[str, str, float]], span: float) -> list[Figure]:
    """The fullest window of each limit, as a share of it; and the use of the tightest limit."""
    name, worst, used = PLATFORMS[platform].name, [], []
    for window in SHAPES[platform]:
        times: dict[str, list[float]] = defaultdict(list)
        for arrived, profile, at in found:
            if arrived == platform:
                times["" if window.per == APP else profile].append(at)
        worst += [fullest(each, window.seconds) / window.limit for each in times.values()]
        sources = 1 if window.per == APP else PROFILES
        counted = sum(len(each) for each in times.values())
        # A windowful may go out at once, the next when it has left: so many begin within the span.
        used.append(counted / sources / (window.limit * math.ceil(span / window.seconds)))
    shape = ", ".join(
        f"{window.limit} in {window.seconds} s{' an app' * (window.per == APP)}" for window in SHAPES[platform]
    )
    return [
        figure(f"{name}: fullest window, share of its limit", [max(worst)], "", at_most(1), shape),
        figure(f"{name}: use of the tightest limit", [max(used)], "", at_least(0.9)),
        _reads(platform, found),
    ]


def _reads(platform: Platform, found: list[tuple[str, str, float]]) -> Figure:
    times: dict[str, list[float]] = defaultdict(list)
    for arrived, profile, at in found:
        if arrived == READING + platform:
            times[profile].append(at)
    reads = scaled(READS[platform])
    worst = [fullest(each, reads.seconds) / reads.limit for each in times.values()]
    shape = (
        f"{reads.limit} in {reads.seconds:g} s, {reads.burst} of them at once; {sum(map(len, times.values()))} reads"
    )
    return figure(
        f"{PLATFORMS[platform].name}: fullest window of reads, share", [max(worst, default=0.0)], "", at_most(1), shape
    )


def fullest(times: list[float], seconds: float) -> int:
    """The most that arrived within any `seconds` seconds; `times` in order. What is exactly so far apart shares no window."""
    most, first = 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most
