"""Planning: one batch per web app and local date, at the web app's own time. Exactly one, however often it is asked for."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from domain.slots import date_of_run, local_date_of, next_local, resolve_local
from pipeline.ports import Hint
from storage import batches, schedules
from storage.schedules import DueSchedule
from storage.session import Database, Transaction

LATEST = timedelta(hours=12)
"""A batch that is later than this is not made any more: after an outage nobody wants yesterday's posts."""


async def plan_scheduled(database: Database, hint: Hint, workspace_id: UUID, schedule_id: UUID) -> None:
    """Plan the batch of a schedule that is due, and set its next run, in one transaction."""
    async with database.transaction(workspace_id) as tx:
        due = await schedules.lock_due(tx, schedule_id)
        if due is None:
            return
        await schedules.set_next_run(tx, schedule_id, next_local(due.zone, due.batch_at, due.now))
        day = _day_of(due)
        if day is None:
            return
        batch_id = await batches.plan(tx, due.web_app_id, day, _deliver_from(due.zone, day, due.deliver_at))
        if batch_id is not None:
            tx.after_commit(lambda: hint("batch", workspace_id, batch_id))


def _day_of(due: DueSchedule) -> date | None:
    """The local date of the newest run that is due. None when even that is so long ago that the day is as good as over."""
    if due.now - due.next_run <= LATEST:
        return date_of_run(due.zone, due.batch_at, due.next_run)
    run = next_local(due.zone, due.batch_at, due.now - LATEST)
    return date_of_run(due.zone, due.batch_at, run) if run <= due.now else None


@dataclass(frozen=True, slots=True)
class Planned:
    """What `/batch now` did: made today's batch, found it under way, or found its cards delivered already."""

    web_app: str
    new: bool
    state: str


async def plan_now(database: Database, hint: Hint, workspace_id: UUID, web_app_id: UUID) -> Planned | None:
    """Make today's batch, or hurry it along: its cards come as soon as they are written. None: no such web app."""
    async with database.transaction(workspace_id) as tx:
        app = await schedules.app(tx, web_app_id)
        if app is None:
            return None
        today = local_date_of(app.zone, app.now)
        new = await batches.plan(tx, web_app_id, today, app.now) is not None
        batch = await _of_day(tx, web_app_id, today)
        if not new:
            await batches.hurry(tx, batch.id)
        tx.after_commit(lambda: hint("batch", workspace_id, batch.id))
    return Planned(app.name, new, batch.state)


async def _of_day(tx: Transaction, web_app_id: UUID, day: date) -> batches.BatchState:
    batch = await batches.of_day(tx, web_app_id, day)
    if batch is None:
        raise LookupError("the batch that was just planned is gone")
    return batch


def _deliver_from(zone: str, day: date, at: time) -> datetime:
    return resolve_local(zone, datetime.combine(day, at)).astimezone(UTC)
