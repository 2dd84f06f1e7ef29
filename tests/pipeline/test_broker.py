"""Hints wake sleeping workers; losing them, or Valkey itself, costs time and never work."""

import contextlib
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import dramatiq
import pytest
import redis
from dramatiq.worker import Worker

import pipeline.broker
from app.embedded.ground import _valkey_program
from pipeline.broker import DUE, WAKE, Hints, WakingBroker, make_broker
from pipeline.stages import STAGES

WORKSPACE = UUID(int=1)


class Seen:
    """What actors were called with, in order; whoever waits is woken by each call."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self._changed = threading.Condition()

    def __call__(self, ident: str) -> None:
        with self._changed:
            self.calls.append(ident)
            self._changed.notify_all()

    def wait(self, ident: str, seconds: float = 20.0) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: ident in self.calls, seconds)


@contextlib.contextmanager
def working(url: str, seen: Seen) -> Iterator[WakingBroker]:
    broker = make_broker(url)

    @dramatiq.actor(broker=broker, actor_name="approved", queue_name=STAGES["approved"].queue)
    def approved(_: str, ident: str) -> None:
        seen(ident)

    worker = Worker(broker, worker_threads=2, worker_timeout=100)
    worker.start()
    broker.listen()
    try:
        yield broker
    finally:
        _stop(worker, broker)
        broker.client.close()


def _stop(worker: Worker, broker: WakingBroker) -> None:
    """Wakes its consumers until they have seen that it stops: one that is woken too early falls asleep again."""
    stopping = threading.Thread(target=worker.stop, kwargs={"timeout": 5000})
    stopping.start()
    while stopping.is_alive():
        for queue in broker.queues:
            broker.woken(queue).set()
        stopping.join(0.05)


@contextlib.contextmanager
def hinting(url: str) -> Iterator[Hints]:
    broker = make_broker(url)
    hints = Hints(broker)
    try:
        yield hints
    finally:
        hints.close()
        broker.client.close()


def test_a_hint_wakes_a_sleeping_worker(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline.broker, "IDLE_SECONDS", 3600.0)  # without being woken it would sleep through the test
    seen, first, second = Seen(), uuid4(), uuid4()
    with working(redis_url, seen), hinting(redis_url) as hints, redis.Redis.from_url(redis_url) as client:
        while client.pubsub_numsub(WAKE)[0][1] == 0:
            pass  # until it listens
        for ident in (first, second):
            hints("approved", WORKSPACE, ident)
            assert seen.wait(str(ident))


def test_the_same_hint_many_times_is_a_handful_of_messages(redis_url: str) -> None:
    with hinting(redis_url) as hints, redis.Redis.from_url(redis_url) as client:
        ident = uuid4()
        for _ in range(500):
            hints("approved", WORKSPACE, ident)
        hints.close()
        assert 1 <= client.llen("amarktai:publish") <= 5


def test_many_posts_of_a_workspace_that_want_to_be_drawn_again_are_a_handful_of_messages(redis_url: str) -> None:
    with hinting(redis_url) as hints, redis.Redis.from_url(redis_url) as client:
        for _ in range(500):
            hints("redraw", WORKSPACE, uuid4())
        hints("redraw", UUID(int=2), uuid4())
        hints.close()
        assert 2 <= client.llen("amarktai:draw") <= 6


def test_hints_that_are_flushed_away_are_gone_and_the_next_ones_arrive(redis_url: str) -> None:
    seen, lost, kept = Seen(), uuid4(), uuid4()
    with hinting(redis_url) as hints:
        hints("approved", WORKSPACE, lost)
        hints.close()
    with redis.Redis.from_url(redis_url) as client:
        assert client.llen("amarktai:publish") == 1
        client.flushdb()
    with working(redis_url, seen), hinting(redis_url) as hints:
        hints("approved", WORKSPACE, kept)
        assert seen.wait(str(kept))
    assert seen.calls == [str(kept)]


def test_the_clock_is_told_on_its_channel(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client, client.pubsub() as channel, hinting(redis_url) as hints:
        channel.subscribe(DUE)
        assert channel.get_message(timeout=5)["type"] == "subscribe"
        hints("due", None, None)
        assert channel.get_message(timeout=5)["type"] == "message"


def test_an_unknown_stage_does_not_silence_the_others(redis_url: str) -> None:
    with hinting(redis_url) as hints, redis.Redis.from_url(redis_url) as client:
        hints("no such stage", None, None)
        hints("approved", WORKSPACE, uuid4())
        hints.close()
        assert client.llen("amarktai:publish") == 1


class Valkey:
    """A server that can be killed and started again on the same port, without remembering anything."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url, self._home = f"redis://127.0.0.1:{self.port}/0", home
        self.start()

    def start(self) -> None:
        program = [str(_valkey_program()), "--port", str(self.port), "--save", "", "--dir", str(self._home)]
        self._process = subprocess.Popen(program, stdout=subprocess.DEVNULL)
        with redis.Redis.from_url(self.url) as client:
            while True:
                with contextlib.suppress(redis.RedisError):
                    client.ping()
                    return

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


def test_after_valkey_was_killed_and_started_again_hints_arrive_as_before(tmp_path: Path) -> None:
    valkey, seen = Valkey(tmp_path), Seen()
    try:
        with working(valkey.url, seen), hinting(valkey.url) as hints:
            before, after = uuid4(), uuid4()
            hints("approved", WORKSPACE, before)
            assert seen.wait(str(before))
            valkey.kill()
            hints("approved", WORKSPACE, uuid4())  # lost, and nobody is the worse for it
            valkey.start()
            hints("approved", WORKSPACE, after)
            assert seen.wait(str(after), 30) or _again(hints, seen)
    finally:
        valkey.kill()


def _again(hints: Hints, seen: Seen) -> bool:
    """As the clock does: a hint that was lost is given again."""
    ident = uuid4()
    hints("approved", WORKSPACE, ident)
    return seen.wait(str(ident), 30)
