"""Films to LinkedIn: part by part, on from where the last attempt ended, closed once. All of it repeatable."""

from dataclasses import replace

import httpx

from publishers import films
from publishers.contract import ContentRefused, TryLater, Video
from publishers.linkedin.desk import UPLOAD_SECONDS, Desk, there
from publishers.linkedin.upload import Upload, begun, kept

_MARGIN_SECONDS = 900
_CLOSED = (401, 403, 404, 410)


class _ClosedError(TryLater):
    """The film's places take nothing more."""


async def bring(desk: Desk, film: Video) -> str:
    """The URN of the film, ready to be attached. What was left unfinished may be spoiled or closed: then once more, afresh.

    Raises `ContentRefused` when LinkedIn cannot use it, `TryLater` when it takes long.
    """
    upload = kept(desk.handles.get(there(film), ""))
    resumed = upload is not None and _open(desk, upload)
    try:
        if upload is None or not resumed:
            upload = await _begin(desk, film)
        upload = await _parts(desk, film, upload)
        await _finalize(desk, film, upload, resumed)
    except (ContentRefused, _ClosedError):
        await desk.keep(there(film), "")
        if not resumed:
            raise
        return await bring(desk, film)
    await desk.wait(film, upload.urn)
    return upload.urn


def _open(desk: Desk, upload: Upload) -> bool:
    return upload.complete or upload.until > desk.claim.intent_at.timestamp() + _MARGIN_SECONDS


async def _begin(desk: Desk, film: Video) -> Upload:
    await films.verify(desk.media, film, desk.handles, desk.save)
    asked = {"fileSizeBytes": film.size, "uploadCaptions": False, "uploadThumbnail": False}
    upload = begun(desk.api, film, await desk.initialize(film, asked))
    await desk.keep(there(film), upload.handle())
    return upload


async def _parts(desk: Desk, film: Video, upload: Upload) -> Upload:
    for url, first, last in upload.parts[len(upload.tags) :]:
        answer = await desk.api.wire.step(_part(desk, film, url, first, last), UPLOAD_SECONDS)
        if answer.status in _CLOSED:
            raise _ClosedError("LinkedIn closed the place for the film; it is put there again.")
        desk.told(answer, film)
        tag = answer.headers.get("etag", "")
        if not tag:
            raise TryLater("LinkedIn did not confirm a part of the film.")
        upload = replace(upload, tags=(*upload.tags, tag))
        await desk.keep(there(film), upload.handle())
    return upload


def _part(desk: Desk, film: Video, url: str, first: int, last: int) -> httpx.Request:
    """The address opens by itself, so no token goes with it."""
    headers = {"content-type": "application/octet-stream", "content-length": str(last + 1 - first)}
    return desk.api.wire.request("PUT", url, headers=headers, content=desk.bytes_of(film, first, last + 1))


async def _finalize(desk: Desk, film: Video, upload: Upload, resumed: bool) -> None:
    """Closes the upload, once. An earlier attempt may have closed it and lost the answer: then its state says so."""
    if upload.finalized:
        return
    if not resumed or (await desk.state(film, upload.urn)).get("status") == "WAITING_UPLOAD":
        wish = {"video": upload.urn, "uploadToken": upload.token, "uploadedPartIds": list(upload.tags)}
        path = "/rest/videos?action=finalizeUpload"
        request = desk.api.request("POST", path, desk.token, json={"finalizeUploadRequest": wish})
        desk.told(await desk.api.wire.step(request), film)
    await desk.keep(there(film), replace(upload, finalized=True).handle())
