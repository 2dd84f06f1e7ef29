"""Pictures, films and documents to LinkedIn: ask for a place, put the bytes there, wait until it is ready. Repeatable."""

from collections.abc import AsyncIterator

from publishers import films
from publishers.contract import Claim, Document, Handles, MediaStore, Payload, Picture, Save, TryLater, Video
from publishers.http import STEP_SECONDS
from publishers.linkedin import film
from publishers.linkedin.api import Api, is_media
from publishers.linkedin.desk import UPLOAD_SECONDS, Desk, Medium, kind_of, name_of, ready, there
from publishers.pictures import load


def media_of(payload: Payload) -> tuple[Medium, ...]:
    """What is attached, in order: the one film, the one document, or pictures."""
    alone = payload.video or payload.document
    return (alone,) if alone is not None else payload.pictures


def urns(payload: Payload, handles: Handles) -> list[str]:
    """The URNs to attach, in order. Raises `TryLater` when one is missing: `prepare` has not finished."""
    found = [handles.get(ready(medium), "") for medium in media_of(payload)]
    if not all(found):
        raise TryLater("The pictures, the film or the document are not at LinkedIn yet.")
    return found


async def prepare(api: Api, media: MediaStore, claim: Claim, handles: Handles, save: Save) -> Handles:
    """Puts everything there, unless it is. Each step is saved before the next call."""
    desk = Desk(api, media, claim, dict(handles), save)
    for medium in media_of(claim.payload):
        await _bring(desk, medium)
    return desk.handles


async def _bring(desk: Desk, medium: Medium) -> None:
    """A picture's or a document's address is kept nowhere; a film's are, as long as they are needed."""
    if desk.handles.get(ready(medium)):
        return
    if isinstance(medium, Video):
        await desk.keep(ready(medium), await film.bring(desk, medium))
        await desk.keep(there(medium), "")
        return
    if not desk.handles.get(there(medium)):
        await desk.keep(there(medium), await _put(desk, medium))
    await desk.wait(medium, desk.handles[there(medium)])
    await desk.keep(ready(medium), desk.handles[there(medium)])


async def _put(desk: Desk, medium: Picture | Document) -> str:
    """The URN of the uploaded medium. A place that was asked for and not used costs nothing and is not kept."""
    headers = {"content-type": medium.content_type}
    content: bytes | AsyncIterator[bytes]
    if isinstance(medium, Document):
        await films.verify(desk.media, medium, desk.handles, desk.save)
        content, seconds = desk.bytes_of(medium, 0, medium.size), UPLOAD_SECONDS
        headers["content-length"] = str(medium.size)
    else:
        content, seconds = await load(desk.media, medium), STEP_SECONDS
    value = await desk.initialize(medium, {})
    urn, url = value.get(kind_of(medium)), value.get("uploadUrl")
    if not is_media(urn, kind_of(medium)) or not desk.api.is_ours_to_upload(url):
        raise TryLater(f"LinkedIn named no place for the {name_of(medium)}.")
    request = desk.api.wire.request("PUT", str(url), token=desk.token, headers=headers, content=content)
    desk.told(await desk.api.wire.step(request, seconds), medium)
    return str(urn)
