"""What Instagram remembers: containers, media, comments; their ids, addresses and the files behind them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.meta.accounts import INSTAGRAM_ID, INSTAGRAM_USERNAME
from sandbox.meta.uploads import path_of
from sandbox.world import World

CONTAINERS, MEDIA, COMMENTS = "instagram.containers", "instagram.media", "instagram.comments"
FIRST_ID = {CONTAINERS: 17_890_000_000_000_000, MEDIA: 18_050_000_000_000_000, COMMENTS: 17_860_000_000_000_000}
DAY = 86400  # seconds: the life of a container and of a story, and the window of the limits
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
PATHS = {"FEED": "p", "REELS": "reel"}
ACCOUNT, USERNAME = INSTAGRAM_ID, INSTAGRAM_USERNAME
Document = dict[str, Any]


def new_id(world: World, kind: str) -> str:
    """A new id of that kind (CONTAINERS, MEDIA, COMMENTS); later ids are larger."""
    return str(FIRST_ID[kind] + world.state.next(kind))


def file_of(world: World, container_id: str) -> Path:
    """Where the bytes of a container lie, also those that come by resumable upload."""
    return path_of(world, container_id)


def file_url(world: World, media: Document) -> str:
    """The address of the bytes of a picture or a video."""
    return f"{world.config.base_url}/instagram/files/{media['file']}"


def shortcode(media_id: str) -> str:
    """The letters by which permalinks name a medium."""
    number, letters = int(media_id), ""
    while number:
        number, rest = divmod(number, 64)
        letters = ALPHABET[rest] + letters
    return letters


def permalink(world: World, media: Document) -> str:
    """The address of a medium for people."""
    base = f"{world.config.base_url}/instagram"
    if media["product"] == "STORY":
        return f"{base}/stories/{USERNAME}/{media['id']}/"
    return f"{base}/{PATHS[media['product']]}/{shortcode(media['id'])}/"


def moment(seconds: float) -> str:
    """Unix seconds in Instagram's writing: 2026-11-23T08:00:00+0000."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def alive(world: World, media_id: str) -> Document | None:
    """The medium, or None when it never was, was deleted, or is a story of yesterday."""
    media = world.state.get(MEDIA, media_id)
    if media is None or media["deleted"]:
        return None
    return None if media["product"] == "STORY" and media["at"] + DAY < world.now() else media
