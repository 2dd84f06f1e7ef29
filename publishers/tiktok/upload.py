"""A film's way to TikTok: which bytes go in which chunk, and what is kept of an upload so that another worker goes on."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import httpx

from publishers import films
from publishers.contract import Account, Handles, MediaStore, Payload, Video
from publishers.tiktok.api import Api, is_publish
from publishers.tiktok.limits import SMALLEST_CHUNK


@dataclass(frozen=True, slots=True)
class Upload:
    """A started upload: `chunk` bytes in each of `count` chunks, the last takes the rest as well. Until the last one
    is there, nobody sees anything. `received` bytes are at TikTok; `until` (unix seconds) the address takes more."""

    publish_id: str
    url: str
    until: int
    size: int
    chunk: int
    received: int = 0

    @property
    def last(self) -> int:
        """Where the chunk begins that brings the post out."""
        return (self.size // self.chunk - 1) * self.chunk

    @property
    def complete(self) -> bool:
        return self.received >= self.size

    def end(self, start: int) -> int:
        """The end (exclusive) of the chunk in which `start` lies."""
        return self.size if start >= self.last else (start // self.chunk + 1) * self.chunk

    def handle(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def even_chunk(size: int) -> int:
    """A chunk size that makes all chunks nearly alike, the last one too: 5 to 10 MiB, or the whole of a small film.

    TikTok counts floor(size / chunk) of them and puts the rest into the last, which must arrive in one call.
    """
    return size // max(1, size // SMALLEST_CHUNK)


def mark(payload: Payload, account: Account) -> str:
    """Names this content in the handles: what was started for another text or film is not gone on with."""
    return payload.sha256(account.id).hex()[:16]


def name_of(payload: Payload, account: Account) -> str:
    """The handle under which the upload is kept."""
    return f"film:{mark(payload, account)}"


def kept(handles: Handles, payload: Payload, account: Account) -> Upload | None:
    """The upload of exactly this content that was started before, or None."""
    stored = handles.get(name_of(payload, account))
    try:
        fields = json.loads(stored) if stored else None
        found = Upload(**fields) if isinstance(fields, Mapping) else None
    except (ValueError, TypeError):
        return None
    return found if found is not None and is_publish(found.publish_id) else None


async def put(api: Api, media: MediaStore, film: Video, upload: Upload) -> httpx.Request:
    """The request with the next chunk. Reads 10 MiB at most. Raises `ContentRefused` when the film is not there."""
    start = upload.received
    end = upload.end(start)
    headers = {"content-type": film.content_type, "content-range": f"bytes {start}-{end - 1}/{upload.size}"}
    content = await films.piece(media, film, start, end)
    return api.wire.request("PUT", upload.url, headers=headers, content=content)
