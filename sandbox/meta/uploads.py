"""What the upload hosts of Meta remember: each resumable upload, how far it is, and where its bytes lie."""

import secrets
from pathlib import Path
from typing import Any

from sandbox.meta.access import VERSION
from sandbox.world import World

UPLOADS = "meta.uploads"
MOST = 10 * 1024**3  # bytes
LIFE = 86400  # seconds for which an unfinished upload is kept
FACEBOOK, INSTAGRAM, HANDLE = "video-upload", "ig-api-upload", "handle"
Document = dict[str, Any]


def open_upload(world: World, kind: str, upload_id: str, owner: str, size: int | None = None) -> Document:
    """A new resumable upload. `kind` is FACEBOOK, INSTAGRAM or HANDLE; `owner` the id of the Page (HANDLE: the person).

    The document tells `size` (None until the first byte), `received` and `finished_at` (unix seconds, or None).
    """
    document = {
        "id": upload_id, "kind": kind, "owner": owner, "size": size, "received": 0, "at": world.now(),
        "finished_at": None, "handle": "4::sandbox" + secrets.token_hex(12),
    }  # fmt: skip
    world.state.put(UPLOADS, upload_id, document)
    return document


def upload_of(world: World, upload_id: str) -> Document | None:
    """The upload as it stands now, or None."""
    return world.state.get(UPLOADS, upload_id)


def by_handle(world: World, handle: str) -> Document | None:
    """The finished upload that this handle (`h`) names, or None."""
    return next(
        (one for one in world.state.all(UPLOADS) if one["handle"] == handle and one["finished_at"] is not None), None
    )


def address(world: World, upload: Document) -> str:
    """The upload_url (or uri) that takes the bytes."""
    return f"{world.config.base_url}/facebook/rupload/{upload['kind']}/{VERSION}/{upload['id']}"


def path_of(world: World, name: str) -> Path:
    """Where the bytes of an upload, or any other file of these twins, lie."""
    folder = world.config.home / "meta-media"
    folder.mkdir(exist_ok=True)
    return folder / name.replace("/", "_")
