"""What is due, across all workspaces: ids and instants only, through a door."""

from dataclasses import dataclass
from uuid import UUID

from storage.session import Database


@dataclass(frozen=True, slots=True)
class Due:
    """Something to look at. `in_seconds` is negative when it is overdue; by the database's clock."""

    stage: str
    workspace_id: UUID | None
    id: UUID | None
    in_seconds: float


async def due_within(database: Database, seconds: float, *, max_rows: int = 500) -> list[Due]:
    """Everything due now or within `seconds`, oldest first within its stage."""
    async with database.transaction() as tx:
        return await tx.rows(Due, _DUE, {"seconds": seconds, "max_rows": max_rows})


async def beat(database: Database, name: str) -> None:
    """Note that `name` is alive, by the database's clock."""
    async with database.transaction() as tx:
        await tx.run(_BEAT, {"name": name})


async def beat_age(database: Database, name: str) -> float | None:
    """Seconds since the last beat of `name`, or None if there never was one."""
    async with database.transaction() as tx:
        age = await tx.value(_AGE, {"name": name})
    return float(age) if age is not None else None


_DUE = """
SELECT stage, workspace_id, id, extract(epoch FROM due_at - now())::float8 AS in_seconds
FROM door_due(now() + make_interval(secs => %(seconds)s), %(max_rows)s)
"""
_BEAT = """
INSERT INTO heartbeats (name, beat_at) VALUES (%(name)s, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at
"""
_AGE = "SELECT extract(epoch FROM clock_timestamp() - beat_at) FROM heartbeats WHERE name = %(name)s"
