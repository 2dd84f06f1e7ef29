"""Parts: what follows a post that is out. One is under way at a time; the row of each says how far it is."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.parts import Part, PartKind, PartState, following
from domain.platforms import Platform
from domain.publishing import AccountKind
from storage.attempts import Key
from storage.session import Transaction


@dataclass(frozen=True, slots=True)
class DuePart:
    """A part that wants looking at, locked, with everything that has to be checked at that moment. Times are UTC."""

    id: UUID
    """The post's."""
    n: int
    kind: PartKind
    state: PartState
    fence: int
    sending: bool
    tries: int
    auto_released: bool
    absent_seen: int
    last_absent_at: datetime | None
    published_at: datetime
    text: str
    settings: dict[str, str]
    sha256: bytes
    revision_n: int
    approval_id: UUID | None
    account_id: UUID
    platform: Platform
    account_kind: AccountKind
    remote_account: str
    account_name: str
    account_state: str
    account_link: str | None
    post: str
    """The platform's id of the post."""
    before: str | None
    """The platform's id of the part before this one; None where that is the post."""
    wanted: bool
    """Whether the post still stands and nobody wants it deleted."""
    paused: bool
    stopped: bool
    token_renewed: bool
    intent_at: datetime | None
    """Of the last attempt, like the next three; None before the first."""
    sent_at: datetime | None
    ended_at: datetime | None
    detail: str | None
    late_remote_id: str | None
    late_permalink: str | None
    now: datetime

    @property
    def part(self) -> Part:
        return following(self.platform, self.text, self.settings)[self.n - 2]

    @property
    def after(self) -> str:
        """What it answers at the platform."""
        return self.before or self.post

    @property
    def key(self) -> Key:
        """Names its last attempt."""
        return Key(self.id, self.fence, self.n)


async def lock_due(tx: Transaction, post_id: UUID, *, token_renewed: str) -> DuePart | None:
    """Lock the part of a post that is due; None when somebody else has it or nothing is."""
    return await tx.row(DuePart, _LOCK_DUE, {"id": post_id, "token_renewed": token_renewed})


async def claim(tx: Transaction, part: DuePart, *, worker: str, lease_seconds: float) -> None:
    """Take a locked part under a new fence; the caller has checked everything."""
    await tx.run(_CLAIM, {**_named(part.key), "worker": worker, "lease": lease_seconds})


async def mark_sending(tx: Transaction, key: Key) -> bool:
    """Commit to sending. False when the claim is no longer ours: then provably nothing was sent."""
    return await tx.run(_MARK_SENDING, _named(key)) == 1


async def lease_look(tx: Transaction, part: DuePart, *, worker: str, lease_seconds: float) -> None:
    """Take the lease of a locked part for a look at the platform."""
    await tx.run(_LEASE_LOOK, {**_named(part.key), "worker": worker, "lease": lease_seconds})


async def confirm(tx: Transaction, key: Key, remote_id: str, permalink: str | None) -> bool:
    """It is out, and the next one's turn has come. False when the fence is another by now."""
    if await tx.run(_CONFIRM, {**_named(key), "remote_id": remote_id, "permalink": permalink}) != 1:
        return False
    await tx.run(_NEXT, _named(key))
    return True


@dataclass(frozen=True, slots=True)
class PartFate:
    """Where a part goes that was not confirmed. Without `next_in` and `next_at` it has ended, and the rest is dropped."""

    state: PartState
    trouble: str | None
    next_in: float | None = None
    """Seconds from now on the database's clock."""
    next_at: datetime | None = None
    link: str | None = None
    tries: int = 0

    @property
    def ends(self) -> bool:
        return self.next_in is None and self.next_at is None


async def record_fate(tx: Transaction, key: Key, fate: PartFate) -> bool:
    """Move a part on under its fence. False when the claim is no longer ours, or the part has ended."""
    values = {
        **_named(key),
        "state": fate.state,
        "trouble": fate.trouble,
        "link": fate.link,
        "next_in": fate.next_in,
        "next_at": fate.next_at,
        "tries": fate.tries,
    }
    if await tx.run(_RECORD_FATE, values) != 1:
        return False
    if fate.ends:
        await tx.run(_DROP_REST, {"id": key.post_id})
    return True


async def count_absent(tx: Transaction, key: Key, *, counts: bool, next_at: datetime) -> None:
    """Remember that a look found nothing; `counts` when it was late enough to mean something."""
    await tx.run(_COUNT_ABSENT, {**_named(key), "counts": counts, "next_at": next_at})


async def release_once(tx: Transaction, key: Key) -> bool:
    """Let a part that is conclusively absent try again, now; at most once in its life."""
    return await tx.run(_RELEASE_ONCE, _named(key)) == 1


async def stop(tx: Transaction, post_id: UUID) -> int:
    """Send nothing more of a post. Returns how many parts may still turn out to have arrived."""
    await tx.run(_DROP_REST, {"id": post_id})
    return int(await tx.value(_UNDER_WAY, {"id": post_id}))


async def answers(tx: Transaction, post_id: UUID) -> list[str]:
    """The platform's ids of a thread's further parts that are out, last one first."""
    return [row["remote_id"] for row in await tx.dicts(_ANSWERS, {"id": post_id})]


