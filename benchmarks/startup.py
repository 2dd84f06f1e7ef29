"""Starting: until the first click is answered, until the first job is done, and until the command line helps."""

import asyncio
import contextlib
import subprocess
import sys
import time
from pathlib import Path

from app.embedded import Embedded, erase
from benchmarks.clicks import click
from benchmarks.figures import Figure, at_most, figure
from benchmarks.load import drive
from benchmarks.ours import Ours, opened
from benchmarks.planting import Planted, Planter, make_places
from benchmarks.stage import Scene, Stage, free_port

TITLE = "From start to first work"


async def run(stage: Stage, quick: bool) -> list[Figure]:
    scene = stage.scene()
    [place] = await make_places(scene, 1)
    repetitions = 1 if quick else 5
    posts = Planter(scene).in_review(place, repetitions)
    clicks, jobs = [], []
    for post in posts:
        with opened(scene) as ours:
            clicks.append(await _first_click(ours, post))
        with opened(scene) as ours:
            jobs.append(await _first_job(scene, ours))
    cold, warm = _servers(stage.home / "startup", 1 if quick else 3)
    return [
        figure("web: start to first answered click", clicks, "s"),
        figure("worker: start to first job done (clock running)", jobs, "s"),
        figure("amarktai --help", [_help() for _ in range(2 if quick else 9)], "s", at_most(0.3)),
        figure("embedded PostgreSQL and Valkey, cold", cold, "s", at_most(4)),
        figure("embedded PostgreSQL and Valkey, warm", warm, "s", at_most(1)),
    ]


async def _first_click(ours: Ours, post: Planted) -> float:
    port, request = free_port(), click(post)
    begun = time.perf_counter()
    ours.start("web", "--port", str(port))
    while True:
        with contextlib.suppress(OSError):
            outcome = await drive(port, [request], 1)
            break
        await asyncio.sleep(0.005)
    assert outcome.all_good
    return time.perf_counter() - begun


async def _first_job(scene: Scene, ours: Ours) -> float:
    """The clock's first hint waits in the queue when the worker starts, as after any restart."""
    with scene.superuser() as connection:
        connection.execute("DELETE FROM heartbeats")
        ours.start("clock")
        await asyncio.sleep(2.5)
        begun = time.perf_counter()
        ours.start("worker")
        while not connection.execute("SELECT 1 FROM heartbeats WHERE name = 'work'").fetchone():
            await asyncio.sleep(0.005)
            assert time.perf_counter() - begun < 30, f"no job was done; see the logs in {scene.home}"
    return time.perf_counter() - begun


def _help() -> float:
    begun = time.perf_counter()
    subprocess.run([Path(sys.executable).with_name("amarktai"), "--help"], capture_output=True, check=True)
    return time.perf_counter() - begun


def _servers(folder: Path, repetitions: int) -> tuple[list[float], list[float]]:
    cold: list[float] = []
    warm: list[float] = []
    for n in range(repetitions):
        home = folder / str(n)
        try:
            for times in (cold, warm):
                embedded = Embedded(home, say=lambda _: None)
                begun = time.perf_counter()
                embedded.start()
                times.append(time.perf_counter() - begun)
                embedded.stop()
        finally:
            erase(home)
    return cold, warm
