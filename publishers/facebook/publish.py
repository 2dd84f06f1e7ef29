"""Posting on a Page: what would be refused, a draft that nobody sees, and the one call that shows it. Class A."""

import math
import re

import httpx

from domain.platforms import PLATFORMS, Platform
from domain.settings import YES, Form, Setting
from domain.text import length
from publishers import films, pictures
from publishers.contract import (
    Claim,
    ContentRefused,
    Handles,
    OutcomeUnknown,
    Payload,
    Permit,
    Receipt,
    TryLater,
    Video,
)
from publishers.facebook.api import handle_of, is_post, is_reel, made, permalink, video_base
from publishers.facebook.limits import RATIO_TOLERANCE, REEL_PIXELS, REEL_RATE, REEL_RATIO, REEL_SECONDS
from publishers.facebook.media import (
    FILM,
    Desk,
    bring_reel,
    file_handle,
    forget_file,
    photo_ids,
    processed,
    refuse_failed,
    video_status,
)
from publishers.http import Answer
from publishers.meta import Graph, blocks, is_id, telling
from publishers.refusals import words

_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_AFTER_A_LINK = ".,;:!?)]}'…»”"


def check(payload: Payload) -> list[str]:
    """What Facebook would refuse, in sentences for the reviewer."""
    limit, counted = PLATFORMS[Platform.FACEBOOK].limits.text, length(Platform.FACEBOOK, payload.text)
    found = pictures.complaints(Platform.FACEBOOK, payload)
    if counted > limit:
        found.append(f"Facebook counts {counted} of {limit} characters. Shorten the text by {counted - limit}.")
    if not payload.text.strip() and not payload.pictures and payload.video is None:
        found.append("Facebook needs a text, a picture or a film.")
    if payload.document is not None:
        found.append("Facebook takes no documents. Remove it, or use pictures of its pages.")
    if payload.pictures and payload.video is not None:
        found.append("Facebook takes pictures or a film in one post, not both. Remove one.")
    form = payload.settings.get(Setting.FORM)
    if form == Form.STORY:
        found.append("We do not publish stories on Facebook. Choose an ordinary post or a reel.")
    if form == Form.REEL and payload.video is None:
        found.append("A reel needs a film. Add one, or choose an ordinary post.")
    if payload.video is not None:
        found += films.complaints(Platform.FACEBOOK, payload.video)
        found += _of_reel(payload.video) if form == Form.REEL else []
    return found


def _of_reel(film: Video) -> list[str]:
    found = []
    if film.width < REEL_PIXELS[0] or film.height < REEL_PIXELS[1]:
        found.append(f"A reel has at least 540 × 960 pixels; this film has {film.width} × {film.height}.")
    if film.height and not math.isclose(film.width / film.height, REEL_RATIO, rel_tol=RATIO_TOLERANCE):
        found.append("A reel is upright, 9:16. Cut the film, or choose an ordinary post.")
    if not REEL_SECONDS[0] <= film.seconds <= REEL_SECONDS[1]:
        found.append(f"A reel lasts 3 to 90 seconds; this film lasts {film.seconds:.1f}.")
    if not REEL_RATE[0] - 0.1 <= film.rate <= REEL_RATE[1] + 0.1:
        found.append(f"A reel has 24 to 60 frames a second; this film has {film.rate:g}.")
    return found


async def prepare(desk: Desk, app_id: str) -> Handles:
    """Makes everything that `send` shows. Repeatable; nobody sees it."""
    payload, account = desk.claim.payload, desk.claim.account
    if not is_id(account.remote_id):
        raise ContentRefused("This account is no Facebook Page. Connect it again.")
    name = handle_of(account, payload)
    if payload.video is None:
        await _draft(desk, name)
    elif is_reel(payload):
        await _reel(desk, name, payload.video)
    else:
        await _film(desk, name, payload.video, app_id)
    return desk.handles


async def _draft(desk: Desk, name: str) -> None:
    """An unpublished post. One that is gone is made anew."""
    known = desk.handles.get(name, "")
    if known and (not desk.was_given(name) or await desk.node(known, "id", "the draft") is not None):
        return
    payload = desk.claim.payload
    form = {"published": "false", "message": payload.text}
    for number, photo in enumerate(await photo_ids(desk)):
        form[f"attached_media[{number}]"] = f'{{"media_fbid":"{photo}"}}'
    link = first_link(payload.text)
    if link is not None and not payload.pictures:
        form["link"] = link
    post = (await desk.post("feed", "the post", form)).get("id")
    if not is_post(post):
        raise TryLater("Facebook did not name the draft it made.")
    await desk.keep(name, str(post))


