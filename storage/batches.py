"""Batches: one web app's posts for one local date, and everything that writing and delivering them needs."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from psycopg.types.json import Jsonb

from domain.ids import uuid7
from domain.plans import Plan
from domain.platforms import Platform
from domain.publishing import AccountKind
from storage.session import Transaction


async def plan(tx: Transaction, web_app_id: UUID, local_date: date, deliver_from: datetime) -> UUID | None:
    """The batch of a web app and local date, made if it is not there yet. Returns its id only when it is new."""
    values = {"id": uuid7(), "web_app_id": web_app_id, "local_date": local_date, "deliver_from": deliver_from}
    new: UUID | None = await tx.value(_PLAN, values)
    return new


async def of_day(tx: Transaction, web_app_id: UUID, local_date: date) -> "BatchState | None":
    return await tx.row(BatchState, _OF_DAY, {"web_app_id": web_app_id, "local_date": local_date})


@dataclass(frozen=True, slots=True)
class BatchState:
    """Where a batch stands."""

    id: UUID
    state: str
    problem: str | None


async def hurry(tx: Transaction, batch_id: UUID) -> None:
    """Somebody wants today's batch now: cards may come at once; one without a post (an unreadable page) is written again."""
    await tx.run(_HURRY, {"id": batch_id})


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


class Keep(Protocol):
    """Renews a lease."""

    async def __call__(self, tx: Transaction, ident: UUID, *, worker: str, seconds: float) -> None: ...


async def keep(tx: Transaction, ident: UUID, *, worker: str, seconds: float) -> None:
    """Renew the lease of a batch, if it is still ours."""
    await tx.run(_KEEP, {"id": ident, "worker": worker, "seconds": seconds})


async def keep_rewrite(tx: Transaction, ident: UUID, *, worker: str, seconds: float) -> None:
    """Renew the lease of a post that is being rewritten, if it is still ours."""
    await tx.run(_KEEP_REWRITE, {"id": ident, "worker": worker, "seconds": seconds})


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
    sha256: bytes
    drafted_from: str
    length: int
    sources: list[list[str]]
    warnings: list[str]
    objections: list[str]


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


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A post that a reviewer wants written anew, with what the writer needs. `n` is the revision that stands so far."""

    id: UUID
    batch_id: UUID
    local_date: date
    brief_id: UUID
    slot_index: int
    facts: dict[str, Any]
    page: dict[str, Any]
    n: int
    slot: datetime
    direction: str | None
    tries: int
    now: datetime
    account_id: UUID
    platform: Platform
    kind: AccountKind
    account_name: str
    web_app_id: UUID
    name: str
    url: str
    banned_words: list[str]


async def lease_rewrite(tx: Transaction, post_id: UUID, *, worker: str, seconds: float) -> Rewrite | None:
    """Take a post that is to be written anew; None when somebody has it or nothing is to be done."""
    if await tx.run(_LEASE_REWRITE, {"id": post_id, "worker": worker, "seconds": seconds}) != 1:
        return None
    return await tx.row(Rewrite, _REWRITE, {"id": post_id})


async def record_rewritten(tx: Transaction, worker: str, post: NewPost, n: int) -> bool:
    """The new revision is there and goes to review, at the slot of `post`. False when the lease was lost."""
    if await tx.run(_REWRITTEN, {"id": post.id, "worker": worker, "n": n}) != 1:
        return False
    await add_revisions(tx, [post], n)
    await tx.run(_DELIVER_ONE, {"id": post.id, "slot": post.slot})
    return True


async def restore_old(tx: Transaction, post_id: UUID, worker: str, trouble: str, slot: datetime) -> bool:
    """Writing anew failed: the old revision stands again, at `slot`, and the card says why."""
    return await tx.run(_RESTORE, {"id": post_id, "worker": worker, "trouble": trouble, "slot": slot}) == 1


async def lock_deliverable(tx: Transaction, batch_id: UUID) -> bool:
    """Lock a batch whose cards may come now."""
    return bool(await tx.value(_LOCK_DELIVERABLE, {"id": batch_id}))


async def deliver(tx: Transaction, batch_id: UUID) -> list[UUID]:
    """Want a digest and a card a post in every reviewing chat, and open the review. Returns the chats."""
    digests = await tx.dicts(_WANT_DIGESTS, {"id": batch_id})
    await tx.run(_WANT_CARDS, {"id": batch_id})
    await tx.run(_DELIVER, {"id": batch_id})
    await tx.run(_DELIVERED, {"id": batch_id})
    return [row["chat_id"] for row in digests]


_PLAN = """
INSERT INTO batches (workspace_id, id, web_app_id, local_date, deliver_from, next_at)
VALUES (%(workspace_id)s, %(id)s, %(web_app_id)s, %(local_date)s, %(deliver_from)s, now())
ON CONFLICT (workspace_id, web_app_id, local_date) DO NOTHING RETURNING id
"""
_OF_DAY = """
SELECT id, state, problem FROM batches
WHERE workspace_id = %(workspace_id)s AND web_app_id = %(web_app_id)s AND local_date = %(local_date)s
"""
_HURRY = """
UPDATE batches b SET deliver_from = least(b.deliver_from, now()), tries = 0,
    next_at = CASE WHEN b.state = 'delivered' AND written.posts THEN NULL ELSE now() END,
    state = CASE WHEN b.state = 'unreadable' OR (b.state = 'delivered' AND NOT written.posts) THEN 'planned' ELSE b.state END
