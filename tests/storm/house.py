"""The house in the storm: real servers behind proxies, the twins, a web process, three workers, two clocks; all of it supervised.

Everything stands in a fresh home and dies with this process.
"""

import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg

import app.demo.setup as demo_setup
import app.processes as processes
from app.demo import house as houses
from app.demo.house import House, Tempo
from app.demo.people import Sandbox
from app.demo.run import set_up_once
from app.embedded import Embedded, Servers
from app.processes import Command, Supervisor, wait_until_answers
from app.up import run_once
from domain.platforms import Platform
from tests.journeys.stage import ROOT
from tests.storm.child import CLOCK, MUTANT
from tests.storm.proxy import Proxy

Say = Callable[[str], None]
WORKERS, CLOCKS = ("worker", "worker-2", "worker-3"), ("clock", "clock-2")
OURS = ("web", *WORKERS, *CLOCKS)
TEMPO = Tempo(lead=6, spacing=0.5, settle=5, measures=0.004)
PLATFORMS = (Platform.X, Platform.LINKEDIN, Platform.FACEBOOK, Platform.INSTAGRAM)
POSTS_A_DAY = 2


@dataclass
class Stormy:
    """A running house, and what the weather can take hold of."""

    plan: House
    supervisor: Supervisor
    database: Proxy
    broker: Proxy
    superuser_url: str
    servers: Servers
    """Through the proxies."""
    environments: dict[str, dict[str, str]]
    client: httpx.AsyncClient
    said: list[str] = field(default_factory=list)

    @property
    def twin(self) -> Sandbox:
        return Sandbox(self.plan.sandbox, self.client)

    def pid(self, name: str) -> int | None:
        return self.supervisor.pids.get(name)

    def clock_of(self, name: str) -> Path:
        return self.plan.home / f"clock-of-{name}"

    def send(self, name: str, number: signal.Signals) -> bool:
        """A signal to a process of the house; False when it is down just now."""
        pid = self.pid(name)
        if pid is None:
            return False
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        return True

    def logs(self) -> str:
        """The last lines of every log, for a failure."""
        ends = (
            f"--- {log.name}\n" + "\n".join(line[:300] for line in log.read_text(errors="replace").splitlines()[-15:])
            for log in sorted((self.plan.home / "logs").glob("*.log"))
        )
        return "\n".join(ends)


@asynccontextmanager
async def standing(
    embedded: Embedded, real: Servers, plan: House, seed: int, mutant: str, say: Say
) -> AsyncIterator[Stormy]:
    """The house, set up, until the block ends."""
    processes.LONGEST_PAUSE, processes.STEADY_AFTER = 0.5, 3.0  # a crash loop is what is wanted here
    demo_setup.CONNECTED = tuple((platform,) for platform in PLATFORMS)
    demo_setup.POSTS_A_DAY = tuple(f"00:{minute:02}" for minute in range(POSTS_A_DAY))  # passed by now
    dice = random.Random(f"{seed} proxies")
    lines = [Proxy(urlsplit(url).port or 0, dice) for url in (real.database_url, real.redis_url)]
    said: list[str] = []
    # The lines outlast the processes, or each would wait for the broker when it is to stop.
    async with (
        lines[0],
        lines[1],
        Supervisor(said.append) as supervisor,
        httpx.AsyncClient(timeout=15, trust_env=False) as client,
    ):
        embedded.hand_over(supervisor)
        servers = Servers(_at_port(real.database_url, lines[0].port), _at_port(real.redis_url, lines[1].port))
        supervisor.start(Command("sandbox", houses.sandbox_argv(plan), plan.home / "logs" / "sandbox.log", cwd=ROOT))
        await wait_until_answers(f"{plan.sandbox}/_sandbox/settings", timeout=60)
        twins = (await client.get(f"{plan.sandbox}/_sandbox/settings")).json()
        envs = houses.environments(plan, servers, twins, plan.web, TEMPO)
        await run_once("migrate", envs["migrate"], plan.home)
        superuser = urlunsplit(urlsplit(embedded.superuser_url)._replace(path=urlsplit(real.database_url).path))
        house = Stormy(plan, supervisor, *lines, superuser, servers, envs, client, said)
        for name in OURS:
            supervisor.start(_process(house, name, mutant))
        await wait_until_answers(f"{plan.web}/health/ready", timeout=60)
        await set_up_once(plan, plan.web + "/", envs["plan"], client, say)
        yield house


def _process(house: Stormy, name: str, mutant: str) -> Command:
    kind = name.partition("-")[0]
    more = ("--port", str(house.plan.web_port)) if kind == "web" else ()
    env = {
        **house.environments[kind],
        "AMARKTAI_HOME": str(house.plan.home),
        "PYTHONPATH": str(ROOT),
        CLOCK: str(house.clock_of(name)),
        MUTANT: mutant,
    }
    argv = (sys.executable, "-m", "tests.storm.child", kind, *more)
    return Command(name, argv, house.plan.home / "logs" / f"{name}.log", env=env, cwd=ROOT, grace=5.0)


def _at_port(url: str, port: int) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{port}"))


def superuser(house: Stormy) -> psycopg.Connection[tuple[object, ...]]:
    """Straight to the database, past the proxy and past every policy."""
    return psycopg.connect(house.superuser_url, autocommit=True, connect_timeout=5)


def left_behind(home: Path) -> list[str]:
    """The command lines of processes that still live in the home or speak of it, but for our own."""
    found = []
    place = str(home)
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if int(entry.name) == os.getpid() or (entry / "stat").read_text().rpartition(")")[2].split()[0] in "ZX":
                continue
            told = (entry / "cmdline").read_bytes() + b"\0" + (entry / "environ").read_bytes()
            where = os.readlink(entry / "cwd")
        except (OSError, IndexError):
            continue
        if place.encode() in told or where.startswith(place):
            found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:200])
    return found