async def _film(desk: Desk, name: str, film: Video, app_id: str) -> None:
    """An unpublished film that Facebook has worked on. One that is gone is made anew."""
    known = desk.handles.get(name, "")
    if not known:
        known = await _unpublished(desk, name, film, app_id)
    if not await processed(desk, known) and not await processed(desk, await _unpublished(desk, name, film, app_id)):
        raise TryLater("Facebook does not know the film yet.")


async def _unpublished(desk: Desk, name: str, film: Video, app_id: str) -> str:
    await desk.keep(name, "")
    try:
        video = await _create_film(desk, await file_handle(desk, app_id, film))
    except ContentRefused:
        if not desk.was_given(f"file:{film.digest}"):
            raise
        await forget_file(desk, film)  # uploaded bytes do not last for ever: once more, afresh
        video = await _create_film(desk, await file_handle(desk, app_id, film))
    await desk.keep(name, video)
    return video


async def _create_film(desk: Desk, handle: str) -> str:
    payload, account = desk.claim.payload, desk.claim.account
    form = {"fbuploader_video_file_chunk": handle, "published": "false", **_words_of(payload)}
    request = desk.graph.wire.request(
        "POST", f"{video_base(desk.graph)}/{account.remote_id}/videos", token=account.token, data=form
    )
    video = desk.graph.told(await desk.graph.wire.step(request), FILM).get("id")
    if not is_id(video):
        raise TryLater("Facebook did not name the film it was sent.")
    return str(video)


async def _reel(desk: Desk, name: str, film: Video) -> None:
    """A reel's bytes at Facebook, not finished. A reel that failed is told and forgotten; one that is gone is made anew."""
    known = desk.handles.get(name, "")
    if known and desk.was_given(name):
        status = await video_status(desk, known.partition(" ")[0])
        if status is None:
            known = ""
        else:
            refuse_failed(status)
    if not known:
        started = await desk.post("video_reels", FILM, {"upload_phase": "start"})
        known = f"{started.get('video_id')} {started.get('upload_url')}"
        if not is_id(started.get("video_id")) or not desk.graph.is_ours(started.get("upload_url")):
            raise TryLater("Facebook named no place for the reel.")
        await desk.keep(name, known)
    video, _, url = known.partition(" ")
    await bring_reel(desk, video, url, film)


def _words_of(payload: Payload) -> dict[str, str]:
    title = payload.settings.get(Setting.TITLE, "")
    return {"description": payload.text, **({"title": title} if title else {})}


async def send(graph: Graph, claim: Claim, handles: Handles, permit: Permit) -> Receipt:
    """Shows what was made: POST /{id}, or a reel's finish; once, right after `permit()`."""
    node = made(claim.account, claim.payload, handles)
    if not node:
        raise TryLater("The post is not at Facebook yet.")
    reel = is_reel(claim.payload)
    request = _finish(graph, claim, node) if reel else _show(graph, claim, node)
    await permit()
    answer = await graph.wire.send(request)
    if not answer.ok:
        raise _refused(graph, answer, reel)
    told = answer.fields()
    if told.get("success") is not True:
        raise OutcomeUnknown("Facebook took the post but did not confirm it. It is probably published; we look.")
    if reel and not is_remote_post(told):
        raise OutcomeUnknown("Facebook took the reel and is still working on it; we look.")
    return Receipt(node, permalink(graph, claim.account, node, reel=reel), blocks(answer, graph.now()))


def is_remote_post(told: dict[str, object]) -> bool:
    """Whether a reel's finish names its post. Without one Facebook may yet find fault with the film."""
    post = told.get("post_id")
    return is_post(post) or is_id(post)


def _show(graph: Graph, claim: Claim, node: str) -> httpx.Request:
    """Showing what is shown already changes nothing."""
    name = "is_published" if claim.payload.video is None else "published"
    return graph.request("POST", f"/{node}", claim.account.token, data={name: "true"})


def _finish(graph: Graph, claim: Claim, video: str) -> httpx.Request:
    form = {
        "upload_phase": "finish",
        "video_id": video,
        "video_state": "PUBLISHED",
        **_words_of(claim.payload),
        **({"is_ai_generated": "true"} if claim.payload.settings.get(Setting.SYNTHETIC) == YES else {}),
    }
    return graph.request("POST", f"/{claim.account.remote_id}/video_reels", claim.account.token, data=form)


def _refused(graph: Graph, answer: Answer, reel: bool) -> Exception:
    """A second finish is refused like a wrong parameter, so that a reel's refusal of this kind proves nothing."""
    if reel and telling(answer).startswith("#100/"):
        return OutcomeUnknown(f"Facebook did not take the reel: {words(answer)} We look whether it is out already.")
    return graph.refusals.of_send(answer)


def first_link(text: str) -> str | None:
    """The link whose preview Facebook shows: the first in the text."""
    found = _LINK.search(text)
    return found.group(0).rstrip(_AFTER_A_LINK) if found else None
