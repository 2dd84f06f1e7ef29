"""Posting to LinkedIn: what would be refused, and the one call that must not be repeated."""

import re

from domain.platforms import PLATFORMS, Platform
from domain.settings import Setting
from domain.text import escape_little_text, linkedin_length
from publishers import documents, films
from publishers.contract import Claim, ContentRefused, Handles, OutcomeUnknown, Payload, Permit, Receipt
from publishers.http import Answer
from publishers.linkedin.api import Api, is_post
from publishers.linkedin.limits import MOST_PIXELS
from publishers.linkedin.media import urns
from publishers.pictures import complaints

_AUTHOR = re.compile(r"urn:li:(?:person|organization):[A-Za-z0-9_-]{1,100}")


def check(payload: Payload) -> list[str]:
    """What LinkedIn would refuse, in sentences for the reviewer."""
    limit, counted = PLATFORMS[Platform.LINKEDIN].limits.text, linkedin_length(payload.text)
    found = complaints(Platform.LINKEDIN, payload)
    if counted > limit:
        found.append(
            f"LinkedIn counts {counted} of {limit} characters (some signs count twice). "
            f"Shorten the text by {counted - limit}."
        )
    if not payload.text.strip():
        found.append("LinkedIn needs a text.")
    if any(picture.width * picture.height >= MOST_PIXELS for picture in payload.pictures):
        found.append("LinkedIn takes pictures below 36 megapixels.")
    if payload.video is not None:
        found += films.complaints(Platform.LINKEDIN, payload.video)
    if payload.document is not None:
        found += documents.complaints(Platform.LINKEDIN, payload.document)
    if sum((bool(payload.pictures), payload.video is not None, payload.document is not None)) > 1:
        found.append("LinkedIn takes pictures, a film or a document, one of them a post. Remove the others.")
    return found


async def send(api: Api, claim: Claim, handles: Handles, permit: Permit) -> Receipt:
    """POST /rest/posts, once, right after `permit()`. Everything that can fail by itself is done before."""
    body = _body(claim, urns(claim.payload, handles))
    request = api.request("POST", "/rest/posts", claim.account.token, json=body)
    await permit()
    answer = await api.wire.send(request)
    if not answer.ok:
        raise api.refusals.of_send(answer)
    return _receipt(api, answer)


def _body(claim: Claim, attached: list[str]) -> dict[str, object]:
    if not _AUTHOR.fullmatch(claim.account.remote_id):
        raise ContentRefused("This account is no LinkedIn member or page. Connect it again.")
    body: dict[str, object] = {
        "author": claim.account.remote_id,
        "commentary": escape_little_text(claim.payload.text),
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    if attached:
        body["content"] = _content(claim.payload, attached)
    return body


def _content(payload: Payload, attached: list[str]) -> dict[str, object]:
    """What goes with the words. Only pictures are documented to have words for those who cannot see them."""
    if payload.video is not None:
        return {"media": {"id": attached[0], **_unless_empty("title", payload.settings.get(Setting.TITLE, ""))}}
    if payload.document is not None:
        return {"media": {"id": attached[0], "title": payload.document.title}}
    images = [
        {"id": urn, **_unless_empty("altText", picture.alt)}
        for urn, picture in zip(attached, payload.pictures, strict=True)
    ]
    return {"media": images[0]} if len(images) == 1 else {"multiImage": {"images": images}}


def _unless_empty(name: str, value: str) -> dict[str, str]:
    return {name: value} if value else {}


def _receipt(api: Api, answer: Answer) -> Receipt:
    """201 has no body; the id stands in a header, whose newer and older name are both seen."""
    for name in ("x-restli-id", "x-linkedin-id"):
        urn = answer.headers.get(name)
        if urn is not None and is_post(urn):
            return Receipt(urn, api.permalink(urn))
    raise OutcomeUnknown("LinkedIn took the post but did not name it. It is probably published.")
