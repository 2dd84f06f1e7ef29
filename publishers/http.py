"""The one place where a platform is spoken to. It knows whether a request can have left, and never tells a secret.

HTTP/1.1, no proxy from the environment, no redirects, no cookies kept, answers capped, and never a second write.
"""

import asyncio
import contextlib
import importlib.util
import json
import logging
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from domain.publishing import Account, AskedTooOften, OutcomeUnknown, Reads, TryLater
from domain.secret import Secret

SEND_SECONDS = 20.0
STEP_SECONDS = 40.0
ANSWER_BYTES = 2 * 1024 * 1024
LONGEST_URL = 4_096
READ_PAUSES = (0.25, 1.0)
_TIMEOUTS = {"connect": 10.0, "read": SEND_SECONDS, "write": STEP_SECONDS, "pool": 5.0}

Pause = Callable[[float], Awaitable[None]]
"""Waits that many seconds; `asyncio.sleep` outside tests."""


Room = Callable[[str, Reads], Awaitable[float]]
"""`await room(key, reads)`: 0 when the account may be read now, which is then counted, else the seconds until it may be."""

LONGEST_WAIT_TO_READ = 10.0
"""Seconds that one read, or all reads of one claim, wait for room."""
_MEANWHILE_SECONDS = 10.0

Meanwhile = Callable[[], Awaitable[object]]
"""What is done between the parts of a long wait, such as renewing a lease."""


@dataclass
class _Reading:
    """Whose reads are counted, and how long they may wait for room."""

    key: str
    each: float
    meanwhile: Meanwhile | None = None
    left: float | None = None
    """What is left of the wait of all reads together, where there is such a bound."""


_reading: ContextVar[_Reading | None] = ContextVar("reading", default=None)


@contextlib.contextmanager
def reading_for(account: Account, patience: float | None = None, meanwhile: Meanwhile | None = None) -> Iterator[None]:
    """Every read inside the block is counted for this account, whoever connected it.

    With a `patience` all of them together wait so many seconds for room, with `meanwhile` every ten; without, each waits ten.
    """
    each = LONGEST_WAIT_TO_READ if patience is None else patience
    token = _reading.set(_Reading(f"{account.platform}:{account.remote_id}", each, meanwhile, patience))
    try:
        yield
    finally:
        _reading.reset(token)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `headers` are in lower case. `whole` is False when the connection broke inside the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    whole: bool = True

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def fields(self) -> dict[str, Any]:
        """The body as a JSON object; empty when it is anything else."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


def open_client() -> httpx.AsyncClient:
    """The client a process shares among all platforms. Idle connections go early: a stale one costs an answer."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)  # at INFO they write URLs, and URLs carry tokens
    if importlib.util.find_spec("sniffio") is None:
        # At every lock httpcore tries to import it, and searches the disk each time. This says at once that it is not there.
        sys.modules["sniffio"] = None  # type: ignore[assignment]
    return httpx.AsyncClient(
        trust_env=False,
        http2=False,
        follow_redirects=False,
        timeout=httpx.Timeout(**_TIMEOUTS),
        limits=httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=5.0),
    )


def client_to_nowhere() -> httpx.AsyncClient:
    """For a process that only asks what platforms would refuse, and where they ask people: whatever it sends, raises."""
    return httpx.AsyncClient(transport=_Nowhere(), trust_env=False, follow_redirects=False)


