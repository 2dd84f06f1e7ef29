"""Every background job: its name, queue and patience. No rules here; each calls one step with what it was given.

Called by the worker's entry point. The broker has no middleware that retries: what failed is due again in its row.
Nor has it one that ends what takes too long: Dramatiq's works only in processes that its own command line started, and throws
into threads. Here a job that is over its time is cancelled in its loop, and writes down what it knows as it does at any end.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import dramatiq
import structlog

from domain.post import PostRef, State
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
from storage.anchors import AnchorFile

log = structlog.get_logger(__name__)

Job = Callable[[UUID, UUID], Awaitable[None]]

OF_POSTS = frozenset(State) | {"part", "withdraw", "measure"}
"""Stages whose rows are posts: their log lines say which."""


@dataclass(frozen=True, slots=True)
class Deps:
    """What the jobs work with."""

    writing: Writing
    delivery: Delivery
    publishing: Publishing
    measuring: Measuring
    connecting: Connecting
    taking: Taking
    anchors: AnchorFile | None = None


def jobs(deps: Deps) -> dict[str, Job]:
    """The step behind each stage. The keys are those of `STAGES`."""
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

    _declare_round(broker, "connect", lambda: exchange_pending(deps.connecting))

    publishing = deps.publishing
    chores = Chores(publishing.database, publishing.vault, publishing.connecting.connectors, deps.anchors)
    for stage in dict.fromkeys(job.stage for job in SCHEDULE):
        _declare_round(broker, stage, partial(run_stage, stage, chores))


def _declare_round(broker: WakingBroker, stage: str, job: Callable[[], Awaitable[object]]) -> None:
    async def round_(_workspace_id: str | None, _ident: str | None) -> None:
        """Look at whatever there is; the hint names nothing."""
        await in_time(stage, job())

    dramatiq.actor(broker=broker, actor_name=stage, queue_name=STAGES[stage].queue)(round_)


def _declare(broker: WakingBroker, stage: str, job: Job) -> None:
    named = "post" if stage in OF_POSTS else "id"

    async def look(workspace_id: str, ident: str) -> None:
        """Look at one row. The row decides what happens."""
        with structlog.contextvars.bound_contextvars(stage=stage, workspace=workspace_id, **{named: ident}):
            await in_time(stage, job(UUID(workspace_id), UUID(ident)))

    dramatiq.actor(broker=broker, actor_name=stage, queue_name=STAGES[stage].queue)(look)


async def in_time(stage: str, job: Awaitable[object]) -> None:
    """Run the job for as long as its stage may take, and no longer. What was cut off is due again in its row."""
    seconds = STAGES[stage].seconds
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            await job
    except TimeoutError:
        if not limit.expired():
            raise
        log.warning("a job took too long and was ended", stage=stage, seconds=seconds)
