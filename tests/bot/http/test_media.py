"""Signed addresses of media: whoever has one sees the file for a while, whoever bends one sees nothing."""

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from bot.http.media import media_routes
from pipeline import media_links
from pipeline.media_links import MediaLinks, is_reachable
from storage.blobs import Media
from storage.keys import Keyring, Purpose, new_key
from storage.vault import Vault

FILM = bytes(range(256)) * 40


@pytest.fixture
def media(tmp_path: Path) -> Media:
    return Media.at("", tmp_path)


@pytest.fixture
def links() -> MediaLinks:
    return MediaLinks(Vault(Keyring.parse(new_key(Purpose.CHAT))), "https://app.example/", reachable=True)


async def get(address: str, links: MediaLinks, media: Media, **headers: str) -> httpx.Response:
    app = FastAPI()
    app.include_router(media_routes(links, media))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://app.example") as client:
        return await client.get(address, headers=headers)


async def test_an_address_of_ours_gives_the_file(links: MediaLinks, media: Media) -> None:
    address = links.for_people(await media.put(FILM), "video/mp4")
    answer = await get(address, links, media)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, FILM, "video/mp4")
    assert address.startswith("https://app.example/media/") and address.endswith(".mp4")


async def test_a_film_can_be_wound(links: MediaLinks, media: Media) -> None:
    address = links.for_people(await media.put(FILM), "video/mp4")
    answer = await get(address, links, media, range="bytes=100-199")
    assert (answer.status_code, answer.content) == (206, FILM[100:200])
    assert answer.headers["content-range"] == f"bytes 100-199/{len(FILM)}"
    rest = await get(address, links, media, range="bytes=10000-")
    assert (rest.status_code, rest.content) == (206, FILM[10000:])
    assert (await get(address, links, media, range="bytes=99999999-")).status_code == 416
    assert (await get(address, links, media, range="lines=1-2")).content == FILM


@pytest.mark.parametrize("place", [0, 1, 2, 3])
async def test_a_bent_address_gives_nothing(links: MediaLinks, media: Media, place: int) -> None:
    """Prolonged, with another mark, for another file, as another kind."""
    digest, other = await media.put(FILM), await media.put(b"another")
    *_, until, mark, _name = links.for_people(digest, "video/mp4").split("/")
    bent = [
        f"/media/{int(until) + 3600}/{mark}/{digest}.mp4",
        f"/media/{until}/{mark[:-2]}AA/{digest}.mp4",
        f"/media/{until}/{mark}/{other}.mp4",
        f"/media/{until}/{mark}/{digest}.jpg",
    ][place]
    assert (await get(bent, links, media)).status_code == 404


async def test_an_address_ends(links: MediaLinks, media: Media, monkeypatch: pytest.MonkeyPatch) -> None:
    address = links.for_platform(await media.put(FILM), "video/mp4")
    assert address is not None and (await get(address, links, media)).status_code == 200
    now = media_links.time.time()
    monkeypatch.setattr(media_links.time, "time", lambda: now + 2 * 3600 + 1)
    assert (await get(address, links, media)).status_code == 404


async def test_a_lost_file_is_said_to_be_gone(links: MediaLinks, media: Media) -> None:
    answer = await get(links.for_people("0" * 64, "image/jpeg"), links, media)
    assert answer.status_code == 404 and "no longer there" in answer.text


@pytest.mark.parametrize("bad", ["/media/x/y/z", "/media/1/2/nothing", "/media/99999999999999999999/m/a.mp4"])
async def test_nonsense_is_refused_without_a_traceback(links: MediaLinks, media: Media, bad: str) -> None:
    assert (await get(bad, links, media)).status_code in (404, 422)


def test_platforms_are_told_an_address_only_when_they_can_reach_it(links: MediaLinks) -> None:
    assert links.for_platform("a" * 64, "image/jpeg") is not None
    assert MediaLinks(links.vault, links.base_url, reachable=False).for_platform("a" * 64, "image/jpeg") is None
    assert is_reachable("https://app.example", "https://graph.facebook.com/v26.0")
    assert is_reachable("http://127.0.0.1:4000", "http://127.0.0.1:4010/facebook/v26.0")
    assert not is_reachable("http://127.0.0.1:4000", "https://graph.facebook.com/v26.0")
    assert not is_reachable("http://app.example", "https://graph.facebook.com/v26.0")
