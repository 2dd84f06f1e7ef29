"""The Page itself, and the listings of what it has published: the second look after a lost answer."""

from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.facebook.store import VIDEOS, listed
from sandbox.facebook.videos import video_fields
from sandbox.facebook.view import post_fields
from sandbox.knobs import knob
from sandbox.meta import Call, Door, Edge
from sandbox.meta.access import Act
from sandbox.meta.accounts import BY_PAGE
from sandbox.meta.me import page_facts

DEFAULT, MOST = 25, 100  # entries on one page of a listing
POST_FIELDS, VIDEO_FIELDS = "id,created_time,message", "id,description,updated_time"
Documents = list[dict[str, Any]]


async def _page(call: Call) -> Response:
    return JSONResponse(page_facts(call, BY_PAGE[call.node], call.fields("id,name")))


async def _posts(call: Call) -> Response:
    """Videos and reels are left out: the real edges show them only now and then."""
    found = [post for post in listed(call.world, call.page_id) if post["video"] is None and not post["hidden"]]
    return paged(call, found, lambda post: post_fields(call, post, call.fields(POST_FIELDS)))


def _videos(reel: bool) -> Act:
    async def videos(call: Call) -> Response:
        until = call.world.now() - knob(call.world, "facebook.listing_lag")
        found = [
            video
            for video in reversed(call.world.state.all(VIDEOS))
            if video["page"] == call.page_id
            and not video["deleted"]
            and video["reel"] is reel
            and video["finished"] is not None
            and video["finished"] <= until
        ]
        return paged(call, found, lambda video: video_fields(call, video, call.fields(VIDEO_FIELDS)))

    return videos


def paged(call: Call, found: Documents, show: Callable[[dict[str, Any]], dict[str, Any]]) -> Response:
    """One page of a listing with its cursors; `paging.next` is absent on the last."""
    most, skip = call.number("limit", DEFAULT, 1, MOST), call.number("after", 0, 0, 10**6)
    shown = found[skip : skip + most]
    answer: dict[str, Any] = {"data": [show(one) for one in shown]}
    if shown:
        answer["paging"] = {"cursors": {"before": str(skip), "after": str(skip + len(shown))}}
    if skip + most < len(found):
        answer["paging"]["next"] = str(call.request.url.include_query_params(after=skip + most, limit=most))
    if "total_count" in call.text("summary"):
        answer["summary"] = {"total_count": len(found)}
    return JSONResponse(answer)


READ = ("pages_read_engagement",)
EDGES = (
    Edge("GET", "page", "", Door("facebook.page", ("pages_show_list",)), _page),
    *(
        Edge("GET", "page", name, Door(f"facebook.{name}", READ, page_token=True), _posts)
        for name in ("published_posts", "posts", "feed")
    ),
    Edge("GET", "page", "video_reels", Door("facebook.reels", READ, page_token=True), _videos(reel=True)),
    Edge("GET", "page", "videos", Door("facebook.video_list", READ, page_token=True), _videos(reel=False)),
)
