"""Whatever a platform answers, what comes of it is one of our families of errors; and after the sent mark never a "not sent"."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from domain.measures import Metric
from domain.platforms import Platform
from domain.publishing import (
    Absent,
    AskedTooOften,
    CannotTell,
    Found,
    LeaseLost,
    OutcomeUnknown,
    Pending,
    PublishError,
    Receipt,
)
from publishers.registry import Registry, build
from tests.publishers.stage import Ledger, MediaStore, no_pause
from tests.publishers.test_contract import (  # noqa: F401 - fixtures
    KINDS,
    Scene,
    media,
    scene,
    settings,
    shelf,
)
from tests.sandbox.conftest import RunningSandbox
from tests.sandbox.instagram.product import Shelf
from tests.sharing import TABLE

TRIES = 8
"""Of each kind of account; the slow group has many more."""
LONGEST_ID = 512
MIB = 1024 * 1024

HOLES: tuple[object, ...] = (
    None, True, False, 0, -1, 2**53 + 1, 2**70, 1.7e18, float("nan"), float("inf"), 10**400, "", " ", "\x00", "0", "null",
    "x" * 20_000,
    "../../etc/passwd", "1\r\nX-Y: z", "<script>", "https://evil.example/", "http://169.254.169.254/", "http://[", "١٢٣", [],
    [[]], {}, {"id": {}},
    {"": None}, [1, 2, 3],
)  # fmt: skip
BODIES: tuple[bytes, ...] = (
    b"", b"null", b"[]", b"{}", b'""', b"true", b"NaN", b"<html><body>Sign in</body></html>", b"{", b"\xff\xfe\x00",
    b"[" * 100_000,
    b'{"a":' * 50_000, b'{"data":{"id":' + b"9" * 10_000 + b"}}", b'{"data":{"id":1e999}}', b'{"id":"1","id":["2"]}',
    b'{"data":null,"id":null}',
    b'{"data":{}}', b'{"error":"text"}', b'{"error":{"code":"x","message":7}}', b'{"errors":[null]}', b" " * 3 * MIB,
)  # fmt: skip
STATUSES = (
    200,
    201,
    202,
    204,
    206,
    226,
    300,
    301,
    302,
    303,
    304,
    307,
    308,
    400,
    401,
    403,
    404,
    409,
    410,
    418,
    429,
    451,
    500,
    502,
    503,
    504,
    599,
)
HEADERS: tuple[tuple[str, str], ...] = (
    ("location", "http://169.254.169.254/latest/"),
    ("location", "http://["),
    ("location", ""),
    ("location", "javascript:1"),
    ("retry-after", "-5"),
    ("retry-after", "NaN"),
    ("retry-after", "1e400"),
    ("retry-after", "9" * 400),
    ("retry-after", "Wed, 99 Foo"),
    ("x-rate-limit-reset", "9" * 30),
    ("x-rate-limit-remaining", "0"),
    ("x-rate-limit-remaining", "minus"),
    ("x-restli-id", "urn:li:evil:../1"),
    ("x-restli-id", "\xff"),
    ("range", "bytes=9-0"),
    ("range", "bytes=0-99999999999"),
    ("content-type", "text/html"),
    ("etag", ""),
    ("content-encoding", "br"),
    ("x-app-usage", "{"),
    ("x-business-use-case-usage", '{"1":[null]}'),
)


class Endless(httpx.AsyncByteStream):
    """Fifty megabytes, a piece at a time."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(50):
            yield b"x" * MIB
            await asyncio.sleep(0)


@dataclass
class Meddler(httpx.AsyncBaseTransport):
    """Between us and the twins: from one call on, it changes an answer that it was told to change, and notes how."""

    dice: random.Random
    inner: httpx.AsyncBaseTransport = field(default_factory=lambda: httpx.AsyncHTTPTransport(trust_env=False))
    at: int = -1
    """The call whose answer is changed; none when negative."""
    count: int = 0
    did: str = ""

    def next(self, at: int) -> None:
        self.at, self.count, self.did = at, 0, ""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self.inner.handle_async_request(request)
        self.count += 1
        if self.count - 1 != self.at:
            return answer
        body = await answer.aread()
        await answer.aclose()
        return self._changed(request, answer, body)

    async def aclose(self) -> None:
        await self.inner.aclose()

    def _changed(self, request: httpx.Request, answer: httpx.Response, body: bytes) -> httpx.Response:
        status, headers = answer.status_code, {name: value for name, value in answer.headers.items()}
        stream: httpx.AsyncByteStream | None = None
        match self.dice.randrange(6):
            case 0:
                status = self.dice.choice(STATUSES)
            case 1:
                body = self.dice.choice(BODIES)
            case 2:
                status, body = self.dice.choice(STATUSES), self.dice.choice(BODIES)
            case 3:
                stream = Endless()
            case 4:
                name, value = self.dice.choice(HEADERS)
                headers[name] = value
            case _:
                body = holed(self.dice, body)
        headers = {
            name: value for name, value in headers.items() if name not in ("content-length", "transfer-encoding")
        }
        self.did = f"{request.method} {request.url.path}: {answer.status_code} became {status} {headers} {body[:200]!r}"
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        return httpx.Response(status, headers=raw, stream=stream or httpx.ByteStream(body))


def holed(dice: random.Random, body: bytes) -> bytes:
    """A JSON body in which something else stands in one place, or which lacks it."""
    try:
        document = json.loads(body)
    except ValueError:
        return dice.choice(BODIES)
    holder, name = dice.choice([*_places(document), ({"": document}, "")])
    if dice.random() < 0.2 and isinstance(holder, dict):
        del holder[name]
    else:
        holder[name] = dice.choice(HOLES)
    return json.dumps(document).encode()


