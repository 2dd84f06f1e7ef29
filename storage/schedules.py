"""When a web app's batch is planned next."""

from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from storage.session import Transaction


@dataclass(frozen=True, slots=True)
class DueSchedule:
    """A locked schedule whose time has come. Instants are UTC, times are the web app's own."""

    web_app_id: UUID
    zone: str
    batch_at: time
    deliver_at: time
    next_run: datetime
    now: datetime


async def lock_due(tx: Transaction, schedule_id: UUID) -> DueSchedule | None:
    """None when another clock has it, or it is not due (any more)."""
    return await tx.row(DueSchedule, _LOCK_DUE, {"id": schedule_id})


async def now(tx: Transaction) -> datetime:
    """What the database's clock shows. Days are counted by it alone: processes stand on several machines, and one may be wrong."""
    shown: datetime = await tx.value(_NOW)
    return shown


async def set_next_run(tx: Transaction, schedule_id: UUID, next_run: datetime) -> None:
    await tx.run(_SET_NEXT_RUN, {"id": schedule_id, "next_run": next_run})


@dataclass(frozen=True, slots=True)
class App:
    """The web app that somebody wants a batch of now."""

    name: str
    zone: str
    now: datetime


async def app(tx: Transaction, web_app_id: UUID) -> App | None:
    return await tx.row(App, _APP, {"id": web_app_id})


_NOW = "SELECT now()"
_LOCK_DUE = """
SELECT s.web_app_id, w.zone, w.batch_at, w.deliver_at, s.next_run, now() AS now
FROM schedules s JOIN web_apps w ON w.workspace_id = s.workspace_id AND w.id = s.web_app_id
WHERE s.workspace_id = %(workspace_id)s AND s.id = %(id)s AND s.next_run <= now() AND w.removed_at IS NULL
FOR UPDATE OF s SKIP LOCKED
"""
_SET_NEXT_RUN = "UPDATE schedules SET next_run = %(next_run)s WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
_APP = "SELECT name, zone, now() AS now FROM web_apps WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND removed_at IS NULL"
