"""One real PostgreSQL and one real Valkey for the whole run; every test gets a database and a key space of its own."""

import contextlib
import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import redis
from psycopg import sql

import migrations
from app.embedded import Embedded, Servers, erase

TEMPLATE, OWNER = "amarktai_template", "amarktai_owner"
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Cluster:
    """The servers of this run, with the superuser's address, which only makes and drops databases."""

    servers: Servers
    superuser_url: str

    def url(self, database: str) -> str:
        """The owner's address of one of its databases."""
        return urlunsplit(urlsplit(self.servers.database_url)._replace(path=f"/{database}"))

    def execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            connection.execute(statement)

    def create(self, database: str, template: str) -> str:
        """A new database of the owner's, copied from `template`; its address."""
        names = [sql.Identifier(name) for name in (database, template, OWNER)]
        self.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY").format(*names))
        return self.url(database)

    def drop(self, database: str) -> None:
        self.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """PostgreSQL and Valkey in a home of their own, gone without a trace at the end, or when the run is killed."""
    with tempfile.TemporaryDirectory(prefix="amarktai-tests-") as home:
        embedded = Embedded(Path(home), say=lambda _: None, durable=False)
        try:
            yield Cluster(embedded.start(), embedded.superuser_url)
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
    cluster.drop(name)


@pytest.fixture
def redis_url(servers: Servers) -> str:
    """The address of an empty key space; sixty-three tests pass before one is used again, emptied."""
    url = urlunsplit(urlsplit(servers.redis_url)._replace(path=f"/{next(_numbers) % 63 + 1}"))
    with contextlib.closing(redis.Redis.from_url(url)) as client:
        client.flushdb()
    return url
