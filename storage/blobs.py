"""Media by content: a picture is named by the SHA-256 of its bytes, so it cannot change behind an approval."""

import asyncio
import contextlib
import hashlib
from pathlib import Path

from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore, ObjectStore, from_url

PIECE = 1024 * 1024
"""How much of a large file is in memory at once."""


class MediaLost(FileNotFoundError):
    """The store does not hold the picture, or other bytes under its name."""


class Media:
    """A local folder, or an S3-compatible bucket by URL (`MEDIA_URL`)."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @classmethod
    def at(cls, url: str, home: Path) -> "Media":
        """The store at `url`; the folder `media` in `home` when it is empty."""
        if url:
            return cls(from_url(url))
        folder = home / "media"
        folder.mkdir(parents=True, exist_ok=True)
        return cls(LocalStore(folder))

    async def put(self, content: bytes) -> str:
        """Store bytes and return their digest (hex). Storing the same bytes again changes nothing."""
        digest = hashlib.sha256(content).hexdigest()
        with contextlib.suppress(AlreadyExistsError):
            await self._store.put_async(_key(digest), content, mode="create")
        return digest

    async def put_file(self, path: Path) -> str:
        """Store a file of any size, piece by piece, and return its digest (hex). The same file again changes nothing."""
        digest = await asyncio.to_thread(digest_of, path)
        with contextlib.suppress(MediaLost):
            if await self.size(digest) == path.stat().st_size:
                return digest
        # Written whole or not at all: the store shows an object once its last part is there.
        await self._store.put_async(_key(digest), path, use_multipart=True, chunk_size=5 * PIECE, max_concurrency=2)
        return digest

    async def get(self, digest: str) -> bytes:
        """The bytes of a digest, checked against it. Raises `MediaLost`."""
        try:
            answer = await self._store.get_async(_key(digest))
        except FileNotFoundError:
            raise MediaLost(f"The picture {digest[:12]} is not in the media store.") from None
        content = bytes(await answer.bytes_async())
        if hashlib.sha256(content).hexdigest() != digest:
            raise MediaLost(f"The picture {digest[:12]} was changed in the media store.")
        return content

    async def part(self, digest: str, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end` (exclusive). Not checked: `verify` checks the whole. Raises `MediaLost`."""
        try:
            return bytes(await self._store.get_range_async(_key(digest), start=start, end=end))
        except FileNotFoundError:
            raise MediaLost(f"The file {digest[:12]} is not in the media store.") from None

    async def size(self, digest: str) -> int:
        """How many bytes. Raises `MediaLost`."""
        try:
            return int((await self._store.head_async(_key(digest)))["size"])
        except FileNotFoundError:
            raise MediaLost(f"The file {digest[:12]} is not in the media store.") from None

    async def verify(self, digest: str) -> None:
        """Read everything once, piece by piece, and compare with the digest. Raises `MediaLost`."""
        try:
            answer = await self._store.get_async(_key(digest))
        except FileNotFoundError:
            raise MediaLost(f"The file {digest[:12]} is not in the media store.") from None
        found = hashlib.sha256()
        async for piece in answer.stream(min_chunk_size=PIECE):
            found.update(piece)
        if found.hexdigest() != digest:
            raise MediaLost(f"The file {digest[:12]} was changed in the media store.")


def digest_of(path: Path) -> str:
    """SHA-256 (hex) of a file, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _key(digest: str) -> str:
    return f"{digest[:2]}/{digest}"
