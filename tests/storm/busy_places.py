"""X and Slack on a bad day: slow, then busy for as long as somebody wants. They remember every call and how they answered it.

Run as `python -m tests.storm.busy_places PORT`. `GET /_set?x_latency=10&x_busy=30&slack_busy=30` changes the weather (a busy place
answers 429 and names so many seconds; 0: it is not busy); `GET /_calls` answers with `[[instant, place, who, status], …]`: the
number in a post's link at X, the channel at Slack.
"""

import asyncio
import itertools
import json
import re
import sys
import time
from typing import cast
from urllib.parse import parse_qsl, urlsplit

import uvloop

Call = tuple[float, str, str, int]
WEATHER = {"x_latency": 0.05, "x_busy": 0.0, "slack_busy": 0.0}
_NUMBER, _CHANNEL = re.compile(rb"utm_content=p(\d+)"), re.compile(rb"\b(C\d{4,})\b")
_ids = itertools.count(1_500_000_000_000_000_000)
_calls: list[Call] = []


class Place(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop has its own class

    def data_received(self, chunk: bytes) -> None:
        self._buffer += chunk
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._buffer[:end])
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"),
            0,
        )
        if len(self._buffer) < end + 4 + length:
            return
        body = bytes(self._buffer[end + 4 : end + 4 + length])
        self._buffer.clear()  # nobody sends a second request before the answer to the first
        self._take(head.split(b" ", 2)[1].decode(), body)

    def _take(self, target: str, body: bytes) -> None:
        path = urlsplit(target).path
        if path == "/_set":
            WEATHER.update({name: float(value) for name, value in parse_qsl(urlsplit(target).query)})
            self._tell(200, {}, WEATHER)
        elif path == "/_calls":
            self._tell(200, {}, _calls)
        elif path == "/2/tweets":
            self._tweet(body)
        elif path.startswith("/api/"):
            self._slack(body)
        else:
            self._tell(404, {}, {"title": "Not Found"})

    def _tweet(self, body: bytes) -> None:
        found = _NUMBER.search(body)
        who, busy = found[1].decode() if found else "", WEATHER["x_busy"]
        if busy:
            reset = {"retry-after": str(int(busy)), "x-rate-limit-remaining": "0"}
            reset["x-rate-limit-reset"] = str(int(time.time() + busy))
            _calls.append((time.time(), "x", who, 429))
            self._tell(429, reset, {"title": "Too Many Requests", "status": 429})
            return
        _calls.append((time.time(), "x", who, 201))
        told = {"data": {"id": str(next(_ids)), "text": "t"}}
        asyncio.get_running_loop().call_later(WEATHER["x_latency"], self._tell, 201, {}, told)

    def _slack(self, body: bytes) -> None:
        found = _CHANNEL.search(body)
        who, busy = found[1].decode() if found else "", WEATHER["slack_busy"]
        _calls.append((time.time(), "slack", who, 429 if busy else 200))
        if busy:
            self._tell(429, {"retry-after": str(int(busy))}, {"ok": False, "error": "ratelimited"})
        else:
            at = f"{time.time():.6f}"
            self._tell(200, {}, {"ok": True, "ts": at, "channel": who, "message": {"ts": at}})

    def _tell(self, status: int, headers: dict[str, str], body: object) -> None:
        content = json.dumps(body).encode()
        every = {"content-type": "application/json", "content-length": str(len(content)), **headers}
        lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in every.items())]
        self._transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Place, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
