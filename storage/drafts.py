"""Drafts: a batch leased for writing, what its writer has to know, and what was written."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from domain.plans import Plan
from domain.platforms import Platform
from domain.publishing import AccountKind
from storage.session import Transaction


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch whose lease we hold."""

    id: UUID
    state: str
    local_date: date
    deliver_from: datetime
    tries: int
    web_app_id: UUID
    name: str
    url: str
    zone: str
    slot_times: list[Any]
    description: str | None
    banned_words: list[str]
    plan: Plan
    share: int
    """Among how many web apps the workspace's posts of a day are shared."""
    place: int
    """Which of them this one is, from 0."""
    used: int
    """Posts that the others already got for this date."""
    now: datetime


async def lease(tx: Transaction, batch_id: UUID, *, worker: str, seconds: float) -> Batch | None:
    """Take a batch that wants looking at; None when somebody has it or nothing is to be done."""
    if await tx.run(_LEASE, {"id": batch_id, "worker": worker, "seconds": seconds}) != 1:
        return None
    return await tx.row(Batch, _BATCH, {"id": batch_id})


async def keep(tx: Transaction, batch_id: UUID, *, worker: str, seconds: float) -> None:
    """Renew the lease of a batch, if it is still ours."""
    await tx.run(_KEEP, {"id": batch_id, "worker": worker, "seconds": seconds})


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account that a batch writes for."""

    id: UUID
    platform: Platform
    kind: AccountKind
    name: str


async def accounts(tx: Transaction) -> list[AccountRow]:
    """The connected accounts of the workspace, in the order in which they were connected."""
    return await tx.rows(AccountRow, _ACCOUNTS)


async def recent_texts(tx: Transaction, web_app_id: UUID) -> list[str]:
    """Texts of the last 90 days of a web app, newest first."""
    return [row["text"] for row in await tx.dicts(_RECENT_TEXTS, {"web_app_id": web_app_id})]


async def taken_slots(tx: Transaction) -> list[datetime]:
    """Instants (UTC) at which open posts of the workspace go out."""
    return [row["slot"] for row in await tx.dicts(_TAKEN_SLOTS)]


@dataclass(frozen=True, slots=True)
class NewBrief:
    """One idea of the day with its sources, as JSON."""

    id: UUID
    n: int
    angle: str
    facts: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class NewPost:
    """One written post with its first revision, ready to store."""

    id: UUID
    brief_id: UUID
    account_id: UUID
    slot: datetime
    text: str
    pictures: list[dict[str, Any]]
    video: dict[str, Any] | None
    settings: dict[str, str]
    sha256: bytes
    drafted_from: str
    length: int
    sources: list[list[str]]
    warnings: list[str]
    objections: list[str]
    document: dict[str, Any] | None = None


async def record_written(
    tx: Transaction,
    batch: Batch,
    worker: str,
    page: dict[str, Any],
    briefs: list[NewBrief],
    posts: list[NewPost],
    dropped: list[str],
    *,
    host: str,
    name: str,
) -> bool:
    """Store a written batch in a handful of statements, however many posts. False when the lease was lost.

    A web app that nobody named (it is called by its `host`) takes the page's own `name`. Without a post no brief is kept either: such a batch can be written again.
    """
    values = {"id": batch.id, "worker": worker, "page": Jsonb(page), "dropped": dropped}
    if await tx.run(_WRITTEN, values) != 1:
        return False
    await tx.run(_NAME_APP, {"id": batch.web_app_id, "host": host, "name": name})
    if not posts:
        return True
    await tx.run(
        _BRIEFS,
        {
            "batch_id": batch.id,
            "ids": [brief.id for brief in briefs],
            "ns": [brief.n for brief in briefs],
            "angles": [brief.angle for brief in briefs],
            "facts": [Jsonb(brief.facts) for brief in briefs],
        },
    )
    first = await tx.value(_NUMBERS, {"count": len(posts)})
    await tx.run(
        _POSTS,
        {
            "batch_id": batch.id,
            "web_app_id": batch.web_app_id,
            "ids": [post.id for post in posts],
            "numbers": list(range(first, first + len(posts))),
            "briefs": [post.brief_id for post in posts],
            "accounts": [post.account_id for post in posts],
            "slots": [post.slot for post in posts],
        },
    )
    await add_revisions(tx, posts)
    await tx.run(_WRITE, {"ids": [post.id for post in posts]})
    return True


async def add_revisions(tx: Transaction, posts: list[NewPost], n: int = 1) -> None:
    """The revisions `n` of many posts in one statement."""
    await tx.run(
        _REVISIONS,
        {
            "ns": [n] * len(posts),
            "ids": [post.id for post in posts],
            "texts": [post.text for post in posts],
            "pictures": [Jsonb(post.pictures) for post in posts],
            "videos": [Jsonb(post.video) if post.video else None for post in posts],
            "documents": [Jsonb(post.document) if post.document else None for post in posts],
            "settings": [Jsonb(post.settings) for post in posts],
            "hashes": [post.sha256 for post in posts],
            "origins": [post.drafted_from for post in posts],
            "lengths": [post.length for post in posts],
            "sources": [Jsonb(post.sources) for post in posts],
            "warnings": [Jsonb(post.warnings) for post in posts],
            "objections": [Jsonb(post.objections) for post in posts],
        },
    )


async def record_unreadable(tx: Transaction, batch_id: UUID, worker: str, problem: str) -> bool:
    """The page could not be read: the digest says why and asks for a description."""
    return await tx.run(_UNREADABLE, {"id": batch_id, "worker": worker, "problem": problem}) == 1


_LEASE = """
UPDATE batches SET lease_by = %(worker)s, lease_until = now() + make_interval(secs => %(seconds)s), tries = tries + 1
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND state = 'planned' AND next_at <= now() AND (lease_until IS NULL OR lease_until < now())
"""
_KEEP = """
UPDATE batches SET lease_until = now() + make_interval(secs => %(seconds)s)
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND lease_by = %(worker)s AND state = 'planned'
"""
_BATCH = """
SELECT b.id, b.state, b.local_date, b.deliver_from, b.tries, b.web_app_id, w.name, w.url, w.zone, w.slot_times, w.description, w.banned_words,
       s.plan, (SELECT count(*) FROM web_apps o WHERE o.workspace_id = b.workspace_id AND o.removed_at IS NULL)::integer AS share,
       (SELECT count(*) FROM web_apps o WHERE o.workspace_id = b.workspace_id AND o.removed_at IS NULL
           AND (o.created_at, o.id) < (w.created_at, w.id))::integer AS place,
       (SELECT count(*) FROM posts p JOIN batches o ON o.workspace_id = p.workspace_id AND o.id = p.batch_id
         WHERE p.workspace_id = b.workspace_id AND o.local_date = b.local_date AND o.id <> b.id)::integer AS used, now() AS now
