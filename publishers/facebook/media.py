"""Photos and films to a Page, all unseen: photos for a post, a film by handle, a reel to the upload host. Repeatable."""

import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from publishers import films
from publishers.contract import Claim, ContentRefused, Handles, MediaStore, Picture, Save, TryLater, Video
from publishers.facebook.limits import AGAIN_SECONDS, POLL_SECONDS
from publishers.meta import Graph, is_id, telling
from publishers.meta_upload import Place, upload, whole
from publishers.pictures import load

FILM = "the film"
_SESSION = re.compile(r"upload:[A-Za-z0-9_:=+%.-]{1,500}(?:\?sig=[A-Za-z0-9_=%.-]{1,300})?")
_STATUS = "status,published,post_id"


class Desk:
    """One claim's work: what was made so far, saved before every next call."""

    def __init__(self, graph: Graph, media: MediaStore, claim: Claim, handles: Handles, save: Save) -> None:
        self.graph, self.media, self.claim = graph, media, claim
        self.handles = dict(handles)
        self._given, self._save = frozenset(handles), save

    async def keep(self, name: str, value: str) -> None:
        self.handles[name] = value
        await self._save(self.handles)

    async def renew(self) -> None:
        """Nothing new, but the lease is renewed."""
        await self._save(self.handles)

    def was_given(self, name: str) -> bool:
        """Whether an earlier attempt made it: then the platform may have forgotten it meanwhile."""
        return name in self._given and bool(self.handles.get(name))

    async def post(self, edge: str, what: str, form: Mapping[str, str], files: Any = None) -> dict[str, Any]:
        """POST to an edge of the Page."""
        account = self.claim.account
        return await self.graph.step(f"/{account.remote_id}/{edge}", account.token, what, form, files)

    async def node(self, node: str, fields: str, what: str) -> dict[str, Any] | None:
        return await self.graph.node(node, self.claim.account.token, what, fields)


async def photo_ids(desk: Desk) -> list[str]:
    """The ids of the unpublished photos, in order. Those that Facebook no longer has are uploaded anew."""
    found = []
    for number, picture in enumerate(desk.claim.payload.pictures):
        name = _photo(number, picture)
        known = desk.handles.get(name, "")
        if known and desk.was_given(name) and await desk.node(known, "id", "the picture") is None:
            known = ""
        if not known:
            known = await _upload_photo(desk, picture)
            await desk.keep(name, known)
        found.append(known)
    return found


async def _upload_photo(desk: Desk, picture: Picture) -> str:
    content = await load(desk.media, picture)
    form = {"published": "false", **({"alt_text_custom": picture.alt} if picture.alt else {})}
    files = {"source": ("picture", content, picture.content_type)}
    photo = (await desk.post("photos", "the picture", form, files)).get("id")
    if not is_id(photo):
        raise TryLater("Facebook did not name the picture it was sent.")
    return str(photo)


def _photo(number: int, picture: Picture) -> str:
    return f"photo:{number}:{picture.digest}:{hashlib.sha256(picture.alt.encode()).hexdigest()[:12]}"


async def file_handle(desk: Desk, app_id: str, film: Video) -> str:
    """Facebook's name for the film's uploaded bytes. A session that Facebook no longer knows is opened anew, and one
    whose bytes are all there as well: only the answer to the last of them, which was lost, told the name.
    """
    if desk.handles.get(_file(film)):
        return desk.handles[_file(film)]
    await films.verify(desk.media, film, desk.handles, lambda _: desk.renew())
    for _ in range(2):
        handle = await _bring(desk, await _session(desk, app_id, film), film)
        if handle is not None:
            await desk.keep(_file(film), handle)
            return handle
        await desk.keep(_begun(film), "")
    raise TryLater("Facebook has the film and did not say under which name; it is uploaded once more.")


async def forget_file(desk: Desk, film: Video) -> None:
    """The next look uploads the film again."""
    desk.handles[_begun(film)] = ""
    await desk.keep(_file(film), "")


class _Forgotten(Exception):
    """Facebook does not know the upload any more."""


