"""What the publishers' tests play with: accounts, claims, pictures, a raw server that misbehaves on command."""

import asyncio
import hashlib
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import orjson

from domain.payload import Payload, Picture, Video
from domain.platforms import Platform
from domain.post import PostRef
from domain.publishing import Account, AccountKind, Claim, Handles, Search
from domain.secret import Secret

WORKSPACE = UUID(int=7)
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def png(width: int = 4, height: int = 4, padding: int = 0) -> bytes:
    """A real little PNG; `padding` makes it heavy with a text chunk."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\x00" + b"\xff\x80\x00" * width for _ in range(height))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    extra = chunk(b"tEXt", b"c\x00" + b"x" * padding) if padding else b""
    return b"\x89PNG\r\n\x1a\n" + head + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@dataclass
class MediaStore:
    """Pictures by digest, as the real store gives them; counts how often it was asked."""

    kept: dict[str, bytes] = field(default_factory=dict)
    asked: int = 0

    def put(self, content: bytes, alt: str = "A sunrise", content_type: str = "image/png") -> Picture:
        digest = hashlib.sha256(content).hexdigest()
        self.kept[digest] = content
        return Picture(digest, content_type, 4, 4, len(content), alt)

    def put_film(self, content: bytes, width: int = 1080, height: int = 1920, seconds: float = 6.0) -> Video:
        """As our reader of films would tell it; the bytes are the caller's."""
        digest = hashlib.sha256(content).hexdigest()
        self.kept[digest] = content
        return Video(digest, "video/mp4", width, height, len(content), seconds, 30.0, "avc1", "mp4a", "A cup of tea")

    async def get(self, digest: str) -> bytes:
        self.asked += 1
        return self.kept[digest]

    async def part(self, digest: str, start: int, end: int) -> bytes:
        self.asked += 1
        return self.kept[digest][start:end]

    async def verify(self, digest: str) -> None:
        """As the real store: a file that is not the one of the digest is lost."""
        if hashlib.sha256(self.kept[digest]).hexdigest() != digest:
            raise FileNotFoundError(digest)


@dataclass
class Ledger:
    """What a claim's callbacks were told, in order."""

    saved: list[dict[str, str]] = field(default_factory=list)
    permits: int = 0

    async def save(self, handles: Handles) -> None:
        self.saved.append(dict(handles))

    async def permit(self) -> None:
        self.permits += 1


def account(
    platform: Platform = Platform.X,
    remote_id: str = "1700000000000000001",
    kind: AccountKind = AccountKind.MEMBER,
) -> Account:
    return Account(WORKSPACE, uuid4(), platform, kind, remote_id, "Sunrise Studio", Secret("test-token"))


def claim(who: Account, text: str = "Good morning", *pictures: Picture, intent_at: datetime | None = None) -> Claim:
    post = PostRef(WORKSPACE, uuid4())
    return Claim(post, who, Payload(text, pictures), 1, intent_at or datetime.now(UTC))


def search(attempt: Claim, handles: Handles | None = None) -> Search:
    """As the reconciler looks: from a minute before the intent to some minutes after it, with what was saved."""
    began = attempt.intent_at
    return Search(
        attempt.account, attempt.payload, handles or {}, began - timedelta(seconds=60), began + timedelta(minutes=10)
    )


def answer(status: int, body: object = None, headers: Mapping[str, str] | None = None) -> bytes:
    """A whole HTTP/1.1 answer; the connection stays open."""
    content = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
    lines = [f"HTTP/1.1 {status} Whatever", f"content-length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


@dataclass
class Requests:
    """The requests a raw server has read, as text; `arrived` is set by the first."""

    texts: list[str] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self, reader: asyncio.StreamReader) -> str:
        """Read one request, head and body. Empty when the other side has hung up."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError:
            return ""
        lengths = [line.split(":")[1] for line in head.lower().split("\r\n") if line.startswith("content-length:")]
        body = await reader.readexactly(int(lengths[0])) if lengths else b""
        self.texts.append(head + body.decode("latin-1"))
        self.arrived.set()
        return self.texts[-1]


@asynccontextmanager
async def raw_server(script: Script) -> AsyncIterator[str]:
    """Plays `script` for every connection; yields "127.0.0.1:port"."""
    tasks: set[asyncio.Task[None]] = set()

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await script(reader, writer)
        except (asyncio.CancelledError, ConnectionError):
            pass
        finally:
            tasks.discard(task)
            writer.close()
            with suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    server = await asyncio.start_server(play, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    try:
        yield f"{host}:{port}"
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def answering(*answers: bytes | Callable[[str], bytes]) -> AsyncIterator[tuple[str, Requests]]:
    """Gives the answers in order, the last one for ever (a function gets the server's own base URL first).

    Yields the base URL and what was asked.
    """
    requests, left, base = Requests(), list(answers), [""]

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await requests.read(reader):
            chosen = left.pop(0) if len(left) > 1 else left[0]
            writer.write(chosen if isinstance(chosen, bytes) else chosen(base[0]))
            await writer.drain()

    async with raw_server(script) as address:
        base[0] = f"http://{address}"
        yield base[0], requests


async def no_pause(seconds: float) -> None:
    """Waiting costs a test nothing."""
    await asyncio.sleep(0)
