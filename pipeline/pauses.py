"""Pauses: stop one web app, one account or everything of a workspace at once, and go on later."""

from datetime import UTC, datetime
from uuid import UUID

from domain.card import NoticeView
from domain.errors import Refused
from domain.roles import Right
from pipeline.chats import draw_soon
from pipeline.people import require
from pipeline.ports import Hint
from storage import notices, pauses, people, workspaces
from storage.pauses import Pause, Scope
from storage.session import Database, Transaction

OPERATOR = "Whoever runs Amarktai"
"""Who paused or resumed from the command line, as people read it."""


async def pause(
    database: Database, hint: Hint, workspace_id: UUID, by: UUID | None, scope: Scope, scope_id: UUID | None
) -> list[UUID]:
    """Nothing of this scope goes out from now on: what was approved is held. Returns those posts. May run twice.

    Reviewers and owners; `by` None is whoever runs the system. The chats of reviews get a notice with a button that ends it.
    What is being sent at this moment is not called back. Raises `NotAllowed`, `Refused`.
    """
    async with database.transaction(workspace_id) as tx:
        name = OPERATOR if by is None else (await require(tx, by, Right.PAUSE)).name
        await _must_exist(tx, scope, scope_id)
        # Claims that came before us are committed behind this line, and those after us will see the pause.
        await pauses.shut_gate(tx)
        await workspaces.lock(tx)
        held = await pauses.hold(tx, scope, scope_id, by, f"{name} paused it. It goes on when the pause ends.")
        begun = await pauses.begin(tx, scope, scope_id, by)
        if begun is not None:
            title = await _title(tx, begun)
            await notices.tell_reviewers(tx, _key(begun), _paused(title, name, begun, len(held)))
        await draw_soon(tx, hint)
    return held


async def stop_everything(database: Database, hint: Hint, workspace_id: UUID, by: UUID | None) -> list[UUID]:
    """Pause the whole workspace. As `pause`."""
    return await pause(database, hint, workspace_id, by, Scope.WORKSPACE, None)


async def resume(
    database: Database, hint: Hint, workspace_id: UUID, by: UUID | None, scope: Scope, scope_id: UUID | None
) -> list[UUID]:
    """End a pause. Returns the posts that go on; those that another pause or a lost account keeps stay held.

    Reviewers and owners; `by` None is whoever runs the system. The notices of the pause say that it is over.
    A post whose slot passed meanwhile is not sent late by itself: it asks. May run twice.
    """
    async with database.transaction(workspace_id) as tx:
        return await _resume(tx, hint, by, scope, scope_id)


async def resume_from_notice(database: Database, hint: Hint, workspace_id: UUID, by: UUID, pause_id: UUID) -> str:
    """End the pause that a notice tells of; what became of it, in a sentence. A second press says who was first.

    A pause that began later is another one: an old notice does not end it. Raises `NotAllowed`.
    """
    async with database.transaction(workspace_id) as tx:
        await require(tx, by, Right.PAUSE)
        await workspaces.lock(tx)
        found = await pauses.get(tx, pause_id)
        if found is None:
            return "There is no such pause here, so nothing happened."
        what = await pauses.called(tx, found.scope, found.scope_id) or "Everything"
        if found.ended_at is not None:
            return f"{what} goes on since {_clock(found.ended_at)}: {found.ended_by or OPERATOR} ended the pause."
        released = await _resume(tx, hint, by, found.scope, found.scope_id)
    return f"{what} goes on. {_posts(len(released))} on the way again."


STOPPED = NoticeView(
    title="Publishing is stopped for the whole system",
    text=(
        "Whoever runs Amarktai stopped it. Posts can be answered as ever; what is approved waits, and nothing goes out until "
        "they start it again. Posts whose slots pass meanwhile go out then, or ask what to do where that is too late."
    ),
)
GOES_ON = NoticeView(title="Publishing goes on", text="Whoever runs Amarktai started it again.", good=True)


async def tell_stopped(database: Database, workspace_id: UUID, since: datetime) -> int:
    """Say in the workspace's chats that the whole system is stopped since then. Returns how many of its posts wait."""
    async with database.transaction(workspace_id) as tx:
        await notices.tell_reviewers(tx, f"stopped:{since.astimezone(UTC):%Y%m%d%H%M%S%f}", STOPPED)
        return await pauses.waiting(tx)


async def tell_going_on(database: Database, workspace_id: UUID) -> int:
    """Say where it was said that the system is stopped that it goes on. Returns how many of the workspace's posts wait."""
    async with database.transaction(workspace_id) as tx:
        await notices.amend(tx, "stopped:", GOES_ON)
        return await pauses.waiting(tx)


async def open_pauses(database: Database, workspace_id: UUID) -> list[Pause]:
    """What is paused now, the oldest first. Every member may ask."""
    async with database.transaction(workspace_id) as tx:
        return await pauses.open_pauses(tx)


async def _resume(tx: Transaction, hint: Hint, by: UUID | None, scope: Scope, scope_id: UUID | None) -> list[UUID]:
    name = OPERATOR if by is None else (await require(tx, by, Right.PAUSE)).name
    await workspaces.lock(tx)
    ended = await pauses.end(tx, scope, scope_id, by)
    if ended is None:
        return []
    released = await pauses.release(tx, scope, scope_id, by)
    over = await _over(tx, ended, name, len(released))
    await notices.amend(tx, _key(ended), over)
    tx.after_commit(lambda: hint("due", None, None))
    await draw_soon(tx, hint)
    return released


def _key(pause: Pause) -> str:
    return f"pause:{pause.id}"


async def _title(tx: Transaction, pause: Pause) -> str:
    what = await pauses.called(tx, pause.scope, pause.scope_id)
    return f"{what} is paused" if what else "Everything is stopped"


def _paused(title: str, name: str, pause: Pause, held: int) -> NoticeView:
    text = (
        f"{name} paused it on {_clock(pause.started_at)}. {_posts(held)} on hold. Nothing of it goes out until somebody "
        "presses Resume; a post whose slot passes meanwhile asks what to do with it."
    )
    return NoticeView(title=title, text=text, resumes=str(pause.id))


async def _over(tx: Transaction, pause: Pause, name: str, released: int) -> NoticeView:
    what = await pauses.called(tx, pause.scope, pause.scope_id) or "Everything"
    first = await people.member(tx, pause.started_by) if pause.started_by else None
    text = (
        f"{first.name if first else OPERATOR} paused it on {_clock(pause.started_at)}; {name} ended the pause. "
        f"{_posts(released)} on the way again."
    )
    return NoticeView(title=f"{what} goes on", text=text, good=True)


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%d %b %Y, %H:%M} UTC"


def _posts(count: int) -> str:
    return f"{count} post{' is' if count == 1 else 's are'}"


async def _must_exist(tx: Transaction, scope: Scope, scope_id: UUID | None) -> None:
    if not await pauses.exists(tx, scope, scope_id):
        raise Refused("There is no such thing to pause here. `apps` lists the web apps and accounts.")
