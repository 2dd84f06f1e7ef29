"""When to look for something that was sent without an answer, and what a look that found nothing proves.

Looks come early, at half the settle time and at its end. Absence counts from half the settle time on, and only twice seen does
it mean that nothing arrived. All this is about listings, which may lag: where the platform says by the handle itself that
nothing came of it (`Absent(proven=True)`), nobody has to wait.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Looks:
    """What was seen so far. Times are UTC by the database's clock; `settle` is how long a listing may lag."""

    ended_at: datetime
    """The latest instant at which the request can have arrived."""
    last_absent_at: datetime | None
    absent_seen: int
    now: datetime
    settle: timedelta

    @property
    def settled(self) -> bool:
        return self.now >= self.ended_at + self.settle

    @property
    def counts(self) -> bool:
        """Whether finding nothing now is a look that counts."""
        half = self.settle / 2
        return self.now >= self.ended_at + half and (
            self.last_absent_at is None or self.now >= self.last_absent_at + half * 0.9
        )

    @property
    def conclusive(self) -> bool:
        """Whether finding nothing now proves that nothing arrived."""
        return self.settled and self.counts and self.absent_seen >= 1

    @property
    def next_at(self) -> datetime:
        """When to look again."""
        half = self.settle / 2
        marks = (self.ended_at + half, self.ended_at + self.settle, self.now + half)
        return next(mark for mark in marks if mark > self.now)
