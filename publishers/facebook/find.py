"""Looking for a post on a Page after a lost answer: by its id, which is known beforehand; the listing is the second look.

What Facebook says of the draft or the film by its id is definite, so one look proves absence: publishing again publishes
the same draft, and what arrives late makes no second post. A listing alone proves nothing at once.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from publishers.contract import Absent, CannotTell, Finding, Found, Pending, PublishError, Receipt, Search
from publishers.facebook.api import is_post, is_reel, made, permalink, profile
from publishers.facebook.limits import DEEPEST_PAGES, PAGE
from publishers.facebook.media import phase
from publishers.matching import Listed, verdict
from publishers.meta import Graph

_CLOCKS_APART = timedelta(minutes=5)


async def find(graph: Graph, search: Search) -> Finding:
    """GET the draft or the film by id. Anything odd is "cannot tell", never "absent". Never writes."""
    node = made(search.account, search.payload, search.handles)
    page = profile(graph, search.account)
    try:
        if search.payload.video is not None:
            return await _film(graph, search, node)
        return await _post(graph, search, node)
    except (_OddError, PublishError) as odd:
        return CannotTell(f"Facebook could not be searched: {odd}", page)


class _OddError(Exception):
    """The answer is not what it should be; nothing may be concluded from it."""


async def _post(graph: Graph, search: Search, post: str) -> Finding:
    """Unpublished by its id, and not in the listing: absent. Somebody else's post with these words is for a person."""
    if post:
        told = await graph.node(post, search.account.token, "the post", "is_published,permalink_url")
        if told is None:
            raise _OddError("it does not show the draft any more.")
        shown = told.get("is_published")
        if shown is True:
            return Found((Receipt(post, permalink(graph, search.account, post)),))
        if shown is not False:
            raise _OddError("it does not say whether the draft is published.")
    listed = verdict(await _listing(graph, search), search, profile(graph, search.account))
    if not post or not isinstance(listed, Found):
        return listed if not post else Absent(proven=True)
    ours = tuple(receipt for receipt in listed.receipts if receipt.remote_id == post)
    if ours:
        return Found(ours)
    reason = "Our post is not published, but another one with the same words is there."
    return CannotTell(reason, listed.receipts[0].permalink)


async def _film(graph: Graph, search: Search, video: str) -> Finding:
    """By the film's status: films and reels do not reliably stand among the posts."""
    if not video:
        raise _OddError("we do not know under which name it has the film.")
    told = await graph.node(video, search.account.token, "the film", "status,published,post_id")
    status = told.get("status") if told is not None else None
    if not isinstance(status, dict):
        raise _OddError("it does not show the film any more.")
    publishing, processing = (phase(status, name).get("status") for name in ("publishing_phase", "processing_phase"))
    reel = is_reel(search.payload)
    if publishing == "complete" or (told is not None and told.get("published") is True):
        return Found((Receipt(video, permalink(graph, search.account, video, reel=reel)),))
    if publishing == "error" or processing == "error" or status.get("video_status") in ("error", "expired"):
        return Absent(proven=True)
    if publishing == "in_progress" or processing == "in_progress":
        return Pending("Facebook is still working on the film.")
    if publishing != "not_started":
        raise _OddError("it does not say whether the film is published.")
    # Facebook works on a reel once it was finished, and then shows it: what was worked on is on its way out.
    if reel and processing == "complete":
        return Pending("Facebook has the reel and does not show it yet.")
    return Absent(proven=True)


async def _listing(graph: Graph, search: Search) -> list[Listed]:
    """The Page's posts created since `search.since`, newest first, every page of the listing that can hold them."""
    asked = {"fields": "id,message,created_time", "limit": str(PAGE)}
    posts: list[Listed] = []
    path = f"/{search.account.remote_id}/published_posts"
    for _ in range(DEEPEST_PAGES):
        body = await graph.look(path, search.account.token, "the posts", **asked)
        found = body.get("data")
        if not isinstance(found, list):
            raise _OddError("its listing is not complete.")
        posts += [_listed(graph, search, one) for one in found]
        after = _next(body)
        if after is None or posts[-1].at < search.since - _CLOCKS_APART:
            return [post for post in posts if post.at >= search.since - _CLOCKS_APART]
        if after == asked.get("after"):
            raise _OddError("its listing goes in circles.")
        asked["after"] = after
    raise _OddError("the Page has more posts in that time than we can go through.")


def _next(body: Mapping[str, Any]) -> str | None:
    paging = body.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    if not isinstance(after, str) or not after or not body.get("data"):
        raise _OddError("its listing is not complete.")
    return after


def _listed(graph: Graph, search: Search, post: object) -> Listed:
    if not isinstance(post, dict) or not is_post(post.get("id")) or not isinstance(post.get("message", ""), str):
        raise _OddError("it lists something that is no post.")
    if not post["id"].startswith(f"{search.account.remote_id}_"):
        raise _OddError("it lists another Page.")
    try:
        at = datetime.fromisoformat(str(post.get("created_time")))
    except ValueError:
        raise _OddError("it lists a post without its time.") from None
    receipt = Receipt(post["id"], permalink(graph, search.account, post["id"]))
    return Listed(receipt, post.get("message", ""), at if at.tzinfo else at.replace(tzinfo=UTC))
