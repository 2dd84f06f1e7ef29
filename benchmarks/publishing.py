"""Publishing: how many posts a second one worker puts out, against raw HTTP that makes the very same calls.

The platforms take a fifth of a second for each call; 16 posts are under way at a time. The worker claims each post, renews
its lease, commits the sent mark and the receipt, and draws cards; the floor only calls.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import struct
import sys
import time
import zlib
from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import httpx
import redis

from app.worker import THREADS
from benchmarks.figures import Figure, at_least, figure, ratios
from benchmarks.ours import Ours, opened
from benchmarks.planting import Place, Planter, make_places
from benchmarks.platforms import Call
from benchmarks.processes import cpu_seconds
from benchmarks.slot import beating
from benchmarks.stage import Scene, Stage, free_port, running
from domain.payload import Picture
from domain.platforms import Platform
from pipeline.broker import DUE
from storage.blobs import Media

TITLE = "Publishing: one worker against raw HTTP that makes the same calls, platforms that take 200 ms"
CONCURRENT = 16
PLACES, ACCOUNTS = 8, 4
"""Workspaces, and accounts in each, half of them on X and half LinkedIn pages: no account's limit is anywhere near."""
AHEAD = timedelta(seconds=2)
"""When the posts fall due, all at one instant, after they were planted."""
LONGEST = 60.0


@dataclass(frozen=True)
class Round:
    """One contender's turn: posts a second, and microseconds of processor time a post."""

    a_second: float
    work: float


async def run(stage: Stage, quick: bool) -> list[Figure]:
    assert THREADS == CONCURRENT, f"the worker has {THREADS} posts under way, and {CONCURRENT} are promised"
    scene = stage.scene()
    places = await make_places(scene, PLACES, accounts_each=ACCOUNTS)
    _spread(scene, places)
    _read_before(scene)
    picture = await _picture(scene)
    with opened(scene) as ours:
        port = free_port()
        ours.program("platforms", "amarktai_web", "-m", "benchmarks.platforms", str(port))
        pid = _worker(ours, port)
        ours.start("clock")
        await beating(scene)
        arena = Arena(scene, places, Planter(scene), port, pid)
        await arena.turns(1)  # connections are opened and statements prepared
        words = [await arena.turns(1 if quick else 5) for _ in range(1 if quick else 3)]
        shown = [await arena.turns(1 if quick else 2, picture) for _ in range(1 if quick else 2)]
    return [
        *_figures("posts of words, a call each", words),
        *_figures("posts with a picture, three or four calls each", shown),
    ]


def _figures(what: str, rounds: list[tuple[Round, Round]]) -> list[Figure]:
    ours, floor = zip(*rounds, strict=True)
    speeds = [each.a_second for each in ours], [each.a_second for each in floor]
    return [
        figure(f"{what}: against the floor", ratios(*speeds), "×", at_least(0.7)),
        figure(f"{what}: product", speeds[0], "/s"),
        figure(f"{what}: floor", speeds[1], "/s"),
        figure(f"{what}: processor time a post, product", [each.work for each in ours], "µs"),
        figure(f"{what}: processor time a post, floor", [each.work for each in floor], "µs"),
    ]


def _spread(scene: Scene, places: list[Place]) -> None:
    """Every second account becomes a page on LinkedIn."""
    with scene.superuser() as connection:
        for place in places:
            for account in place.accounts[1::2]:
                connection.execute(
                    "UPDATE accounts SET platform = %s, kind = 'organisation', remote_id = 'urn:li:organization:' || remote_id"
                    " WHERE id = %s",
                    (Platform.LINKEDIN, account),
                )


def _read_before(scene: Scene) -> None:
    """The accounts' allowances of reads are full and known, as they are where measures are read every hour: an account that
    Valkey does not know waits for its first look, and that is no throughput."""
    with scene.superuser() as connection:
        known = connection.execute("SELECT platform, remote_id FROM accounts").fetchall()
    with contextlib.closing(redis.Redis.from_url(scene.redis_url)) as client:
        for platform, remote_id in known:
            client.set(f"reads:{platform}:{remote_id}", int(time.time() * 1000), ex=3_600)


