"""Measures: an append-only series a post, and the sums that reports show. A metric that is null was not available."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.measures import Metric
from domain.platforms import Platform
from domain.publishing import AccountKind
from storage.session import Transaction


@dataclass(frozen=True, slots=True)
class Measurable:
    """A published post that is due for a reading. Instants are UTC."""

    id: UUID
    remote_id: str
    published_at: datetime
    now: datetime
    read_today: bool
    """Whether its figures were read on this day of UTC already."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The account whose posts are read together."""

    account_id: UUID
    platform: Platform
    account_kind: AccountKind
    remote_account: str
    account_name: str


async def account_of(tx: Transaction, post_id: UUID) -> Measured | None:
    return await tx.row(Measured, _ACCOUNT_OF, {"id": post_id})


async def take_due(tx: Transaction, account_id: UUID, *, most: int, again_in: float) -> list[Measurable]:
    """Up to `most` posts of an account that are due; they come due again in `again_in` seconds if this reading gets lost."""
    return await tx.rows(Measurable, _TAKE_DUE, {"account_id": account_id, "most": most, "again_in": again_in})


async def record(tx: Transaction, post_id: UUID, values: dict[str, int | None], next_at: datetime | None) -> None:
    """Append a reading and set the next one."""
    await tx.run(_RECORD, {"id": post_id, **{metric.value: values.get(metric) for metric in Metric}})
    await tx.run(_NEXT, {"id": post_id, "next_at": next_at})


async def adopt(tx: Transaction, post_id: UUID, known_by: str, remote_id: str, permalink: str | None) -> bool:
    """Name a published post by the id, and the link, that its platform told later.

    False when it is no longer known by `known_by`, or when another post of the platform has that id already.
    """
    values = {"id": post_id, "known_by": known_by, "remote_id": remote_id, "permalink": permalink}
    return await tx.run(_ADOPT, values) == 1


async def rest(tx: Transaction, post_id: UUID) -> None:
    """The platform no longer has the post: it is not read again."""
    await tx.run(_NEXT, {"id": post_id, "next_at": None})


async def put_off(tx: Transaction, post_ids: list[UUID], next_at: datetime) -> None:
    await tx.run(_PUT_OFF, {"ids": post_ids, "next_at": next_at})


@dataclass(frozen=True, slots=True)
class Total:
    """Latest figures of the posts of one account that were published in a period, summed; null where no post has one."""

    platform: str
    account_name: str
    posts: int
    impressions: int | None
    likes: int | None
    comments: int | None
    shares: int | None
    clicks: int | None
    saves: int | None
    as_of: datetime | None


async def totals(
    tx: Transaction, since: float, until: float, web_app_id: UUID | None, platform: str | None
) -> list[Total]:
    """Sums an account over posts published between `since` and `until` seconds ago (since > until)."""
    return await tx.rows(
        Total, _TOTALS, {"since": since, "until": until, "web_app_id": web_app_id, "platform": platform}
    )


@dataclass(frozen=True, slots=True)
class Ranked:
    """A post with its latest figures."""

    number: int
    platform: str
    opening: str
    permalink: str | None
    impressions: int | None
    likes: int | None


async def ranked(tx: Transaction, since: float, web_app_id: UUID | None, platform: str | None) -> list[Ranked]:
    """The posts published within `since` seconds, best first; posts without any figure last."""
    return await tx.rows(Ranked, _RANKED, {"since": since, "web_app_id": web_app_id, "platform": platform})


@dataclass(frozen=True, slots=True)
class Point:
    """What a platform's posts had gathered by the end of a step of the period. `step` counts from 0, oldest first."""

    platform: str
    step: int
    value: int | None


async def curve(
    tx: Transaction, since: float, steps: int, metric: Metric, web_app_id: UUID | None, platform: str | None
) -> list[Point]:
    """For each platform and step of the period, the sum over posts of their newest reading up to then."""
    values = {"since": since, "steps": steps, "metric": metric, "web_app_id": web_app_id, "platform": platform}
    return await tx.rows(Point, _CURVE, values)


