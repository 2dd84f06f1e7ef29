"""Our own first comment on Facebook, under a post, a film or a reel of the Page."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from domain.parts import comment_problems
from domain.platforms import Platform
from domain.rights import COMMENTING
from domain.settings import Form, Setting
from publishers import meta_comments
from publishers.comments import Comment, OddError, judged
from publishers.contract import (
    CannotTell,
    ContentRefused,
    Finding,
    PartClaim,
    PartSearch,
    Payload,
    Permit,
    PublishError,
    Receipt,
)
from publishers.facebook.api import is_remote, permalink
from publishers.facebook.limits import COMMENT_CHARACTERS, PAGE
from publishers.matching import Listed
from publishers.meta import Graph

_COMMENT = re.compile(r"(?:\d{1,25}_){0,2}\d{1,25}")
_FIELDS = "id,message,created_time,from,permalink_url"


def check(payload: Payload) -> list[str]:
    """What Facebook would refuse of the first comment."""
    if payload.settings.get(Setting.FIRST_COMMENT) and payload.settings.get(Setting.FORM) == Form.STORY:
        return ["Nobody can comment under a story. Remove the first comment, or choose another form."]
    return comment_problems(payload, "Facebook", longest=COMMENT_CHARACTERS)


async def send(graph: Graph, claim: PartClaim, permit: Permit) -> Receipt:
    """POST /{post}/comments, once. Raises `PublishError`."""
    if not is_remote(claim.post):
        raise ContentRefused("This is no post of Facebook. Write the comment there yourself.")
    table = meta_comments.at_comment("Facebook", COMMENTING[Platform.FACEBOOK], graph.now)
    receipt = await meta_comments.send(graph, table, claim, permit, _is_comment)
    link = f"{permalink(graph, claim.account, claim.post)}?comment_id={receipt.remote_id.rpartition('_')[2]}"
    return replace(receipt, permalink=link)


async def find(graph: Graph, search: PartSearch) -> Finding:
    """GET /{post}/comments, all of them. The odd is "cannot tell", never "absent"."""
    post = permalink(graph, search.account, search.post)
    try:
        if not is_remote(search.post):
            raise OddError("this is no post of it.")
        comments = await meta_comments.listing(graph, search, _FIELDS, PAGE, lambda one: _read(search, one))
    except (OddError, PublishError) as odd:
        return CannotTell(f"Facebook could not be searched: {odd}", post)
    return judged(comments, search, post)


def _read(search: PartSearch, element: Mapping[str, Any]) -> Comment:
    comment, said, link, who = (element.get(name) for name in ("id", "message", "permalink_url", "from"))
    said = "" if said is None else said  # a sticker or a photo has no words
    if not _is_comment(comment) or not isinstance(said, str):
        raise OddError("it lists something that is no comment.")
    receipt = Receipt(str(comment), link if isinstance(link, str) else None)
    own = isinstance(who, dict) and who.get("id") == search.account.remote_id
    return Comment(Listed(receipt, said, meta_comments.moment(element, "created_time")), own)


def _is_comment(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and _COMMENT.fullmatch(value) is not None
