"""A thread on X: each further part answers the one before it. X takes such answers as posts, in the same windows."""

import re

from publishers.contract import (
    ContentRefused,
    Finding,
    PartClaim,
    PartSearch,
    Payload,
    Permit,
    Receipt,
    Search,
    TokenRejected,
)
from publishers.refusals import telling
from publishers.x.api import Api, is_id
from publishers.x.find import look
from publishers.x.publish import receipt_of

_NOT_ALLOWED = re.compile(r"reply|not permitted|summoned", re.IGNORECASE)
"""Since February 2026 X lets most applications answer only where they were called. Whether one's own posts count is not said."""


async def send(api: Api, claim: PartClaim, permit: Permit) -> Receipt:
    """POST /2/tweets with `reply`, once, right after `permit()`."""
    if not is_id(claim.after):
        raise ContentRefused("What this part answers is no post of X.")
    body = {"text": claim.part.text, "reply": {"in_reply_to_tweet_id": claim.after}}
    request = api.request("POST", "/2/tweets", claim.account.token, json=body)
    await permit()
    answer = await api.wire.send(request)
    if answer.ok:
        return receipt_of(api, answer)
    if answer.status == 403 and _NOT_ALLOWED.search(telling(answer)):
        raise ContentRefused("X does not let this application go on with a thread. Its plan may not include answers.")
    error = api.refusals.of_send(answer, "this part of the thread")
    if isinstance(error, TokenRejected) and answer.status == 403:
        raise ContentRefused(error.sentence)
    raise error


async def find(api: Api, search: PartSearch) -> Finding:
    """Among the account's own answers to the part before it. Anything odd is "cannot tell", never "absent"."""
    sought = Search(search.account, Payload(search.part.text), {}, search.since, search.until)
    return await look(api, sought, answers=search.after)