async def _session(desk: Desk, app_id: str, film: Video) -> str:
    if not desk.handles.get(_begun(film)):
        sizes = {"file_name": "film", "file_length": str(film.size), "file_type": film.content_type}
        told = await desk.graph.step(f"/{app_id}/uploads", desk.claim.account.token, FILM, sizes)
        session = told.get("id")
        if not isinstance(session, str) or not _SESSION.fullmatch(session):
            raise TryLater("Facebook named no place for the film.")
        await desk.keep(_begun(film), session)
    return desk.handles[_begun(film)]


async def _bring(desk: Desk, session: str, film: Video) -> str | None:
    """The handle; None when this session gives none (any more). Raises `TryLater`, `ContentRefused`."""
    graph, token = desk.graph, desk.claim.account.token
    url = f"{graph.base}/{session}"
    opened = {"authorization": f"OAuth {token.reveal()}"}

    async def received() -> int:
        answer = await graph.wire.read(graph.wire.request("GET", url, headers=opened))
        if answer.status == 404 or telling(answer).startswith(("#upload/NotFound", "#100/33")):
            raise _Forgotten
        return whole(graph.told(answer, FILM).get("file_offset"))

    try:
        told = await upload(graph, desk.media, film, Place(url, "file_offset", received), token, desk.renew)
    except _Forgotten:
        return None
    handle = told.get("h")
    return handle if isinstance(handle, str) and 0 < len(handle) <= 2_000 else None


def _begun(film: Video) -> str:
    return f"begun:{film.digest}"


def _file(film: Video) -> str:
    return f"file:{film.digest}"


async def bring_reel(desk: Desk, video: str, url: str, film: Video) -> None:
    """Brings a reel's bytes to its own address, from where the last ones ended."""
    if not is_id(video) or not desk.graph.is_ours(url):
        raise TryLater("Facebook named no place for the reel.")

    async def received() -> int:
        status = await video_status(desk, video)
        if status is None:
            raise TryLater("Facebook does not know the reel yet.")
        uploading = phase(status, "uploading_phase")
        return film.size if uploading.get("status") == "complete" else whole(uploading.get("bytes_transferred"))

    if await received() < film.size:
        await films.verify(desk.media, film, desk.handles, lambda _: desk.renew())
        await upload(desk.graph, desk.media, film, Place(url, "offset", received), desk.claim.account.token, desk.renew)


async def video_status(desk: Desk, video: str) -> dict[str, Any] | None:
    """The film's `status`; None when Facebook has no such film."""
    told = await desk.node(video, _STATUS, FILM)
    if told is None:
        return None
    status = told.get("status")
    return status if isinstance(status, dict) else {}


async def processed(desk: Desk, video: str) -> bool:
    """Waits until Facebook has worked on the film. False when the film is gone.

    Raises `ContentRefused` when Facebook cannot use it, `TryLater` when it takes long.
    """
    for seconds in POLL_SECONDS:
        status = await video_status(desk, video)
        if status is None:
            return False
        refuse_failed(status)
        if phase(status, "processing_phase").get("status") == "complete" or status.get("video_status") == "ready":
            return True
        await desk.renew()
        await desk.graph.wire.pause(seconds)
    again = desk.graph.now() + timedelta(seconds=AGAIN_SECONDS)
    raise TryLater("Facebook is still working on the film.", again)


def refuse_failed(status: Mapping[str, Any]) -> None:
    """Raises `ContentRefused` when a phase before publishing ended in an error, in Facebook's words."""
    for name in ("uploading_phase", "processing_phase"):
        failed = phase(status, name)
        if failed.get("status") == "error":
            errors = failed.get("errors")
            first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
            words = str(first.get("message") or "It gives no reason.")[:200]
            raise ContentRefused(f"Facebook could not work on the film: {words} Edit the post and choose another one.")


def phase(status: Mapping[str, Any], name: str) -> dict[str, Any]:
    """One phase of a film's status; empty when Facebook does not tell it."""
    found = status.get(name)
    return found if isinstance(found, dict) else {}
