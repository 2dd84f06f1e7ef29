"""Showing a film on YouTube: the one call with a visible effect, and its opposite. By id, so both are repeatable."""

from typing import Any

from publishers.contract import (
    Account,
    Claim,
    ContentRefused,
    Handles,
    OutcomeUnknown,
    Payload,
    Permit,
    Receipt,
    TryLater,
)
from publishers.http import Answer
from publishers.youtube.api import Api, is_id
from publishers.youtube.choices import PRIVATE, Visibility, resource, visibility
from publishers.youtube.errors import LOCKED
from publishers.youtube.find import details
from publishers.youtube.handles import Named

_KEPT = ("embeddable", "license", "publicStatsViewable", "selfDeclaredMadeForKids", "containsSyntheticMedia")
"""What a status says besides who sees the film. An update replaces it whole, so it is written back."""


async def send(api: Api, claim: Claim, handles: Handles, permit: Permit) -> Receipt:
    """PUT /youtube/v3/videos, once, right after `permit()`: words and visibility together."""
    video_id = _video_id(claim.payload, handles)
    wanted = visibility(claim.payload, api.now())
    body = {"id": video_id, **resource(claim.payload, wanted)}
    request = api.request(
        "PUT", "/youtube/v3/videos", claim.account.token, params={"part": "snippet,status"}, json=body
    )
    await permit()
    answer = await api.wire.send(request)
    if not answer.ok:
        raise api.refusals.of_send(answer)
    _check_shown(answer, video_id, wanted)
    return api.receipt(video_id, claim.payload.video)


async def withdraw(api: Api, account: Account, remote_id: str) -> None:
    """Makes the film private: nothing is lost. Gone or private already counts as done. Raises `PublishError`."""
    if not is_id(remote_id):
        raise ContentRefused("This is no film of YouTube. Make it private in YouTube Studio.")
    told = (await details(api, account.token, [remote_id], "status")).get(remote_id)
    if told is None:
        return
    status = told.get("status")
    if not isinstance(status, dict):
        raise TryLater("YouTube did not say who can see the film.")
    hidden = Visibility(PRIVATE)
    if hidden.is_shown(status):
        return
    kept = {name: status[name] for name in _KEPT if status.get(name) is not None}
    body = {"id": remote_id, "status": {**kept, "privacyStatus": PRIVATE}}
    request = api.request("PUT", "/youtube/v3/videos", account.token, params={"part": "status"}, json=body)
    answer = await api.wire.step(request)
    if answer.status == 404:
        return
    if not answer.ok:
        raise api.refusals.of_step(answer, "the undo")
    if not hidden.is_shown(_status(answer)):
        raise TryLater("YouTube did not confirm that the film is private.")


def _video_id(payload: Payload, handles: Handles) -> str:
    """The film to show. Raises `TryLater` when `prepare` has not finished, `ContentRefused` without a film."""
    if payload.video is None:
        raise ContentRefused("YouTube needs a film. Edit the post and add one.")
    video_id = handles.get(Named(payload.video).ready, "")
    if not is_id(video_id):
        raise TryLater("The film is not at YouTube yet.")
    return video_id


def _check_shown(answer: Answer, video_id: str, wanted: Visibility) -> None:
    """YouTube may take the call and keep the film private all the same. Raises `ContentRefused`, `OutcomeUnknown`."""
    status = _status(answer)
    if answer.fields().get("id") != video_id or "privacyStatus" not in status:
        raise OutcomeUnknown("YouTube took the call and did not say whether the film is out. We look.")
    if wanted.is_shown(status):
        return
    if status["privacyStatus"] == PRIVATE:
        raise ContentRefused(LOCKED)
    raise OutcomeUnknown("YouTube shows the film, but not to those who were chosen. Look at it in YouTube Studio.")


def _status(answer: Answer) -> dict[str, Any]:
    status = answer.fields().get("status")
    return status if isinstance(status, dict) else {}
