"""Children of ours: started so that they die with us, brought back when they fall, stopped in good order."""

import asyncio
import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from app.deathsignal import launcher
from app.handover import HANDED, READY

LOG_LIMIT = 5_000_000  # bytes; a log beyond it is moved to .1, that one to .2
LOGS_KEPT = 2
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0  # seconds before a fallen child is started again
STEADY_AFTER = 30.0  # a child that lived so long has earned a quick restart again
ROTATE_EVERY = 30.0
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Command:
    """A program and how it lives: its log, how it is asked to stop and how long it may take, in seconds."""

    name: str
    argv: tuple[str, ...]
    log: Path
    env: Mapping[str, str] | None = None  # the whole environment; None hands ours on
    cwd: Path | None = None
    signal_at_death: signal.Signals = signal.SIGKILL  # what it gets when we are killed
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    user: tuple[int, int] | None = None  # uid, gid to become; only root can
    before_start: Callable[[], None] = field(default=lambda: None)  # clears what a fallen one left behind
    listener: socket.socket | None = field(default=None, repr=False)  # handed to it, to take connections from
    alone: bool = False  # of this kind two at a time would quarrel


def spawn(command: Command, told: Path | None = None) -> subprocess.Popen[bytes]:
    """Start the command as our direct child, in a session of its own, so that Ctrl-C reaches only us.

    It makes the file `told` when it works, if it is one of ours.
    Call it from the main thread: the kernel sends the death signal when the *thread* that forked ends.
    """
    command.log.parent.mkdir(parents=True, exist_ok=True)
    rotate(command.log)
    handed = (command.listener.fileno(),) if command.listener else ()
    with command.log.open("ab") as log:
        return subprocess.Popen(
            launcher(command.argv, signal_at_death=command.signal_at_death, user=command.user),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=command.cwd,
            env=_environment(command, told),
            pass_fds=handed,
            start_new_session=True,
        )


def _environment(command: Command, told: Path | None) -> dict[str, str] | None:
    """Ours, when the command names none and nothing is to be added."""
    more = {HANDED: str(command.listener.fileno())} if command.listener else {}
    more |= {READY: str(told)} if told else {}
    if command.env is None and not more:
        return None
    return {**(os.environ if command.env is None else command.env), **more}


def rotate(log: Path, limit: int = LOG_LIMIT) -> None:
    """Keep a log within `limit` bytes plus two older ones. The writer appends and may go on writing meanwhile."""
    if not log.exists() or log.stat().st_size <= limit:
        return
    older = [log.with_name(f"{log.name}.{number}") for number in range(1, LOGS_KEPT + 1)]
    for newer, old in zip(reversed(older[:-1]), reversed(older[1:]), strict=True):
        if newer.exists():
            newer.replace(old)
    try:
        shutil.copyfile(log, older[0])
    except OSError:  # a full disk has no room for the older lines
        older[0].unlink(missing_ok=True)
    os.truncate(log, 0)


def end(process: subprocess.Popen[bytes], stop_signal: signal.Signals, grace: float) -> None:
    """Ask a child to stop, wait `grace` seconds, then kill it with all that it started. Blocking."""
    ask(process, stop_signal)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(grace)
    kill_session(process)
    process.wait()


def kill_session(process: subprocess.Popen[bytes]) -> None:
    """Kill whatever is left in the child's session. Call it before the child is reaped, while its number is its own."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def ask(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal without reaping, which `Popen.send_signal` would do: `kill_session` needs the number afterwards."""
    if process.returncode is None:
        os.kill(process.pid, number)


async def ended(process: subprocess.Popen[bytes]) -> None:
    """Return when the child has ended; it is not reaped, so its number cannot have been given to another."""
    if process.returncode is not None:
        return
    if not hasattr(os, "pidfd_open"):  # macOS
        while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:  # noqa: ASYNC222
            await asyncio.sleep(0.2)
        return
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    descriptor = os.pidfd_open(process.pid)
    loop.add_reader(descriptor, over.set)
    try:
        await over.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether the child has ended. It is not reaped."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def pause_before(restart: int) -> float:
    """Seconds to wait before the restart numbered 0, 1, 2 …: doubling to ten, spread by chance."""
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(restart, 16))
    return longest * random.uniform(0.5, 1.0)


@dataclass(slots=True)
class Child:
    """One command under supervision: its present process, and how often it has fallen of late."""

    command: Command
    process: subprocess.Popen[bytes]
    started: float = field(default_factory=time.monotonic)
    falls: int = 0
    task: "asyncio.Task[None] | None" = None
    leaving: bool = False


