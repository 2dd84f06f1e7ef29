"""Films on their way out: proof that the stored one is the approved one, while the lease is kept."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from domain.platforms import Platform
from domain.publishing import ContentRefused, Handles, LeaseLost
from publishers import films
from tests.publishers.stage import Ledger, MediaStore


@dataclass
class SlowStore(MediaStore):
    """Reads as long as it is not told to go on."""

    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def verify(self, digest: str) -> None:
        try:
            await self.go_on.wait()
            await super().verify(digest)
        finally:
            self.ended.set()


async def test_the_lease_is_kept_while_a_large_film_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(films, "_RENEWAL_SECONDS", 0.001)
    media, ledger = SlowStore(), Ledger()
    video = media.put_film(b"film")

    async def save(handles: Handles) -> None:
        await ledger.save(handles)
        if len(ledger.saved) == 3:
            media.go_on.set()

    await films.verify(media, video, {"session:1": "there"}, save)
    assert ledger.saved[:3] == [{"session:1": "there"}] * 3


async def test_reading_ends_with_the_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(films, "_RENEWAL_SECONDS", 0.001)
    media = SlowStore()
    video = media.put_film(b"film")

    async def lost(_: Handles) -> None:
        raise LeaseLost

    with pytest.raises(LeaseLost):
        await films.verify(media, video, {}, lost)
    await media.ended.wait()


async def test_a_film_that_is_lost_changed_or_cut_short_is_refused() -> None:
    media = MediaStore()
    video = media.put_film(b"the film")
    assert await films.piece(media, video, 4, 8) == b"film"
    await films.verify(media, video, {}, Ledger().save)
    media.kept[video.digest] = b"the fil"
    with pytest.raises(ContentRefused, match="no longer in our store"):
        await films.verify(media, video, {}, Ledger().save)
    with pytest.raises(ContentRefused, match="no longer in our store"):
        await films.piece(media, video, 4, 8)
    del media.kept[video.digest]
    with pytest.raises(ContentRefused, match="no longer in our store"):
        await films.piece(media, video, 4, 8)


def test_a_platform_without_films_says_so() -> None:
    video = MediaStore().put_film(b"film")
    assert films.complaints(Platform.YOUTUBE, video) == []
    assert films.complaints(Platform.YOUTUBE, replace(video, width=0)) == [
        "This file has no pictures in it. Choose another film."
    ]
