"""The web process: ready for clicks whatever the queue does, honest about the database, and it stops in good order."""

import asyncio
import signal
import socket
from uuid import UUID

import psycopg
import pytest
import structlog
from psycopg import sql

from app.handover import listen
from app.startup import CannotStart
from app.watch import watch
from pipeline.pulse import PULSE, STANDSTILL
from storage import due
from storage.session import Database
from tests.app.running import Running, answer, running, status, stop, until
from tests.conftest import Cluster

__all__ = ["running"]
NOBODY = "redis://127.0.0.1:1"


def test_it_is_ready_without_a_queue_because_clicks_must_not_be_lost(running: Running) -> None:
    process, address = running.web(REDIS_URL=NOBODY)
    assert status(f"{address}/health/ready") == 200
    assert status(f"{address}/") == 200
    assert status(f"{address}/health/work") == 503
    assert stop(process) == 0


def test_it_says_that_the_database_is_away_and_comes_back_by_itself(
    running: Running, cluster: Cluster, database_url: str
) -> None:
    _, address = running.web()
    assert status(f"{address}/health/ready") == 200
    doors(cluster, database_url, open_=False)
    found = until(lambda: (said := answer(f"{address}/health/ready")).status_code == 503 and said, "a 503")
    assert "database" in found.json()["why"].lower()
    assert status(f"{address}/health/live") == 200
    doors(cluster, database_url, open_=True)
    until(lambda: status(f"{address}/health/ready") == 200, "readiness again")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_asked_to(running: Running, number: signal.Signals) -> None:
    process, _ = running.web()
    assert stop(process, number) == 0
    assert "Traceback" not in running.log("web")


def test_it_can_be_stopped_while_it_still_waits_for_the_database(running: Running) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(40)
        url = f"postgresql://nobody:x@127.0.0.1:{silent.getsockname()[1]}/none"
        process = running.start("web", "--port", "0", DATABASE_URL=url)
        with silent.accept()[0]:
            assert stop(process) == 0


def test_a_taken_port_is_said_in_a_sentence(running: Running) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=f"127.0.0.1:{port} cannot be listened on"):
            listen("127.0.0.1", port)
        assert running.start("web", "--port", str(port)).wait(30) == 1
    assert running.log("web").startswith(f"amarktai: 127.0.0.1:{port} cannot be listened on")


async def test_the_alarm_is_logged_as_long_as_work_stands_still(worker: Database) -> None:
    with structlog.testing.capture_logs() as logs:
        task = asyncio.create_task(watch(worker, nobody_draws, every=0.01))
        while len(logs) < 2:
            await asyncio.sleep(0.01)
        await due.beat(worker, PULSE)
        await asyncio.sleep(0.1)
        logs.clear()
        await asyncio.sleep(0.1)
        task.cancel()
    assert logs == []


async def test_the_alarm_names_what_to_look_at(worker: Database) -> None:
    with structlog.testing.capture_logs() as logs:
        task = asyncio.create_task(watch(worker, nobody_draws, every=0.01))
        while not logs:
            await asyncio.sleep(0.01)
        task.cancel()
    assert (logs[0]["log_level"], logs[0]["why"]) == ("error", STANDSTILL)


async def nobody_draws(workspace_id: UUID, chat_id: UUID) -> None:
    """No chat is there."""


def doors(cluster: Cluster, database_url: str, *, open_: bool) -> None:
    """Let connections into one database, or throw everybody out of it."""
    name = psycopg.conninfo.conninfo_to_dict(database_url)["dbname"]
    with psycopg.connect(cluster.superuser_url, autocommit=True) as connection:
        allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        connection.execute(allow.format(sql.Identifier(str(name)), sql.Literal(open_)))
        if not open_:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