class Supervisor:
    """Keeps children alive until somebody asks for the end: Ctrl-C, SIGTERM, SIGHUP or `request_stop()`.

    An asynchronous context: leaving it, also by an exception, stops every child, the last started first.
    """

    def __init__(self, say: Callable[[str], None] = print) -> None:
        self._say = say
        self._children: list[Child] = []
        self._stopping = asyncio.Event()
        self._rotation: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for number in ENDINGS:
            loop.add_signal_handler(number, self.request_stop)
        self._rotation = asyncio.create_task(self._rotate_logs())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        if self._rotation:
            self._rotation.cancel()
        await self._stop_all()
        for number in ENDINGS:
            asyncio.get_running_loop().remove_signal_handler(number)

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    @property
    def pids(self) -> dict[str, int]:
        """The process number of every child that runs now, by its name."""
        return {child.command.name: child.process.pid for child in self._children if child.process.returncode is None}

    def start(self, command: Command) -> None:
        """Start the command and keep it alive from now on."""
        self.adopt(command, spawn(command))

    def adopt(self, command: Command, process: subprocess.Popen[bytes]) -> None:
        """Keep a child alive that was started before, such as the embedded servers."""
        child = Child(command, process)
        child.task = asyncio.create_task(self._keep_alive(child))
        self._children.append(child)

    async def renew(self, name: str, patience: float = 60.0) -> bool:
        """Put a new process in the place of the child `name`; the old one ends when the new one works, and not before.

        False, with the old one in its place, when the new one does not work within `patience` seconds.
        """
        old = next(child for child in self._children if child.command.name == name and not child.leaving)
        if old.command.alone:
            await self._retire(old)
        new = await self._succeeded(old.command, patience)
        if new is None:
            self._say(f"{name} could not be renewed (log: {old.command.log})")
            if old.leaving:
                self.start(old.command)
            return False
        self.adopt(old.command, new)
        if not old.leaving:
            await self._retire(old)
        return True

    async def _succeeded(self, command: Command, patience: float) -> subprocess.Popen[bytes] | None:
        """A process that works; None when it fell or took too long."""
        with tempfile.TemporaryDirectory(prefix="amarktai-ready-") as folder:
            told = Path(folder, "ready")
            process = spawn(command, told)
            async for _ in _every(0.05, patience):
                if told.exists():
                    return process
                if has_ended(process):
                    break
        kill_session(process)
        process.wait()
        return None

    async def _retire(self, child: Child) -> None:
        child.leaving = True
        await self._stop(child)
        self._children.remove(child)

    def request_stop(self) -> None:
        """Let `wait()` return. Asked a second time, stop waiting for children and kill them."""
        if self._stopping.is_set():
            for child in self._children:
                kill_session(child.process)
        self._stopping.set()

    async def wait(self) -> None:
        """Return when the end was asked for."""
        await self._stopping.wait()

    async def _keep_alive(self, child: Child) -> None:
        while True:
            await ended(child.process)
            kill_session(child.process)
            how = _ending_in_words(child.process.wait())
            if self._stopping.is_set() or child.leaving:
                return
            self._say(f"{child.command.name} {how} and is started again (log: {child.command.log})")
            if time.monotonic() - child.started > STEADY_AFTER:
                child.falls = 0
            if not await self._started_again(child):
                return

    async def _started_again(self, child: Child) -> bool:
        """Start a fallen child again, trying until it works; False when the end was asked for meanwhile."""
        while True:
            pause = pause_before(child.falls)
            child.falls += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
            if self._stopping.is_set() or child.leaving:
                return False
            try:
                child.command.before_start()
                child.process = spawn(child.command)
            except OSError as error:  # no room on the disk, too many processes, the former one is still ending
                self._say(f"{child.command.name} cannot be started yet: {error.strerror or error}")
            else:
                child.started = time.monotonic()
                return True

    async def _stop_all(self) -> None:
        for child in reversed(self._children):
            await self._stop(child)

    async def _stop(self, child: Child) -> None:
        ask(child.process, child.command.stop_signal)
        if child.task is None:
            return
        _, late = await asyncio.wait({child.task}, timeout=child.command.grace)
        if late:
            self._say(f"{child.command.name} did not stop within {child.command.grace:g} s and is killed")
            kill_session(child.process)
            await asyncio.wait({child.task})
        child.task.result()

    async def _rotate_logs(self) -> None:
        while True:
            await asyncio.sleep(ROTATE_EVERY)
            for child in self._children:
                rotate(child.command.log)


def _ending_in_words(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    return f"was ended by {signal.Signals(-code).name}"


async def wait_until_answers(url: str, *, timeout: float = 30.0) -> None:
    """Return when the URL answers with a status under 500; TimeoutError with the URL when it does not in time."""
    import httpx

    failure = "no answer"
    async with httpx.AsyncClient(trust_env=False, timeout=5.0) as client:
        async for _ in _every(0.05, timeout):
            try:
                answer = await client.get(url)
            except httpx.TransportError as error:
                failure = type(error).__name__
                continue
            if answer.status_code < 500:
                return
            failure = f"status {answer.status_code}"
    raise TimeoutError(f"{url} did not come up within {timeout:.0f} s ({failure})")


async def _every(seconds: float, timeout: float) -> AsyncIterator[None]:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        yield
        await asyncio.sleep(seconds)