_ACCOUNT_OF = """
SELECT p.account_id, a.platform, a.kind AS account_kind, a.remote_id AS remote_account, a.name AS account_name
FROM posts p JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
WHERE p.workspace_id = %(workspace_id)s AND p.id = %(id)s AND p.next_measure_at <= now()
"""
_TAKE_DUE = """
UPDATE posts p SET next_measure_at = now() + make_interval(secs => %(again_in)s)
FROM (SELECT id FROM posts WHERE workspace_id = %(workspace_id)s AND account_id = %(account_id)s AND next_measure_at <= now()
      AND remote_id IS NOT NULL ORDER BY next_measure_at LIMIT %(most)s FOR UPDATE SKIP LOCKED) due
WHERE p.workspace_id = %(workspace_id)s AND p.id = due.id
RETURNING p.id, p.remote_id, p.published_at, now() AS now,
    EXISTS (SELECT FROM measures m WHERE m.workspace_id = p.workspace_id AND m.post_id = p.id
        AND m.at >= date_trunc('day', now(), 'UTC')) AS read_today
"""
_RECORD = """
INSERT INTO measures (workspace_id, post_id, at, impressions, likes, comments, shares, clicks, saves)
VALUES (%(workspace_id)s, %(id)s, clock_timestamp(), %(impressions)s, %(likes)s, %(comments)s, %(shares)s, %(clicks)s, %(saves)s)
"""
_ADOPT = """
UPDATE posts p SET remote_id = %(remote_id)s, permalink = coalesce(%(permalink)s, p.permalink)
WHERE p.workspace_id = %(workspace_id)s AND p.id = %(id)s AND p.state = 'published' AND p.remote_id = %(known_by)s
  AND NOT EXISTS (SELECT FROM posts o JOIN accounts a ON a.workspace_id = o.workspace_id AND a.id = o.account_id
      JOIN accounts mine ON mine.workspace_id = p.workspace_id AND mine.id = p.account_id AND mine.platform = a.platform
      WHERE o.workspace_id = p.workspace_id AND o.id <> p.id AND o.remote_id = %(remote_id)s)
"""
_NEXT = "UPDATE posts SET next_measure_at = %(next_at)s WHERE workspace_id = %(workspace_id)s AND id = %(id)s"
_PUT_OFF = "UPDATE posts SET next_measure_at = %(next_at)s WHERE workspace_id = %(workspace_id)s AND id = ANY (%(ids)s)"
_TOTALS = """
SELECT a.platform, a.name AS account_name, count(*)::integer AS posts, sum(m.impressions)::bigint AS impressions, sum(m.likes)::bigint AS likes,
       sum(m.comments)::bigint AS comments, sum(m.shares)::bigint AS shares, sum(m.clicks)::bigint AS clicks, sum(m.saves)::bigint AS saves,
       max(m.at) AS as_of
FROM posts p
JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
LEFT JOIN LATERAL (SELECT * FROM measures m WHERE m.workspace_id = p.workspace_id AND m.post_id = p.id ORDER BY m.at DESC LIMIT 1) m ON true
WHERE p.workspace_id = %(workspace_id)s
  AND p.published_at > now() - make_interval(secs => %(since)s) AND p.published_at <= now() - make_interval(secs => %(until)s)
  AND (%(web_app_id)s::uuid IS NULL OR p.web_app_id = %(web_app_id)s) AND (%(platform)s::text IS NULL OR a.platform = %(platform)s)
GROUP BY a.platform, a.name, a.id ORDER BY a.platform, a.name
"""
_RANKED = """
SELECT p.number, a.platform, left(r.text, 80) AS opening, p.permalink, m.impressions, m.likes
FROM posts p
JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n
LEFT JOIN LATERAL (SELECT * FROM measures m WHERE m.workspace_id = p.workspace_id AND m.post_id = p.id ORDER BY m.at DESC LIMIT 1) m ON true
WHERE p.workspace_id = %(workspace_id)s AND p.published_at > now() - make_interval(secs => %(since)s)
  AND (%(web_app_id)s::uuid IS NULL OR p.web_app_id = %(web_app_id)s) AND (%(platform)s::text IS NULL OR a.platform = %(platform)s)
ORDER BY m.impressions DESC NULLS LAST, m.likes DESC NULLS LAST, p.number LIMIT 3
"""
_CURVE = """
SELECT a.platform, s.step, sum(m.value)::bigint AS value
FROM generate_series(0, %(steps)s - 1) AS s (step)
JOIN posts p ON p.workspace_id = %(workspace_id)s AND p.published_at > now() - make_interval(secs => %(since)s)
JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
LEFT JOIN LATERAL (
    SELECT (to_jsonb(m) ->> %(metric)s)::bigint AS value FROM measures m
    WHERE m.workspace_id = p.workspace_id AND m.post_id = p.id
      AND m.at <= now() - make_interval(secs => %(since)s * (%(steps)s - 1 - s.step) / %(steps)s)
    ORDER BY m.at DESC LIMIT 1) m ON true
WHERE (%(web_app_id)s::uuid IS NULL OR p.web_app_id = %(web_app_id)s) AND (%(platform)s::text IS NULL OR a.platform = %(platform)s)
GROUP BY a.platform, s.step ORDER BY a.platform, s.step
"""
