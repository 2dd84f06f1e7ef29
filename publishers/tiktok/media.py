"""Everything before a post is out: the account is asked, a film's chunks go up but for the last. All of it repeatable."""

from dataclasses import replace

from publishers import films
from publishers.contract import Account, Claim, Handles, MediaStore, Payload, Save, TryLater, Video
from publishers.pictures import load
from publishers.tiktok import creator, progress
from publishers.tiktok.api import Api, is_publish, meant, told_in
from publishers.tiktok.choices import post_info
from publishers.tiktok.limits import URL_SECONDS
from publishers.tiktok.progress import Stage
from publishers.tiktok.upload import Upload, even_chunk, kept, mark, name_of, put

CREATOR, SILENT = "creator", "silent"
"""Handles: the account's name in links, and "yes" when it takes no comments."""

_WHAT = "the film"
CLOSES_SECONDS = 300
"""So long after its hour an address is taken to be closed by every clock."""

_INIT = "/v2/post/publish/video/init/"


def photos_at(payload: Payload, account: Account) -> str:
    """The handle with the publish_id of exactly these photos, once TikTok has named it."""
    return f"photos at:{mark(payload, account)}"


async def prepare(api: Api, media: MediaStore, claim: Claim, handles: Handles, save: Save) -> Handles:
    """All but the call that brings the post out. Goes on with what the handles name. Raises `PublishError`."""
    desk = _Desk(api, media, claim, dict(handles), save)
    await (desk.photos() if claim.payload.video is None else desk.film(claim.payload.video))
    return desk.handles


class _Desk:
    """One claim's upload. The order is TikTok's: ask the account, start, then the bytes from first to last."""

    def __init__(self, api: Api, media: MediaStore, claim: Claim, handles: dict[str, str], save: Save) -> None:
        self._api, self._media, self._claim, self._save = api, media, claim, save
        self._token = claim.account.token
        self.handles = handles

    async def photos(self) -> None:
        """TikTok fetches photos itself, so there is nothing to send: only to ask, and to look at the bytes once.

        What an earlier attempt is called at TikTok is forgotten: it must not be taken for this one's if the answer is lost.
        """
        self.handles.pop(photos_at(self._claim.payload, self._claim.account), None)
        await self._ask_account()
        seen = f"photos:{mark(self._claim.payload, self._claim.account)}"
        if seen not in self.handles:
            for picture in self._claim.payload.pictures:
                await load(self._media, picture)
            self.handles[seen] = "approved"
        await self._save(self.handles)

    async def film(self, film: Video) -> None:
        known = kept(self.handles, self._claim.payload, self._claim.account)
        upload = await self._standing(known) if known is not None else None
        fresh = upload is None
        upload = upload or await self._start(film)
        await self._keep(upload)
        while upload.received < upload.last:
            further = await self._next(film, upload)
            if further is None:
                # The address takes nothing more. That is told of old ones; of a new one it may be told in passing.
                if fresh:
                    raise TryLater("TikTok closed the place for the film at once; it is tried again.")
                fresh, further = True, await self._start(film)
            upload = further
            await self._keep(upload)

    async def _standing(self, upload: Upload) -> Upload | None:
        """How far a started upload is; None when it leads nowhere and a new one is harmless."""
        found = await progress.ask(self._api, self._token, upload.publish_id)
        if found is None or found.stage is Stage.FAILED:
            return None
        if found.stage is not Stage.UPLOADING:
            return replace(upload, received=upload.size)
        if found.received is None:
            raise TryLater("TikTok did not say how much of the film it has.")
        expired = upload.until + CLOSES_SECONDS <= self._claim.intent_at.timestamp()
        if found.lacks(upload.size) and expired:
            return None  # its last chunk is not there and cannot come any more
        return replace(upload, received=min(found.received, upload.size))

    async def _start(self, film: Video) -> Upload:
        """A new upload. Its answer may get lost: without bytes nothing comes of the one that nobody knows."""
        account = await self._ask_account()
        await self._save(self.handles)
        await films.verify(self._media, film, self.handles, self._save)
        chunk = even_chunk(film.size)
        source = {"source": "FILE_UPLOAD", "video_size": film.size, "chunk_size": chunk}
        body = {
            "post_info": post_info(self._claim.payload, silent=account.silent),
            "source_info": {**source, "total_chunk_count": film.size // chunk},
        }
        answer = meant(await self._api.wire.step(self._api.request(_INIT, self._token, body)))
        if not answer.ok:
            raise self._api.refusals.of_step(answer, _WHAT)
        told = told_in(answer)
        publish_id, url = told.get("publish_id"), told.get("upload_url")
        if not isinstance(publish_id, str) or not is_publish(publish_id) or not self._api.is_ours_to_upload(url):
            raise TryLater("TikTok named no place for the film.")
        # Counted from the claim, by the database's clock, which is before TikTok began to count.
        until = int(self._claim.intent_at.timestamp()) + URL_SECONDS
        return Upload(publish_id, str(url), until, film.size, chunk)

    async def _next(self, film: Video, upload: Upload) -> Upload | None:
        """One chunk further, never the last one; None when the address takes nothing more."""
        answer = await self._api.wire.step(await put(self._api, self._media, film, upload))
        if answer.ok:
            return replace(upload, received=upload.end(upload.received))
        if answer.status not in (403, 404, 416):
            raise self._api.refusals.of_step(answer, _WHAT)
        found = await self._standing(upload)
        if found is not None and found.received > upload.received:
            return found  # the chunk was there already: an answer of an earlier attempt got lost
        if answer.status == 416:
            raise TryLater("TikTok did not take the film's next part; it is tried again.")
        return None

    async def _ask_account(self) -> creator.Creator:
        account = await creator.ask(self._api, self._token)
        account.demand(self._claim.payload)
        self.handles |= {CREATOR: account.name, SILENT: "yes" if account.silent else "no"}
        return account

    async def _keep(self, upload: Upload) -> None:
        self.handles[name_of(self._claim.payload, self._claim.account)] = upload.handle()
        await self._save(self.handles)
