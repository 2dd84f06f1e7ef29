"""Fetching from strangers' servers:
no private address, no endless file, no endless wait, every redirect checked anew.
"""

import ssl
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from socket import gaierror
from typing import Any
from urllib.parse import urlsplit

import httpx
from ssrfguard import Policy
from ssrfguard.errors import BlockedAddressError, SSRFGuardError
from ssrfguard.httpx import AsyncSafeTransport

from domain.page import Unreadable

REDIRECTS = 5
PAGE_BYTES = 3_000_000
LONGEST_URL = 2_048
HTML = frozenset({"text/html", "application/xhtml+xml"})
PICTURES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
_ENCODINGS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
_CONTENT_NAMES = {"application/pdf": "a PDF", "application/json": "JSON", "text/plain": "a plain text file"}


@dataclass(frozen=True, slots=True)
class Guard:
    """What may be contacted. `policy` decides about addresses and ports, `resolver` stands in for the system's (tests
    lie here).

    `allow_origin` is the one exact origin ("http://127.0.0.1:8080") that may be private; it holds only for reads that
    begin there, so that a stranger's page cannot forward to it. `contact` is put into the User-Agent.
    """

    allow_origin: str | None = None
    policy: Policy = field(default_factory=Policy)
    resolver: Any = None
    contact: str | None = None

    @property
    def user_agent(self) -> str:
        return f"AmarktaiBot/1.0 (+{self.contact})" if self.contact else "AmarktaiBot/1.0"


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer read to its end. `url` is where the redirects ended, `charset` what the header said."""

    url: str
    status: int
    content_type: str
    charset: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Two clients: one for the public web, one for the origin that was allowed by name."""

    guard: Guard
    public: httpx.AsyncClient
    own: httpx.AsyncClient

    async def get(self, url: str, *, accept: frozenset[str] | None = HTML, limit: int = PAGE_BYTES) -> Fetched:
        """One GET with at most five redirects. `accept` are the content types wanted (None: any), `limit` bytes after
        unpacking.

        Raises Unreadable. Error statuses are returned with an empty body. The caller sets the time-out.
        """
        started_at_own = self._is_own(url)
        for _ in range(REDIRECTS + 1):
            check_address(url)
            client = self.own if started_at_own and self._is_own(url) else self.public
            if client is self.public:
                self._check_port(url)
            try:
                async with client.stream("GET", url) as answer:
                    if not answer.is_redirect:
                        return await _read(url, answer, accept, limit)
                    url = str(answer.url.join(answer.headers["location"]))
            except Exception as error:  # sorted by family and raised again
                raise _translated(error, url) from error
        raise Unreadable("redirect_loop", url)

    def _check_port(self, url: str) -> None:
        """Raises Unreadable for a port that the guard would refuse: its own words are for programmers."""
        ports = self.guard.policy.allowed_ports
        if ports is not None and origin(url)[2] not in ports:
            raise Unreadable("port", url)

    def _is_own(self, url: str) -> bool:
        return self.guard.allow_origin is not None and origin(url) == origin(self.guard.allow_origin)


@asynccontextmanager
async def fetcher(guard: Guard) -> AsyncIterator[Fetcher]:
    """Opens and closes the clients. Nothing is read from the environment, no cookie is kept between sites."""
    headers = {"user-agent": guard.user_agent, "accept-encoding": "gzip, deflate", "accept-language": "en, *;q=0.5"}
    verify = _certificates()
    safe = AsyncSafeTransport(policy=guard.policy, resolver=guard.resolver, verify=verify, trust_env=False)
    async with (
        httpx.AsyncClient(transport=safe, headers=headers, trust_env=False, follow_redirects=False) as public,
        httpx.AsyncClient(verify=verify, headers=headers, trust_env=False, follow_redirects=False) as own,
    ):
        yield Fetcher(guard, public, own)


@cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of an address. Raises Unreadable when it is no address."""
    try:
        parts = urlsplit(url)
        return parts.scheme, (parts.hostname or ""), parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError as error:
        raise Unreadable("bad_address", url, "it is not written like one") from error


def check_address(url: str) -> None:
    """Raises Unreadable when this is no plain http(s) address. Whether it is public shows when its name is resolved."""
    if len(url) > LONGEST_URL:
        raise Unreadable("bad_address", url, f"it is longer than {LONGEST_URL} characters")
    scheme, host, _ = origin(url)
    if scheme not in ("http", "https"):
        raise Unreadable("bad_address", url, "only http and https are read")
    if not host:
        raise Unreadable("bad_address", url, "it names no host")
    if "@" in urlsplit(url).netloc:
        raise Unreadable("bad_address", url, "it carries a user name or password")


async def _read(url: str, answer: httpx.Response, accept: frozenset[str] | None, limit: int) -> Fetched:
    content_type = answer.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if not answer.is_success:
        return Fetched(url, answer.status_code, content_type, None, b"")
    if accept is not None and content_type not in accept:
        named = _CONTENT_NAMES.get(
            content_type, f"a file of the kind “{content_type[:60]}”" if content_type else "an unnamed file"
        )
        raise Unreadable("not_html", url, named)
    body = bytearray()
    async for piece in _unpacked(url, answer, limit):
        body += piece
        if len(body) > limit:
            raise Unreadable("too_large", url, f"{limit / 1_000_000:g}")
    return Fetched(url, answer.status_code, content_type, answer.charset_encoding, bytes(body))


async def _unpacked(url: str, answer: httpx.Response, limit: int) -> AsyncIterator[bytes]:
    """The body after decompression, never more than `limit` + 1 bytes of it in memory at once:
    httpx would unpack a bomb whole.
    """
    encoding = answer.headers.get("content-encoding", "identity").strip().casefold()
    if encoding in ("", "identity"):
        async for piece in answer.aiter_raw(65_536):
            yield piece
        return
    if encoding not in _ENCODINGS:
        raise Unreadable("unparsable", url, f"it is packed as “{encoding[:40]}”")
    unpacker = zlib.decompressobj(_ENCODINGS[encoding])
    async for piece in answer.aiter_raw(65_536):
        try:
            yield unpacker.decompress(piece, limit + 1)
        except zlib.error as error:
            raise Unreadable("unparsable", url, "its compression is broken") from error


def _translated(error: Exception, url: str) -> Exception:
    """What went wrong, in one of our reasons. Errors that are not about this address are returned as they came."""
    for one in _chain(error):
        if isinstance(one, Unreadable):
            return one
        for family, reason, detail in _FAMILIES:
            if isinstance(one, family):
                return Unreadable(
                    reason, url, detail or str(getattr(one, "reason", "it is not written like one"))[:160]
                )
    return error


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what caused it, the deepest first: it is the most precise."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return reversed(found)


_FAMILIES: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str, str], ...] = (
    (BlockedAddressError, "private_address", ""),
    (SSRFGuardError, "bad_address", ""),
    (gaierror, "dns", ""),
    (ssl.SSLError, "tls", ""),
    ((httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError), "bad_address", ""),
    ((httpx.TimeoutException, TimeoutError), "timeout", "5"),
    ((httpx.HTTPError, OSError), "unreachable", ""),
)
"""From the precise to the general, each with the reason it means. Without a detail the error says it."""