class _Nowhere(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise RuntimeError("This process speaks to no platform; only workers do.")


class Wire:
    """Speaks HTTP to one platform, whose `name` stands in the sentences it raises."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        name: str,
        pause: Pause = asyncio.sleep,
        reads: tuple[Reads, Room] | None = None,
    ) -> None:
        """`reads`: how often an account may be read, and who counts; without it nobody does."""
        if client.trust_env or client.follow_redirects:
            raise ValueError("The client for platforms must not follow redirects or use proxies of the environment.")
        self._client = client
        self.name = name
        self.pause = pause
        self._reads = reads

    def request(
        self,
        method: str,
        url: str,
        *,
        token: Secret | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        **body: Any,
    ) -> httpx.Request:
        """A request; `body` is httpx's json, data, files or content. Made apart from the client: no cookies in it."""
        every = {
            "accept": "application/json",
            "user-agent": "Amarktai",
            "accept-encoding": "identity",
            **(headers or {}),
        }
        if token is not None:
            every["authorization"] = f"Bearer {token.reveal()}"
        return httpx.Request(method, url, headers=every, params=params, **body)

    async def read(self, request: httpx.Request) -> Answer:
        """A look without effect: up to three tries on 5xx and on faults. Raises `TryLater` when nothing whole came, and
        `AskedTooOften` when the account that `reading_for` names has no room for a look soon. Each try counts."""
        for pause in (*READ_PAUSES, None):
            await self._wait_for_room()
            try:
                answer = await self._once(request, STEP_SECONDS)
            except _Fault as fault:
                if pause is None:
                    raise TryLater(f"{self.name} cannot be read right now ({fault}).") from None
            else:
                if answer.whole and (answer.status < 500 or pause is None):
                    return answer
                if pause is None:
                    raise TryLater(f"{self.name} broke off its answer.")
            await self.pause(pause)
        raise AssertionError("the last round returns or raises")

    async def _wait_for_room(self) -> None:
        reading = _reading.get()
        if self._reads is None or reading is None:
            return
        (reads, room), waited = self._reads, 0.0
        while (wait := await room(reading.key, reads)) > 0:
            waited += wait
            if waited > (reading.each if reading.left is None else reading.left):
                raise AskedTooOften(reads.round_in)
            await self._pause_for(wait, reading)
        if reading.left is not None:
            reading.left -= waited

    async def _pause_for(self, seconds: float, reading: _Reading) -> None:
        while seconds > 0:
            await self.pause(min(seconds, _MEANWHILE_SECONDS))
            seconds -= _MEANWHILE_SECONDS
            if reading.meanwhile is not None:
                await reading.meanwhile()

    async def step(self, request: httpx.Request, seconds: float = STEP_SECONDS) -> Answer:
        """A write whose repetition harms nobody (an upload, a delete, a token). One try; every fault is `TryLater`.

        `seconds` is for all of it; a caller that streams a long body renews its lease meanwhile.
        """
        try:
            answer = await self._once(request, seconds)
        except _Fault as fault:
            raise TryLater(f"{self.name} did not answer ({fault}).") from None
        if not answer.whole:
            raise TryLater(f"{self.name} broke off its answer.")
        return answer

    async def send(self, request: httpx.Request, what: str = "the post") -> Answer:
        """The call that must not be repeated. `what` it sends, in sentences.

        Raises `TryLater` when provably no byte of the request left, otherwise `OutcomeUnknown`, also when the task is
        cancelled. An answer whose body broke off is returned with `whole=False`: its status and headers still count.
        """
        try:
            return await self._once(request, SEND_SECONDS, cancelled_is_fault=True)
        except _Fault as fault:
            if fault.sent:
                raise OutcomeUnknown(f"{self.name} was sent {what} and did not answer ({fault}).") from None
            raise TryLater(f"{self.name} could not be reached ({fault}); nothing was sent.") from None

    async def _once(self, request: httpx.Request, seconds: float, cancelled_is_fault: bool = False) -> Answer:
        trail = _Trail()
        request.extensions = {"timeout": dict(_TIMEOUTS), "trace": trail}
        try:
            async with asyncio.timeout(seconds):
                return await self._talk(request, trail)
        except asyncio.CancelledError as error:
            if not cancelled_is_fault:
                raise
            raise _Fault(error, trail.sent(error)) from None
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, TimeoutError) as error:
            if trail.heard is not None:
                return trail.heard
            raise _Fault(error, trail.sent(error)) from None

    async def _talk(self, request: httpx.Request, trail: "_Trail") -> Answer:
        response = await self._client.send(request, stream=True, follow_redirects=False)
        try:
            headers = {name.lower(): value for name, value in response.headers.items()}
            trail.heard = Answer(response.status_code, headers, b"", whole=False)
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > ANSWER_BYTES:
                    return trail.heard
            return Answer(response.status_code, headers, bytes(body))
        finally:
            await response.aclose()
            response.stream = httpx.ByteStream(b"")  # httpx's own refers back to it: pieces of films would pile up


class _Trail:
    """How far one request came: httpcore reports each stage before it happens."""

    def __init__(self) -> None:
        self.connecting = False
        self.writing = False
        self.heard: Answer | None = None

    async def __call__(self, stage: str, _: Mapping[str, Any]) -> None:
        self.connecting = self.connecting or stage.startswith("connection.connect_")
        self.writing = self.writing or ".send_request" in stage

    def sent(self, error: BaseException) -> bool:
        """False only when it is proven that no byte of the request left."""
        never_connected = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
        return self.writing or not (self.connecting or never_connected)


class _Fault(Exception):
    """No answer. The words are the kind of fault only: httpx's own may quote a URL."""

    def __init__(self, error: BaseException, sent: bool) -> None:
        super().__init__(_WORDS.get(type(error), type(error).__name__))
        self.sent = sent


_WORDS: dict[type[BaseException], str] = {
    httpx.ConnectError: "no connection",
    httpx.ConnectTimeout: "no connection in time",
    httpx.PoolTimeout: "all connections busy",
    httpx.ReadTimeout: "no answer in time",
    httpx.WriteTimeout: "the request could not be written in time",
    httpx.ReadError: "the connection broke",
    httpx.WriteError: "the connection broke",
    httpx.RemoteProtocolError: "the connection was closed",
    TimeoutError: "no answer in time",
    asyncio.CancelledError: "we were stopped while waiting",
}


def is_there(url: object, base: str, is_own: Callable[[str], bool]) -> bool:
    """Whether an address that a platform names may get bytes and token: where its API itself is, or, over TLS, a host of its own.

    `is_own` judges host names. Whatever is no address is nobody's.
    """
    if not isinstance(url, str) or len(url) > LONGEST_URL or not url.isascii() or not url.isprintable():
        return False
    try:
        there, here = urlsplit(url), urlsplit(base)
    except ValueError:
        return False
    if (there.scheme, there.netloc) == (here.scheme, here.netloc):
        return True
    return there.scheme == "https" and there.netloc == there.hostname and is_own(there.netloc)
