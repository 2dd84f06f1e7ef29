"""Starts everything for a demonstration, and keeps it running until Ctrl-C or until the tour is over."""

import asyncio
import contextlib
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from app.demo import house as houses
from app.demo.house import House, Say
from app.demo.people import MARA, Sandbox, WentWrong
from app.demo.setup import set_up
from app.demo.show import Show
from app.demo.tour import tour
from app.embedded import Embedded, Servers
from app.processes import Command, Supervisor, wait_until_answers
from app.settings import Settings
from app.up import process, run_once


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asked for."""

    tour: bool = False
    fresh: bool = False
    url: str = ""
    page: Path | None = None


def run_demo(wish: Wish) -> int:
    """Blocking. Returns the exit code."""
    show = Show(live=sys.stdout.isatty())
    home = Settings().amarktai_home / ("tour" if wish.tour else "demo")
    house = houses.enter(home, fresh=wish.fresh or wish.tour, say=show.say)
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
        url = _start_page(wish, house, supervisor)
        supervisor.start(Command("sandbox", houses.sandbox_argv(house), house.home / "logs" / "sandbox.log"))
        await wait_until_answers(f"{house.sandbox}/_sandbox/settings")
        twins = (await client.get(f"{house.sandbox}/_sandbox/settings")).json()
        tempo = houses.UNATTENDED if wish.tour else houses.AT_LEISURE
        place = urlsplit(url)
        envs = houses.environments(house, servers, twins, f"{place.scheme}://{place.netloc}", tempo)
        show.say("Bringing the schema up …")
        await run_once("migrate", envs["migrate"], house.home)
        for name in ("web", "worker", "clock"):
            arguments = ("--port", str(house.web_port)) if name == "web" else ()
            supervisor.start(process(name, envs[name], house.home, *arguments))
        await wait_until_answers(f"{house.web}/health/ready")
        await _set_up_once(house, url, envs["plan"], client, show.say)
        if wish.tour:
            return await tour(house, client, show)
        return await _stay(house, client, show, supervisor)


async def _set_up_once(house: House, url: str, plan_env: dict[str, str], client: httpx.AsyncClient, say: Say) -> None:
    """Install, link and connect at the first start; at later ones only the web app may be another."""
    if not house.set_up_mark.exists():
        to_business = run_once("plan", plan_env, house.home, "business", "--team", "T0SANDBOX")
        await set_up(house, url, client, to_business, say)
        house.set_up_mark.write_text("{}\n")
    elif url != house.web + "/":
        with contextlib.suppress(WentWrong):
            await Sandbox(house.sandbox, client).type(MARA, f"add {url}")


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
    folder.mkdir(exist_ok=True)
    (folder / "index.html").write_bytes(wish.page.read_bytes())
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
    return house.page
