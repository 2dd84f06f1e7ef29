"""Whatever is killed, committed rows stay and nobody is left running."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import redis

from app.embedded import Embedded, erase
from app.embedded.ground import SERVICE_PLACE, SERVICE_USER, place_of, prepare
from app.embedded.remains import free_port, living

ROOT = Path(__file__).parents[2]
PARENT = """
import asyncio, sys
from pathlib import Path
from app.embedded import Embedded
from app.processes import Supervisor

async def main(home):
    embedded = Embedded(home, say=lambda _: None)
    servers = embedded.start()
    async with Supervisor(lambda _: None) as supervisor:
        pids = embedded.pids
        embedded.hand_over(supervisor)
        print(servers.database_url, servers.redis_url, *pids.values(), flush=True)
        await supervisor.wait()
    embedded.stop()

asyncio.run(main(Path(sys.argv[1])))
"""


@dataclass
class Parent:
    process: subprocess.Popen
    database_url: str
    redis_url: str
    postgres: int
    valkey: int


@pytest.fixture
def home(tmp_path):
    yield tmp_path / "home"
    erase(tmp_path / "home")


@pytest.fixture
def parent(home):
    environment = dict(os.environ) | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(home)], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    ) as process:
        database, queue, *pids = process.stdout.readline().split()
        yield Parent(process, database, queue, *map(int, pids))
        process.kill()


def connect(url, patience=30.0):
    """A connection, as soon as there is one: the server may be on its way back."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return psycopg.connect(url, autocommit=True)
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, "PostgreSQL did not come back"
            time.sleep(0.05)


def until(condition, what, patience=30.0):
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.05)


def as_the_servers(ground, *argv):
    """Start a program as the user whom the servers run as, without a death signal."""
    user = {"user": ground.user[0], "group": ground.user[1], "extra_groups": []} if ground.user else {}
    return subprocess.Popen(argv, cwd=ground.place, stderr=subprocess.DEVNULL, **user)


def test_a_killed_postgresql_comes_back_with_every_committed_row(parent):
    with connect(parent.database_url) as connection:
        connection.execute("CREATE TABLE note (n int)")
        connection.execute("INSERT INTO note SELECT generate_series(1, 100)")
        os.kill(parent.postgres, signal.SIGKILL)
    with connect(parent.database_url) as connection:
        assert connection.execute("SELECT count(*) FROM note").fetchone() == (100,)


def test_a_killed_valkey_comes_back(parent):
    os.kill(parent.valkey, signal.SIGKILL)

    def answers():
        try:
            with redis.Redis.from_url(parent.redis_url) as client:
                return client.ping()
        except redis.ConnectionError:
            return False

    until(answers, "Valkey answers again")


def test_after_a_kill_of_the_parent_both_servers_go_and_the_next_start_has_every_row(parent, home):
    with connect(parent.database_url) as connection:
        connection.execute("CREATE TABLE note (n int)")
        connection.execute("INSERT INTO note SELECT generate_series(1, 100)")
        parent.process.kill()
    parent.process.wait()
    with Embedded(home, say=lambda _: None) as servers, connect(servers.database_url) as connection:
        assert connection.execute("SELECT count(*) FROM note").fetchone() == (100,)
    until(lambda: not living(place_of(home) / "postgres") + living(place_of(home) / "valkey"), "both are gone")


def test_after_a_kill_of_everything_at_once_the_next_start_has_every_row(parent, home):
    with connect(parent.database_url) as connection:
        connection.execute("CREATE TABLE note (n int)")
        connection.execute("INSERT INTO note SELECT generate_series(1, 100)")
        for pid in (parent.process.pid, parent.valkey, parent.postgres, *living(place_of(home) / "postgres")):
            os.kill(pid, signal.SIGKILL)
    parent.process.wait()
    with Embedded(home, say=lambda _: None) as servers, connect(servers.database_url) as connection:
        assert connection.execute("SELECT count(*) FROM note").fetchone() == (100,)


def test_a_lock_file_that_names_a_living_stranger_does_not_keep_postgresql_from_starting(home):
    with Embedded(home, say=lambda _: None, durable=False):
        pass
    lock = place_of(home) / "postgres" / "postmaster.pid"
    stranger = as_the_servers(prepare(home, lambda _: None), "sleep", "600")
    try:
        lock.write_text(f"{stranger.pid}\n{lock.parent}\n1\n5432\n\n127.0.0.1\n  1 2\n")
        with Embedded(home, say=lambda _: None, durable=False) as servers, connect(servers.database_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        stranger.kill()
        stranger.wait()


def test_a_server_that_outlived_its_parent_is_ended_first(home):
    with Embedded(home, say=lambda _: None, durable=False):
        pass
    ground = prepare(home, lambda _: None)
    data, port = ground.place / "postgres", str(free_port(31_000))
    orphan = as_the_servers(ground, ground.postgres / "postgres", "-D", data, "-p", port, "-k", "")
    until(lambda: living(ground.place / "postgres"), "the orphan works in its data")
    with Embedded(home, say=lambda _: None, durable=False) as servers, connect(servers.database_url) as connection:
        assert orphan.poll() is not None
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands its servers to a system user")
def test_as_root_both_servers_run_as_the_system_user_and_no_folder_is_opened_up(home, parent):
    home.parent.chmod(0o700)
    for pid in (parent.postgres, parent.valkey):
        assert Path(f"/proc/{pid}").owner() == SERVICE_USER
    assert SERVICE_PLACE.owner() == SERVICE_USER
    assert SERVICE_PLACE.stat().st_mode & 0o777 == 0o750
    assert place_of(home).stat().st_mode & 0o777 == 0o700
    assert home.parent.stat().st_mode & 0o777 == 0o700


def test_no_password_is_on_a_command_line(parent):
    for pid in (parent.postgres, parent.valkey):
        line = Path(f"/proc/{pid}/cmdline").read_text()
        for url in (parent.database_url, parent.redis_url):
            assert url.split(":")[2].split("@")[0] not in line


def test_a_first_start_that_is_killed_half_way_is_followed_by_a_whole_one(home):
    environment = dict(os.environ) | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", PARENT, str(home)], stdout=subprocess.PIPE, env=environment) as first:
        until(lambda: any(place_of(home).glob("postgres.new*/base")), "the cluster is being made")
        first.kill()
    with Embedded(home, say=lambda _: None, durable=False) as servers, connect(servers.database_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not list(place_of(home).glob("postgres.new*"))
