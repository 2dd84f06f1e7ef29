"""`amarktai demo` as somebody meets who has just cloned it: the tour, a second start, taken ports, kills, odd pages."""

import asyncio
import json
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from app.embedded import erase
from domain.platforms import Platform
from tests.journeys.stage import PYTHON, ROOT, alive, children, descendants, environment, kill, until

READY = re.compile(r"chats and the feeds:\s+(http://127\.0\.0\.1:\d+)/")
APP = re.compile(r"The app itself:\s+(http://127\.0\.0\.1:\d+)/")
BAKERY = """
<html lang=en><title>Crumb &amp; Co</title><h1>Bread that is baked while you sleep</h1><p>Order by midnight.</p>
<h2>What you get</h2><ul><li>Sourdough from three old mills</li><li>Rolls in a paper bag</li><li>Cake on Sundays</li></ul>
<p>Pick your loaf up from six in the morning, at the counter or at the back door.</p></html>
"""
EVERYTHING = {"postgres", "valkey", "sandbox", "web", "worker", "clock"}


@dataclass
class Demo:
    """A running `amarktai demo`, and what it has printed so far."""

    process: subprocess.Popen[str]
    home: Path
    printed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reader = threading.Thread(target=self._read, daemon=True)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def text(self) -> str:
        return "".join(self.printed)

    def _read(self) -> None:
        for line in self.process.stdout:
            self.printed.append(line)

    async def up(self) -> None:
        """Return when it has printed its addresses."""
        await until(
            lambda: READY.search(self.text) or self.process.poll() is not None, "the two addresses", patience=90
        )
        assert READY.search(self.text), self.text

    @property
    def sandbox(self) -> str:
        return READY.search(self.text).group(1)

    @property
    def web(self) -> str:
        return APP.search(self.text).group(1)

    async def see(self, path: str, **query: object) -> dict:
        async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
            return (await client.get(f"{self.sandbox}/_sandbox/{path}", params=query)).json()

    async def cards(self) -> set[str]:
        messages = (await self.see("slack/messages", channel="C0REVIEW"))["messages"]
        return {found.group() for one in messages if (found := re.search(r"#1\d{3}", one.get("text", "")))}

    async def digest(self) -> str:
        messages = (await self.see("slack/messages", channel="C0REVIEW"))["messages"]
        return json.dumps(
            [one for one in messages if not one.get("thread_ts") or one["thread_ts"] == one["ts"]], ensure_ascii=False
        )


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    """Starts demonstrations in one home; they and what they stored are gone at the end."""
    started: list[Demo] = []

    def start(*arguments: str, through: tuple[str, ...] = ()) -> Demo:
        process = subprocess.Popen(
            [*through, PYTHON, "-m", "app", "demo", *arguments], env=environment(AMARKTAI_HOME=str(tmp_path / "home")),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT,
        )  # fmt: skip
        one = Demo(process, tmp_path / "home")
        one.reader.start()
        started.append(one)
        return one

    yield start
    for one in started:
        below = descendants(one.pid)
        if one.process.poll() is None:
            one.process.terminate()
            try:
                one.process.wait(30)
            except subprocess.TimeoutExpired:
                kill(one.pid)
        one.process.wait()
        for pid in below:
            kill(pid)
        one.reader.join(5)
        one.process.stdout.close()
    for home in (tmp_path / "home").glob("*"):
        erase(home)


async def ends(demo: Demo) -> int:
    return await asyncio.to_thread(demo.process.wait, 60)


async def nothing_is_left(pids: set[int]) -> None:
    await until(lambda: not any(map(alive, pids)), "every process to be gone", patience=30)


@pytest.mark.timeout(180)
async def test_the_tour_plays_the_day_says_so_in_json_and_leaves_nothing_running(demo: Callable[..., Demo]) -> None:
    tour = demo("--tour")
    await until(
        lambda: set(children(tour.pid).values()) >= EVERYTHING or tour.process.poll() is not None, "everything", 90
    )
    pids = descendants(tour.pid)
    code = await asyncio.to_thread(tour.process.wait, 150)
    await until(lambda: tour.text.rstrip().endswith("}"), "the last line", 5)
    said = json.loads(tour.text.strip().splitlines()[-1])
    assert code == 0, tour.text
    assert said["ok"] is True
    assert said["posts"] >= 6 and said["published"] == said["approved"] >= 4
    assert (said["edited"], said["rejected"], said["unknown_resolved"]) == (1, 1, 1)
    assert said["platforms"] == [platform.value for platform in Platform]
    await nothing_is_left(pids)


