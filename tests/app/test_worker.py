"""Worker and clock together: a heartbeat goes round through both, survives what the queue suffers, and both stop when asked."""

import signal
import threading

import dramatiq
import psycopg
import pytest
import redis

import pipeline.broker
from app.worker import THREADS, start_workers, stop_workers
from pipeline.broker import make_broker
from pipeline.stages import STAGES
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


def test_chats_that_are_drawn_for_long_keep_no_post_waiting(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline.broker, "IDLE_SECONDS", 0.1)
    broker, drawn, out = make_broker(redis_url), threading.Event(), threading.Event()
    drawing = threading.Semaphore(0)

    @dramatiq.actor(broker=broker, queue_name=STAGES["draw"].queue)
    def draw() -> None:
        drawing.release()
        drawn.wait(60)

    @dramatiq.actor(broker=broker, queue_name=STAGES["approved"].queue)
    def publish() -> None:
        out.set()

    workers = start_workers(broker, threading.Event())
    try:
        for _ in range(2 * THREADS):
            draw.send()
        assert all(drawing.acquire(timeout=20) for _ in range(THREADS)), "the chats are not drawn"
        publish.send()
        assert out.wait(20)
    finally:
        drawn.set()
        stop_workers(workers)
        broker.client.close()


def test_every_queue_has_somebody_who_works_on_it(redis_url: str) -> None:
    broker = make_broker(redis_url)
    workers = start_workers(broker, threading.Event())
    try:
        listened = sorted(queue for worker in workers for queue in worker.consumers)
    finally:
        stop_workers(workers)
        broker.client.close()
    assert listened == sorted({stage.queue for stage in STAGES.values()})


def test_a_worker_that_was_told_to_stop_begins_nothing_and_leaves_every_hint_to_others(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pipeline.broker, "IDLE_SECONDS", 0.1)
    broker, stop = make_broker(redis_url), threading.Event()
    begun, out, late = threading.Semaphore(0), threading.Event(), []

    @dramatiq.actor(broker=broker, queue_name=STAGES["approved"].queue)
    def publish() -> None:
        late.append(stop.is_set())
        begun.release()
        out.wait(60)

    for _ in range(THREADS + 10):
        publish.send()
    lanes = start_workers(broker, stop)
    assert all(begun.acquire(timeout=20) for _ in range(THREADS))
    until(lambda: lanes[0].work_queue.qsize() == 10, "the rest to be fetched")
    stop.set()
    out.set()
    stop_workers(lanes)
    assert late == [False] * THREADS
    assert broker.client.llen(f"amarktai:{STAGES['approved'].queue}") == 10
    assert not [line for line in caplog.records if line.levelname != "INFO"]
    broker.client.close()
