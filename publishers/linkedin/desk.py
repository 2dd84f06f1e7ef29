"""One claim's uploads to LinkedIn: the calls that pictures, films and documents have in common."""

from collections.abc import AsyncIterator
from typing import Any

from publishers import films
from publishers.contract import (
    AccountKind,
    Claim,
    ContentRefused,
    Document,
    MediaStore,
    Picture,
    Save,
    TryLater,
    Video,
)
from publishers.http import Answer
from publishers.linkedin.api import Api, urn_in_path
from publishers.refusals import reason

Medium = Picture | Video | Document

PIECE = 1024 * 1024
"""Bytes of a film or a document in memory at once."""

UPLOAD_SECONDS = 1_800.0

GRACE_SECONDS = {"image": 4.0, "document": 20.0}
"""How long a member's medium is given when LinkedIn does not let a member's token ask for its state."""

_POLL_SECONDS = (0.25, 0.5, 1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 5.0, 5.0)
_FILM_POLL_SECONDS = (1.0, 2.0, 3.0, 5.0, *(10.0,) * 12)


def kind_of(medium: Medium) -> str:
    """LinkedIn's word for it, in paths and URNs."""
    return "video" if isinstance(medium, Video) else "document" if isinstance(medium, Document) else "image"


def name_of(medium: Medium) -> str:
    """What people call it."""
    return "film" if isinstance(medium, Video) else "document" if isinstance(medium, Document) else "picture"


def there(medium: Medium) -> str:
    """The handle of what is on its way: the URN, or all of a film's upload."""
    return f"{'film' if isinstance(medium, Video) else 'uploaded'}:{medium.digest}"


def ready(medium: Medium) -> str:
    """The handle of the URN that can be attached."""
    return f"{kind_of(medium)}:{medium.digest}"


class Desk:
    """What one claim's uploads share. `handles` are kept by `keep`, each before the next call."""

    def __init__(self, api: Api, media: MediaStore, claim: Claim, handles: dict[str, str], save: Save) -> None:
        self.api, self.media, self.save = api, media, save
        self.claim, self.token = claim, claim.account.token
        self.handles = handles

    async def keep(self, name: str, value: str) -> None:
        self.handles[name] = value
        await self.save(self.handles)

    async def bytes_of(self, file: Video | Document, start: int, end: int) -> AsyncIterator[bytes]:
        for at in range(start, end, PIECE):
            yield await films.piece(self.media, file, at, min(at + PIECE, end))
            await self.save(self.handles)  # nothing new, but the lease is renewed

    async def initialize(self, medium: Medium, more: dict[str, Any]) -> dict[str, Any]:
        asked = {"initializeUploadRequest": {"owner": self.claim.account.remote_id, **more}}
        path = f"/rest/{kind_of(medium)}s?action=initializeUpload"
        answer = await self.api.wire.step(self.api.request("POST", path, self.token, json=asked))
        value = self.told(answer, medium).get("value")
        return value if isinstance(value, dict) else {}

    async def wait(self, medium: Medium, urn: str) -> None:
        """Until AVAILABLE. Raises `ContentRefused` when LinkedIn cannot use it, `TryLater` when it takes long."""
        name, film = name_of(medium), isinstance(medium, Video)
        status = ""
        for seconds in _FILM_POLL_SECONDS if film else _POLL_SECONDS:
            told = await self.state(medium, urn)
            status = str(told.get("status"))
            if status == "AVAILABLE":
                return
            if status == "PROCESSING_FAILED":
                await self.keep(there(medium), "")
                said = told.get("processingFailureReason")
                raise ContentRefused(
                    f"LinkedIn could not work on the {name}{reason(said)}. Edit the post and choose another one."
                )
            if status == "WAITING_UPLOAD" and not film:  # a film is said to wait until its end was taken note of
                break
            await self.save(self.handles)  # nothing new, but the lease is renewed
            await self.api.wire.pause(seconds)
        if status == "WAITING_UPLOAD":
            await self.keep(there(medium), "")
            raise TryLater(f"LinkedIn did not get the {name}; it is put there again.")
        raise TryLater(f"LinkedIn is still working on the {name}.")

    async def state(self, medium: Medium, urn: str) -> dict[str, Any]:
        """What LinkedIn says of the medium. Where it lets no member ask, some time is given, and it is taken to be ready."""
        path = f"/rest/{kind_of(medium)}s/{urn_in_path(urn)}"
        answer = await self.api.wire.read(self.api.request("GET", path, self.token))
        grace = GRACE_SECONDS.get(kind_of(medium))
        if answer.status == 403 and self.claim.account.kind is AccountKind.MEMBER and grace is not None:
            await self.api.wire.pause(grace)
            return {"status": "AVAILABLE"}
        return self.told(answer, medium)

    def told(self, answer: Answer, medium: Medium) -> dict[str, Any]:
        if not answer.ok:
            raise self.api.refusals.of_step(answer, f"the {name_of(medium)}")
        return answer.fields()
