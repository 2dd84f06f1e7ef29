"""Alarms: what is wrong is told once, in the owner's chat, with what to do, and taken back when it is right again.

A late post is told to the owner of its workspace. A stage that stands still and workers that are silent concern whoever runs the
system: the owner of its oldest workspace is told. A dead account has a notice of its own (`pipeline.accounts`).
"""

from collections.abc import Mapping
from datetime import UTC
from uuid import UUID

from domain.card import NoticeView
from domain.platforms import PLATFORMS
from pipeline.pulse import STANDSTILL
from pipeline.sight import LATE_SECONDS, look
from storage import notices, sight
from storage.session import Database, Transaction
from storage.sight import Alarm, Late

SILENT_SECONDS = 180.0
"""How long no heartbeat goes round before somebody is told."""
LATE, STUCK, SILENT = "late", "stuck", "silent"
OWN_WORDS = frozenset({"approved", "retry_wait"})
"""Stages whose standstill shows as late posts, which are told as such."""

DOCTOR = "Whoever runs Amarktai types “amarktai doctor” and looks into the log of the workers."
SILENCE = NoticeView(title="The workers are silent", text=f"{STANDSTILL} Nothing goes out meanwhile. {DOCTOR}")

OVER: Mapping[str, NoticeView] = {
    LATE: NoticeView(
        title="No post is late any more", text="What was late went out, or its card says what became of it.", good=True
    ),
    STUCK: NoticeView(title="Work goes on", text="The stage that stood still is worked on again.", good=True),
    SILENT: NoticeView(title="The workers are back", text="What is due is worked on again.", good=True),
}


async def watch(database: Database) -> None:
    """Tell what has become wrong, keep what is told true, take back what is right again. May run twice and at once."""
    seen = await look(database)
    if seen is None:
        return
    late = [] if seen.stopped else await sight.late_workspaces(database, LATE_SECONDS)
    wanted = {(LATE, workspace_id) for workspace_id in late}
    first = await sight.first_workspace(database)
    if first is not None:
        wanted |= {(f"{STUCK}:{one.stage}", first) for one in seen.overdue if one.stage not in OWN_WORDS}
    for kind, workspace_id in wanted:
        await _tell(database, workspace_id, kind)
    for alarm in await sight.alarms(database):
        if (alarm.kind, alarm.workspace_id) not in wanted:  # that this runs at all ends a silence
            await take_back(database, alarm.workspace_id, alarm.kind)


async def tell_silence(database: Database) -> list[tuple[UUID, UUID]]:
    """Tell that the workers are silent. Returns workspace and chat of what somebody else than a worker has to draw."""
    first = await sight.first_workspace(database)
    if first is None:
        return []
    async with database.transaction(first) as tx:
        alarm = await sight.open_alarm(tx, SILENT)
        if alarm is None:
            return []
        return [(first, chat) for chat in await notices.tell_owner(tx, _key(alarm), SILENCE)]


async def take_back(database: Database, workspace_id: UUID, kind: str) -> None:
    """It is right again: the notice says so."""
    async with database.transaction(workspace_id) as tx:
        alarm = await sight.close_alarm(tx, kind)
        if alarm is not None:
            await notices.amend(tx, _key(alarm), OVER[kind.partition(":")[0]])


async def _tell(database: Database, workspace_id: UUID, kind: str) -> None:
    async with database.transaction(workspace_id) as tx:
        notice = await _notice(tx, kind)
        if notice is None:
            return
        alarm = await sight.open_alarm(tx, kind)
        if alarm is not None:
            await notices.tell_owner(tx, _key(alarm), notice)


async def _notice(tx: Transaction, kind: str) -> NoticeView | None:
    name, _, stage = kind.partition(":")
    if name == LATE:
        late = await sight.late(tx, LATE_SECONDS)
        return _late(late) if late else None
    text = f"The stage “{stage}” has had something to do for more than five minutes and does not get it done. {DOCTOR}"
    return NoticeView(title="Work of one kind stands still", text=text)


def _late(late: Late) -> NoticeView:
    where = f"#{late.number} on {PLATFORMS[late.platform].name} ({late.account_name})"
    more = f" {late.posts - 1} more wait as well." if late.posts > 1 else ""
    why = late.trouble or f"Nothing on its card says why. {DOCTOR}"
    todo = "On its card you can move or take it back; what is not moved goes out when it can, or asks."
    text = f"{where} should have gone out at {late.slot.astimezone(UTC):%H:%M} UTC and waits.{more} {why} {todo}"
    return NoticeView(title="A post is late", text=text)


def _key(alarm: Alarm) -> str:
    return f"alarm:{alarm.kind}:{alarm.since.astimezone(UTC):%Y%m%d%H%M%S%f}"
