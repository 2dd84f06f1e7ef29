"""An album's files come one by one, in any order and perhaps twice. They are one wish, fetched when no more of them come.

The first part that arrives is the answer (`pipeline.hand_over`, with `album`); every other joins it here.
"""

from enum import StrEnum
from uuid import UUID

from domain.handed import ALBUM_QUIET_SECONDS, HandedFile, as_row, claims_problem, files_of
from pipeline.decide import Unusable
from pipeline.ports import Hint
from storage import albums
from storage.albums import Album
from storage.session import Database


class Joined(StrEnum):
    """What became of another part."""

    JOINED = "joined"
    FIRST = "first"
    """Nobody handed any of this album over, or it was refused: this part is an answer of its own."""
    LATE = "late"
    """The files are being fetched, or have been: this part is not among them."""


async def join_album(
    database: Database, hint: Hint, workspace_id: UUID, album: str, file: HandedFile, description: str
) -> Joined:
    """Add a file to its album; the same one again changes nothing.

    Raises `Unusable` when the whole can be no post any more: then nothing of it is fetched, and the card says so too.
    """
    async with database.transaction(workspace_id) as tx:
        known = await albums.find(tx, album)
        if known is None:
            return Joined.FIRST
        files = files_of(known.files)
        if any(one.ref == file.ref for one in files):
            return Joined.JOINED
        if not known.is_open:
            return Joined.LATE
        whole = sorted([*files, file], key=lambda one: one.place)
        problem = claims_problem(whole, known.platform)
        if problem is None:
            words = " ".join(description.split())[:1_000]
            await albums.add(tx, known.id, [as_row(one) for one in whole], words, ALBUM_QUIET_SECONDS)
            return Joined.JOINED
        await albums.end(tx, known, problem)
        tx.after_commit(lambda: hint("redraw", workspace_id, workspace_id))
    raise Unusable(problem)


async def refuse_album(database: Database, hint: Hint, workspace_id: UUID, album: str, sentence: str) -> bool:
    """A part cannot be had at all: nothing of its album is fetched. False: there is none that still waits."""
    async with database.transaction(workspace_id) as tx:
        known: Album | None = await albums.find(tx, album)
        if known is None or not known.is_open:
            return False
        await albums.end(tx, known, sentence)
        tx.after_commit(lambda: hint("redraw", workspace_id, workspace_id))
    return True
