"""X and LinkedIn as far as posting goes: every call is answered as they answer it, a fifth of a second later, and kept as it came.

Run as `python -m benchmarks.platforms PORT`. `GET /calls` answers with the calls in order, each a `Call` as JSON;
`DELETE /calls` forgets them.
"""

import asyncio
import base64
import itertools
import json
import re
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import cast

import uvloop

LATENCY = 0.2
"""Seconds from a request's last byte to its answer."""

_numbers = itertools.count(7_000_000_000_000_000_000)
_MEDIUM = re.compile(rb"7\d{18}")


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `post` is the same for all calls that make one post; `at` is when its first byte came (Unix, seconds)."""

    at: float
    post: str
    method: str
    path: str
    headers: dict[str, str]
    body: str
    """Base64."""

    @property
    def content(self) -> bytes:
        return base64.b64decode(self.body)

    @property
    def publishes(self) -> bool:
        """Whether it is the one that readers see."""
        return self.path in ("/2/tweets", "/rest/posts")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an answer is made of. `number` names what the call makes, `medium` what it speaks of."""

    port: int
    number: str
    medium: str


Answer = tuple[int, dict[str, str], object]


def _uploaded(asked: _Asked) -> Answer:
    told = {"id": asked.number, "media_key": f"3_{asked.number}", "size": 60_000, "expires_after_secs": 86_400}
    return 200, _allowance(500), {"data": told}


def _described(asked: _Asked) -> Answer:
    return 200, _allowance(500), {"data": {"id": asked.medium, "associated_metadata": {}}}


def _posted(asked: _Asked) -> Answer:
    told = {"id": asked.number, "text": "t", "edit_history_tweet_ids": [asked.number]}
    return 201, _allowance(100), {"data": told}


def _allowance(limit: int) -> dict[str, str]:
    reset = str(int(time.time()) + 900)
    return {"x-rate-limit-limit": str(limit), "x-rate-limit-remaining": "50", "x-rate-limit-reset": reset}


def _place(asked: _Asked) -> Answer:
    value = {
        "uploadUrlExpiresAt": int(time.time() + 3_600) * 1_000,
        "uploadUrl": f"http://127.0.0.1:{asked.port}/uploads/{asked.number}",
        "image": f"urn:li:image:{asked.number}",
    }
    return 200, {}, {"value": value}


def _put(_: _Asked) -> Answer:
    return 201, {}, None


def _looked_at(asked: _Asked) -> Answer:
    return 200, {}, {"id": f"urn:li:image:{asked.medium}", "status": "AVAILABLE", "owner": "urn:li:organization:1"}


def _shared(asked: _Asked) -> Answer:
    return 201, {"x-restli-id": f"urn:li:share:{asked.number}"}, None


ANSWERS: dict[tuple[str, str], Callable[[_Asked], Answer]] = {
    ("POST", "/2/media/upload"): _uploaded,
    ("POST", "/2/media/metadata"): _described,
    ("POST", "/2/tweets"): _posted,
    ("POST", "/rest/images"): _place,
    ("PUT", "/uploads"): _put,
    ("GET", "/rest/images"): _looked_at,
    ("POST", "/rest/posts"): _shared,
}
"""By method and the beginning of the path."""


class Platforms(asyncio.Protocol):
    """One connection."""

    def __init__(self, port: int, calls: list[Call]) -> None:
        self._port, self._calls = port, calls
        self._buffer, self._first = bytearray(), 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop has its own class

    def data_received(self, chunk: bytes) -> None:
        if not self._buffer:
            self._first = time.time()
        self._buffer += chunk
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        lines = bytes(self._buffer[:end]).decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:])
        length = int({name.lower(): value for name, value in headers.items()}.get("content-length", "0"))
        if len(self._buffer) < end + 4 + length:
            return
        body = bytes(self._buffer[end + 4 : end + 4 + length])
        self._buffer.clear()  # nobody sends a second request before the answer to the first
        method, path, _ = lines[0].split(" ")
        self._take(method, path, headers, body)

    def _take(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        if path == "/calls":
            self._tell(200, {}, [asdict(call) for call in self._calls] if method == "GET" else None)
            if method == "DELETE":
                self._calls.clear()
            return
        answer = next(
            (each for (verb, start), each in ANSWERS.items() if verb == method and path.startswith(start)), None
        )
        if answer is None:
            self._tell(404, {}, {"title": "Not Found"})
            return
        number = str(next(_numbers))
        makes = answer in (_uploaded, _place)
        named = None if makes else _MEDIUM.search(path.encode() + b" " + (b"" if method == "PUT" else body))
        medium = named[0].decode() if named else number
        self._calls.append(Call(self._first, medium, method, path, headers, base64.b64encode(body).decode()))
        told = answer(_Asked(self._port, number, medium))
        asyncio.get_running_loop().call_later(LATENCY, self._tell, *told)

    def _tell(self, status: int, headers: dict[str, str], body: object) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        every = {"content-type": "application/json", "content-length": str(len(content)), **headers}
        lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in every.items())]
        self._transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)


async def serve(port: int) -> None:
    calls: list[Call] = []
    server = await asyncio.get_running_loop().create_server(lambda: Platforms(port, calls), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