async def _picture(scene: Scene) -> Picture:
    """A picture of the usual weight in the media store: noise, which no packing makes smaller."""
    side = 140

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\x00" + os.urandom(3 * side) for _ in range(side))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    content = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    await Media.at("", scene.home).put(content)
    return Picture(hashlib.sha256(content).hexdigest(), "image/png", side, side, len(content), "Noise")


def _worker(ours: Ours, port: int) -> int:
    """A worker of ours for which X and LinkedIn are at `port`; its process id."""
    there = f"http://127.0.0.1:{port}"
    env = {**ours.environment("amarktai_worker"), "X_API_URL": there, "LINKEDIN_API_URL": there}
    return ours.stack.enter_context(running("worker", env, ours.scene.home, "-m", "app", "worker"))


@dataclass
class Arena:
    """Where both contenders take turns, with the same calls."""

    scene: Scene
    places: list[Place]
    planter: Planter
    port: int
    worker: int

    async def turns(self, each: int, *pictures: Picture) -> tuple[Round, Round]:
        """The product's, then the floor's; so many posts an account. Every post must have come exactly once."""
        count = each * len(self.places) * ACCOUNTS
        slot = datetime.now(UTC) + AHEAD
        self.planter.all_at_once(self.places, each, slot, *pictures)
        assert datetime.now(UTC) < slot, "planting took longer than the posts had time"
        with contextlib.closing(redis.Redis.from_url(self.scene.redis_url)) as client:
            client.publish(DUE, b"")  # as a decision does
        worked = cpu_seconds(self.worker)
        seconds = (await self._last_receipt(slot, count) - slot).total_seconds()
        ours = Round(count / seconds, (cpu_seconds(self.worker) - worked) / count * 1e6)
        posts = once_each(await self._calls(), count)
        return ours, await self._floor(posts)

    async def _last_receipt(self, slot: datetime, count: int) -> datetime:
        """When the last of the posts was written down as published."""
        with self.scene.superuser() as connection:
            for _ in range(int(LONGEST / 0.05)):
                [(out, at)] = connection.execute(_PUBLISHED, (slot,)).fetchall()
                if out == count:
                    assert isinstance(at, datetime)
                    return at
                await asyncio.sleep(0.05)
            others = connection.execute(_OTHERS, (slot,)).fetchall()
        raise TimeoutError(f"{out} of {count} posts were published; the others: {others}")

    async def _calls(self) -> list[Call]:
        """What arrived at the platforms, in order, which they forget then."""
        url = f"http://127.0.0.1:{self.port}/calls"
        async with httpx.AsyncClient(trust_env=False) as client:
            told = (await client.get(url)).json()
            await client.delete(url)
        return [Call(**one) for one in told]

    async def _floor(self, posts: list[list[Call]]) -> Round:
        """The same calls by one client in a process of its own."""
        file = self.scene.home / "calls.json"
        file.write_text(json.dumps([[asdict(call) for call in calls] for calls in posts]))
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "benchmarks.replay",
            str(self.port),
            str(file),
            str(CONCURRENT),
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await child.communicate()
        assert child.returncode == 0, "the floor did not get through"
        again = await self._calls()
        assert len(again) == sum(map(len, posts)), "the floor made other calls"
        seconds, worked = json.loads(out)
        return Round(len(posts) / seconds, worked / len(posts) * 1e6)


def once_each(calls: list[Call], count: int) -> list[list[Call]]:
    """The calls of each of so many posts, in order; none is missing, and none came twice."""
    found: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        found[call.post].append(call)
    assert len(found) == count, f"{count} posts fell due, {len(found)} were made"
    for made in found.values():
        seen = [call.publishes for call in made]
        assert seen == [False] * (len(made) - 1) + [True], "a post came twice, or not at all"
    words = {call.body for call in calls if call.publishes}
    assert len(words) == count, "two posts had the same words"
    return list(found.values())


_PUBLISHED = """
SELECT count(*), max(a.ended_at) FROM posts p JOIN attempts a ON a.workspace_id = p.workspace_id AND a.post_id = p.id
WHERE p.slot = %s AND p.state = 'published' AND a.outcome = 'ok'
"""
_OTHERS = "SELECT state, trouble, count(*) FROM posts WHERE slot = %s AND state <> 'published' GROUP BY state, trouble"
