"""`amarktai up`: every process on this machine, with real credentials; PostgreSQL and Valkey embedded unless configured."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from app.embedded import Embedded
from app.handover import listen
from app.processes import Command, Supervisor, wait_until_answers
from app.settings import Settings, is_loopback, load
from app.startup import CannotStart

PROCESSES = ("web", "worker", "clock")
HOST, PORT = "127.0.0.1", 4000


class CommandFailed(CannotStart):
    """One of our commands did not do what it should; the text is what it said."""


def run_up() -> int:
    """Run until Ctrl-C. Returns the exit code."""
    settings = load(needs=("AMARKTAI_KEYS", "AMARKTAI_BASE_URL"))
    home = settings.amarktai_home
    home.mkdir(parents=True, exist_ok=True)
    if not settings.embedded:
        return asyncio.run(_supervise(None, settings, os.environ, home))
    embedded = Embedded(home)
    servers = embedded.start()
    try:
        addresses = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
        return asyncio.run(_supervise(embedded, settings, {**os.environ, **addresses}, home))
    finally:
        embedded.stop()


async def _supervise(embedded: Embedded | None, settings: Settings, env: Mapping[str, str], home: Path) -> int:
    async with Supervisor() as supervisor:
        if embedded is not None:
            embedded.hand_over(supervisor)
        if env.get("DATABASE_URL"):
            await run_once("migrate", env, home)
        listener = listen(HOST, PORT)
        for name in PROCESSES:
            command = process(name, env, home)
            supervisor.start(replace(command, listener=listener) if name == "web" else command)
        if settings.has_telegram and (
            is_loopback(settings.amarktai_base_url) or settings.amarktai_base_url.startswith("http://")
        ):
            # Telegram reaches only public https addresses; elsewhere we fetch.
            supervisor.start(replace(process("telegram", env, home), alone=True))
        await wait_until_answers(f"http://{HOST}:{PORT}/health/ready", timeout=30)
        print(f"Everything runs. {settings.amarktai_base_url} · logs in {home / 'logs'} · Ctrl-C stops it.")
        async with renewing(supervisor, (*PROCESSES, "telegram")):
            await supervisor.wait()
    return 0


@asynccontextmanager
async def renewing(supervisor: Supervisor, names: Sequence[str]) -> AsyncIterator[None]:
    """At SIGUSR1 every process is replaced by a new one, in turn: for new code and new settings, with nobody hung up on."""
    asked, loop = asyncio.Event(), asyncio.get_running_loop()

    async def renew() -> None:
        while True:
            await asked.wait()
            asked.clear()
            for name in names:
                if name in supervisor.pids:
                    await supervisor.renew(name)
            print("Every process was renewed.")

    task = asyncio.create_task(renew())
    loop.add_signal_handler(signal.SIGUSR1, asked.set)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGUSR1)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def process(name: str, env: Mapping[str, str], home: Path, *arguments: str, called: str = "") -> Command:
    """One of our own processes as a child, with its log under the home. `called` tells it from another of its kind."""
    argv = (sys.executable, "-m", "app", name, *arguments)
    label = called or name
    return Command(label, argv, home / "logs" / f"{label}.log", env={**env, "AMARKTAI_HOME": str(home)}, grace=30.0)


async def run_once(name: str, env: Mapping[str, str], home: Path, *arguments: str) -> str:
    """Run one of our commands to its end and return what it printed. Raises `CommandFailed` with its words."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app", name, *arguments, env={**env, "AMARKTAI_HOME": str(home)},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    printed = (await child.communicate())[0].decode()
    if child.returncode:
        raise CommandFailed(f"`amarktai {name}` failed: {printed.strip()}")
    return printed
