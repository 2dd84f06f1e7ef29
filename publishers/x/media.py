"""Pictures to X: upload, wait until X has worked on them, and the words for those who cannot see. Repeatable."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from publishers.contract import Claim, ContentRefused, Handles, MediaStore, Payload, Picture, Save, TryLater
from publishers.http import Answer
from publishers.pictures import load
from publishers.x.api import Api, is_id
from publishers.x.limits import MEDIA_SECONDS, ONE_SHOT_BYTES, SEGMENT_BYTES

_MARGIN_SECONDS = 900
_POLLS = 20
_WHAT = "the picture"


def media_ids(payload: Payload, handles: Handles) -> list[str]:
    """The ids to attach, in order. Raises `TryLater` when one is missing: `prepare` has not finished."""
    found = [_id_of(handles.get(_media(picture), "")) for picture in payload.pictures]
    if not all(found):
        raise TryLater("The pictures are not at X yet.")
    return found


async def prepare(api: Api, media: MediaStore, claim: Claim, handles: Handles, save: Save) -> Handles:
    """Uploads what is not there yet or would expire (X keeps media 24 hours). Each id is saved before the next call."""
    desk = _Desk(api, media, claim, dict(handles), save)
    for picture in claim.payload.pictures:
        await desk.ready(picture)
    return desk.handles


class _Desk:
    """One claim's uploads. A handle reads "id@unix-seconds": the media id and when X forgets it."""

    def __init__(self, api: Api, media: MediaStore, claim: Claim, handles: dict[str, str], save: Save) -> None:
        self._api, self._media, self._claim, self._save = api, media, claim, save
        self.handles = handles

    async def ready(self, picture: Picture) -> None:
        if not self._fresh(self.handles.get(_media(picture), "")):
            content = await load(self._media, picture)
            large = len(content) > ONE_SHOT_BYTES
            handle = await (self._in_pieces(picture, content) if large else self._in_one(picture, content))
            await self._keep(_media(picture), handle)
        media_id = _id_of(self.handles[_media(picture)])
        described = f"{media_id}:{hashlib.sha256(picture.alt.encode()).hexdigest()[:12]}"
        if picture.alt and self.handles.get(_alt(picture)) != described:
            body = {"id": media_id, "metadata": {"alt_text": {"text": picture.alt}}}
            await self._step("POST", "/2/media/metadata", "the alt text", json=body)
            await self._keep(_alt(picture), described)

    async def _in_one(self, picture: Picture, content: bytes) -> str:
        form = {"media_category": _category(picture), "media_type": picture.content_type}
        files = {"media": ("picture", content, picture.content_type)}
        return await self._processed(await self._step("POST", "/2/media/upload", _WHAT, data=form, files=files))

    async def _in_pieces(self, picture: Picture, content: bytes) -> str:
        """initialize, append, finalize. An upload that was left unfinished goes on: segments replace themselves."""
        begun = self.handles.get(_begun(picture), "")
        resumed = self._fresh(begun)
        if not resumed:
            sizes = {
                "media_type": picture.content_type,
                "media_category": _category(picture),
                "total_bytes": len(content),
            }
            begun = self._handle(await self._step("POST", "/2/media/upload/initialize", _WHAT, json=sizes))
            await self._keep(_begun(picture), begun)
        try:
            return await self._processed(await self._pieces(picture, content, begun))
        except ContentRefused:
            await self._keep(_begun(picture), "")
            if not resumed:
                raise
        return await self._in_pieces(picture, content)  # what was left unfinished may be spoiled: once more, afresh

    async def _pieces(self, picture: Picture, content: bytes, begun: str) -> dict[str, Any]:
        path = f"/2/media/upload/{_id_of(begun)}"
        for index, start in enumerate(range(0, len(content), SEGMENT_BYTES)):
            piece = ("segment", content[start : start + SEGMENT_BYTES], picture.content_type)
            await self._step(
                "POST", f"{path}/append", _WHAT, data={"segment_index": str(index)}, files={"media": piece}
            )
            await self._save(self.handles)  # nothing new, but the lease is renewed
        return await self._step("POST", f"{path}/finalize", _WHAT)

    async def _processed(self, upload: dict[str, Any]) -> str:
        """The handle once X is done with the media. Raises `ContentRefused` if it cannot, `TryLater` if it lasts."""
        handle, state = self._handle(upload), upload
        for _ in range(_POLLS):
            info = state.get("processing_info")
            progress = info.get("state") if isinstance(info, dict) else "succeeded"
            if progress == "succeeded":
                return handle
            if progress == "failed":
                raise ContentRefused("X could not work on the picture. Edit the post and choose another one.")
            stated = info.get("check_after_secs") if isinstance(info, dict) else None
            await self._api.wire.pause(min(max(stated, 1), 5) if isinstance(stated, int) else 1)
            await self._save(self.handles)
            state = await self._read_status(_id_of(handle))
        raise TryLater("X is still working on the picture.")

    async def _read_status(self, media_id: str) -> dict[str, Any]:
        asked = {"command": "STATUS", "media_id": media_id}
        request = self._api.request("GET", "/2/media/upload", self._claim.account.token, params=asked)
        return self._told(await self._api.wire.read(request), _WHAT)

    async def _step(self, method: str, path: str, what: str, **body: Any) -> dict[str, Any]:
        request = self._api.request(method, path, self._claim.account.token, **body)
        return self._told(await self._api.wire.step(request), what)

    def _told(self, answer: Answer, what: str) -> dict[str, Any]:
        if not answer.ok:
            raise self._api.refusals.of_step(answer, what)
        told = answer.fields().get("data")
        return told if isinstance(told, dict) else {}

    def _handle(self, upload: Mapping[str, Any]) -> str:
        media_id, life = upload.get("id"), upload.get("expires_after_secs")
        if not is_id(media_id):
            raise TryLater("X did not name the picture it was sent.")
        believable = isinstance(life, int) and not isinstance(life, bool) and 0 < life <= 7 * MEDIA_SECONDS
        return f"{media_id}@{int(self._begin.timestamp()) + (life if believable and life else MEDIA_SECONDS)}"

    def _fresh(self, handle: str) -> bool:
        """Whether the handle outlives this attempt, by the database's clock."""
        _, _, until = handle.partition("@")
        return until.isdigit() and int(until) > self._begin.timestamp() + _MARGIN_SECONDS

    async def _keep(self, name: str, value: str) -> None:
        self.handles[name] = value
        await self._save(self.handles)

    @property
    def _begin(self) -> datetime:
        return self._claim.intent_at


def _id_of(handle: str) -> str:
    return handle.partition("@")[0]


def _media(picture: Picture) -> str:
    return f"media:{picture.digest}"


def _begun(picture: Picture) -> str:
    return f"begun:{picture.digest}"


def _alt(picture: Picture) -> str:
    return f"alt:{picture.digest}"


def _category(picture: Picture) -> str:
    return "tweet_gif" if picture.content_type == "image/gif" else "tweet_image"
