"""What a message in Telegram carries besides text, read into the files that a post can show. All of it is claims.

Shapes: core.telegram.org/bots/api, Message. A photo comes in several sizes, all of them made small by Telegram; a moving picture
comes as an MP4, and as a document too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from domain.handed import HandedFile

Json = dict[str, Any]

LARGEST_DOWNLOAD = 20 * 1024 * 1024
"""Bytes that getFile hands out to a bot, core.telegram.org/bots/api#getfile."""

TOO_LARGE = "“{name}” is larger than 20 MB, which is all that Telegram hands out to bots. Send a smaller file."


@dataclass(frozen=True, slots=True)
class Attached:
    """`file` is None for what cannot go into a post; `what` names it as a sentence begins ("A sticker").

    `album` is Telegram's name for messages that were sent together, each with one file.
    """

    what: str
    file: HandedFile | None
    caption: str
    album: str | None

    @property
    def is_photo(self) -> bool:
        return self.what == PHOTO

    @property
    def is_too_large(self) -> bool:
        """Whether Telegram will not give it to a bot. A size that it does not tell is found out at the fetching."""
        return self.file is not None and self.file.size is not None and self.file.size > LARGEST_DOWNLOAD


def read_attached(message: Json) -> Attached | None:
    """What the message carries; None for plain text and for service messages."""
    place = int(message["message_id"])
    album = message.get("media_group_id")
    for field, (what, read) in KINDS.items():
        if field in message:
            file = read(message[field], place) if read else None
            return Attached(what, file, str(message.get("caption") or ""), str(album) if album else None)
    return None


def _photo(sizes: list[Json], place: int) -> HandedFile:
    largest = max(sizes, key=lambda size: int(size["width"]) * int(size["height"]))
    return HandedFile(str(largest["file_id"]), "photo.jpg", _size(largest), "image/jpeg", place)


def _named(name: str, content_type: str) -> Callable[[Json, int], HandedFile]:
    """A file with the name and type that its sender claims, or those that its kind suggests."""

    def read(file: Json, place: int) -> HandedFile:
        claimed = str(file.get("file_name") or name), str(file.get("mime_type") or content_type)
        return HandedFile(str(file["file_id"]), claimed[0], _size(file), claimed[1], place)

    return read


def _size(file: Json) -> int | None:
    size = file.get("file_size")
    return size if isinstance(size, int) and size >= 0 else None


PHOTO = "A photo"

KINDS: dict[str, tuple[str, Callable[[Any, int], HandedFile] | None]] = {
    "photo": (PHOTO, _photo),
    "animation": ("A GIF", _named("animation.mp4", "video/mp4")),
    "video": ("A film", _named("film.mp4", "video/mp4")),
    "document": ("A file", _named("file", "")),
    "sticker": ("A sticker", None),
    "voice": ("A voice message", None),
    "video_note": ("A round video message", None),
    "audio": ("Music", None),
    "paid_media": ("Paid media", None),
    "story": ("A story", None),
    "contact": ("A contact", None),
    "location": ("A place", None),
    "venue": ("A place", None),
    "poll": ("A poll", None),
    "dice": ("A dice", None),
    "game": ("A game", None),
    "checklist": ("A checklist", None),
}
"""By the field of the message, the first that is there: a moving picture is a document too."""
