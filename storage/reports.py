"""What people ask to see: the queue, accounts, people, in lines."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.plans import Plan
from domain.platforms import Platform
from domain.post import State
from domain.publishing import AccountKind
from domain.roles import Role
from storage.session import Transaction


@dataclass(frozen=True, slots=True)
class Queued:
    """A post that is still on its way, or went out today. `slot` is UTC."""

    web_app: str
    zone: str
    number: int
    platform: Platform
    account_name: str
    state: State
    slot: datetime
    opening: str


async def queue(tx: Transaction) -> list[Queued]:
    """By web app and slot: everything that still wants something, and what was decided in the last day."""
    return await tx.rows(Queued, _QUEUE)


@dataclass(frozen=True, slots=True)
class AppRow:
    """A web app with how many posts a day it gets an account."""

    id: UUID
    name: str
    url: str
    zone: str
    slots: int
    paused: bool


async def apps(tx: Transaction) -> list[AppRow]:
    return await tx.rows(AppRow, _APPS)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as a report shows it."""

    id: UUID
    platform: Platform
    name: str
    kind: AccountKind
    state: str
    trouble: str | None
    link: str | None
    paused: bool
    ends_at: datetime | None
    """When its permission ends, once its owner was told that only they can renew it."""


async def accounts(tx: Transaction) -> list[AccountRow]:
    return await tx.rows(AccountRow, _ACCOUNTS)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A member with a role and the chats in which they are known."""

    id: UUID
    name: str
    role: Role
    surfaces: list[str]


async def people(tx: Transaction) -> list[PersonRow]:
    return await tx.rows(PersonRow, _PEOPLE)


@dataclass(frozen=True, slots=True)
class Overview:
    """The workspace in figures."""

    name: str
    plan: Plan
    paused: bool
    posts_today: int
    waiting_since: datetime | None
    """The slot (UTC) of the oldest approved post that is late, if any."""
    stopped: bool
    """Whether publishing is stopped for the whole system."""


async def overview(tx: Transaction) -> Overview | None:
    return await tx.row(Overview, _OVERVIEW)


_QUEUE = """
SELECT w.name AS web_app, w.zone, p.number, a.platform, a.name AS account_name, p.state, p.slot, left(r.text, 90) AS opening
FROM posts p
JOIN web_apps w ON w.workspace_id = p.workspace_id AND w.id = p.web_app_id
JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
LEFT JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n
WHERE p.workspace_id = %(workspace_id)s
  AND (p.state NOT IN ('published', 'withdrawn', 'dropped', 'rejected', 'expired') OR p.slot > now() - interval '1 day')
ORDER BY w.name, p.state IN ('published', 'withdrawn', 'dropped', 'rejected', 'expired'), p.slot, p.number LIMIT 100
"""
_APPS = """
SELECT w.id, w.name, w.url, w.zone, cardinality(w.slot_times)::integer AS slots,
       EXISTS (SELECT FROM pauses s WHERE s.workspace_id = w.workspace_id AND s.ended_at IS NULL AND s.scope = 'web_app' AND s.scope_id = w.id) AS paused
FROM web_apps w WHERE w.workspace_id = %(workspace_id)s AND w.removed_at IS NULL ORDER BY w.created_at, w.id
"""
_ACCOUNTS = """
SELECT a.id, a.platform, a.name, a.kind, a.state, a.trouble, a.link,
       EXISTS (SELECT FROM pauses s WHERE s.workspace_id = a.workspace_id AND s.ended_at IS NULL AND s.scope = 'account' AND s.scope_id = a.id) AS paused,
       CASE WHEN a.state = 'connected' AND EXISTS (SELECT FROM cards c WHERE c.workspace_id = a.workspace_id
           AND starts_with(c.notice_key, 'expiry:' || a.id || ':') AND NOT (c.notice ->> 'good')::boolean) THEN a.expires_at END AS ends_at
FROM accounts a WHERE a.workspace_id = %(workspace_id)s AND a.state <> 'removed' ORDER BY a.connected_at, a.id
"""
_PEOPLE = """
SELECT m.id, m.name, r.role,
       ARRAY(SELECT DISTINCT i.surface FROM chat_identities i WHERE i.workspace_id = m.workspace_id AND i.member_id = m.id ORDER BY 1) AS surfaces
FROM members m JOIN role_periods r ON r.workspace_id = m.workspace_id AND r.member_id = m.id AND r.revoked_at IS NULL
WHERE m.workspace_id = %(workspace_id)s ORDER BY array_position(ARRAY['owner', 'reviewer', 'viewer'], r.role), m.name, m.id
"""
_OVERVIEW = """
SELECT s.name, s.plan,
       EXISTS (SELECT FROM pauses p WHERE p.workspace_id = s.workspace_id AND p.ended_at IS NULL AND p.scope = 'workspace') AS paused,
       (SELECT count(*) FROM posts p JOIN batches b ON b.workspace_id = p.workspace_id AND b.id = p.batch_id
         WHERE p.workspace_id = s.workspace_id AND b.planned_at > now() - interval '1 day')::integer AS posts_today,
       (SELECT min(p.slot) FROM posts p WHERE p.workspace_id = s.workspace_id AND p.state IN ('approved', 'retry_wait')
         AND p.slot < now() - interval '5 minutes') AS waiting_since,
       (SELECT i.stopped_at IS NOT NULL FROM installation i) AS stopped
FROM workspaces s WHERE s.workspace_id = %(workspace_id)s
"""
