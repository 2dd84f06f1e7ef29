"""Films and documents on their way out: what a platform would refuse, and proof that the stored one is the approved one."""

import asyncio

from domain.payload import Document, Video
from domain.platforms import PLATFORMS, Platform, VideoLimits
from domain.publishing import ContentRefused, Handles, MediaStore, Save

_RENEWAL_SECONDS = 15.0


def lost(file: Video | Document) -> ContentRefused:
    """The store has it no longer, or another one than the reviewer saw."""
    name = "film" if isinstance(file, Video) else "document"
    return ContentRefused(f"The {name} is no longer in our store. Edit the post and choose another one.")


def complaints(platform: Platform, video: Video) -> list[str]:
    """What the platform would refuse about the film, in sentences for the reviewer."""
    facts = PLATFORMS[platform]
    if facts.video is None:
        return [f"{facts.name} takes no films here."]
    if not video.video_codec or not video.width or not video.height:
        return ["This file has no pictures in it. Choose another film."]
    return [*_of_shape(facts.name, facts.video, video), *_of_length(facts.name, facts.video, video)]


def _of_shape(name: str, limits: VideoLimits, video: Video) -> list[str]:
    found: list[str] = []
    if limits.types and video.content_type not in limits.types:
        found.append(f"{name} does not take films of the kind {video.content_type}. Export it as MP4.")
    if limits.sound and video.audio_codec not in ("", *limits.sound):
        found.append(f"{name} does not take sound made with {video.audio_codec}. Export the film with AAC.")
    if video.video_codec not in limits.codecs:
        found.append(f"{name} does not take films made with {video.video_codec}. Export it with H.264.")
    (narrowest, widest), ratio = limits.ratio, video.width / video.height
    if ratio < narrowest:
        found.append(f"{name} finds {video.width} × {video.height} pixels too narrow. Cut the film wider.")
    if ratio > widest:
        found.append(f"{name} finds {video.width} × {video.height} pixels too wide. Cut the film narrower.")
    longer, shorter = limits.sides or (video.width, video.height)
    if max(video.width, video.height) > max(longer, shorter) or min(video.width, video.height) > min(longer, shorter):
        shown = f"{longer} × {shorter} or {shorter} × {longer}"
        found.append(f"{name} takes films up to {shown} pixels, not {video.width} × {video.height}. Export it smaller.")
    slowest, fastest = limits.rate
    if not slowest <= video.rate <= fastest:
        found.append(f"{name} takes {slowest:g} to {fastest:g} frames a second, not {video.rate:g}.")
    return found


def _of_length(name: str, limits: VideoLimits, video: Video) -> list[str]:
    found: list[str] = []
    shortest, longest = limits.seconds
    if video.seconds < shortest:
        found.append(f"{name} takes films from {shortest:g} seconds; this one lasts {video.seconds:.1f}.")
    if video.seconds > longest:
        found.append(f"{name} takes films up to {longest:g} seconds; this one lasts {video.seconds:.0f}. Shorten it.")
    if video.size <= 0:
        found.append("The film's file is empty. Choose another film.")
    elif video.size < limits.least:
        found.append(f"{name} takes films from {limits.least / 1_000:g} kB; this one has {video.size / 1_000:.0f}.")
    if video.size > limits.size:
        megabytes = limits.size / 1_000_000
        found.append(f"{name} takes films up to {megabytes:g} MB; this one has {video.size / 1_000_000:.0f}.")
    return found


async def verify(media: MediaStore, file: Video | Document, handles: Handles, save: Save) -> None:
    """Compares the whole file with its digest; a large one takes long, so the lease is renewed meanwhile.

    Raises `ContentRefused` when the store has none, or another one than the reviewer saw; what `save` raises.
    """
    reading = asyncio.ensure_future(media.verify(file.digest))
    try:
        while not (await asyncio.wait({reading}, timeout=_RENEWAL_SECONDS))[0]:
            await save(handles)
        await reading
    except (KeyError, FileNotFoundError):
        raise lost(file) from None
    finally:
        reading.cancel()


async def piece(media: MediaStore, file: Video | Document, start: int, end: int) -> bytes:
    """The bytes from `start` up to `end`. Raises `ContentRefused` when the store has them no longer."""
    try:
        found = await media.part(file.digest, start, end)
    except (KeyError, FileNotFoundError):
        raise lost(file) from None
    if len(found) != end - start:
        raise lost(file)
    return found
