"""Punctuality: from a post's slot to the first byte that the platform receives, on an idle worker; and what idling costs."""

import asyncio
import contextlib
import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import redis

from benchmarks.figures import Figure, at_most, figure, percentile
from benchmarks.ours import opened
from benchmarks.planting import Place, Planter, make_places
from benchmarks.processes import cpu_seconds
from benchmarks.stage import Scene, Stage
from pipeline.broker import DUE

TITLE = "Slot to first byte on an idle worker, and idle processor time"
APART = 0.25
"""Seconds between two posts: each finds the worker idle."""


async def run(stage: Stage, quick: bool) -> list[Figure]:
    scene = stage.scene()
    places = await make_places(scene, 2, accounts_each=4)
    with opened(scene) as ours:
        pids = {name: ours.start(name) for name in ("worker", "clock")}
        await beating(scene)
        slots = await _publish(scene, places, 4 if quick else 64)
        await _all_arrived(ours.stub, len(slots))
        await asyncio.sleep(1)  # for one that comes twice
        late = await _lateness(ours.stub, slots)
        seconds, rounds = (0.5, 1) if quick else (10.0, 2)
        idle = {name: [await _idle(pid, seconds) for _ in range(rounds)] for name, pid in pids.items()}
    return [
        figure("p99 of the lateness of a post", [percentile(late, 0.99)], "ms", at_most(100), f"{len(late)} posts"),
        figure("lateness, each post", late, "ms"),
        *(figure(f"idle {name}, share of a core", shares, "%", at_most(5)) for name, shares in idle.items()),
    ]


async def beating(scene: Scene) -> None:
    """Until a hint went all the way through clock, queue, worker and database."""
    with scene.superuser() as connection:
        for _ in range(600):
            if connection.execute("SELECT 1 FROM heartbeats WHERE name = 'work'").fetchone():
                return
            await asyncio.sleep(0.05)
    raise TimeoutError(f"no heartbeat; see the logs in {scene.home}")


async def _publish(scene: Scene, places: list[Place], count: int) -> dict[str, datetime]:
    """Approve posts one after the other, each for one to three seconds ahead. Their slots by their texts' numbers."""
    planter, slots = Planter(scene), {}
    with contextlib.closing(redis.Redis.from_url(scene.redis_url)) as client, scene.superuser() as connection:
        for n in range(count):
            place = places[n % len(places)]
            slot = datetime.now(UTC) + timedelta(seconds=random.uniform(1, 3))
            [post] = planter.approved(place, random.choice(place.accounts), [slot])
            row = connection.execute("SELECT number FROM posts WHERE id = %s", (post,)).fetchone()
            assert row is not None
            slots[str(row[0])] = slot
            client.publish(DUE, b"")  # as a decision does
            await asyncio.sleep(APART)
    return slots


async def _all_arrived(stub: int, count: int) -> None:
    """Until the stub has had so many calls, or ten seconds have shown that they do not come."""
    for _ in range(100):
        if len(await _arrivals(stub)) >= count:
            return
        await asyncio.sleep(0.1)


async def _arrivals(stub: int) -> list[Any]:
    async with httpx.AsyncClient(trust_env=False) as client:
        found: list[Any] = (await client.get(f"http://127.0.0.1:{stub}/arrivals")).json()
    return found


async def _lateness(stub: int, slots: dict[str, datetime]) -> list[float]:
    """Milliseconds between each slot and its first byte. Every post must have come exactly once."""
    arrivals = await _arrivals(stub)
    found = {_number(body): at for at, _, body in arrivals}
    assert len(arrivals) == len(found) == len(slots), f"{len(slots)} posts, {len(arrivals)} calls"
    return [(found[number] - slot.timestamp()) * 1e3 for number, slot in slots.items()]


def _number(body: str) -> str:
    text: str = json.loads(body)["text"]
    return text.rpartition("utm_content=p")[2]


async def _idle(pid: int, seconds: float) -> float:
    before = cpu_seconds(pid)
    await asyncio.sleep(seconds)
    return (cpu_seconds(pid) - before) / seconds * 100
