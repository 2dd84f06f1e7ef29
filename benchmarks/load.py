"""The load: a closed loop of connections that send requests written beforehand and read the answers, nothing else.

A generator that thinks takes the processor from what it measures; this one parses a status, a length, and the clock.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a load. Latencies in seconds, in the order in which the answers came."""

    seconds: float
    latencies: tuple[float, ...]
    statuses: tuple[int, ...]

    @property
    def a_second(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def all_good(self) -> bool:
        return all(status == 200 for status in self.statuses)


class _Caller(asyncio.Protocol):
    """One connection. Sends the next request as soon as the last one is answered."""

    def __init__(self, requests: Iterator[bytes], over: asyncio.Future[None], until: float) -> None:
        self._requests, self._over, self._until = requests, over, until
        self._buffer = b""
        self._since = 0.0
        self.latencies: list[float] = []
        self.statuses: list[int] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:

        self._transport = cast(asyncio.Transport, transport)  # uvloop has its own class
        self._next()

    def data_received(self, chunk: bytes) -> None:
        self._buffer += chunk
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found or len(rest) < _length(head):
            return
        self.latencies.append(time.perf_counter() - self._since)
        self.statuses.append(int(head[9:12]))
        self._buffer = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._over.done():
            self._over.set_exception(error or ConnectionError("the server hung up"))

    def _next(self) -> None:
        request = next(self._requests, None) if time.perf_counter() < self._until else None
        if request is None:
            if not self._over.done():
                self._over.set_result(None)
            self._transport.close()
            return
        self._since = time.perf_counter()
        self._transport.write(request)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        if line[:15].lower() == b"content-length:":
            return int(line[15:])
    return 0


async def drive(port: int, requests: Sequence[bytes], connections: int, seconds: float = 60.0) -> Outcome:
    """Send requests over so many connections, each its next one when the last is answered, until all or `seconds` are gone."""
    loop = asyncio.get_running_loop()
    waiting = iter(requests)
    begun = time.perf_counter()
    callers: list[tuple[_Caller, asyncio.Future[None]]] = []
    for _ in range(connections):
        over = loop.create_future()
        caller = _Caller(waiting, over, begun + seconds)
        callers.append((caller, over))
        await loop.create_connection(lambda caller=caller: caller, "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*(over for _, over in callers))
    return Outcome(
        time.perf_counter() - begun,
        tuple(latency for caller, _ in callers for latency in caller.latencies),
        tuple(status for caller, _ in callers for status in caller.statuses),
    )
