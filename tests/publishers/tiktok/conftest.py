"""A connected creator at TikTok's twin, films and photos to post, and attempts that can be stopped at any point."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest

from domain.payload import Payload, Picture, Video
from domain.platforms import Platform
from domain.post import PostRef
from domain.publishing import Account, AccountKind, Claim, Finding, Handles, Receipt, Search
from domain.secret import Secret
from domain.settings import Setting
from publishers.registry import PlatformSettings, Registry, build
from publishers.tiktok.publisher import TikTokPublisher
from tests.publishers.stage import WORKSPACE, Ledger, MediaStore, no_pause
from tests.sandbox.conftest import RunningSandbox
from tests.sandbox.samples import jpeg, mp4
from tests.sandbox.tiktok.conftest import Place, serving_photos

BACK = "http://127.0.0.1:4000/connect/back"
VERIFIER = "v" * 64
TEXT = "Tea & <cake> #SunriseTea 👩🏽‍💻"
CHOSEN = {
    Setting.PRIVACY.value: "PUBLIC_TO_EVERYONE",
    Setting.DISCLOSURE.value: "none",
    Setting.CONSENT.value: "yes",
}
LARGE = 17 * 1024**2 + 333
"""Bytes of a film in three chunks."""


def settings(sandbox: RunningSandbox) -> PlatformSettings:
    known, base = sandbox.world.secrets, sandbox.base_url
    return PlatformSettings(
        "x",
        Secret("x"),
        "linkedin",
        Secret("linkedin"),
        tiktok_client_key=known.tiktok_client_key,
        tiktok_client_secret=Secret(known.tiktok_client_secret),
        tiktok_api_url=f"{base}/tiktok",
        tiktok_authorize_url=f"{base}/tiktok/v2/auth/authorize/",
    )


def described(content: bytes, **more: Any) -> Video:
    """What a film's file says of itself, as our own reader would tell it."""
    digest = hashlib.sha256(content).hexdigest()
    film = Video(digest, "video/mp4", 1080, 1920, len(content), 6.0, 30.0, "avc1", "mp4a", "A cup of tea")
    return replace(film, **more)


@dataclass
class Stage:
    """The twin, the publisher, the store, one connected creator."""

    sandbox: RunningSandbox
    registry: Registry
    media: MediaStore
    account: Account

    @property
    def publisher(self) -> TikTokPublisher:
        found = self.registry.publishers[Platform.TIKTOK]
        assert isinstance(found, TikTokPublisher)
        return found

    def film(self, size: int = 0, **shape: Any) -> Video:
        """A film in the store."""
        content = mp4(size=size, **shape)
        self.media.kept[hashlib.sha256(content).hexdigest()] = content
        named = {name: shape[name] for name in ("width", "height", "seconds") if name in shape}
        return described(content, **named)

    def photo(self, colour: str = "#e07a3f") -> Picture:
        content = jpeg(540, 960, colour=colour)
        return replace(self.media.put(content, content_type="image/jpeg"), width=540, height=960)

    def claim(self, film: Video | None = None, *, text: str = TEXT, **chosen: str) -> Claim:
        """An attempt with a film; `chosen` are settings by their names."""
        return self.attempt(Payload(text, (), {**CHOSEN, **chosen}, film or self.film()))

    def photos(self, *pictures: Picture, text: str = TEXT, **chosen: str) -> Claim:
        return self.attempt(Payload(text, pictures or (self.photo(),), {**CHOSEN, **chosen}))

    def attempt(self, payload: Payload) -> Claim:
        return Claim(PostRef(WORKSPACE, uuid4()), self.account, payload, 1, datetime.now(UTC))

    async def publish(self, attempt: Claim, ledger: Ledger | None = None) -> Receipt:
        ledger = ledger or Ledger()
        handles = await self.publisher.prepare(attempt, attempt.handles, ledger.save)
        return await self.publisher.send(attempt, handles, ledger.permit)

    async def prepared(self, attempt: Claim, handles: Handles | None = None) -> Handles:
        return await self.publisher.prepare(attempt, handles or {}, Ledger().save)

    async def find(self, attempt: Claim, handles: Handles) -> Finding:
        began = attempt.intent_at - timedelta(seconds=60)
        search = Search(attempt.account, attempt.payload, handles, began, began + timedelta(minutes=11))
        return await self.publisher.find(search)

    def out(self) -> list[str]:
        """The publish_ids that TikTok took as posts."""
        return [one["rid"] for one in self.sandbox.world.ledger.entries("tiktok") if one["effect"] == "publish"]

    def told(self) -> dict[str, Any]:
        """What the one post says of itself."""
        [entry] = [one for one in self.sandbox.world.ledger.entries("tiktok") if one["effect"] == "publish"]
        payload: dict[str, Any] = entry["payload"]
        return payload

    def begun(self) -> int:
        """How many posts were started, finished or not."""
        return len(self.sandbox.world.state.all("tiktok.publishes"))

    def turn(self, **knobs: float) -> None:
        wish = {f"tiktok.{name}": value for name, value in knobs.items()}
        httpx.post(f"{self.sandbox.base_url}/_sandbox/knobs", json=wish).raise_for_status()

    def lever(self, name: str, **query: str) -> None:
        httpx.post(f"{self.sandbox.base_url}/_sandbox/tiktok/{name}", params=query).raise_for_status()

    def pass_time(self, seconds: float) -> None:
        httpx.post(f"{self.sandbox.base_url}/_sandbox/clock", json={"advance_seconds": seconds}).raise_for_status()


def query_of(url: str) -> Mapping[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def consent(registry: Registry, **said: str) -> str:
    """The code that the person's consent brings; `said` is what they do at TikTok's page."""
    connector = registry.connectors[Platform.TIKTOK]
    url = connector.authorize_url(state="s" * 40, verifier=VERIFIER, redirect_uri=BACK)
    async with httpx.AsyncClient(trust_env=False) as person:
        sent_back = await person.get(url, params={**query_of(url), "_auto": "yes", **said})
    found = query_of(sent_back.headers["location"])
    assert found["state"] == "s" * 40
    return found["code"]


@pytest.fixture
def place() -> Iterator[Place]:
    """Our own public address, whence TikTok fetches."""
    with serving_photos() as serving:
        yield serving


@pytest.fixture
def media() -> MediaStore:
    return MediaStore()


@pytest.fixture
def public_url(place: Place, media: MediaStore) -> Callable[[str, str], str | None]:
    def address(digest: str, content_type: str) -> str | None:
        place.files[digest] = (200, media.kept[digest])
        return f"{place.url}/{digest}"

    return address


@pytest.fixture
def registry(
    sandbox: RunningSandbox,
    client: httpx.AsyncClient,
    media: MediaStore,
    public_url: Callable[[str, str], str | None],
) -> Registry:
    return build(settings(sandbox), client, media, pause=no_pause, public_url=public_url)


@pytest.fixture
async def creator(sandbox: RunningSandbox, registry: Registry, media: MediaStore) -> AsyncIterator[Stage]:
    connector = registry.connectors[Platform.TIKTOK]
    grant = await connector.exchange(code=await consent(registry), verifier=VERIFIER, redirect_uri=BACK)
    [mine] = await connector.identities(grant)
    who = Account(
        WORKSPACE, uuid4(), Platform.TIKTOK, AccountKind.MEMBER, mine.remote_id, mine.name, grant.access_token
    )
    yield Stage(sandbox, registry, media, who)
