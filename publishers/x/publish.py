"""Posting to X: what would be refused, and the one call that must not be repeated. No handle, so class B."""

import re

from domain.parts import divided, thread_problems
from domain.platforms import PLATFORMS, Platform
from domain.text import x_length
from publishers import documents, films
from publishers.contract import Claim, Handles, OutcomeUnknown, Payload, Permit, Picture, Receipt
from publishers.http import Answer
from publishers.pictures import complaints
from publishers.x.api import Api, is_id
from publishers.x.limits import GIF_SIDES, blocks
from publishers.x.media import media_ids, media_of

_CASHTAG = re.compile(r"(?<![\w$])\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?![\w$])")


def check(payload: Payload) -> list[str]:
    """What X would refuse, in sentences for the reviewer."""
    limit, counted = PLATFORMS[Platform.X].limits.text, x_length(payload.text)
    parts = divided(Platform.X, payload.text)
    found = complaints(Platform.X, payload)
    if len(parts) > 1:
        found += thread_problems(Platform.X, payload.text, limit)
    elif counted > limit:
        found.append(f"X counts {counted} of {limit} characters. Shorten the text by {counted - limit}.")
    if payload.video is not None:
        found += films.complaints(Platform.X, payload.video)
        if payload.pictures:
            found.append("X takes pictures or a film, not both. Remove one of them.")
    if payload.document is not None:
        found += documents.complaints(Platform.X, payload.document)
    if not payload.text.strip() and not media_of(payload):
        found.append("X needs a text, a picture or a film.")
    if any(len(_CASHTAG.findall(part)) > 1 for part in parts):
        found.append("X takes one cashtag ($ and letters) a post.")
    if len(payload.pictures) > 1 and any(picture.content_type == "image/gif" for picture in payload.pictures):
        found.append("X takes an animated GIF only alone.")
    if any(one.content_type == "image/gif" and not _fits(one, GIF_SIDES) for one in payload.pictures):
        found.append(f"X takes animated GIFs up to {GIF_SIDES[0]} × {GIF_SIDES[1]} pixels. Make it smaller.")
    return found


def _fits(picture: Picture, sides: tuple[int, int]) -> bool:
    return picture.width <= sides[0] and picture.height <= sides[1]


async def send(api: Api, claim: Claim, handles: Handles, permit: Permit) -> Receipt:
    """POST /2/tweets, once, right after `permit()`. Everything that can fail by itself is done before."""
    body: dict[str, object] = {"text": claim.payload.text}
    if media_of(claim.payload):
        body["media"] = {"media_ids": media_ids(claim.payload, handles)}
    request = api.request("POST", "/2/tweets", claim.account.token, json=body)
    await permit()
    answer = await api.wire.send(request)
    if not answer.ok:
        raise api.refusals.of_send(answer)
    return receipt_of(api, answer)


def receipt_of(api: Api, answer: Answer) -> Receipt:
    told = answer.fields().get("data")
    post_id = told.get("id") if isinstance(told, dict) else None
    if not isinstance(post_id, str) or not is_id(post_id):
        raise OutcomeUnknown("X took the post but did not name it. It is probably published; we look.")
    return Receipt(post_id, api.permalink(post_id), blocks(answer, api.now()))
