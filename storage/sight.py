"""How the whole system does: what stands still, what is late, what monitoring counts, and which alarms stand. Counts and times only."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.platforms import Platform
from storage.session import Database, Transaction


@dataclass(frozen=True, slots=True)
class Overdue:
    """A stage of which something waits too long: how many rows (a hundred at most) and how long the oldest, in seconds."""

    stage: str
    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Seen:
    """One look. `age`: seconds since the last heartbeat, None if there never was one. `late_seconds`: of the oldest late post."""

    age: float | None
    stopped: bool
    late_posts: int
    late_seconds: float
    stages: list[list[object]]

    @property
    def overdue(self) -> list[Overdue]:
        return [Overdue(str(stage), int(str(rows)), float(str(seconds))) for stage, rows, seconds in self.stages]


async def look(database: Database, beat: str, *, overdue: float, late: float) -> Seen:
    """What is overdue by more than `overdue` seconds and late by more than `late`, in one statement."""
    async with database.transaction() as tx:
        seen = await tx.row(Seen, _LOOK, {"beat": beat, "overdue": overdue, "late": late})
    assert seen is not None  # a SELECT without FROM has one row  # noqa: S101
    return seen


@dataclass(frozen=True, slots=True)
class Count:
    """A figure for monitoring: what is counted, of which kind, and how many."""

    figure: str
    kind: str
    detail: str
    amount: float


async def counts(database: Database) -> list[Count]:
    """Over every workspace, with what was spent this month (UTC) and the alarms that stand."""
    async with database.transaction() as tx:
        return await tx.rows(Count, _COUNTS, {"paid": Platform.X})


async def late_workspaces(database: Database, seconds: float) -> list[UUID]:
    """Whose posts should be out since so long."""
    async with database.transaction() as tx:
        return [row["workspace_id"] for row in await tx.dicts(_LATE_WORKSPACES, {"seconds": seconds})]


@dataclass(frozen=True, slots=True)
class Late:
    """The oldest of a workspace's late posts, and how many there are. `slot` is UTC."""

    posts: int
    number: int
    platform: Platform
    account_name: str
    slot: datetime
    trouble: str | None


async def late(tx: Transaction, seconds: float) -> Late | None:
    return await tx.row(Late, _LATE, {"seconds": seconds})


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that is wrong and was told. `since` names the telling."""

    kind: str
    workspace_id: UUID
    since: datetime


async def alarms(database: Database) -> list[Alarm]:
    async with database.transaction() as tx:
        return await tx.rows(Alarm, "SELECT kind, workspace_id, since FROM alarms")


async def first_workspace(database: Database) -> UUID | None:
    """The oldest workspace: that of whoever runs the system."""
    async with database.transaction() as tx:
        found: UUID | None = await tx.value("SELECT door_workspaces(NULL, 1)")
    return found


async def open_alarm(tx: Transaction, kind: str) -> Alarm | None:
    """Note an alarm of the transaction's workspace; None when it stands already."""
    return await tx.row(Alarm, _OPEN, {"kind": kind})


async def close_alarm(tx: Transaction, kind: str) -> Alarm | None:
    """Take it away; None when somebody else did."""
    return await tx.row(Alarm, _CLOSE, {"kind": kind})


_LOOK = """
SELECT (SELECT extract(epoch FROM clock_timestamp() - h.beat_at)::float8 FROM heartbeats h WHERE h.name = %(beat)s) AS age,
       (SELECT i.stopped_at IS NOT NULL FROM installation i) AS stopped,
       l.posts AS late_posts, l.seconds AS late_seconds,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(d.stage, d.amount, extract(epoch FROM now() - d.oldest)::float8) ORDER BY d.oldest), '[]')
        FROM door_overdue(%(overdue)s) d) AS stages
FROM (SELECT coalesce(sum(posts), 0)::bigint AS posts, coalesce(max(extract(epoch FROM now() - oldest)), 0)::float8 AS seconds
      FROM door_late(%(late)s)) l
"""
_COUNTS = """
SELECT figure, kind, detail, amount FROM door_figures()
UNION ALL SELECT 'spent', %(paid)s, '', door_spent(%(paid)s, date_trunc('month', now(), 'UTC'))::float8
UNION ALL SELECT 'alarms', split_part(a.kind, ':', 1), '', count(*)::float8 FROM alarms a GROUP BY split_part(a.kind, ':', 1)
"""
_LATE_WORKSPACES = "SELECT workspace_id FROM door_late(%(seconds)s) ORDER BY oldest"
_LATE = """
SELECT (count(*) OVER ())::integer AS posts, p.number, a.platform, a.name AS account_name, p.slot, p.trouble
FROM posts p JOIN accounts a ON a.workspace_id = p.workspace_id AND a.id = p.account_id
WHERE p.workspace_id = %(workspace_id)s AND p.state IN ('approved', 'retry_wait') AND p.slot < now() - make_interval(secs => %(seconds)s)
ORDER BY p.slot, p.number LIMIT 1
"""
_OPEN = """
INSERT INTO alarms (kind, workspace_id, since) VALUES (%(kind)s, %(workspace_id)s, clock_timestamp())
ON CONFLICT DO NOTHING RETURNING kind, workspace_id, since
"""
_CLOSE = (
    "DELETE FROM alarms WHERE kind = %(kind)s AND workspace_id = %(workspace_id)s RETURNING kind, workspace_id, since"
)