def _places(part: Any) -> list[tuple[Any, Any]]:
    pairs = list(part.items()) if isinstance(part, dict) else list(enumerate(part)) if isinstance(part, list) else []
    return [place for name, value in pairs for place in ((part, name), *_places(value))]


@pytest.fixture
def meddler() -> Meddler:
    return Meddler(random.Random(20261123))


@pytest.fixture
async def registry(
    sandbox: RunningSandbox,
    meddler: Meddler,
    media: MediaStore,  # noqa: F811
    shelf: Shelf,  # noqa: F811
) -> AsyncIterator[Registry]:
    def address(digest: str, _content_type: str) -> str | None:
        return shelf.put(digest, media.kept[digest])

    async with httpx.AsyncClient(transport=meddler, trust_env=False, follow_redirects=False) as client:
        yield build(settings(sandbox), client, media, pause=no_pause, public_url=address)


KNOWN = (PublishError, LeaseLost, AskedTooOften)


async def test_every_strange_answer_ends_in_a_family_of_ours(
    scene: Scene,  # noqa: F811
    meddler: Meddler,
    record_property: Callable[..., None],
) -> None:
    await strange_answers(scene, meddler, TRIES, record_property)


async def strange_answers(
    scene: Scene,  # noqa: F811
    meddler: Meddler,
    tries: int,
    record_property: Callable[..., None],
) -> None:
    """So many posts, in each of which one answer is another; looked for, measured and taken back under strange answers, too."""
    ends: Counter[str] = Counter()
    for number in range(tries):
        await asyncio.to_thread(httpx.post, f"{scene.sandbox.base_url}/_sandbox/clock", json={"advance_seconds": 30})
        ends[await _one(scene, meddler, number)] += 1
    told = ", ".join(f"{count} × {name}" for name, count in sorted(ends.items()))
    record_property(TABLE, f"strange answers of {scene.kind.platform}: n = {tries}: {told}")


async def _one(scene: Scene, meddler: Meddler, number: int) -> str:  # noqa: F811
    attempt, ledger, before = scene.claim(f"{number} {scene.kind.text}"), Ledger(), len(scene.posts())
    end: str
    meddler.next(meddler.dice.randrange(3))
    handles: Mapping[str, str] = {}
    remote_id: str | None = None
    try:
        handles = await scene.prepare(attempt)
        if not meddler.did:  # preparing was left alone: then the send is meddled with
            meddler.next(meddler.dice.randrange(2))
        receipt = await scene.publisher.send(attempt, handles, ledger.permit)
        assert isinstance(receipt, Receipt) and 0 < len(receipt.remote_id) <= LONGEST_ID, meddler.did
        end, remote_id = "published", receipt.remote_id
    except KNOWN as error:
        end = type(error).__name__
        came_out = len(scene.posts()) > before
        if ledger.permits and came_out and not _is_refusal(meddler.did):
            assert isinstance(error, OutcomeUnknown), (meddler.did, error)
    meddler.next(meddler.dice.randrange(2))
    with suppress(*KNOWN):
        assert isinstance(await scene.find(attempt), Found | Absent | CannotTell | Pending), meddler.did
    if remote_id is not None:
        await _afterwards(scene, meddler, remote_id)
    meddler.next(-1)
    return end


async def _afterwards(scene: Scene, meddler: Meddler, remote_id: str) -> None:  # noqa: F811
    meddler.next(0)
    with suppress(*KNOWN):
        for reading in await scene.publisher.measure(scene.account, (remote_id,)):
            assert all(value is None or value >= 0 for value in reading.values.values()), meddler.did
            assert set(reading.values) <= set(Metric), meddler.did
    meddler.next(0)
    with suppress(*KNOWN):
        await scene.publisher.withdraw(scene.account, remote_id)


def _is_refusal(did: str) -> bool:
    """Whether the twin's yes was turned into a definite no: then the platform lied, and nobody can know."""
    return any(f" became {status} " in did for status in STATUSES if 400 <= status < 500)


@pytest.mark.parametrize("platform", [Platform.LINKEDIN, Platform.TIKTOK, Platform.YOUTUBE, Platform.FACEBOOK])
@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/", "http://127.0.0.1:6379/", "https://127.0.0.1/", "https://evil.example/",
        "https://www.linkedin.com.evil.example/",
        "https://evil.example/https://www.linkedin.com/", "https://www.linkedin.com@evil.example/",
        "https://evil.example#.facebook.com",
        "https://evil.example\\.googleapis.com/", "//www.linkedin.com/", "file:///etc/passwd", "http://[", "https://[::1]/",
        "https://www.linkedin.com:22/",
        "", " ", "x" * 10_000, None, 7, [], {}, "https://open-upload.tiktokapis.com:8443/",
        "http://open-upload.tiktokapis.com/", "https://ⓛinkedin.com/",
    ],
)  # fmt: skip
def test_no_address_but_the_platforms_own_gets_a_file_and_a_token(url: object, platform: Platform) -> None:
    from publishers.linkedin.api import Api as LinkedIn
    from publishers.meta import Graph
    from publishers.tiktok.api import Api as TikTok
    from publishers.youtube.api import Api as YouTube

    blank: Any
    kind, base = {
        Platform.LINKEDIN: (LinkedIn.is_ours_to_upload, "https://api.linkedin.com"),
        Platform.TIKTOK: (TikTok.is_ours_to_upload, "https://open.tiktokapis.com"),
        Platform.YOUTUBE: (YouTube.is_session, "https://www.googleapis.com"),
        Platform.FACEBOOK: (Graph.is_ours, "https://graph.facebook.com/v26.0"),
    }[platform]

    class Based:
        pass

    blank = Based()
    blank.base = base
    assert kind(blank, url) is False
