"""Our own first comment on YouTube, under a film of the channel: 50 units of the project's day."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from domain.parts import comment_problems
from domain.settings import YES, Setting
from publishers.comments import DEEPEST_PAGES, WHAT, Comment, OddError, judged
from publishers.contract import (
    CannotTell,
    ContentRefused,
    Finding,
    OutcomeUnknown,
    PartClaim,
    PartSearch,
    Payload,
    Permit,
    PublishError,
    Receipt,
)
from publishers.matching import Listed
from publishers.youtube.api import Api, is_comment, is_id
from publishers.youtube.choices import PRIVATE
from publishers.youtube.errors import at_comment
from publishers.youtube.limits import COMMENT_CHARACTERS, COMMENTS_A_PAGE

_THREADS = "/youtube/v3/commentThreads"


def check(payload: Payload) -> list[str]:
    """What YouTube would refuse of the first comment."""
    chosen = payload.settings
    if not chosen.get(Setting.FIRST_COMMENT):
        return []
    found = comment_problems(payload, "YouTube", longest=COMMENT_CHARACTERS)
    if chosen.get(Setting.MADE_FOR_KIDS) == YES:
        found.append("YouTube takes no comments under films that are made for kids. Remove the first comment.")
    if chosen.get(Setting.PRIVACY) == PRIVATE or chosen.get(Setting.PUBLISH_AT):
        found.append("YouTube takes no comments under a film while it is private. Remove the first comment.")
    return found


async def send(api: Api, claim: PartClaim, permit: Permit) -> Receipt:
    """POST /youtube/v3/commentThreads, once. Raises `PublishError`."""
    if not is_id(claim.post):
        raise ContentRefused("This is no film of YouTube. Write the comment there yourself.")
    body = {"snippet": {"videoId": claim.post, "topLevelComment": {"snippet": {"textOriginal": claim.part.text}}}}
    request = api.request("POST", _THREADS, claim.account.token, params={"part": "snippet"}, json=body)
    table = at_comment(api.now)
    await permit()
    answer = await api.wire.send(request, WHAT)
    if not answer.ok:
        raise table.of_send(answer, WHAT)
    thread = answer.fields().get("id")
    if not is_comment(thread):
        raise OutcomeUnknown("YouTube took the comment but did not name it. It is probably out; we look.")
    return _receipt(api, claim.post, str(thread))


async def find(api: Api, search: PartSearch) -> Finding:
    """GET /youtube/v3/commentThreads, all of the film's. The odd is "cannot tell", never "absent"."""
    link = api.watch(search.post) if is_id(search.post) else api.channel(search.account.remote_id)
    try:
        comments = await _listing(api, search)
    except (OddError, PublishError) as odd:
        return CannotTell(f"YouTube could not be searched: {odd}", link)
    return judged(comments, search, link)


async def _listing(api: Api, search: PartSearch) -> list[Comment]:
    if not is_id(search.post):
        raise OddError("this is no film of it.")
    asked = {
        "part": "snippet",
        "videoId": search.post,
        "maxResults": str(COMMENTS_A_PAGE),
        "order": "time",
        "textFormat": "plainText",
    }
    found: list[Comment] = []
    for _ in range(DEEPEST_PAGES):
        answer = await api.wire.read(api.request("GET", _THREADS, search.account.token, params=asked))
        if answer.status != 200:
            raise api.refusals.of_step(answer, "the comments")
        body = answer.fields()
        items = body.get("items")
        if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
            raise OddError("its listing is not complete.")
        found += [_read(api, search, one) for one in items]
        page = body.get("nextPageToken")
        if not isinstance(page, str) or not page:
            return found
        if page == asked.get("pageToken"):
            raise OddError("its listing goes in circles.")
        asked["pageToken"] = page
    raise OddError("the film has more comments than we can go through.")


def _read(api: Api, search: PartSearch, thread: Mapping[str, Any]) -> Comment:
    top = _part(_part(_part(thread, "snippet"), "topLevelComment"), "snippet")
    said = top.get("textOriginal", top.get("textDisplay"))
    if not is_comment(thread.get("id")) or not isinstance(said, str):
        raise OddError("it lists something that is no comment.")
    try:
        at = datetime.fromisoformat(str(top.get("publishedAt")))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise OddError("it lists a comment without a time.")
    own = _part(top, "authorChannelId").get("value") == search.account.remote_id
    return Comment(Listed(_receipt(api, search.post, str(thread["id"])), said, at), own)


def _receipt(api: Api, video_id: str, thread: str) -> Receipt:
    return Receipt(thread, f"{api.watch(video_id)}&lc={thread}")


def _part(item: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = item.get(name)
    return part if isinstance(part, dict) else {}
