"""What is made at Instagram before a post: containers, which fetch picture or film from us, and which nobody sees."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from domain.publishing import Block
from domain.settings import YES, Form, Setting
from publishers import films
from publishers.contract import (
    Account,
    Claim,
    ContentRefused,
    Handles,
    MediaStore,
    Picture,
    Save,
    TryLater,
    Video,
)
from publishers.instagram.api import UNREACHABLE, Api, user_id
from publishers.instagram.errors import NOT_FETCHED
from publishers.instagram.handles import name_of, out_of, part_of, read
from publishers.instagram.limits import (
    CAROUSEL,
    CONTAINER_MARGIN_SECONDS,
    CONTAINER_SECONDS,
    POLL_SECONDS,
    QUOTA_WAIT_SECONDS,
    STILL_WORKING_SECONDS,
)
from publishers.meta import is_id
from publishers.pictures import load

FINISHED, IN_PROGRESS, PUBLISHED, FAILED, EXPIRED, MISSING = (
    "FINISHED", "IN_PROGRESS", "PUBLISHED", "ERROR", "EXPIRED", "MISSING",
)  # fmt: skip
"""How a container is, in Instagram's words; MISSING is ours: it shows no such container."""
_STATES = (FINISHED, IN_PROGRESS, PUBLISHED, FAILED, EXPIRED)
_MAY_PASS = ("2207001", "2207003", "2207032", "2207053", "2207082")
"""Endings of the processing that a new container may not meet again."""

_WHAT = "the post"


async def state_of(api: Api, account: Account, container: str) -> tuple[str, str]:
    """How the container is, and Instagram's words about it. Raises `PublishError`, and `TryLater` for what makes no sense."""
    told = await api.graph.node(container, account.token, "how far the post is", "status_code,status")
    if told is None:
        return MISSING, ""
    code = told.get("status_code")
    if code not in _STATES:
        raise TryLater("Instagram did not say how far the post is.")
    return str(code), str(told.get("status", ""))


async def prepare(api: Api, media: MediaStore, claim: Claim, handles: Handles, save: Save) -> Handles:
    """Makes the container and waits until Instagram has worked on it. Every id is saved before the next call.

    A container from before is asked first: a finished one is used again, one that was published is never made anew.
    """
    desk = _Desk(api, media, claim, dict(handles), save)
    await desk.ready()
    return desk.handles


