"""One process takes over from another: the new one works before the old one ends, and nobody who connects is turned away."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

import app.edge
from app.edge import EdgeConfig, EdgeProtocol, EdgeServer
from app.handover import HANDED, listen
from app.processes import Command, Supervisor
from app.up import renewing
from tests.app.running import Running, running, stop, until

__all__ = ["running"]
WORKS = """
import os, pathlib, signal, sys, time
def stop(*_):
    print("ends", os.getpid(), flush=True); sys.exit()
signal.signal(signal.SIGTERM, stop)
pathlib.Path(os.environ.pop("AMARKTAI_READY", "/dev/null")).touch()
print("works", os.getpid(), flush=True)
time.sleep(600)
"""
FALLS = "import os, sys, time; sys.exit(1) if 'AMARKTAI_READY' in os.environ else time.sleep(600)"


def command(folder: Path, program: str = WORKS, **more: object) -> Command:
    return Command("child", (sys.executable, "-c", program), folder / "child.log", **more)  # type: ignore[arg-type]


def told(folder: Path) -> list[list[str]]:
    log = folder / "child.log"
    return [line.split() for line in log.read_text().splitlines()] if log.exists() else []


async def first_words(folder: Path) -> None:
    while not told(folder):
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(("alone", "order"), [(False, ["works", "works", "ends"]), (True, ["works", "ends", "works"])])
async def test_the_old_one_ends_when_the_new_one_works_unless_two_at_a_time_would_quarrel(
    tmp_path: Path, alone: bool, order: list[str]
) -> None:
    async with Supervisor(lambda _: None) as supervisor:
        supervisor.start(command(tmp_path, alone=alone))
        await first_words(tmp_path)
        old = supervisor.pids["child"]
        assert await supervisor.renew("child")
        assert supervisor.pids["child"] != old
        assert [word for word, _ in told(tmp_path)] == order
        assert [pid for word, pid in told(tmp_path) if word == "ends"] == [str(old)]


async def test_a_new_one_that_falls_leaves_the_old_one_in_its_place(tmp_path: Path) -> None:
    said: list[str] = []
    async with Supervisor(said.append) as supervisor:
        supervisor.start(command(tmp_path, FALLS))
        old = supervisor.pids["child"]
        assert not await supervisor.renew("child")
        assert supervisor.pids["child"] == old
    assert said == [f"child could not be renewed (log: {tmp_path / 'child.log'})"]


async def test_one_that_was_renewed_is_brought_back_when_it_falls(tmp_path: Path) -> None:
    async with Supervisor(lambda _: None) as supervisor:
        supervisor.start(command(tmp_path))
        await first_words(tmp_path)
        await supervisor.renew("child")
        new = supervisor.pids["child"]
        os.kill(new, signal.SIGKILL)
        while supervisor.pids.get("child", new) == new:
            await asyncio.sleep(0.02)


async def test_a_signal_renews_every_process_of_amarktai_up(tmp_path: Path) -> None:
    async with Supervisor(lambda _: None) as supervisor:
        supervisor.start(command(tmp_path))
        await first_words(tmp_path)
        old = supervisor.pids["child"]
        async with renewing(supervisor, ["child", "telegram"]):
            os.kill(os.getpid(), signal.SIGUSR1)
            while supervisor.pids.get("child", old) == old:
                await asyncio.sleep(0.02)


def test_a_socket_that_was_handed_over_is_listened_on(monkeypatch: pytest.MonkeyPatch) -> None:
    with listen("127.0.0.1", 0) as held:
        monkeypatch.setenv(HANDED, str(os.dup(held.fileno())))
        with listen("ignored", 1) as handed:
            assert handed.getsockname() == held.getsockname()
        assert HANDED not in os.environ


async def test_a_web_process_that_ends_answers_whoever_it_let_in_and_says_farewell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app.edge, "LINGER_SECONDS", 3.0)
    listener = listen("127.0.0.1", 0)
    host, port = listener.getsockname()
    server = EdgeServer(EdgeConfig(hello, http=EdgeProtocol, lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    async with httpx.AsyncClient(base_url=f"http://{host}:{port}", trust_env=False) as kept:
        assert (await kept.get("/")).headers.get("connection") != "close"
        reader, writer = await asyncio.open_connection(host, port)
        server.should_exit = True
        while accepts(host, port):
            await asyncio.sleep(0.01)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await kept.get("/")).headers["connection"] == "close"
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    writer.close()
    await serving


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"hi"})


def accepts(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port)).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_renewed_worker_stops_cleanly(running: Running) -> None:
    worker = running.start("worker")
    until(lambda: "the worker works" in running.log("worker"), "the worker")
    assert stop(worker) == 0
    assert "middleware" not in running.log("worker")