def _named(key: Key) -> dict[str, object]:
    return {"id": key.post_id, "n": key.part, "fence": key.fence}


_LOCK_DUE = """
SELECT p.id, q.n, q.kind, q.state, q.fence, q.sending, q.tries, q.auto_released, q.absent_seen, q.last_absent_at, p.published_at,
       r.text, r.settings, r.sha256, p.revision_n, p.approval_id, p.account_id,
       a.platform, a.kind AS account_kind, a.remote_id AS remote_account, a.name AS account_name, a.state AS account_state, a.link AS account_link,
       p.remote_id AS post,
       (SELECT b.remote_id FROM parts b WHERE b.workspace_id = q.workspace_id AND b.post_id = q.post_id AND b.n = q.n - 1) AS before,
       p.state = 'published' AND p.withdraw_wanted IS NULL AS wanted,
       is_paused(p.workspace_id, p.web_app_id, p.account_id) AS paused,
       is_stopped() AS stopped,
       coalesce(t.detail = %(token_renewed)s, false) AS token_renewed,
       t.intent_at, t.sent_at, coalesce(t.ended_at, t.lease_until) AS ended_at, t.detail,
       l.remote_id AS late_remote_id, l.permalink AS late_permalink, now() AS now
FROM parts q
JOIN posts p ON p.workspace_id = q.workspace_id AND p.id = q.post_id
JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n
JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
LEFT JOIN attempts t ON t.workspace_id = q.workspace_id AND t.post_id = q.post_id AND t.part = q.n AND t.fence = q.fence
LEFT JOIN LATERAL (SELECT remote_id, permalink FROM late_results l WHERE l.workspace_id = q.workspace_id AND l.post_id = q.post_id
                   AND l.part = q.n ORDER BY l.fence DESC LIMIT 1) l ON true
WHERE q.workspace_id = %(workspace_id)s AND q.post_id = %(id)s AND q.next_at <= now() AND (q.lease_until IS NULL OR q.lease_until < now())
  AND p.remote_id IS NOT NULL
ORDER BY q.n LIMIT 1 FOR UPDATE OF q SKIP LOCKED
"""
_CLAIM = """
UPDATE parts SET state = 'claimed', fence = fence + 1, lease_by = %(worker)s, sending = false, trouble = NULL,
    lease_until = now() + make_interval(secs => %(lease)s), next_at = now() + make_interval(secs => %(lease)s)
WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s AND n = %(n)s AND fence = %(fence)s AND state = 'waiting'
"""
_MARK_SENDING = """
UPDATE parts SET sending = true
WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s AND n = %(n)s AND fence = %(fence)s AND state = 'claimed' AND NOT sending
  AND lease_until > now()
"""
_LEASE_LOOK = """
UPDATE parts SET lease_by = %(worker)s, lease_until = now() + make_interval(secs => %(lease)s)
WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s AND n = %(n)s AND fence = %(fence)s AND state = 'unknown'
"""
_CONFIRM = """
UPDATE parts SET state = 'out', remote_id = %(remote_id)s, permalink = %(permalink)s, next_at = NULL, lease_by = NULL, lease_until = NULL,
    sending = false, trouble = NULL, trouble_link = NULL, tries = 0
WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s AND n = %(n)s AND fence = %(fence)s AND state IN ('claimed', 'unknown', 'unclear', 'waiting')
"""
_NEXT = """
UPDATE parts SET next_at = now() WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s AND n = %(n)s + 1 AND state = 'waiting'
"""
_RECORD_FATE = """
UPDATE parts SET state = %(state)s, trouble = %(trouble)s, trouble_link = coalesce(%(link)s, trouble_link), tries = %(tries)s,
    next_at = coalesce(%(next_at)s::timestamptz, now() + make_interval(secs => %(next_in)s::double precision)),
    lease_by = NULL, lease_until = NULL, sending = false
WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s AND n = %(n)s AND fence = %(fence)s AND state IN ('waiting', 'claimed', 'unknown')
"""
_DROP_REST = """
UPDATE parts SET state = 'dropped', next_at = NULL WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s AND state = 'waiting'
"""
_UNDER_WAY = """
SELECT count(*) FROM parts WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s AND state IN ('claimed', 'unknown')
"""
_COUNT_ABSENT = """
UPDATE parts SET absent_seen = absent_seen + CASE WHEN %(counts)s THEN 1 ELSE 0 END,
    last_absent_at = CASE WHEN %(counts)s THEN now() ELSE last_absent_at END, next_at = %(next_at)s, lease_by = NULL, lease_until = NULL
WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s AND n = %(n)s AND fence = %(fence)s AND state = 'unknown'
"""
_RELEASE_ONCE = """
UPDATE parts SET state = 'waiting', auto_released = true, absent_seen = 0, next_at = now(), lease_by = NULL, lease_until = NULL,
    trouble = NULL, trouble_link = NULL
WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s AND n = %(n)s AND fence = %(fence)s AND state = 'unknown' AND NOT auto_released
"""
_ANSWERS = """
SELECT remote_id FROM parts WHERE workspace_id = %(workspace_id)s AND post_id = %(id)s AND state = 'out' AND kind = 'reply' ORDER BY n DESC
"""
