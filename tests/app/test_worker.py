"""Worker and clock together: a heartbeat goes round through both, survives what the queue suffers, and both stop when asked."""

import signal

import psycopg
import pytest
import redis

from tests.app.running import Running, running, status, stop, until

__all__ = ["running"]
BEAT = "SELECT beat_at FROM heartbeats WHERE name = 'work'"


@pytest.fixture
def beats(database_url: str):  # type: ignore[no-untyped-def]
    """The instant of the last heartbeat, or None."""

    def last() -> object:
        with psycopg.connect(database_url) as connection:
            found = connection.execute(BEAT).fetchone()
            return found and found[0]

    return last


def test_work_goes_round_with_two_clocks_and_after_every_key_is_lost(running: Running, beats, redis_url: str) -> None:  # type: ignore[no-untyped-def]
    clocks = [running.start("clock") for _ in range(2)]
    worker = running.start("worker")
    _, address = running.web()
    until(lambda: status(f"{address}/health/work") == 200, "work to go round")
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
    before = beats()
    until(lambda: beats() > before, "another heartbeat")
    for clock in clocks:
        assert stop(clock) == 0
    assert stop(worker) == 0
    assert "Traceback" not in running.log("worker") + running.log("clock")


def test_a_worker_without_a_queue_waits_for_it_and_stops_when_asked(running: Running) -> None:
    worker = running.start("worker", REDIS_URL="redis://127.0.0.1:1")
    until(lambda: "the worker works" in running.log("worker"), "the worker")
    assert worker.poll() is None
    assert stop(worker, signal.SIGINT) == 0


def test_a_clock_without_a_queue_goes_on(running: Running) -> None:
    clock = running.start("clock", REDIS_URL="redis://127.0.0.1:1")
    until(lambda: "hints got lost" in running.log("clock"), "the clock to notice")
    assert clock.poll() is None
    assert stop(clock) == 0
