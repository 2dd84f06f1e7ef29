"""Pauses: what is stopped, by whom, since when; and the posts that are held because of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.ids import uuid7
from storage.session import Transaction


class Scope(StrEnum):
    """What a pause covers."""

    WORKSPACE = "workspace"
    WEB_APP = "web_app"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Pause:
    """An open pause. `scope_id` is None for the whole workspace. `started_at` is UTC."""

    id: UUID
    scope: Scope
    scope_id: UUID | None
    started_by: UUID | None
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """A pause that may be over: then by whom (None: whoever runs the system) and since when, in UTC."""

    scope: Scope
    scope_id: UUID | None
    ended_by: str | None
    ended_at: datetime | None


async def shut_gate(tx: Transaction) -> None:
    """Wait until every claim of the workspace that has begun is committed, and keep others out until this commits.

    The first thing that a pause locks. Claims enter by reading `is_paused`.
    """
    await tx.run("SELECT pg_advisory_xact_lock(gate(%(workspace_id)s))")


async def begin(tx: Transaction, scope: Scope, scope_id: UUID | None, by: UUID | None) -> Pause | None:
    """Open a pause; None when one of this scope is open already."""
    return await tx.row(Pause, _BEGIN, {"id": uuid7(), "scope": scope, "scope_id": scope_id, "by": by})


async def end(tx: Transaction, scope: Scope, scope_id: UUID | None, by: UUID | None) -> Pause | None:
    """Close a pause; None when none of this scope is open."""
    return await tx.row(Pause, _END, {"scope": scope, "scope_id": scope_id, "by": by})


async def get(tx: Transaction, pause_id: UUID) -> Ended | None:
    """A pause, open or over."""
    return await tx.row(Ended, _GET, {"id": pause_id})


async def called(tx: Transaction, scope: Scope, scope_id: UUID | None) -> str:
    """What a pause covers, as people call it: a web app's or an account's name; "" for the whole workspace."""
    return str(await tx.value(_CALLED, {"scope": scope, "scope_id": scope_id}) or "")


async def waiting(tx: Transaction) -> int:
    """How many approved posts of the workspace would go out by themselves."""
    return int(await tx.value(_WAITING))


async def open_pauses(tx: Transaction) -> list[Pause]:
    return await tx.rows(Pause, _OPEN)


async def exists(tx: Transaction, scope: Scope, scope_id: UUID | None) -> bool:
    """Whether there is such a thing to pause in this workspace."""
    return bool(await tx.value(_EXISTS, {"scope": scope, "scope_id": scope_id}))


async def hold(tx: Transaction, scope: Scope, scope_id: UUID | None, by: UUID | None, trouble: str) -> list[UUID]:
    """Move what is approved in this scope to held; returns those posts. Locks in the order of ids."""
    values = {"scope": scope, "scope_id": scope_id, "by": by, "trouble": trouble}
    return [row["id"] for row in await tx.dicts(_HOLD, values)]


async def release(tx: Transaction, scope: Scope, scope_id: UUID | None, by: UUID | None) -> list[UUID]:
    """Approve again what is held in this scope, unless another pause covers it or its account is not connected.

    Each is due at its own slot; one whose slot has long passed becomes missed there, and a person is asked.
    """
    values = {"scope": scope, "scope_id": scope_id, "by": by}
    return [row["id"] for row in await tx.dicts(_RELEASE, values)]


_BEGIN = """
INSERT INTO pauses (workspace_id, id, scope, scope_id, started_by)
VALUES (%(workspace_id)s, %(id)s, %(scope)s, %(scope_id)s, %(by)s)
ON CONFLICT (workspace_id, scope, (coalesce(scope_id, workspace_id))) WHERE ended_at IS NULL DO NOTHING
RETURNING id, scope, scope_id, started_by, started_at
"""
_END = """
UPDATE pauses SET ended_at = clock_timestamp(), ended_by = %(by)s
WHERE workspace_id = %(workspace_id)s AND scope = %(scope)s AND scope_id IS NOT DISTINCT FROM %(scope_id)s::uuid
  AND ended_at IS NULL
RETURNING id, scope, scope_id, started_by, started_at
"""
_GET = """
SELECT p.scope, p.scope_id, p.ended_at, m.name AS ended_by
FROM pauses p LEFT JOIN members m ON m.workspace_id = p.workspace_id AND m.id = p.ended_by
WHERE p.workspace_id = %(workspace_id)s AND p.id = %(id)s
"""
_CALLED = """
SELECT CASE %(scope)s
    WHEN 'web_app' THEN (SELECT w.name FROM web_apps w WHERE w.workspace_id = %(workspace_id)s AND w.id = %(scope_id)s::uuid)
    WHEN 'account' THEN (SELECT a.name FROM accounts a WHERE a.workspace_id = %(workspace_id)s AND a.id = %(scope_id)s::uuid) END
"""
_WAITING = "SELECT count(*) FROM posts WHERE workspace_id = %(workspace_id)s AND state IN ('approved', 'retry_wait')"
_OPEN = """
SELECT id, scope, scope_id, started_by, started_at FROM pauses
WHERE workspace_id = %(workspace_id)s AND ended_at IS NULL ORDER BY started_at, id
"""
_EXISTS = """
SELECT CASE %(scope)s
    WHEN 'workspace' THEN %(scope_id)s::uuid IS NULL
    WHEN 'web_app' THEN EXISTS (SELECT FROM web_apps w WHERE w.workspace_id = %(workspace_id)s AND w.id = %(scope_id)s
                                AND w.removed_at IS NULL)
    ELSE EXISTS (SELECT FROM accounts a WHERE a.workspace_id = %(workspace_id)s AND a.id = %(scope_id)s
                 AND a.state <> 'removed') END
"""
_HOLD = """
UPDATE posts SET event = 'hold', actor = %(by)s, trouble = %(trouble)s, next_at = NULL
WHERE workspace_id = %(workspace_id)s AND id IN (
    SELECT p.id FROM posts p WHERE p.workspace_id = %(workspace_id)s AND p.state IN ('approved', 'retry_wait')
    AND (%(scope)s = 'workspace' OR (%(scope)s = 'web_app' AND p.web_app_id = %(scope_id)s::uuid)
         OR (%(scope)s = 'account' AND p.account_id = %(scope_id)s::uuid)) ORDER BY p.id FOR UPDATE)
RETURNING id
"""
_RELEASE = """
UPDATE posts SET event = 'resume', actor = %(by)s, trouble = NULL, trouble_link = NULL, next_at = slot
WHERE workspace_id = %(workspace_id)s AND id IN (
    SELECT p.id FROM posts p JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
    WHERE p.workspace_id = %(workspace_id)s AND p.state = 'held' AND a.state = 'connected'
      AND (%(scope)s = 'workspace' OR (%(scope)s = 'web_app' AND p.web_app_id = %(scope_id)s::uuid)
         OR (%(scope)s = 'account' AND p.account_id = %(scope_id)s::uuid))
      AND NOT EXISTS (
          SELECT FROM pauses u WHERE u.workspace_id = p.workspace_id AND u.ended_at IS NULL
          AND (u.scope = 'workspace' OR (u.scope = 'web_app' AND u.scope_id = p.web_app_id)
               OR (u.scope = 'account' AND u.scope_id = p.account_id)))
    ORDER BY p.id FOR UPDATE OF p)
RETURNING id
"""
