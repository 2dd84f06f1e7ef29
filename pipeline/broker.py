"""The broker of hints: Dramatiq over Redis, with workers that sleep until they are woken.

A message says "look now" and carries ids. Losing every one of them costs seconds: the clock finds what is due in PostgreSQL.
The settings are answers to measured traps: no client retries (a lost reply would double a message), no delayed messages (they
pile up in a worker's memory), frequent maintenance (a killed worker's messages return in seconds, not hours).
"""

import contextlib
import queue
import threading
import time
from uuid import UUID

import dramatiq
import redis
import structlog
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from redis.backoff import NoBackoff
from redis.retry import Retry

from pipeline.stages import STAGES

log = structlog.get_logger(__name__)

WAKE = "amarktai:wake"
"""Channel on which the name of a queue is published after a message was put there."""
DUE = "amarktai:due"
"""Channel that tells the clock that an earlier instant may have appeared."""

IDLE_SECONDS = 2.0
"""How long an idle consumer sleeps when nobody wakes it."""

APART_SECONDS = 0.2
"""How far apart two messages with the same hint are. What is due has hints of its own: no slot waits for this."""

TOGETHER_SECONDS = 0.01
"""Hints that come so soon after others travel together."""

_Given = tuple[str, UUID | None, UUID | None]


class _WakingConsumer(_RedisConsumer):
    """Sleeps until woken instead of polling: ten queues polled at 50 ms cost 16 % of a core."""

    def __init__(self, broker: "WakingBroker", queue_name: str, prefetch: int, timeout: int) -> None:
        super().__init__(broker, queue_name, prefetch, 0)
        self._woken = broker.woken(queue_name)

    def __next__(self):  # type: ignore[no-untyped-def]  # Dramatiq's own is untyped
        self._woken.clear()
        message = super().__next__()
        if message is None:
            self._woken.wait(IDLE_SECONDS)
        return message

    def ack(self, message) -> None:  # type: ignore[no-untyped-def]
        super().ack(message)
        self._woken.set()

    def nack(self, message) -> None:  # type: ignore[no-untyped-def]
        super().nack(message)
        self._woken.set()


class WakingBroker(RedisBroker):
    """Dramatiq's Redis broker without delay queues, whose consumers can be woken."""

    def __init__(self, url: str) -> None:
        client = redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), socket_connect_timeout=2, socket_timeout=5)
        super().__init__(
            client=client,
            middleware=[],
            namespace="amarktai",
            maintenance_chance=100_000,
            heartbeat_timeout=20_000,
        )
        self._url = url
        self._woken: dict[str, threading.Event] = {}

    @property
    def consumer_class(self) -> type[_WakingConsumer]:
        return _WakingConsumer

    def woken(self, queue_name: str) -> threading.Event:
        return self._woken.setdefault(queue_name, threading.Event())

    def declare_queue(self, queue_name: str) -> None:
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def listen(self) -> None:
        """Start the thread that wakes the consumers of this process. Once a worker process."""
        threading.Thread(target=self._listen, name="wake", daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                client = redis.Redis.from_url(self._url, socket_connect_timeout=2)
                with client.pubsub(ignore_subscribe_messages=True) as channel:
                    channel.subscribe(WAKE)
                    for message in channel.listen():
                        self.woken(message["data"].decode()).set()
            except redis.RedisError:
                time.sleep(1)
            for event in list(self._woken.values()):
                event.set()


def make_broker(url: str) -> WakingBroker:
    """A broker that knows every queue, for a process that works on messages and for one that only sends them."""
    broker = WakingBroker(url)
    for stage in STAGES.values():
        broker.declare_queue(stage.queue)
    return broker


class Hints:
    """Sends hints from a thread of its own, so that no transaction, click or step ever waits for Redis.

    A hint leaves at once. The same one again leaves `APART_SECONDS` later, however often it was given meanwhile: a hundred
    clicks in a second cost a handful of messages, not a hundred that the worker would have to look at.
    """

    def __init__(self, broker: WakingBroker) -> None:
        self._broker = broker
        self._waiting: queue.SimpleQueue[_Given | None] = queue.SimpleQueue()
        self._held: set[_Given] = set()
        self._sent: dict[_Given, float] = {}
        self._thread = threading.Thread(target=self._run, name="hints", daemon=True)
        self._thread.start()

    def __call__(self, stage: str, workspace_id: UUID | None, ident: UUID | None) -> None:
        row = STAGES.get(stage)
        given = (stage, workspace_id, workspace_id if row is not None and row.of_workspace else ident)
        if given not in self._held:  # what is held leaves after this moment, and so after the row was committed
            self._waiting.put(given)

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join(timeout=2)

    def _run(self) -> None:
        goes_on = True
        while goes_on:
            goes_on = self._collect()
            now = time.monotonic()
            self._sent = {given: at for given, at in self._sent.items() if at > now - APART_SECONDS}
            ready = {given for given in self._held if given not in self._sent or not goes_on}
            self._held -= ready
            self._sent |= dict.fromkeys(ready, now)
            try:
                self._send(ready)
            except (redis.RedisError, dramatiq.DramatiqError) as error:
                log.warning("hints got lost; the clock will find what is due", error=str(error), hints=len(ready))
            if goes_on:
                # A thread that each hint wakes takes the interpreter from the clicks; one that sleeps finds many at once.
                time.sleep(TOGETHER_SECONDS)

    def _collect(self) -> bool:
        """Wait for a hint, or until a held one may go; take what else is there. False at the end."""
        with contextlib.suppress(queue.Empty):
            given = self._waiting.get(timeout=APART_SECONDS / 4 if self._held else None)
            while given is not None:
                self._held.add(given)
                given = self._waiting.get_nowait()
            return False
        return True

    def _send(self, together: set[_Given]) -> None:
        queues = set()
        for stage, workspace_id, ident in together:
            if stage == "due":
                self._broker.client.publish(DUE, b"")
                continue
            row = STAGES.get(stage)
            if row is None:  # one mistaken hint must not silence all others
                log.error("a hint for a stage that nobody knows", stage=stage)
                continue
            args = (str(workspace_id) if workspace_id else None, str(ident) if ident else None)
            self._broker.enqueue(dramatiq.Message(row.queue, stage, args, {}, {}))
            queues.add(row.queue)
        for name in queues:
            self._broker.client.publish(WAKE, name)
