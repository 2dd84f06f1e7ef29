"""Whether work goes round: a heartbeat that went through clock, queue, worker and database not long ago."""

from dataclasses import dataclass

from psycopg import Error
from psycopg_pool import PoolTimeout

from storage.due import beat_age
from storage.session import Database

STALLED_SECONDS = 60.0
PULSE = "work"
"""The heartbeat's name in its table."""
STANDSTILL = "Nothing was worked on in the last minute: look at the clock, the queue and the workers."


@dataclass(frozen=True, slots=True)
class Pulse:
    """`seconds` since the last beat; None: there never was one, or the database does not answer. `why`: None when all is well."""

    seconds: float | None
    why: str | None


async def pulse(database: Database) -> Pulse:
    """How the house does, by the database's clock. Never raises for a database that is away."""
    try:
        age = await beat_age(database, PULSE)
    except (Error, PoolTimeout):
        return Pulse(None, "The database does not answer.")
    return Pulse(age, None if goes_round(age) else STANDSTILL)


def goes_round(age: float | None) -> bool:
    """Whether a last beat so many seconds ago is a good sign."""
    return age is not None and age <= STALLED_SECONDS
