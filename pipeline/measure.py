"""Measuring: read what published posts did, an account at a time, on a schedule that thins out with age."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from domain.budget import Budgets
from domain.charges import Quotas
from domain.measures import next_reading
from domain.platforms import PLATFORMS, Platform
from domain.post import PostRef
from domain.publishing import AskedTooOften, Publisher, PublishError, Reading, Receipt, TokenRejected, TryLater
from domain.secret import Secret
from pipeline.accounts import Connecting, after_rejection, opened
from pipeline.spending import no_figures
from publishers.http import reading_for
from storage import accounts, attempts, measures
from storage.attempts import APP
from storage.measures import Measurable, Measured
from storage.session import Database, Transaction
from storage.vault import Vault

log = structlog.get_logger(__name__)

AGAIN_SECONDS = 300.0
LATER_SECONDS = 900.0
NOT_CONNECTED_SECONDS = 21_600.0
"""An account without a (good) token cannot be read; its posts are looked at again so much later."""


@dataclass(frozen=True, slots=True)
class Measuring:
    """What measuring works with. `pace` shortens the schedule of readings (1.0: as stated in `domain.measures`)."""

    database: Database
    vault: Vault
    publishers: Mapping[Platform, Publisher]
    connecting: Connecting
    pace: float = 1.0
    budgets: Budgets = field(default_factory=dict)
    """What all workspaces together may spend a month; the last tenth is for posts."""
    quotas: Quotas = field(default_factory=dict)


async def measure_post(post: PostRef, deps: Measuring) -> None:
    """Read the metrics of a post that is due, together with the account's others that are."""
    async with deps.database.transaction(post.workspace_id) as tx:
        row = await measures.account_of(tx, post.post_id)
        token = await accounts.access_token(tx, deps.vault, row.account_id) if row else None
        again_in = AGAIN_SECONDS if token else NOT_CONNECTED_SECONDS
        due = (
            await measures.take_due(tx, row.account_id, most=PLATFORMS[row.platform].posts_a_round, again_in=again_in)
            if row
            else []
        )
        if row is not None and token is not None and due:
            unread = sum(not one.read_today for one in due)
            rest_until = await no_figures(tx, row.platform, unread, deps.budgets, deps.quotas)
            if rest_until is not None:
                await measures.put_off(tx, [one.id for one in due], rest_until)
                return
    if row is None or token is None or not due:
        return
    try:
        readings = await _read(post, row, token, tuple(one.remote_id for one in due), deps)
    except AskedTooOften as early:
        await _put_off_until(post, due, due[0].now + timedelta(seconds=early.wait), deps)
        return
    except PublishError as error:
        await _keep_wall(row, post, error, deps)
        await _put_off(post, due, error, deps)
        return
    await _record(post, due, readings, deps)


async def _read(
    post: PostRef, row: Measured, token: Secret, ids: tuple[str, ...], deps: Measuring, *, first: bool = True
) -> tuple[Reading, ...]:
    """Ask the platform; once more with a renewed token when it rejects ours. Raises `PublishError`.

    A token that is good but not for figures costs nobody the account: what it may do still goes on.
    """
    account = opened(post.workspace_id, row, token)
    try:
        with reading_for(account):
            return await deps.publishers[row.platform].measure(account, ids)
    except TokenRejected as error:
        if error.not_permitted:
            raise
        meant = await after_rejection(deps.connecting, post.workspace_id, account, error, first=first)
    async with deps.database.transaction(post.workspace_id) as tx:
        renewed = await accounts.access_token(tx, deps.vault, row.account_id)
    if not first or renewed is None or renewed == token:
        raise meant
    return await _read(post, row, renewed, ids, deps, first=False)


async def _record(post: PostRef, due: list[Measurable], readings: tuple[Reading, ...], deps: Measuring) -> None:
    by_id = {reading.remote_id: reading for reading in readings}
    async with deps.database.transaction(post.workspace_id) as tx:
        for one in due:
            reading = by_id.get(one.remote_id)
            if reading is None:
                continue
            if reading.receipt is not None:
                await _adopt(tx, one, reading.receipt, deps)
            if reading.gone:
                await measures.rest(tx, one.id)
                continue
            next_at = next_reading(one.published_at, one.now, deps.pace)
            await measures.record(tx, one.id, dict(reading.values), next_at)


async def _adopt(tx: Transaction, one: Measurable, receipt: Receipt, deps: Measuring) -> None:
    """The post gets the name and the link that its platform told only now, and its cards show them."""
    if await measures.adopt(tx, one.id, one.remote_id, receipt.remote_id, receipt.permalink):
        workspace_id = tx.workspace_id
        tx.after_commit(lambda: deps.connecting.hint("redraw", workspace_id, workspace_id))


async def _put_off(post: PostRef, due: list[Measurable], error: PublishError, deps: Measuring) -> None:
    """Figures can wait: until the platform says, until somebody may have connected again, or a quarter of an hour."""
    now = due[0].now
    wait = NOT_CONNECTED_SECONDS if isinstance(error, TokenRejected) else LATER_SECONDS
    at = error.at if isinstance(error, TryLater) and error.at else now + timedelta(seconds=wait)
    log.info("figures put off", post=str(post.post_id), why=error.sentence)
    await _put_off_until(post, due, max(at, now + timedelta(seconds=30)), deps)


async def _keep_wall(row: Measured, post: PostRef, error: PublishError, deps: Measuring) -> None:
    """What an application has used up is used up for its posts, too."""
    walls = tuple(block for block in error.blocks if block.per == APP) if isinstance(error, TryLater) else ()
    if walls:
        async with deps.database.transaction(post.workspace_id) as tx:
            await attempts.block(tx, row.platform, row.remote_account, walls)


async def _put_off_until(post: PostRef, due: list[Measurable], at: datetime, deps: Measuring) -> None:
    async with deps.database.transaction(post.workspace_id) as tx:
        await measures.put_off(tx, [one.id for one in due], at)
