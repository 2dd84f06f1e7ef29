"""What is due, across all workspaces: ids and instants only, through a door."""

from dataclasses import dataclass
from uuid import UUID

from storage.session import Database, Transaction


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
        return await age(tx, name)


async def age(tx: Transaction, name: str) -> float | None:
    """The same inside a transaction, of any workspace."""
    seconds = await tx.value(_AGE, {"name": name})
    return float(seconds) if seconds is not None else None


async def take_turn(database: Database, name: str, seconds: float) -> bool:
    """Whether the job's last turn is at least `seconds` ago; then this is the next one, for one of those who ask at once."""
    async with database.transaction() as tx:
        return await tx.run(_TAKE_TURN, {"name": f"turn: {name}", "seconds": seconds}) == 1


async def give_turn_back(database: Database, name: str) -> None:
    """The turn came to nothing: the next one who asks gets it."""
    async with database.transaction() as tx:
        await tx.run(_GIVE_BACK, {"name": f"turn: {name}"})


_DUE = """
SELECT stage, workspace_id, id, extract(epoch FROM due_at - now())::float8 AS in_seconds
FROM door_due(now() + make_interval(secs => %(seconds)s), %(max_rows)s)
"""
_BEAT = """
INSERT INTO heartbeats (name, beat_at) VALUES (%(name)s, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at
"""
_TAKE_TURN = """
INSERT INTO heartbeats (name, beat_at) VALUES (%(name)s, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at
WHERE heartbeats.beat_at <= clock_timestamp() - make_interval(secs => %(seconds)s)
"""
_GIVE_BACK = "UPDATE heartbeats SET beat_at = 'epoch' WHERE name = %(name)s"
_AGE = "SELECT extract(epoch FROM clock_timestamp() - beat_at) FROM heartbeats WHERE name = %(name)s"
