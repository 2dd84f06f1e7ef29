"""Looking for a post on Instagram after a lost answer: the container tells whether it is out, the listing tells its id.

No look proves absence at once. A container that is FINISHED was not published by then, but it is not confirmed that a
second publish of one container is refused, so a first one that arrives late must have time; and a container that ended or
expired tells nothing of what was before.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from domain.settings import Form, Setting
from publishers.contract import (
    Absent,
    CannotTell,
    Finding,
    Found,
    Payload,
    Pending,
    PublishError,
    Receipt,
    Search,
)
from publishers.instagram.api import Api, user_id
from publishers.instagram.containers import FINISHED, IN_PROGRESS, PUBLISHED, state_of
from publishers.instagram.handles import known
from publishers.instagram.limits import DEEPEST_PAGES, PAGE, STORY_LISTED_SECONDS
from publishers.instagram.media import next_page
from publishers.matching import Listed, same, verdict
from publishers.meta import is_id

_CLOCKS_APART = timedelta(minutes=1)
_FIELDS = "id,caption,timestamp,permalink,media_type"


async def find(api: Api, search: Search) -> Finding:
    """Asks the container; where that says nothing any more, all of the account's posts since the attempt.

    Anything odd is "cannot tell", never "absent".
    """
    try:
        return await _look(api, search)
    except (_OddError, PublishError) as odd:
        return CannotTell(f"Instagram could not be searched: {odd}", api.profile(search.account))


class _OddError(Exception):
    """The listing is not what it should be; nothing may be concluded from it."""


async def _look(api: Api, search: Search) -> Finding:
    made = known(search.account, search.payload, search.handles)
    if made is None:
        return await _by_listing(api, search)
    container, begun = made
    state, _ = await state_of(api, search.account, container)
    if state == FINISHED:
        return Absent()
    if state == IN_PROGRESS:
        return Pending("Instagram is still working on the post.")
    if state == PUBLISHED:
        return await _published(api, search, begun)
    return await _by_listing(api, search)  # ended, expired or forgotten: it may have been out before


async def _published(api: Api, search: Search, begun: datetime) -> Finding:
    """The post is out for certain: which one is it? An earlier attempt may have published the container."""
    listed = await _listing(api, search, min(begun, search.since) - _CLOCKS_APART)
    newest_first = [one for one in listed if _is_ours(search.payload, one)]
    ours = sorted(reversed(newest_first), key=lambda one: one.at)  # times are whole seconds: the order decides within
    if ours:
        return Found(tuple(one.receipt for one in ours))
    return Pending("Instagram says that the post is out, and does not list it yet.")


def _is_ours(payload: Payload, listed: Listed) -> bool:
    return _is_wordless(payload) or same(payload.text, listed.text)


async def _by_listing(api: Api, search: Search) -> Finding:
    """The container cannot tell, so the words must. What has none proves nothing by being there."""
    profile = api.profile(search.account)
    if not _is_wordless(search.payload):
        return verdict(await _listing(api, search, search.since - _CLOCKS_APART), search, profile)
    listed_since = api.graph.now() - timedelta(seconds=STORY_LISTED_SECONDS) + _CLOCKS_APART
    if _is_story(search.payload) and search.since < listed_since:
        return CannotTell("Instagram lists stories for a day only.", profile)
    if any(one.at <= search.until for one in await _listing(api, search, search.since)):
        return CannotTell(
            "A post without words of that time is there; Instagram does not say whether it is ours.", profile
        )
    return Absent()


async def _listing(api: Api, search: Search, since: datetime) -> list[Listed]:
    """The account's posts (or stories) of our kind created since then; newest first, so an older one ends it."""
    story = _is_story(search.payload)
    path = f"/{user_id(search.account)}/{'stories' if story else 'media'}"
    asked = {"fields": _FIELDS, "limit": str(PAGE)}
    found: list[Listed] = []
    for _ in range(DEEPEST_PAGES):
        body = await api.graph.look(path, search.account.token, "the account's posts", **asked)
        elements = body.get("data")
        if not isinstance(elements, list) or not all(isinstance(one, dict) for one in elements):
            raise _OddError("its listing is not complete.")
        page = [(one.get("media_type"), _listed(one)) for one in elements]
        kind = _kind(search.payload)
        found += [one for sort, one in page if one.at >= since and sort == kind]
        after = next_page(body)
        if after is None or (page and page[-1][1].at < since):
            return found
        if after == asked.get("after"):
            raise _OddError("its listing goes in circles.")
        asked["after"] = after
    raise _OddError("the account has more posts in that time than we can go through.")


def _listed(element: Mapping[str, Any]) -> Listed:
    media, caption, link = element.get("id"), element.get("caption", ""), element.get("permalink")
    if not isinstance(media, str) or not is_id(media) or not isinstance(caption, str):
        raise _OddError("it lists something that is no post.")
    try:
        at = datetime.fromisoformat(str(element.get("timestamp")))
    except ValueError:
        raise _OddError("it lists a post without a time.") from None
    if at.tzinfo is None:
        raise _OddError("it lists a post without a time.")
    return Listed(Receipt(media, link if isinstance(link, str) else None), caption, at)


def _is_story(payload: Payload) -> bool:
    return payload.settings.get(Setting.FORM) == Form.STORY


def _is_wordless(payload: Payload) -> bool:
    """Whether it is listed without words: a story shows none."""
    return _is_story(payload) or not payload.text.strip()


def _kind(payload: Payload) -> str:
    """The media type under which such a post is listed."""
    if payload.video is not None:
        return "VIDEO"
    return "CAROUSEL_ALBUM" if len(payload.pictures) > 1 else "IMAGE"
