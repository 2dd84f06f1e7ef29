"""Albums under way: files that a chat brings one by one, for a wish that waits until no more come."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from domain.platforms import Platform
from storage.session import Transaction


@dataclass(frozen=True, slots=True)
class Album:
    """The wish that a chat's album belongs to. `is_open`: it takes more files; a worker that fetches takes none."""

    id: UUID
    post_id: UUID
    platform: Platform
    files: list[dict[str, Any]]
    is_open: bool


async def find(tx: Transaction, album: str) -> Album | None:
    """The album by the chat's name for it, locked until the transaction ends; None: nobody handed any of it over."""
    return await tx.row(Album, _FIND, {"album": album})


async def add(tx: Transaction, wish_id: UUID, files: list[dict[str, Any]], description: str, quiet: float) -> None:
    """The album has these files now, and is fetched `quiet` seconds from now. The first description stays.

    A worker whose lease ran out, and which still fetches what there was before, has lost it for good.
    """
    await tx.run(_ADD, {"id": wish_id, "files": Jsonb(files), "description": description, "quiet": quiet})


async def end(tx: Transaction, album: Album, problem: str) -> None:
    """Nothing of it is fetched; the card says why."""
    await tx.run(_END, {"id": album.id, "problem": problem})
    await tx.run(_REDRAW, {"post": album.post_id})


_FIND = """
SELECT h.id, h.post_id, a.platform, h.files, h.ended_at IS NULL AND (h.lease_until IS NULL OR h.lease_until < now()) AS is_open
FROM handed h
JOIN posts p ON p.workspace_id = h.workspace_id AND p.id = h.post_id
JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
WHERE h.workspace_id = %(workspace_id)s AND h.album = %(album)s
ORDER BY h.handed_at DESC LIMIT 1 FOR UPDATE OF h
"""
_ADD = """
UPDATE handed SET files = %(files)s, description = CASE WHEN description = '' THEN %(description)s ELSE description END,
    next_at = greatest(next_at, now() + make_interval(secs => %(quiet)s)), lease_by = NULL, lease_until = NULL
WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""
_END = """
UPDATE handed h SET outcome = 'problem', problem = %(problem)s, next_at = NULL, ended_at = clock_timestamp(),
    ended_revision = (SELECT p.revision_n FROM posts p WHERE p.workspace_id = h.workspace_id AND p.id = h.post_id)
WHERE h.workspace_id = %(workspace_id)s AND h.id = %(id)s AND h.ended_at IS NULL
"""
_REDRAW = """
UPDATE cards SET wanted = wanted + 1, wanted_at = clock_timestamp() WHERE workspace_id = %(workspace_id)s AND post_id = %(post)s
"""
