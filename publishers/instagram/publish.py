"""Posting to Instagram: what would be refused, and the one call that readers see: publishing a finished container."""

import asyncio
import re

from domain.platforms import PLATFORMS, Platform
from domain.settings import Form, Setting
from domain.text import utf16_length
from publishers import films, pictures
from publishers.contract import Claim, Handles, OutcomeUnknown, Payload, Permit, Picture, PublishError, Receipt, Video
from publishers.instagram import limits
from publishers.instagram.api import UNREACHABLE, Api, user_id
from publishers.instagram.handles import container_of, is_out
from publishers.meta import blocks, is_id
from publishers.pictures import PublicUrl

_HASHTAG = re.compile(r"[#＃]\w+")
_MENTION = re.compile(r"(?<![\w.])@\w[\w.]*")
_LINK_SECONDS = 3.0
"""The post is out by then: its address is asked for this long, and never at the risk of its outcome."""


def check(payload: Payload, public_url: PublicUrl) -> list[str]:
    """What Instagram would refuse, in sentences for the reviewer."""
    form = payload.settings.get(Setting.FORM, "")
    found = [*_of_form(payload, form), *pictures.complaints(Platform.INSTAGRAM, payload)]
    if payload.video is not None:
        found += [*films.complaints(Platform.INSTAGRAM, payload.video), *_of_film(payload.video, form)]
    if form == Form.STORY:
        return found + _of_address(payload, public_url)  # a story shows neither text nor frame
    found += [sentence for picture in payload.pictures for sentence in _of_ratio(picture)]
    return found + _of_caption(payload.text) + _of_address(payload, public_url)


def _of_form(payload: Payload, form: str) -> list[str]:
    shown, film = len(payload.pictures), payload.video is not None
    if form not in ("", *Form):
        return [f"Instagram has no posts of the form “{form}”. Choose a post, a reel or a story."]
    if payload.document is not None:
        return ["Instagram takes no documents. Choose a picture or a film."]
    if not shown and not film:
        return ["Instagram takes no post without a picture or a film. Add one."]
    if film and shown:
        return ["Here an Instagram post has either pictures or one film. Remove the one or the other."]
    if form == Form.REEL and not film:
        return ["An Instagram reel is a film. Add one, or post the picture without that form."]
    if form == Form.STORY and shown > 1:
        return ["An Instagram story shows one picture. Remove the others."]
    return []


def _of_film(film: Video, form: str) -> list[str]:
    found: list[str] = []
    if film.content_type not in limits.FILM_TYPES:
        found.append("We bring films to Instagram as MP4. Export the film as MP4.")
    if film.audio_codec not in limits.AUDIO_CODECS:
        found.append(f"Instagram does not take films whose sound is {film.audio_codec}. Export it with AAC.")
    if film.width > limits.WIDEST_FILM:
        found.append(
            f"Instagram takes films up to {limits.WIDEST_FILM} pixels wide, not {film.width}. Make it smaller."
        )
    if film.size * 8 > limits.FILM_BITS_A_SECOND * film.seconds:
        found.append("Instagram takes films up to 25 megabits a second. Export it with less.")
    if form == Form.STORY and film.seconds > limits.STORY_SECONDS:
        found.append(f"An Instagram story lasts up to 60 seconds; this film lasts {film.seconds:.0f}. Shorten it.")
    if form == Form.STORY and film.size > limits.STORY_BYTES:
        found.append(f"Instagram takes films up to 100 MB in a story; this one has {film.size / 1_000_000:.0f}.")
    return found


def _of_ratio(picture: Picture) -> list[str]:
    narrowest, widest = limits.RATIO
    if picture.height > 0 and narrowest <= picture.width / picture.height <= widest:
        return []
    shape = f"{picture.width} × {picture.height}"
    return [f"Instagram takes pictures from 4:5 to 1.91:1; this one has {shape} pixels. Cut it."]


def _of_caption(text: str) -> list[str]:
    found: list[str] = []
    limit, counted = PLATFORMS[Platform.INSTAGRAM].limits.text, utf16_length(text)
    if counted > limit:
        found.append(f"Instagram counts {counted} of {limit} characters. Shorten the text by {counted - limit}.")
    tags, mentions = len(_HASHTAG.findall(text)), len(_MENTION.findall(text))
    if tags > limits.HASHTAGS:
        found.append(f"Instagram takes {limits.HASHTAGS} hashtags a post, not {tags}. Remove some.")
    if mentions > limits.MENTIONS:
        found.append(f"Instagram takes {limits.MENTIONS} mentions a post, not {mentions}. Remove some.")
    return found


def _of_address(payload: Payload, public_url: PublicUrl) -> list[str]:
    media = (*payload.pictures, *((payload.video,) if payload.video else ()))
    known = [one for one in media if one.content_type in (limits.PICTURE_TYPE, *limits.FILM_TYPES)]
    reachable = all(public_url(one.digest, one.content_type) is not None for one in known)
    return [] if reachable else [UNREACHABLE]


async def send(api: Api, claim: Claim, handles: Handles, permit: Permit) -> Receipt:
    """POST /{account}/media_publish, once, right after `permit()`. A container that is out already is not sent again."""
    container = container_of(claim.account, claim.payload, handles)
    token, form = claim.account.token, {"creation_id": container}
    request = api.graph.request("POST", f"/{user_id(claim.account)}/media_publish", token, data=form)
    await permit()
    if is_out(claim.account, claim.payload, handles):
        raise OutcomeUnknown("Instagram says that an earlier attempt has published the post. We look for it.")
    answer = await api.graph.wire.send(request)
    if not answer.ok:
        raise api.at_publish.of_send(answer)
    media = answer.fields().get("id")
    if not isinstance(media, str) or not is_id(media):
        raise OutcomeUnknown("Instagram took the post but did not name it. It is probably published; we look.")
    return Receipt(media, await _permalink(api, claim, media), blocks(answer, api.graph.now()))


async def _permalink(api: Api, claim: Claim, media: str) -> str | None:
    request = api.graph.request("GET", f"/{media}", claim.account.token, params={"fields": "permalink"})
    try:
        async with asyncio.timeout(_LINK_SECONDS):
            answer = await api.graph.wire.step(request)
    except (PublishError, TimeoutError):
        return None  # the post is out all the same
    link = answer.fields().get("permalink")
    return link if answer.ok and isinstance(link, str) else None
