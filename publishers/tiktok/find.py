"""What became of a post on TikTok whose answer is missing: asked by its publish_id; photos without one are looked for.

A FAILED publish_id proves absence at once: TikTok documents it as final, and nothing was published under it. So does an
upload of which bytes are missing after its address has closed: an upload without its last byte never becomes a post.
While the address is open the last chunk may still arrive, so that counts as absent only after two looks.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from publishers.contract import (
    Absent,
    CannotTell,
    ContentRefused,
    Finding,
    Found,
    Pending,
    PublishError,
    Receipt,
    Search,
    TurnedDown,
)
from publishers.matching import Listed, verdict
from publishers.tiktok import progress
from publishers.tiktok.api import Api, is_post, is_publish, told_in
from publishers.tiktok.errors import failure
from publishers.tiktok.limits import DEEPEST_PAGES, PAGE
from publishers.tiktok.media import CLOSES_SECONDS, CREATOR, photos_at
from publishers.tiktok.progress import Progress, Stage
from publishers.tiktok.upload import Upload, kept

_LIST = "/v2/video/list/"
_FIELDS = {"fields": "id,title,video_description,create_time,share_url"}
_HIDDEN = "TikTok lists only what everybody sees, and that after its moderation, which can take hours."


async def find(api: Api, search: Search) -> Finding:
    """Never writes. The odd is "cannot tell", never "absent"."""
    profile = api.profile(search.handles.get(CREATOR) or search.account.name)
    try:
        if search.payload.video is None:
            publish_id = search.handles.get(photos_at(search.payload, search.account), "")
            by_name = await _named(api, search, publish_id, profile) if is_publish(publish_id) else None
            return by_name or await _photos(api, search, profile)
        upload = kept(search.handles, search.payload, search.account)
        if upload is None:
            return CannotTell("We do not know under which number TikTok has this film.", profile)
        return await _film(api, search, upload, profile)
    except _OddError as odd:
        return CannotTell(f"TikTok could not be searched: {odd}", profile)
    except PublishError as error:
        return CannotTell(error.sentence, profile)


class _OddError(Exception):
    """The listing is not what it should be; nothing may be concluded from it."""


async def _film(api: Api, search: Search, upload: Upload, profile: str) -> Finding:
    found = await progress.ask(api, search.account.token, upload.publish_id)
    if found is None:
        return CannotTell("TikTok does not know this film any more, under the number it gave us.", profile)
    over = _told(api, search, upload.publish_id, found, "video", profile)
    if over is not None:
        return over
    if found.lacks(upload.size):
        # Its last chunk may still be sent: to the same place, where it makes the same one post. Until that has closed.
        return Absent(proven=upload.until + CLOSES_SECONDS <= api.now().timestamp())
    if found.stage is Stage.UPLOADING and found.received is None:
        return CannotTell("TikTok did not say how much of the film it has.", profile)
    return Pending("TikTok has the film and is still working on it.")


async def _named(api: Api, search: Search, publish_id: str, profile: str) -> Finding | None:
    """Photos by the number that TikTok gave them; None when it does not know it (any more)."""
    found = await progress.ask(api, search.account.token, publish_id)
    if found is None:
        return None
    over = _told(api, search, publish_id, found, "photo", profile)
    return over or Pending("TikTok has the photos and is still working on them.")


def _told(api: Api, search: Search, publish_id: str, found: Progress, sort: str, profile: str) -> Finding | None:
    """What TikTok says came of it; None while it is at work."""
    match found.stage:
        case Stage.COMPLETE:
            return Found((api.receipt(publish_id, found.post_id, search.handles.get(CREATOR, ""), sort),))
        case Stage.FAILED:
            error = failure(found.reason)
            return TurnedDown(error.sentence) if isinstance(error, ContentRefused) else Absent(proven=True)
        case Stage.INBOX:
            return CannotTell("TikTok keeps it as a draft in the account's inbox.", profile)
        case _:
            return None


async def _photos(api: Api, search: Search, profile: str) -> Finding:
    """Only a post that everybody sees can be found; one that is not in the list may still be there."""
    finding = verdict(await _listing(api, search), search, profile)
    return CannotTell(_HIDDEN, profile) if isinstance(finding, Absent) else finding


async def _listing(api: Api, search: Search) -> list[Listed]:
    """The account's public posts since the attempt, newest first, page by page."""
    posts: list[Listed] = []
    body: dict[str, Any] = {"max_count": PAGE}
    for _ in range(DEEPEST_PAGES):
        answer = await api.look(_LIST, search.account.token, body, params=_FIELDS)
        if not answer.ok:
            raise api.refusals.of_step(answer, "the list of posts")
        told = told_in(answer)
        page = told.get("videos")
        if not isinstance(page, list):
            raise _OddError("its listing is not complete.")
        listed = [_listed(one) for one in page]
        posts += [one for one in listed if one.at >= search.since]
        if told.get("has_more") is not True or any(one.at < search.since for one in listed):
            return posts
        cursor = told.get("cursor")
        if not isinstance(cursor, int) or cursor == body.get("cursor"):
            raise _OddError("its listing goes in circles.")
        body["cursor"] = cursor
    raise _OddError("the account has more posts in that time than we can go through.")


def _listed(post: object) -> Listed:
    if not isinstance(post, Mapping) or not is_post(post.get("id")) or not isinstance(post.get("create_time"), int):
        raise _OddError("it lists something that is no post.")
    said, link = post.get("video_description") or post.get("title") or "", post.get("share_url")
    try:
        at = datetime.fromtimestamp(post["create_time"], UTC)
    except (ValueError, OverflowError, OSError):
        raise _OddError("it lists a post of no possible time.") from None
    return Listed(Receipt(post["id"], link if isinstance(link, str) else None), str(said), at)
