"""One process of the story `upload`: connects an account at the sandbox and publishes one film there, by the product's publishers.

Started as `python -m benchmarks.uploader PLATFORM MEDIA`; the environment names the sandbox. It says "ready", waits for a line (the
film, and the address at which platforms fetch it, as JSON), publishes, prints the receipt's link, and waits for the end of its input.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from app.settings import Settings
from app.wiring.shared import platform_settings
from domain.ids import uuid7
from domain.payload import Payload, Video
from domain.platforms import Platform
from domain.post import PostRef
from domain.publishing import Account, AccountKind, Claim, Handles
from domain.settings import YES, Setting
from publishers.http import open_client
from publishers.registry import Registry, build
from storage.blobs import Media

TEXT = "A calm morning at the harbour"
BACK, VERIFIER = "http://127.0.0.1:4000/connect/back", "v" * 64
CHOSEN: dict[Platform, dict[str, str]] = {
    Platform.TIKTOK: {Setting.PRIVACY: "PUBLIC_TO_EVERYONE", Setting.DISCLOSURE: "none", Setting.CONSENT: YES},
    Platform.YOUTUBE: {Setting.TITLE: TEXT},
}
PAGES = (Platform.LINKEDIN, Platform.FACEBOOK, Platform.INSTAGRAM)
"""Where an organisation speaks."""


async def _publish(platform: Platform, home: Path) -> None:
    address = [""]
    async with open_client() as client:
        media = Media.at("", home)
        registry = build(platform_settings(Settings()), client, media, public_url=lambda _digest, _type: address[0])
        who = await _connected(registry, platform)
        _say("ready")
        film, address[0] = json.loads(await asyncio.to_thread(sys.stdin.readline))
        payload = Payload(TEXT, (), CHOSEN.get(platform, {}), Video(**film))
        publisher = registry.publishers[platform]
        problems = publisher.check(payload)
        assert not problems, problems
        claim = Claim(PostRef(who.workspace_id, uuid7()), who, payload, 1, datetime.now(UTC))
        handles = await publisher.prepare(claim, {}, _save)
        receipt = await publisher.send(claim, handles, _permit)
        _say(str(receipt.permalink))
        await asyncio.to_thread(sys.stdin.read)


async def _save(_: Handles) -> None:
    """What is stored of an upload is small; here nobody stores it."""


async def _permit() -> None:
    """Nobody else has the post."""


async def _connected(registry: Registry, platform: Platform) -> Account:
    """As a person connects it: consent page, code, grant, identities."""
    connector = registry.connectors[platform]
    url = connector.authorize_url(state="s" * 40, verifier=VERIFIER, redirect_uri=BACK)
    async with httpx.AsyncClient(trust_env=False) as person:
        sent_back = await person.get(f"{url}&_auto=yes")
    code = parse_qs(urlsplit(sent_back.headers["location"]).query)["code"][0]
    grant = await connector.exchange(code=code, verifier=VERIFIER, redirect_uri=BACK)
    kind = AccountKind.ORGANISATION if platform in PAGES else AccountKind.MEMBER
    mine = next(one for one in await connector.identities(grant) if one.kind is kind)
    return Account(uuid7(), uuid7(), platform, kind, mine.remote_id, mine.name, mine.token or grant.access_token)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    asyncio.run(_publish(Platform(sys.argv[1]), Path(sys.argv[2])))
