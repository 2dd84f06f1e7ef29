"""Claims and records of the same account lock the same rows, and in the same order: none waits for one that waits for it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from domain.platforms import Platform
from domain.publishing import Block, Receipt, TryLater
from pipeline import publish as publishing
from storage import attempts
from tests.pipeline.house import BY_NAME, House

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
DRAW = "UPDATE cards SET wanted = wanted + 1 WHERE workspace_id = %(workspace_id)s"


@pytest.mark.parametrize("refused", [True, False])
async def test_what_is_learnt_of_an_account_is_written_without_a_deadlock_with_its_next_claim(
    house: House, refused: bool
) -> None:
    """The claim holds the profile and goes on to the cards of its batch, which the record of another post wants, too."""
    ref = await house.post(await house.connect(BY_NAME["x"]))
    attempt = await publishing._claim(ref, house.worker("worker-1"))
    assert attempt is not None
    account = attempt.claim.account
    blocks = (Block(datetime.now(UTC) + timedelta(hours=1), "account"),)
    async with house.team.worker.transaction(house.workspace_id) as claim:
        await attempts.lock(claim, Platform.X, account.remote_id, ())
        if refused:
            record = publishing._record_failure(attempt, TryLater("Too many.", blocks=blocks))
        else:
            record = publishing._record_receipt(attempt, Receipt("1", blocks=blocks))
        recording = asyncio.create_task(record)
        async with asyncio.timeout(20):
            while not await _somebody_waits(house):
                await asyncio.sleep(0.02)
        assert await claim.run(DRAW) > 0
    await recording
    assert await house.state(ref) == ("retry_wait" if refused else "published")


async def _somebody_waits(house: House) -> bool:
    """Asked in a transaction of its own: within one, what the sessions do stays as it was first seen."""
    async with house.team.worker.transaction(house.workspace_id) as tx:
        return bool(await tx.value(WAITING))