FROM batches b
JOIN web_apps w ON w.workspace_id = b.workspace_id AND w.id = b.web_app_id
JOIN workspaces s ON s.workspace_id = b.workspace_id
WHERE b.workspace_id = %(workspace_id)s AND b.id = %(id)s
"""
_ACCOUNTS = """
SELECT id, platform, kind, name FROM accounts WHERE workspace_id = %(workspace_id)s AND state = 'connected' ORDER BY connected_at, id
"""
_RECENT_TEXTS = """
SELECT r.text FROM posts p JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n
WHERE p.workspace_id = %(workspace_id)s AND p.web_app_id = %(web_app_id)s AND r.made_at > now() - interval '90 days'
ORDER BY r.made_at DESC LIMIT 4000
"""
_TAKEN_SLOTS = """
SELECT slot FROM posts WHERE workspace_id = %(workspace_id)s AND state NOT IN ('published', 'withdrawn', 'dropped', 'rejected', 'expired')
AND slot > now() - interval '1 hour'
"""
_WRITTEN = """
UPDATE batches SET state = 'written', page = %(page)s, dropped = %(dropped)s, problem = NULL, next_at = greatest(deliver_from, now()),
    lease_by = NULL, lease_until = NULL, tries = 0
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND lease_by = %(worker)s AND state = 'planned' AND lease_until > now()
"""
_NAME_APP = """
UPDATE web_apps SET name = %(name)s WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND name = %(host)s AND name <> %(name)s
"""
_BRIEFS = """
INSERT INTO briefs (workspace_id, id, batch_id, n, angle, facts)
SELECT %(workspace_id)s, u.id, %(batch_id)s, u.n, u.angle, u.facts
FROM unnest(%(ids)s::uuid[], %(ns)s::smallint[], %(angles)s::text[], %(facts)s::jsonb[]) AS u (id, n, angle, facts)
"""
_NUMBERS = """
UPDATE workspaces SET next_number = next_number + %(count)s WHERE workspace_id = %(workspace_id)s RETURNING next_number - %(count)s
"""
_POSTS = """
INSERT INTO posts (workspace_id, id, number, batch_id, brief_id, web_app_id, account_id, slot, revision_n)
SELECT %(workspace_id)s, u.id, u.number, %(batch_id)s, u.brief_id, %(web_app_id)s, u.account_id, u.slot, 1
FROM unnest(%(ids)s::uuid[], %(numbers)s::integer[], %(briefs)s::uuid[], %(accounts)s::uuid[], %(slots)s::timestamptz[])
    AS u (id, number, brief_id, account_id, slot)
"""
_REVISIONS = """
INSERT INTO revisions (workspace_id, post_id, n, text, pictures, video, document, settings, sha256, drafted_from, length, sources, warnings, objections)
SELECT %(workspace_id)s, u.id, u.n, u.text, u.pictures, u.video, u.document, u.settings, u.sha256, u.origin, u.length, u.sources,
       ARRAY(SELECT jsonb_array_elements_text(u.warnings)), ARRAY(SELECT jsonb_array_elements_text(u.objections))
FROM unnest(%(ids)s::uuid[], %(texts)s::text[], %(pictures)s::jsonb[], %(hashes)s::bytea[], %(origins)s::text[], %(lengths)s::integer[],
            %(sources)s::jsonb[], %(warnings)s::jsonb[], %(objections)s::jsonb[], %(ns)s::integer[], %(videos)s::jsonb[], %(settings)s::jsonb[],
            %(documents)s::jsonb[])
    AS u (id, text, pictures, sha256, origin, length, sources, warnings, objections, n, video, settings, document)
"""
_WRITE = "UPDATE posts SET event = 'write', actor = NULL WHERE workspace_id = %(workspace_id)s AND id = ANY (%(ids)s)"
_UNREADABLE = """
UPDATE batches SET state = 'unreadable', problem = %(problem)s, next_at = greatest(deliver_from, now()), lease_by = NULL, lease_until = NULL
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND lease_by = %(worker)s AND state = 'planned' AND lease_until > now()
"""
