"""Web apps: what is promoted, when its day begins, and its slots."""

from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from domain.ids import uuid7
from storage.session import Transaction


@dataclass(frozen=True, slots=True)
class WebApp:
    """Times are wall times in the web app's IANA `zone`."""

    id: UUID
    name: str
    url: str
    zone: str
    batch_at: time
    deliver_at: time
    slot_times: list[time]
    description: str | None
    banned_words: list[str]
    quorum: int


async def web_apps(tx: Transaction) -> list[WebApp]:
    """Those that were not removed, oldest first."""
    return await tx.rows(WebApp, _WEB_APPS)


async def get(tx: Transaction, web_app_id: UUID) -> WebApp | None:
    """None also when it was removed."""
    return await tx.row(WebApp, _GET, {"id": web_app_id})


async def by_url(tx: Transaction, url: str) -> WebApp | None:
    return await tx.row(WebApp, _BY_URL, {"url": url})


async def put(tx: Transaction, url: str, name: str, zone: str) -> WebApp:
    """A new web app, or one that was removed, back with its settings."""
    (app,) = await tx.rows(WebApp, _PUT, {"id": uuid7(), "url": url, "name": name, "zone": zone})
    return app


async def set_times(
    tx: Transaction, web_app_id: UUID, zone: str, batch_at: time, deliver_at: time, slot_times: list[time]
) -> None:
    values = {
        "id": web_app_id,
        "zone": zone,
        "batch_at": batch_at,
        "deliver_at": deliver_at,
        "slot_times": slot_times,
    }
    await tx.run(_SET_TIMES, values)


async def describe(tx: Transaction, web_app_id: UUID, text: str) -> None:
    await tx.run(_DESCRIBE, {"id": web_app_id, "text": text})


async def remove(tx: Transaction, web_app_id: UUID) -> bool:
    """False when it was removed already."""
    return await tx.run(_REMOVE, {"id": web_app_id}) == 1


async def schedule(tx: Transaction, web_app_id: UUID, next_run: datetime) -> UUID:
    """When its next batch is planned; the id of its schedule."""
    values = {"id": uuid7(), "web_app_id": web_app_id, "next_run": next_run}
    schedule_id: UUID = await tx.value(_SCHEDULE, values)
    return schedule_id


async def stop_posts(tx: Transaction, web_app_id: UUID, by: UUID) -> list[UUID]:
    """Take back whatever of a web app has not gone out. Posts whose answer was lost still ask their question."""
    values = {"id": web_app_id, "by": by}
    stopped = [row["id"] for row in await tx.dicts(_LOCK_STOPPABLE, values)]
    await tx.run(_REVOKE_APPROVALS, {"ids": stopped, "by": by})
    await tx.run(_STOP, {"ids": stopped, "by": by})
    return stopped


_WEB_APPS = """
SELECT id, name, url, zone, batch_at, deliver_at, slot_times, description, banned_words, quorum
FROM web_apps WHERE workspace_id = %(workspace_id)s AND removed_at IS NULL ORDER BY created_at, id
"""
_GET = """
SELECT id, name, url, zone, batch_at, deliver_at, slot_times, description, banned_words, quorum
FROM web_apps WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND removed_at IS NULL
"""
_BY_URL = """
SELECT id, name, url, zone, batch_at, deliver_at, slot_times, description, banned_words, quorum
FROM web_apps WHERE workspace_id = %(workspace_id)s AND url = %(url)s AND removed_at IS NULL
"""
_PUT = """
INSERT INTO web_apps (workspace_id, id, name, url, zone)
VALUES (%(workspace_id)s, %(id)s, %(name)s, %(url)s, %(zone)s)
ON CONFLICT (workspace_id, url) DO UPDATE SET name = excluded.name, zone = excluded.zone, removed_at = NULL
RETURNING id, name, url, zone, batch_at, deliver_at, slot_times, description, banned_words, quorum
"""
_SET_TIMES = """
UPDATE web_apps SET zone = %(zone)s, batch_at = %(batch_at)s, deliver_at = %(deliver_at)s,
    slot_times = %(slot_times)s::time[]
WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""
_DESCRIBE = "UPDATE web_apps SET description = %(text)s WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
_REMOVE = """
UPDATE web_apps SET removed_at = now() WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND removed_at IS NULL
"""
_SCHEDULE = """
INSERT INTO schedules (workspace_id, id, web_app_id, kind, next_run)
VALUES (%(workspace_id)s, %(id)s, %(web_app_id)s, 'batch', %(next_run)s)
ON CONFLICT (workspace_id, web_app_id, kind) DO UPDATE SET next_run = excluded.next_run
RETURNING id
"""
_LOCK_STOPPABLE = """
SELECT p.id FROM posts p WHERE p.workspace_id = %(workspace_id)s AND p.web_app_id = %(id)s
  AND p.state IN ('in_review', 'approved', 'retry_wait', 'held', 'failed', 'missed') ORDER BY p.id FOR UPDATE
"""
_REVOKE_APPROVALS = """
UPDATE approvals v SET revoked_at = clock_timestamp(), revoked_by = %(by)s
WHERE v.workspace_id = %(workspace_id)s AND v.post_id = ANY (%(ids)s) AND v.revoked_at IS NULL
"""
_STOP = """
UPDATE posts p SET actor = %(by)s, next_at = NULL, approval_id = NULL, trouble = 'Its web app was removed.',
    event = CASE p.state WHEN 'in_review' THEN 'reject' WHEN 'approved' THEN 'stop' WHEN 'retry_wait' THEN 'stop'
                         ELSE 'drop' END
WHERE p.workspace_id = %(workspace_id)s AND p.id = ANY (%(ids)s)
"""
