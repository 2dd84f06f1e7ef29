"""Uploads: how much more memory a process needs while it brings a film of 200 MB to a platform, and while it lends one to Instagram.

The publishers are the product's own, in a process of their own; the platforms are the sandbox, in another one.
"""

import asyncio
import contextlib
import hashlib
import json
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from app.processes import wait_until_answers
from benchmarks.figures import Figure, at_most, figure
from benchmarks.films import heavy_film
from benchmarks.processes import forget_peak, peak_mib, rss_mib
from benchmarks.stage import Scene, Stage, free_port, running
from domain.payload import Video
from domain.platforms import PLATFORMS, Platform
from pipeline.media_links import MediaLinks

TITLE = "Uploads: memory that a film of 200 MB takes, peak above what the process had before"
BYTES = 200_000_000
GOAL = 64.0


@dataclass(frozen=True)
class Upload:
    """One platform's: MiB at the peak above what was there before, in the process that publishes and in the web process."""

    publisher: float
    web: float
    seconds: float


async def run(stage: Stage, quick: bool) -> list[Figure]:
    scene = stage.scene()
    film = heavy_film(scene.home / "media", BYTES // 10 if quick else BYTES)
    found: dict[Platform, Upload] = {}
    async with _opened(scene) as yard:
        for platform in Platform:
            found[platform] = await yard.upload(platform, film)
    megabytes = f"{film.size / 1e6:.0f} MB"
    return [
        *(_figure(f"{PLATFORMS[platform].name}: the worker's part", one.publisher) for platform, one in found.items()),
        _figure("Instagram: the web process, from which it fetches", found[Platform.INSTAGRAM].web),
        *(figure(f"{PLATFORMS[p].name}: {megabytes} took", [one.seconds], "s") for p, one in found.items()),
    ]


def _figure(what: str, mebibytes: float) -> Figure:
    return figure(what, [mebibytes], "MiB", at_most(GOAL))


@contextlib.asynccontextmanager
async def _opened(scene: Scene) -> AsyncIterator["Yard"]:
    """The sandbox, and our web process beside it."""
    twins, web = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    port, home = twins.rpartition(":")[2], scene.home / "sandbox"
    env = scene.environment("amarktai_web", AMARKTAI_BASE_URL=web)
    with contextlib.ExitStack() as stack:
        argv = ("-m", "sandbox", "--port", port, "--home", str(home), "--product", web)
        stack.enter_context(running("sandbox", env, scene.home, *argv))
        await wait_until_answers(f"{twins}/_sandbox/settings")
        async with httpx.AsyncClient(trust_env=False) as reader:
            told: dict[str, str] = (await reader.get(f"{twins}/_sandbox/settings")).json()
        settings = {name: value for name, value in told.items() if not name.startswith(("SLACK_", "TELEGRAM_"))}
        there = ("-m", "app", "web", "--port", web.rpartition(":")[2])
        pid = stack.enter_context(running("web", {**env, **settings}, scene.home, *there))
        await wait_until_answers(f"{web}/health/live")
        yield Yard(scene, twins, settings, MediaLinks(scene.vault, web, reachable=True), pid)


@dataclass
class Yard:
    """Where films are uploaded, one after the other."""

    scene: Scene
    twins: str
    settings: dict[str, str]
    links: MediaLinks
    web: int

    async def upload(self, platform: Platform, film: Video) -> Upload:
        """Publishes the film and looks whether the platform shows every byte of it."""
        async with self._uploader(platform) as child:
            assert child.stdin is not None and child.stdout is not None
            assert await child.stdout.readline() == b"ready\n", f"{platform}: {await self._log(platform)}"
            before = [await asyncio.to_thread(_settled, pid) for pid in (child.pid, self.web)]
            began = time.monotonic()
            child.stdin.write(json.dumps([asdict(film), self._address(film)]).encode() + b"\n")
            told = await child.stdout.readline()
            took = time.monotonic() - began
            assert told.startswith(b"http"), f"{platform}: {await self._log(platform)}"
            peaks = [peak_mib(pid) for pid in (child.pid, self.web)]
        await self._shows(platform, film)
        mine, lent = (max(peak - had, 0.0) for peak, had in zip(peaks, before, strict=True))
        return Upload(mine, lent, took)

    def _address(self, film: Video) -> str:
        found = self.links.for_platform(film.digest, film.content_type)
        assert found is not None
        return found

    @contextlib.asynccontextmanager
    async def _uploader(self, platform: Platform) -> AsyncIterator[asyncio.subprocess.Process]:
        env = {**self.scene.environment("amarktai_worker"), **self.settings, "AMARKTAI_ENVIRONMENT_ONLY": "1"}
        with self._log_file(platform).open("wb") as log:
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "benchmarks.uploader", platform, str(self.scene.home),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log, env=env,
            )  # fmt: skip
        try:
            yield child
        finally:
            if child.returncode is None and child.stdin is not None:
                child.stdin.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(child.wait(), 10)
            if child.returncode is None:
                child.kill()
                await child.wait()

    def _log_file(self, platform: Platform) -> Path:
        return self.scene.home / f"upload-{platform}.log"

    async def _log(self, platform: Platform) -> str:
        return await asyncio.to_thread(self._log_file(platform).read_text)

    async def _shows(self, platform: Platform, film: Video) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=30) as reader:
            [post] = (await reader.get(f"{self.twins}/_sandbox/feeds", params={"platform": platform})).json()["posts"]
            found = hashlib.sha256()
            async with reader.stream("GET", post["media"][0]["url"]) as answer:
                async for piece in answer.aiter_bytes():
                    found.update(piece)
        assert found.hexdigest() == film.digest, f"{platform} shows another film"


def _settled(pid: int) -> float:
    """Resident MiB now; the peak is forgotten, and counts from here."""
    forget_peak(pid)
    return rss_mib(pid)
