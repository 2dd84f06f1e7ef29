"""A chat and a platform that take everything and say yes: they cost next to nothing and remember when each call arrived.

Run as `python -m benchmarks.stub PORT`. `GET /arrivals` answers with `[[instant, path, body], …]` of the posts to X.
"""

import asyncio
import itertools
import json
import sys
import time
from typing import cast

import uvloop

_ids = itertools.count(1_500_000_000_000_000_000)
_arrivals: list[tuple[float, str, str]] = []


class Stub(asyncio.Protocol):
    """One connection. `first` is the instant (Unix, seconds) at which the first byte of the present request came."""

    def __init__(self) -> None:
        self._buffer = b""
        self._first = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:

        self._transport = cast(asyncio.Transport, transport)  # uvloop has its own class

    def data_received(self, chunk: bytes) -> None:
        if not self._buffer:
            self._first = time.time()
        self._buffer += chunk
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].decode("latin-1")
            length = _length(head)
            if len(self._buffer) < end + 4 + length:
                return
            body = self._buffer[end + 4 : end + 4 + length]
            self._buffer = self._buffer[end + 4 + length :]
            self._answer(head.split(" ", 2)[1], body)

    def _answer(self, path: str, body: bytes) -> None:
        status, answer = (
            200,
            b'{"ok":true,"ts":"1700000000.000001","channel":"C0001","message":{"ts":"1700000000.000001"}}',
        )
        if path == "/arrivals":
            answer = json.dumps(_arrivals).encode()
        elif path == "/2/tweets":
            _arrivals.append((self._first, path, body.decode()))
            status, answer = 201, json.dumps({"data": {"id": str(next(_ids)), "text": "t"}}).encode()
        head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
        self._transport.write(head.encode() + answer)


def _length(head: str) -> int:
    for line in head.split("\r\n")[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            return int(value)
    return 0


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Stub, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
