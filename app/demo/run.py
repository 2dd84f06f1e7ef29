"""Starts everything for a demonstration, and keeps it running until Ctrl-C or until the tour is over."""

import asyncio
import contextlib
import json
import shutil
import sys
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from app.demo import house as houses
from app.demo.house import House, Say, Tempo
from app.demo.people import MARA, Sandbox, WentWrong
from app.demo.setup import promote, set_up
from app.demo.show import Show
from app.demo.tour import tour
from app.embedded import Embedded, Servers
from app.processes import Command, Supervisor, wait_until_answers
from app.settings import read
from app.up import CommandFailed, process, run_once


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asked for."""

    tour: bool = False
    fresh: bool = False
    url: str = ""
    page: Path | None = None


class Interrupted(Exception):
    """Somebody asked for the end before it was reached."""


_INDEX = "index.html"

FAILURES = (WentWrong, Interrupted, CommandFailed, TimeoutError, httpx.HTTPError)
"""What can be said in a sentence: a person did not get what they should have, or a process did not come up."""


def run_demo(wish: Wish) -> int:
    """Blocking. Returns the exit code."""
    show = Show(live=sys.stdout.isatty())
    home = read()[0].amarktai_home / ("tour" if wish.tour else "demo")
    house = houses.enter(home, fresh=wish.fresh or wish.tour, say=show.say)
    with contextlib.closing(house):
        show.say("Starting PostgreSQL and Valkey …")
        embedded = Embedded(house.home, say=show.say)
        servers = embedded.start()
        try:
            return asyncio.run(_run(wish, house, embedded, servers, show))
        finally:
            embedded.stop()


async def _run(wish: Wish, house: House, embedded: Embedded, servers: Servers, show: Show) -> int:
    async with Supervisor(show.say) as supervisor, httpx.AsyncClient(timeout=20, trust_env=False) as client:
        embedded.hand_over(supervisor)
        try:
            return await unless_stopped(_play(wish, house, servers, show, supervisor, client), supervisor)
        except FAILURES as failure:
            why = str(failure) or type(failure).__name__
            show.say(f"The demonstration ends: {why} (logs: {house.home / 'logs'})")
            if wish.tour:
                print(json.dumps({"ok": False, "why": why}), flush=True)
            return 1


async def _play(
    wish: Wish, house: House, servers: Servers, show: Show, supervisor: Supervisor, client: httpx.AsyncClient
) -> int:
    url = _start_page(wish, house, supervisor)
    tempo = houses.UNATTENDED if wish.tour else houses.AT_LEISURE
    plan_env = await start_everything(house, servers, supervisor, client, url, tempo, show.say)
    await set_up_once(house, url, plan_env, client, show.say)
    if wish.tour:
        return await tour(house, client, show)
    return await _stay(house, client, show, supervisor)


async def unless_stopped(work: Coroutine[Any, Any, int], supervisor: Supervisor) -> int:
    """The result of `work`. Raises `Interrupted` as soon as the end is asked for; the work is cancelled then."""
    task, stopped = asyncio.create_task(work), asyncio.create_task(supervisor.wait())
    await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not task.done():
        await asyncio.wait({task}, timeout=0.1)  # the work itself may wait for the same thing
    if task.done():
        return task.result()
    task.cancel()
    await asyncio.wait({task})
    raise Interrupted("it was asked to stop")


async def start_everything(
    house: House, servers: Servers, supervisor: Supervisor, client: httpx.AsyncClient, url: str, tempo: Tempo, say: Say,
    workers: tuple[str, ...] = ("worker",),
) -> dict[str, str]:  # fmt: skip
    """The sandbox, the schema and our processes. Returns the environment of an operator's command once all answer."""
    supervisor.start(Command("sandbox", houses.sandbox_argv(house), house.home / "logs" / "sandbox.log"))
    await wait_until_answers(f"{house.sandbox}/_sandbox/settings")
    twins = (await client.get(f"{house.sandbox}/_sandbox/settings")).json()
    place = urlsplit(url)
    envs = houses.environments(house, servers, twins, f"{place.scheme}://{place.netloc}", tempo)
    say("Bringing the schema up …")
    await run_once("migrate", envs["migrate"], house.home)
    supervisor.start(process("web", envs["web"], house.home, "--port", str(house.web_port)))
    for name in workers:
        supervisor.start(process("worker", envs["worker"], house.home, called=name))
    supervisor.start(process("clock", envs["clock"], house.home))
    await wait_until_answers(f"{house.web}/health/ready")
    return envs["plan"]


async def set_up_once(house: House, url: str, plan_env: dict[str, str], client: httpx.AsyncClient, say: Say) -> None:
    """Install, link and connect at the first start; at later ones only the web app may be another, or ours again."""
    if not house.set_up_mark.exists():

        async def to_business() -> None:
            await run_once("plan", plan_env, house.home, "business", "--team", "T0SANDBOX")

        await set_up(house, url, client, to_business, say)
        house.set_up_mark.write_text("{}\n")
    else:
        await promote(url, Sandbox(house.sandbox, client))


async def _stay(house: House, client: httpx.AsyncClient, show: Show, supervisor: Supervisor) -> int:
    await Sandbox(house.sandbox, client).type(MARA, "batch now")
    show.welcome(house)
    await supervisor.wait()
    return 0


def _start_page(wish: Wish, house: House, supervisor: Supervisor) -> str:
    """The address of the web app to promote: the given one, a given file served on its own port, or our landing page."""
    if wish.url:
        return wish.url
    if wish.page is None:
        return house.web + "/"
    folder = house.home / "page"
    name = served_as(wish.page)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / name).write_bytes(wish.page.read_bytes())
    argv = (
        sys.executable,
        "-m",
        "http.server",
        str(house.page_port),
        "--bind",
        "127.0.0.1",
        "--directory",
        str(folder),
    )
    supervisor.start(Command("page", argv, house.home / "logs" / "page.log"))
    return house.page + ("" if name == _INDEX else name)


def served_as(page: Path) -> str:
    """The name in the page's address: whatever is no web page keeps its ending, by which its kind is told."""
    ending = page.suffix.lower()
    return _INDEX if ending in ("", ".html", ".htm") else f"page{ending}"
