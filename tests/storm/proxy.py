"""A line with a fault: a TCP proxy that swallows one reply, or is dead for a while."""

import asyncio
import contextlib
import random
import time
from dataclasses import dataclass, field
from typing import Self

Pair = tuple[asyncio.StreamWriter, asyncio.StreamWriter]


@dataclass
class Proxy:
    """Everything that arrives at `port` goes on to `target`, except when it does not."""

    target: int
    dice: random.Random
    port: int = 0
    dropped: int = 0
    """Replies that nobody got."""
    _swallow: list[bytes] = field(default_factory=list)
    _dead_until: float = 0.0
    _lines: set[Pair] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=256)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        self._hang_up()
        await asyncio.sleep(0)

    def drop_reply(self, containing: bytes) -> None:
        """The next reply with these bytes in it is not delivered; its line is cut instead. What was asked for has happened."""
        self._swallow.append(containing)

    def cut(self, seconds: float) -> None:
        """All lines are dead, and no new one is opened for so long."""
        self._dead_until = max(self._dead_until, time.monotonic() + seconds)
        self._hang_up()

    def heal(self) -> None:
        self._dead_until = 0.0
        self._swallow.clear()

    def _hang_up(self) -> None:
        for pair in list(self._lines):
            for end in pair:
                end.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if time.monotonic() < self._dead_until:
            writer.transport.abort()
            return
        try:
            there, onward = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:  # the server is being restarted
            writer.transport.abort()
            return
        pair = (writer, onward)
        self._lines.add(pair)
        try:
            with contextlib.suppress(asyncio.CancelledError):  # the whole proxy goes
                await asyncio.gather(self._carry(reader, onward, asks=True), self._carry(there, writer, asks=False))
        finally:
            self._lines.discard(pair)
            for end in pair:
                end.transport.abort()

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, asks: bool) -> None:
        with contextlib.suppress(OSError):
            while chunk := await source.read(65536):
                if not asks and self._swallows(chunk):
                    break
                sink.write(chunk)
                await sink.drain()
        sink.transport.abort()

    def _swallows(self, chunk: bytes) -> bool:
        for containing in self._swallow:
            if containing in chunk:
                self._swallow.remove(containing)
                self.dropped += 1
                return True
        return False
