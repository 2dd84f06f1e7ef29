"""Pictures and films to X: upload, wait until X has worked on them, words for those who cannot see. Repeatable."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from publishers import films
from publishers.contract import Claim, ContentRefused, Handles, MediaStore, Payload, Picture, Save, TryLater, Video
from publishers.http import Answer
from publishers.pictures import load
from publishers.refusals import reason
from publishers.x.api import Api, is_id
from publishers.x.limits import MEDIA_SECONDS, ONE_SHOT_BYTES, SEGMENT_BYTES
from publishers.x.upload import Read, Upload, category, failure, kept, name, progress

_MARGIN_SECONDS = 900
_POLLS = 20
_LONGEST_POLL = 10.0
_UPLOADS = "/2/media/upload"


def media_of(payload: Payload) -> tuple[Picture | Video, ...]:
    """What is attached, in order: pictures, or the one film."""
    return (payload.video,) if payload.video is not None else payload.pictures


def media_ids(payload: Payload, handles: Handles) -> list[str]:
    """The ids to attach, in order. Raises `TryLater` when one is missing: `prepare` has not finished."""
    found = [_id_of(handles.get(_media(medium), "")) for medium in media_of(payload)]
    if not all(found):
        raise TryLater("The pictures or the film are not at X yet.")
    return found


async def prepare(api: Api, media: MediaStore, claim: Claim, handles: Handles, save: Save) -> Handles:
    """Uploads what is not there yet or would expire (X keeps media 24 hours). Each id is saved before the next call."""
    desk = _Desk(api, media, claim, dict(handles), save)
    for medium in media_of(claim.payload):
        await desk.ready(medium)
    return desk.handles


class _GoneError(TryLater):
    """X does not know the upload (any more)."""


class _Desk:
    """One claim's uploads. A finished one reads "id@unix-seconds": the media id and when X forgets it."""

    def __init__(self, api: Api, media: MediaStore, claim: Claim, handles: dict[str, str], save: Save) -> None:
        self._api, self._media, self._claim, self._save = api, media, claim, save
        self.handles = handles

    async def ready(self, medium: Picture | Video) -> None:
        if not self._fresh(self.handles.get(_media(medium), "")):
            await self._keep(_media(medium), await self._bring(medium))
        if isinstance(medium, Picture):
            await self._describe(medium)  # X documents alternative texts for pictures only, moving ones included

    async def _bring(self, medium: Picture | Video) -> str:
        if isinstance(medium, Video):
            return await self._in_pieces(medium, medium.size, partial(films.piece, self._media, medium))
        content = await load(self._media, medium)
        if len(content) <= ONE_SHOT_BYTES and category(medium) == "tweet_image":
            return await self._in_one(medium, content)

        async def read(start: int, end: int) -> bytes:
            return content[start:end]

        return await self._in_pieces(medium, len(content), read)

    async def _describe(self, picture: Picture) -> None:
        media_id = _id_of(self.handles[_media(picture)])
        described = f"{media_id}:{hashlib.sha256(picture.alt.encode()).hexdigest()[:12]}"
        if picture.alt and self.handles.get(_alt(picture)) != described:
            body = {"id": media_id, "metadata": {"alt_text": {"text": picture.alt}}}
            await self._step("POST", "/2/media/metadata", "the alt text", json=body)
            await self._keep(_alt(picture), described)

    async def _in_one(self, picture: Picture, content: bytes) -> str:
        """X takes still pictures in one call, and nothing else."""
        form = {"media_category": category(picture), "media_type": picture.content_type}
        files = {"media": ("picture", content, picture.content_type)}
        told = await self._step("POST", _UPLOADS, "the picture", data=form, files=files)
        return await self._processed(picture, self._named(told), told)

    async def _in_pieces(self, medium: Picture | Video, size: int, read: Read) -> str:
        """initialize, append, finalize, wait. An upload that was left unfinished goes on: segments replace themselves."""
        upload = kept(self.handles.get(_begun(medium), ""))
        resumed = upload is not None and self._fresh(upload.handle())
        try:
            if upload is None or not resumed:
                upload = await self._begin(medium, size)
            upload = await self._pieces(medium, size, read, upload)
            upload, told = await self._finalized(medium, upload, resumed)
        except (ContentRefused, _GoneError):
            await self._keep(_begun(medium), "")
            if not resumed:
                raise
            # What was left unfinished may be spoiled, or gone: once more, afresh.
            return await self._in_pieces(medium, size, read)
        return await self._processed(medium, upload, told)

    async def _begin(self, medium: Picture | Video, size: int) -> Upload:
        if isinstance(medium, Video):
            await films.verify(self._media, medium, self.handles, self._save)
        sizes = {"media_type": medium.content_type, "media_category": category(medium), "total_bytes": size}
        told = await self._step("POST", f"{_UPLOADS}/initialize", f"the {name(medium)}", json=sizes)
        upload = self._named(told)
        await self._keep(_begun(medium), upload.handle())
        return upload

    async def _pieces(self, medium: Picture | Video, size: int, read: Read, upload: Upload) -> Upload:
        path = f"{_UPLOADS}/{upload.media_id}/append"
        count = 0 if upload.finalized else -(-size // SEGMENT_BYTES)
        for index in range(upload.pieces, count):
            start = index * SEGMENT_BYTES
            piece = ("segment", await read(start, min(start + SEGMENT_BYTES, size)), medium.content_type)
            form = {"segment_index": str(index)}
            await self._step("POST", path, f"the {name(medium)}", data=form, files={"media": piece})
            upload = replace(upload, pieces=index + 1)
            await self._keep(_begun(medium), upload.handle())  # the lease is renewed with it
        return upload

    async def _finalized(self, medium: Picture | Video, upload: Upload, resumed: bool) -> tuple[Upload, dict[str, Any]]:
        """The upload, closed, with what X says of it. An earlier attempt may have closed it and lost the answer."""
        if upload.finalized:
            return upload, await self._read_status(medium, upload)
        told = await self._closed_before(upload) if resumed else None
        if told is None:
            told = await self._step("POST", f"{_UPLOADS}/{upload.media_id}/finalize", f"the {name(medium)}")
            upload = replace(self._named(told), pieces=upload.pieces)
        upload = replace(upload, finalized=True)
        await self._keep(_begun(medium), upload.handle())
        return upload, told

    async def _closed_before(self, upload: Upload) -> dict[str, Any] | None:
        answer = await self._api.wire.read(self._status(upload))
        told = answer.fields().get("data") if answer.ok else None
        return told if isinstance(told, dict) and "processing_info" in told else None

    async def _processed(self, medium: Picture | Video, upload: Upload, told: dict[str, Any]) -> str:
        """The handle once X is done with it. Raises `ContentRefused` if it cannot, `TryLater` if it lasts."""
        for _ in range(_POLLS):
            state, seconds = progress(told)
            if state == "succeeded":
                return f"{upload.media_id}@{upload.until}"
            if state == "failed":
                await self._keep(_begun(medium), "")
                why = f"X could not work on the {name(medium)}{reason(failure(told))}."
                raise ContentRefused(f"{why} Edit the post and choose another one.")
            await self._api.wire.pause(min(max(seconds, 1.0), _LONGEST_POLL))
            await self._save(self.handles)
            told = await self._read_status(medium, upload)
        raise TryLater(f"X is still working on the {name(medium)}.")

    def _status(self, upload: Upload) -> Any:
        asked = {"command": "STATUS", "media_id": upload.media_id}
        return self._api.request("GET", _UPLOADS, self._claim.account.token, params=asked)

    async def _read_status(self, medium: Picture | Video, upload: Upload) -> dict[str, Any]:
        return self._told(await self._api.wire.read(self._status(upload)), f"the {name(medium)}")

    async def _step(self, method: str, path: str, what: str, **body: Any) -> dict[str, Any]:
        request = self._api.request(method, path, self._claim.account.token, **body)
        return self._told(await self._api.wire.step(request), what)

    def _told(self, answer: Answer, what: str) -> dict[str, Any]:
        if answer.status == 404:
            raise _GoneError(f"X does not know {what} it was sent; it is sent again.")
        if not answer.ok:
            raise self._api.refusals.of_step(answer, what)
        told = answer.fields().get("data")
        return told if isinstance(told, dict) else {}

    def _named(self, told: Mapping[str, Any]) -> Upload:
        media_id, life = told.get("id"), told.get("expires_after_secs")
        if not isinstance(media_id, str) or not is_id(media_id):
            raise TryLater("X did not name what it was sent.")
        believable = isinstance(life, int) and not isinstance(life, bool) and 0 < life <= 7 * MEDIA_SECONDS
        return Upload(media_id, int(self._begun_at.timestamp()) + (life if believable and life else MEDIA_SECONDS))

    def _fresh(self, handle: str) -> bool:
        """Whether what the handle names outlives this attempt, by the database's clock."""
        named = kept(handle)
        return named is not None and named.until > self._begun_at.timestamp() + _MARGIN_SECONDS

    async def _keep(self, handle: str, value: str) -> None:
        self.handles[handle] = value
        await self._save(self.handles)

    @property
    def _begun_at(self) -> datetime:
        return self._claim.intent_at


def _id_of(handle: str) -> str:
    return handle.partition("@")[0]


def _media(medium: Picture | Video) -> str:
    return f"media:{medium.digest}"


def _begun(medium: Picture | Video) -> str:
    return f"begun:{medium.digest}"


def _alt(picture: Picture) -> str:
    return f"alt:{picture.digest}"
