"""Every periodic job, in one list, with its reason. The clock hints at them; each is safe to run twice and at once.

What happens at an instant of its own (batches, slots, reminders, readings, token refreshes) is due in its row and not here.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog

from pipeline.alarms import watch
from pipeline.anchor import anchor
from pipeline.disconnect import Connectors, forget_removed
from pipeline.ports import Hint
from pipeline.pulse import PULSE
from storage import due, inbox, links, workspaces
from storage.anchors import AnchorFile
from storage.session import Database
from storage.vault import Vault

log = structlog.get_logger(__name__)

INBOX_KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Chores:
    """What periodic jobs work with. One a worker process."""

    database: Database
    vault: Vault
    connectors: Connectors = field(default_factory=dict)
    anchors: AnchorFile | None = None
    """Where the audit trail is anchored; None only where there is nothing outside the database, as in tests."""


@dataclass(frozen=True, slots=True)
class Periodic:
    """A job that comes round every `every` seconds. The clock hints at its `stage` every `hinted` seconds."""

    name: str
    stage: str
    every: float
    hinted: float
    why: str
    run: Callable[[Chores], Awaitable[None]]


async def _beat(chores: Chores) -> None:
    await due.beat(chores.database, PULSE)


async def _watch(chores: Chores) -> None:
    await watch(chores.database)


async def _tidy_inbox(chores: Chores) -> None:
    while await inbox.tidy(chores.database, INBOX_KEPT):
        pass


async def _sweep_links(chores: Chores) -> None:
    async with chores.database.transaction() as tx:
        await links.sweep(tx)


async def _forget_removed(chores: Chores) -> None:
    after: UUID | None = None
    while True:
        async with chores.database.transaction() as tx:
            page = await workspaces.page(tx, after, 500)
        for workspace_id in page:
            await forget_removed(chores.database, chores.vault, chores.connectors, workspace_id)
        if not page:
            return
        after = page[-1]


async def _anchor(chores: Chores) -> None:
    if chores.anchors is not None:
        await anchor(chores.database, chores.anchors)


SCHEDULE: tuple[Periodic, ...] = (
    Periodic(
        "pulse", "heartbeat", 0.0, 5.0,
        "Proves that a hint of the clock really goes through the queue and a worker into the database; /health/work reads it.",
        _beat,
    ),
    Periodic(
        "anchor the audit trail", "anchor", 10.0, 10.0,
        "What the chains' heads were is kept outside the database every 5 minutes or 500 events; a look costs little.",
        _anchor,
    ),
    Periodic(
        "watch", "watch", 25.0, 30.0,
        "Late posts and stages that stand still are told to an owner, and taken back when they are over; nobody else looks at them.",
        _watch,
    ),
    Periodic(
        "tidy the inbox", "tidy", 3_600.0, 300.0,
        "Chats repeat a delivery for hours at most; after a week its key guards nothing and only makes the table grow.",
        _tidy_inbox,
    ),
    Periodic(
        "sweep spent codes", "tidy", 3_600.0, 300.0,
        "One-time codes and states end after ten minutes; a day later nobody asks any more why one does not work.",
        _sweep_links,
    ),
    Periodic(
        "forget removed accounts", "tidy", 86_400.0, 300.0,
        "A removed account's tokens are deleted at once by a hint; this finds those whose hint was lost.",
        _forget_removed,
    ),
)  # fmt: skip


async def run_stage(stage: str, chores: Chores) -> None:
    """Run the jobs of a stage whose turn has come. Of two workers that try at once, one gets the turn.

    A job that fails gives its turn back, so that the next hint tries it again; the others run all the same.
    """
    failed: list[Exception] = []
    for job in SCHEDULE:
        if job.stage != stage or (job.every and not await due.take_turn(chores.database, job.name, job.every)):
            continue
        try:
            await job.run(chores)
        except Exception as error:  # the jobs have nothing to do with each other; it is raised below  # noqa: BLE001
            failed.append(error)
            await due.give_turn_back(chores.database, job.name)
    if failed:
        raise failed[0]


@dataclass
class Rounds:
    """What the clock remembers of the schedule: when it last hinted at each stage. Forgotten at a restart, at no harm."""

    hint: Hint
    _hinted: dict[str, float] = field(default_factory=dict)

    def go(self, now: float | None = None) -> None:
        """Hint at every stage whose pause is over. `now` is monotonic, in seconds."""
        at = time.monotonic() if now is None else now
        for stage, pause in _pauses().items():
            # A scan that comes a little early must not put a beat off until the next one.
            if at - self._hinted.get(stage, float("-inf")) >= pause * 0.9:
                self._hinted[stage] = at
                self.hint(stage, None, None)


def _pauses() -> dict[str, float]:
    """By stage: seconds between two hints."""
    pauses: dict[str, float] = {}
    for job in SCHEDULE:
        pauses[job.stage] = min(job.hinted, pauses.get(job.stage, job.hinted))
    return pauses
