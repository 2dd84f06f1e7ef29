"""The worker process: looks at rows when a hint says so, and stops cleanly when asked to."""

import signal
import threading

import structlog
from dramatiq.asyncio import EventLoopThread, set_event_loop_thread
from dramatiq.worker import Worker

from app.settings import Settings
from app.wiring.worker import open_worker
from pipeline.actors import register
from pipeline.broker import Hints, make_broker

log = structlog.get_logger(__name__)

THREADS = 16
"""An asynchronous job occupies a thread while it runs, so this many run at once."""
GRACE_SECONDS = 25.0


def run_worker(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT, finish what is in hand, and return. Raises `CannotStart`."""
    broker = make_broker(settings.redis_url.get_secret_value(), works=True)
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
        worker = Worker(broker, worker_threads=THREADS, worker_timeout=250)
        worker.start()
        broker.listen()
        log.info("the worker works", threads=THREADS)
        stop.wait()
        log.info("the worker stops")
        worker.stop(timeout=int(GRACE_SECONDS * 1000))
        loop.run_coroutine(parts.close())
    finally:
        loop.stop()  # type: ignore[no-untyped-call]
        hints.close()
