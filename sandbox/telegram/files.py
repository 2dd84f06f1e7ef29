"""Files that lie at Telegram: kept with their bytes, named by file_id, and handed to the bot by getFile and a path.

Facts: core.telegram.org/bots/api#getfile: at most 20 MB, and the path works for an hour, until getFile is called again.
"""

from pathlib import Path
from typing import Any

from sandbox.secrets import token
from sandbox.telegram.refusals import Refused
from sandbox.world import World

Json = dict[str, Any]

KIND = "telegram.file"
PATHS = "telegram.path"
LARGEST_DOWNLOAD = 20 * 1024 * 1024
LIVES = 3600.0  # seconds that a path works
PRIVATE = ("path",)


def keep(world: World, content: bytes, kept_as: str, prefix: str, shape: Json, size: int = 0) -> Json:
    """Keep a file under a new file_id. `kept_as` is its folder and ending; zeros are added up to `size` bytes."""
    number = world.state.next("telegram.file")
    folder, _, ending = kept_as.partition(".")
    document = {
        "file_id": token(prefix),
        "file_unique_id": f"AQAD{number:08d}",
        **shape,
        "file_size": max(size, len(content)),
        "path": f"{folder}/file_{number}{'.' if ending else ''}{ending}",
    }
    path = path_of(world, document)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as opened:
        opened.write(content)
        opened.truncate(document["file_size"])  # a hole: large files cost no room on the disk
    world.state.put(KIND, document["file_id"], document)
    return document


def path_of(world: World, document: Json) -> Path:
    """Where the bytes lie."""
    return world.config.home / "telegram-files" / str(document["path"])


def shown(document: Json) -> Json:
    """A file as messages show it."""
    return {name: value for name, value in document.items() if name not in PRIVATE}


def ready(world: World, file_id: str) -> Json:
    """getFile: the path works from now on for an hour. Raises file_id_missing, file_id_unknown, file_too_big."""
    if not file_id:
        raise Refused("file_id_missing")
    document = world.state.get(KIND, file_id)
    if document is None:
        raise Refused("file_id_unknown")
    if document["file_size"] > LARGEST_DOWNLOAD:
        raise Refused("file_too_big")
    world.state.put(PATHS, document["path"], {"file_id": file_id, "until": world.now() + LIVES})
    fields = ("file_id", "file_unique_id", "file_size")
    return {**{name: document[name] for name in fields}, "file_path": document["path"]}


def found(world: World, path: str) -> Path | None:
    """The bytes behind a path that getFile gave within the hour."""
    given = world.state.get(PATHS, path)
    if given is None or world.now() > given["until"]:
        return None
    document = world.state.get(KIND, given["file_id"])
    return path_of(world, document) if document else None
