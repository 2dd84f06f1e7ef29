"""The figures for a monitoring system, as Prometheus reads them. Labels are words of ours: nobody is named."""

import math
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Gauge, Histogram, ProcessCollector, generate_latest

from domain.post import State
from storage.sight import Count, Seen

CLICK_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
OPEN = tuple(
    state.value
    for state in State
    if state not in {State.PUBLISHED, State.WITHDRAWN, State.DROPPED, State.REJECTED, State.EXPIRED}
)

ABOUT: dict[str, tuple[str, tuple[str, ...]]] = {
    "posts": ("Posts that are still on their way, by state", ("state",)),
    "accounts": ("Accounts, by whether they are connected", ("state",)),
    "attempts": ("Attempts that began within the last hour, by platform and how they ended", ("platform", "outcome")),
    "undrawn": ("Cards that some chat still wants drawn", ()),
    "spent": ("Dollars that platforms were paid this month (UTC), by platform", ("platform",)),
    "alarms": ("Alarms that stand: told, and not right again", ("kind",)),
}
"""By the figure's name in the database: what it is, and its labels."""
NAMES = {
    "posts": "amarktai_posts",
    "accounts": "amarktai_accounts",
    "attempts": "amarktai_attempts_last_hour",
    "undrawn": "amarktai_undrawn_cards",
    "spent": "amarktai_spent_dollars",
    "alarms": "amarktai_alarms",
}
ALWAYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "posts": tuple((state,) for state in OPEN),
    "accounts": (("connected",), ("disconnected",)),
    "undrawn": ((),),
    "alarms": (("late",), ("stuck",), ("silent",)),
}
"""What is zero when nobody counted any: a figure that is missing looks like a house that is away."""


class Clicks:
    """How long decisions take in this process, from the click's arrival at the step until it is committed."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        about = "Seconds from a decision's arrival until it was committed, in this process"
        self._seconds = Histogram("amarktai_decision_seconds", about, buckets=CLICK_SECONDS, registry=self.registry)
        ProcessCollector(registry=self.registry)

    def took(self, seconds: float) -> None:
        self._seconds.observe(seconds)


def exposition(seen: Seen, counts: Iterable[Count], clicks: Clicks) -> bytes:
    """One reading of the whole system and of this process, in Prometheus' own text."""
    return generate_latest(figures(seen, counts)) + generate_latest(clicks.registry)


def figures(seen: Seen, counts: Iterable[Count]) -> CollectorRegistry:
    """One reading of the whole system."""
    registry = CollectorRegistry()
    about = "Seconds since a hint went through clock, queue, worker and database"
    _gauge(registry, "amarktai_work_age_seconds", about, math.nan if seen.age is None else seen.age)
    _gauge(registry, "amarktai_stopped", "1 while publishing is stopped for the whole system", float(seen.stopped))
    _gauge(registry, "amarktai_late_posts", "Approved posts more than five minutes after their slot", seen.late_posts)
    _gauge(registry, "amarktai_late_seconds", "How long after its slot the oldest of them is", seen.late_seconds)
    about = "Rows whose time has come, by stage; a hundred at most are counted"
    rows = Gauge("amarktai_overdue_rows", about, ["stage"], registry=registry)
    oldest = Gauge("amarktai_overdue_seconds", "How late the oldest of them is, by stage", ["stage"], registry=registry)
    for one in seen.overdue:
        rows.labels(one.stage).set(one.rows)
        oldest.labels(one.stage).set(one.seconds)
    _add_counts(registry, counts)
    return registry


def _add_counts(registry: CollectorRegistry, counts: Iterable[Count]) -> None:
    gauges = {
        figure: Gauge(NAMES[figure], about, labels, registry=registry) for figure, (about, labels) in ABOUT.items()
    }
    for figure, kinds in ALWAYS.items():
        for kind in kinds:
            (gauges[figure].labels(*kind) if kind else gauges[figure]).set(0)
    for count in counts:
        labels = (count.kind, count.detail)[: len(ABOUT[count.figure][1])]
        (gauges[count.figure].labels(*labels) if labels else gauges[count.figure]).set(count.amount)


def _gauge(registry: CollectorRegistry, name: str, about: str, value: float) -> None:
    Gauge(name, about, registry=registry).set(value)
