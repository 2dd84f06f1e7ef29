"""`amarktai pause` and `amarktai resume`: stop the whole system, or one workspace, and let it go on."""

from datetime import UTC, datetime
from uuid import UUID

import psycopg

from app.operate import NotDone, every_workspace, open_database, with_servers
from app.settings import HOW, Settings, load
from domain.card import Surface
from pipeline import pauses
from pipeline.workspaces import workspace_of
from storage.pauses import Scope
from storage.session import Database

STOPPED = (
    "Publishing is stopped for the whole system{since}: no attempt begins any more, in no workspace; what is being sent at this "
    "moment ends by itself. {posts} for `amarktai resume`. Writing, reviewing and measuring go on."
)
GOES_ON = (
    "Publishing goes on. {posts} for their slots; those whose slot passed meanwhile go out within half a minute, or ask "
    "a person where it passed longer ago than GRACE_MINUTES."
)


async def stop(team: str, chat: str) -> str:
    """Stop everything, or the workspace that a team or a chat names; what that means, in words. Raises `NotDone`."""
    with with_servers(load(needs=("AMARKTAI_KEYS",))) as settings:
        if team or chat:
            async with open_database(settings) as (database, _):
                held = await pauses.stop_everything(database, _nobody, await _named(database, team, chat), None)
            return (
                f"The workspace is stopped. {_count(len(held))} on hold until `amarktai resume` or a press on Resume."
            )
        since, was = _stop_system(_owner(settings))
        async with open_database(settings) as (database, _):
            waiting = sum([await pauses.tell_stopped(database, one, since) async for one in every_workspace(database)])
    said = f" since {since.astimezone(UTC):%d %b %Y, %H:%M} UTC already" if was else ""
    return STOPPED.format(since=said, posts=_waits(waiting))


async def go_on(team: str, chat: str) -> str:
    """End what `stop` began. Raises `NotDone`."""
    with with_servers(load(needs=("AMARKTAI_KEYS",))) as settings:
        if team or chat:
            async with open_database(settings) as (database, _):
                workspace = await _named(database, team, chat)
                released = await pauses.resume(database, _nobody, workspace, None, Scope.WORKSPACE, None)
            return f"The workspace goes on. {_count(len(released))} on the way again."
        if not _start_system(_owner(settings)):
            return "Publishing was not stopped for the whole system, so nothing changed."
        async with open_database(settings) as (database, _):
            waiting = sum([await pauses.tell_going_on(database, one) async for one in every_workspace(database)])
    return GOES_ON.format(posts=_waits(waiting))


def _stop_system(owner: str) -> tuple[datetime, bool]:
    """Since when it is stopped, and whether it was before. Claims that have begun are waited for: none begins afterwards."""
    with _connected(owner) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(gate(NULL))")
        row = connection.execute(_STOP).fetchone()
    if row is None:
        raise NotDone("The database has no schema yet: run `amarktai migrate`.")
    return row[0], row[1]


def _start_system(owner: str) -> bool:
    with _connected(owner) as connection:
        return connection.execute(_START).rowcount == 1


def _connected(owner: str) -> "psycopg.Connection[tuple[datetime, bool]]":
    try:
        return psycopg.connect(owner)
    except psycopg.Error as error:
        raise NotDone(
            f"The database does not answer ({str(error).strip().splitlines()[0]}): check DATABASE_URL."
        ) from None


def _owner(settings: Settings) -> str:
    owner = settings.database_url.get_secret_value()
    if not owner:
        raise NotDone(f"Only the owner of the database stops the whole system. DATABASE_URL: {HOW['DATABASE_URL']}")
    return owner


async def _named(database: Database, team: str, chat: str) -> UUID:
    surface, ref = (Surface.SLACK, team) if team else (Surface.TELEGRAM, chat)
    found = await workspace_of(database, surface, ref)
    if found is None:
        raise NotDone(f"No workspace belongs to {surface} “{ref}”. Name it with --team or --chat.")
    return found


def _nobody(stage: str, workspace_id: UUID | None, ident: UUID | None) -> None:
    """No hints from the command line: the clock finds what is due within seconds."""


def _count(posts: int) -> str:
    return f"{posts} post{' is' if posts == 1 else 's are'}"


def _waits(posts: int) -> str:
    return f"{posts} approved post{' waits' if posts == 1 else 's wait'}"


_STOP = """
UPDATE installation i SET stopped_at = coalesce(b.stopped_at, clock_timestamp()) FROM installation b
RETURNING i.stopped_at, b.stopped_at IS NOT NULL
"""
_START = "UPDATE installation SET stopped_at = NULL WHERE stopped_at IS NOT NULL"
