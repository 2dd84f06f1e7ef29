"""A connected channel at YouTube's twin, films to upload, and attempts that can be stopped at any point."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
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
from publishers.youtube.publisher import YouTubePublisher
from tests.publishers.stage import WORKSPACE, Ledger, MediaStore, no_pause
from tests.sandbox.conftest import RunningSandbox
from tests.sandbox.samples import jpeg, mp4

BACK = "http://127.0.0.1:4000/connect/back"
VERIFIER = "v" * 64
TITLE = "A calm morning & 10 % less noise"
TEXT = "Tea & cake (today_only) #SunriseTea\n\nhttps://sunrise.example/tea?utm_source=youtube 👩🏽‍💻"


def settings(sandbox: RunningSandbox) -> PlatformSettings:
    known, base = sandbox.world.secrets, sandbox.base_url
    return PlatformSettings(
        "x",
        Secret("x"),
        "linkedin",
        Secret("linkedin"),
        google_client_id=known.google_client_id,
        google_client_secret=Secret(known.google_client_secret),
        google_oauth_url=f"{base}/google",
        youtube_api_url=f"{base}/google",
    )


def film(content: bytes, width: int = 1080, height: int = 1920, seconds: float = 6.0) -> Video:
    """What the file says of itself, as our own reader would tell it."""
    digest = hashlib.sha256(content).hexdigest()
    return Video(digest, "video/mp4", width, height, len(content), seconds, 30.0, "avc1", "mp4a", "A cup of tea")


@dataclass
class Stage:
    """The twin, the publisher, the store, one connected channel."""

    sandbox: RunningSandbox
    registry: Registry
    media: MediaStore
    account: Account
    client: httpx.AsyncClient
    ledgers: list[Ledger] = field(default_factory=list)

    @property
    def publisher(self) -> YouTubePublisher:
        found = self.registry.publishers[Platform.YOUTUBE]
        assert isinstance(found, YouTubePublisher)
        return found

    def video(self, size: int = 0, **shape: Any) -> Video:
        """A film in the store."""
        content = mp4(size=size, **shape)
        self.media.kept[hashlib.sha256(content).hexdigest()] = content
        named = {name: shape[name] for name in ("width", "height", "seconds") if name in shape}
        return film(content, **named)

    def picture(self) -> Picture:
        content = jpeg(320, 180)
        return replace(self.media.put(content, content_type="image/jpeg"), width=320, height=180)

    def claim(self, video: Video | None = None, *pictures: Picture, text: str = TEXT, **chosen: str) -> Claim:
        """An attempt; `chosen` are settings by their names."""
        chosen_settings = {Setting.TITLE.value: TITLE, **chosen}
        payload = Payload(text, pictures, chosen_settings, video or self.video())
        return Claim(PostRef(WORKSPACE, uuid4()), self.account, payload, 1, datetime.now(UTC))

    async def prepare(self, attempt: Claim, handles: Handles | None = None) -> Handles:
        self.ledgers.append(Ledger())
        return await self.publisher.prepare(attempt, attempt.handles if handles is None else handles, self.saving.save)

    async def publish(self, attempt: Claim) -> Receipt:
        handles = await self.prepare(attempt)
        return await self.publisher.send(attempt, handles, self.saving.permit)

    async def find(self, attempt: Claim, handles: Handles | None = None) -> Finding:
        """As the reconciler looks, with what was saved last."""
        known = (self.saving.saved or [{}])[-1] if handles is None else handles
        began = attempt.intent_at - timedelta(seconds=60)
        search = Search(attempt.account, attempt.payload, known, began, began + timedelta(minutes=11))
        return await self.publisher.find(search)

    @property
    def saving(self) -> Ledger:
        return self.ledgers[-1]

    def effects(self, effect: str) -> list[dict[str, Any]]:
        return [one for one in self.sandbox.world.ledger.entries("youtube") if one["effect"] == effect]

    def shown(self) -> list[dict[str, Any]]:
        """Videos as the page shows them."""
        answer = httpx.get(f"{self.sandbox.base_url}/_sandbox/feeds?platform=youtube").raise_for_status().json()
        found = answer["posts"] if isinstance(answer, dict) else answer
        return [one for one in found if not one["deleted"]]

    def knob(self, **turned: float) -> None:
        wish = {name.replace("__", "."): value for name, value in turned.items()}
        httpx.post(f"{self.sandbox.base_url}/_sandbox/knobs", json=wish).raise_for_status()

    def calls(self) -> list[tuple[str, str]]:
        """What was asked of the twin: method and path, in order."""
        answer = httpx.get(f"{self.sandbox.base_url}/_sandbox/traffic").raise_for_status().json()
        entries: list[Mapping[str, Any]] = answer["traffic"] if isinstance(answer, dict) else answer
        return [(one["method"], one["path"]) for one in entries if one["path"].startswith("/google/")]


async def consent(registry: Registry, **said: str) -> str:
    """The code that the person's consent brings; `said` is what they do at Google's page."""
    connector = registry.connectors[Platform.YOUTUBE]
    url = connector.authorize_url(state="s" * 40, verifier=VERIFIER, redirect_uri=BACK)
    async with httpx.AsyncClient(trust_env=False) as person:
        sent_back = await person.get(url, params={**parsed(url), "_auto": "yes", **said})
    query = parse_qs(urlsplit(sent_back.headers["location"]).query)
    assert query["state"] == ["s" * 40]
    return query["code"][0]


def parsed(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@pytest.fixture
def media() -> MediaStore:
    return MediaStore()


@pytest.fixture
def registry(sandbox: RunningSandbox, client: httpx.AsyncClient, media: MediaStore) -> Registry:
    return build(settings(sandbox), client, media, pause=no_pause)


@pytest.fixture
async def channel(
    sandbox: RunningSandbox, registry: Registry, media: MediaStore, client: httpx.AsyncClient
) -> AsyncIterator[Stage]:
    connector = registry.connectors[Platform.YOUTUBE]
    grant = await connector.exchange(code=await consent(registry), verifier=VERIFIER, redirect_uri=BACK)
    [mine] = await connector.identities(grant)
    who = Account(
        WORKSPACE, uuid4(), Platform.YOUTUBE, AccountKind.MEMBER, mine.remote_id, mine.name, grant.access_token
    )
    yield Stage(sandbox, registry, media, who, client)
