"""Pictures to LinkedIn: ask for a place, put the bytes there, wait until it is ready. Repeatable."""

import re
from typing import Any

from publishers.contract import (
    AccountKind,
    Claim,
    ContentRefused,
    Handles,
    MediaStore,
    Payload,
    Picture,
    Save,
    TryLater,
)
from publishers.http import Answer
from publishers.linkedin.api import Api, urn_in_path
from publishers.pictures import load

GRACE_SECONDS = 4.0
"""How long a member's picture is given when LinkedIn does not let a member's token ask for its state."""

_POLL_SECONDS = (0.25, 0.5, 1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 5.0, 5.0)
_IMAGE = re.compile(r"urn:li:image:[A-Za-z0-9_-]{1,200}")
_WHAT = "the picture"


def image_urn(payload: Payload, handles: Handles) -> str | None:
    """The URN to attach; None for a post without a picture. Raises `TryLater` when `prepare` has not finished."""
    if not payload.pictures:
        return None
    ready = handles.get(_ready(payload.pictures[0]), "")
    if not ready:
        raise TryLater("The picture is not at LinkedIn yet.")
    return ready


async def prepare(api: Api, media: MediaStore, claim: Claim, handles: Handles, save: Save) -> Handles:
    """Puts the picture there, unless it is. Each step is saved before the next call; the upload address never is."""
    made = dict(handles)
    for picture in claim.payload.pictures[:1]:
        if made.get(_ready(picture)):
            continue
        if not made.get(_there(picture)):
            made[_there(picture)] = await _upload(api, media, claim, picture)
            await save(made)
        await _wait(api, claim, made, _there(picture), save)
        made[_ready(picture)] = made[_there(picture)]
        await save(made)
    return made


async def _upload(api: Api, media: MediaStore, claim: Claim, picture: Picture) -> str:
    """The URN of the uploaded picture. A place that was asked for and not used costs nothing and is not kept."""
    content = await load(media, picture)
    token = claim.account.token
    asked = {"initializeUploadRequest": {"owner": claim.account.remote_id}}
    begin = api.request("POST", "/rest/images?action=initializeUpload", token, json=asked)
    value = _told(api, await api.wire.step(begin)).get("value")
    urn, url = (value.get("image"), value.get("uploadUrl")) if isinstance(value, dict) else (None, None)
    if not isinstance(urn, str) or not _IMAGE.fullmatch(urn) or not api.is_ours_to_upload(url):
        raise TryLater("LinkedIn named no place for the picture.")
    kind = {"content-type": picture.content_type}
    _told(api, await api.wire.step(api.wire.request("PUT", str(url), token=token, headers=kind, content=content)))
    return urn


async def _wait(api: Api, claim: Claim, made: dict[str, str], name: str, save: Save) -> None:
    """Until AVAILABLE. Raises `ContentRefused` when LinkedIn cannot use the picture, `TryLater` when it takes long."""
    for seconds in _POLL_SECONDS:
        request = api.request("GET", f"/rest/images/{urn_in_path(made[name])}", claim.account.token)
        answer = await api.wire.read(request)
        if answer.status == 403 and claim.account.kind is AccountKind.MEMBER:
            await api.wire.pause(GRACE_SECONDS)
            return
        match _told(api, answer).get("status"):
            case "AVAILABLE":
                return
            case "PROCESSING_FAILED":
                await _forget(made, name, save)
                raise ContentRefused("LinkedIn could not work on the picture. Edit the post and choose another one.")
            case "WAITING_UPLOAD":
                await _forget(made, name, save)
                raise TryLater("LinkedIn did not get the picture; it is put there again.")
        await save(made)  # nothing new, but the lease is renewed
        await api.wire.pause(seconds)
    raise TryLater("LinkedIn is still working on the picture.")


async def _forget(made: dict[str, str], name: str, save: Save) -> None:
    made[name] = ""
    await save(made)


def _told(api: Api, answer: Answer) -> dict[str, Any]:
    if not answer.ok:
        raise api.refusals.of_step(answer, _WHAT)
    return answer.fields()


def _there(picture: Picture) -> str:
    return f"uploaded:{picture.digest}"


def _ready(picture: Picture) -> str:
    return f"image:{picture.digest}"
