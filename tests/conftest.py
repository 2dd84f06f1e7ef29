"""One real PostgreSQL and one real Valkey for the whole run; every test gets a database and a key space of its own."""

import contextlib
import functools
import importlib.util
import itertools
import os
import shutil
import signal
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx._transports.default
import psycopg
import pytest
import redis
import starlette.routing
import structlog
from psycopg import sql

import migrations
from app.embedded import Embedded, Servers, erase
from app.embedded.ground import SERVICE_USER
from tests.sharing import (  # noqa: F401 - hooks
    pytest_collection_modifyitems,
    pytest_terminal_summary,
    pytest_xdist_make_scheduler,
)

TEMPLATE, OWNER = "amarktai_template", "amarktai_owner"
MEMORY, ROOM = Path("/dev/shm"), 1 << 30
LEFT = 4
"""So many databases of earlier tests stand at a time."""
_numbers = itertools.count(1)


def pytest_configure() -> None:
    """Savings for the whole run, together nearly half of its time; none changes what a test sees of our own code."""
    # Written as Python writes it; drawn with the values of all variables, an error takes half a second.
    processors = structlog.get_config()["processors"][:-1]
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*processors, plain])
    # Every client reads the list of authorities anew, and nobody here speaks TLS.
    transports = httpx._transports.default
    transports.create_ssl_context = functools.cache(transports.create_ssl_context)
    # At every call they look through all folders for a module that is not installed, unless it is known to be absent.
    if importlib.util.find_spec("sniffio") is None:
        sys.modules["sniffio"] = None  # type: ignore[assignment]
    # A sandbox a test, each with the same hundred and sixty paths: their expressions are read once.
    starlette.routing.compile_path = functools.cache(starlette.routing.compile_path)
    # Where the default stands, asyncio puts its own in its place and back, around every fixture and test, and slowly.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted)
    # Where tests write, a hundred files are brought to the disk for each: in memory that takes no time.
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= 4 * ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def _interrupted(*_: object) -> None:
    """What the default does, by another name."""
    raise KeyboardInterrupt


@dataclass(frozen=True, slots=True)
class Cluster:
    """The servers of this run, with the superuser's address, who only makes and drops databases here."""

    servers: Servers
    superuser_url: str
    superuser: psycopg.Connection[Any]
    tablespace: str
    left: deque[str] = field(default_factory=deque)

    def url(self, database: str) -> str:
        """The owner's address of one of its databases."""
        return urlunsplit(urlsplit(self.servers.database_url)._replace(path=f"/{database}"))

    def create(self, database: str, template: str) -> str:
        """A new database of the owner's, copied from `template`; its address."""
        names = [sql.Identifier(name) for name in (database, template, OWNER, self.tablespace)]
        self.superuser.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} TABLESPACE {} STRATEGY FILE_COPY").format(*names)
        )
        return self.url(database)

    def drop(self, database: str) -> None:
        self.superuser.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def leave(self, database: str) -> None:
        """Drop it some tests later: PostgreSQL sleeps a tenth of a second where a connection is just about to end."""
        self.left.append(database)
        if len(self.left) > LEFT:
            self.drop(self.left.popleft())


@contextlib.contextmanager
def tablespace(superuser: psycopg.Connection[Any]) -> Iterator[str]:
    """Where the databases lie: in memory where there is room, under a name that says whose they are.

    Each is five hundred files, and ext4 looks at every file deleted within the last seconds before it makes a new one: with
    a database a test that was most of the time.
    """
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ROOM:
        yield "pg_default"
        return
    for left in MEMORY.glob("amarktai-tests-*"):  # by a run that was killed
        if not Path(f"/proc/{left.name.rpartition('-')[2]}").exists():
            shutil.rmtree(left, ignore_errors=True)
    folder = MEMORY / f"amarktai-tests-{os.getpid()}"
    folder.mkdir(mode=0o700)
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, SERVICE_USER)
        superuser.execute(sql.SQL("CREATE TABLESPACE memory LOCATION {}").format(sql.Literal(str(folder))))
        yield "memory"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """PostgreSQL and Valkey in a home of their own, gone without a trace at the end, or when the run is killed."""
    with tempfile.TemporaryDirectory(prefix="amarktai-tests-") as home:
        embedded = Embedded(Path(home), say=lambda _: None, durable=False)
        try:
            servers = embedded.start()
            with psycopg.connect(embedded.superuser_url, autocommit=True) as superuser, tablespace(superuser) as name:
                yield Cluster(servers, embedded.superuser_url, superuser, name)
        finally:
            embedded.stop()
            erase(Path(home))


@pytest.fixture(scope="session")
def servers(cluster: Cluster) -> Servers:
    return cluster.servers


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """The name of a database with the newest schema, made once. Tests copy it; nobody may stay connected to it."""
    url = cluster.create(TEMPLATE, "template0")
    migrations.upgrade(url)
    return TEMPLATE


@pytest.fixture
def empty_database_url(cluster: Cluster) -> Iterator[str]:
    """The owner's address of a database without any table, for tests of the migrations themselves."""
    name = f"empty_{next(_numbers)}"
    yield cluster.create(name, "template0")
    cluster.drop(name)


@pytest.fixture
def database_url(cluster: Cluster, template: str) -> Iterator[str]:
    """The owner's address of a fresh database with the newest schema, `postgresql://…`."""
    name = f"test_{next(_numbers)}"
    yield cluster.create(name, template)
    cluster.leave(name)


@pytest.fixture
def redis_url(servers: Servers) -> str:
    """The address of an empty key space; sixty-three tests pass before one is used again, emptied."""
    url = urlunsplit(urlsplit(servers.redis_url)._replace(path=f"/{next(_numbers) % 63 + 1}"))
    with contextlib.closing(redis.Redis.from_url(url)) as client:
        client.flushdb()
    return url
