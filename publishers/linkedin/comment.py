"""Our own first comment on LinkedIn. Under an organisation's post it can be looked for; under a member's it cannot."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from domain.parts import comment_problems
from domain.text import utf16_length
from publishers.comments import DEEPEST_PAGES, WHAT, Comment, OddError, judged
from publishers.contract import (
    AccountKind,
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
from publishers.linkedin.api import Api, is_post, urn_in_path
from publishers.linkedin.errors import at_comment
from publishers.linkedin.limits import COMMENT_UNITS, PAGE
from publishers.matching import Listed

_URN = re.compile(r"urn:li:comment:\(urn:li:[A-Za-z]+:\d{1,25},\d{1,25}\)")
_ID = re.compile(r"\d{1,25}")


def check(payload: Payload) -> list[str]:
    """What LinkedIn would refuse of the first comment."""
    return comment_problems(payload, "LinkedIn", longest=COMMENT_UNITS, measure=utf16_length)


async def send(api: Api, claim: PartClaim, permit: Permit) -> Receipt:
    """POST /rest/socialActions/{post}/comments, once. A comment's words are plain, unlike a post's. Raises `PublishError`."""
    if not is_post(claim.post):
        raise ContentRefused("LinkedIn lets only posts of the kinds share and ugcPost be commented. Write it there.")
    body = {"actor": claim.account.remote_id, "object": claim.post, "message": {"text": claim.part.text}}
    path = f"/rest/socialActions/{urn_in_path(claim.post)}/comments"
    request = api.request("POST", path, claim.account.token, json=body)
    table = at_comment(api.site, api.now)
    await permit()
    answer = await api.wire.send(request, WHAT)
    if not answer.ok:
        raise table.of_send(answer, WHAT)
    receipt = _receipt(api, claim.post, {"id": answer.headers.get("x-restli-id"), **answer.fields()})
    if receipt is None:
        raise OutcomeUnknown(
            "LinkedIn took the comment but did not name it. It is probably out.", api.permalink(claim.post)
        )
    return receipt


async def find(api: Api, search: PartSearch) -> Finding:
    """GET /rest/socialActions/{post}/comments, all of them, as an organisation. The odd is "cannot tell", never "absent"."""
    link = api.permalink(search.post)
    if search.account.kind is AccountKind.MEMBER:
        return CannotTell("LinkedIn lets nobody list the comments under a member's posts.", link)
    try:
        comments = await _listing(api, search)
    except (OddError, PublishError) as odd:
        return CannotTell(f"LinkedIn could not be searched: {odd}", link)
    return judged(comments, search, link)


async def _listing(api: Api, search: PartSearch) -> list[Comment]:
    if not is_post(search.post):
        raise OddError("this is no post of it.")
    found: list[Comment] = []
    for page in range(DEEPEST_PAGES):
        path = f"/rest/socialActions/{urn_in_path(search.post)}/comments?start={page * PAGE}&count={PAGE}"
        answer = await api.wire.read(api.request("GET", path, search.account.token))
        if answer.status != 200:
            raise OddError(f"it answered {answer.status}.")
        body = answer.fields()
        elements, paging = body.get("elements"), body.get("paging")
        if not isinstance(elements, list) or not all(isinstance(one, dict) for one in elements):
            raise OddError("its listing is not complete.")
        found += [_read(api, search, one) for one in elements]
        total = paging.get("total") if isinstance(paging, dict) else None
        if not elements or (isinstance(total, int) and len(found) >= total):
            return found
    raise OddError("the post has more comments than we can go through.")


def _read(api: Api, search: PartSearch, element: Mapping[str, Any]) -> Comment:
    message, created = element.get("message"), element.get("created")
    said = message.get("text") if isinstance(message, dict) else None
    stated = created.get("time") if isinstance(created, dict) else None
    receipt = _receipt(api, search.post, element)
    if receipt is None or not isinstance(said, str):
        raise OddError("it lists something that is no comment.")
    if type(stated) is not int or not 0 < stated < 4_102_444_800_000:
        raise OddError("it lists a comment without a time.")
    at = datetime.fromtimestamp(stated / 1000, UTC)
    return Comment(Listed(receipt, said, at), element.get("actor") == search.account.remote_id)


def _receipt(api: Api, post: str, element: Mapping[str, Any]) -> Receipt | None:
    """By its URN where LinkedIn tells it, else by its number; None for what names no comment."""
    number = element.get("id")
    for name in ("commentUrn", "$URN"):
        urn = element.get(name)
        if isinstance(urn, str) and _URN.fullmatch(urn):
            return Receipt(urn, f"{api.permalink(post)}?commentUrn={quote(urn, safe='')}")
    plain = Receipt("", api.permalink(post))
    return replace(plain, remote_id=number) if isinstance(number, str) and _ID.fullmatch(number) else None
