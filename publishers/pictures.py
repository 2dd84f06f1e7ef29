"""Pictures on their way out: what a platform would refuse, and bytes that are exactly those that were approved."""

import hashlib
from collections.abc import Callable

from domain.payload import Payload, Picture
from domain.platforms import PLATFORMS, Platform
from domain.publishing import ContentRefused, MediaStore
from domain.text import grapheme_count

PublicUrl = Callable[[str, str], str | None]
"""The address at which a medium may be fetched for a short while, by digest and content type; None: there is none."""


def no_url(_digest: str, _content_type: str) -> str | None:
    """The `PublicUrl` of an installation that nobody can reach."""
    return None


def complaints(platform: Platform, payload: Payload) -> list[str]:
    """What the platform would refuse about the pictures, in sentences for the reviewer."""
    facts = PLATFORMS[platform]
    found: list[str] = []
    if payload.pictures and not facts.limits.pictures:
        return [f"{facts.name} takes no pictures."]
    if len(payload.pictures) > facts.limits.pictures:
        found.append(f"{facts.name} takes at most {facts.limits.pictures} pictures here, not {len(payload.pictures)}.")
    for picture in payload.pictures:
        if picture.content_type not in facts.picture_types:
            found.append(f"{facts.name} does not take pictures of the kind {picture.content_type}.")
        most = facts.limits.gif_bytes if picture.content_type == "image/gif" else 0
        most = most or facts.limits.picture_bytes
        if picture.size > most:
            megabytes = most / 1_000_000
            found.append(
                f"{facts.name} takes pictures up to {megabytes:g} MB; this one has {picture.size / 1_000_000:.1f}."
            )
        # A platform may count UTF-16 units, graphemes or code points: the largest of them must fit.
        alt = max(grapheme_count(picture.alt), len(picture.alt.encode("utf-16-le", "surrogatepass")) // 2)
        if alt > facts.limits.alt_text > 0:  # 0: the platform has none, so none is sent
            found.append(f"{facts.name} takes {facts.limits.alt_text} characters of alt text, not {alt}.")
    return found


async def load(media: MediaStore, picture: Picture) -> bytes:
    """The approved bytes. Raises `ContentRefused` when the store has none, or others than the reviewer saw."""
    try:
        found = await media.get(picture.digest)
    except (KeyError, FileNotFoundError):
        raise ContentRefused("The picture is no longer in our store. Edit the post or regenerate it.") from None
    if hashlib.sha256(found).hexdigest() != picture.digest:
        raise ContentRefused("The stored picture is not the one that was approved. Edit the post or regenerate it.")
    return found
