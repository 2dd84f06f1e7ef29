"""`amarktai up`: every process on this machine, with real credentials; PostgreSQL and Valkey embedded unless configured."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from app.embedded import Embedded
from app.processes import Command, Supervisor, wait_until_answers
from app.settings import Settings, is_loopback, load
from app.startup import CannotStart

PROCESSES = ("web", "worker", "clock")


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
        for name in PROCESSES:
            supervisor.start(process(name, env, home))
        if settings.has_telegram and (
            is_loopback(settings.amarktai_base_url) or settings.amarktai_base_url.startswith("http://")
        ):
            # Telegram reaches only public https addresses; elsewhere we fetch.
            supervisor.start(process("telegram", env, home))
        await wait_until_answers("http://127.0.0.1:4000/health/ready", timeout=30)
        print(f"Everything runs. {settings.amarktai_base_url} · logs in {home / 'logs'} · Ctrl-C stops it.")
        await supervisor.wait()
    return 0


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
