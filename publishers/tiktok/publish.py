"""Posting to TikTok: what would be refused, and the one call that brings a post out.

Of a film that is its last chunk; TikTok tells by the publish_id what became of it (class A). Of photos it is the start
itself, whose answer alone holds the publish_id: once it is here, they are class A as well; lost with the answer, only the
list of public posts can show them.
"""

import asyncio
from collections.abc import Callable

from domain.platforms import PLATFORMS, Platform
from domain.settings import YES
from domain.text import utf16_length
from publishers import films
from publishers.contract import (
    Claim,
    Handles,
    MediaStore,
    OutcomeUnknown,
    Payload,
    Permit,
    PublishError,
    Receipt,
    TryLater,
    Video,
)
from publishers.http import SEND_SECONDS, Answer
from publishers.pictures import PublicUrl
from publishers.pictures import complaints as about_pictures
from publishers.tiktok import choices, media, progress
from publishers.tiktok.api import Api, is_publish, meant, told_in
from publishers.tiktok.errors import failure
from publishers.tiktok.limits import FILM_SIDES, PHOTO_SIDES
from publishers.tiktok.media import CREATOR, SILENT
from publishers.tiktok.progress import Progress, Stage
from publishers.tiktok.upload import Upload, kept, put

_PHOTO_INIT = "/v2/post/publish/content/init/"
_FILM_TYPES = ("video/mp4", "video/quicktime", "video/webm")
_CLOSED = (403, 404, 416)
_LOOKS = (1.0, 2.0, 3.0, 4.0)
"""Seconds between the looks right after the send: a short film is often ready by then."""


def check(payload: Payload, public_url: PublicUrl) -> list[str]:
    """What TikTok would refuse, in sentences for the reviewer."""
    found = choices.complaints(payload)
    limit, counted = PLATFORMS[Platform.TIKTOK].limits.text, utf16_length(payload.text)
    if counted > limit:
        found.append(f"TikTok counts {counted} of {limit} characters. Shorten the text by {counted - limit}.")
    if payload.document is not None:
        found.append("TikTok takes no documents. Choose a film or photos.")
    if payload.video is not None:
        return [*found, *_about_film(payload, payload.video)]
    if not payload.pictures:
        return [*found, "TikTok needs a film or photos: it has no posts of text alone. Choose a film."]
    return [*found, *_about_photos(payload, public_url)]


def _about_film(payload: Payload, film: Video) -> list[str]:
    found = films.complaints(Platform.TIKTOK, film)
    if payload.pictures:
        found.append("TikTok takes a film or photos, not both. Remove the one or the other.")
    if film.content_type not in _FILM_TYPES:
        found.append(f"TikTok takes MP4, MOV and WebM, not {film.content_type}. Export the film as MP4.")
    least, most = FILM_SIDES
    if film.width and film.height and not all(least <= side <= most for side in (film.width, film.height)):
        found.append(f"TikTok takes films of {least} to {most} pixels a side, not {film.width} × {film.height}.")
    return found


def _about_photos(payload: Payload, public_url: PublicUrl) -> list[str]:
    found = about_pictures(Platform.TIKTOK, payload)
    if _addresses(payload, public_url) is None:
        found.append(
            "TikTok fetches photos from our own public HTTPS address, and none is configured. Choose a film instead."
        )
    for picture in payload.pictures:
        short, long = sorted((picture.width, picture.height))
        if short > PHOTO_SIDES[0] or long > PHOTO_SIDES[1]:
            size = f"{picture.width} × {picture.height}"
            found.append(f"TikTok takes photos up to 1080 × 1920 pixels, not {size}. Choose a smaller one.")
    return found


def _addresses(payload: Payload, public_url: PublicUrl) -> list[str] | None:
    """Whence TikTok fetches the photos, in order; None when it cannot."""
    found = [public_url(picture.digest, picture.content_type) for picture in payload.pictures]
    known = [one for one in found if one is not None]
    return known if known and len(known) == len(found) else None


async def send(
    api: Api, store: MediaStore, public_url: PublicUrl, claim: Claim, handles: Handles, permit: Permit
) -> Receipt:
    """The one call, right after `permit()`, then some looks at what became of it. At most 20 seconds. Raises
    `PublishError`; `OutcomeUnknown` also while TikTok still works on it."""
    if claim.payload.video is None:
        return await _send_photos(api, public_url, claim, handles, permit)
    return await _send_film(api, store, claim.payload.video, claim, handles, permit)


