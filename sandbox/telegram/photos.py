"""Pictures sent through the bot: checked, kept, and found again by file_id."""

import struct
from typing import Any

from sandbox.telegram import files
from sandbox.telegram.arguments import Arguments
from sandbox.telegram.refusals import Refused
from sandbox.world import World

LARGEST = 10 * 1024 * 1024


def chosen(world: World, asked: Arguments, field: str, value: Any) -> dict[str, Any]:
    """The picture that `value` names: an upload (the field itself or attach://…), or a file_id given out before."""
    name = str(value or "")
    upload = asked.files.get(name.removeprefix("attach://") if name.startswith("attach://") else field)
    if upload is not None:
        return keep(world, upload)
    if not name:
        raise Refused("no_photo")
    found = world.state.get(files.KIND, name)
    if found is None:
        raise Refused("file_id")
    return found


def keep(world: World, content: bytes) -> dict[str, Any]:
    """Check a picture and keep it. Raises too_large, not_image, dimensions."""
    if len(content) > LARGEST:
        raise Refused("too_large")
    size = _size(content)
    if size is None:
        raise Refused("not_image")
    width, height = size
    if width + height > 10_000 or max(size) > 20 * max(1, min(size)):
        raise Refused("dimensions")
    ending = "png" if content[:4] == PNG[:4] else "jpg"
    return files.keep(world, content, f"photos.{ending}", "AgACSANDBOX", {"width": width, "height": height})


def sizes(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The picture as a message shows it."""
    return [files.shown(document)]


PNG = b"\x89PNG\r\n\x1a\n"
STARTS_OF_FRAME = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}


def _size(content: bytes) -> tuple[int, int] | None:
    """Width and height from the header of a PNG or JPEG; None for anything else."""
    if content.startswith(PNG) and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    at = 2
    while content.startswith(b"\xff\xd8") and at + 9 < len(content) and content[at] == 0xFF:
        if content[at + 1] in STARTS_OF_FRAME:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(content[at + 2 : at + 4])
    return None
