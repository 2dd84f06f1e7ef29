"""The two servers of one home, started together and handed to whoever keeps them alive."""

import contextlib
import fcntl
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO

from app.embedded import postgres, valkey
from app.embedded.credentials import Credentials
from app.embedded.errors import AlreadyRunning, EmbeddedError, from_program, in_words
from app.embedded.ground import Ground, place_of, prepare, remove
from app.embedded.remains import clear_lock_file, free_port, wait_until_left
from app.processes import Command, Supervisor, end, spawn

ROOM_TO_BEGIN, ROOM_TO_GO_ON = 300_000_000, 40_000_000  # bytes: programs, cluster, write-ahead log; a little to live on
_LOCK_PATIENCE = 1.0  # seconds; a killed predecessor needs a moment to let go
_PORT_TRIES = 5


@dataclass(frozen=True, slots=True)
class Servers:
    """Where they are reached; `database_url` is that of the owner, who is no superuser."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)


@dataclass(slots=True)
class _Started:
    command: Command
    process: subprocess.Popen[bytes]
    offset: int  # where its log stood


class Embedded:
    """PostgreSQL and Valkey of a home. `start()` blocks until both answer; it must be called in the main thread."""

    def __init__(self, home: Path, *, say: Callable[[str], None] = print, durable: bool = True) -> None:
        self.home = home.absolute()
        self._say = say
        self._durable = durable  # False: commits need not survive a power cut, for tests
        self._lock: IO[str] | None = None
        self._started: list[_Started] = []
        self._credentials: Credentials | None = None

    def __enter__(self) -> Servers:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def superuser_url(self) -> str:
        """For backups and for making test databases; the product never uses it."""
        if self._credentials is None:
            raise EmbeddedError("The embedded servers have not been started.")
        return self._credentials.superuser_url

    @property
    def pids(self) -> dict[str, int]:
        return {started.command.name: started.process.pid for started in self._started}

    def start(self) -> Servers:
        """Bring both servers up, with what earlier ones left behind.

        Raises AlreadyRunning when another process runs them, EmbeddedError in words for all that a person can mend.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("the servers die with the thread that starts them: start them in the main thread")
        ground = prepare(self.home, self._say)
        self._lock = _lock(self.home)
        try:
            self._credentials = self._start_in(ground)
        except OSError as error:
            self.stop()
            raise in_words(error, self.home) from error
        except subprocess.CalledProcessError as error:
            self.stop()
            raise from_program(error, ground.place) from error
        except BaseException:
            self.stop()
            raise
        return Servers(self._credentials.database_url, self._credentials.redis_url)

    def hand_over(self, supervisor: Supervisor) -> None:
        """From now on the supervisor keeps them alive and stops them, last of all; `stop()` then only unlocks."""
        for started in self._started:
            supervisor.adopt(started.command, started.process)
        self._started = []

    def stop(self) -> None:
        """Stop both in good order and let go of the home. May be called twice."""
        while self._started:
            started = self._started.pop()
            end(started.process, started.command.stop_signal, started.command.grace)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _start_in(self, ground: Ground) -> Credentials:
        _require_room(ground)
        credentials = self._known_credentials(ground)
        wait_until_left(postgres.data_of(ground))
        wait_until_left(valkey.data_of(ground))
        postgres.create_cluster(ground, credentials)
        clear_lock_file(postgres.data_of(ground))
        for attempt in range(1, _PORT_TRIES + 1):
            credentials = self._with_free_ports(credentials)
            try:
                self._run(ground, credentials)
            except EmbeddedError as error:  # somebody else was quicker to take the port
                if "in use" not in str(error) or attempt == _PORT_TRIES:
                    raise
                credentials = credentials.at_ports(credentials.postgres_port + 2, credentials.valkey_port + 2)
            else:
                return credentials
        raise AssertionError("unreachable")

    def _run(self, ground: Ground, credentials: Credentials) -> None:
        valkey.configure(ground, credentials)
        logs = self.home / "logs"
        commands = (
            postgres.command(ground, credentials, logs / "postgresql.log", durable=self._durable),
            valkey.command(ground, logs / "valkey.log"),
        )
        try:
            for command in commands:
                offset = command.log.stat().st_size if command.log.exists() else 0
                self._started.append(_Started(command, spawn(command), offset))
            for started, ready in zip(self._started, (postgres.wait_until_ready, valkey.wait_until_ready), strict=True):
                ready(started.process, credentials, started.command.log, started.offset)
        except EmbeddedError:
            while self._started:
                started = self._started.pop()
                end(started.process, started.command.stop_signal, started.command.grace)
            raise

    def _known_credentials(self, ground: Ground) -> Credentials:
        known = Credentials.read(self.home)
        if known is not None:
            return known
        if postgres.data_of(ground).exists():  # the home was emptied; what it had is not ours to delete
            kept = ground.place.with_name(f"{ground.place.name}.{int(time.time())}")
            for folder in (postgres.data_of(ground), valkey.data_of(ground)):
                ground.run(["sh", "-c", 'mkdir -p "$1" && if test -e "$0"; then mv "$0" "$1"; fi', folder, kept])
            self._say(f"{self.home} has lost its passwords; its former database is kept in {kept}.")
        fresh = Credentials.fresh(self.home)
        fresh.write(self.home)
        return fresh

    def _with_free_ports(self, wanted: Credentials) -> Credentials:
        port = free_port(wanted.postgres_port)
        found = wanted.at_ports(port, free_port(max(wanted.valkey_port, port + 1)))
        if found != wanted:
            self._say(f"A port is taken: PostgreSQL is on {found.postgres_port}, Valkey on {found.valkey_port}.")
        found.write(self.home)
        return found


def erase(home: Path) -> None:
    """Delete the embedded servers' files of a home for good. Raises AlreadyRunning while they are in use."""
    if not (home / "embedded").exists():
        return
    with _lock(home):
        for folder in (place_of(home), home / "embedded"):
            if folder.exists():
                wait_until_left(folder / "postgres")
                remove(folder)


@contextlib.contextmanager
def attend(home: Path, say: Callable[[str], None] = print) -> Iterator[Credentials]:
    """The servers of a home for the length of a command: those that run already, else started and stopped around it."""
    embedded = Embedded(home, say=say)
    try:
        embedded.start()
    except AlreadyRunning:
        known = Credentials.read(home)
        if known is None:
            raise
        yield known
        return
    try:
        known = Credentials.read(home)
        if known is None:
            raise EmbeddedError(f"{home} was emptied while its servers were started.")
        yield known
    finally:
        embedded.stop()


def _lock(home: Path) -> IO[str]:
    """Hold the home as long as the file is open; the kernel lets go when we are killed."""
    deadline = time.monotonic() + _LOCK_PATIENCE
    lock = (home / "embedded" / "lock").open("a+")
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                lock.seek(0)
                holder = lock.read().strip() or "unknown"
                lock.close()
                raise AlreadyRunning(
                    f"Process {holder} already runs the servers of {home}: stop it, or set AMARKTAI_HOME otherwise."
                ) from None
            time.sleep(0.05)
        else:
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            return lock


def _require_room(ground: Ground) -> None:
    needed = ROOM_TO_GO_ON if postgres.data_of(ground).exists() else ROOM_TO_BEGIN
    free = shutil.disk_usage(ground.place).free
    if free < needed:
        raise EmbeddedError(
            f"The disk that holds {ground.place} has {free // 1_000_000} MB left and the servers need "
            f"{needed // 1_000_000} MB: free some room and start again."
        )
