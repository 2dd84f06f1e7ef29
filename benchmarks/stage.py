"""The stage of a run: real PostgreSQL (durable) and Valkey, a migrated database for each story, our own processes as children."""

import contextlib
import itertools
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis
from psycopg import sql
from pydantic import SecretStr

from app.embedded import Servers
from app.logins import url_of
from app.migrate import migrate
from app.processes import Command, end, spawn
from app.settings import Settings
from storage.keys import Keyring, Purpose, new_key
from storage.session import Database
from storage.vault import Vault

SIGNING_SECRET = "of the benchmarks, of the benchmarks"
_TEMPLATE, _OWNER = "bench_template", "amarktai_owner"
_TAKEN = ("AMARKTAI_", "DATABASE_", "REDIS_", "SLACK_", "TELEGRAM_", "X_", "LINKEDIN_", "SETTLE_", "SLOT_", "MEASURE_")


@dataclass
class Scene:
    """One story's database and key space, and what is needed to reach them."""

    owner_url: str
    superuser_url: str
    redis_url: str
    home: Path
    keys: str

    @property
    def keyring(self) -> Keyring:
        return Keyring.parse(self.keys)

    @property
    def vault(self) -> Vault:
        return Vault(self.keyring)

    def url(self, login: str) -> str:
        settings = Settings.model_construct(database_url=SecretStr(self.owner_url), database_app_url=SecretStr(""))
        return url_of(login, settings, self.keyring)

    @contextlib.contextmanager
    def superuser(self) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
        """For planting rows and counting them; what is measured never has it."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            yield connection

    def database(self, login: str, size: int = 4) -> Database:
        return Database(self.url(login), size=size)

    def environment(self, login: str, **more: str) -> dict[str, str]:
        """What a process of ours gets: its own login, and nothing of the operator's own settings."""
        keys = self.keys
        if login == "amarktai_web":
            keys = ",".join(part for part in keys.split(",") if part.startswith(f"{Purpose.CHAT}:"))
        clean = {name: value for name, value in os.environ.items() if not name.startswith(_TAKEN)}
        return {
            **clean,
            "AMARKTAI_HOME": str(self.home),
            "AMARKTAI_BASE_URL": "http://127.0.0.1:4000",
            "AMARKTAI_KEYS": keys,
            "DATABASE_APP_URL": self.url(login),
            "REDIS_URL": self.redis_url,
            **more,
        }


@dataclass
class Stage:
    """The servers of a run, and whatever was started on them."""

    servers: Servers
    superuser_url: str
    home: Path
    keys: str = field(default_factory=lambda: ",".join(new_key(purpose) for purpose in Purpose))
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def scene(self) -> Scene:
        """A fresh database with the newest schema, and an empty key space."""
        number = next(self._numbers)
        if number == 1:
            self._create(_TEMPLATE, "template0")
            owner = _at(self.servers.database_url, _TEMPLATE)
            wanted = Settings.model_construct(database_url=SecretStr(owner), database_app_url=SecretStr(""))
            migrate(wanted, Keyring.parse(self.keys))
        name = f"bench_{number}"
        self._create(name, _TEMPLATE)
        redis_url = _at(self.servers.redis_url, str(number))
        with contextlib.closing(redis.Redis.from_url(redis_url)) as client:
            client.flushdb()
        owner, superuser = _at(self.servers.database_url, name), _at(self.superuser_url, name)
        with psycopg.connect(
            superuser, autocommit=True
        ) as connection:  # a copy of the template, which nobody else publishes from
            connection.execute("UPDATE installation SET place = database_place()")
        home = self.home / name
        home.mkdir()
        return Scene(owner, superuser, redis_url, home, self.keys)

    def _create(self, name: str, template: str) -> None:
        names = [sql.Identifier(part) for part in (name, template, _OWNER)]
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY").format(*names))


def _at(url: str, place: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{place}"))


@contextlib.contextmanager
def running(name: str, env: dict[str, str], home: Path, *argv: str) -> Iterator[int]:
    """A child for as long as the block lasts; yields its process id. Its log stands in the home."""
    command = Command(name, (sys.executable, *argv), home / "logs" / f"{name}.log", env=env)
    process = spawn(command)
    try:
        yield process.pid
    finally:
        end(process, command.stop_signal, command.grace)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
