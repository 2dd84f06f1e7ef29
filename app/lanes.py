"""Lanes of work in one worker process: queues with threads of their own, which begin nothing any more once they are told to stop."""

import contextlib
import threading

import redis
from dramatiq.broker import MessageProxy
from dramatiq.worker import Worker, WorkerThread

from pipeline.broker import WakingBroker

IDLE_MILLISECONDS = 1000
"""How often an idle thread looks whether it has to end."""


class Lane(Worker):
    """Dramatiq's worker, several of which share a process and a broker.

    Dramatiq advises against that because each would listen for queues that are declared later, and a second listener of a kind is
    refused in a warning. Ours listen for none: the broker knows every queue before a lane starts, and lanes share no queue.
    """

    def __init__(self, broker: WakingBroker, queues: frozenset[str], threads: int, stopping: threading.Event) -> None:
        super().__init__(broker, queues=set(queues), worker_threads=threads, worker_timeout=IDLE_MILLISECONDS)
        self._waking, self._queues, self._stopping = broker, queues, stopping

    def start(self) -> None:
        """Fetch from the queues, and work."""
        for name in sorted(self._queues):
            self._add_consumer(name)
        for _ in range(self.worker_threads):
            self._add_worker()

    def stop(self, timeout: int = 0) -> None:
        """Finish what is in hand, for `timeout` milliseconds at most. What was fetched and not begun goes back for others."""
        self._stopping.set()
        for name, consumer in self.consumers.items():
            consumer.stop()  # before the threads, unlike Dramatiq: whoever ends fetches nothing meanwhile
            self._waking.woken(name).set()
        super().stop(timeout)

    def _add_worker(self) -> None:
        thread = _Thread(
            broker=self.broker,
            consumers=self.consumers,
            work_queue=self.work_queue,
            worker_timeout=self.worker_timeout,
        )
        thread.stopping = self._stopping
        thread.start()
        self.workers.append(thread)


class _Thread(WorkerThread):
    """A thread that waits for work is given some after it was told to end, too: it puts that back."""

    stopping: threading.Event

    def process_message(self, message: MessageProxy) -> None:
        if self.stopping.is_set():
            with contextlib.suppress(redis.RedisError):  # the clock hints again at what is due
                self.consumers[message.queue_name].requeue_messages([message])
            self.work_queue.task_done()
        else:
            super().process_message(message)
