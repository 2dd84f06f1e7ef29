"""A film on its way to YouTube: uploaded as private, waited for, with its picture in front. Repeatable, and invisible."""

from collections.abc import Mapping
from typing import Any

from publishers import films, pictures
from publishers.contract import Claim, ContentRefused, Handles, MediaStore, Picture, Save, TryLater, Video
from publishers.youtube.api import Api
from publishers.youtube.choices import PRIVATE, Visibility, resource
from publishers.youtube.errors import not_processed
from publishers.youtube.find import by_file, details
from publishers.youtube.handles import Named, file_name, thumbnail
from publishers.youtube.upload import Done, Gone, begin, go_on

_POLL_SECONDS = (1.0, 2.0, 3.0, 5.0, 5.0, 10.0, 10.0, 15.0, 15.0, 15.0, 15.0, 15.0)
_SESSIONS_A_TRY = 2
_MISSES = 3
"""How often YouTube may not find a film before it counts as deleted: a new one may take a moment to be found."""


async def prepare(api: Api, media: MediaStore, claim: Claim, handles: Handles, save: Save) -> Handles:
    """Puts the film there, unless it is, and waits until YouTube is done with it. Everything is saved on the way."""
    film = claim.payload.video
    if film is None:
        raise ContentRefused("YouTube needs a film. Edit the post and add one.")
    desk = _Desk(api, media, claim, film, dict(handles), save)
    await desk.upload()
    await desk.processed()
    for picture in claim.payload.pictures[:1]:
        await desk.show(picture)
    return desk.handles


class _Desk:
    """One claim's film. Handles that YouTube does not know any more are made anew."""

    def __init__(
        self, api: Api, media: MediaStore, claim: Claim, film: Video, handles: dict[str, str], save: Save
    ) -> None:
        self._api, self._media, self._claim, self._film, self._save = api, media, claim, film, save
        self._names, self._token = Named(film), claim.account.token
        self._verified = False
        self.handles = handles

    async def upload(self) -> None:
        """Until YouTube has every byte. A session that is gone is begun anew, once a try."""
        for _ in range(_SESSIONS_A_TRY):
            if self.handles.get(self._names.uploaded):
                return
            session = await self._session()
            if session is None:
                continue
            state = await self._sent(session)
            if isinstance(state, Done):
                await self._keep(self._names.uploaded, state.video_id)
            else:
                await self._keep(self._names.session, "")
        if not self.handles.get(self._names.uploaded):
            raise TryLater("YouTube forgot the upload of the film again and again.")

    async def processed(self) -> None:
        """Until YouTube is done with the film. Raises `ContentRefused` when it cannot be used, `TryLater` if it lasts."""
        video_id, missed = self.handles[self._names.uploaded], 0
        for seconds in _POLL_SECONDS:
            told = (await details(self._api, self._token, [video_id], "status")).get(video_id)
            status = told.get("status") if told is not None else None
            if isinstance(status, dict) and await self._is_done(video_id, status):
                return
            missed = missed + 1 if told is None else 0
            if missed == _MISSES:
                await self._forget()
                raise TryLater("The film is no longer at YouTube: somebody deleted it. It is uploaded again.")
            await self._save(self.handles)  # nothing new, but the lease is renewed
            await self._api.wire.pause(seconds)
        raise TryLater("YouTube is still working on the film.")

    async def _is_done(self, video_id: str, status: Mapping[str, Any]) -> bool:
        match status.get("uploadStatus"):
            case "processed":
                if self.handles.get(self._names.ready) != video_id:
                    await self._keep(self._names.ready, video_id)
                return True
            case "failed" if status.get("failureReason") == "uploadAborted":
                await self._forget()
                raise TryLater("The upload of the film was broken off; it is uploaded again.")
            case "failed":
                raise not_processed("failed", status.get("failureReason"))
            case "rejected":
                raise not_processed("rejected", status.get("rejectionReason"))
        return False

    async def show(self, picture: Picture) -> None:
        """The picture in front of the film, unless it is there."""
        video_id = self.handles[self._names.ready]
        if self.handles.get(thumbnail(picture.digest)) == video_id:
            return
        content = await pictures.load(self._media, picture)
        asked, kind = {"videoId": video_id, "uploadType": "media"}, {"content-type": picture.content_type}
        path = "/upload/youtube/v3/thumbnails/set"
        request = self._api.request("POST", path, self._token, params=asked, headers=kind, content=content)
        answer = await self._api.wire.step(request)
        if not answer.ok:
            raise self._api.refusals.of_step(answer, "the picture")
        await self._keep(thumbnail(picture.digest), video_id)

    async def _session(self) -> str | None:
        """The address to upload to. None when an earlier try has brought the film there: its id is kept then."""
        session = self.handles.get(self._names.session, "")
        if self._api.is_session(session):
            return session
        name = file_name(self._claim.post, self._film)
        if self._claim.fence > 1 or self.handles.get(self._names.file):  # an upload may be there whose session is lost
            earlier = await by_file(self._api, self._token, name)
            if earlier is not None:
                await self._keep(self._names.uploaded, earlier)
                return None
        await films.verify(self._media, self._film, self.handles, self._save)
        body = resource(self._claim.payload, Visibility(PRIVATE))
        session = await begin(self._api, self._token, self._film, body, name)
        self.handles[self._names.file] = name
        await self._keep(self._names.session, session)
        self._verified = True
        return session

    async def _sent(self, session: str) -> Done | Gone:
        if not self._verified:
            await films.verify(self._media, self._film, self.handles, self._save)
            self._verified = True
        return await go_on(self._api, self._token, session, self._film, self._media, self._renew)

    async def _renew(self) -> None:
        await self._save(self.handles)

    async def _forget(self) -> None:
        """The film is no more: nothing that leads to it is kept."""
        for name in (self._names.session, self._names.ready):
            self.handles[name] = ""
        await self._keep(self._names.uploaded, "")

    async def _keep(self, name: str, value: str) -> None:
        self.handles[name] = value
        await self._save(self.handles)
