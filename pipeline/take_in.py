"""A worker takes handed files in: fetched, read for what they are, made to fit, stored, and then the post's next revision.

Claim, act, record. Whatever stops a worker, the row is due again and everything begins anew; storing the same bytes again changes
nothing, and the revision and the end of the wish are one transaction.
"""

import asyncio
import contextlib
import shutil
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

import structlog

from domain.handed import LATE
from domain.slots import Soon
from pipeline.fetch_files import NotUsable, Shown, shown_by
from pipeline.leases import LEASE_SECONDS, kept
from pipeline.ports import FileLater, FileSources, Hint
from pipeline.revise import Check, free_slots, next_revision, slot_to_come
from pipeline.stages import LONGEST_INTAKE
from storage import decisions, handed
from storage.blobs import Media
from storage.handed import Wish
from storage.session import Database, Transaction

log = structlog.get_logger(__name__)

TRIES = 5
_PAUSES = (2.0, 10.0, 30.0, 60.0)
"""Seconds before the next try, when a file did not come."""
_BROKE_OFF = "Taking the files in broke off again and again. Hand them over once more, smaller if they are large."
_DID_NOT_COME = "The files could not be fetched from the chat. Hand them over once more."


@dataclass(frozen=True, slots=True)
class Taking:
    """What taking in works with. One a worker process. `folder` is where files lie while they are worked on."""

    database: Database
    sources: FileSources
    media: Media
    check: Check
    hint: Hint
    worker: str
    folder: Path
    soon: Soon = field(default_factory=Soon)
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    """How many are fetched and made at once: films want a processor each."""


async def take_in(workspace_id: UUID, handed_id: UUID, deps: Taking) -> None:
    """Take one hand-over in. A second hint for the same one finds nothing to do.

    While as many as may are under way, the row stays due and the clock comes back: a job that waits would keep a thread of the
    worker from posts that have to go out.
    """
    if deps.turns.locked():
        return
    async with deps.turns:
        await _take_in(workspace_id, handed_id, deps)


async def _take_in(workspace_id: UUID, handed_id: UUID, deps: Taking) -> None:
    async with deps.database.transaction(workspace_id) as tx:
        wish = await handed.lease(tx, handed_id, worker=deps.worker, seconds=LEASE_SECONDS)
    if wish is None:
        return
    if not wish.stands:
        await _end(workspace_id, wish, "late", LATE, deps)
        return
    if wish.tries > TRIES:
        await _end(workspace_id, wish, "problem", _BROKE_OFF, deps)
        return
    try:
        with _room(deps.folder, handed_id) as folder:
            async with kept(lambda: _renew(workspace_id, wish, deps)):
                shown = await shown_by(workspace_id, wish, deps.sources, deps.media, Path(folder))
    except FileLater as later:
        await _again(workspace_id, wish, later, deps)
    except NotUsable as problem:
        await _end(workspace_id, wish, "problem", problem.sentence, deps)
    else:
        await _record(workspace_id, wish, shown, deps)


def _room(folder: Path, handed_id: UUID) -> "tempfile.TemporaryDirectory[str]":
    """A folder of this try alone; what killed ones left goes away, of the same wish at once."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # another worker was quicker
            if left.name.startswith(f"{handed_id}-") or left.stat().st_mtime < time.time() - 2 * LONGEST_INTAKE:
                shutil.rmtree(left, ignore_errors=True)
    return tempfile.TemporaryDirectory(prefix=f"{handed_id}-", dir=folder, ignore_cleanup_errors=True)


async def _record(workspace_id: UUID, wish: Wish, shown: Shown, deps: Taking) -> None:
    """The revision and the end of the wish, together or not at all."""
    async with deps.database.transaction(workspace_id) as tx:
        stands = await handed.still_stands(tx, wish.id, worker=deps.worker)
        if stands is None:
            return  # another worker has it, or newer files took its place
        if stands:
            await _revise(tx, wish, shown, deps)
        await handed.end(
            tx, wish.id, worker=deps.worker, outcome="taken" if stands else "late", problem=None if stands else LATE
        )
        tx.after_commit(lambda: deps.hint("redraw", workspace_id, wish.post_id))
        tx.after_commit(lambda: deps.hint("due", None, None))


async def _revise(tx: Transaction, wish: Wish, shown: Shown, deps: Taking) -> None:
    post = await decisions.subject_of(tx, wish.post_id)
    if post is None:
        return
    changed = replace(post, pictures=shown.pictures, video=shown.video, document=shown.document)
    detail = next_revision(changed, post.text, post.settings, post.warnings, deps.check)
    slot = slot_to_come(post, await free_slots(tx, post, deps.soon))
    await handed.revise(tx, wish.id, {**detail, **slot, "drafted_from": "media"})


async def _end(workspace_id: UUID, wish: Wish, outcome: str, problem: str, deps: Taking) -> None:
    async with deps.database.transaction(workspace_id) as tx:
        await handed.end(tx, wish.id, worker=deps.worker, outcome=outcome, problem=problem)
        tx.after_commit(lambda: deps.hint("redraw", workspace_id, wish.post_id))


async def _again(workspace_id: UUID, wish: Wish, later: FileLater, deps: Taking) -> None:
    """The chat did not give the file now: it is asked again, until that has been tried often enough."""
    log.warning("a handed file did not come", why=str(later), tries=wish.tries)
    if wish.tries >= TRIES:
        await _end(workspace_id, wish, "problem", _DID_NOT_COME, deps)
        return
    seconds = max(later.seconds, _PAUSES[min(wish.tries, len(_PAUSES)) - 1])
    async with deps.database.transaction(workspace_id) as tx:
        await handed.wait(tx, wish.id, worker=deps.worker, seconds=seconds)
        tx.after_commit(lambda: deps.hint("due", None, None))


async def _renew(workspace_id: UUID, wish: Wish, deps: Taking) -> None:
    async with deps.database.transaction(workspace_id) as tx:
        await handed.keep(tx, wish.id, worker=deps.worker, seconds=LEASE_SECONDS)