@pytest.mark.timeout(240)
async def test_a_second_start_reuses_what_is_there_and_a_fresh_one_does_not(demo: Callable[..., Demo]) -> None:
    first = demo()
    await first.up()
    await until(first.cards, "cards", 30)
    await asyncio.sleep(0)
    cards, installed = await first.cards(), (await first.see("slack/channels"))["channels"]
    assert "Adding the app to Slack" in first.text
    first.process.send_signal(signal.SIGINT)
    assert await ends(first) == 0
    second = demo()
    await second.up()
    assert "Adding the app to Slack" not in second.text, "set-up is not repeated"
    assert cards <= await second.cards()
    assert (await second.see("slack/channels"))["channels"] == installed
    second.process.send_signal(signal.SIGTERM)
    assert await ends(second) == 0
    fresh = demo("--fresh")
    await fresh.up()
    assert "Adding the app to Slack" in fresh.text
    await until(fresh.cards, "new cards", 30)


@pytest.mark.timeout(240)
async def test_whatever_is_killed_comes_back_and_with_the_demonstration_everything_goes(
    demo: Callable[..., Demo],
) -> None:
    running = demo()
    await running.up()
    for kind in sorted(EVERYTHING):
        (pid,) = (pid for pid, what in children(running.pid).items() if what == kind)
        kill(pid)
        await until(lambda kind=kind, pid=pid: _another(running.pid, kind, pid), f"another {kind}", 30)
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        await until(lambda: _answers(client, f"{running.web}/health/ready"), "the app to be ready again", 40)
        await until(lambda: _answers(client, f"{running.web}/health/work"), "work to go round again", 60)
    pids = descendants(running.pid)
    assert len(pids) > len(EVERYTHING)
    kill(running.pid)
    await nothing_is_left(pids)


@pytest.mark.timeout(120)
async def test_a_page_in_a_file_is_promoted_and_a_killed_make_takes_the_demonstration_along(
    demo: Callable[..., Demo], tmp_path: Path
) -> None:
    page = tmp_path / "bakery.html"
    page.write_text(BAKERY)
    make = demo("--page", str(page), through=("sh", "-c", 'AMARKTAI_DIES_WITH=$$ "$@" & wait', "make"))
    await make.up()
    await until(make.cards, "cards of the page", 40)
    shown = json.dumps(await make.see("slack/messages", channel="C0REVIEW"), ensure_ascii=False)
    assert re.search("Sourdough|baked while you sleep|Crumb", shown)
    pids = descendants(make.pid)
    assert len(pids) > len(EVERYTHING)
    kill(make.pid)
    await nothing_is_left(pids)


@pytest.mark.timeout(120)
async def test_a_taken_port_is_said_and_a_page_that_cannot_be_read_gives_a_digest_that_says_why(
    demo: Callable[..., Demo],
) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 4000))
            taken.listen()
        except OSError:
            pass  # somebody else has it, which serves as well
        running = demo("--url", "http://127.0.0.1:9/")
        await running.up()
    assert re.search(r"Port 4000 is taken, so the app listens on 40\d\d\.", running.text)
    assert not running.web.endswith(":4000")
    said = await until(lambda: _digest_of(running), "the digest that says why", 40)
    assert "127.0.0.1" in said
    assert not await running.cards()


async def _digest_of(running: Demo) -> str:
    text = await running.digest()
    return text if re.search("cannot be read|could not be read|does not answer|describe", text, re.IGNORECASE) else ""


def _another(parent: int, kind: str, former: int) -> bool:
    return any(what == kind and pid != former for pid, what in children(parent).items())


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == 200
    except httpx.TransportError:
        return False
