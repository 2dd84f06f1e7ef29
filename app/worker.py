"""The worker process: looks at rows when a hint says so, and stops cleanly when asked to."""

import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import structlog
from dramatiq.asyncio import EventLoopThread, set_event_loop_thread

from app.handover import say_ready
from app.lanes import Lane
from app.settings import Settings
from app.wiring.worker import open_worker
from pipeline.actors import register
from pipeline.broker import Hints, WakingBroker, make_broker
from pipeline.stages import STAGES

log = structlog.get_logger(__name__)

THREADS = 16
"""An asynchronous job occupies a thread while it runs, so this many run at once: so many posts, and so many others."""

PUBLISH = STAGES["approved"].queue
"""Has threads of its own: chats are drawn at their pace, which takes a thread for a minute, and no slot waits for that."""

GRACE_SECONDS = 25.0


def run_worker(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT, finish what is in hand, and return. Raises `CannotStart`."""
    broker = make_broker(settings.redis_url.get_secret_value())
    hints = Hints(broker)
    # Our own loop instead of Dramatiq's middleware: pools and clients must exist inside it before the first message comes.
    loop = EventLoopThread(log)
    loop.start(timeout=5.0)
    set_event_loop_thread(loop)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        parts = loop.run_coroutine(open_worker(settings, hints))
        register(broker, parts.deps)
        lanes = start_workers(broker, stop)
        log.info("the worker works", threads=THREADS)
        say_ready()
        stop.wait()
        log.info("the worker stops", worker=parts.deps.publishing.worker)
        stop_workers(lanes)
        loop.run_coroutine(parts.close())
    finally:
        loop.stop()  # type: ignore[no-untyped-call]
        hints.close()


def start_workers(broker: WakingBroker, stop: threading.Event) -> tuple[Lane, Lane]:
    """One for posts on their way out, one for all else. Nothing is begun any more once `stop` is set."""
    others = frozenset(stage.queue for stage in STAGES.values()) - {PUBLISH}
    lanes = Lane(broker, frozenset({PUBLISH}), THREADS, stop), Lane(broker, others, THREADS, stop)
    for lane in lanes:
        lane.start()
    broker.listen()
    return lanes


def stop_workers(lanes: tuple[Lane, Lane]) -> None:
    """Let both finish what is in hand, at the same time."""
    with ThreadPoolExecutor(len(lanes)) as stopping:
        list(stopping.map(lambda lane: lane.stop(timeout=int(GRACE_SECONDS * 1000)), lanes))
