"""Whether the house does its work: a heartbeat that goes round, and nothing that should have been done long ago."""

from psycopg import Error
from psycopg_pool import PoolTimeout

from pipeline.pulse import PULSE, STANDSTILL, goes_round
from storage import sight
from storage.session import Database
from storage.sight import Overdue, Seen

STUCK_SECONDS = 300.0
"""How long a row may be due before its stage counts as stuck; the longest turn of a worker at one row is shorter."""
LATE_SECONDS = 300.0
"""How long after its slot an approved post is late."""

SILENT = "The database does not answer."


async def look(database: Database, *, overdue: float = STUCK_SECONDS) -> Seen | None:
    """One look at the whole system; None when the database does not answer. Never raises for that."""
    try:
        return await sight.look(database, PULSE, overdue=overdue, late=LATE_SECONDS)
    except (Error, PoolTimeout):
        return None


def why_not(seen: Seen | None) -> str | None:
    """What is wrong, in a sentence; None when all is well."""
    if seen is None:
        return SILENT
    if not goes_round(seen.age):
        return STANDSTILL
    stuck = [one for one in seen.overdue if one.seconds >= STUCK_SECONDS]
    return stuck_in_words(stuck[0]) if stuck else None


def stuck_in_words(one: Overdue) -> str:
    """That a stage stands still, and where to look."""
    minutes = int(one.seconds // 60)
    return f"The stage “{one.stage}” stands still: something is due since {minutes} minutes. The log of the workers says why."
