"""A Page of the sandbox, connected as the product does it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest

from domain.payload import Picture, Video
from domain.platforms import Platform
from domain.publishing import Account, AccountKind, Claim, Finding, Handles, Receipt
from domain.secret import Secret
from publishers.facebook.connect import FacebookConnector
from publishers.facebook.publisher import FacebookPublisher
from publishers.registry import PlatformSettings, build
from tests.publishers.stage import WORKSPACE, Ledger, MediaStore, claim, no_pause, search
from tests.sandbox.conftest import RunningSandbox
from tests.sandbox.samples import mp4

BACK = "http://127.0.0.1:4000/oauth/facebook/callback"
STUDIO = "102030405060701"
FILM = mp4(1920, 1080, size=100_000)
REEL = mp4(size=100_000)


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


def parts(
    sandbox: RunningSandbox, client: httpx.AsyncClient, media: MediaStore
) -> tuple[FacebookPublisher, FacebookConnector]:
    registry = build(settings(sandbox), client, media, pause=no_pause)
    publisher, connector = registry.publishers[Platform.FACEBOOK], registry.connectors[Platform.FACEBOOK]
    assert isinstance(publisher, FacebookPublisher)
    assert isinstance(connector, FacebookConnector)
    return publisher, connector


async def consented(connector: FacebookConnector, **said: str) -> str:
    """The code that comes back from the consent page; `said` is what the person does there."""
    url = connector.authorize_url(state="s" * 40, verifier="v" * 64, redirect_uri=BACK)
    async with httpx.AsyncClient(trust_env=False) as person:
        sent_back = await person.get(url, params={**_query(url), "_auto": "1", **said})
    return parse_qs(urlsplit(sent_back.headers["location"]).query)["code"][0]


def _query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@dataclass(frozen=True)
class Page:
    """A connected Page and everything to publish on it."""

    sandbox: RunningSandbox
    media: MediaStore
    account: Account
    publisher: FacebookPublisher
    connector: FacebookConnector

    def film(self, content: bytes = FILM, width: int = 1920, height: int = 1080) -> Video:
        picture = self.media.put(content)
        return Video(picture.digest, "video/mp4", width, height, len(content), 6.0, 30.0, "avc1", "mp4a")

    def claim(self, text: str = "Good morning", *pictures: Picture, video: Video | None = None, **chosen: str) -> Claim:
        attempt = claim(self.account, text, *pictures)
        return replace(attempt, payload=replace(attempt.payload, video=video, settings=chosen))

    async def prepare(self, attempt: Claim, handles: Handles | None = None, ledger: Ledger | None = None) -> Handles:
        return await self.publisher.prepare(attempt, handles or {}, (ledger or Ledger()).save)

    async def publish(self, attempt: Claim) -> Receipt:
        return await self.publisher.send(attempt, await self.prepare(attempt), Ledger().permit)

    async def find(self, attempt: Claim, handles: Handles) -> Finding:
        return await self.publisher.find(replace(search(attempt), handles=handles))

    def knob(self, name: str, value: float) -> None:
        httpx.post(f"{self.sandbox.base_url}/_sandbox/knobs", json={name: value}).raise_for_status()

    def effects(self, effect: str = "post") -> list[dict[str, Any]]:
        return [one for one in self.sandbox.world.ledger.entries("facebook") if one["effect"] == effect]

    def feed(self) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.sandbox.base_url}/_sandbox/feeds?platform=facebook").raise_for_status()
        return [post for post in answer.json()["posts"] if not post["deleted"]]


@pytest.fixture
async def page(sandbox: RunningSandbox, client: httpx.AsyncClient) -> AsyncIterator[Page]:
    media = MediaStore()
    publisher, connector = parts(sandbox, client, media)
    grant = await connector.exchange(code=await consented(connector), verifier="v" * 64, redirect_uri=BACK)
    mine = next(one for one in await connector.identities(grant) if one.remote_id == STUDIO)
    assert mine.token is not None
    who = Account(WORKSPACE, uuid4(), Platform.FACEBOOK, AccountKind.ORGANISATION, STUDIO, mine.name, mine.token)
    yield Page(sandbox, media, who, publisher, connector)
