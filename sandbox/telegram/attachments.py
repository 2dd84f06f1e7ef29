"""What people send besides text: photos in several sizes, films, moving pictures, documents, albums, and what is none of these.

Shapes: core.telegram.org/bots/api, Message, PhotoSize, Animation, Video, Document. Telegram makes a small JPEG of every
photo and an MP4 of every moving picture. The twin does the first; a moving picture stays what it came as.
"""

import base64
import binascii
import io
import mimetypes
import secrets
from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from sandbox import movies, pictures
from sandbox.telegram import files
from sandbox.telegram.entities import detected, units
from sandbox.world import World

Json = dict[str, Any]

ALBUM = range(2, 11)
TOGETHER = ({"photo", "video"}, {"document"}, {"audio"})
"""Kinds that may lie in one album."""

SIDES = (90, 320, 800, 1280)
"""Longest sides of a photo's sizes; a smaller photo keeps its own as the last."""

LONGEST_CAPTION = 1024
LARGEST = 2000 * 1024 * 1024  # what a person without a subscription can send


class Unsendable(Exception):
    """Telegram's client would not send this; the message says why."""


def contents(world: World, wish: Json) -> list[Json]:
    """The messages that sending `wish["files"]` makes, an album for several, without who and where.

    A file is {"as", "name", "content" (base64)[, "mime"][, "caption"][, "size"]}; `size` makes a large file out of a
    small one by adding zeros. The wish's own `text` is the caption of the first. Raises Unsendable.
    """
    wanted = wish["files"]
    if not isinstance(wanted, list) or not wanted or not all(isinstance(one, dict) for one in wanted):
        raise Unsendable('files is a list such as [{"as": "photo", "name": "a.png", "content": "<base64>"}].')
    kinds = {str(one.get("as")) for one in wanted}
    if unknown := kinds - KINDS.keys():
        raise Unsendable(f"A file is sent as one of {', '.join(KINDS)}, not as {', '.join(sorted(unknown))}.")
    album: Json = {}
    if len(wanted) > 1:
        if len(wanted) not in ALBUM or not any(kinds <= group for group in TOGETHER):
            raise Unsendable("An album holds 2 to 10 photos and films, or as many documents, or as much music.")
        album = {"media_group_id": str(secrets.randbelow(10**17) + 10**17)}
    captions = [str(one.get("caption") or "") for one in wanted]
    captions[0] = captions[0] or str(wish.get("text") or "")
    return [
        {**album, **KINDS[str(one["as"])](world, one), **_caption(words)}
        for one, words in zip(wanted, captions, strict=True)
    ]


def _caption(words: str) -> Json:
    words = words.strip()
    if units(words) > LONGEST_CAPTION:
        raise Unsendable("A caption holds at most 1,024 characters.")
    found = detected(words, [])
    return {**({"caption": words} if words else {}), **({"caption_entities": found} if found else {})}


def _photo(world: World, one: Json) -> Json:
    """A JPEG of at most 1,280 pixels a side, and smaller ones: what was sent is gone."""
    from PIL import Image, UnidentifiedImageError  # costs too much to load for nothing

    try:
        with Image.open(io.BytesIO(_bytes(one))) as opened:
            picture = opened.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError) as error:
        raise Unsendable("Only a picture can be sent as a photo.") from error
    longest = max(picture.size)
    sides = [side for side in SIDES if side < longest] + ([longest] if longest <= SIDES[-1] else [])
    return {"photo": [_size(world, picture, side) for side in sides]}


def _size(world: World, picture: Any, side: int) -> Json:
    scaled = picture.copy()
    scaled.thumbnail((side, side))
    out = io.BytesIO()
    scaled.save(out, "JPEG", quality=87)
    shape = {"width": scaled.width, "height": scaled.height}
    return files.shown(files.keep(world, out.getvalue(), "photos.jpg", "AgACSANDBOX", shape))


def _document(world: World, one: Json) -> Json:
    content = _bytes(one)
    return {"document": _file(world, one, content, "documents", {})}


def _video(world: World, one: Json) -> Json:
    content = _bytes(one)
    return {"video": _file(world, one, content, "videos", _film(content))}


def _animation(world: World, one: Json) -> Json:
    """`document` comes along, for bots that do not know moving pictures yet."""
    content = _bytes(one)
    gif = pictures.read(content)
    shape = {"width": gif.width, "height": gif.height, "duration": round(gif.seconds or 0)} if gif else _film(content)
    animation = _file(world, one, content, "animations", shape)
    return {"animation": animation, "document": {key: value for key, value in animation.items() if key not in shape}}


def _film(content: bytes) -> Json:
    movie = movies.read(content)
    if movie is None:
        raise Unsendable("Only an MP4 or MOV can be sent as a film.")
    return {"width": movie.width, "height": movie.height, "duration": round(movie.seconds or 0)}


def _sticker(world: World, one: Json) -> Json:
    shape: Json = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
    return {"sticker": files.shown(files.keep(world, _bytes(one), "stickers.webp", "CAACSANDBOX", shape))}


def _voice(world: World, one: Json) -> Json:
    shape = {"duration": 3, "mime_type": "audio/ogg"}
    return {"voice": files.shown(files.keep(world, _bytes(one), "voice.oga", "AwACSANDBOX", shape))}


def _audio(world: World, one: Json) -> Json:
    return {"audio": _file(world, one, _bytes(one), "music", {"duration": 3})}


def _video_note(world: World, one: Json) -> Json:
    shape = {"length": 240, "duration": 3}
    return {"video_note": files.shown(files.keep(world, _bytes(one), "video_notes.mp4", "DQACSANDBOX", shape))}


KINDS: dict[str, Callable[[World, Json], Json]] = {
    "photo": _photo,
    "video": _video,
    "animation": _animation,
    "document": _document,
    "sticker": _sticker,
    "voice": _voice,
    "audio": _audio,
    "video_note": _video_note,
}


def _file(world: World, one: Json, content: bytes, folder: str, shape: Json) -> Json:
    """A file with the name and the type that its sender claims."""
    name = str(one.get("name") or "file")
    mime = str(one.get("mime") or mimetypes.guess_type(name)[0] or "application/octet-stream")
    claims = {**shape, "file_name": name, "mime_type": mime}
    size = int(one.get("size") or 0)
    if size > LARGEST:
        raise Unsendable("Telegram takes no file of more than 2,000 MB.")
    document = files.keep(world, content, f"{folder}{PurePath(name).suffix}", "BQACSANDBOX", claims, size)
    return files.shown(document)


def _bytes(one: Json) -> bytes:
    try:
        content = base64.b64decode(str(one.get("content") or ""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unsendable("content is the file in base64.") from error
    if not content:
        raise Unsendable("An empty file cannot be sent.")
    return content
