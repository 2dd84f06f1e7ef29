"""Pauses: stop one web app, one account or everything of a workspace at once, and go on later."""

from uuid import UUID

from domain.errors import Refused
from domain.roles import Right
from pipeline.chats import draw_soon
from pipeline.people import require
from pipeline.ports import Hint
from storage import pauses, workspaces
from storage.pauses import Pause, Scope
from storage.session import Database, Transaction


async def pause(
    database: Database, hint: Hint, workspace_id: UUID, by: UUID, scope: Scope, scope_id: UUID | None
) -> list[UUID]:
    """Nothing of this scope goes out from now on: what was approved is held. Returns those posts. May run twice.

    Reviewers and owners. What is being sent at this moment is not called back. Raises `NotAllowed`, `Refused`.
    """
    async with database.transaction(workspace_id) as tx:
        member = await require(tx, by, Right.PAUSE)
        await _must_exist(tx, scope, scope_id)
        await workspaces.lock(tx)
        # Held first, begun second: a claim that came before us is then also written down as older than the pause.
        held = await pauses.hold(tx, scope, scope_id, by, f"{member.name} paused it. It goes on when the pause ends.")
        await pauses.begin(tx, scope, scope_id, by)
        await draw_soon(tx, hint)
    return held


async def stop_everything(database: Database, hint: Hint, workspace_id: UUID, by: UUID) -> list[UUID]:
    """Pause the whole workspace. As `pause`."""
    return await pause(database, hint, workspace_id, by, Scope.WORKSPACE, None)


async def resume(
    database: Database, hint: Hint, workspace_id: UUID, by: UUID, scope: Scope, scope_id: UUID | None
) -> list[UUID]:
    """End a pause. Returns the posts that go on; those that another pause or a lost account keeps stay held.

    Reviewers and owners. A post whose slot passed meanwhile is not sent late by itself: it asks. May run twice.
    """
    async with database.transaction(workspace_id) as tx:
        await require(tx, by, Right.PAUSE)
        await workspaces.lock(tx)
        if not await pauses.end(tx, scope, scope_id, by):
            return []
        released = await pauses.release(tx, scope, scope_id, by)
        tx.after_commit(lambda: hint("due", None, None))
        await draw_soon(tx, hint)
    return released


async def open_pauses(database: Database, workspace_id: UUID) -> list[Pause]:
    """What is paused now, the oldest first. Every member may ask."""
    async with database.transaction(workspace_id) as tx:
        return await pauses.open_pauses(tx)


async def _must_exist(tx: Transaction, scope: Scope, scope_id: UUID | None) -> None:
    if not await pauses.exists(tx, scope, scope_id):
        raise Refused("There is no such thing to pause here. `apps` lists the web apps and accounts.")
