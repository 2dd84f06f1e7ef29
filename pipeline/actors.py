"""Every background job: its name, queue and patience. No rules here; each calls one step with what it was given.

Called by the worker's entry point. The broker has no middleware that retries: what failed is due again in its row.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import dramatiq
import structlog

from domain.post import PostRef
from pipeline.accounts import Connecting
from pipeline.broker import WakingBroker
from pipeline.connect import exchange_pending
from pipeline.deliver import deliver_batch, redraw
from pipeline.draw import Delivery, draw_chat
from pipeline.measure import Measuring, measure_post
from pipeline.options import look_at_account
from pipeline.parts import follow
from pipeline.plan import plan_scheduled
from pipeline.publish import Publishing, publish
from pipeline.reconcile import reconcile, sweep
from pipeline.review import meet_deadline
from pipeline.rewrite import rewrite_post
from pipeline.schedule import SCHEDULE, Chores, run_stage
from pipeline.stages import STAGES
from pipeline.take_in import Taking, take_in
from pipeline.withdraw import withdraw
from pipeline.write import Writing, write_batch

log = structlog.get_logger(__name__)

Job = Callable[[UUID, UUID], Awaitable[None]]
from storage.anchors import AnchorFile


@dataclass(frozen=True, slots=True)
class Deps:
    """What the jobs work with."""

    writing: Writing
    delivery: Delivery
    publishing: Publishing
    measuring: Measuring
    connecting: Connecting
    taking: Taking


def jobs(deps: Deps) -> dict[str, Job]:
    """The step behind each stage. The keys are those of `STAGES`."""
    anchors: AnchorFile | None = None
    database, hint = deps.publishing.database, deps.publishing.hint

    async def batch(workspace_id: UUID, batch_id: UUID) -> None:
        await write_batch(workspace_id, batch_id, deps.writing)
        await deliver_batch(database, hint, workspace_id, batch_id)

    return {
        "plan": lambda ws, ident: plan_scheduled(database, hint, ws, ident),
        "batch": batch,
        "planned": lambda ws, ident: rewrite_post(ws, ident, deps.writing),
        "in_review": lambda ws, ident: meet_deadline(database, hint, ws, ident),
        "needs_human": lambda ws, ident: meet_deadline(database, hint, ws, ident),
        "approved": lambda ws, ident: publish(PostRef(ws, ident), deps.publishing),
        "retry_wait": lambda ws, ident: publish(PostRef(ws, ident), deps.publishing),
        "publishing": lambda ws, ident: sweep(PostRef(ws, ident), deps.publishing),
        "unknown": lambda ws, ident: reconcile(PostRef(ws, ident), deps.publishing),
        "part": lambda ws, ident: follow(PostRef(ws, ident), deps.publishing),
        "withdraw": lambda ws, ident: withdraw(PostRef(ws, ident), deps.publishing),
        "take_in": lambda ws, ident: take_in(ws, ident, deps.taking),
        "draw": lambda ws, ident: draw_chat(ws, ident, deps.delivery),
        "redraw": lambda ws, _: redraw(database, hint, ws),
        "measure": lambda ws, ident: measure_post(PostRef(ws, ident), deps.measuring),
        "refresh": lambda ws, ident: look_at_account(deps.connecting, ws, ident),
    }


def register(broker: WakingBroker, deps: Deps) -> None:
    """Declare an actor for every stage."""
    for stage, job in jobs(deps).items():
        _declare(broker, stage, job)

    @dramatiq.actor(broker=broker, actor_name="connect", queue_name=STAGES["connect"].queue)
    async def connect(_workspace_id: str | None, _ident: str | None) -> None:
        """Exchange the codes that came back from platforms."""
        await exchange_pending(deps.connecting)

    publishing = deps.publishing
    chores = Chores(publishing.database, publishing.vault, publishing.connecting.connectors, deps.anchors)
    for stage in dict.fromkeys(job.stage for job in SCHEDULE):
        _declare_periodic(broker, stage, chores)


def _declare_periodic(broker: WakingBroker, stage: str, chores: Chores) -> None:
    async def round_(_workspace_id: str | None, _ident: str | None) -> None:
        """Run the periodic jobs of a stage whose turn has come."""
        await run_stage(stage, chores)

    row = STAGES[stage]
    dramatiq.actor(broker=broker, actor_name=stage, queue_name=row.queue, time_limit=row.seconds * 1000)(round_)


def _declare(broker: WakingBroker, stage: str, job: Job) -> None:
    async def look(workspace_id: str, ident: str) -> None:
        """Look at one row. The row decides what happens."""
        with structlog.contextvars.bound_contextvars(stage=stage, workspace=workspace_id, id=ident):
            await job(UUID(workspace_id), UUID(ident))

    row = STAGES[stage]
    declare = dramatiq.actor(broker=broker, actor_name=stage, queue_name=row.queue, time_limit=row.seconds * 1000)
    declare(look)