FROM (SELECT EXISTS (SELECT FROM posts p WHERE p.workspace_id = %(workspace_id)s AND p.batch_id = %(id)s) AS posts) written
WHERE b.workspace_id = %(workspace_id)s AND b.id = %(id)s
"""
_LEASE = """
UPDATE batches SET lease_by = %(worker)s, lease_until = now() + make_interval(secs => %(seconds)s), tries = tries + 1
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND state = 'planned' AND next_at <= now() AND (lease_until IS NULL OR lease_until < now())
"""
_KEEP = """
UPDATE batches SET lease_until = now() + make_interval(secs => %(seconds)s)
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND lease_by = %(worker)s AND state = 'planned'
"""
_KEEP_REWRITE = """
UPDATE posts SET lease_until = now() + make_interval(secs => %(seconds)s)
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
INSERT INTO revisions (workspace_id, post_id, n, text, pictures, sha256, drafted_from, length, sources, warnings, objections)
SELECT %(workspace_id)s, u.id, u.n, u.text, u.pictures, u.sha256, u.origin, u.length, u.sources,
       ARRAY(SELECT jsonb_array_elements_text(u.warnings)), ARRAY(SELECT jsonb_array_elements_text(u.objections))
FROM unnest(%(ids)s::uuid[], %(texts)s::text[], %(pictures)s::jsonb[], %(hashes)s::bytea[], %(origins)s::text[], %(lengths)s::integer[],
            %(sources)s::jsonb[], %(warnings)s::jsonb[], %(objections)s::jsonb[], %(ns)s::integer[])
    AS u (id, text, pictures, sha256, origin, length, sources, warnings, objections, n)
"""
_WRITE = "UPDATE posts SET event = 'write', actor = NULL WHERE workspace_id = %(workspace_id)s AND id = ANY (%(ids)s)"
_LEASE_REWRITE = """
UPDATE posts SET lease_by = %(worker)s, lease_until = now() + make_interval(secs => %(seconds)s), tries = tries + 1
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND state = 'planned' AND next_at <= now() AND (lease_until IS NULL OR lease_until < now())
"""
_REWRITE = """
SELECT p.id, p.batch_id, b.local_date, p.brief_id, f.n AS slot_index, jsonb_build_object('angle', f.angle, 'facts', f.facts) AS facts, b.page,
       p.revision_n AS n, p.slot, p.direction, p.tries, now() AS now, p.account_id, a.platform, a.kind, a.name AS account_name, p.web_app_id, w.name, w.url,
       w.banned_words
FROM posts p
JOIN batches b ON b.workspace_id = p.workspace_id AND b.id = p.batch_id
JOIN briefs f ON f.workspace_id = p.workspace_id AND f.id = p.brief_id
JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
JOIN web_apps w ON w.workspace_id = p.workspace_id AND w.id = p.web_app_id
WHERE p.workspace_id = %(workspace_id)s AND p.id = %(id)s
"""
_REWRITTEN = """
UPDATE posts SET event = 'write', actor = NULL, revision_n = %(n)s, direction = NULL, trouble = NULL, lease_by = NULL, lease_until = NULL, tries = 0
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND state = 'planned' AND lease_by = %(worker)s AND lease_until > now()
"""
_DELIVER_ONE = """
UPDATE posts SET event = 'deliver', actor = NULL, slot = %(slot)s, next_at = review_at(%(slot)s), reminded_at = NULL
WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""
_RESTORE = """
UPDATE posts SET event = 'restore', actor = NULL, trouble = %(trouble)s, direction = NULL, slot = %(slot)s, next_at = review_at(%(slot)s),
    lease_by = NULL, lease_until = NULL, tries = 0
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND state = 'planned' AND lease_by = %(worker)s
"""
_LOCK_DELIVERABLE = """
SELECT true FROM batches WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND state IN ('written', 'unreadable') AND next_at <= now()
FOR UPDATE SKIP LOCKED
"""
_UNREADABLE = """
UPDATE batches SET state = 'unreadable', problem = %(problem)s, next_at = greatest(deliver_from, now()), lease_by = NULL, lease_until = NULL
WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND lease_by = %(worker)s AND state = 'planned' AND lease_until > now()
"""
_WANT_DIGESTS = """
INSERT INTO cards (workspace_id, id, kind, chat_id, batch_id)
SELECT h.workspace_id, gen_random_uuid(), 'digest', h.id, %(id)s FROM chats h
WHERE h.workspace_id = %(workspace_id)s AND h.reviews AND h.gone_reason IS NULL
ON CONFLICT (workspace_id, chat_id, batch_id) DO UPDATE SET wanted = cards.wanted + 1, wanted_at = clock_timestamp() RETURNING chat_id
"""
_WANT_CARDS = """
INSERT INTO cards (workspace_id, id, kind, chat_id, post_id)
SELECT h.workspace_id, gen_random_uuid(), 'post', h.id, p.id
FROM chats h JOIN posts p ON p.workspace_id = h.workspace_id
WHERE h.workspace_id = %(workspace_id)s AND h.reviews AND h.gone_reason IS NULL AND p.batch_id = %(id)s AND p.state = 'drafted'
ON CONFLICT (workspace_id, chat_id, post_id) DO NOTHING
"""
_DELIVER = """
UPDATE posts SET event = 'deliver', actor = NULL, next_at = review_at(slot)
WHERE workspace_id = %(workspace_id)s AND batch_id = %(id)s AND state = 'drafted'
"""
_DELIVERED = """
UPDATE batches SET state = CASE WHEN state = 'written' THEN 'delivered' ELSE state END, next_at = NULL, lease_by = NULL, lease_until = NULL, tries = 0
WHERE workspace_id = %(workspace_id)s AND id = %(id)s
"""
