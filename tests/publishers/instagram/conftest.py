"""An Instagram account of the sandbox, connected as the product does it, with a shelf from which Instagram fetches."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
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
from domain.publishing import Account, Claim, Finding, Handles, Receipt, Search
from domain.secret import Secret
from publishers.instagram.connect import InstagramConnector
from publishers.instagram.publisher import InstagramPublisher
from publishers.registry import PlatformSettings, Registry, build
from tests.publishers.stage import WORKSPACE, Ledger, MediaStore, no_pause
from tests.sandbox.conftest import RunningSandbox
from tests.sandbox.instagram.product import Shelf
from tests.sandbox.samples import jpeg, mp4

BACK = "http://127.0.0.1:4000/oauth/instagram/callback"
TEXT = "Tea & <cake> #SunriseTea\n\nat the harbour 👩🏽‍💻"


def settings(sandbox: RunningSandbox) -> PlatformSettings:
    known, base = sandbox.world.secrets, sandbox.base_url
    return PlatformSettings(
        "id",
        Secret("secret"),
        "id",
        Secret("secret"),
        facebook_client_id=known.facebook_client_id,
        facebook_client_secret=Secret(known.facebook_client_secret),
        facebook_api_url=f"{base}/facebook/v26.0",
        facebook_authorize_url=f"{base}/facebook/v26.0/dialog/oauth",
    )


@dataclass
class Studio:
    """The twin, the publisher, the store and its shelf, one connected account."""

    sandbox: RunningSandbox
    publisher: InstagramPublisher
    media: MediaStore
    shelf: Shelf
    account: Account

    def picture(
        self, colour: str = "#e07a3f", width: int = 1080, height: int = 1080, alt: str = "A sunrise"
    ) -> Picture:
        kept = self.media.put(jpeg(width, height, colour=colour), alt, "image/jpeg")
        return replace(kept, width=width, height=height)

    def film(self, **shape: Any) -> Video:
        content = mp4(**shape)
        digest = hashlib.sha256(content).hexdigest()
        self.media.kept[digest] = content
        seconds = shape.get("seconds", 6.0)
        width, height = shape.get("width", 1080), shape.get("height", 1920)
        return Video(digest, "video/mp4", width, height, len(content), seconds, 30.0, "avc1", "mp4a")

    def pictured(self, *pictures: Picture, text: str = TEXT, **chosen: str) -> Claim:
        return self.claim(Payload(text, pictures or (self.picture(),), chosen))

    def filmed(self, film: Video | None = None, text: str = TEXT, **chosen: str) -> Claim:
        return self.claim(Payload(text, (), chosen, film or self.film()))

    def claim(self, payload: Payload) -> Claim:
        return Claim(PostRef(WORKSPACE, uuid4()), self.account, payload, 1, datetime.now(UTC))

    async def prepare(self, attempt: Claim, handles: Handles | None = None, ledger: Ledger | None = None) -> Handles:
        known = attempt.handles if handles is None else handles
        return await self.publisher.prepare(attempt, known, (ledger or Ledger()).save)

    async def publish(self, attempt: Claim, ledger: Ledger | None = None) -> Receipt:
        ledger = ledger or Ledger()
        return await self.publisher.send(attempt, await self.prepare(attempt, None, ledger), ledger.permit)

    async def find(self, attempt: Claim, handles: Handles) -> Finding:
        began = attempt.intent_at - timedelta(seconds=60)
        return await self.publisher.find(
            Search(attempt.account, attempt.payload, handles, began, began + timedelta(minutes=11))
        )

    def effects(self, effect: str = "post") -> list[dict[str, Any]]:
        return [one for one in self.sandbox.world.ledger.entries("instagram") if one["effect"] == effect]

    def turn(self, **knobs: float) -> None:
        wish = {f"instagram.{name}": value for name, value in knobs.items()}
        httpx.post(f"{self.sandbox.base_url}/_sandbox/knobs", json=wish).raise_for_status()

    def pass_time(self, seconds: float) -> None:
        httpx.post(f"{self.sandbox.base_url}/_sandbox/clock", json={"advance_seconds": seconds}).raise_for_status()


async def consented(connector: InstagramConnector, **said: str) -> str:
    """The code that comes back from the consent page; `said` is what the person does there."""
    url = connector.authorize_url(state="s" * 40, verifier="v" * 64, redirect_uri=BACK)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    async with httpx.AsyncClient(trust_env=False) as person:
        sent_back = await person.get(url, params={**asked, "_auto": "1", **said})
    return parse_qs(urlsplit(sent_back.headers["location"]).query)["code"][0]


@pytest.fixture
def media() -> MediaStore:
    return MediaStore()


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    shown = Shelf()
    yield shown
    shown.close()


@pytest.fixture
def public_url(shelf: Shelf, media: MediaStore) -> Callable[[str, str], str | None]:
    return lambda digest, _: shelf.put(digest, media.kept[digest])


@pytest.fixture
def registry(
    sandbox: RunningSandbox,
    client: httpx.AsyncClient,
    media: MediaStore,
    public_url: Callable[[str, str], str | None],
) -> Registry:
    return build(settings(sandbox), client, media, pause=no_pause, public_url=public_url)


@pytest.fixture
def connector(registry: Registry) -> InstagramConnector:
    found = registry.connectors[Platform.INSTAGRAM]
    assert isinstance(found, InstagramConnector)
    return found


@pytest.fixture
async def studio(
    sandbox: RunningSandbox, registry: Registry, connector: InstagramConnector, media: MediaStore, shelf: Shelf
) -> AsyncIterator[Studio]:
    grant = await connector.exchange(code=await consented(connector), verifier="v" * 64, redirect_uri=BACK)
    [mine] = await connector.identities(grant)
    assert mine.token is not None
    publisher = registry.publishers[Platform.INSTAGRAM]
    assert isinstance(publisher, InstagramPublisher)
    who = Account(WORKSPACE, uuid4(), Platform.INSTAGRAM, mine.kind, mine.remote_id, mine.name, mine.token)
    yield Studio(sandbox, publisher, media, shelf, who)