class _Desk:
    """One claim's containers."""

    def __init__(self, api: Api, media: MediaStore, claim: Claim, handles: dict[str, str], save: Save) -> None:
        self._api, self._media, self._claim, self._save = api, media, claim, save
        self._payload, self._token = claim.payload, claim.account.token
        self._user = user_id(claim.account)
        self.handles = handles

    async def ready(self) -> None:
        name = name_of(self._claim.account, self._payload)
        state = await self._state(name)
        if state == PUBLISHED:
            await self._keep(out_of(self._claim.account, self._payload), YES)
            return
        await self._room()
        if state not in (FINISHED, IN_PROGRESS) or not self._fresh(name):
            form = await self._described()
            await self._make(name, form)
        await self._finished(name)

    async def _described(self) -> dict[str, str]:
        """The form of the container of the whole post, its parts made and finished."""
        payload, caption = self._payload, {"caption": self._payload.text}
        if payload.settings.get(Setting.SYNTHETIC) == YES:
            caption["is_ai_generated"] = "true"
        story = payload.settings.get(Setting.FORM) == Form.STORY
        if payload.video is not None:
            kind = {"media_type": "STORIES"} if story else {"media_type": "REELS", "share_to_feed": "true"}
            return {**kind, "video_url": await self._film(payload.video), **({} if story else caption)}
        if not payload.pictures:
            raise ContentRefused("Instagram takes no post without a picture or a film. Edit the post and add one.")
        if story:
            return {"media_type": "STORIES", "image_url": await self._picture(payload.pictures[0])}
        if len(payload.pictures) >= CAROUSEL[0]:
            return {"media_type": "CAROUSEL", "children": ",".join(await self._children()), **caption}
        [picture] = payload.pictures
        return {"image_url": await self._picture(picture), **_alt(picture), **caption}

    async def _children(self) -> list[str]:
        """The parts of a carousel, in order, each finished."""
        found: list[str] = []
        for number, picture in enumerate(self._payload.pictures):
            name = part_of(number, picture)
            if await self._state(name) not in (FINISHED, IN_PROGRESS) or not self._fresh(name):
                url = await self._picture(picture)
                await self._make(name, {"image_url": url, "is_carousel_item": "true", **_alt(picture)})
            await self._finished(name)
            found.append(self._id(name))
        return found

    async def _picture(self, picture: Picture) -> str:
        await load(self._media, picture)  # what Instagram fetches is what was approved, or nothing
        return self._address(picture)

    async def _film(self, film: Video) -> str:
        await films.verify(self._media, film, self.handles, self._save)
        return self._address(film)

    def _address(self, medium: Picture | Video) -> str:
        url = self._api.public_url(medium.digest, medium.content_type)
        if url is None:
            raise ContentRefused(UNREACHABLE)
        return url

    async def _make(self, name: str, form: Mapping[str, str]) -> None:
        await self._save(self.handles)  # nothing new, but fetching takes its time and the lease is renewed before
        told = await self._api.graph.step(f"/{self._user}/media", self._token, _WHAT, form)
        container = told.get("id")
        if not is_id(container):
            raise TryLater("Instagram did not name what it was sent.")
        await self._keep(name, f"{container}@{int(self._claim.intent_at.timestamp())}")

    async def _finished(self, name: str) -> None:
        """Until FINISHED. Raises `ContentRefused` when Instagram cannot use it, `TryLater` when it takes long."""
        for seconds in (*POLL_SECONDS, None):
            state, words = await state_of(self._api, self._claim.account, self._id(name))
            match state:
                case "FINISHED":
                    return
                case "IN_PROGRESS" if seconds is not None:
                    await self._save(self.handles)  # nothing new, but the lease is renewed
                    await self._api.graph.wire.pause(seconds)
                case "IN_PROGRESS":
                    at = self._api.graph.now() + timedelta(seconds=STILL_WORKING_SECONDS)
                    raise TryLater("Instagram is still working on the post.", at)
                case _:
                    await self._keep(name, "")
                    raise _ended(state, words)

    async def _room(self) -> None:
        """Raises `TryLater` when the account's posts of 24 hours are used up. A number that makes no sense stops nobody."""
        path, fields = f"/{self._user}/content_publishing_limit", "quota_usage,config"
        told = await self._api.graph.look(path, self._token, "how many posts are left", fields=fields)
        listed = told.get("data")
        first = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else {}
        used, config = first.get("quota_usage"), first.get("config")
        total = config.get("quota_total") if isinstance(config, dict) else None
        if type(used) is int and type(total) is int and used >= total > 0:
            at = self._api.graph.now() + timedelta(seconds=QUOTA_WAIT_SECONDS)
            sentence = f"Instagram takes {total} posts of this account in 24 hours, and they are used up."
            raise TryLater(sentence, at, (Block(at),))

    async def _state(self, name: str) -> str:
        found = read(self.handles, name)
        return MISSING if found is None else (await state_of(self._api, self._claim.account, found[0]))[0]

    def _fresh(self, name: str) -> bool:
        """Whether the container outlives this attempt, by the database's clock."""
        found = read(self.handles, name)
        life = timedelta(seconds=CONTAINER_SECONDS - CONTAINER_MARGIN_SECONDS)
        return found is not None and found[1] + life > self._claim.intent_at

    def _id(self, name: str) -> str:
        found = read(self.handles, name)
        if found is None:
            raise TryLater("What the post is made of is not at Instagram yet.")
        return found[0]

    async def _keep(self, name: str, value: str) -> None:
        self.handles[name] = value
        await self._save(self.handles)


def _ended(state: str, words: str) -> ContentRefused | TryLater:
    """What it means that the processing did not end well. `words` as in "Error: 2207026 Unsupported video format."."""
    if state == FAILED and "2207077" in words:
        return TryLater(NOT_FETCHED)
    if state != FAILED or any(code in words for code in _MAY_PASS):
        return TryLater("Instagram has trouble taking the picture or film; it is prepared anew.")
    said = re.sub(r"^Error:?\s*\d*\s*", "", words).strip()[:200]
    return ContentRefused(
        f"Instagram cannot use the picture or film: {said or 'it gives no reason.'} Edit the post and choose another one."
    )


def _alt(picture: Picture) -> dict[str, Any]:
    return {"alt_text": picture.alt} if picture.alt else {}