async def _send_film(
    api: Api, store: MediaStore, film: Video, claim: Claim, handles: Handles, permit: Permit
) -> Receipt:
    upload = kept(handles, claim.payload, claim.account)
    if upload is None or upload.received < upload.last:
        raise TryLater("The film is not at TikTok yet.")
    request = None if upload.complete else await put(api, store, film, upload)
    await permit()
    deadline = _now() + SEND_SECONDS
    answer = await api.wire.send(request) if request is not None else None
    return await _outcome(api, claim, handles, upload.publish_id, deadline, _judge_of(api, upload, answer))


async def _send_photos(api: Api, public_url: PublicUrl, claim: Claim, handles: Handles, permit: Permit) -> Receipt:
    addresses = _addresses(claim.payload, public_url)
    if addresses is None or CREATOR not in handles:
        raise TryLater("TikTok cannot fetch the photos yet.")
    body = {
        "media_type": "PHOTO",
        "post_mode": "DIRECT_POST",
        "post_info": choices.post_info(claim.payload, silent=handles.get(SILENT) == YES),
        "source_info": {
            "source": "PULL_FROM_URL",
            "photo_images": addresses,
            "photo_cover_index": 0,
        },
    }
    request = api.request(_PHOTO_INIT, claim.account.token, body)
    await permit()
    deadline = _now() + SEND_SECONDS
    answer = meant(await api.wire.send(request))
    if not answer.ok:
        raise api.refusals.of_send(answer)
    publish_id = told_in(answer).get("publish_id")
    if not isinstance(publish_id, str) or not is_publish(publish_id):
        raise OutcomeUnknown("TikTok took the photos but did not name the post. It is probably published; we look.")
    try:
        return await _outcome(api, claim, handles, publish_id, deadline, _goes_on)
    except OutcomeUnknown as error:
        known = {media.photos_at(claim.payload, claim.account): publish_id}
        raise OutcomeUnknown(error.sentence, error.link, known) from None
    except asyncio.CancelledError:  # as in the wire's own send: what is known must not be lost with the task
        known = {media.photos_at(claim.payload, claim.account): publish_id}
        raise OutcomeUnknown("TikTok took the photos; we were stopped while it worked on them.", None, known) from None


Judge = Callable[[Progress], PublishError | None]
"""What a look proves that shows neither success nor failure: an error, or None to look again."""


def _judge_of(api: Api, upload: Upload, answer: Answer | None) -> Judge:
    def judge(found: Progress) -> PublishError | None:
        if answer is None or answer.ok or not found.lacks(upload.size):
            return None
        if answer.status == 429:
            return api.refusals.of_send(answer)
        if answer.status in _CLOSED:
            return TryLater("TikTok did not take the last part of the film; it is tried again.")
        return OutcomeUnknown(
            f"TikTok answered {answer.status} to the last part of the film, and does not have it yet."
        )

    return judge


def _goes_on(_: Progress) -> PublishError | None:
    return None


async def _outcome(api: Api, claim: Claim, handles: Handles, publish_id: str, deadline: float, judge: Judge) -> Receipt:
    """Looks until there is a verdict, or time is up. Every trouble while looking leaves the outcome unknown."""
    try:
        async with asyncio.timeout_at(max(deadline, _now() + 1)):
            for pause in (*_LOOKS, None):
                found = await _look(api, claim, publish_id)
                if found.stage is Stage.COMPLETE:
                    sort = "video" if claim.payload.video is not None else "photo"
                    return api.receipt(publish_id, found.post_id, handles.get(CREATOR, ""), sort)
                error = failure(found.reason) if found.stage is Stage.FAILED else judge(found)
                if error is not None:
                    raise error
                if pause is not None:
                    await api.wire.pause(pause)
    except TimeoutError:
        pass
    raise OutcomeUnknown("TikTok has all of it and is still working on it. We look again.")


async def _look(api: Api, claim: Claim, publish_id: str) -> Progress:
    try:
        found = await progress.ask(api, claim.account.token, publish_id)
    except PublishError as error:
        raise OutcomeUnknown(f"The post was sent, but TikTok could not be asked about it: {error.sentence}") from None
    if found is None:
        raise OutcomeUnknown("The post was sent, but TikTok does not know it.")
    return found


def _now() -> float:
    """The monotonic clock of this process, seconds."""
    return asyncio.get_running_loop().time()
