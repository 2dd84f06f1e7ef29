"""Our own first comment on Instagram, under a post or a reel of the account."""

import re
from collections.abc import Mapping
from typing import Any

from domain.parts import comment_problems
from domain.platforms import Platform
from domain.rights import COMMENTING
from domain.settings import Form, Setting
from domain.text import utf16_length
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
from publishers.instagram.api import Api
from publishers.instagram.limits import COMMENT_HASHTAGS, COMMENT_LINKS, COMMENT_UNITS, PAGE
from publishers.matching import Listed
from publishers.meta import is_id

_HASHTAG = re.compile(r"[#＃]\w+")
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_FIELDS = "id,text,timestamp,username,from"


def check(payload: Payload) -> list[str]:
    """What Instagram would refuse of the first comment. Source: Meta's reference of comments."""
    said = payload.settings.get(Setting.FIRST_COMMENT, "")
    if not said:
        return []
    if payload.settings.get(Setting.FORM) == Form.STORY:
        return ["Nobody can comment under a story. Remove the first comment, or choose another form."]
    found = comment_problems(payload, "Instagram", longest=COMMENT_UNITS, measure=utf16_length)
    if len(_HASHTAG.findall(said)) > COMMENT_HASHTAGS:
        found.append(f"Instagram takes {COMMENT_HASHTAGS} hashtags in a comment. Remove some from the first comment.")
    if len(_LINK.findall(said)) > COMMENT_LINKS:
        found.append("Instagram takes one link in a comment. Remove the others from the first comment.")
    if said.isupper():
        found.append("Instagram takes no comment in capital letters only. Write the first comment otherwise.")
    return found


async def send(api: Api, claim: PartClaim, permit: Permit) -> Receipt:
    """POST /{media}/comments, once. Raises `PublishError`."""
    if not is_id(claim.post):
        raise ContentRefused("This is no post of Instagram. Write the comment there yourself.")
    table = meta_comments.at_comment("Instagram", COMMENTING[Platform.INSTAGRAM], api.graph.now)
    return await meta_comments.send(api.graph, table, claim, permit, is_id)


async def find(api: Api, search: PartSearch) -> Finding:
    """GET /{media}/comments, all of them. The odd is "cannot tell", never "absent"."""
    profile = api.profile(search.account)
    try:
        if not is_id(search.post):
            raise OddError("this is no post of it.")
        comments = await meta_comments.listing(api.graph, search, _FIELDS, PAGE, lambda one: _read(search, one))
    except (OddError, PublishError) as odd:
        return CannotTell(f"Instagram could not be searched: {odd}", profile)
    return judged(comments, search, profile)


def _read(search: PartSearch, element: Mapping[str, Any]) -> Comment:
    comment, said, who = (element.get(name) for name in ("id", "text", "from"))
    if not is_id(comment) or not isinstance(said, str):
        raise OddError("it lists something that is no comment.")
    told = who if isinstance(who, dict) else {}
    named = {element.get("username"), told.get("username")}
    own = search.account.name.removeprefix("@") in named or told.get("id") == search.account.remote_id
    return Comment(Listed(Receipt(str(comment)), said, meta_comments.moment(element, "timestamp")), own)
